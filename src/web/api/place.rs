//! Which room or direct conversation is meant by a part of a path, and whether the account may know of it.

use std::sync::Arc;

use axum::http::StatusCode;

use crate::ids::{AccountId, UserId};
use crate::journal::{User, World, party};
use crate::names::{Nick, RoomName};
use crate::room::{Denied, Kind, Party, Room};
use crate::session::Service;
use crate::web::Problem;

/// What is meant.
#[derive(Debug)]
pub(super) enum Place {
    /// A room by its name, written with or without `#`; there may be none.
    Room(RoomName),
    /// The direct conversation with a user: `@nick`.
    User(Arc<User>),
}

impl Place {
    /// Reads the part of a path.
    pub(super) fn parse(service: &Service, text: &str) -> Result<Self, Problem> {
        if let Some(nick) = text.strip_prefix('@') {
            let unknown = || Problem::from(Denied::NoSuchNick(nick.to_owned()));
            return service.journal.directory().user_by_nick(nick).map(Self::User).ok_or_else(unknown);
        }
        let name = if text.starts_with('#') { text.to_owned() } else { format!("#{text}") };
        RoomName::parse(&name).map(Self::Room).map_err(|_| Denied::NoSuchRoom.into())
    }

    /// As it is written in answers.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Room(name) => name.to_string(),
            Self::User(user) => format!("@{}", user.author.nick),
        }
    }

    /// The conversation, if the account is in it; `None`: the two have not said anything yet. A room
    /// that one may not know of is not there.
    pub(super) fn room(&self, service: &Service, own: &User) -> Result<Option<Arc<Room>>, Problem> {
        let world = service.journal.directory().read();
        match self {
            Self::Room(name) => {
                let room = world.room(name).ok_or(Denied::NoSuchRoom)?;
                if room.members.contains_key(&own.id) {
                    return Ok(Some(Arc::clone(room)));
                }
                let hidden = room.is_hidden_from(own.id);
                Err(if hidden { Denied::NoSuchRoom } else { Denied::NotMember }.into())
            }
            Self::User(user) => Ok(direct(&world, own, user)),
        }
    }
}

fn direct(world: &World, own: &User, other: &User) -> Option<Arc<Room>> {
    let Kind::Direct(parties) = Kind::direct(party(own), party(other)) else { return None };
    world.rooms.get(world.directs.get(&parties)?).cloned()
}

/// What the other side of a direct conversation is called now.
pub(super) fn other_side(world: &World, own: &User, parties: &[Party; 2]) -> Option<Nick> {
    let mine = party(own);
    let other = parties.iter().find(|party| **party != mine).unwrap_or(&mine);
    match other {
        Party::Account(id) => world.users.get(&UserId::Account(*id)).map(|user| user.author.nick.clone()),
        Party::Guest(nick) => Nick::parse(nick).ok(),
    }
}

/// The account as everybody sees it.
pub(super) fn user_of(service: &Service, account: AccountId) -> Result<Arc<User>, Problem> {
    let gone = || Problem::new(StatusCode::UNAUTHORIZED, "this account is no more");
    service.journal.directory().user(UserId::Account(account)).ok_or_else(gone)
}
