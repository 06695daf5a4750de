//! The directory: rooms and users as the last commit left them. Read by all, changed by the writer.
//!
//! Never shows anything that is not committed. Readers hold its lock for a look-up only.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::clock::Timestamp;
use crate::ids::{AccountId, IdHasher, IdMap, RoomId, UserId};
use crate::names::{self, AccountName, Nick, RoomName, is_reserved};
use crate::room::{Author, Kind, Party, Room};
use crate::store::metadata::{Metadata, Subject};
use crate::store::{Head, Loaded, accounts::Account, accounts::AccountRole};

use super::departed::Presences;
use super::user::User;
use super::user_mode::{UserMode, UserModes};

/// The state of everything, behind a lock.
#[derive(Debug, Default)]
pub struct Directory {
    world: RwLock<World>,
}

/// The state of everything.
#[derive(Debug, Default)]
pub struct World {
    /// Rooms and direct conversations.
    pub rooms: IdMap<RoomId, Arc<Room>>,
    /// How far each of them has come.
    pub heads: IdMap<RoomId, Head>,
    /// Rooms by name.
    pub names: HashMap<RoomName, RoomId>,
    /// Direct conversations by their parties.
    pub directs: HashMap<[Party; 2], RoomId>,
    /// All accounts and the guests that are there.
    pub users: IdMap<UserId, Arc<User>>,
    /// Users by nick.
    pub nicks: HashMap<Nick, UserId>,
    /// Accounts by name.
    pub accounts: HashMap<AccountName, AccountId>,
    /// Accounts by what their names look like.
    pub skeletons: HashMap<String, AccountId>,
    /// What users and rooms bear; who bears nothing is not in it.
    pub metadata: HashMap<Subject, Arc<Metadata>>,
    /// The highest identity ever given to a room.
    pub last_room: RoomId,
    /// No entry is later.
    pub last_at: Timestamp,
    /// How many are and were there, and who has left.
    pub presences: Presences,
}

impl Directory {
    /// Begins with this state.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self { world: RwLock::new(world) }
    }

    /// A look at everything. Not to be held over an await or together with another lock.
    pub fn read(&self) -> RwLockReadGuard<'_, World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, World> {
        self.world.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The room of this name.
    #[must_use]
    pub fn room(&self, name: &RoomName) -> Option<Arc<Room>> {
        self.read().room(name).cloned()
    }

    /// The user of this nick; an account that goes by another nick also by its name.
    #[must_use]
    pub fn user_by_nick(&self, nick: &str) -> Option<Arc<User>> {
        let nick = Nick::parse(nick).ok()?;
        self.read().user_by_nick(&nick).cloned()
    }

    /// The user.
    #[must_use]
    pub fn user(&self, id: UserId) -> Option<Arc<User>> {
        self.read().users.get(&id).cloned()
    }

    /// The rooms a user is in and their direct conversations, with the heads.
    #[must_use]
    pub fn rooms_of(&self, id: UserId) -> Vec<(Arc<Room>, Head)> {
        let world = self.read();
        let Some(user) = world.users.get(&id) else { return Vec::new() };
        user.rooms
            .union(&user.conversations)
            .filter_map(|room| Some((Arc::clone(world.rooms.get(room)?), world.head(*room))))
            .collect()
    }
}

impl World {
    /// The state at start: rooms as they were stored, all accounts absent.
    #[must_use]
    pub fn new(loaded: Loaded, accounts: &[Account], modes: UserModes) -> Self {
        let mut world = Self { last_room: loaded.last_room, last_at: loaded.last_at, ..Self::default() };
        for account in accounts {
            world.accounts.insert(account.name.clone(), account.id);
            world.skeletons.insert(names::skeleton(account.name.as_str()), account.id);
        }
        for account in accounts {
            world.introduce(account, modes);
        }
        for (account, modes) in &loaded.modes {
            // Letters of a later version mean nothing here.
            let Some(modes) = UserModes::parse(modes) else { continue };
            if let Some(user) = world.users.get_mut(&UserId::Account(*account)) {
                let user = Arc::make_mut(user);
                user.modes = modes;
                user.set_bot(modes.has(UserMode::Bot));
            }
        }
        for (room, head) in loaded.rooms {
            world.take_in(room, head);
        }
        for (subject, metadata) in loaded.metadata {
            if world.bears(subject) {
                world.metadata.insert(subject, Arc::new(metadata));
            }
        }
        world
    }

    /// Rooms that nobody is in and nobody founded: those of guests, who are gone.
    #[must_use]
    pub fn deserted(&self) -> Vec<RoomId> {
        let deserted = self.rooms.values().filter(|room| room.is_deserted());
        deserted.map(|room| room.id).collect()
    }

    /// Takes a room out.
    pub(super) fn remove(&mut self, id: RoomId) {
        if let Some(name) = self.rooms.remove(&id).and_then(|room| room.name().cloned()) {
            self.names.remove(&name);
        }
        self.heads.remove(&id);
        self.metadata.remove(&Subject::Room(id));
    }

    /// What a user or a room bears.
    #[must_use]
    pub fn metadata_of(&self, subject: Subject) -> Option<&Arc<Metadata>> {
        self.metadata.get(&subject)
    }

    fn bears(&self, subject: Subject) -> bool {
        match subject {
            Subject::User(id) => self.users.contains_key(&id),
            Subject::Room(id) => self.rooms.contains_key(&id),
        }
    }

    /// The room of this name.
    #[must_use]
    pub fn room(&self, name: &RoomName) -> Option<&Arc<Room>> {
        self.rooms.get(self.names.get(name)?)
    }

