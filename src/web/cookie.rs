//! The cookie in which a browser keeps a token for our own pages, out of reach of their scripts.
//!
//! It is shown with every request to this host, so it alone proves nothing: who may use it is in
//! [`super::Visitor::token`]. Source: RFC 6265bis, sections 4.1.2.7 (SameSite) and 4.1.3.2 (`__Host-`).

use axum::http::{HeaderMap, HeaderValue, header};
use zeroize::Zeroizing;

use crate::auth::secret::TokenSecret;
use crate::limits;

/// By this beginning of its name a browser takes it from this host alone, over TLS, for all paths.
const NAME: &str = "__Host-chat-session";
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// The token that a request shows. Of several none: nobody can tell whose they are.
pub(super) fn token(fields: &HeaderMap) -> Option<TokenSecret> {
    let values = fields.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(name, _)| *name == NAME).map(|(_, value)| value);
    let token = TokenSecret::parse(found.next()?)?;
    found.next().is_none().then_some(token)
}

/// Has the browser keep a token, and keep it longer if it has it already.
pub(super) fn keep(token: &TokenSecret) -> HeaderValue {
    let max_age_s = limits::COOKIE_S_MAX;
    let text = Zeroizing::new(format!("{NAME}={}; Max-Age={max_age_s}; {ATTRIBUTES}", token.reveal()));
    // The letters of a token are always a value.
    let mut value = HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// Has the browser forget it.
pub(super) fn forget() -> HeaderValue {
    let text = format!("{NAME}=; Max-Age=0; {ATTRIBUTES}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "cst_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const OTHER: &str = "cst_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

    fn shown(cookies: &[String]) -> Option<String> {
        let fields = cookies.iter().map(|text| (header::COOKIE, HeaderValue::from_str(text).unwrap()));
        token(&fields.collect()).map(|token| token.reveal().to_owned())
    }

    #[test]
    fn one_token_is_found_among_other_cookies() {
        for cookies in [
            vec![format!("{NAME}={ONE}")],
            vec![format!("theme=dark; {NAME}={ONE};lang=de")],
            vec!["theme=dark".to_owned(), format!("{NAME}={ONE}")],
        ] {
            assert_eq!(shown(&cookies).as_deref(), Some(ONE), "{cookies:?}");
        }
        for cookies in [
            vec![],
            vec![format!("{NAME}=")],
            vec![format!("{NAME}=cst_short")],
            vec![format!("chat-session={ONE}")],
            vec![format!("{NAME}={ONE}; {NAME}={OTHER}")],
            vec![format!("{NAME}={ONE}"), format!("{NAME}={OTHER}")],
        ] {
            assert_eq!(shown(&cookies), None, "{cookies:?}");
        }
    }

    #[test]
    fn scripts_and_other_sites_do_not_get_it() {
        let kept = keep(&TokenSecret::parse(ONE).unwrap());
        assert!(
            kept.is_sensitive() && kept.to_str().unwrap().starts_with(&format!("{NAME}={ONE}; Max-Age="))
        );
        for value in [kept, forget()] {
            for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
                assert!(value.to_str().unwrap().split("; ").any(|one| one == attribute), "{attribute}");
            }
        }
    }
}
