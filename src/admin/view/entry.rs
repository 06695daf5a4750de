//! What is shown of an entry of a room's history. Tells no room's key.

use serde::{Deserialize, Serialize};

use crate::room::modes::Mode;
use crate::room::{self, Role, Said, Speech};

use super::Moment;

/// An entry of a room's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the room: 1, 2, 3 … without gaps.
    pub seq: u64,
    /// Its name on the wire.
    pub msgid: String,
    /// When it was accepted.
    pub at: Moment,
    /// Where it was addressed.
    pub target: String,
    /// The nick of who caused it.
    pub nick: String,
    /// Their account; guests have none.
    pub account: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Something was said.
    Message(Words),
    /// Something was said that no program answers.
    Notice(Words),
    /// Tags alone, such as a reaction.
    Tags(Words),
    /// They gave an earlier message of theirs another text.
    Edited {
        /// The message.
        original: String,
        /// The new text.
        #[serde(flatten)]
        words: Words,
    },
    /// They took a message back.
    Redacted {
        /// The message.
        message: String,
        /// Why.
        reason: String,
    },
    /// They came into the room.
    Joined {
        /// Their real name.
        real_name: String,
    },
    /// They left the room.
    Parted {
        /// Why.
        reason: String,
    },
    /// They left the server.
    Quit {
        /// Why.
        reason: String,
    },
    /// They removed somebody.
    Kicked {
        /// Whom.
        whom: String,
        /// Why.
        reason: String,
    },
    /// They invited somebody.
    Invited {
        /// Whom.
        whom: String,
    },
    /// They set the topic.
    TopicSet {
        /// The topic; empty: none.
        topic: String,
    },
    /// They changed modes.
    ModesChanged {
        /// One change each, as `+o alice`.
        changes: Vec<String>,
    },
    /// They go by another nick.
    NickChanged {
        /// The new one.
        new_nick: String,
    },
    /// They gave the room another name.
    Renamed {
        /// The old one.
        from: String,
        /// The new one.
        to: String,
        /// Why.
        reason: String,
    },
}

/// What was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The text.
    pub text: String,
    /// Client-only tags, as on the wire.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tags: String,
    /// Who may read it, if not everybody in the room: `voice` or `operator` and above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
}

impl Entry {
    pub(in crate::admin) fn new(entry: &room::Entry) -> Self {
        Self {
            seq: entry.seq.0,
            msgid: entry.msgid().to_string(),
            at: Moment(entry.at),
            target: entry.target.to_string(),
            nick: entry.author.nick.to_string(),
            account: entry.author.account.as_ref().map(ToString::to_string),
            event: Event::new(entry),
        }
    }
}

impl Event {
    fn new(entry: &room::Entry) -> Self {
        match entry.event.clone() {
            room::Event::Said(said) => Self::said(said),
            room::Event::Edited(edited) => Self::Edited {
                original: edited.original.msgid(entry.room).to_string(),
                words: Words { text: edited.text, tags: String::new(), audience: audience(edited.audience) },
            },
            room::Event::Redacted(redacted) => Self::Redacted {
                message: redacted.message.msgid(entry.room).to_string(),
                reason: redacted.reason,
            },
            room::Event::Joined { real_name } => Self::Joined { real_name },
            room::Event::Parted { reason } => Self::Parted { reason },
            room::Event::Quit { reason } => Self::Quit { reason },
            room::Event::Kicked { user: _, nick, reason } => Self::Kicked { whom: nick.into(), reason },
            room::Event::Invited { user: _, nick } => Self::Invited { whom: nick.into() },
            room::Event::TopicSet { topic } => Self::TopicSet { topic },
            room::Event::ModesChanged { changes } => {
                Self::ModesChanged { changes: changes.iter().map(mode_change).collect() }
            }
            room::Event::NickChanged { nick } => Self::NickChanged { new_nick: nick.into() },
            room::Event::Renamed { from, to, reason } => {
                Self::Renamed { from: from.into(), to: to.into(), reason }
            }
        }
    }

    fn said(said: Said) -> Self {
        let words = Words { text: said.text, tags: said.tags, audience: audience(said.audience) };
        match said.speech {
            Speech::Message => Self::Message(words),
            Speech::Notice => Self::Notice(words),
            Speech::Tags => Self::Tags(words),
        }
    }
}

fn audience(role: Role) -> Option<String> {
    match role {
        Role::Member => None,
        Role::Voice => Some("voice".to_owned()),
        Role::Operator => Some("operator".to_owned()),
        Role::Founder => Some("founder".to_owned()),
    }
}

fn mode_change(change: &room::ModeChange) -> String {
    let sign = |on: bool| if on { '+' } else { '-' };
    let (on, mode, parameter) = match change {
        room::ModeChange::Flag { flag, on } => (*on, Mode::Flag(*flag), None),
        // The key stays secret.
        room::ModeChange::Key(key) => (key.is_some(), Mode::Key, None),
        room::ModeChange::Limit(limit) => (limit.is_some(), Mode::Limit, limit.map(|n| n.to_string())),
        room::ModeChange::Role { role, on, nick, .. } => (*on, Mode::Role(*role), Some(nick.to_string())),
        room::ModeChange::List { list, on, mask } => (*on, Mode::List(*list), Some(mask.clone())),
    };
    let parameter = parameter.map(|text| format!(" {text}")).unwrap_or_default();
    format!("{}{}{parameter}", sign(on), mode.letter())
}
