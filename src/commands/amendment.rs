//! What becomes of a message that was said: it is taken back, or gets another text.
//!
//! Source: IRCv3 draft/message-redaction; docs/extensions.md for EDIT.

use crate::ids::{MsgId, RoomId};
use crate::journal::Intent;
use crate::limits;
use crate::protocol::Message;
use crate::protocol::numeric as n;
use crate::range::{Content, Point, Range};
use crate::room::{self, Denied, Earlier, Edited, Entry, Event, Redacted, Role, Speech};
use crate::session::{Session, cut};
use crate::store::{self, Reader};

use super::history::Place;
use super::message;

/// Bytes of what a client gave that an error repeats.
const SHOWN_BYTES_MAX: usize = limits::ROOM_NAME_BYTES_MAX;

/// `REDACT <target> <msgid> [<reason>]`
pub(super) async fn redact(session: &mut Session, message: &Message<'_>) {
    let Some(asked) = Asked::read(session, message, "REDACT") else { return };
    let Some(entry) = asked.look_up(session).await else { return };
    let own = is_own(session, &entry).await;
    let edits = session.service.store.edits(entry.room, entry.seq, limits::REDACTED_EDITS_MAX).await;
    let (Ok(own), Ok(edits)) = (own, edits) else { return asked.refuse(session, &Denied::Unavailable) };
    let redacted = Redacted {
        message: Earlier { seq: entry.seq, at: entry.at },
        edits,
        audience: entry.event.audience(),
        reason: cut(message.param(2).unwrap_or_default(), limits::REASON_BYTES_MAX).to_owned(),
    };
    asked.submit(session, room::Intent::Redact { redacted, own }).await;
}

/// `EDIT <target> <msgid> <text>`
pub(super) async fn edit(session: &mut Session, message: &Message<'_>) {
    let Some(asked) = Asked::read(session, message, "EDIT") else { return };
    let Some(text) = message.filled(2) else { return session.numeric(n::ERR_NOTEXTTOSEND, &[]) };
    let around = ":@ EDIT   :\r\n".len() + asked.id.len();
    if message::source_len(session) + asked.target.len() + text.len() + around > limits::LINE_BYTES_MAX {
        return session.numeric(n::ERR_INPUTTOOLONG, &[]);
    }
    let Some(entry) = asked.look_up(session).await else { return };
    let Some((original, speech, audience)) = editable(&entry) else {
        return asked.forbid(session, "Only messages can be edited");
    };
    match is_own(session, &entry).await {
        Ok(true) => {}
        Ok(false) => return asked.forbid(session, "Only its author can edit a message"),
        Err(_) => return asked.refuse(session, &Denied::Unavailable),
    }
    let edited = Edited { original, speech, audience, text: text.to_owned() };
    asked.submit(session, room::Intent::Edit(edited)).await;
}

/// The message that an edit of this entry is about; `None` for what has no words. An edit of an
/// edit is one of the message.
fn editable(entry: &Entry) -> Option<(Earlier, Speech, Role)> {
    if let Event::Edited(edited) = &entry.event {
        return Some((edited.original, edited.speech, edited.audience));
    }
    let Event::Said(said) = &entry.event else { return None };
    let own = Earlier { seq: entry.seq, at: entry.at };
    (said.speech != Speech::Tags).then_some((own, said.speech, said.audience))
}

/// Whether the session's user said it: the account, or the guest who is here. What bears a name is
/// theirs only if it is younger than their having it: it may have been somebody else's before.
async fn is_own(session: &Session, entry: &Entry) -> Result<bool, store::Error> {
    let Some(user) = session.service.journal.directory().user(session.user()) else { return Ok(false) };
    match (&user.author.account, &entry.author.account) {
        (Some(own), Some(account)) if own == account => {
            Ok(entry.at >= session.service.store.account(own).await?.created_at)
        }
        (None, None) => Ok(user.author.nick == entry.author.nick && entry.at > user.since),
        (Some(_), _) | (None, Some(_)) => Ok(false),
    }
}

