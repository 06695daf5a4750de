//! Which part of a file is asked for. Source: RFC 9110, sections 13.1.5 and 14.

use axum::http::{HeaderMap, header};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteRange {
    /// All of it.
    Whole,
    /// From one byte to another, both inside.
    Stretch {
        /// The first.
        start: u64,
        /// The last.
        end: u64,
    },
    /// What is not there.
    Beyond,
}

/// The part that is asked for of a file of this tag and length. Several at once are given as all of it.
pub(super) fn byte_range(asked: &HeaderMap, tag: &str, len: u64) -> ByteRange {
    let text = |name| asked.get(name).and_then(|value| value.to_str().ok());
    // Who has a part of another file wants all of this one; we tell no dates, so none can be right.
    if asked.get(header::IF_RANGE).is_some_and(|known| known.to_str().map(str::trim).ok() != Some(tag)) {
        return ByteRange::Whole;
    }
    let Some(range) = text(header::RANGE).and_then(|range| range.trim().strip_prefix("bytes=")) else {
        return ByteRange::Whole;
    };
    read(range.trim(), len).unwrap_or(ByteRange::Whole)
}

/// `None` for what is no range that we know.
fn read(range: &str, len: u64) -> Option<ByteRange> {
    let (first, last) = range.split_once('-')?;
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // More digits than fit are beyond any file.
        is_number.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    if first.is_empty() {
        let count = number(last)?.min(len);
        return Some(if count == 0 {
            ByteRange::Beyond
        } else {
            ByteRange::Stretch { start: len - count, end: len - 1 }
        });
    }
    let start = number(first)?;
    let end = if last.is_empty() { u64::MAX } else { number(last)? };
    if start > end {
        return None;
    }
    Some(if start >= len { ByteRange::Beyond } else { ByteRange::Stretch { start, end: end.min(len - 1) } })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn ranges_are_those_of_the_table() {
        let stretch = |start, end| ByteRange::Stretch { start, end };
        for (range, found) in [
            ("bytes=0-9", stretch(0, 9)),
            ("bytes=90-", stretch(90, 99)),
            ("bytes=90-500", stretch(90, 99)),
            ("bytes=-10", stretch(90, 99)),
            ("bytes=-500", stretch(0, 99)),
            ("bytes=99-99", stretch(99, 99)),
            ("bytes=100-", ByteRange::Beyond),
            ("bytes=-0", ByteRange::Beyond),
            ("bytes=99999999999999999999999-", ByteRange::Beyond),
            ("bytes=0-99999999999999999999999", stretch(0, 99)),
            ("bytes=5-4", ByteRange::Whole),
            ("bytes=0-1,5-6", ByteRange::Whole),
            ("bytes=a-b", ByteRange::Whole),
            ("bytes=-", ByteRange::Whole),
            ("bytes=+1-2", ByteRange::Whole),
            ("lines=0-1", ByteRange::Whole),
        ] {
            let asked = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static(range))]);
            assert_eq!(byte_range(&asked, "\"a\"", 100), found, "{range}");
        }
        assert_eq!(byte_range(&HeaderMap::new(), "\"a\"", 100), ByteRange::Whole);
        let empty = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static("bytes=0-0"))]);
        assert_eq!(byte_range(&empty, "\"a\"", 0), ByteRange::Beyond);
    }

    #[test]
    fn a_tag_that_is_no_text_is_of_another_file() {
        let known = HeaderValue::from_bytes(b"\"\xe4\"").unwrap();
        let fields = [(header::RANGE, HeaderValue::from_static("bytes=5-")), (header::IF_RANGE, known)];
        assert_eq!(byte_range(&HeaderMap::from_iter(fields), "\"a\"", 10), ByteRange::Whole);
    }

    #[test]
    fn a_part_of_another_file_is_not_gone_on_with() {
        for (known, found) in [
            ("\"a\"", ByteRange::Stretch { start: 5, end: 9 }),
            ("\"b\"", ByteRange::Whole),
            ("W/\"a\"", ByteRange::Whole),
            ("Sat, 21 Nov 2026 20:00:00 GMT", ByteRange::Whole),
        ] {
            let fields = [(header::RANGE, "bytes=5-"), (header::IF_RANGE, known)];
            let asked = fields.map(|(name, value)| (name, HeaderValue::from_static(value)));
            assert_eq!(byte_range(&HeaderMap::from_iter(asked), "\"a\"", 10), found, "{known}");
        }
    }
}
