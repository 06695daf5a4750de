//! The rules: whether an intent is granted, and the event it becomes. Pure.

use std::sync::Arc;

use crate::ids::UserId;
use crate::limits;
use crate::names::Nick;

use super::entry::Author;
use super::event::{Event, Said, Speech};
use super::modes::{self, Flag, List, ModeChange, Role};
use super::state::{Kind, Room};

/// Who wants something.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Their identity.
    pub user: UserId,
    /// How they are shown.
    pub author: Arc<Author>,
    /// Their real name.
    pub real_name: String,
}

/// What somebody wants to happen in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Speak.
    Say(Said),
    /// Become a member.
    Join {
        /// The key that was given.
        key: Option<String>,
    },
    /// Leave the room.
    Part {
        /// Why.
        reason: String,
    },
    /// Leave the server.
    Quit {
        /// Why.
        reason: String,
    },
    /// Remove a member.
    Kick {
        /// Whom.
        user: UserId,
        /// Under which nick.
        nick: Nick,
        /// Why.
        reason: String,
    },
    /// Ask somebody in.
    Invite {
        /// Whom.
        user: UserId,
        /// Under which nick.
        nick: Nick,
    },
    /// Set the topic; empty clears it.
    SetTopic {
        /// The topic.
        topic: String,
    },
    /// Change modes.
    ChangeModes {
        /// What to change; what is so already is left out.
        changes: Vec<ModeChange>,
    },
    /// Go by another nick.
    ChangeNick {
        /// The nick.
        nick: Nick,
    },
}

/// Why an intent is not granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// There is no such room.
    #[error("no such room")]
    NoSuchRoom,
    /// Nobody goes by this nick.
    #[error("nobody is called {0}")]
    NoSuchNick(String),
    /// The actor is not in the room.
    #[error("you are not in that room")]
    NotMember,
    /// The other is not in the room.
    #[error("{0} is not in that room")]
    TargetNotMember(Nick),
    /// The other is in the room already.
    #[error("{0} is in that room already")]
    TargetIsMember(Nick),
    /// Only operators may.
    #[error("you are not an operator of that room")]
    NotOperator,
    /// The actor may not speak here now.
    #[error("you may not speak there")]
    CannotSpeak,
    /// The room has a key, and it was not this one.
    #[error("wrong key")]
    WrongKey,
    /// One must be invited.
    #[error("only by invitation")]
    InviteOnly,
    /// The room has its limit of members.
    #[error("the room is full")]
    Full,
    /// The actor is banned.
    #[error("you are banned")]
    Banned,
    /// The actor is in as many rooms as one may.
    #[error("you are in too many rooms")]
    TooManyRooms,
    /// A list has no room for another mask.
    #[error("the list is full")]
    ListFull(List),
    /// A user or a room can't bear more keys of metadata.
    #[error("no room for another key")]
    TooManyKeys,
    /// Somebody else goes by this nick, or has reserved it.
    #[error("{0} is in use")]
    NickInUse(Nick),
    /// The session is gone or not admitted.
    #[error("you are not connected")]
    NotConnected,
    /// The store did not take it; nothing was shown to anybody.
    #[error("the message store is unavailable; nothing was sent, try again")]
    Unavailable,
}

/// Judges an intent against the room as it is. `None`: it is so already, nothing happens.
///
/// # Errors
/// [`Denied`] says which rule is against it.
pub fn decide(room: &Room, actor: &Actor, intent: Intent) -> Result<Option<Event>, Denied> {
    match intent {
        Intent::Say(said) => say(room, actor, said).map(Some),
        Intent::Join { key } => join(room, actor, key.as_deref()),
        Intent::Part { reason } => member(room, actor).map(|_| Some(Event::Parted { reason })),
        Intent::Quit { reason } => member(room, actor).map(|_| Some(Event::Quit { reason })),
        Intent::ChangeNick { nick } => member(room, actor).map(|_| Some(Event::NickChanged { nick })),
        Intent::Kick { user, nick, reason } => {
            operator(room, actor)?;
            if !room.members.contains_key(&user) {
                return Err(Denied::TargetNotMember(nick));
            }
            Ok(Some(Event::Kicked { user, nick, reason }))
        }
        Intent::Invite { user, nick } => {
            let role = member(room, actor)?;
            if room.members.contains_key(&user) {
                return Err(Denied::TargetIsMember(nick));
            }
            if room.has(Flag::InviteOnly) && role < Role::Operator {
                return Err(Denied::NotOperator);
            }
            Ok(Some(Event::Invited { user, nick }))
        }
        Intent::SetTopic { topic } => {
            let role = member(room, actor)?;
            if room.has(Flag::TopicLocked) && role < Role::Operator {
                return Err(Denied::NotOperator);
            }
            Ok(Some(Event::TopicSet { topic }))
        }
        Intent::ChangeModes { changes } => change_modes(room, actor, changes),
    }
}

