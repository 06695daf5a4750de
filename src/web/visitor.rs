//! Whence a request comes: the address, and whose page it was that asked.

use std::net::IpAddr;

use axum::http::{HeaderMap, Method, StatusCode, header};

use crate::auth::secret::TokenSecret;

use super::{Problem, cookie};

/// Who has a browser ask; what a page says of itself, the browser vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initiator {
    /// A page of our own.
    SameOrigin,
    /// A page of another site, one that may connect included.
    CrossOrigin,
    /// None that is named: somebody who typed the address, or a program.
    Unknown,
}

/// Whence a request comes; an extension of each.
#[derive(Clone, Copy, Debug)]
pub struct Visitor {
    /// No address: a unix socket.
    pub address: Option<IpAddr>,
    /// Whose page asks.
    pub initiator: Initiator,
}

impl Initiator {
    /// Reads what a browser says; `is_own` tells whether an `Origin` is ours. Source: Fetch Metadata.
    #[must_use]
    pub fn of(fields: &HeaderMap, is_own: impl Fn(&str) -> bool) -> Self {
        let mut origins = fields.get_all(header::ORIGIN).into_iter();
        let origin = origins.next().map(|value| value.to_str().unwrap_or_default());
        let is_ours = origin.is_none_or(is_own) && origins.next().is_none();
        let site = fields.get("sec-fetch-site").map(|value| value.to_str().unwrap_or_default());
        match (origin, site) {
            _ if !is_ours => Self::CrossOrigin,
            (Some(_), None | Some("same-origin")) => Self::SameOrigin,
            (None, None | Some("same-origin" | "none")) => Self::Unknown,
            (_, Some(_)) => Self::CrossOrigin,
        }
    }
}

impl Visitor {
    /// The token that the request may use of the browser's keeping: on behalf of a page of our own, and
    /// to look only, of who is not sent by a page of another site.
    #[must_use]
    pub fn token(&self, method: &Method, fields: &HeaderMap) -> Option<TokenSecret> {
        let only_looks = [Method::GET, Method::HEAD].contains(method);
        let may = match self.initiator {
            Initiator::SameOrigin => true,
            Initiator::Unknown => only_looks,
            Initiator::CrossOrigin => false,
        };
        may.then(|| cookie::token(fields)).flatten()
    }

    /// Whether a page of our own asks.
    ///
    /// # Errors
    /// [`Problem`] says no.
    pub(super) fn check_initiator(&self) -> Result<(), Problem> {
        match self.initiator {
            Initiator::SameOrigin => Ok(()),
            Initiator::CrossOrigin | Initiator::Unknown => {
                Err(Problem::new(StatusCode::FORBIDDEN, "only a page of this server may ask for this"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_page_is_our_own_if_all_that_is_said_says_so() {
        for (origin, site, initiator) in [
            (Some("https://us"), Some("same-origin"), Initiator::SameOrigin),
            (Some("https://us"), None, Initiator::SameOrigin),
            (Some("https://us"), Some("same-site"), Initiator::CrossOrigin),
            (Some("https://evil"), Some("same-origin"), Initiator::CrossOrigin),
            (Some("https://evil"), None, Initiator::CrossOrigin),
            (Some("null"), Some("same-origin"), Initiator::CrossOrigin),
            (None, Some("same-origin"), Initiator::Unknown),
            (None, Some("none"), Initiator::Unknown),
            (None, None, Initiator::Unknown),
            (None, Some("cross-site"), Initiator::CrossOrigin),
            (None, Some("same-site"), Initiator::CrossOrigin),
        ] {
            let mut fields = HeaderMap::new();
            origin.map(|text| fields.insert(header::ORIGIN, HeaderValue::from_static(text)));
            site.map(|text| fields.insert("sec-fetch-site", HeaderValue::from_static(text)));
            assert_eq!(Initiator::of(&fields, |text| text == "https://us"), initiator, "{origin:?} {site:?}");
        }
        let twice =
            ["https://us", "https://evil"].map(|text| (header::ORIGIN, HeaderValue::from_static(text)));
        let mut fields = HeaderMap::new();
        for (name, value) in twice {
            fields.append(name, value);
        }
        assert_eq!(Initiator::of(&fields, |text| text == "https://us"), Initiator::CrossOrigin);
    }

    #[test]
    fn what_the_browser_keeps_changes_nothing_unless_a_page_of_our_own_asks() {
        let cookie = format!("__Host-chat-session=cst_{}", "A".repeat(32));
        let fields = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&cookie).unwrap())]);
        for (initiator, looks, changes) in [
            (Initiator::SameOrigin, true, true),
            (Initiator::Unknown, true, false),
            (Initiator::CrossOrigin, false, false),
        ] {
            let visitor = Visitor { address: None, initiator };
            for (method, may) in [
                (Method::GET, looks),
                (Method::HEAD, looks),
                (Method::POST, changes),
                (Method::PUT, changes),
                (Method::DELETE, changes),
            ] {
                assert_eq!(visitor.token(&method, &fields).is_some(), may, "{initiator:?} {method}");
            }
        }
    }
}
