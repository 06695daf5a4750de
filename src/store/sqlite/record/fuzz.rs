//! What holds of the stored form of an event, whatever a database holds.

use std::borrow::Cow;

use super::{Record, decode, encode};

/// Ends a text: no UTF-8 has it.
const END: u8 = 0xff;

/// Kind, version, body, tags and detail, each but the first two behind [`END`]: what can be read is the same when it
/// was written and read again, and is written in one form.
pub(crate) fn event(bytes: &[u8]) {
    let [kind, version, rest @ ..] = bytes else { return };
    let mut texts = rest.split(|byte| *byte == END).map(String::from_utf8_lossy);
    let body = texts.next().unwrap_or_default();
    let tags: Option<Cow<'_, str>> = texts.next().filter(|tags| !tags.is_empty());
    let detail = texts.next();
    let record = Record { kind: i64::from(*kind), version: i64::from(*version), body, tags, detail };
    let event = match decode(record) {
        Ok(event) => event,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let Ok(stored) = encode(&event) else { panic!("{event:?} can't be stored any more") };
    assert_eq!((stored.kind, stored.version), (i64::from(*kind), i64::from(*version)));
    assert_eq!(event.is_message(), stored.kind < 10, "an index knows messages by their kind");
    match decode(stored.clone()) {
        Ok(again) => {
            assert_eq!(again, event);
            assert_eq!(encode(&again).ok(), Some(stored));
        }
        Err(error) => panic!("{event:?}: {error}"),
    }
}