/// A message that is to be changed, as the client names it.
struct Asked<'a> {
    command: &'static str,
    /// As it was given.
    target: &'a str,
    id: &'a str,
    /// The room and with whose eyes it is read; `None`: nothing was said there yet.
    place: Option<(RoomId, Reader)>,
}

impl<'a> Asked<'a> {
    /// Finds the conversation, or says that there is none for this client.
    fn read(session: &mut Session, message: &Message<'a>, command: &'static str) -> Option<Self> {
        let target = message.param(0).unwrap_or_default();
        let id = message.param(1).unwrap_or_default();
        // Words for the higher members stand in the room's history as well.
        let bare = target.trim_start_matches(['@', '+']);
        let bare = if bare.starts_with('#') { bare } else { target };
        let place = match Place::find(session, bare, Content::Events) {
            Some(Place::Room(room, reader)) => Some((room, Reader { tags: true, ..reader })),
            Some(Place::Silent) => None,
            None => {
                let text = "There is no such conversation, or you are not in it";
                session.fail(command, "INVALID_TARGET", &[cut(target, SHOWN_BYTES_MAX)], text);
                return None;
            }
        };
        Some(Self { command, target, id, place })
    }

    /// The message in the history of that conversation, and nowhere else; or the client is told.
    async fn look_up(&self, session: &mut Session) -> Option<Entry> {
        match self.find(session).await {
            Ok(Some(entry)) => Some(entry),
            Ok(None) => {
                self.refuse(session, &Denied::NoSuchMessage);
                None
            }
            Err(_) => {
                self.refuse(session, &Denied::Unavailable);
                None
            }
        }
    }

    async fn find(&self, session: &Session) -> Result<Option<Entry>, store::Error> {
        let (Some(id), Some((room, reader))) = (MsgId::parse(self.id), &self.place) else { return Ok(None) };
        let range = Range::Around(Point::Seq(id.seq));
        let found = session.service.store.read(*room, reader, range, 1).await?;
        let is_it =
            |entry: &Entry| entry.msgid() == id && matches!(entry.event, Event::Said(_) | Event::Edited(_));
        Ok(found.into_iter().find(is_it))
    }

    async fn submit(&self, session: &mut Session, intent: room::Intent) {
        let Some((room, _)) = &self.place else { return self.refuse(session, &Denied::NoSuchMessage) };
        // By its identity: the name may have become another room's since the message was found.
        let intent = Intent::InConversation { room: *room, intent };
        if let Err(denied) = session.submit(intent).await {
            self.refuse(session, &denied);
        }
    }

    fn refuse(&self, session: &mut Session, denied: &Denied) {
        if *denied == Denied::NoSuchMessage {
            let text = "There is no such message in this conversation, or not any more";
            session.fail(self.command, "UNKNOWN_MSGID", &[self.target, cut(self.id, SHOWN_BYTES_MAX)], text);
        } else if *denied == Denied::NotOperator {
            self.forbid(session, "Only its author or an operator can take it back");
        } else if *denied == Denied::CannotSpeak {
            self.forbid(session, "You may not speak there");
        } else if [Denied::NotMember, Denied::NoSuchRoom].contains(denied) {
            self.no_such_place(session);
        } else {
            session.refuse(self.command, self.target, denied);
        }
    }

    fn no_such_place(&self, session: &mut Session) {
        let text = "There is no such conversation, or you are not in it";
        session.fail(self.command, "INVALID_TARGET", &[self.target], text);
    }

    /// `REDACT_FORBIDDEN`, `EDIT_FORBIDDEN`
    fn forbid(&self, session: &mut Session, text: &str) {
        let code = format!("{}_FORBIDDEN", self.command);
        session.fail(self.command, &code, &[self.target, self.id], text);
    }
}
