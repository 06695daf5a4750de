//! A draft: what a batch of intents would change, on top of the directory, before it is committed.
//!
//! Decides in order, each intent on what those before it lead to. Touches nothing shared; dropped
//! when the store refuses.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::ids::{AccountId, RoomId, SessionId, UserId};
use crate::names::{self, AccountName, Nick, RoomName};
use crate::room::{
    self, Actor, Author, Denied, Entry, Event, Kind, Member, ModeChange, Party, Room, Said, Speech,
};
use crate::store::accounts::Account;
use crate::store::metadata::{Metadata, Subject};
use crate::store::{Batch, Head};

use super::directory::{IdOverlay, Overlay, World, absent};
use super::intent::{Absence, Asked, Attach, Attached, Intent, Outcome, Presence};
use super::signal::Signal;
use super::tail::Step;
use super::user::User;
use super::{Origin, Rules};

mod asker;
mod metadata;
mod presence;
mod renaming;
mod sign_in;
mod speech;
mod staying;
mod user_mode;
mod watching;

pub use speech::party;

/// Changes on top of a world.
#[derive(Debug)]
pub(super) struct Draft<'w> {
    base: &'w World,
    rules: &'w Rules,
    now: Timestamp,
    /// Whether the store is out of order: only what needs no store is done, so that sessions can
    /// still end.
    storeless: bool,
    changes: Changes,
    batch: Batch,
    steps: Vec<Step>,
    /// Memberships that may have changed.
    touched: BTreeSet<(RoomId, UserId)>,
    /// Users whom the present request changes, and how they were shown before if they were there.
    stirred: Vec<(UserId, Option<Arc<Author>>)>,
}

/// What is to be made true after the commit.
#[derive(Debug, Default)]
pub(super) struct Changes {
    rooms: IdOverlay<RoomId, Arc<Room>>,
    heads: IdOverlay<RoomId, Head>,
    names: Overlay<RoomName, RoomId>,
    directs: Overlay<[Party; 2], RoomId>,
    users: IdOverlay<UserId, Arc<User>>,
    nicks: Overlay<Nick, UserId>,
    accounts: Overlay<AccountName, AccountId>,
    skeletons: Overlay<String, AccountId>,
    metadata: Overlay<Subject, Arc<Metadata>>,
    last_room: RoomId,
    last_at: Timestamp,
}

/// A decided batch.
#[derive(Debug)]
pub(super) struct Decided {
    /// For the store.
    pub(super) batch: Batch,
    /// For the directory.
    pub(super) changes: Changes,
    /// For the tail.
    pub(super) steps: Vec<Step>,
}

impl Changes {
    /// Makes the changes.
    pub(super) fn apply(self, world: &mut World) {
        self.rooms.apply(&mut world.rooms);
        self.heads.apply(&mut world.heads);
        self.names.apply(&mut world.names);
        self.directs.apply(&mut world.directs);
        for (id, after) in self.users.iter() {
            let before = world.users.get(id).map(Arc::as_ref);
            world.presences.note(before, after.map(Arc::as_ref), self.last_at);
        }
        self.users.apply(&mut world.users);
        self.nicks.apply(&mut world.nicks);
        self.accounts.apply(&mut world.accounts);
        self.skeletons.apply(&mut world.skeletons);
        self.metadata.apply(&mut world.metadata);
        world.last_room = self.last_room;
        world.last_at = self.last_at;
    }
}

impl<'w> Draft<'w> {
    /// An empty draft. Its time is `now`, or the last entry's if the clock ran backwards.
    pub(super) fn new(base: &'w World, rules: &'w Rules, now: Timestamp, storeless: bool) -> Self {
        let now = now.max(base.last_at);
        let changes = Changes { last_room: base.last_room, last_at: now, ..Changes::default() };
        Self {
            base,
            rules,
            now,
            storeless,
            changes,
            batch: Batch::default(),
            steps: Vec::new(),
            touched: BTreeSet::new(),
            stirred: Vec::new(),
        }
    }

