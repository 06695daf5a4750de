//! What holds of the fields of a request, whatever they say.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::byte_range::{ByteRange, byte_range};
use super::caller::{Credentials, credentials};
use super::cookie;
use crate::auth::secret::TokenSecret;
use crate::disposition;
use crate::limits;

/// The same bytes as each field that we read: a range lies within the file, credentials and a cookie are understood as
/// what they are when they are written again, and a file's name leads nowhere.
pub(crate) fn http(bytes: &[u8]) {
    file_name(bytes);
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    for len in [0, 1, 1000, u64::MAX] {
        range(&value, len);
    }
    shown_cookie(&value);
    authorization(&value);
}

fn field(name: HeaderName, value: &HeaderValue) -> HeaderMap {
    HeaderMap::from_iter([(name, value.clone())])
}

fn range(value: &HeaderValue, len: u64) {
    let found = byte_range(&field(header::RANGE, value), "\"tag\"", len);
    if let ByteRange::Stretch { start, end } = found {
        assert!(start <= end && end < len, "{start}-{end} of {len}");
        let Ok(written) = HeaderValue::from_str(&format!("bytes={start}-{end}")) else {
            panic!("{start}-{end}")
        };
        assert_eq!(byte_range(&field(header::RANGE, &written), "\"tag\"", len), found);
    }
    let mut with_tag = field(header::RANGE, &HeaderValue::from_static("bytes=0-0"));
    with_tag.insert(header::IF_RANGE, value.clone());
    let is_known = value.to_str().is_ok_and(|tag| tag.trim() == "\"tag\"");
    // Who has a part of anything else than this file is given all of it.
    assert_eq!(byte_range(&with_tag, "\"tag\"", 2) == ByteRange::Whole, !is_known);
}

fn shown_cookie(value: &HeaderValue) {
    let Some(token) = cookie::token(&field(header::COOKIE, value)) else { return };
    let kept = cookie::keep(&token);
    let Some((pair, _)) = kept.to_str().ok().and_then(|text| text.split_once(';')) else {
        panic!("a token is always a value")
    };
    assert!(
        value.to_str().is_ok_and(|text| text.split(';').filter(|shown| shown.trim() == pair).count() == 1),
        "{pair:?} is not what was shown"
    );
    let Ok(pair) = HeaderValue::from_str(pair) else { panic!("a token is always a value") };
    let again = cookie::token(&field(header::COOKIE, &pair));
    assert_eq!(again.as_ref().map(TokenSecret::reveal), Some(token.reveal()));
}

fn authorization(value: &HeaderValue) {
    let Ok(found) = credentials(&field(header::AUTHORIZATION, value)) else { return };
    let written = match &found {
        Credentials::Token(token) => format!("Bearer {}", token.as_str()),
        Credentials::Name(plain) => {
            assert!(!plain.name.contains(':'));
            let pair = STANDARD.encode(format!("{}:{}", plain.name, plain.password.as_str()));
            format!("Basic {pair}")
        }
    };
    let Ok(written) = HeaderValue::from_str(&written) else { panic!("what was a value is none any more") };
    let again = credentials(&field(header::AUTHORIZATION, &written));
    match (found, again) {
        (Credentials::Token(one), Ok(Credentials::Token(other))) => assert_eq!(one, other),
        (Credentials::Name(one), Ok(Credentials::Name(other))) => assert_eq!(one, other),
        (Credentials::Token(_) | Credentials::Name(_), _) => {
            panic!("they are others when they are written again")
        }
    }
}

fn file_name(value: &[u8]) {
    let Some(name) = disposition::file_name(value) else { return };
    assert!(!name.is_empty() && name.chars().count() <= limits::FILE_NAME_CHARS_MAX);
    assert!(!name.contains(['/', '\\']) && !name.contains(char::is_control), "{name:?}");
    assert_eq!(disposition::clean(&name).as_ref(), Some(&name));
    for is_shown in [true, false] {
        let told = disposition::field(is_shown, &name);
        assert!(told.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{told:?}");
        assert_eq!(disposition::file_name(told.as_bytes()).as_ref(), Some(&name), "{told:?}");
    }
}
