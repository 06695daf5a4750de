//! How an administrator names a room or a direct conversation. Never opens anything.

use std::fmt;
use std::str::FromStr;

use crate::ids::{RoomId, UserId};
use crate::journal::World;
use crate::names::{AccountName, Nick, RoomName};
use crate::room::{Kind, Party, Room};

use super::error::Error;

/// `#room` (or `room`: a shell takes `#` for a comment), `alice+bob`, or a number.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Conversation {
    /// A room by its name.
    Named(RoomName),
    /// A direct conversation by the names of its two parties: of accounts, or else of guests.
    Direct([Nick; 2]),
    /// Either by its number; also rooms that are no more.
    Number(RoomId),
}

impl Conversation {
    /// Finds it.
    pub(super) fn resolve(&self, world: &World) -> Result<RoomId, Error> {
        let not_found = |what: String| Error::not_found(what, "chatctl rooms --all lists what there is");
        match self {
            Self::Named(name) => match world.names.get(name) {
                Some(id) => Ok(*id),
                None => Err(not_found(format!("there is no room {name}"))),
            },
            Self::Direct(nicks) => match direct(world, nicks) {
                Some(id) => Ok(id),
                None => Err(not_found(format!("{} and {} have no conversation", nicks[0], nicks[1]))),
            },
            Self::Number(id) if *id <= world.last_room && id.0 > 0 => Ok(*id),
            Self::Number(id) => Err(not_found(format!("there is no room number {id}"))),
        }
    }
}

fn direct(world: &World, nicks: &[Nick; 2]) -> Option<RoomId> {
    let [one, other] = nicks.each_ref().map(|nick| parties(world, nick));
    one.iter().find_map(|one| {
        other.iter().find_map(|other| {
            let Kind::Direct(pair) = Kind::direct(one.clone(), other.clone()) else { return None };
            world.directs.get(&pair).copied()
        })
    })
}

/// Whom a name can mean: the account first.
fn parties(world: &World, nick: &Nick) -> Vec<Party> {
    let account = AccountName::parse(nick.as_str()).ok();
    let account = account.and_then(|name| world.accounts.get(&name).copied()).map(Party::Account);
    account.into_iter().chain([Party::Guest(nick.folded())]).collect()
}

/// What a room is called in lists; of a party that is gone only the number is left.
pub(super) fn title(world: &World, room: &Room) -> String {
    match &room.kind {
        Kind::Named(name) => name.to_string(),
        Kind::Direct(parties) => parties.each_ref().map(|party| party_name(world, party)).join("+"),
    }
}

fn party_name(world: &World, party: &Party) -> String {
    match party {
        Party::Guest(nick) => nick.clone(),
        Party::Account(id) => {
            let user = world.users.get(&UserId::Account(*id));
            let name = user.and_then(|user| user.author.account.as_ref()).map(ToString::to_string);
            name.unwrap_or_else(|| format!("(account {id}, removed)"))
        }
    }
}

impl FromStr for Conversation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((one, other)) = text.split_once('+').filter(|_| !text.starts_with('#')) {
            let nick = |text: &str| Nick::parse(text).map_err(|error| format!("{text:?}: {error}"));
            return Ok(Self::Direct([nick(one)?, nick(other)?]));
        }
        if let Ok(number) = text.parse() {
            return Ok(Self::Number(RoomId(number)));
        }
        let name = if text.starts_with('#') { text.to_owned() } else { format!("#{text}") };
        RoomName::parse(&name).map(Self::Named).map_err(|error| {
            format!("{error}; it must be a room (lobby or '#lobby'), a direct conversation (alice+bob) or a number")
        })
    }
}

impl fmt::Display for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => name.fmt(f),
            Self::Direct([one, other]) => write!(f, "{one}+{other}"),
            Self::Number(id) => id.fmt(f),
        }
    }
}

impl TryFrom<String> for Conversation {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Conversation> for String {
    fn from(conversation: Conversation) -> Self {
        conversation.to_string()
    }
}
