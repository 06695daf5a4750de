//! One line to be sent, built piece by piece.
//!
//! Nothing put into it can break the line: CR, LF and NUL are left out.

use std::borrow::Cow;
use std::fmt;

use memchr::memchr3;

use crate::limits;

use super::tags;

/// A line under construction; [`Line::write_to`] and `Display` give the wire's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    tags: Vec<(Cow<'static, str>, String)>,
    source: Option<String>,
    command: Cow<'static, str>,
    params: Vec<String>,
}

impl Line {
    /// A line without source, tags and parameters.
    #[must_use]
    pub fn new(command: impl Into<Cow<'static, str>>) -> Self {
        Self { tags: Vec::new(), source: None, command: command.into(), params: Vec::new() }
    }

    /// Says who it is from.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds a tag; the value is plain and may be empty.
    #[must_use]
    pub fn tag(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }

    /// Adds a parameter. Only the last one may be empty, contain a space or begin with a colon;
    /// in an earlier one these would be mended to `*`, `_` and nothing.
    #[must_use]
    pub fn param(mut self, param: impl fmt::Display) -> Self {
        self.params.push(param.to_string());
        self
    }

    /// Adds several parameters.
    #[must_use]
    pub fn params<P: fmt::Display>(mut self, params: impl IntoIterator<Item = P>) -> Self {
        self.params.extend(params.into_iter().map(|param| param.to_string()));
        self
    }

    /// The same, short enough for the protocol: what was put in may repeat what somebody sent, which
    /// was as long already. The longest parameter gives way. Source: RFC 2812, section 2.3.
    #[must_use]
    pub fn fitted(mut self) -> Self {
        let head = ": \r\n".len() + self.source.as_ref().map_or(0, String::len) + self.command.len();
        loop {
            // A space before each, and a colon before the last or an asterisk for nothing.
            let len = head + self.params.iter().map(|param| param.len() + 2).sum::<usize>();
            let excess = len.saturating_sub(limits::LINE_BYTES_MAX);
            let longest = self.params.iter_mut().max_by_key(|param| param.len());
            let Some(longest) = longest.filter(|longest| excess > 0 && !longest.is_empty()) else {
                return self;
            };
            longest.truncate(longest.floor_char_boundary(longest.len().saturating_sub(excess)));
        }
    }

    /// Writes the line with CR LF.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.to_string().as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (key, value)) in self.tags.iter().enumerate() {
            f.write_str(if index == 0 { "@" } else { ";" })?;
            f.write_str(key)?;
            if !value.is_empty() {
                write!(f, "={}", tags::escape(value))?;
            }
        }
        if !self.tags.is_empty() {
            f.write_str(" ")?;
        }
        if let Some(source) = &self.source {
            write!(f, ":{source} ")?;
        }
        f.write_str(&self.command)?;
        let Some((last, middle)) = self.params.split_last() else {
            return Ok(());
        };
        for param in middle {
            write!(f, " {}", middle_param(param))?;
        }
        let last = clean(last);
        let colon = last.is_empty() || last.starts_with(':') || last.contains(' ');
        write!(f, " {}{last}", if colon { ":" } else { "" })
    }
}

/// Without what would end or cut the line.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if memchr3(b'\r', b'\n', b'\0', text.as_bytes()).is_some() {
        Cow::Owned(text.replace(['\r', '\n', '\0'], " "))
    } else {
        Cow::Borrowed(text)
    }
}

fn middle_param(param: &str) -> Cow<'_, str> {
    let param = param.trim_start_matches(':');
    if param.is_empty() {
        return Cow::Borrowed("*");
    }
    if param.contains([' ', '\r', '\n', '\0']) {
        return Cow::Owned(param.replace([' ', '\r', '\n', '\0'], "_"));
    }
    Cow::Borrowed(param)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Message;
    use proptest::prelude::*;

    #[test]
    fn lines_are_written() {
        let line = Line::new("PRIVMSG")
            .source("n!u@h")
            .tag("time", "x")
            .tag("+a", "b c")
            .param("#a")
            .param("hi you");
        assert_eq!(line.to_string(), "@time=x;+a=b\\sc :n!u@h PRIVMSG #a :hi you");
        assert_eq!(Line::new("QUIT").to_string(), "QUIT");
        assert_eq!(Line::new("TOPIC").param("#a").param("").to_string(), "TOPIC #a :");
        assert_eq!(Line::new("X").param("").param("a b").param("c").to_string(), "X * a_b c");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_one_line(params in proptest::collection::vec("\\PC*", 1..14)) {
            let line = Line::new("X").params(&params);
            let mut bytes = Vec::new();
            line.write_to(&mut bytes);
            prop_assert_eq!(bytes.iter().filter(|b| matches!(b, b'\r' | b'\n' | 0)).count(), 2);
            let message = Message::parse(&bytes[..bytes.len() - 2]).unwrap();
            prop_assert_eq!(message.params().len(), params.len());
        }
    }
}
