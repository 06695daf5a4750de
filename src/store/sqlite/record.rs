//! The stored form of an event: a kind, a version, and three texts.
//!
//! A number that was released keeps its meaning for ever: a changed form takes the next version of
//! its kind, and [`decode`] goes on reading the old one. Never reads or writes by itself.

#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod fuzz;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::ids::{Seq, UserId};
use crate::names::{Nick, RoomName};
use crate::room::{Earlier, Edited, Event, ModeChange, Redacted, Role, Said, Speech};

/// A message's new text, itself a message to be read; the detail names the message.
pub(super) const KIND_EDITED: i64 = 8;
/// That a message was redacted. Appended together with the erasing of what it names: that row and
/// its edits become [`KIND_ERASED`] in the same transaction, so whoever follows the journal learns
/// here what to forget.
pub(super) const KIND_REDACTED: i64 = 20;
/// What stood here is gone: no body, no tags, and the detail is [`Erased`]. Keeps the place; no
/// history shows it.
pub(super) const KIND_ERASED: i64 = 21;

/// The detail of what was erased: what it takes to see that the chain is whole, and that a redaction
/// named it. Erased before there was a chain: none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Erased {
    /// The kind that it was.
    pub(super) kind: i64,
    /// Of an edit: the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) of: Option<Seq>,
    /// The place of the redaction.
    pub(super) redaction: Seq,
}

/// The other kinds. Below 10 stand the messages to be read: an index knows that.
mod kind {
    pub(super) const MESSAGE: i64 = 1;
    pub(super) const NOTICE: i64 = 2;
    pub(super) const TAGS: i64 = 10;
    pub(super) const JOINED: i64 = 11;
    pub(super) const PARTED: i64 = 12;
    pub(super) const QUIT: i64 = 13;
    pub(super) const KICKED: i64 = 14;
    pub(super) const INVITED: i64 = 15;
    pub(super) const TOPIC_SET: i64 = 16;
    pub(super) const MODES_CHANGED: i64 = 17;
    pub(super) const NICK_CHANGED: i64 = 18;
    pub(super) const RENAMED: i64 = 24;
}

/// The version that is written, of every kind.
const VERSION: i64 = 1;

/// An event as its columns hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) kind: i64,
    pub(super) version: i64,
    /// The text that people read.
    pub(super) body: Cow<'a, str>,
    /// Client-only tags.
    pub(super) tags: Option<Cow<'a, str>>,
    /// What does not fit in the body, as JSON.
    pub(super) detail: Option<Cow<'a, str>>,
}

/// Why a stored event can't be understood.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    /// Written by a newer version, or not by us.
    #[error("unknown kind or version")]
    Unknown,
    /// The detail is not what this kind has.
    #[error("bad detail: {0}")]
    Detail(#[from] serde_json::Error),
}

#[derive(Serialize, Deserialize)]
struct SaidDetail {
    audience: Role,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    seams: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
struct EditedDetail {
    original: Earlier,
    speech: Speech,
    audience: Role,
}

#[derive(Serialize, Deserialize)]
struct RedactedDetail {
    message: Earlier,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    edits: Vec<Earlier>,
    audience: Role,
}

#[derive(Serialize, Deserialize)]
struct Whom<'a> {
    user: UserId,
    nick: Cow<'a, Nick>,
}

#[derive(Serialize, Deserialize)]
struct RenamedDetail<'a> {
    from: Cow<'a, RoomName>,
    to: Cow<'a, RoomName>,
}

