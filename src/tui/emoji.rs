//! Emoji by their names, as in `:tada:`. Names are those of GitHub.
//!
//! Knows no screen. Skin tones have no names of their own here.

use std::collections::HashSet;

/// An emoji that was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name, without colons.
    pub name: &'static str,
    /// Itself.
    pub emoji: &'static str,
}

/// Reactions at hand: name and emoji.
pub const REACTIONS: &[(&str, &str)] = &[
    ("+1", "👍"),
    ("-1", "👎"),
    ("heart", "❤️"),
    ("joy", "😂"),
    ("tada", "🎉"),
    ("eyes", "👀"),
    ("thinking", "🤔"),
    ("white_check_mark", "✅"),
];

/// Longer names there are none, in bytes.
const NAME_LEN_MAX: usize = 48;

/// The emoji with this name, whatever its case: `tada` is 🎉.
#[must_use]
pub fn named(name: &str) -> Option<&'static str> {
    let find = |name: &str| emojis::get_by_shortcode(name).map(emojis::Emoji::as_str);
    find(name).or_else(|| (name.len() <= NAME_LEN_MAX).then(|| find(&name.to_ascii_lowercase()))?)
}

/// With an emoji for every `:name:` that is one. Code in backticks and what stands within a word, such
/// as `10:00:00`, stays as it is.
#[must_use]
pub fn replace(typed: &str) -> String {
    let mut out = String::with_capacity(typed.len());
    let mut is_code = false;
    let mut rest = typed;
    while let Some(at) = rest.find([':', '`']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let after = &rest[1..];
        is_code ^= rest.starts_with('`');
        let is_word = out.ends_with(char::is_alphanumeric);
        let found = if is_code || is_word || !rest.starts_with(':') { None } else { name_in_front(after) };
        rest = match found {
            Some((emoji, rest)) => {
                out.push_str(emoji);
                rest
            }
            None => {
                out.push_str(&rest[..1]);
                after
            }
        };
    }
    out.push_str(rest);
    out
}

/// The emoji whose name and closing colon a text begins with, and what follows.
fn name_in_front(text: &str) -> Option<(&'static str, &str)> {
    let end = text.bytes().take(NAME_LEN_MAX + 1).position(|byte| !is_name_byte(byte))?;
    let rest = text[end..].strip_prefix(':')?;
    Some((named(&text[..end])?, rest))
}

/// Whether a name can have this byte.
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-')
}

/// What may be meant by the beginning of a name: first names that begin so, shorter ones first, then
/// those with a word that begins so.
#[must_use]
pub fn find(part: &str, len_max: usize) -> Vec<Found> {
    let part = part.to_ascii_lowercase();
    let rank = |name: &str| match name {
        name if name.starts_with(&part) => Some(0),
        name if name.split(['_', '-']).any(|word| word.starts_with(&part)) => Some(1),
        _ => None,
    };
    let names = emojis::iter()
        .flat_map(|emoji| emoji.shortcodes().map(|name| Found { name, emoji: emoji.as_str() }))
        .filter_map(|found| rank(found.name).map(|rank| (rank, found.name.len(), found)));
    let mut all: Vec<_> = names.collect();
    all.sort_by_key(|(rank, length, found)| (*rank, *length, found.name));
    let mut seen = HashSet::new();
    let fresh = all.into_iter().map(|(.., found)| found).filter(|found| seen.insert(found.emoji));
    fresh.take(len_max).collect()
}

/// The reaction that somebody typed: a name with or without colons, or an emoji itself.
#[must_use]
pub fn reaction(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let name = typed.strip_prefix(':').and_then(|name| name.strip_suffix(':')).unwrap_or(typed);
    let emoji = named(name).or_else(|| emojis::get(typed).map(emojis::Emoji::as_str))?;
    // The form that is typed has its skin tone and its variation.
    Some(if name == typed && named(name).is_none() { typed.to_owned() } else { emoji.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_become_emoji() {
        for (typed, wanted) in [
            (":tada: done :+1:", "🎉 done 👍"),
            (":TADA:", "🎉"),
            (":tada::heart:", "🎉❤\u{fe0f}"),
            ("10:00:00 a:b:c :nothing: ::", "10:00:00 a:b:c :nothing: ::"),
            ("`:tada:` :tada:", "`:tada:` 🎉"),
            ("(:smile:)", "(😄)"),
            (": tada:", ": tada:"),
            ("http://x:80:tada:", "http://x:80:tada:"),
        ] {
            assert_eq!(replace(typed), wanted, "{typed}");
        }
    }

    #[test]
    fn names_are_found_by_their_beginning_then_by_their_words() {
        let names = |part| find(part, 8).into_iter().map(|found| found.name).collect::<Vec<_>>();
        assert_eq!(names("tad")[0], "tada");
        assert_eq!(names("+")[0], "+1");
        let heart = names("heart");
        assert_eq!(heart[0], "heart");
        assert!(names("mark").iter().any(|name| name.contains("_mark")), "{:?}", names("mark"));
        assert!(names("zzzz").is_empty());
        assert_eq!(find("", 5).len(), 5);
    }

    #[test]
    fn reactions_are_names_or_emoji() {
        for (typed, wanted) in [
            ("+1", Some("👍")),
            (":tada:", Some("🎉")),
            ("tada", Some("🎉")),
            (" 🎉 ", Some("🎉")),
            ("👍🏽", Some("👍🏽")),
            ("x", Some("❌")),
            ("hello", None),
            ("", None),
        ] {
            assert_eq!(reaction(typed).as_deref(), wanted, "{typed}");
        }
        for (name, emoji) in REACTIONS {
            assert_eq!(named(name), Some(*emoji));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in any::<String>(), near in "[:`a-z_+1 é]{0,60}") {
            for text in [text, near] {
                drop((replace(&text), find(&text, 3), reaction(&text)));
            }
        }
    }
}
