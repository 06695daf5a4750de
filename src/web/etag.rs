//! Whether who asks has the answer already. Source: RFC 9110, section 13.1.2.

use axum::http::{HeaderMap, header};

/// Whether `If-None-Match` names the form with this tag, which is in quotation marks.
pub(super) fn is_known(asked: &HeaderMap, tag: &[u8]) -> bool {
    let values = asked.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known).as_bytes() == tag)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_form_that_is_known_is_not_sent_again() {
        for (known, is) in
            [("\"a\"", true), ("W/\"a\"", true), ("\"b\", \"a\"", true), ("*", true), ("\"b\"", false)]
        {
            let asked = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(known))]);
            assert_eq!(is_known(&asked, b"\"a\""), is, "{known}");
        }
    }
}