/// The stored form.
pub(super) fn encode(event: &Event) -> Result<Record<'_>, serde_json::Error> {
    let plain = |kind, body| Record { kind, version: VERSION, body, tags: None, detail: None };
    let detailed = |kind, body, detail: String| Record { detail: Some(detail.into()), ..plain(kind, body) };
    Ok(match event {
        Event::Said(said) => {
            let kind = match said.speech {
                Speech::Message => kind::MESSAGE,
                Speech::Notice => kind::NOTICE,
                Speech::Tags => kind::TAGS,
            };
            let audience = said.audience;
            let detail = if audience == Role::Member && said.seams.is_empty() {
                None
            } else {
                Some(serde_json::to_string(&SaidDetail { audience, seams: said.seams.clone() })?.into())
            };
            let tags = (!said.tags.is_empty()).then_some(Cow::Borrowed(said.tags.as_str()));
            Record { tags, detail, ..plain(kind, Cow::Borrowed(&said.text)) }
        }
        Event::Edited(Edited { original, speech, audience, text }) => {
            let detail = EditedDetail { original: *original, speech: *speech, audience: *audience };
            detailed(KIND_EDITED, Cow::Borrowed(text), serde_json::to_string(&detail)?)
        }
        Event::Redacted(Redacted { message, edits, audience, reason }) => {
            let detail = RedactedDetail { message: *message, edits: edits.clone(), audience: *audience };
            detailed(KIND_REDACTED, Cow::Borrowed(reason), serde_json::to_string(&detail)?)
        }
        Event::Joined { real_name } => plain(kind::JOINED, Cow::Borrowed(real_name)),
        Event::Parted { reason } => plain(kind::PARTED, Cow::Borrowed(reason)),
        Event::Quit { reason } => plain(kind::QUIT, Cow::Borrowed(reason)),
        Event::Kicked { user, nick, reason } => {
            detailed(kind::KICKED, Cow::Borrowed(reason), whom(*user, nick)?)
        }
        Event::Invited { user, nick } => detailed(kind::INVITED, Cow::default(), whom(*user, nick)?),
        Event::TopicSet { topic } => plain(kind::TOPIC_SET, Cow::Borrowed(topic)),
        Event::ModesChanged { changes } => {
            detailed(kind::MODES_CHANGED, Cow::default(), serde_json::to_string(changes)?)
        }
        Event::NickChanged { nick } => plain(kind::NICK_CHANGED, Cow::Borrowed(nick.as_str())),
        Event::Renamed { from, to, reason } => {
            let names = RenamedDetail { from: Cow::Borrowed(from), to: Cow::Borrowed(to) };
            detailed(kind::RENAMED, Cow::Borrowed(reason), serde_json::to_string(&names)?)
        }
    })
}

fn whom(user: UserId, nick: &Nick) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Whom { user, nick: Cow::Borrowed(nick) })
}

