//! What the API shows, as JSON: names and meanings stay the same.

use serde::Serialize;

use crate::clock::Timestamp;
use crate::ids::MsgId;
use crate::journal::User;
use crate::protocol::tags;
use crate::room::{Author, Entry, Event, Role, Said, Speech};

/// A message.
#[derive(Debug, Serialize)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) room: String,
    pub(super) time: String,
    nick: String,
    account: Option<String>,
    bot: bool,
    kind: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edits: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<&'static str>,
}

/// A page of messages.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    pub(super) messages: Vec<Message>,
    pub(super) next: Option<String>,
}

impl Message {
    /// What was just said.
    pub(super) fn said(id: MsgId, room: String, own: &User, said: &Said) -> Self {
        Self::of(id, id.at, room, &own.author, Words::of_said(said))
    }

    /// An entry that is a message; nothing else is shown.
    pub(super) fn of_entry(entry: &Entry, room: String) -> Option<Self> {
        let words = match &entry.event {
            Event::Said(said) if said.speech != Speech::Tags => Words::of_said(said),
            Event::Edited(edited) => Words {
                kind: "edit",
                text: &edited.text,
                reply_to: None,
                edits: Some(edited.original.msgid(entry.room).to_string()),
                audience: edited.audience,
            },
            Event::Said(_)
            | Event::Redacted(_)
            | Event::Joined { .. }
            | Event::Parted { .. }
            | Event::Quit { .. }
            | Event::Kicked { .. }
            | Event::Invited { .. }
            | Event::TopicSet { .. }
            | Event::ModesChanged { .. }
            | Event::NickChanged { .. }
            | Event::Renamed { .. } => return None,
        };
        Some(Self::of(entry.msgid(), entry.at, room, &entry.author, words))
    }

    fn of(id: MsgId, at: Timestamp, room: String, author: &Author, words: Words<'_>) -> Self {
        Self {
            id: id.to_string(),
            room,
            time: at.to_string(),
            nick: author.nick.to_string(),
            account: author.account.as_ref().map(ToString::to_string),
            bot: author.bot,
            kind: words.kind,
            text: words.text.to_owned(),
            reply_to: words.reply_to,
            edits: words.edits,
            audience: audience(words.audience),
        }
    }
}

/// What is shown of what was said.
struct Words<'a> {
    kind: &'static str,
    text: &'a str,
    reply_to: Option<String>,
    edits: Option<String>,
    audience: Role,
}

impl<'a> Words<'a> {
    fn of_said(said: &'a Said) -> Self {
        let kind = if said.speech == Speech::Notice { "notice" } else { "message" };
        let mut all = tags::iter(&said.tags);
        let reply_to = all.find(|(key, _)| ["+draft/reply", "+reply"].contains(key));
        let reply_to = reply_to.map(|(_, value)| value.to_string());
        Self { kind, text: &said.text, reply_to, edits: None, audience: said.audience }
    }
}

fn audience(role: Role) -> Option<&'static str> {
    match role {
        Role::Member => None,
        Role::Voice => Some("voice"),
        Role::Operator | Role::Founder => Some("operator"),
    }
}
