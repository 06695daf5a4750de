//! What holds of a search's attributes, whatever they say.

use std::fmt::Write as _;

use crate::protocol::{Line, Message, tags};
use crate::store::search::Words;

use super::{Asked, Malformed};

/// What stands behind SEARCH: what is understood, written out in full, is understood as the same; what is named as
/// wrong is an attribute that was sent.
pub(crate) fn search(bytes: &[u8]) {
    let line = [b"SEARCH ", bytes].concat();
    let Ok(message) = Message::parse(&line) else { return };
    let asked = match Asked::read(&message) {
        Ok(asked) => asked,
        Err(Malformed { attribute, text }) => {
            let sent = message.param(0).unwrap_or_default();
            assert!(attribute == "*" || tags::iter(sent).any(|(key, _)| key == attribute), "{attribute:?}");
            assert!(!text.is_empty() && !text.contains(['\r', '\n', '\0']));
            return;
        }
    };
    let text = Line::new("SEARCH").param(written(&asked)).to_string();
    let again = Message::parse(text.as_bytes()).map(|again| Asked::read(&again));
    assert_eq!(again, Ok(Ok(asked)), "{text:?}");
}

fn written(asked: &Asked) -> String {
    let Asked { target, from, after, before, words, limit } = asked;
    let mut attributes = String::from("unknown=1");
    let mut add = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            // Writing to a string can't fail.
            write!(attributes, ";{key}={}", tags::escape(&value)).unwrap_or_default();
        }
    };
    add("in", target.clone());
    add("from", from.as_ref().map(ToString::to_string));
    add("after", after.map(|at| at.to_string()));
    add("before", before.map(|at| at.to_string()));
    add("limit", limit.map(|limit| limit.to_string()));
    let phrases = words.iter().flat_map(Words::phrases);
    let phrases: Vec<String> = phrases
        .map(|phrase| match phrase.is_open {
            // Words without a space between them may be the beginning of what is found.
            true => phrase.words.join("-"),
            false => format!("\"{}\"", phrase.words.join(" ")),
        })
        .collect();
    add("text", (!phrases.is_empty()).then(|| phrases.join(" ")));
    attributes
}