/// The event of a stored form.
pub(super) fn decode(record: Record<'_>) -> Result<Event, Unreadable> {
    if record.version != VERSION {
        return Err(Unreadable::Unknown);
    }
    let detail = record.detail.as_deref();
    let required = detail.unwrap_or_default();
    let body = record.body.into_owned();
    let tags = record.tags.map(Cow::into_owned).unwrap_or_default();
    let said = |speech, text| -> Result<Event, Unreadable> {
        let SaidDetail { audience, seams } = match detail {
            None => SaidDetail { audience: Role::Member, seams: Vec::new() },
            Some(detail) => serde_json::from_str(detail)?,
        };
        Ok(Event::Said(Said { speech, text, seams, tags, audience }))
    };
    match record.kind {
        KIND_EDITED => {
            let EditedDetail { original, speech, audience } = serde_json::from_str(required)?;
            Ok(Event::Edited(Edited { original, speech, audience, text: body }))
        }
        KIND_REDACTED => {
            let RedactedDetail { message, edits, audience } = serde_json::from_str(required)?;
            Ok(Event::Redacted(Redacted { message, edits, audience, reason: body }))
        }
        kind::MESSAGE => said(Speech::Message, body),
        kind::NOTICE => said(Speech::Notice, body),
        kind::TAGS => said(Speech::Tags, body),
        kind::JOINED => Ok(Event::Joined { real_name: body }),
        kind::PARTED => Ok(Event::Parted { reason: body }),
        kind::QUIT => Ok(Event::Quit { reason: body }),
        kind::KICKED => {
            let Whom { user, nick } = serde_json::from_str(required)?;
            Ok(Event::Kicked { user, nick: nick.into_owned(), reason: body })
        }
        kind::INVITED => {
            let Whom { user, nick } = serde_json::from_str(required)?;
            Ok(Event::Invited { user, nick: nick.into_owned() })
        }
        kind::TOPIC_SET => Ok(Event::TopicSet { topic: body }),
        kind::MODES_CHANGED => {
            let changes: Vec<ModeChange> = serde_json::from_str(required)?;
            Ok(Event::ModesChanged { changes })
        }
        kind::NICK_CHANGED => {
            Nick::parse(&body).map(|nick| Event::NickChanged { nick }).map_err(|_| Unreadable::Unknown)
        }
        kind::RENAMED => {
            let RenamedDetail { from, to } = serde_json::from_str(required)?;
            Ok(Event::Renamed { from: from.into_owned(), to: to.into_owned(), reason: body })
        }
        _ => Err(Unreadable::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::{AccountId, SessionId};
    use crate::room::{Flag, List};

    fn record(
        kind: i64,
        body: &'static str,
        tags: Option<&'static str>,
        detail: Option<&'static str>,
    ) -> Record<'static> {
        Record {
            kind,
            version: 1,
            body: body.into(),
            tags: tags.map(Cow::from),
            detail: detail.map(Cow::from),
        }
    }

    fn said(speech: Speech, text: &str, tags: &str, audience: Role) -> Event {
        Event::Said(Said { speech, tags: tags.into(), audience, ..Said::plain(text) })
    }

    /// Released forms: lines are added here, never changed.
    fn released() -> Vec<(Event, Record<'static>)> {
        let nick = Nick::parse("bob").unwrap();
        let (account, guest) = (UserId::Account(AccountId(7)), UserId::Guest(SessionId(9)));
        let reason = String::from("why");
        let changes = vec![
            ModeChange::Flag { flag: Flag::InviteOnly, on: true },
            ModeChange::Key(Some("k".into())),
            ModeChange::Limit(None),
            ModeChange::Role { role: Role::Operator, on: true, user: guest, nick: nick.clone() },
            ModeChange::List { list: List::Ban, on: false, mask: "*!*@x".into() },
        ];
        let changed = r#"[{"Flag":{"flag":"InviteOnly","on":true}},{"Key":"k"},{"Limit":null},{"Role":{"role":"Operator","on":true,"user":{"Guest":9},"nick":"bob"}},{"List":{"list":"Ban","on":false,"mask":"*!*@x"}}]"#;
        vec![
            (said(Speech::Message, "hi", "", Role::Member), record(1, "hi", None, None)),
            (
                said(Speech::Message, "hi", "+a=b", Role::Voice),
                record(1, "hi", Some("+a=b"), Some(r#"{"audience":"Voice"}"#)),
            ),
            (said(Speech::Notice, "hi", "", Role::Member), record(2, "hi", None, None)),
            (said(Speech::Tags, "", "+a", Role::Member), record(10, "", Some("+a"), None)),
            (Event::Joined { real_name: "Bob".into() }, record(11, "Bob", None, None)),
            (Event::Parted { reason: reason.clone() }, record(12, "why", None, None)),
            (Event::Quit { reason: reason.clone() }, record(13, "why", None, None)),
            (
                Event::Kicked { user: account, nick: nick.clone(), reason },
                record(14, "why", None, Some(r#"{"user":{"Account":7},"nick":"bob"}"#)),
            ),
            (
                Event::Invited { user: guest, nick: nick.clone() },
                record(15, "", None, Some(r#"{"user":{"Guest":9},"nick":"bob"}"#)),
            ),
            (Event::TopicSet { topic: "t".into() }, record(16, "t", None, None)),
            (Event::ModesChanged { changes }, record(17, "", None, Some(changed))),
            (Event::NickChanged { nick }, record(18, "bob", None, None)),
        ]
    }

    /// And of what came with edits, redaction and new names.
    fn released_later() -> Vec<(Event, Record<'static>)> {
        let lists = r#"[{"Flag":{"flag":"NoCtcp","on":true}},{"Flag":{"flag":"AccountsSpeak","on":true}},{"Flag":{"flag":"AccountsOnly","on":true}},{"List":{"list":"BanException","on":true,"mask":"a:x"}},{"List":{"list":"InviteException","on":true,"mask":"a:x"}}]"#;
        vec![
            (
                Event::Said(Said { seams: vec![1], ..Said::plain("ab\nc") }),
                record(1, "ab\nc", None, Some(r#"{"audience":"Member","seams":[1]}"#)),
            ),
            (
                Event::Edited(Edited {
                    original: Earlier { seq: Seq(4), at: Timestamp(5) },
                    speech: Speech::Notice,
                    audience: Role::Member,
                    text: "t".into(),
                }),
                record(
                    8,
                    "t",
                    None,
                    Some(r#"{"original":{"seq":4,"at":5},"speech":"Notice","audience":"Member"}"#),
                ),
            ),
            (
                Event::Redacted(Redacted {
                    message: Earlier { seq: Seq(4), at: Timestamp(5) },
                    edits: vec![Earlier { seq: Seq(6), at: Timestamp(7) }],
                    audience: Role::Voice,
                    reason: "why".into(),
                }),
                record(
                    20,
                    "why",
                    None,
                    Some(r#"{"message":{"seq":4,"at":5},"edits":[{"seq":6,"at":7}],"audience":"Voice"}"#),
                ),
            ),
            (
                Event::ModesChanged {
                    changes: vec![
                        ModeChange::Flag { flag: Flag::NoCtcp, on: true },
                        ModeChange::Flag { flag: Flag::AccountsSpeak, on: true },
                        ModeChange::Flag { flag: Flag::AccountsOnly, on: true },
                        ModeChange::List { list: List::BanException, on: true, mask: "a:x".into() },
                        ModeChange::List { list: List::InviteException, on: true, mask: "a:x".into() },
                    ],
                },
                record(17, "", None, Some(lists)),
            ),
            (
                Event::Renamed {
                    from: RoomName::parse("#old").unwrap(),
                    to: RoomName::parse("#new").unwrap(),
                    reason: "why".into(),
                },
                record(24, "why", None, Some(r##"{"from":"#old","to":"#new"}"##)),
            ),
        ]
    }

    #[test]
    fn every_released_form_is_written_and_read_as_ever() {
        for (event, stored) in released().into_iter().chain(released_later()) {
            assert_eq!(encode(&event).unwrap(), stored);
            assert_eq!(decode(stored).unwrap(), event);
        }
    }

    #[test]
    fn messages_have_the_kinds_that_the_index_knows() {
        for (event, stored) in released().into_iter().chain(released_later()) {
            assert_eq!(event.is_message(), stored.kind < 10, "{event:?}");
        }
    }

    #[test]
    fn the_founders_role_has_its_form() {
        let (user, nick) = (UserId::Account(AccountId(7)), Nick::parse("bob").unwrap());
        let event = Event::ModesChanged {
            changes: vec![ModeChange::Role { role: Role::Founder, on: true, user, nick }],
        };
        let form = r#"[{"Role":{"role":"Founder","on":true,"user":{"Account":7},"nick":"bob"}}]"#;
        let stored = record(17, "", None, Some(form));
        assert_eq!(encode(&event).unwrap(), stored);
        assert_eq!(decode(stored).unwrap(), event);
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for bad in [
            record(3, "", None, None),
            record(99, "", None, None),
            record(KIND_ERASED, "", None, None),
            record(8, "", None, None),
            record(14, "", None, None),
            record(15, "", None, Some("{")),
            record(17, "", None, Some(r#"[{"Colour":1}]"#)),
            record(18, "not a nick", None, None),
            Record { version: 2, ..record(1, "hi", None, None) },
        ] {
            assert!(decode(bad.clone()).is_err(), "{bad:?}");
        }
    }
}
