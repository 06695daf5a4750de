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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::class::FORMING;
    use super::super::{Class, chunk, entry};
    use crate::clock::Timestamp;
    use crate::ids::{RoomId, Seq};
    use crate::journal::{Chunk, News};
    use crate::names::Nick;
    use crate::protocol::{Cap, Caps};
    use crate::room::{Author, Earlier, Edited, Entry, Event, Redacted, Role, Said, Speech};

    const ORIGINAL: Earlier = Earlier { seq: Seq(1), at: Timestamp(500) };

    fn edited(text: &str) -> Event {
        let (speech, audience) = (Speech::Message, Role::Voice);
        Event::Edited(Edited { original: ORIGINAL, speech, audience, text: text.into() })
    }

    fn redacted(edits: Vec<Earlier>) -> Event {
        let reason = String::from("r");
        Event::Redacted(Redacted { message: ORIGINAL, edits, audience: Role::Member, reason })
    }

    fn sample(event: Event) -> Entry {
        let nick = Nick::parse("n").unwrap();
        let author = Author { nick, user: "u".into(), host: "h".into(), account: None, bot: false };
        let (room, seq, at) = (RoomId(1), Seq(2), Timestamp(1000));
        Entry { room, seq, at, author: Arc::new(author), target: "#r".into(), event }
    }

    fn shown(event: Event, caps: &[Cap]) -> String {
        let line = entry(&sample(event), Class::of(caps.iter().copied().collect()));
        String::from_utf8(line.to_vec()).unwrap()
    }

    #[test]
    fn amendments_have_their_lines() {
        let id = ORIGINAL.msgid(RoomId(1));
        let own = sample(edited("")).msgid();
        assert_eq!(shown(edited("new"), &[Cap::MessageEdit]), format!(":n!u@h EDIT +#r {id} :new\r\n"));
        assert_eq!(shown(edited("new"), &[]), ":n!u@h PRIVMSG +#r :* new\r\n");
        assert_eq!(
            shown(edited("\u{1}VERSION\u{1}"), &[Cap::MessageTags]),
            format!("@msgid={own};+draft/reply={id} :n!u@h PRIVMSG +#r :* \u{1}VERSION\u{1}\r\n")
        );
        let edit = Earlier { seq: Seq(9), at: Timestamp(900) };
        let other = edit.msgid(RoomId(1));
        assert_eq!(shown(redacted(vec![edit]), &[Cap::MessageEdit]), format!(":n!u@h REDACT #r {id} :r\r\n"));
        assert_eq!(
            shown(redacted(vec![edit]), &[]),
            format!(":n!u@h REDACT #r {id} :r\r\n:n!u@h REDACT #r {other} :r\r\n")
        );
    }

    /// What is kept for one class is never shown to another that needs another form.
    #[test]
    fn an_encoding_is_shared_only_by_classes_that_it_is_right_for() {
        let events = [
            Event::Said(Said { tags: "+x".into(), ..Said::plain("one") }),
            Event::Said(Said::plain("one\n\ntwo")),
            edited("x"),
            redacted(Vec::new()),
            redacted(vec![ORIGINAL]),
            Event::Joined { real_name: "r".into() },
            Event::Parted { reason: "r".into() },
        ];
        let optional: Vec<Cap> = FORMING.into_iter().chain([Cap::Batch]).collect();
        for event in events {
            let one = sample(event);
            let shared = Chunk::of(News::Entry(Arc::new(one.clone())), None);
            for bits in 0..1_usize << optional.len() {
                let has = |(bit, cap): (usize, &Cap)| (bits >> bit & 1 == 1).then_some(*cap);
                let caps: Caps = optional.iter().enumerate().filter_map(has).collect();
                let class = Class::of(caps);
                assert_eq!(chunk(&shared, class).lines, entry(&one, class), "{caps:?} {one:?}");
            }
        }
    }
}