    /// Decides what was asked.
    pub(super) fn decide(
        &mut self,
        session: SessionId,
        command: u64,
        user: UserId,
        asked: Asked,
    ) -> Result<Outcome, Denied> {
        let result = self.decide_alone(session, command, user, asked);
        self.tell_watchers();
        result
    }

    fn decide_alone(
        &mut self,
        session: SessionId,
        command: u64,
        user: UserId,
        asked: Asked,
    ) -> Result<Outcome, Denied> {
        match asked {
            Asked::Presence(Presence::Attach(attach)) => self.attach(session, attach),
            Asked::Presence(Presence::Detach { reason }) => self.detach(session, user, &reason),
            Asked::Presence(Presence::Watch(nicks)) => self.watch(session, user, nicks),
            Asked::Presence(Presence::Unwatch(nicks)) => Ok(self.unwatch(session, nicks)),
            Asked::Presence(Presence::Introduce(account)) => Ok(self.introduce(&account)),
            Asked::Presence(Presence::Expel { account, reason, forget }) => {
                Ok(self.expel(account, &reason, forget))
            }
            Asked::Presence(Presence::Kill { user, reason }) => self.kill(user, &reason),
            Asked::Presence(Presence::SetAlwaysOn { account, always_on }) => self.stay(account, always_on),
            Asked::Intent(_) | Asked::ForAccount(_) if self.storeless => Err(Denied::Unavailable),
            Asked::Intent(intent) => self.intent(Origin { session, command }, user, intent),
            Asked::ForAccount(intent) => self.for_account(Origin { session, command }, user, intent),
        }
    }

    fn grant(&mut self, me: &Arc<User>, intent: Intent, origin: Origin) -> Result<Outcome, Denied> {
        match intent {
            Intent::InRoom { room, intent } => self.in_room(me, &room, intent, origin),
            Intent::InConversation { room, intent } => self.in_conversation(me, room, intent, origin),
            Intent::Say { user, said } => self.say_direct(me, user, said, origin),
            Intent::ChangeNick(nick) => self.change_nick(me, nick, Some(origin)),
            Intent::SignIn { account, inbox } => self.sign_in(me, account, &inbox, origin),
            Intent::SetAway(absence) => Ok(self.set_away(me, absence, origin)),
            Intent::SetRealName(real_name) => Ok(self.set_real_name(me, real_name, origin)),
            Intent::SetUserModes { changes, operator_by } => {
                Ok(self.set_user_modes(me, &changes, operator_by, origin))
            }
            Intent::Accept { user, on } => self.accept(me, user, on),
            Intent::Wallops(text) => self.wallops(me, text, origin),
            Intent::MarkRead { target, at } => {
                let signal = Signal::ReadMarker { target, at };
                self.steps.push(Step::Signal(signal, Some(origin), vec![me.id], Vec::new()));
                Ok(Outcome::Changed)
            }
            Intent::SetMetadata { room, changes } => self.set_metadata(me, room.as_ref(), changes, origin),
        }
    }

    /// All that was decided.
    pub(super) fn finish(mut self) -> Decided {
        // A new room is written as it is by now: the name that it began with may be another's.
        for room in &mut self.batch.rooms {
            if let Some(now) = self.changes.rooms.get(&self.base.rooms, &room.id) {
                room.clone_from(now);
            }
        }
        for (room, user) in std::mem::take(&mut self.touched) {
            let Some(account) = user.account() else { continue };
            let before = self.base.rooms.get(&room).and_then(|room| room.members.get(&user)).copied();
            let after: Option<Member> = self.room(room).and_then(|room| room.members.get(&user)).copied();
            if before != after {
                self.batch.members.push((room, account, after));
            }
        }
        for room in self.changes.rooms.values() {
            let before = self.base.rooms.get(&room.id);
            if before.is_some_and(|before| before.settings != room.settings || before.kind != room.kind) {
                self.batch.rooms.push(Arc::clone(room));
            }
        }
        Decided { batch: self.batch, changes: self.changes, steps: self.steps }
    }

