//! Speaking to one user, and speaking in passing.

use std::sync::Arc;

use crate::ids::{MsgId, RoomId, UserId};
use crate::room::{self, Actor, Denied, Event, Kind, Party, Room, Said};

use super::{Draft, Nick, Origin, Outcome, Signal, Step, User, is_kept};

impl Draft<'_> {
    pub(super) fn say_direct(
        &mut self,
        me: &Arc<User>,
        other: UserId,
        said: Said,
        origin: Origin,
    ) -> Result<Outcome, Denied> {
        let other = self.user(other).cloned().ok_or_else(|| Denied::NoSuchNick(String::from("*")))?;
        self.check_modes_of(me, &other, said.is_ctcp())?;
        self.expect_answer(me.id, other.id)?;
        let target: Arc<str> = other.author.nick.as_str().into();
        let users = if me.id == other.id { vec![me.id] } else { vec![me.id, other.id] };
        let room = self.direct(me, &other);
        if !is_kept(&said) {
            let id = self.unstored(room.id, origin);
            let author = Arc::clone(&me.author);
            let signal = Signal::Said { author, target, said, at: self.now, id };
            self.steps.push(Step::Signal(signal, Some(origin), users, Vec::new()));
            return Ok(Outcome::Changed);
        }
        let is_new = self.room(room.id).is_none();
        if is_new {
            if let Kind::Direct(parties) = &room.kind {
                self.changes.directs.insert(parties.clone(), room.id);
            }
            self.add_room(&room);
        }
        for user in [me, &other] {
            if !user.conversations.contains(&room.id) {
                self.change_user(user.id, |user| {
                    user.conversations.insert(room.id);
                });
            }
        }
        let entry = self.append(&room, me, target, Event::Said(said));
        self.steps.push(Step::Direct(Arc::clone(&entry), Some(origin), users));
        Ok(Outcome::Entered { room: entry.room, seq: entry.seq, at: entry.at })
    }

    /// Something about what was said in a conversation before, by its identity. The other side of a
    /// direct one may be gone.
    pub(super) fn in_conversation(
        &mut self,
        me: &Arc<User>,
        id: RoomId,
        intent: room::Intent,
        origin: Origin,
    ) -> Result<Outcome, Denied> {
        let room = self.room(id).cloned().ok_or(Denied::NoSuchRoom)?;
        let parties = match &room.kind {
            Kind::Named(name) => return self.in_room(me, name, intent, origin),
            Kind::Direct(parties) => parties,
        };
        let own = party(me);
        let other = match parties {
            [one, other] if *one == own => other,
            [other, one] if *one == own => other,
            _ => return Err(Denied::NotMember),
        };
        let present = self.user_of(other, id).cloned();
        let target: Arc<str> = match (&present, other) {
            (Some(user), _) => user.author.nick.as_str().into(),
            (None, Party::Guest(nick)) => nick.as_str().into(),
            // What one said to who is gone can still be erased; nobody is there to hear of it.
            (None, Party::Account(_)) if matches!(intent, room::Intent::Erase(_)) => {
                me.author.nick.as_str().into()
            }
            (None, Party::Account(_)) => return Err(Denied::NoSuchRoom),
        };
        let actor = Actor { user: me.id, author: Arc::clone(&me.author), real_name: me.real_name.clone() };
        let Some(mut event) = room::decide(&room, &actor, intent)? else { return Ok(Outcome::Unchanged) };
        if let Some(other) = &present {
            self.check_later_words(me, other, &mut event)?;
        }
        let mut users = vec![me.id];
        users.extend(present.map(|user| user.id).filter(|other| *other != me.id));
        let entry = self.append(&room, me, target, event);
        self.steps.push(Step::Direct(Arc::clone(&entry), Some(origin), users));
        Ok(Outcome::Entered { room: entry.room, seq: entry.seq, at: entry.at })
    }

    /// Whom one may not speak to one does not reach by way of an old message either.
    fn check_later_words(&self, me: &User, other: &User, event: &mut Event) -> Result<(), Denied> {
        if let Event::Edited(edited) = event {
            self.check_modes_of(me, other, edited.is_ctcp())?;
        }
        if let Event::Redacted(redacted) = event
            && self.check_modes_of(me, other, false).is_err()
        {
            redacted.reason.clear();
        }
        Ok(())
    }

    /// Who is at this side of a conversation now; a guest only if they took part in it.
    fn user_of(&self, party: &Party, conversation: RoomId) -> Option<&Arc<User>> {
        match party {
            Party::Account(id) => self.user(UserId::Account(*id)),
            Party::Guest(nick) => {
                let nick = Nick::parse(nick).ok()?;
                let user = self.user(*self.changes.nicks.get(&self.base.nicks, &nick)?)?;
                let took_part = user.id.account().is_none() && user.conversations.contains(&conversation);
                took_part.then_some(user)
            }
        }
    }

    /// Tags alone to a room, not kept.
    pub(super) fn pass(
        &mut self,
        me: &Arc<User>,
        room: RoomId,
        target: Arc<str>,
        said: Said,
        origin: Origin,
    ) -> Outcome {
        let id = self.unstored(room, origin);
        let signal = Signal::Said { author: Arc::clone(&me.author), target, said, at: self.now, id };
        self.steps.push(Step::Passing(room, signal, Some(origin)));
        Outcome::Changed
    }

    /// The conversation of these two, or what it will be.
    fn direct(&self, one: &User, other: &User) -> Arc<Room> {
        let kind = Kind::direct(party(one), party(other));
        let Kind::Direct(parties) = &kind else { return self.new_room(kind) };
        let known = self.changes.directs.get(&self.base.directs, parties).copied();
        match known.and_then(|id| self.room(id).cloned()) {
            Some(room) => room,
            None => self.new_room(kind),
        }
    }

    fn unstored(&self, room: RoomId, origin: Origin) -> MsgId {
        // Unique as long as one session does not send two in one command of one millisecond.
        MsgId::unstored(room, origin.session.0 << 20 ^ origin.command, self.now)
    }
}

/// Which side of a conversation a user is.
#[must_use]
pub fn party(user: &User) -> Party {
    match user.id {
        UserId::Account(id) => Party::Account(id),
        UserId::Guest(_) => Party::Guest(user.author.nick.folded()),
    }
}
