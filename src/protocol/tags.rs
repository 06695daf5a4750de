//! Message tags: their list and their escapes. Source: IRCv3 message-tags.

use std::borrow::Cow;

/// Key and escaped value of each tag of a section; a tag without value has an empty one, and what has no key is no tag.
pub fn iter(section: &str) -> impl Iterator<Item = (&str, &str)> {
    let tags = section.split(';').map(|tag| tag.split_once('=').unwrap_or((tag, "")));
    tags.filter(|(key, _)| !key.is_empty())
}

/// The plain value. An unknown escape stands for its second character, a final lone `\` for nothing.
#[must_use]
pub fn unescape(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some(':') => plain.push(';'),
            Some('s') => plain.push(' '),
            Some('r') => plain.push('\r'),
            Some('n') => plain.push('\n'),
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}

/// The value as it goes over the wire.
#[must_use]
pub fn escape(value: &str) -> Cow<'_, str> {
    if !value.contains([';', ' ', '\\', '\r', '\n']) {
        return Cow::Borrowed(value);
    }
    let mut escaped = String::with_capacity(value.len() + 8);
    for c in value.chars() {
        match c {
            ';' => escaped.push_str("\\:"),
            ' ' => escaped.push_str("\\s"),
            '\\' => escaped.push_str("\\\\"),
            '\r' => escaped.push_str("\\r"),
            '\n' => escaped.push_str("\\n"),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// Those tags of a client's section that are relayed (`+name`), written anew: the last of several
/// equal keys, a value unescaped and escaped again, no `=` before an empty one.
#[must_use]
pub fn client_only(section: &str) -> String {
    let mut kept: Vec<(&str, &str)> = Vec::new();
    for (key, value) in iter(section).filter(|(key, _)| is_client_key(key)) {
        kept.retain(|(k, _)| *k != key);
        kept.push((key, value));
    }
    let mut out = String::new();
    for (key, value) in kept {
        if !out.is_empty() {
            out.push(';');
        }
        out.push_str(key);
        let value = unescape(value);
        if !value.is_empty() {
            out.push('=');
            out.push_str(&escape(&value));
        }
    }
    out
}

fn is_client_key(key: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'/' | b'_');
    key.strip_prefix('+').is_some_and(|name| !name.is_empty() && name.bytes().all(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_unescaped() {
        for (wire, plain) in
            [("a\\:b", "a;b"), ("\\s\\\\\\r\\n", " \\\r\n"), ("a\\bc", "abc"), ("end\\", "end")]
        {
            assert_eq!(unescape(wire), plain);
        }
    }

    #[test]
    fn what_has_no_key_is_no_tag() {
        assert_eq!(iter("=;=1;a=;;b==2").collect::<Vec<_>>(), [("a", ""), ("b", "=2")]);
    }

    #[test]
    fn only_client_tags_pass_and_the_last_counts() {
        for (section, kept) in [
            ("a=1;+b=2;label=x", "+b=2"),
            ("+b=1;+c;+b=3", "+c;+b=3"),
            ("+b=", "+b"),
            ("+b=x\\", "+b=x"),
            ("+", ""),
            ("+a\"b=1;+draft/x.y-z=1", "+draft/x.y-z=1"),
            ("", ""),
        ] {
            assert_eq!(client_only(section), kept);
        }
    }

    proptest! {
        #[test]
        fn any_value_survives_the_wire(value in "\\PC*") {
            prop_assert_eq!(unescape(&escape(&value)), value);
        }
    }
}
