//! One received line that outlives its buffer.

use std::fmt;

use chat_secure::protocol;

/// A line, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// As it came.
    pub(crate) line: String,
    pub(crate) tags: String,
    pub(crate) source: String,
    pub(crate) command: String,
    pub(crate) params: Vec<String>,
}

impl Message {
    pub(crate) fn parse(line: &[u8]) -> Self {
        let parsed = protocol::Message::parse(line)
            .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(line)));
        Self {
            line: String::from_utf8_lossy(line).into_owned(),
            tags: parsed.tags.to_owned(),
            source: parsed.source.unwrap_or_default().to_owned(),
            command: parsed.command.to_owned(),
            params: parsed.params().iter().map(ToString::to_string).collect(),
        }
    }

    /// The parameter, or nothing where there is none.
    pub(crate) fn param(&self, index: usize) -> &str {
        self.params.get(index).map_or("", String::as_str)
    }

    pub(crate) fn last(&self) -> &str {
        self.params.last().map_or("", String::as_str)
    }

    /// The nick it is from.
    pub(crate) fn nick(&self) -> &str {
        self.source.split('!').next().unwrap_or_default()
    }

    /// The tag's plain value; an empty one where the tag has none.
    pub(crate) fn tag(&self, key: &str) -> Option<String> {
        let found = protocol::tags::iter(&self.tags).find(|(k, _)| *k == key);
        found.map(|(_, value)| protocol::tags::unescape(value))
    }

    /// Whether it is this command with these first parameters.
    pub(crate) fn is(&self, command: &str, params: &[&str]) -> bool {
        self.command == command && params.iter().enumerate().all(|(i, param)| self.param(i) == *param)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}
