//! The founder: the one account that a room belongs to, and what that means for operators. Pure.
//!
//! Who makes a room is its founder in the settings, an operator whenever they join. Having claimed
//! it they have mode `q`: nobody takes that from them, and no operator puts them out.

use crate::ids::UserId;
use crate::names::Nick;

use super::decide::{Actor, member};
use super::denied::Denied;
use super::event::Event;
use super::modes::{ModeChange, Role};
use super::state::Room;

impl Room {
    /// Whether the room is claimed, and this is who claimed it; also of one who is not there.
    #[must_use]
    pub fn is_founder(&self, user: UserId) -> bool {
        let settings = &self.settings;
        settings.claimed && settings.founder.is_some() && settings.founder == user.account()
    }

    /// Makes the user the founder, or the room one that nobody has claimed.
    pub(super) fn crown(&mut self, on: bool, user: UserId) {
        self.settings.claimed = on;
        if on {
            self.settings.founder = user.account();
        }
        self.show_founder();
    }

    /// Gives the founder among the members their role, as the settings say.
    pub fn show_founder(&mut self) {
        let founder = self.settings.founder.filter(|_| self.settings.claimed);
        for (user, member) in &mut self.members {
            member.founder = founder.is_some() && user.account() == founder;
        }
    }
}

/// Who made the room claims it; one that nobody made, any operator who has an account.
pub(super) fn claim(room: &Room, actor: &Actor) -> Result<Option<Event>, Denied> {
    let role = member(room, actor)?;
    let account = actor.user.account().ok_or(Denied::FounderNeedsAccount)?;
    match room.settings.founder {
        Some(founder) if founder != account => return Err(Denied::NotFounder),
        Some(_) => {}
        None if role < Role::Operator => return Err(Denied::NotOperator),
        None => {}
    }
    if room.is_founder(actor.user) {
        return Ok(None);
    }
    Ok(Some(crowned(room, Vec::new(), actor.user, actor.author.nick.clone())))
}

/// The founder gives up the role; the room stays the one they made.
pub(super) fn disclaim(room: &Room, actor: &Actor) -> Result<Event, Denied> {
    founder(room, actor)?;
    Ok(Event::ModesChanged { changes: vec![given_up(actor)] })
}

/// The founder hands the room over to another member who has an account.
pub(super) fn entrust(room: &Room, actor: &Actor, user: UserId, nick: Nick) -> Result<Option<Event>, Denied> {
    founder(room, actor)?;
    if user == actor.user {
        return Ok(None);
    }
    if !room.members.contains_key(&user) {
        return Err(Denied::TargetNotMember(nick));
    }
    if user.account().is_none() {
        return Err(Denied::FounderNeedsAccount);
    }
    Ok(Some(crowned(room, vec![given_up(actor)], user, nick)))
}

/// Whether the actor may do this to that member: nothing against a founder but by themselves.
pub(super) fn spare(room: &Room, actor: &Actor, user: UserId, nick: &Nick) -> Result<(), Denied> {
    if room.is_founder(user) && user != actor.user { Err(Denied::IsFounder(nick.clone())) } else { Ok(()) }
}

/// Whether the actor, an operator, may make this change as far as the founder is concerned: the role
/// is given in no such way, and taken by nobody but its holder.
pub(super) fn check(room: &Room, actor: &Actor, change: &ModeChange) -> Result<(), Denied> {
    match change {
        ModeChange::Role { role: Role::Founder, on, user, .. } => {
            let gives_up = !*on && *user == actor.user && room.is_founder(actor.user);
            if gives_up { Ok(()) } else { Err(Denied::NotFounder) }
        }
        ModeChange::Role { on: false, user, nick, .. } => spare(room, actor, *user, nick),
        ModeChange::Role { .. }
        | ModeChange::Flag { .. }
        | ModeChange::Key(_)
        | ModeChange::Limit(_)
        | ModeChange::List { .. } => Ok(()),
    }
}

fn founder(room: &Room, actor: &Actor) -> Result<(), Denied> {
    if member(room, actor)? == Role::Founder { Ok(()) } else { Err(Denied::NotFounder) }
}

fn given_up(actor: &Actor) -> ModeChange {
    let nick = actor.author.nick.clone();
    ModeChange::Role { role: Role::Founder, on: false, user: actor.user, nick }
}

/// These changes, and then the founder's role, with that of an operator if it is missing.
fn crowned(room: &Room, mut changes: Vec<ModeChange>, user: UserId, nick: Nick) -> Event {
    let is_operator = room.members.get(&user).is_some_and(|member| member.operator);
    changes.push(ModeChange::Role { role: Role::Founder, on: true, user, nick: nick.clone() });
    if !is_operator {
        changes.push(ModeChange::Role { role: Role::Operator, on: true, user, nick });
    }
    Event::ModesChanged { changes }
}