fn say(room: &Room, actor: &Actor, said: Said) -> Result<Event, Denied> {
    if matches!(room.kind, Kind::Direct(_)) {
        return Ok(Event::Said(said));
    }
    let role = room.role(actor.user);
    let voiced = role >= Some(Role::Voice);
    let silenced = (role.is_none() && room.has(Flag::NoExternal))
        || (!voiced && room.has(Flag::Moderated))
        || (!voiced && is_banned(room, actor));
    if silenced { Err(Denied::CannotSpeak) } else { Ok(Event::Said(said)) }
}

fn join(room: &Room, actor: &Actor, key: Option<&str>) -> Result<Option<Event>, Denied> {
    if room.members.contains_key(&actor.user) {
        return Ok(None);
    }
    let settings = &room.settings;
    let founder = settings.founder.is_some() && settings.founder == actor.user.account();
    // What nobody keeps keeps nobody out.
    if !founder && !room.is_deserted() {
        if !settings.invited.contains(&actor.user) {
            if is_banned(room, actor) {
                return Err(Denied::Banned);
            }
            if room.has(Flag::InviteOnly) {
                return Err(Denied::InviteOnly);
            }
            if settings.limit.is_some_and(|limit| room.members.len() >= limit as usize) {
                return Err(Denied::Full);
            }
        }
        if settings.key.is_some() && settings.key.as_deref() != key {
            return Err(Denied::WrongKey);
        }
    }
    Ok(Some(Event::Joined { real_name: actor.real_name.clone() }))
}

fn change_modes(room: &Room, actor: &Actor, changes: Vec<ModeChange>) -> Result<Option<Event>, Denied> {
    operator(room, actor)?;
    let mut granted: Vec<ModeChange> = Vec::new();
    for change in changes {
        if let ModeChange::Role { user, nick, .. } = &change
            && !room.members.contains_key(user)
        {
            return Err(Denied::TargetNotMember(nick.clone()));
        }
        let earlier = granted.iter().rev().find(|earlier| is_about_the_same(earlier, &change));
        if earlier.map_or_else(|| is_so(room, &change), |earlier| *earlier == change) {
            continue;
        }
        if let ModeChange::List { list, on: true, .. } = &change {
            let added =
                granted.iter().filter(|other| matches!(other, ModeChange::List { on: true, .. })).count();
            let listed: usize = room.settings.lists.values().map(Vec::len).sum();
            if listed + added >= limits::LIST_ENTRIES_MAX {
                return Err(Denied::ListFull(*list));
            }
        }
        granted.push(change);
    }
    Ok((!granted.is_empty()).then_some(Event::ModesChanged { changes: granted }))
}

/// Whether the change would change nothing.
fn is_so(room: &Room, change: &ModeChange) -> bool {
    match change {
        ModeChange::Flag { flag, on } => room.has(*flag) == *on,
        ModeChange::Key(key) => room.settings.key == *key,
        ModeChange::Limit(limit) => room.settings.limit == *limit,
        ModeChange::Role { role, on, user, .. } => room.members.get(user).is_some_and(|member| match role {
            Role::Operator => member.operator == *on,
            Role::Voice => member.voice == *on,
            Role::Member => true,
        }),
        ModeChange::List { list, on, mask } => {
            room.list(*list).iter().any(|other| other.mask.eq_ignore_ascii_case(mask)) == *on
        }
    }
}

/// Whether the second change sets anew what the first has set.
fn is_about_the_same(one: &ModeChange, other: &ModeChange) -> bool {
    match (one, other) {
        (ModeChange::Flag { flag: a, .. }, ModeChange::Flag { flag: b, .. }) => a == b,
        (ModeChange::Key(_), ModeChange::Key(_)) | (ModeChange::Limit(_), ModeChange::Limit(_)) => true,
        (ModeChange::Role { role: a, user: u, .. }, ModeChange::Role { role: b, user: v, .. }) => {
            (a, u) == (b, v)
        }
        (ModeChange::List { list: a, mask: m, .. }, ModeChange::List { list: b, mask: n, .. }) => {
            a == b && m.eq_ignore_ascii_case(n)
        }
        _ => false,
    }
}

/// Whether a ban matches.
fn is_banned(room: &Room, actor: &Actor) -> bool {
    let shown = actor.author.to_string();
    room.list(List::Ban).iter().any(|ban| modes::matches(&ban.mask, &shown))
}

fn member(room: &Room, actor: &Actor) -> Result<Role, Denied> {
    room.role(actor.user).ok_or(Denied::NotMember)
}

fn operator(room: &Room, actor: &Actor) -> Result<(), Denied> {
    if member(room, actor)? == Role::Operator { Ok(()) } else { Err(Denied::NotOperator) }
}

impl Said {
    /// A plain message to all members.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self { speech: Speech::Message, text: text.into(), tags: String::new(), audience: Role::Member }
    }
}
