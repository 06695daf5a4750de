//! The tail: hands what was committed to the sessions that may see it.
//!
//! Owned by the writer, so that who hears what follows from the order of events alone. Never
//! waits for anybody, never hands out anything that is not committed.

use std::collections::HashSet;
use std::sync::Arc;

use crate::ids::{IdMap, RoomId, SessionId, UserId};
use crate::names::Nick;
use crate::room::{Entry, Event};

use super::chunk::{Chunk, Item, News, Origin};
use super::inbox::{Delivery, Inbox};
use super::intent::SignedIn;
use super::signal::Signal;
use super::watchers::Watchers;

/// A step of publishing. The writer collects them while it decides and takes them after the commit.
#[derive(Debug)]
pub(super) enum Step {
    /// Show an entry to a room's members.
    Entry(Arc<Entry>, Option<Origin>, UserId),
    /// Show an entry to these users.
    Direct(Arc<Entry>, Option<Origin>, Vec<UserId>),
    /// Show a signal to a room's members.
    Passing(RoomId, Signal, Option<Origin>),
    /// Show a signal to these users and to everybody in these rooms, once each.
    Signal(Signal, Option<Origin>, Vec<UserId>, Vec<RoomId>),
    /// The same for what concerns the user of this nick: who watches it hears of it as well, those
    /// without a common room as [`News::Watched`].
    Concerning(Nick, Signal, Option<Origin>, Vec<UserId>, Vec<RoomId>),
    /// The same, but all who hear of it are shown it alike.
    Widely(Nick, Signal, Option<Origin>, Vec<UserId>, Vec<RoomId>),
    /// A session watches these nicks too.
    Watch(SessionId, UserId, Vec<Nick>),
    /// A session watches these nicks no more; `None`: it watches nobody.
    Unwatch(SessionId, Option<Vec<Nick>>),
    /// A session hears from now on what its user's rooms hear.
    Attach(SessionId, UserId, Arc<Inbox>, Vec<RoomId>),
    /// A user's sessions enter a room, and are shown the entry; those who are in it are not.
    Enter(Arc<Entry>, UserId),
    /// A session is told that it belongs to an account now.
    SignedIn(Arc<Inbox>, Box<SignedIn>),
    /// A session hears nothing more, but of those whom it watches.
    Detach(SessionId, UserId, Vec<RoomId>),
    /// A user's sessions hear this room no more, without an entry that says so.
    Leave(UserId, RoomId),
    /// A user's sessions have to end.
    Close(UserId, String),
}

/// Who hears what.
#[derive(Debug, Default)]
pub(super) struct Tail {
    rooms: IdMap<RoomId, Vec<Listener>>,
    users: IdMap<UserId, Vec<Listener>>,
    watchers: Watchers,
    /// The plain messages of one room that are not handed out yet.
    run: Option<(RoomId, Vec<Item>)>,
    /// What was handed out, counted once for each listener.
    delivered: u64,
}

#[derive(Clone, Debug)]
struct Listener {
    session: SessionId,
    user: UserId,
    inbox: Arc<Inbox>,
}

