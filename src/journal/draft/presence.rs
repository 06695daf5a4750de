//! Coming, going, and what one is called meanwhile.

use std::sync::Arc;

use crate::journal::user_mode::UserMode;
use crate::room::{self, Event};

use super::{
    Absence, Account, AccountId, Attach, Author, BTreeSet, Denied, Draft, Nick, Origin, Outcome, RoomId,
    SessionId, Signal, Step, Subject, User, UserId, absent, names,
};

impl Draft<'_> {
    pub(super) fn attach(&mut self, session: SessionId, attach: Attach) -> Result<Outcome, Denied> {
        let id = attach.account.map_or(UserId::Guest(session), UserId::Account);
        let before = self.user(id).cloned();
        match &before {
            Some(user) => self.return_to(user, &attach)?,
            None if attach.account.is_some() => return Err(Denied::NotConnected),
            None => self.welcome_guest(id, &attach)?,
        }
        let first = self.user(id).is_some_and(|user| !user.is_online());
        let now = self.now;
        self.change_user(id, |user| {
            if first {
                user.since = now;
                user.modes.set(UserMode::Operator, user.admin);
            }
            user.is_secure = attach.is_secure && (first || user.is_secure);
            user.sessions.push(session);
            user.note_absence(session, attach.absence);
        });
        let user = self.user(id).cloned().ok_or(Denied::NotConnected)?;
        if let Some(before) = before {
            self.signal_presence(&before, &user, None);
        }
        let rooms: Vec<RoomId> = user.rooms.iter().copied().collect();
        self.steps.push(Step::Attach(session, id, attach.inbox, rooms));
        Ok(Outcome::Attached(Box::new(self.attached(user))))
    }

    /// An account's first session sets nick, user name and real name; the others find them.
    fn return_to(&mut self, user: &Arc<User>, attach: &Attach) -> Result<(), Denied> {
        if user.is_online() {
            return Ok(());
        }
        if !self.storeless {
            self.change_nick(user, attach.nick.clone(), None)?;
        }
        self.take_appearance(user.id, &attach.user, &attach.real_name);
        Ok(())
    }

    /// An account appears under this user name and real name; its rooms are told what is new.
    pub(super) fn take_appearance(&mut self, id: UserId, name: &str, real_name: &str) {
        let Some(known) = self.user(id).cloned() else { return };
        let author = Arc::new(Author { user: name.to_owned(), ..(*known.author).clone() });
        self.change_user(id, |user| {
            user.author = Arc::clone(&author);
            user.real_name = real_name.to_owned();
        });
        let rooms = || known.rooms.iter().copied().collect();
        if known.author.user != name {
            let (user, host) = (name.to_owned(), known.author.host.clone());
            let signal = Signal::Host { author: Arc::clone(&known.author), user, host, places: Vec::new() };
            self.steps.push(Step::Signal(signal, None, Vec::new(), rooms()));
        }
        if known.real_name != real_name {
            let signal = Signal::RealName { author, real_name: real_name.to_owned() };
            self.steps.push(Step::Signal(signal, None, Vec::new(), rooms()));
        }
    }

    fn welcome_guest(&mut self, id: UserId, attach: &Attach) -> Result<(), Denied> {
        self.check_nick(&attach.nick, id)?;
        let author = Author {
            nick: attach.nick.clone(),
            user: attach.user.clone(),
            host: attach.host.clone(),
            account: None,
            bot: self.rules.default_user_modes.has(UserMode::Bot),
        };
        let user = User {
            id,
            author: Arc::new(author),
            real_name: attach.real_name.clone(),
            admin: false,
            modes: self.rules.default_user_modes,
            operator_by: None,
            accepted: Vec::new(),
            sessions: Vec::new(),
            absences: Vec::new(),
            since: self.now,
            created_at: self.now,
            rooms: BTreeSet::new(),
            conversations: BTreeSet::new(),
            is_secure: false,
            always_on: None,
        };
        self.stir(id);
        self.changes.nicks.insert(attach.nick.clone(), id);
        self.changes.users.insert(id, Arc::new(user));
        Ok(())
    }

    pub(super) fn detach(&mut self, session: SessionId, id: UserId, reason: &str) -> Result<Outcome, Denied> {
        let Some(user) = self.user(id).filter(|user| user.sessions.contains(&session)).cloned() else {
            return Err(Denied::NotConnected);
        };
        let rooms = user.rooms.iter().copied().collect();
        self.steps.push(Step::Detach(session, id, rooms));
        self.unwatch(session, None);
        self.change_user(id, |user| user.lose(session));
        let stays = user.stays(self.rules.always_on);
        if let Some(after) = self.user(id).cloned()
            && (stays || after.is_online())
        {
            self.signal_presence(&user, &after, None);
        }
        if user.sessions.len() > 1 {
            return Ok(Outcome::Changed);
        }
        self.end_presence(id);
        let now = self.now;
        match id {
            UserId::Account(_) if stays => {
                self.change_user(id, |user| user.since = now);
            }
            UserId::Account(_) => self.go(&user, reason),
            UserId::Guest(_) => {
                self.leave_all(&user, reason);
                self.forget(&user);
            }
        }
        Ok(Outcome::Changed)
    }

    /// An account that does not stay is in no room any more, and goes by its name.
    pub(super) fn go(&mut self, user: &Arc<User>, reason: &str) {
        self.leave_all(user, reason);
        self.rename_to_account(user);
    }

    pub(super) fn introduce(&mut self, account: &Account) -> Outcome {
        let nick = Nick::from(&account.name);
        let id = UserId::Account(account.id);
        // A guest who goes by this name at the moment keeps it until they leave.
        if self.changes.nicks.get(&self.base.nicks, &nick).is_none() {
            self.changes.nicks.insert(nick.clone(), id);
        }
        self.changes.accounts.insert(account.name.clone(), account.id);
        self.changes.skeletons.insert(names::skeleton(account.name.as_str()), account.id);
        self.changes.users.insert(id, Arc::new(absent(account, nick, self.rules.default_user_modes)));
        Outcome::Changed
    }

    pub(super) fn expel(&mut self, account: AccountId, reason: &str, forget: bool) -> Outcome {
        let Some(user) = self.user(UserId::Account(account)).cloned() else { return Outcome::Unchanged };
        self.steps.push(Step::Close(user.id, reason.to_owned()));
        self.end_operators_by(account);
        if forget {
            self.leave_all(&user, reason);
            for session in &user.sessions {
                let rooms = user.rooms.iter().copied().collect();
                self.steps.push(Step::Detach(*session, user.id, rooms));
                self.unwatch(*session, None);
            }
            self.forget(&user);
            self.disown_rooms(account);
        }
        Outcome::Changed
    }

    /// The rooms of an account that is gone have no founder any more and keep no role for it.
    fn disown_rooms(&mut self, account: AccountId) {
        let new = self.changes.rooms.values().map(|room| room.id);
        for id in self.base.rooms.keys().copied().chain(new).collect::<BTreeSet<_>>() {
            let Some(room) = self.room(id).filter(|room| room.knows(account)) else { continue };
            let mut room = Arc::clone(room);
            Arc::make_mut(&mut room).disown(account);
            self.changes.rooms.insert(id, room);
            if !self.storeless {
                self.dissolve_if_deserted(id);
            }
        }
    }

    pub(super) fn change_nick(
        &mut self,
        me: &Arc<User>,
        nick: Nick,
        origin: Option<Origin>,
    ) -> Result<Outcome, Denied> {
        let old = &me.author.nick;
        let holder = self.changes.nicks.get(&self.base.nicks, &nick);
        if old.as_str() == nick.as_str() && holder == Some(&me.id) {
            return Ok(Outcome::Unchanged);
        }
        self.check_nick(&nick, me.id)?;
        if origin.is_some() && *old != nick {
            self.check_bans(me)?;
        }
        let mut places = Vec::new();
        for room in self.rooms_of(me) {
            let target = room.name().map_or("*", |name| name.as_str()).into();
            let entry = self.append(&room, me, target, Event::NickChanged { nick: nick.clone() });
            places.push((entry.room, entry.seq));
        }
        let rooms = places.iter().map(|(room, _)| *room).collect();
        let author = Arc::clone(&me.author);
        let signal = Signal::NickChanged { author, nick: nick.clone(), places };
        self.steps.push(Step::Signal(signal, origin, vec![me.id], rooms));
        self.rename(me, nick);
        Ok(Outcome::Changed)
    }

    /// Whether this user may go by this nick: nobody else does, and it is nobody's name or
    /// looks like one.
    pub(super) fn check_nick(&self, nick: &Nick, id: UserId) -> Result<(), Denied> {
        let holder = self.changes.nicks.get(&self.base.nicks, nick);
        let skeleton = names::skeleton(nick.as_str());
        let owner = self.changes.skeletons.get(&self.base.skeletons, &skeleton).copied().map(UserId::Account);
        let is_taken = match owner {
            Some(owner) => owner != id,
            None => names::is_reserved(nick.as_str()),
        };
        if is_taken || holder.is_some_and(|holder| *holder != id) {
            return Err(Denied::NickInUse(nick.clone()));
        }
        Ok(())
    }

    /// Whether no room bans this user, who could shed the ban with the nick.
    fn check_bans(&self, me: &User) -> Result<(), Denied> {
        let rooms = me.rooms.iter().filter_map(|id| self.room(*id));
        let mut banning = rooms.filter(|room| room::is_silenced(room, me.id, &me.author));
        match banning.find_map(|room| room.name()) {
            Some(name) => Err(Denied::BannedFromNick(name.clone())),
            None => Ok(()),
        }
    }

    fn rename(&mut self, me: &User, nick: Nick) {
        self.release_nick(me);
        self.changes.nicks.insert(nick.clone(), me.id);
        let now = self.now;
        if let UserId::Account(account) = me.id {
            self.batch.nicks.push((account, nick.clone()));
        } else {
            // A guest's conversations belong to the nick, and begin when it was taken.
            self.change_user(me.id, |user| {
                user.since = now;
                user.conversations.clear();
            });
        }
        self.change_user(me.id, |user| {
            user.author = Arc::new(Author { nick, ..(*user.author).clone() });
        });
    }

    /// An account that is not present goes by its name, so that the nick it had is free.
    fn rename_to_account(&mut self, user: &User) {
        if let Some(account) = &user.author.account
            && user.author.nick.as_str() != account.as_str()
        {
            self.rename(user, Nick::from(account));
        }
    }

    /// Takes a user out of all named rooms; everybody there is told once.
    fn leave_all(&mut self, user: &Arc<User>, reason: &str) {
        let rooms = self.rooms_of(user);
        let mut places = Vec::new();
        for room in &rooms {
            if self.storeless {
                self.remove_silently(room, user.id);
            } else {
                let target = room.name().map_or("*", |name| name.as_str()).into();
                let entry = self.append(room, user, target, Event::Quit { reason: reason.to_owned() });
                places.push((entry.room, entry.seq));
            }
        }
        let ids: Vec<RoomId> = rooms.iter().map(|room| room.id).collect();
        let signal = Signal::Quit { author: Arc::clone(&user.author), reason: reason.to_owned(), places };
        self.steps.push(Step::Signal(signal, None, Vec::new(), ids.clone()));
        for room in ids {
            self.steps.push(Step::Leave(user.id, room));
            if !self.storeless {
                self.dissolve_if_deserted(room);
            }
        }
    }

    /// Ends a membership that the store does not know or can't be told about.
    fn remove_silently(&mut self, room: &Arc<super::Room>, user: UserId) {
        let mut room = Arc::clone(room);
        Arc::make_mut(&mut room).members.remove(&user);
        let id = room.id;
        self.changes.rooms.insert(id, room);
        self.change_user(user, |user| {
            user.rooms.remove(&id);
        });
    }

    pub(super) fn forget(&mut self, user: &User) {
        self.release_nick(user);
        if let Some(account) = &user.author.account {
            self.changes.accounts.remove(account.clone());
            self.changes.skeletons.remove(names::skeleton(account.as_str()));
        }
        self.stir(user.id);
        self.changes.metadata.remove(Subject::User(user.id));
        self.changes.users.remove(user.id);
    }

    /// Frees a user's nick, unless somebody else has it by now.
    fn release_nick(&mut self, user: &User) {
        if self.changes.nicks.get(&self.base.nicks, &user.author.nick) == Some(&user.id) {
            self.changes.nicks.remove(user.author.nick.clone());
        }
    }

    pub(super) fn set_away(&mut self, me: &Arc<User>, absence: Absence, origin: Origin) -> Outcome {
        self.change_user(me.id, |user| user.note_absence(origin.session, absence));
        let Some(after) = self.user(me.id).cloned() else { return Outcome::Unchanged };
        self.signal_presence(me, &after, Some(origin))
    }

    /// Tells a user's rooms if they went away or came back.
    pub(super) fn signal_presence(&mut self, before: &User, after: &User, origin: Option<Origin>) -> Outcome {
        if before.away_text() == after.away_text() {
            return Outcome::Unchanged;
        }
        if before.is_online() && after.is_online() {
            let text = after.away_text().map(str::to_owned);
            let signal = Signal::Away { author: Arc::clone(&after.author), text };
            self.show_around(after, signal, origin, Vec::new());
        } else {
            // Who watches is told that they came or went.
            self.signal_away(after, after.rooms.iter().copied().collect(), origin);
        }
        Outcome::Changed
    }

    pub(super) fn signal_away(&mut self, user: &User, rooms: Vec<RoomId>, origin: Option<Origin>) {
        let text = user.away_text().map(str::to_owned);
        let signal = Signal::Away { author: Arc::clone(&user.author), text };
        self.steps.push(Step::Signal(signal, origin, Vec::new(), rooms));
    }

    pub(super) fn set_real_name(&mut self, me: &Arc<User>, real_name: String, origin: Origin) -> Outcome {
        self.change_user(me.id, |user| user.real_name.clone_from(&real_name));
        let signal = Signal::RealName { author: Arc::clone(&me.author), real_name };
        self.show_around(me, signal, Some(origin), vec![me.id]);
        Outcome::Changed
    }
}
