//! Comings and goings, in words: what is worth a faint line.
//!
//! Decides nothing about colours or where the words go.

use crate::client::event::{Event, Presence};
use crate::clock::Timestamp;

use super::in_brackets;

/// What happened, in words, and when.
pub(super) fn happening(event: &Event) -> Option<(Option<Timestamp>, String)> {
    let (at, text) = match event {
        Event::Joined { room, own: true, at, .. } => (Some(*at), format!("you are in {room}")),
        Event::Joined { room, nick, at, .. } => (Some(*at), format!("{nick} joined {room}")),
        Event::Left { room, nick, own, reason, at } => {
            let who = if *own { "you" } else { nick };
            (Some(*at), format!("{who} left {room}{}", in_brackets(reason)))
        }
        Event::Quit { nick, reason, at } => (Some(*at), format!("{nick} left{}", in_brackets(reason))),
        Event::Renamed { from, to, .. } => (None, format!("{from} is now {to}")),
        Event::Changed { nick, presence, at } => {
            let now = match presence {
                Presence::Online => "is back".into(),
                Presence::Offline => "went offline".into(),
                Presence::Away(text) => format!("is away{}", in_brackets(text)),
            };
            (Some(*at), format!("{nick} {now}"))
        }
        Event::Mode { room, by, change, at } => (Some(*at), format!("{by} set {change} in {room}")),
        Event::Invited { by, nick, room, .. } => (None, format!("{by} invited {nick} to {room}")),
        Event::HistoryEnd { conversation, count } => {
            let messages = if *count == 1 { "message" } else { "messages" };
            (None, format!("{count} earlier {messages} of {conversation}"))
        }
        Event::Secured(_)
        | Event::Online { .. }
        | Event::Abilities(_)
        | Event::Lag(_)
        | Event::SignedUp { .. }
        | Event::Offline { .. }
        | Event::Outgoing(_)
        | Event::Said(_)
        | Event::Edited(_)
        | Event::Redacted(_)
        | Event::Reacted(_)
        | Event::Typing { .. }
        | Event::Marked { .. }
        | Event::Conversations(_)
        | Event::CaughtUp { .. }
        | Event::Page(_)
        | Event::NoPage { .. }
        | Event::Account { .. }
        | Event::Role { .. }
        | Event::Modes { .. }
        | Event::TopicSetter { .. }
        | Event::Transfer(_)
        | Event::RoomRenamed { .. }
        | Event::SearchEnd { .. }
        | Event::Topic { .. }
        | Event::Members { .. }
        | Event::Rooms(_)
        | Event::Whois { .. }
        | Event::Info(_)
        | Event::ShutOut { .. }
        | Event::Failed { .. }
        | Event::Settled
        | Event::Ended(_) => return None,
    };
    Some((at, text))
}