    /// How far a room has come.
    #[must_use]
    pub fn head(&self, room: RoomId) -> Head {
        self.heads.get(&room).copied().unwrap_or_default()
    }

    /// The user of this nick; an account that goes by another nick also by its name.
    #[must_use]
    pub fn user_by_nick(&self, nick: &Nick) -> Option<&Arc<User>> {
        if let Some(id) = self.nicks.get(nick) {
            return self.users.get(id);
        }
        let name = AccountName::parse(nick.as_str()).ok()?;
        self.users.get(&UserId::Account(*self.accounts.get(&name)?))
    }

    /// Adds an account as an absent user. It keeps its nick unless somebody else has a right to it.
    fn introduce(&mut self, account: &Account, modes: UserModes) {
        let id = UserId::Account(account.id);
        let owner = self.skeletons.get(&names::skeleton(account.nick.as_str()));
        let is_free =
            !self.nicks.contains_key(&account.nick) && owner.is_none_or(|owner| *owner == account.id);
        let is_free =
            is_free && (account.nick == Nick::from(&account.name) || !is_reserved(account.nick.as_str()));
        let nick = if is_free { account.nick.clone() } else { Nick::from(&account.name) };
        self.nicks.insert(nick.clone(), id);
        self.users.insert(id, Arc::new(absent(account, nick, modes)));
    }

    fn take_in(&mut self, mut room: Room, head: Head) {
        let id = room.id;
        let is_known = |user: &UserId| self.users.contains_key(user);
        // A guest of an earlier run is nobody in this one, though a session may have the same number.
        room.settings.invited.retain(is_known);
        if let Some(founder) = room.settings.founder.filter(|founder| !is_known(&UserId::Account(*founder))) {
            room.disown(founder);
        }
        room.settings.kept_roles.retain(|kept| is_known(&UserId::Account(kept.account)));
        match &room.kind {
            Kind::Named(name) => {
                self.names.insert(name.clone(), id);
                for user in room.members.keys() {
                    if let Some(user) = self.users.get_mut(user) {
                        Arc::make_mut(user).rooms.insert(id);
                    }
                }
            }
            Kind::Direct(parties) => {
                self.directs.insert(parties.clone(), id);
                for party in parties {
                    let Party::Account(account) = party else { continue };
                    if let Some(user) = self.users.get_mut(&UserId::Account(*account)) {
                        Arc::make_mut(user).conversations.insert(id);
                    }
                }
            }
        }
        self.heads.insert(id, head);
        self.rooms.insert(id, Arc::new(room));
    }
}

/// An account that is not there.
pub(super) fn absent(account: &Account, nick: Nick, modes: UserModes) -> User {
    let author = Author {
        nick,
        user: account.name.folded(),
        host: account_host(&account.name),
        account: Some(account.name.clone()),
        bot: modes.has(UserMode::Bot),
    };
    User {
        id: UserId::Account(account.id),
        author: Arc::new(author),
        real_name: account.name.to_string(),
        admin: account.role == AccountRole::Admin,
        modes,
        operator_by: None,
        accepted: Vec::new(),
        sessions: Vec::new(),
        absences: Vec::new(),
        since: account.seen_at.unwrap_or(account.created_at),
        created_at: account.created_at,
        rooms: BTreeSet::new(),
        conversations: BTreeSet::new(),
        is_secure: false,
        always_on: account.always_on,
    }
}

/// The host shown for an account: the same on every device, and no address.
#[must_use]
pub fn account_host(name: &AccountName) -> String {
    let name: String = name
        .folded()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '-' })
        .collect();
    format!("{name}.users")
}

/// Changes to a map that are not made yet.
#[derive(Debug)]
pub(super) struct Overlay<K, V, S = RandomState> {
    changed: HashMap<K, Option<V>, S>,
}

/// The same for a map by ids.
pub(super) type IdOverlay<K, V> = Overlay<K, V, IdHasher>;

impl<K, V, S: Default> Default for Overlay<K, V, S> {
    fn default() -> Self {
        Self { changed: HashMap::default() }
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> Overlay<K, V, S> {
    /// The value as it will be.
    pub(super) fn get<'a>(&'a self, base: &'a HashMap<K, V, S>, key: &K) -> Option<&'a V> {
        match self.changed.get(key) {
            Some(changed) => changed.as_ref(),
            None => base.get(key),
        }
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        self.changed.insert(key, Some(value));
    }

    pub(super) fn remove(&mut self, key: K) {
        self.changed.insert(key, None);
    }

    /// How many there will be.
    pub(super) fn len(&self, base: &HashMap<K, V, S>) -> usize {
        let added = self.iter().filter(|(key, value)| value.is_some() && !base.contains_key(key)).count();
        let removed = self.iter().filter(|(key, value)| value.is_none() && base.contains_key(key)).count();
        base.len() + added - removed
    }

    /// What is changed, with the values that will be.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, Option<&V>)> {
        self.changed.iter().map(|(key, value)| (key, value.as_ref()))
    }

    /// The values that will be new.
    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.changed.values().flatten()
    }

    /// Makes the changes.
    pub(super) fn apply(self, base: &mut HashMap<K, V, S>) {
        for (key, value) in self.changed {
            match value {
                Some(value) => {
                    // The old key would keep the old spelling of a name.
                    base.remove(&key);
                    base.insert(key, value);
                }
                None => {
                    base.remove(&key);
                }
            }
        }
    }
}
