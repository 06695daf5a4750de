//! The rules: whether an intent is granted, and the event it becomes. Pure.

use std::sync::Arc;

use crate::ids::UserId;
use crate::limits;
use crate::names::{Nick, RoomName};

use super::denied::Denied;
use super::entry::Author;
use super::event::{Edited, Event, Redacted, Said, Speech};
use super::modes::{Flag, ModeChange, Role};
use super::state::{Kind, Room};
use super::{founder, masks};

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
    /// Give one's own message another text; whose it is was looked up.
    Edit(Edited),
    /// Take a message back.
    Redact {
        /// Which, and why.
        redacted: Redacted,
        /// Whether the actor said it, as was looked up.
        own: bool,
    },
    /// Take a message of one's own back because one leaves for good: whatever one may still do in the room.
    Erase(Redacted),
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
    /// Own the room from now on, and show it: for the account that made it.
    Claim,
    /// Own the room no longer.
    Disclaim,
    /// Have another member own it.
    Entrust {
        /// Whom.
        user: UserId,
        /// Under which nick.
        nick: Nick,
    },
    /// Go by another nick.
    ChangeNick {
        /// The nick.
        nick: Nick,
    },
    /// Have the room go by another name. Whether that is free is not for the room to know.
    Rename {
        /// The name.
        name: RoomName,
        /// Why.
        reason: String,
    },
}

/// Judges an intent against the room as it is. `None`: it is so already, nothing happens.
///
/// # Errors
/// [`Denied`] says which rule is against it.
pub fn decide(room: &Room, actor: &Actor, intent: Intent) -> Result<Option<Event>, Denied> {
    let joins = matches!(intent, Intent::Join { .. });
    judge(room, actor, intent).map_err(|denied| {
        // Nobody learns of a secret room by being refused; who knows its name may try to join it.
        if room.is_hidden_from(actor.user) && !joins { Denied::NoSuchRoom } else { denied }
    })
}

fn judge(room: &Room, actor: &Actor, intent: Intent) -> Result<Option<Event>, Denied> {
    match intent {
        Intent::Say(said) => say(room, actor, said).map(Some),
        Intent::Edit(edited) => edit(room, actor, edited).map(Some),
        Intent::Redact { redacted, own } => redact(room, actor, redacted, own).map(Some),
        Intent::Erase(redacted) if room.redacted.contains(&redacted.message.seq) => {
            Err(Denied::NoSuchMessage)
        }
        Intent::Erase(redacted) => Ok(Some(Event::Redacted(redacted))),
        Intent::Join { key } => join(room, actor, key.as_deref()),
        Intent::Part { reason } => part(room, actor, reason).map(Some),
        Intent::Quit { reason } => member(room, actor).map(|_| Some(Event::Quit { reason })),
        Intent::ChangeNick { nick } => member(room, actor).map(|_| Some(Event::NickChanged { nick })),
        Intent::Kick { user, nick, reason } => {
            operator(room, actor)?;
            if !room.members.contains_key(&user) {
                return Err(Denied::TargetNotMember(nick));
            }
            founder::spare(room, actor, user, &nick)?;
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
            may_speak(room, actor)?;
            Ok(Some(Event::TopicSet { topic }))
        }
        Intent::ChangeModes { changes } => change_modes(room, actor, changes),
        Intent::Rename { name, reason } => rename(room, actor, name, reason),
        Intent::Claim => founder::claim(room, actor),
        Intent::Disclaim => founder::disclaim(room, actor).map(Some),
        Intent::Entrust { user, nick } => founder::entrust(room, actor, user, nick),
    }
}

fn say(room: &Room, actor: &Actor, said: Said) -> Result<Event, Denied> {
    speaker(room, actor, || said.is_ctcp())?;
    Ok(Event::Said(said))
}

/// Whoever may not speak may not speak by way of an old message either.
fn edit(room: &Room, actor: &Actor, edited: Edited) -> Result<Event, Denied> {
    if room.redacted.contains(&edited.original.seq) {
        return Err(Denied::NoSuchMessage);
    }
    if room.name().is_some() {
        member(room, actor)?;
    }
    speaker(room, actor, || edited.is_ctcp())?;
    Ok(Event::Edited(edited))
}

/// One's own words anywhere; those of others in a room that one is an operator of.
fn redact(room: &Room, actor: &Actor, mut redacted: Redacted, own: bool) -> Result<Event, Denied> {
    if room.name().is_some() {
        member(room, actor)?;
    }
    if !own {
        operator(room, actor).map_err(|_| Denied::NotOperator)?;
    }
    if room.redacted.contains(&redacted.message.seq) {
        return Err(Denied::NoSuchMessage);
    }
    // Who may not speak takes back without a word, as they leave.
    if may_speak(room, actor).is_err() {
        redacted.reason.clear();
    }
    Ok(Event::Redacted(redacted))
}

