//! LIST: which rooms there are, as far as the client may know, and those of a kind among them.
//!
//! Source: modern.ircdocs.horse, LIST message, ELIST parameter (M, N and U).

use std::sync::Arc;

use crate::names::RoomName;
use crate::protocol::numeric as n;
use crate::protocol::{Line, Message};
use crate::room::{Room, modes};
use crate::session::Session;

/// `LIST [<room or condition>{,<room or condition>}]`
pub(super) async fn list(session: &mut Session, message: &Message<'_>) {
    let user = session.user();
    let wanted = Wanted::read(message.params());
    let mut rooms: Vec<Arc<Room>> = {
        let world = session.service.journal.directory().read();
        let named = world.names.values().filter_map(|id| world.rooms.get(id));
        named.filter(|room| !room.is_hidden_from(user) && wanted.includes(room)).cloned().collect()
    };
    rooms.sort_by_key(|room| room.name().map(RoomName::folded));
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
    more_than: Option<usize>,
    fewer_than: Option<usize>,
}

impl<'a> Wanted<'a> {
    fn read(params: &[&'a str]) -> Self {
        let mut wanted = Self::default();
        for one in params.iter().flat_map(|param| param.split(',')).filter(|one| !one.is_empty()) {
            let number = |text: Option<&str>| text.and_then(|text| text.parse().ok());
            if let Some(least) = number(one.strip_prefix('>')) {
                wanted.more_than = wanted.more_than.max(Some(least));
            } else if let Some(most) = number(one.strip_prefix('<')) {
                wanted.fewer_than = Some(wanted.fewer_than.map_or(most, |before: usize| before.min(most)));
            } else if let Some(mask) = one.strip_prefix('!') {
                wanted.not.push(mask);
            } else {
                wanted.names.push(one);
            }
        }
        wanted
    }

    fn includes(&self, room: &Room) -> bool {
        let Some(name) = room.name().map(RoomName::as_str) else { return false };
        let members = room.members.len();
        (self.names.is_empty() || self.names.iter().any(|mask| modes::matches(mask, name)))
            && !self.not.iter().any(|mask| modes::matches(mask, name))
            && self.more_than.is_none_or(|least| members > least)
            && self.fewer_than.is_none_or(|most| members < most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::{RoomId, SessionId, UserId};
    use crate::room::{Kind, Member};

    #[test]
    fn rooms_are_chosen_by_name_and_by_their_members() {
        let mut room = Room::new(RoomId(1), Kind::Named(RoomName::parse("#Chan").unwrap()), Timestamp(0));
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
        ] {
            assert_eq!(Wanted::read(&[conditions]).includes(&room), expected, "{conditions}");
        }
        assert!(Wanted::read(&["#chan", ">1"]).includes(&room));
    }
}
