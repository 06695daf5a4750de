//! What becomes of a message that was said: it is taken back, or gets another text.
//!
//! Source: IRCv3 draft/message-redaction; docs/extensions.md for EDIT.

use crate::ids::{MsgId, Seq};
use crate::journal::Intent;
use crate::limits;
use crate::names::RoomName;
use crate::protocol::Message;
use crate::protocol::numeric as n;
use crate::range::{Content, Point, Range};
use crate::room::{self, Denied, Earlier, Edited, Entry, Event, Redacted, Role, Speech};
use crate::session::{Session, cut};
use crate::store;

use super::history::Place;
use super::message;

/// `REDACT <target> <msgid> [<reason>]`
pub(super) async fn redact(session: &mut Session, message: &Message<'_>) {
    let Some(asked) = Asked::read(session, message, "REDACT") else { return };
    let Some(entry) = asked.look_up(session).await else { return };
    let own = is_own(session, &entry);
    let edits = session.service.store.edits(entry.room, entry.seq, limits::REDACTED_EDITS_MAX).await;
    let Ok(edits) = edits else { return asked.refuse(session, &Denied::Unavailable) };
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
    let (original, speech, audience) = match &entry.event {
        // An edit of an edit is one of the message.
        Event::Edited(edited) => (edited.original, edited.speech, edited.audience),
        event => {
            let own = Earlier { seq: entry.seq, at: entry.at };
            match speech_of(event) {
                Some((speech, audience)) => (own, speech, audience),
                None => return asked.forbid(session, "Only messages can be edited"),
            }
        }
    };
    if !is_own(session, &entry) {
        return asked.forbid(session, "Only its author can edit a message");
    }
    let edited = Edited { original, speech, audience, text: text.to_owned() };
    asked.submit(session, room::Intent::Edit(edited)).await;
}

/// How words were said and to whom; `None` for what has no words.
fn speech_of(event: &Event) -> Option<(Speech, Role)> {
    match event {
        Event::Said(said) if said.speech != Speech::Tags => Some((said.speech, said.audience)),
        Event::Said(_)
        | Event::Edited(_)
        | Event::Redacted(_)
        | Event::Joined { .. }
        | Event::Parted { .. }
        | Event::Quit { .. }
        | Event::Kicked { .. }
        | Event::Invited { .. }
        | Event::TopicSet { .. }
        | Event::ModesChanged { .. }
        | Event::NickChanged { .. } => None,
    }
}

/// Whether the session's user said it: the account, or the guest who is here. What bears a guest's
/// nick is theirs only if it is younger than their having it: nobody else can have had it since.
fn is_own(session: &Session, entry: &Entry) -> bool {
    let Some(user) = session.service.journal.directory().user(session.user()) else { return false };
    match (&user.author.account, &entry.author.account) {
        (Some(own), Some(account)) => own == account,
        (None, None) => user.author.nick == entry.author.nick && entry.at > user.since,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// A message that is to be changed, as the client names it.
struct Asked<'a> {
    command: &'static str,
    /// As it was given.
    target: &'a str,
    id: &'a str,
    place: Place,
    /// The room, unless it is a direct conversation.
    name: Option<RoomName>,
}

impl<'a> Asked<'a> {
    /// Finds the conversation, or says that there is none for this client.
    fn read(session: &mut Session, message: &Message<'a>, command: &'static str) -> Option<Self> {
        let target = message.param(0).unwrap_or_default();
        let id = message.param(1).unwrap_or_default();
        // Words for the higher members stand in the room's history as well.
        let bare = target.trim_start_matches(['@', '+']);
        let bare = if bare.starts_with('#') { bare } else { target };
        let Some(place) = Place::find(session, bare) else {
            let text = "There is no such conversation, or you are not in it";
            session.fail(command, "INVALID_TARGET", &[target], text);
            return None;
        };
        let name = if bare.starts_with('#') { RoomName::parse(bare).ok() } else { None };
        Some(Self { command, target, id, place, name })
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
        let id = MsgId::parse(self.id).filter(|id| Some(id.room) == self.place.room);
        let Some(id) = id else { return Ok(None) };
        let range = Range::Around(Point::Seq(id.seq));
        let found = session.service.store.range(id.room, Seq(0), range, Content::Events, 1).await?;
        let is_it = |entry: &Entry| {
            let is_speech = matches!(entry.event, Event::Said(_) | Event::Edited(_));
            entry.msgid() == id && is_speech && entry.at >= self.place.since && session.may_read(entry)
        };
        Ok(found.into_iter().find(is_it))
    }

    async fn submit(&self, session: &mut Session, intent: room::Intent) {
        let intent = match (&self.name, self.place.room) {
            (Some(name), _) => Intent::InRoom { room: name.clone(), intent },
            (None, Some(room)) => Intent::InConversation { room, intent },
            (None, None) => return self.refuse(session, &Denied::NoSuchMessage),
        };
        if let Err(denied) = session.submit(intent).await {
            self.refuse(session, &denied);
        }
    }

    fn refuse(&self, session: &mut Session, denied: &Denied) {
        match denied {
            Denied::NoSuchMessage => {
                let text = "There is no such message in this conversation, or not any more";
                session.fail(self.command, "UNKNOWN_MSGID", &[self.target, self.id], text);
            }
            Denied::NotOperator => self.forbid(session, "Only its author or an operator can take it back"),
            Denied::CannotSpeak => self.forbid(session, "You may not speak there"),
            Denied::NotMember | Denied::NoSuchRoom => {
                let text = "There is no such conversation, or you are not in it";
                session.fail(self.command, "INVALID_TARGET", &[self.target], text);
            }
            other => session.refuse(self.command, self.target, other),
        }
    }

    /// `REDACT_FORBIDDEN`, `EDIT_FORBIDDEN`
    fn forbid(&self, session: &mut Session, text: &str) {
        let code = format!("{}_FORBIDDEN", self.command);
        session.fail(self.command, &code, &[self.target, self.id], text);
    }
}