impl Tail {
    /// Takes all steps, in order. Returns how much was handed out, counted once for each listener.
    pub(super) fn publish(&mut self, steps: Vec<Step>) -> u64 {
        for step in steps {
            self.take(step);
        }
        self.flush();
        std::mem::take(&mut self.delivered)
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Entry(entry, origin, user) => self.entry(entry, origin, user),
            Step::Passing(room, signal, origin) => {
                self.extend_run(room, News::Signal(signal), origin);
            }
            Step::Direct(entry, origin, users) => {
                self.hand_out(Chunk::of(News::Entry(entry), origin), &users, &[]);
            }
            Step::Signal(signal, origin, users, rooms) => {
                self.hand_out(Chunk::of(News::Signal(signal), origin), &users, &rooms);
            }
            Step::Concerning(nick, signal, origin, users, rooms) => {
                let told = self.hand_out(Chunk::of(News::Signal(signal.clone()), origin), &users, &rooms);
                self.watchers.tell(&nick, Chunk::of(News::Watched(signal), origin), &told);
            }
            Step::Widely(nick, signal, origin, users, rooms) => {
                let told = self.hand_out(Chunk::of(News::Signal(signal.clone()), origin), &users, &rooms);
                self.watchers.tell(&nick, Chunk::of(News::Signal(signal), origin), &told);
            }
            Step::Watch(session, user, nicks) => {
                let mut listeners = self.users.get(&user).into_iter().flatten();
                if let Some(listener) = listeners.find(|listener| listener.session == session) {
                    self.watchers.add(session, &listener.inbox, nicks);
                }
            }
            Step::Unwatch(session, Some(nicks)) => self.watchers.remove(session, &nicks),
            Step::Unwatch(session, None) => self.watchers.remove_all(session),
            Step::Attach(session, user, inbox, rooms) => {
                self.flush();
                let listener = Listener { session, user, inbox };
                for room in rooms {
                    self.rooms.entry(room).or_default().push(listener.clone());
                }
                self.users.entry(user).or_default().push(listener);
            }
            Step::Enter(entry, user) => {
                self.flush();
                let entering = self.users.get(&user).cloned().unwrap_or_default();
                self.rooms.entry(entry.room).or_default().extend(entering);
                self.hand_out(Chunk::of(News::Entry(entry), None), &[user], &[]);
            }
            Step::SignedIn(inbox, signed_in) => {
                self.flush();
                inbox.push(Delivery::SignedIn(signed_in));
            }
            Step::Detach(session, user, rooms) => {
                self.flush();
                for room in rooms {
                    self.remove(room, |listener| listener.session == session);
                }
                if let Some(listeners) = self.users.get_mut(&user) {
                    listeners.retain(|listener| listener.session != session);
                    if listeners.is_empty() {
                        self.users.remove(&user);
                    }
                }
            }
            Step::Leave(user, room) => {
                self.flush();
                self.remove(room, |listener| listener.user == user);
            }
            Step::Close(user, reason) => {
                self.flush();
                for listener in self.users.get(&user).into_iter().flatten() {
                    listener.inbox.push(Delivery::Close(reason.clone()));
                }
            }
        }
    }

    /// A joiner hears their own joining, a leaver their own leaving; neither hears what lies beyond.
    fn entry(&mut self, entry: Arc<Entry>, origin: Option<Origin>, user: UserId) {
        let room = entry.room;
        match &entry.event {
            Event::Joined { .. } => {
                self.flush();
                let joined = self.users.get(&user).cloned().unwrap_or_default();
                self.rooms.entry(room).or_default().extend(joined);
                self.extend_run(room, News::Entry(entry), origin);
                // Alone, so that the joiner can be shown the room before what follows.
                self.flush();
            }
            Event::Parted { .. } | Event::Quit { .. } => {
                self.extend_run(room, News::Entry(entry), origin);
                self.take(Step::Leave(user, room));
            }
            Event::Kicked { user, .. } => {
                let kicked = *user;
                self.extend_run(room, News::Entry(entry), origin);
                self.take(Step::Leave(kicked, room));
            }
            Event::Invited { user, .. } => {
                let invited = *user;
                self.extend_run(room, News::Entry(Arc::clone(&entry)), origin);
                self.hand_out(Chunk::of(News::Entry(entry), origin), &[invited], &[]);
            }
            Event::Said(_)
            | Event::Edited(_)
            | Event::Redacted(_)
            | Event::TopicSet { .. }
            | Event::ModesChanged { .. }
            | Event::NickChanged { .. }
            | Event::Renamed { .. } => {
                self.extend_run(room, News::Entry(entry), origin);
            }
        }
    }

    fn extend_run(&mut self, room: RoomId, news: News, origin: Option<Origin>) {
        let item = Item::new(news, origin);
        let is_plain = item.plain().is_some();
        if let Some((_, items)) = self.run.as_mut().filter(|(running, _)| is_plain && *running == room) {
            return items.push(item);
        }
        self.flush();
        self.run = Some((room, vec![item]));
        if !is_plain {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if let Some((room, items)) = self.run.take() {
            let chunk = Arc::new(Chunk::run(items));
            let Some(listeners) = self.rooms.get(&room) else { return };
            for listener in listeners {
                listener.inbox.push(Delivery::Chunk(Arc::clone(&chunk)));
            }
            self.delivered += (chunk.items().len() * listeners.len()) as u64;
        }
    }

    /// Returns who was told.
    fn hand_out(&mut self, chunk: Chunk, users: &[UserId], rooms: &[RoomId]) -> HashSet<SessionId> {
        self.flush();
        let chunk = Arc::new(chunk);
        let mut told = HashSet::new();
        let by_user = users.iter().filter_map(|user| self.users.get(user));
        let by_room = rooms.iter().filter_map(|room| self.rooms.get(room));
        for listener in by_user.chain(by_room).flatten() {
            if told.insert(listener.session) {
                listener.inbox.push(Delivery::Chunk(Arc::clone(&chunk)));
            }
        }
        self.delivered += told.len() as u64;
        told
    }

    fn remove(&mut self, room: RoomId, gone: impl Fn(&Listener) -> bool) {
        if let Some(listeners) = self.rooms.get_mut(&room) {
            listeners.retain(|listener| !gone(listener));
            if listeners.is_empty() {
                self.rooms.remove(&room);
            }
        }
    }
}