/// Whether the actor may say this in this room now.
fn speaker(room: &Room, actor: &Actor, is_ctcp: impl FnOnce() -> bool) -> Result<(), Denied> {
    if matches!(room.kind, Kind::Direct(_)) {
        return Ok(());
    }
    may_speak(room, actor)?;
    if room.has(Flag::NoCtcp) && is_ctcp() { Err(Denied::NoCtcp) } else { Ok(()) }
}

/// Whether the actor may speak here; who may not sets no topic either and leaves without a word.
fn may_speak(room: &Room, actor: &Actor) -> Result<(), Denied> {
    let role = room.role(actor.user);
    if role >= Some(Role::Voice) {
        return Ok(());
    }
    let outside = role.is_none() && room.has(Flag::NoExternal);
    if outside || room.has(Flag::Moderated) || is_silenced(room, actor.user, &actor.author) {
        return Err(Denied::CannotSpeak);
    }
    if room.has(Flag::AccountsSpeak) && actor.user.account().is_none() {
        return Err(Denied::NeedsAccountToSpeak);
    }
    Ok(())
}

/// Whether the room's lists silence this user, who has no voice.
#[must_use]
pub fn is_silenced(room: &Room, user: UserId, author: &Author) -> bool {
    room.role(user) < Some(Role::Voice) && masks::silences(room, author)
}

fn part(room: &Room, actor: &Actor, reason: String) -> Result<Event, Denied> {
    member(room, actor)?;
    let reason = if may_speak(room, actor).is_ok() { reason } else { String::new() };
    Ok(Event::Parted { reason })
}

fn join(room: &Room, actor: &Actor, key: Option<&str>) -> Result<Option<Event>, Denied> {
    if room.members.contains_key(&actor.user) {
        return Ok(None);
    }
    let settings = &room.settings;
    let founder = settings.founder.is_some() && settings.founder == actor.user.account();
    // What nobody keeps keeps nobody out.
    if !founder && !room.is_deserted() {
        let invited = settings.invited.contains(&actor.user);
        // An operator who returns could lift these hurdles anyway, were there not nobody to ask.
        let returns = room.standing(actor.user).is_some_and(|kept| kept.operator);
        if !invited && masks::keeps_out(room, &actor.author) {
            return Err(Denied::Banned);
        }
        if room.has(Flag::AccountsOnly) && actor.user.account().is_none() {
            return Err(Denied::NeedsAccount);
        }
        if !invited && !returns {
            if room.has(Flag::InviteOnly) && !masks::invites(room, &actor.author) {
                return Err(Denied::InviteOnly);
            }
            if settings.limit.is_some_and(|limit| room.members.len() >= limit as usize) {
                return Err(Denied::Full);
            }
        }
        if settings.key.is_some() && settings.key.as_deref() != key && !returns {
            return Err(Denied::WrongKey);
        }
    }
    Ok(Some(Event::Joined { real_name: actor.real_name.clone() }))
}

fn rename(room: &Room, actor: &Actor, to: RoomName, reason: String) -> Result<Option<Event>, Denied> {
    operator(room, actor)?;
    let Kind::Named(from) = &room.kind else { return Err(Denied::NoSuchRoom) };
    if from.as_str() == to.as_str() {
        return Ok(None);
    }
    Ok(Some(Event::Renamed { from: from.clone(), to, reason }))
}

fn change_modes(room: &Room, actor: &Actor, changes: Vec<ModeChange>) -> Result<Option<Event>, Denied> {
    operator(room, actor)?;
    let mut granted: Vec<ModeChange> = Vec::new();
    for change in changes {
        if let ModeChange::Role { on, user, nick, .. } = &change
            && !room.members.contains_key(user)
            // Of who left a role can be taken, for otherwise they would find it again.
            && (*on || room.standing(*user).is_none())
        {
            return Err(Denied::TargetNotMember(nick.clone()));
        }
        founder::check(room, actor, &change)?;
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
        ModeChange::Role { role, on, user, .. } => room.standing(*user).is_some_and(|member| match role {
            Role::Founder => member.founder == *on,
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

pub(super) fn member(room: &Room, actor: &Actor) -> Result<Role, Denied> {
    room.role(actor.user).ok_or(Denied::NotMember)
}

fn operator(room: &Room, actor: &Actor) -> Result<(), Denied> {
    if member(room, actor)? >= Role::Operator { Ok(()) } else { Err(Denied::NotOperator) }
}

impl Said {
    /// A plain message to all members.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        let (tags, seams) = (String::new(), Vec::new());
        Self { speech: Speech::Message, text: text.into(), seams, tags, audience: Role::Member }
    }
}
