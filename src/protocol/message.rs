//! One line, read in place: tags, source, command, parameters borrow from it.
//!
//! Source: RFC 1459 section 2.3, IRCv3 message-tags.

use memchr::memchr3;

use crate::limits;

use super::tags;

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing but spaces; to be ignored.
    #[error("an empty line")]
    Empty,
    /// Not UTF-8, or with a NUL or a line end in it.
    #[error("messages must be valid UTF-8")]
    NotUtf8,
    /// A tag section or a source without a command behind it.
    #[error("no command")]
    NoCommand,
    /// Longer than the protocol allows.
    #[error("input line was too long")]
    TooLong,
}

/// A parsed line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The tag section without `@`, still escaped; see [`tags::iter`].
    pub tags: &'a str,
    /// `nick!user@host` or a server's name, without the colon.
    pub source: Option<&'a str>,
    /// As it was sent; compare without regard to case.
    pub command: &'a str,
    params: Params<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Params<'a> {
    list: [&'a str; limits::PARAMS_MAX],
    len: usize,
}

impl<'a> Message<'a> {
    /// Reads one line without its line end. The fifteenth parameter takes all that is left.
    ///
    /// # Errors
    /// [`ParseError`]; never panics, whatever the bytes.
    pub fn parse(line: &'a [u8]) -> Result<Self, ParseError> {
        let text = std::str::from_utf8(line).map_err(|_| ParseError::NotUtf8)?;
        if memchr3(b'\0', b'\r', b'\n', line).is_some() {
            return Err(ParseError::NotUtf8);
        }
        let mut rest = text.trim_start_matches(' ');
        if rest.is_empty() {
            return Err(ParseError::Empty);
        }
        let tags = take_prefixed(&mut rest, '@').unwrap_or_default();
        let source = take_prefixed(&mut rest, ':');
        let command = take_word(&mut rest);
        if command.is_empty() {
            return Err(ParseError::NoCommand);
        }
        Ok(Self { tags, source, command, params: Params::parse(rest) })
    }

    /// The parameters.
    #[must_use]
    pub fn params(&self) -> &[&'a str] {
        &self.params.list[..self.params.len]
    }

    /// The parameter at this place, if it was sent.
    #[must_use]
    pub fn param(&self, index: usize) -> Option<&'a str> {
        self.params().get(index).copied()
    }

    /// The parameter at this place, if it was sent and is not empty.
    #[must_use]
    pub fn filled(&self, index: usize) -> Option<&'a str> {
        self.param(index).filter(|text| !text.is_empty())
    }

    /// Whether this is that command.
    #[must_use]
    pub fn is(&self, command: &str) -> bool {
        self.command.eq_ignore_ascii_case(command)
    }

    /// The unescaped value of a tag; the last of several equal keys counts.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<String> {
        tags::iter(self.tags).filter(|(k, _)| *k == key).last().map(|(_, value)| tags::unescape(value))
    }

    /// The nick in the source.
    #[must_use]
    pub fn nick(&self) -> Option<&'a str> {
        self.source.map(|source| source.split(['!', '@']).next().unwrap_or(source))
    }
}

impl<'a> Params<'a> {
    fn parse(mut rest: &'a str) -> Self {
        let mut params = Self { list: [""; limits::PARAMS_MAX], len: 0 };
        loop {
            rest = rest.trim_start_matches(' ');
            if rest.is_empty() {
                return params;
            }
            let last = params.len + 1 == limits::PARAMS_MAX;
            if let Some(trailing) = rest.strip_prefix(':') {
                params.push(trailing);
                return params;
            }
            if last {
                params.push(rest);
                return params;
            }
            params.push(take_word(&mut rest));
        }
    }

    fn push(&mut self, param: &'a str) {
        self.list[self.len] = param;
        self.len += 1;
    }
}

/// The first word if it begins with `mark`, without it; `rest` moves behind it.
fn take_prefixed<'a>(rest: &mut &'a str, mark: char) -> Option<&'a str> {
    *rest = rest.strip_prefix(mark)?;
    let word = take_word(rest);
    *rest = rest.trim_start_matches(' ');
    Some(word)
}

fn take_word<'a>(rest: &mut &'a str) -> &'a str {
    let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
    *rest = after;
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_taken_apart() {
        type Row = (&'static str, &'static str, Option<&'static str>, &'static str, &'static [&'static str]);
        let table: &[Row] = &[
            ("PING", "", None, "PING", &[]),
            ("PING x", "", None, "PING", &["x"]),
            ("PRIVMSG #a :hello there", "", None, "PRIVMSG", &["#a", "hello there"]),
            (":n!u@h PRIVMSG #a :", "", Some("n!u@h"), "PRIVMSG", &["#a", ""]),
            ("@a=b;c :n  JOIN  #a  ", "a=b;c", Some("n"), "JOIN", &["#a"]),
            ("  USER a 0 * ::x", "", None, "USER", &["a", "0", "*", ":x"]),
            (
                "X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
                "",
                None,
                "X",
                &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15 16"],
            ),
        ];
        for (line, tags, source, command, params) in table {
            let message = Message::parse(line.as_bytes()).unwrap();
            assert_eq!((message.tags, message.source, message.command), (*tags, *source, *command), "{line}");
            assert_eq!(message.params(), *params, "{line}");
        }
    }

    #[test]
    fn what_is_no_message_is_told_apart() {
        let table: &[(&[u8], ParseError)] = &[
            (b"", ParseError::Empty),
            (b"   ", ParseError::Empty),
            (b"@a", ParseError::NoCommand),
            (b":source", ParseError::NoCommand),
            (b"PRIVMSG #a :\xff", ParseError::NotUtf8),
            (b"PRIVMSG #a :a\0b", ParseError::NotUtf8),
            (b"AWAY :a\rb", ParseError::NotUtf8),
        ];
        for (line, error) in table {
            assert_eq!(Message::parse(line), Err(*error));
        }
    }

    proptest! {
        #[test]
        fn the_parser_is_total(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            if let Ok(message) = Message::parse(&bytes) {
                prop_assert!(!message.command.is_empty());
                prop_assert!(message.params().len() <= limits::PARAMS_MAX);
            }
        }
    }
}
