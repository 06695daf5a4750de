//! `Content-Disposition`: the name of a file, as it is told over HTTP. Source: RFC 6266, RFC 8187.
//!
//! A name that is read here leads to no folder and hides nothing; whoever makes a path of it looks further.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::limits;

/// All but what needs no encoding anywhere. Source: RFC 3986, section 2.3.
pub const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The name that the other side gives, without folders and control characters; `None` if there is none.
#[must_use]
pub fn file_name(value: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(value);
    let (_, mut rest) = text.split_once(';')?;
    let (mut plain, mut extended) = (None, None);
    while let Some((key, after)) = rest.split_once('=') {
        let (value, after) = parameter(after.trim_start());
        match key.trim().to_ascii_lowercase().as_str() {
            "filename" => plain = Some(value),
            "filename*" => extended = decoded(&value),
            _ => {}
        }
        rest = after.trim_start().strip_prefix(';').unwrap_or("");
    }
    clean(&extended.or(plain)?)
}

/// A quoted text or a word, and what follows.
fn parameter(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, &quoted[at + 1..]),
            _ => value.push(c),
        }
    }
    (value, "")
}

fn decoded(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _, text) = (parts.next()?, parts.next()?, parts.next()?);
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned)
}

/// A name without folders, control characters, and what turns the direction of writing, of at most
/// [`limits::FILE_NAME_CHARS_MAX`] characters; `None` if nothing is left.
#[must_use]
pub fn clean(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !is_hidden(*c)).take(limits::FILE_NAME_CHARS_MAX).collect();
    let clean = clean.trim();
    (!clean.is_empty()).then(|| clean.to_owned())
}

/// Control characters, ends of lines, and what turns the direction of writing: `exe.png` is not `gnp.exe`.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What the other side is told: to show a file or to keep it, under this name.
#[must_use]
pub fn field(is_shown: bool, name: &str) -> String {
    let way = if is_shown { "inline" } else { "attachment" };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    if plain == name {
        return format!("{way}; filename=\"{plain}\"");
    }
    let encoded = utf8_percent_encode(name, UNRESERVED);
    format!("{way}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_senders_give_them() {
        for (value, found) in [
            ("attachment; filename=\"a b.png\"", Some("a b.png")),
            ("attachment; filename=a.png; size=3", Some("a.png")),
            ("inline; filename=plain.txt", Some("plain.txt")),
            ("attachment; FileName*=utf-8'en'a%2Fb", Some("b")),
            ("attachment; filename=\"_.txt\"; filename*=UTF-8''%C3%BC.txt", Some("ü.txt")),
            ("inline; FileName*=utf-8'de'50%25.txt; filename=\"x\"", Some("50%.txt")),
            ("attachment; filename=\"a\\\"b;c=d.txt\"", Some("a\"b;c=d.txt")),
            ("attachment; filename=\"../../etc/passwd\"", Some("passwd")),
            ("attachment; filename=\"C:\\\\x\\\\y.txt\"", Some("y.txt")),
            ("attachment; filename=\"a\u{202e}gnp.exe\"", Some("agnp.exe")),
            ("attachment; filename=\"a\u{61c}\u{2028}b\"", Some("ab")),
            ("attachment; filename*=UTF-8''a%0D%0Ab", Some("ab")),
            ("attachment; filename*=latin1''%FC; filename=u", Some("u")),
            ("attachment; filename=\"\"", None),
            ("attachment; filename=\"open", Some("open")),
            ("attachment", None),
            ("filename=a", None),
            (";=;=", None),
            ("a;b", None),
        ] {
            assert_eq!(file_name(value.as_bytes()).as_deref(), found, "{value}");
        }
        assert_eq!(file_name(b"a; filename=\xff\xfe").as_deref(), Some("\u{fffd}\u{fffd}"));
        let long = format!("a; filename={}", "ü".repeat(1000));
        assert_eq!(file_name(long.as_bytes()).unwrap().chars().count(), limits::FILE_NAME_CHARS_MAX);
    }

    #[test]
    fn any_name_can_be_told() {
        for (name, told) in [
            ("a b.png", "inline; filename=\"a b.png\""),
            ("ü\".png", "inline; filename=\"__.png\"; filename*=UTF-8''%C3%BC%22.png"),
        ] {
            assert_eq!(field(true, name), told);
        }
        for (name, told) in [
            ("x", "attachment; filename=\"x\""),
            ("a b.png", "attachment; filename=\"a b.png\""),
            ("a\"\r\nx", "attachment; filename=\"a___x\"; filename*=UTF-8''a%22%0D%0Ax"),
            ("ü.txt", "attachment; filename=\"_.txt\"; filename*=UTF-8''%C3%BC.txt"),
        ] {
            assert_eq!(field(false, name), told);
        }
    }
}
