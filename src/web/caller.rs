//! Who asks over HTTP: the same credentials as in a session, the same judge, the same bans; for pages of our
//! own also the token in the browser's keeping.
//!
//! Source: RFC 7617 (Basic), RFC 6750 section 2.1 (Bearer).

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::auth;
use crate::protocol::sasl::Plain;
use crate::session::Service;
use crate::store::accounts::Account;

use super::{Problem, Visitor};

/// The account whose credentials a request carries: a name with password or token, a token alone, or what
/// the browser keeps for a page of our own.
#[derive(Clone, Debug)]
pub struct Caller(pub Account);

const SIGNED_OUT: &str = "this browser is signed out; sign in again";

/// What `Authorization` holds.
pub(super) enum Credentials {
    Name(Plain),
    Token(Zeroizing<String>),
}

impl FromRequestParts<Arc<Service>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Problem> {
        let visitor = parts.extensions.get::<Visitor>().copied();
        let address = visitor.and_then(|visitor| visitor.address);
        if let Some(ban) = address.and_then(|address| service.bans.of_address(address)) {
            return Err(Problem::new(StatusCode::FORBIDDEN, ban.text()));
        }
        let is_named = parts.headers.contains_key(header::AUTHORIZATION);
        let token = visitor.filter(|_| !is_named).and_then(|it| it.token(&parts.method, &parts.headers));
        let account = match token {
            Some(token) => match service.authenticator.bearer(token.reveal(), address).await {
                Ok(account) => account,
                // With 401 the browser itself would ask for a password.
                Err(auth::Error::Rejected) => return Err(Problem::new(StatusCode::FORBIDDEN, SIGNED_OUT)),
                Err(error) => return Err(error.into()),
            },
            None if !is_named && is_part_of_page(&parts.headers) => {
                return Err(Problem::new(StatusCode::FORBIDDEN, SIGNED_OUT));
            }
            None => match credentials(&parts.headers)? {
                Credentials::Name(plain) => service.authenticator.plain(&plain, address).await?,
                Credentials::Token(token) => service.authenticator.bearer(&token, address).await?,
            },
        };
        match service.bans.of_account(&account.name) {
            Some(ban) => Err(Problem::new(StatusCode::FORBIDDEN, ban.text())),
            None => Ok(Self(account)),
        }
    }
}

/// Whether a page asks for a part of itself: with 401 the browser would ask for a password in its place.
/// Source: Fetch Metadata.
fn is_part_of_page(fields: &HeaderMap) -> bool {
    fields.get("sec-fetch-dest").is_some_and(|kind| kind != "document")
}

pub(super) fn credentials(fields: &HeaderMap) -> Result<Credentials, Problem> {
    let refused = |detail: &str| Problem::new(StatusCode::UNAUTHORIZED, detail);
    let mut values = fields.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(refused("sign in with Authorization: Bearer TOKEN, or Basic with a name and a password"));
    };
    let (scheme, rest) = value.to_str().ok().and_then(|value| value.split_once(' ')).unwrap_or_default();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Credentials::Token(Zeroizing::new(rest.trim().to_owned())));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(refused("Authorization must be Bearer or Basic"));
    }
    let decoded = STANDARD.decode(rest.trim()).map(Zeroizing::new).unwrap_or_default();
    let text = std::str::from_utf8(&decoded).unwrap_or_default();
    let (name, password) =
        text.split_once(':').ok_or_else(|| refused("Basic must be NAME:PASSWORD in UTF-8 and base64"))?;
    let password = Zeroizing::new(password.to_owned());
    Ok(Credentials::Name(Plain { name: name.to_owned(), password }))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(values: &[&'static str]) -> Result<(String, String), StatusCode> {
        let values = values.iter().map(|value| (header::AUTHORIZATION, HeaderValue::from_static(value)));
        match credentials(&values.collect()) {
            Ok(Credentials::Name(plain)) => Ok((plain.name, plain.password.to_string())),
            Ok(Credentials::Token(token)) => Ok((String::new(), token.to_string())),
            Err(problem) => Err(problem.status),
        }
    }

    #[test]
    fn credentials_are_a_name_and_a_password_or_a_token() {
        let found = |name: &str, secret: &str| Ok((name.to_owned(), secret.to_owned()));
        assert_eq!(read(&["Bearer cst_abc"]), found("", "cst_abc"));
        assert_eq!(read(&["bearer  cst_abc "]), found("", "cst_abc"));
        assert_eq!(read(&["Basic YWxpY2U6YTpiIMOk"]), found("alice", "a:b ä"));
        assert_eq!(read(&["BASIC OnNlY3JldA=="]), found("", "secret"));
        for wrong in [
            &[][..],
            &["Bearer"],
            &["Digest abc"],
            &["Basic !"],
            &["Basic YWxpY2U="],
            &["Basic /w=="],
            &["Bearer a", "Bearer b"],
        ] {
            assert_eq!(read(wrong), Err(StatusCode::UNAUTHORIZED), "{wrong:?}");
        }
    }
}
