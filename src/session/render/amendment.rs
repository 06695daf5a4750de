//! What happens to a message afterwards: another text, or its end.
//!
//! Source: IRCv3 draft/message-redaction, docs/extensions.md.

use std::borrow::Cow;

use crate::protocol::Cap;
use crate::protocol::line::clean;
use crate::room::{Earlier, Edited, Entry, Redacted};

use super::{Class, addressed, command, head, put};

/// How the text of an edit begins for who does not know edits: as people mark a correction by hand.
const CORRECTION: &str = "* ";
const ACTION: &str = "\u{1}ACTION ";

/// `EDIT` for who knows it; for others a message that says what it corrects, and answers it.
pub(super) fn edited(entry: &Entry, edited: &Edited, class: Class) -> String {
    let original = edited.original.msgid(entry.room);
    let target = addressed(&entry.target, edited.audience);
    let text = clean(&edited.text);
    let id = Some(entry.msgid());
    if class.has(Cap::MessageEdit) {
        let mut line = head(&entry.author, entry.at, id, "", class);
        put(&mut line, format_args!("EDIT {target} {original} :{text}"));
        return line;
    }
    let mut line = head(&entry.author, entry.at, id, &format!("+draft/reply={original}"), class);
    put(&mut line, format_args!("{} {target} :{}", command(edited.speech), correction(&text)));
    line
}

/// An action stays one, and anything else that a program would answer becomes plain words.
fn correction(text: &str) -> Cow<'_, str> {
    match text.strip_prefix(ACTION) {
        Some(action) => Cow::Owned([ACTION, CORRECTION, action].concat()),
        None => Cow::Owned([CORRECTION, text].concat()),
    }
}

/// `REDACT`; who does not know edits has them as messages of their own, so each is named.
pub(super) fn redacted(entry: &Entry, redacted: &Redacted, class: Class) -> String {
    let mut line = head(&entry.author, entry.at, Some(entry.msgid()), "", class);
    let (target, reason) = (&entry.target, clean(&redacted.reason));
    let push = |line: &mut String, message: Earlier| {
        put(line, format_args!("REDACT {target} {}", message.msgid(entry.room)));
        if !reason.is_empty() {
            put(line, format_args!(" :{reason}"));
        }
    };
    push(&mut line, redacted.message);
    if !class.has(Cap::MessageEdit) {
        let head = head(&entry.author, entry.at, None, "", class);
        for edit in &redacted.edits {
            put(&mut line, format_args!("\r\n{head}"));
            push(&mut line, *edit);
        }
    }
    line
}