    fn in_room(
        &mut self,
        me: &Arc<User>,
        name: &RoomName,
        intent: room::Intent,
        origin: Origin,
    ) -> Result<Outcome, Denied> {
        let known = self.changes.names.get(&self.base.names, name).copied();
        let room = match known.and_then(|id| self.room(id).cloned()) {
            Some(room) => room,
            None if matches!(intent, room::Intent::Join { .. }) => self.new_room(Kind::Named(name.clone())),
            None => return Err(Denied::NoSuchRoom),
        };
        if matches!(intent, room::Intent::Join { .. }) && !room.members.contains_key(&me.id) {
            self.check_rooms(me, known.is_none())?;
        }
        let actor = Actor { user: me.id, author: Arc::clone(&me.author), real_name: me.real_name.clone() };
        let Some(event) = room::decide(&room, &actor, self.with_present_nicks(intent))? else {
            return Ok(Outcome::Unchanged);
        };
        self.check_founder(&room, &event)?;
        if let Event::Renamed { from, to, .. } = &event {
            self.rename_room(&room, from, to)?;
        }
        let target: Arc<str> = room.name().map_or_else(|| name.as_str().into(), |name| name.as_str().into());
        if let Event::Said(said) = &event
            && !is_kept(said)
        {
            return Ok(self.pass(me, room.id, target, said.clone(), origin));
        }
        if known.is_none() {
            self.changes.names.insert(name.clone(), room.id);
            self.add_room(&room);
        }
        let entry = self.append(&room, me, target, event);
        self.steps.push(Step::Entry(Arc::clone(&entry), Some(origin), me.id));
        if !matches!(entry.event, Event::Said(_)) {
            self.dissolve_if_deserted(room.id);
        } else if !room.members.contains_key(&me.id) {
            self.steps.push(Step::Direct(Arc::clone(&entry), Some(origin), vec![me.id]));
        }
        Ok(Outcome::Entered { room: entry.room, seq: entry.seq, at: entry.at })
    }

    /// Writes an event down and makes it true in the draft.
    fn append(&mut self, room: &Arc<Room>, me: &Arc<User>, target: Arc<str>, event: Event) -> Arc<Entry> {
        let id = room.id;
        let before = self.head(id);
        let message_at = if event.is_message() { Some(self.now) } else { before.message_at };
        let head = Head { seq: before.seq.next(), at: self.now, message_at };
        let author = Arc::clone(&me.author);
        let entry = Arc::new(Entry { room: id, seq: head.seq, at: head.at, author, target, event });
        self.changes.heads.insert(id, head);
        match &entry.event {
            Event::Joined { .. } => self.touch(id, me.id, true),
            Event::Parted { .. } | Event::Quit { .. } => self.touch(id, me.id, false),
            Event::Kicked { user, .. } => self.touch(id, *user, false),
            Event::Said(_) | Event::Edited(_) | Event::Redacted(_) | Event::NickChanged { .. } => {}
            Event::Invited { .. } | Event::TopicSet { .. } | Event::Renamed { .. } => {}
            Event::ModesChanged { changes } => {
                for change in changes {
                    if let ModeChange::Role { user, .. } = change {
                        self.touched.insert((id, *user));
                    }
                }
            }
        }
        if !matches!(entry.event, Event::Said(_) | Event::Edited(_) | Event::NickChanged { .. }) {
            let mut room = Arc::clone(room);
            Arc::make_mut(&mut room).apply(&entry, me.id);
            self.changes.rooms.insert(id, room);
        }
        self.batch.entries.push(Arc::clone(&entry));
        entry
    }

    /// Notes that a user came into a room or left it.
    fn touch(&mut self, room: RoomId, user: UserId, is_in: bool) {
        self.touched.insert((room, user));
        self.change_user(user, |user| {
            if is_in {
                user.rooms.insert(room);
            } else {
                user.rooms.remove(&room);
            }
        });
    }

