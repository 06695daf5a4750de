//! LIST: which rooms there are, as far as the client may know, and those of a kind among them.
//!
//! Source: modern.ircdocs.horse, LIST message, ELIST parameter (C, M, N, T and U).

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::names::RoomName;
use crate::protocol::numeric as n;
use crate::protocol::{Line, Message};
use crate::room::{Room, modes};
use crate::session::Session;

/// `LIST [<room or condition>{,<room or condition>}]`
pub(super) async fn list(session: &mut Session, message: &Message<'_>) {
    let user = session.user();
    let wanted = Wanted::read(message.params());
    let now = session.service.clock.now();
    let mut rooms: Vec<Arc<Room>> = {
        let world = session.service.journal.directory().read();
        let named = world.names.values().filter_map(|id| world.rooms.get(id));
        named.filter(|room| !room.is_hidden_from(user) && wanted.includes(room, now)).cloned().collect()
    };
    rooms.sort_by_cached_key(|room| room.name().map(RoomName::folded));
    session.numeric(n::RPL_LISTSTART, &["Channel"]);
    for room in rooms {
        let Some(name) = room.name() else { continue };
        let topic = room.settings.topic.as_ref().map_or("", |topic| topic.text.as_str());
        let nick = session.shown_nick().to_owned();
        let line = Line::new(n::RPL_LIST.digits()).param(nick).param(name);
        session.send(line.param(room.members.len()).param(topic));
    }
    session.numeric(n::RPL_LISTEND, &[]);
}

/// What a room must be like: called like one of the names, if there are any, and all the rest.
#[derive(Debug, Default)]
struct Wanted<'a> {
    names: Vec<&'a str>,
    not: Vec<&'a str>,
    members: Between,
    /// Minutes since the room was made.
    made: Between,
    /// Minutes since its topic was set; a room without one has no such time.
    topic: Between,
}

/// More than the one and less than the other, where they are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Between {
    more_than: Option<u64>,
    less_than: Option<u64>,
}

impl Between {
    /// Takes `>4` or `<4` in; whether it was one of these.
    fn narrow(&mut self, text: &str) -> bool {
        let number = |text: Option<&str>| text.and_then(|text| text.parse().ok());
        if let Some(least) = number(text.strip_prefix('>')) {
            self.more_than = self.more_than.max(Some(least));
            true
        } else if let Some(most) = number(text.strip_prefix('<')) {
            self.less_than = Some(self.less_than.map_or(most, |before: u64| before.min(most)));
            true
        } else {
            false
        }
    }

    fn holds(self, number: u64) -> bool {
        self.more_than.is_none_or(|least| number > least) && self.less_than.is_none_or(|most| number < most)
    }

    /// The same of a time that may be missing, in minutes from then to now; any part of a minute
    /// makes it more.
    fn holds_since(self, then: Option<Timestamp>, now: Timestamp) -> bool {
        let elapsed_ms = |then: Timestamp| u64::try_from(now.0 - then.0).unwrap_or_default();
        let more = |ms: u64| self.more_than.is_none_or(|least| ms > least.saturating_mul(MINUTE_MS));
        let less = |ms: u64| self.less_than.is_none_or(|most| ms < most.saturating_mul(MINUTE_MS));
        self == Self::default() || then.map(elapsed_ms).is_some_and(|ms| more(ms) && less(ms))
    }
}

const MINUTE_MS: u64 = 60_000;

impl<'a> Wanted<'a> {
    fn read(params: &[&'a str]) -> Self {
        let mut wanted = Self::default();
        for one in params.iter().flat_map(|param| param.split(',')).filter(|one| !one.is_empty()) {
            let of_time = match one.split_at_checked(1) {
                Some(("C" | "c", rest)) => wanted.made.narrow(rest),
                Some(("T" | "t", rest)) => wanted.topic.narrow(rest),
                _ => false,
            };
            if of_time || wanted.members.narrow(one) {
                continue;
            }
            match one.strip_prefix('!') {
                Some(mask) => wanted.not.push(mask),
                None => wanted.names.push(one),
            }
        }
        wanted
    }

    fn includes(&self, room: &Room, now: Timestamp) -> bool {
        let Some(name) = room.name().map(RoomName::as_str) else { return false };
        (self.names.is_empty() || self.names.iter().any(|mask| modes::matches(mask, name)))
            && !self.not.iter().any(|mask| modes::matches(mask, name))
            && self.members.holds(room.members.len() as u64)
            && self.made.holds_since(Some(room.created_at), now)
            && self.topic.holds_since(room.settings.topic.as_ref().map(|topic| topic.at), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{RoomId, SessionId, UserId};
    use crate::room::{Kind, Member, Topic};

    #[test]
    fn rooms_are_chosen_by_name_members_and_age() {
        let mut room = Room::new(RoomId(1), Kind::Named(RoomName::parse("#Chan").unwrap()), Timestamp(0));
        let now = Timestamp(180_000);
        for guest in 1..=2 {
            room.members.insert(UserId::Guest(SessionId(guest)), Member::default());
        }
        for (conditions, expected) in [
            ("", true),
            ("#chan", true),
            ("#other", false),
            ("#other,#chan", true),
            ("*an", true),
            ("!*an", false),
            ("!*other", true),
            (">1", true),
            (">2", false),
            ("<3", true),
            ("<2", false),
            (">1,<3,#c*", true),
            (">1,>5", false),
            (">many", false),
            ("nonsense", false),
            ("C>2", true),
            ("C>3", false),
            ("C<3", false),
            ("c<4", true),
            ("C<0", false),
            ("T>0", false),
            ("T<9", false),
        ] {
            assert_eq!(Wanted::read(&[conditions]).includes(&room, now), expected, "{conditions}");
        }
        assert!(Wanted::read(&["#chan", ">1"]).includes(&room, now));
        room.settings.topic = Some(Topic { text: "t".into(), setter: "s".into(), at: Timestamp(120_000) });
        for (conditions, expected) in [("T>0", true), ("T>1", false), ("T<1", false), ("T<2,C>1", true)] {
            assert_eq!(Wanted::read(&[conditions]).includes(&room, now), expected, "{conditions}");
        }
    }
}
