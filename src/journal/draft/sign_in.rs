//! A guest who turns out to be an account: what was the guest's in the rooms becomes the account's.
//!
//! The journal says it in events that every reader knows: the guest left, the account came. Who
//! looks on is shown less where that is enough: one person who has another account, host or nick
//! from now on. The guest's conversations stay what they are.

use std::collections::HashSet;
use std::sync::Arc;

use crate::room::{Actor, Intent as RoomIntent, Role};

use super::{
    AccountId, Attached, Author, Denied, Draft, Entry, Event, Member, ModeChange, Nick, Origin, Outcome,
    Room, RoomId, Signal, Step, Subject, User, UserId,
};
use crate::ids::Seq;
use crate::journal::inbox::Inbox;
use crate::journal::intent::SignedIn;
use crate::journal::user_mode::UserMode;

type Place = (RoomId, Seq);

/// The entries that the way from guest to account has left.
#[derive(Default)]
struct Trace {
    /// Where they stand.
    places: Vec<Place>,
    /// The account's arrivals.
    arrivals: Vec<Arc<Entry>>,
    /// What changed in the rooms for everybody.
    changes: Vec<Arc<Entry>>,
}

impl Draft<'_> {
    /// The session of this guest belongs to the account from now on.
    pub(super) fn sign_in(
        &mut self,
        guest: &Arc<User>,
        account: AccountId,
        inbox: &Arc<Inbox>,
        origin: Origin,
    ) -> Result<Outcome, Denied> {
        let id = UserId::Account(account);
        let before = self.user(id).cloned().ok_or(Denied::NotConnected)?;
        if guest.id.account().is_some() {
            return Err(Denied::NotConnected);
        }
        self.leave_what_stays_closed(guest, &before, origin);
        let guest = self.user(guest.id).cloned().ok_or(Denied::NotConnected)?;
        let values = self.metadata_of(Subject::User(guest.id)).unwrap_or_default();
        let rooms = self.rooms_of(&guest);
        let shown_both = !guest.rooms.is_disjoint(&before.rooms);
        let is_met = shown_both || self.are_seen_together(&rooms, &before);
        let role = |room: &Arc<Room>| room.members.get(&guest.id).copied().unwrap_or_default();
        let kept: Vec<(RoomId, Member)> = rooms.iter().map(|room| (room.id, role(room))).collect();
        let ids: Vec<RoomId> = rooms.iter().map(|room| room.id).collect();
        self.steps.push(Step::Detach(origin.session, guest.id, ids.clone()));
        if !before.is_online() {
            self.take_appearance(id, &guest.author.user, &guest.real_name);
        }
        let mut trace = Trace::default();
        // Who is alone is followed before they leave, lest the room end.
        let (alone, others): (Vec<_>, Vec<_>) = rooms.iter().partition(|room| room.members.len() == 1);
        for room in alone {
            self.follow(room.id, role(room), id, &mut trace);
        }
        self.guest_leaves(&guest, &ids, before.author.nick.as_str(), is_met, &mut trace);
        self.take_over_nick(&guest, &before)?;
        for room in others {
            self.follow(room.id, role(room), id, &mut trace);
        }
        self.inherit_invitations(guest.id, id);
        self.show_sign_in(&guest, id, is_met, &ids, trace);
        self.settle_in(&guest, &before, is_met, origin);
        // Who knows both is shown the account anew, with what it bears.
        self.inherit_metadata(&values, &before, if is_met { &[] } else { &ids }, origin);

        let user = self.user(id).cloned().ok_or(Denied::NotConnected)?;
        self.steps.push(Step::Attach(
            origin.session,
            id,
            Arc::clone(inbox),
            user.rooms.iter().copied().collect(),
        ));
        let ghost = shown_both.then(|| Arc::clone(&before.author));
        let attached = self.attached(user);
        let (was, modes) = (Arc::clone(&guest.author), guest.modes);
        let signed_in = SignedIn { was, modes, ghost, kept, attached };
        self.steps.push(Step::SignedIn(Arc::clone(inbox), Box::new(signed_in)));
        Ok(Outcome::Changed)
    }

    /// A guest may be where the account is banned, and in more rooms than the account may add.
    fn leave_what_stays_closed(&mut self, guest: &Arc<User>, account: &User, origin: Origin) {
        let actor = Actor {
            user: account.id,
            author: Arc::clone(&account.author),
            real_name: account.real_name.clone(),
        };
        let mut count = account.rooms.len();
        for room in self.rooms_of(guest) {
            if account.rooms.contains(&room.id) {
                continue;
            }
            let join = crate::room::decide(&room, &actor, RoomIntent::Join { key: None });
            let reason = if join == Err(Denied::Banned) {
                "This account is banned here"
            } else if count >= self.rules.rooms_per_user_max {
                "This account is in too many rooms"
            } else {
                count += 1;
                continue;
            };
            let entry = self.append(&room, guest, target(&room), Event::Parted { reason: reason.into() });
            self.steps.push(Step::Entry(entry, Some(origin), guest.id));
            self.dissolve_if_deserted(room.id);
        }
    }

    /// Whether somebody sees both the guest and the account: for them two people become one.
    fn are_seen_together(&self, rooms: &[Arc<Room>], account: &User) -> bool {
        let seeing: HashSet<UserId> = rooms.iter().flat_map(|room| room.members.keys().copied()).collect();
        self.rooms_of(account).iter().any(|room| room.members.keys().any(|member| seeing.contains(member)))
    }

    /// The account comes into the guest's room, or is there, and has the guest's role at least.
    fn follow(&mut self, room: RoomId, had: Member, id: UserId, trace: &mut Trace) {
        let (Some(room), Some(account)) = (self.room(room).cloned(), self.user(id).cloned()) else { return };
        if !room.members.contains_key(&id) {
            let joined = Event::Joined { real_name: account.real_name.clone() };
            let entry = self.append(&room, &account, target(&room), joined);
            trace.note(&entry);
            trace.arrivals.push(entry);
        }
        let Some(room) = self.room(room.id).cloned() else { return };
        let has = room.members.get(&id).copied().unwrap_or_default();
        let nick: Nick = account.author.nick.clone();
        let roles = [(Role::Operator, had.operator && !has.operator), (Role::Voice, had.voice && !has.voice)];
        let given = roles.into_iter().filter(|(_, missing)| *missing);
        let changes: Vec<ModeChange> = given
            .map(|(role, _)| ModeChange::Role { role, on: true, user: id, nick: nick.clone() })
            .collect();
        if !changes.is_empty() {
            let entry = self.append(&room, &account, target(&room), Event::ModesChanged { changes });
            trace.note(&entry);
            trace.changes.push(entry);
        }
    }

    fn guest_leaves(
        &mut self,
        guest: &Arc<User>,
        rooms: &[RoomId],
        account: &str,
        is_met: bool,
        trace: &mut Trace,
    ) {
        let reason = format!("Signed in as {account}");
        let mut places = Vec::new();
        for id in rooms {
            let Some(room) = self.room(*id).cloned() else { continue };
            let entry = self.append(&room, guest, target(&room), Event::Quit { reason: reason.clone() });
            places.push((entry.room, entry.seq));
        }
        self.forget(guest);
        if is_met {
            let signal = Signal::Quit { author: Arc::clone(&guest.author), reason, places };
            self.steps.push(Step::Signal(signal, None, Vec::new(), rooms.to_vec()));
        } else {
            trace.places.extend(places);
        }
    }

    /// An account that was not there goes by the guest's nick, unless that looks like somebody.
    fn take_over_nick(&mut self, guest: &User, account: &User) -> Result<(), Denied> {
        let nick = guest.author.nick.clone();
        match self.user(account.id).cloned() {
            Some(present) if !account.is_online() && self.check_nick(&nick, account.id).is_ok() => {
                self.change_nick(&present, nick, None).map(drop)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Invitations of the guest that are not used yet are the account's.
    fn inherit_invitations(&mut self, guest: UserId, account: UserId) {
        let rooms = self.base.rooms.values().chain(self.changes.rooms.values());
        let invited = rooms.filter(|room| room.settings.invited.contains(&guest)).map(|room| room.id);
        for id in invited.collect::<HashSet<_>>() {
            let Some(mut room) = self.room(id).cloned() else { continue };
            let is_member = room.members.contains_key(&account);
            let invited = &mut Arc::make_mut(&mut room).settings.invited;
            let is_new = !is_member && !invited.contains(&account);
            invited.retain(|user| *user != guest);
            if is_new {
                invited.push(account);
            }
            self.changes.rooms.insert(id, room);
        }
    }

    /// Tells those in the guest's rooms: of one who came, where the guest was seen to leave, or of
    /// what is new about the one they know.
    fn show_sign_in(&mut self, guest: &User, id: UserId, is_met: bool, rooms: &[RoomId], trace: Trace) {
        let Some(account) = self.user(id).cloned() else { return };
        let Trace { places, arrivals, changes } = trace;
        if is_met {
            let entries = arrivals.into_iter().chain(changes);
            self.steps.extend(entries.map(|entry| Step::Entry(entry, None, id)));
            return;
        }
        let author = Arc::clone(&guest.author);
        let show =
            |nick: &Nick, signal| Step::Concerning(nick.clone(), signal, None, Vec::new(), rooms.to_vec());
        let name = account.author.account.clone();
        let signal = Signal::Account { author: Arc::clone(&author), account: name, places: places.clone() };
        self.steps.push(show(&author.nick, signal));
        let mut author = author;
        if author.nick.as_str() != account.author.nick.as_str() {
            let nick = account.author.nick.clone();
            let renamed = Arc::new(Author { nick: nick.clone(), ..(*author).clone() });
            let signal = Signal::NickChanged { author, nick, places: places.clone() };
            self.steps.push(Step::Signal(signal, None, Vec::new(), rooms.to_vec()));
            author = renamed;
        }
        let (user, host) = (account.author.user.clone(), account.author.host.clone());
        self.steps.push(show(&account.author.nick, Signal::Host { author, user, host, places }));
        // Its other sessions were not among them.
        self.steps.extend(arrivals.into_iter().map(|entry| Step::Enter(entry, id)));
    }

    /// The session is one of the account's; who was away is so no more.
    fn settle_in(&mut self, guest: &User, before: &User, is_met: bool, origin: Origin) {
        let now = self.now;
        let is_first = !before.is_online();
        self.change_user(before.id, |user| {
            if is_first {
                user.since = now;
                user.modes.set(UserMode::Operator, user.admin);
            }
            user.is_secure = guest.is_secure && (is_first || user.is_secure);
            user.sessions.push(origin.session);
            user.note_absence(origin.session, guest.absence(origin.session));
        });
        let Some(after) = self.user(before.id).cloned() else { return };
        let is_news = before.away_text() != after.away_text();
        let is_news_of_guest = !is_met && guest.away_text() != after.away_text();
        let mut rooms = Vec::new();
        rooms.extend(before.rooms.iter().filter(|_| is_news));
        rooms.extend(guest.rooms.iter().filter(|_| is_news_of_guest));
        if is_news || is_news_of_guest {
            self.signal_away(&after, rooms, None);
        }
    }

    /// What a session finds that belongs to this user from now on.
    pub(super) fn attached(&self, user: Arc<User>) -> Attached {
        let known = user.rooms.union(&user.conversations);
        let rooms = known.filter_map(|id| Some((Arc::clone(self.room(*id)?), self.head(*id)))).collect();
        Attached { user, rooms }
    }
}

impl Trace {
    fn note(&mut self, entry: &Entry) {
        self.places.push((entry.room, entry.seq));
    }
}

fn target(room: &Room) -> Arc<str> {
    room.name().map_or("*", |name| name.as_str()).into()
}
