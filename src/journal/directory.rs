//! The directory: rooms and users as the last commit left them. Read by all, changed by the writer.
//!
//! Never shows anything that is not committed. Readers hold its lock for a look-up only.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::clock::Timestamp;
use crate::ids::{AccountId, RoomId, UserId};
use crate::names::{self, AccountName, Nick, RoomName};
use crate::room::{Author, Kind, Party, Room};
use crate::store::{Head, Loaded, accounts::Account, accounts::AccountRole};

use super::user::User;

/// The state of everything, behind a lock.
#[derive(Debug, Default)]
pub struct Directory {
    world: RwLock<World>,
}

/// The state of everything.
#[derive(Debug, Default)]
pub struct World {
    /// Rooms and direct conversations.
    pub rooms: HashMap<RoomId, Arc<Room>>,
    /// How far each of them has come.
    pub heads: HashMap<RoomId, Head>,
    /// Rooms by name.
    pub names: HashMap<RoomName, RoomId>,
    /// Direct conversations by their parties.
    pub directs: HashMap<[Party; 2], RoomId>,
    /// All accounts and the guests that are there.
    pub users: HashMap<UserId, Arc<User>>,
    /// Users by nick.
    pub nicks: HashMap<Nick, UserId>,
    /// Accounts by name.
    pub accounts: HashMap<AccountName, AccountId>,
    /// Accounts by what their names look like.
    pub skeletons: HashMap<String, AccountId>,
    /// The highest identity ever given to a room.
    pub last_room: RoomId,
    /// No entry is later.
    pub last_at: Timestamp,
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

    /// The rooms a user is in, direct conversations included, with their heads.
    #[must_use]
    pub fn rooms_of(&self, id: UserId) -> Vec<(Arc<Room>, Head)> {
        let world = self.read();
        let Some(user) = world.users.get(&id) else { return Vec::new() };
        user.rooms
            .iter()
            .filter_map(|room| Some((Arc::clone(world.rooms.get(room)?), world.head(*room))))
            .collect()
    }
}

impl World {
    /// The state at start: rooms as they were stored, all accounts absent.
    #[must_use]
    pub fn new(loaded: Loaded, accounts: Vec<Account>) -> Self {
        let mut world = Self { last_room: loaded.last_room, last_at: loaded.last_at, ..Self::default() };
        for account in accounts {
            world.introduce(&account);
        }
        for (room, head) in loaded.rooms {
            world.take_in(room, head);
        }
        world
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

    /// Adds an account as an absent user. If its nick is taken it goes by its name.
    pub(super) fn introduce(&mut self, account: &Account) {
        let id = UserId::Account(account.id);
        let own = Nick::from(&account.name);
        let nick = if self.nicks.contains_key(&account.nick) { own } else { account.nick.clone() };
        self.nicks.insert(nick.clone(), id);
        self.accounts.insert(account.name.clone(), account.id);
        self.skeletons.insert(names::skeleton(account.name.as_str()), account.id);
        self.users.insert(id, Arc::new(absent(account, nick)));
    }

    fn take_in(&mut self, mut room: Room, head: Head) {
        // A guest of an earlier run is nobody in this one, though a session may have the same number.
        room.settings.invited.retain(|user| user.account().is_some());
        let id = room.id;
        let mut users: Vec<UserId> = room.members.keys().copied().collect();
        match &room.kind {
            Kind::Named(name) => {
                self.names.insert(name.clone(), id);
            }
            Kind::Direct(parties) => {
                self.directs.insert(parties.clone(), id);
                users.extend(parties.iter().filter_map(|party| match party {
                    Party::Account(account) => Some(UserId::Account(*account)),
                    Party::Guest(_) => None,
                }));
            }
        }
        for user in users {
            if let Some(user) = self.users.get_mut(&user) {
                Arc::make_mut(user).rooms.insert(id);
            }
        }
        self.heads.insert(id, head);
        self.rooms.insert(id, Arc::new(room));
    }
}

/// An account that is not there.
pub(super) fn absent(account: &Account, nick: Nick) -> User {
    let author = Author {
        nick,
        user: account.name.folded(),
        host: account_host(&account.name),
        account: Some(account.name.clone()),
        bot: false,
    };
    User {
        id: UserId::Account(account.id),
        author: Arc::new(author),
        real_name: account.name.to_string(),
        away: None,
        admin: account.role == AccountRole::Admin,
        invisible: false,
        sessions: Vec::new(),
        since: account.seen_at.unwrap_or(account.created_at),
        rooms: std::collections::BTreeSet::new(),
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
pub(super) struct Overlay<K, V> {
    changed: HashMap<K, Option<V>>,
}

impl<K, V> Default for Overlay<K, V> {
    fn default() -> Self {
        Self { changed: HashMap::new() }
    }
}

impl<K: Eq + Hash, V> Overlay<K, V> {
    /// The value as it will be.
    pub(super) fn get<'a>(&'a self, base: &'a HashMap<K, V>, key: &K) -> Option<&'a V> {
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

    /// The values that will be new.
    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.changed.values().flatten()
    }

    /// Makes the changes.
    pub(super) fn apply(self, base: &mut HashMap<K, V>) {
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
