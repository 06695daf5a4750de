//! SEARCH: finding messages by their words. Source: soju, doc/ext/search.md.
//!
//! Finds nothing that CHATHISTORY would not show to the same session.

#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod fuzz;

use crate::clock::Timestamp;
use crate::names::Nick;
use crate::protocol::numeric as n;
use crate::protocol::{Message, tags};
use crate::range::Content;
use crate::session::Session;
use crate::session::render::{self, Class};
use crate::store::search::{Query, Scope, Words};

use super::history::{Place, read_limit};

/// `SEARCH <attributes>`
pub(super) async fn search(session: &mut Session, message: &Message<'_>) {
    let Some(index) = session.service.search.clone() else {
        return session.numeric(n::ERR_UNKNOWNCOMMAND, &["SEARCH"]);
    };
    let asked = match Asked::read(message) {
        Ok(asked) => asked,
        Err(Malformed { attribute, text }) => {
            return session.fail("SEARCH", "INVALID_PARAMS", &[attribute], &text);
        }
    };
    let scopes = match asked.target.as_deref() {
        None => session.scopes(),
        Some(target) => match Place::find(session, target, Content::Messages) {
            Some(Place::Room(room, reader)) => vec![Scope { room, reader }],
            Some(Place::Silent) => Vec::new(),
            None => {
                let text = "There is no such conversation, or you are not in it";
                return session.fail("SEARCH", "INVALID_PARAMS", &["in"], text);
            }
        },
    };
    let Asked { words, from, after, before, limit, .. } = asked;
    let len_max = limit.unwrap_or(usize::MAX).min(session.service.limits.search_page_len_max);
    let query = Query { words, from, after, before, scopes, len_max };
    let found = match index.search(query).await {
        Ok(found) => session.under_present_names(found),
        Err(error) => {
            tracing::warn!(session.id = %session.id, %error, "a search failed");
            let text = "The search could not be run; try again in a moment";
            return session.fail("SEARCH", "INTERNAL_ERROR", &[], text);
        }
    };
    let class = Class::of(session.caps);
    let lines: Vec<Vec<u8>> = found.iter().map(|entry| render::entry(entry, class).to_vec()).collect();
    session.send_batch("soju.im/search", &[], &lines);
}

/// The attributes, read.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    target: Option<String>,
    from: Option<Nick>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    words: Option<Words>,
    limit: Option<usize>,
}

/// What is wrong with them.
#[derive(Debug, PartialEq, Eq)]
struct Malformed {
    attribute: &'static str,
    text: String,
}

impl Malformed {
    fn new(attribute: &'static str, text: impl Into<String>) -> Self {
        Self { attribute, text: text.into() }
    }
}

impl Asked {
    /// Reads the one parameter. What is not known is passed over, as the specification of tags has it.
    fn read(message: &Message<'_>) -> Result<Self, Malformed> {
        let mut asked = Self::default();
        if message.params().len() != 1 {
            return Err(Malformed::new("*", "All attributes are one parameter: a space is written \\s"));
        }
        for (key, value) in tags::iter(message.param(0).unwrap_or_default()) {
            let value = tags::unescape(value);
            match key {
                "in" if value.is_empty() => return Err(Malformed::new("in", "Name a room or a nick")),
                "in" => asked.target = Some(value),
                "from" => {
                    let nick = Nick::parse(&value);
                    asked.from = Some(nick.map_err(|error| Malformed::new("from", error.to_string()))?);
                }
                "after" => asked.after = Some(read_time("after", &value)?),
                "before" => asked.before = Some(read_time("before", &value)?),
                "text" => {
                    let words = Words::parse(&value);
                    asked.words = Some(words.map_err(|error| Malformed::new("text", error.to_string()))?);
                }
                "limit" => {
                    let limit = read_limit(&value);
                    asked.limit = Some(limit.ok_or_else(|| Malformed::new("limit", "A limit is a number"))?);
                }
                _ => {}
            }
        }
        if asked == (Self { limit: asked.limit, ..Self::default() }) {
            let text = "Say what to search for with text, in, from, after or before";
            return Err(Malformed::new("*", text));
        }
        Ok(asked)
    }
}

fn read_time(attribute: &'static str, text: &str) -> Result<Timestamp, Malformed> {
    let time = Timestamp::parse(text);
    time.ok_or_else(|| Malformed::new(attribute, "A time is written YYYY-MM-DDThh:mm:ss.sssZ"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Asked, Malformed> {
        Asked::read(&Message::parse(line.as_bytes()).unwrap())
    }

    #[test]
    fn attributes_are_read_like_tags() {
        let asked =
            read("SEARCH text=two\\swords;in=#a;from=Bob;limit=5;unknown=1;after=1970-01-01T00:00:01Z")
                .unwrap();
        assert_eq!(asked.words, Some(Words::parse("two words").unwrap()));
        assert_eq!((asked.target.as_deref(), asked.limit), (Some("#a"), Some(5)));
        assert_eq!((asked.from, asked.after), (Nick::parse("bob").ok(), Some(Timestamp(1000))));
        let asked = read("SEARCH limit=99999999999999999999999;in=#a;in=#b").unwrap();
        assert_eq!((asked.target.as_deref(), asked.limit), (Some("#b"), Some(usize::MAX)));
    }

    #[test]
    fn what_is_malformed_is_named() {
        for (line, attribute) in [
            ("SEARCH text=", "text"),
            ("SEARCH text=!!", "text"),
            ("SEARCH in=;text=a", "in"),
            ("SEARCH from=a\\sb", "from"),
            ("SEARCH after=now", "after"),
            ("SEARCH before=2020", "before"),
            ("SEARCH limit=-1;text=a", "limit"),
            ("SEARCH limit=;text=a", "limit"),
            ("SEARCH limit=5", "*"),
            ("SEARCH :", "*"),
            ("SEARCH text=two words", "*"),
        ] {
            assert_eq!(read(line).map_err(|malformed| malformed.attribute), Err(attribute), "{line}");
        }
    }
}