    /// A room that may come to be.
    fn new_room(&self, kind: Kind) -> Arc<Room> {
        Arc::new(Room::new(RoomId(self.changes.last_room.0 + 1), kind, self.now))
    }

    /// Makes the room known, also to the store, whose entries refer to it.
    fn add_room(&mut self, room: &Arc<Room>) {
        self.changes.last_room = room.id;
        self.changes.rooms.insert(room.id, Arc::clone(room));
        self.batch.rooms.push(Arc::clone(room));
    }

    /// A room that no account founded ends with its last member.
    fn dissolve_if_deserted(&mut self, id: RoomId) {
        let Some(room) = self.room(id).cloned() else { return };
        let Some(name) = room.name() else { return };
        if !room.is_deserted() {
            return;
        }
        self.changes.names.remove(name.clone());
        self.changes.rooms.remove(id);
        self.changes.heads.remove(id);
        self.changes.metadata.remove(Subject::Room(id));
        self.batch.dissolved.push(id);
    }

    fn room(&self, id: RoomId) -> Option<&Arc<Room>> {
        self.changes.rooms.get(&self.base.rooms, &id)
    }

    fn head(&self, id: RoomId) -> Head {
        self.changes.heads.get(&self.base.heads, &id).copied().unwrap_or_default()
    }

    fn user(&self, id: UserId) -> Option<&Arc<User>> {
        self.changes.users.get(&self.base.users, &id)
    }

    fn change_user(&mut self, id: UserId, change: impl FnOnce(&mut User)) {
        self.stir(id);
        if let Some(mut user) = self.user(id).cloned() {
            change(Arc::make_mut(&mut user));
            self.changes.users.insert(id, user);
        }
    }

    /// The rooms of a user.
    fn rooms_of(&self, user: &User) -> Vec<Arc<Room>> {
        user.rooms.iter().filter_map(|id| self.room(*id)).cloned().collect()
    }

    /// How many rooms this account has founded; asked only when it makes another.
    fn founded(&self, user: UserId) -> usize {
        let Some(account) = user.account() else { return 0 };
        let is_new = |room: &&Arc<Room>| !self.base.rooms.contains_key(&room.id);
        let rooms = self.base.rooms.values().chain(self.changes.rooms.values().filter(is_new));
        rooms.filter(|room| room.settings.founder == Some(account)).count()
    }

    /// Whoever is meant may have changed their nick since the intent was made.
    fn with_present_nicks(&self, mut intent: room::Intent) -> room::Intent {
        let present = |user: UserId, nick: &mut Nick| {
            if let Some(user) = self.user(user) {
                nick.clone_from(&user.author.nick);
            }
        };
        match &mut intent {
            room::Intent::Kick { user, nick, .. }
            | room::Intent::Invite { user, nick }
            | room::Intent::Entrust { user, nick } => {
                present(*user, nick);
            }
            room::Intent::ChangeModes { changes } => {
                for change in changes {
                    if let ModeChange::Role { user, nick, .. } = change {
                        present(*user, nick);
                    }
                }
            }
            room::Intent::Say(_)
            | room::Intent::Edit(_)
            | room::Intent::Redact { .. }
            | room::Intent::Erase(_)
            | room::Intent::Join { .. }
            | room::Intent::Part { .. }
            | room::Intent::Quit { .. }
            | room::Intent::SetTopic { .. }
            | room::Intent::Claim
            | room::Intent::Disclaim
            | room::Intent::ChangeNick { .. }
            | room::Intent::Rename { .. } => {}
        }
        intent
    }
}

/// Whether what was said belongs into the journal: all text, and tags that are meant to last.
///
/// Source: IRCv3 draft/chathistory (`+draft/persist`), client-only tags react and unreact.
fn is_kept(said: &Said) -> bool {
    const LASTING: [&str; 3] = ["+draft/persist", "+draft/react", "+draft/unreact"];
    said.speech != Speech::Tags
        || crate::protocol::tags::iter(&said.tags).any(|(key, _)| LASTING.contains(&key))
}
