//! Metadata: who may set it, how much of it there may be, and who hears of a change.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::limits;
use crate::names::RoomName;
use crate::room::{Denied, Flag, Role};
use crate::store::metadata::{Change, Key};

use super::{Draft, Metadata, Nick, Origin, Outcome, RoomId, Signal, Step, Subject, User, UserId};

/// What bears the metadata that is to change, and who hears of it.
struct Bearer {
    subject: Subject,
    name: Arc<str>,
    users: Vec<UserId>,
    rooms: Vec<RoomId>,
    watched: Option<Nick>,
}

impl Draft<'_> {
    /// Makes all changes, or none if one key too many is among them.
    pub(super) fn set_metadata(
        &mut self,
        me: &Arc<User>,
        room: Option<&RoomName>,
        changes: Vec<Change>,
        origin: Origin,
    ) -> Result<Outcome, Denied> {
        let bearer = match room {
            Some(name) => self.room_that_obeys(me, name)?,
            None => Bearer {
                subject: Subject::User(me.id),
                name: me.author.nick.as_str().into(),
                users: vec![me.id],
                rooms: me.rooms.iter().copied().collect(),
                watched: Some(me.author.nick.clone()),
            },
        };
        let mut metadata = self.metadata_of(bearer.subject).unwrap_or_default();
        let mut made = Vec::new();
        for (key, value) in changes {
            if metadata.get(&key) == value.as_ref() {
                continue;
            }
            let own = Arc::make_mut(&mut metadata);
            match &value {
                Some(value) => own.insert(key.clone(), Arc::clone(value)),
                None => own.remove(&key),
            };
            made.push((key, value));
        }
        // What is too much by an older, higher limit may still be changed and removed.
        let before = self.metadata_of(bearer.subject).map_or(0, |metadata| metadata.len());
        if metadata.len() > limits::METADATA_KEYS_MAX.max(before) {
            return Err(Denied::TooManyKeys);
        }
        if made.is_empty() {
            return Ok(Outcome::Unchanged);
        }
        if metadata.is_empty() {
            self.changes.metadata.remove(bearer.subject);
        } else {
            self.changes.metadata.insert(bearer.subject, metadata);
        }
        for (key, value) in made {
            self.note_metadata(&bearer, (key, value), origin);
        }
        Ok(Outcome::Changed)
    }

    /// What a guest bore is the account's from now on, where that bears nothing else and has room.
    /// Who knew the guest, in these rooms, and who knew the account learn what is new to them.
    pub(super) fn inherit_metadata(
        &mut self,
        guests: &Metadata,
        before: &User,
        acquainted: &[RoomId],
        origin: Origin,
    ) {
        let Some(nick) = self.user(before.id).map(|user| user.author.nick.clone()) else { return };
        let subject = Subject::User(before.id);
        let own = self.metadata_of(subject).unwrap_or_default();
        let mut all = Metadata::clone(&own);
        for (key, value) in guests {
            if all.len() < limits::METADATA_KEYS_MAX {
                all.entry(key.clone()).or_insert_with(|| Arc::clone(value));
            }
        }
        let keys: BTreeSet<&Key> = guests.keys().chain(all.keys()).collect();
        for key in keys.into_iter().filter(|key| guests.get(*key) != own.get(*key)) {
            let value = all.get(key);
            let (mut users, mut rooms) = (Vec::new(), Vec::new());
            if guests.get(key) != value {
                rooms.extend_from_slice(acquainted);
            }
            if own.get(key) != value {
                self.batch.metadata.push((subject, (key.clone(), value.cloned())));
                users.push(before.id);
                rooms.extend(before.rooms.iter().copied());
            }
            let (target, key) = (nick.as_str().into(), key.clone());
            let signal = Signal::Metadata { target, key, value: value.cloned() };
            self.steps.push(Step::Widely(nick.clone(), signal, Some(origin), users, rooms));
        }
        if !all.is_empty() {
            self.changes.metadata.insert(subject, Arc::new(all));
        }
    }

    pub(super) fn metadata_of(&self, subject: Subject) -> Option<Arc<Metadata>> {
        self.changes.metadata.get(&self.base.metadata, &subject).cloned()
    }

    /// A room in which this user may set metadata; nobody learns of a secret one so.
    fn room_that_obeys(&self, me: &User, name: &RoomName) -> Result<Bearer, Denied> {
        let id = self.changes.names.get(&self.base.names, name).copied().ok_or(Denied::NoSuchRoom)?;
        let room = self.room(id).ok_or(Denied::NoSuchRoom)?;
        match room.role(me.id) {
            Some(Role::Founder | Role::Operator) => {}
            None if room.has(Flag::Secret) => return Err(Denied::NoSuchRoom),
            Some(Role::Voice | Role::Member) | None => return Err(Denied::NotOperator),
        }
        let name = room.name().map_or("*", |name| name.as_str()).into();
        Ok(Bearer { subject: Subject::Room(id), name, users: Vec::new(), rooms: vec![id], watched: None })
    }

    /// For the store, unless a guest bears it, and for everybody who may hear of it.
    fn note_metadata(&mut self, bearer: &Bearer, change: Change, origin: Origin) {
        if !matches!(bearer.subject, Subject::User(UserId::Guest(_))) {
            self.batch.metadata.push((bearer.subject, change.clone()));
        }
        let (key, value) = change;
        let signal = Signal::Metadata { target: Arc::clone(&bearer.name), key, value };
        let (users, rooms) = (bearer.users.clone(), bearer.rooms.clone());
        self.steps.push(match &bearer.watched {
            Some(nick) => Step::Widely(nick.clone(), signal, Some(origin), users, rooms),
            None => Step::Signal(signal, Some(origin), users, rooms),
        });
    }
}
