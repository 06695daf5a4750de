//! What a room is at one moment. Changes only by applying an entry.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::ids::{AccountId, IdMap, RoomId, Seq, UserId};
use crate::limits;
use crate::names::RoomName;

use super::entry::Entry;
use super::event::Event;
use super::modes::{Flag, List, ModeChange, Role};

/// A room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its identity.
    pub id: RoomId,
    /// A room with a name, or a direct conversation.
    pub kind: Kind,
    /// When it was made.
    pub created_at: Timestamp,
    /// What was set on it.
    pub settings: Settings,
    /// Who is in it; empty for a direct conversation, whose parties stand in [`Kind::Direct`].
    pub members: IdMap<UserId, Member>,
    /// The last messages that were redacted, for those who looked one up a moment before. Not
    /// stored: whoever looks one up later does not find it.
    pub redacted: Vec<Seq>,
}

/// The two kinds of rooms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Everybody may know it by its name.
    Named(RoomName),
    /// A conversation of two, in ascending order; of one, with oneself, twice the same.
    Direct([Party; 2]),
}

/// One side of a direct conversation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// An account.
    Account(AccountId),
    /// Whoever was a guest under this nick, in its folded form.
    Guest(String),
}

/// A member of a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Member {
    /// Has mode `q`. Follows from [`Settings::founder`] and [`Settings::claimed`], and is stored
    /// nowhere else.
    #[serde(skip)]
    pub founder: bool,
    /// Has mode `o`.
    pub operator: bool,
    /// Has mode `v`.
    pub voice: bool,
}

/// A room's topic.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Topic {
    /// The text, never empty.
    pub text: String,
    /// Who set it, as `nick!user@host`.
    pub setter: String,
    /// When.
    pub at: Timestamp,
}

/// What was set on a room; stored as it is, so every field added later needs a default.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The account that made the room; it is its operator whenever it joins.
    pub founder: Option<AccountId>,
    /// Whether that account has claimed the room: then it has mode `q` whenever it is there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub claimed: bool,
    /// The topic.
    pub topic: Option<Topic>,
    /// The switches that are on.
    pub flags: BTreeSet<Flag>,
    /// The key.
    pub key: Option<String>,
    /// How many members there may be.
    pub limit: Option<u32>,
    /// The lists of masks, oldest first.
    pub lists: BTreeMap<List, Vec<Mask>>,
    /// Who was invited and has not come yet, oldest first.
    pub invited: Vec<UserId>,
    /// Roles of accounts that left and will find them again, oldest first.
    pub kept_roles: Vec<KeptRole>,
    /// When it last got another name.
    pub renamed_at: Option<Timestamp>,
}

/// The role of an account that is not in the room at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KeptRole {
    /// Whose.
    pub account: AccountId,
    /// What it may do when it returns.
    pub member: Member,
}

/// One mask of a list.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Mask {
    /// As it was given.
    pub mask: String,
    /// Who put it there, as `nick!user@host`.
    pub setter: String,
    /// When.
    pub at: Timestamp,
}

impl Member {
    /// The highest role.
    #[must_use]
    pub fn role(self) -> Role {
        if self.founder {
            Role::Founder
        } else if self.operator {
            Role::Operator
        } else if self.voice {
            Role::Voice
        } else {
            Role::Member
        }
    }

    fn set(&mut self, role: Role, on: bool) {
        match role {
            Role::Operator => self.operator = on,
            Role::Voice => self.voice = on,
            // Goes with the room, not with the member.
            Role::Founder | Role::Member => {}
        }
    }
}

impl Room {
    /// A new room with nobody in it; the first to join becomes its operator.
    #[must_use]
    pub fn new(id: RoomId, kind: Kind, created_at: Timestamp) -> Self {
        let mut settings = Settings::default();
        if matches!(kind, Kind::Named(_)) {
            settings.flags = BTreeSet::from([Flag::NoExternal, Flag::TopicLocked]);
        }
        Self { id, kind, created_at, settings, members: IdMap::default(), redacted: Vec::new() }
    }

    /// The name, unless this is a direct conversation.
    #[must_use]
    pub fn name(&self) -> Option<&RoomName> {
        match &self.kind {
            Kind::Named(name) => Some(name),
            Kind::Direct(_) => None,
        }
    }

    /// Whether the switch is on.
    #[must_use]
    pub fn has(&self, flag: Flag) -> bool {
        self.settings.flags.contains(&flag)
    }

    /// Whether nobody is in it and nobody keeps it.
    #[must_use]
    pub fn is_deserted(&self) -> bool {
        self.name().is_some() && self.members.is_empty() && self.settings.founder.is_none()
    }

    /// The masks of a list, oldest first.
    #[must_use]
    pub fn list(&self, list: List) -> &[Mask] {
        self.settings.lists.get(&list).map_or(&[], Vec::as_slice)
    }

    /// The highest role of a member; `None` for who is none.
    #[must_use]
    pub fn role(&self, user: UserId) -> Option<Role> {
        self.members.get(&user).map(|member| member.role())
    }

    /// What a member may do, or who is none and will find it again.
    #[must_use]
    pub fn standing(&self, user: UserId) -> Option<Member> {
        self.members.get(&user).copied().or_else(|| {
            let mut kept = self.settings.kept_roles.iter();
            kept.find(|kept| Some(kept.account) == user.account()).map(|kept| kept.member)
        })
    }

    /// Whether the room is shown to members only, and this is none.
    #[must_use]
    pub fn is_hidden_from(&self, user: UserId) -> bool {
        self.has(Flag::Secret) && !self.members.contains_key(&user)
    }

    /// Ends the memberships of all but accounts that stay, and says whose; they will find their
    /// roles again.
    pub fn dismiss(&mut self, stays: impl Fn(AccountId) -> bool) -> Vec<AccountId> {
        let mut members: Vec<UserId> = self.members.keys().copied().collect();
        members.retain(|user| !user.account().is_some_and(&stays));
        members.sort_unstable();
        for user in &members {
            self.release(*user);
        }
        members.iter().filter_map(|user| user.account()).collect()
    }

    /// Whether it is this account's, or keeps a role for it.
    #[must_use]
    pub fn knows(&self, account: AccountId) -> bool {
        let settings = &self.settings;
        settings.founder == Some(account) || settings.kept_roles.iter().any(|kept| kept.account == account)
    }

    /// Forgets an account that is gone for good.
    pub fn disown(&mut self, account: AccountId) {
        let settings = &mut self.settings;
        if settings.founder == Some(account) {
            (settings.founder, settings.claimed) = (None, false);
        }
        settings.kept_roles.retain(|kept| kept.account != account);
    }

    /// Makes what the entry says true. `user` is who caused it.
    pub fn apply(&mut self, entry: &Entry, user: UserId) {
        match &entry.event {
            Event::Said(_) | Event::Edited(_) | Event::NickChanged { .. } => {}
            Event::Redacted(redacted) => self.forget(redacted.message.seq),
            Event::Joined { .. } => self.admit(user),
            Event::Parted { .. } | Event::Quit { .. } => self.release(user),
            // Who is put out comes back without a role.
            Event::Kicked { user, .. } => {
                self.members.remove(user);
            }
            Event::Renamed { to, .. } => {
                self.kind = Kind::Named(to.clone());
                self.settings.renamed_at = Some(entry.at);
            }
            // Anybody may ask somebody in; only an operator's word opens what is closed.
            Event::Invited { user: invited, .. } => {
                if self.role(user) >= Some(Role::Operator) {
                    self.invite(*invited);
                }
            }
            Event::TopicSet { topic } => {
                let text = topic.clone();
                self.settings.topic = (!text.is_empty()).then(|| Topic {
                    text,
                    setter: entry.author.to_string(),
                    at: entry.at,
                });
            }
            Event::ModesChanged { changes } => {
                for change in changes {
                    self.change(change, entry);
                }
            }
        }
    }

    fn admit(&mut self, user: UserId) {
        self.settings.invited.retain(|invited| *invited != user);
        let first = self.is_deserted();
        if first {
            self.settings.founder = user.account();
        }
        let founder = user.account().is_some() && self.settings.founder == user.account();
        let kept = self.standing(user).unwrap_or_default();
        self.settings.kept_roles.retain(|kept| Some(kept.account) != user.account());
        let operator = first || founder || kept.operator;
        let member = Member { founder: self.is_founder(user), operator, voice: kept.voice };
        self.members.insert(user, member);
    }

    /// Ends a membership; an account will find its role again.
    fn release(&mut self, user: UserId) {
        let Some(member) = self.members.remove(&user) else { return };
        let member = Member { founder: false, ..member };
        let Some(account) = user.account().filter(|_| member.role() > Role::Member) else { return };
        let roles = &mut self.settings.kept_roles;
        roles.retain(|kept| kept.account != account);
        roles.push(KeptRole { account, member });
        if roles.len() > limits::KEPT_ROLES_MAX {
            roles.remove(0);
        }
    }

    fn forget(&mut self, message: Seq) {
        self.redacted.push(message);
        if self.redacted.len() > limits::REDACTED_MAX {
            self.redacted.remove(0);
        }
    }

    fn invite(&mut self, user: UserId) {
        let invited = &mut self.settings.invited;
        invited.retain(|other| *other != user);
        invited.push(user);
        if invited.len() > limits::INVITED_MAX {
            invited.remove(0);
        }
    }

    fn change(&mut self, change: &ModeChange, entry: &Entry) {
        let settings = &mut self.settings;
        match change {
            ModeChange::Role { role: Role::Founder, on, user, .. } => self.crown(*on, *user),
            ModeChange::Flag { flag, on: true } => {
                settings.flags.insert(*flag);
            }
            ModeChange::Flag { flag, on: false } => {
                settings.flags.remove(flag);
            }
            ModeChange::Key(key) => settings.key.clone_from(key),
            ModeChange::Limit(limit) => settings.limit = *limit,
            ModeChange::Role { role, on, user, .. } => {
                if let Some(member) = self.members.get_mut(user) {
                    member.set(*role, *on);
                }
                // Of who is not here a role can only be taken.
                for kept in &mut settings.kept_roles {
                    if Some(kept.account) == user.account() {
                        kept.member.set(*role, *on);
                    }
                }
                settings.kept_roles.retain(|kept| kept.member.role() > Role::Member);
            }
            ModeChange::List { list, on, mask } => {
                let masks = settings.lists.entry(*list).or_default();
                masks.retain(|other| !other.mask.eq_ignore_ascii_case(mask));
                if *on {
                    let setter = entry.author.to_string();
                    masks.push(Mask { mask: mask.clone(), setter, at: entry.at });
                }
            }
        }
    }
}

impl Kind {
    /// The direct conversation of these two.
    #[must_use]
    pub fn direct(one: Party, other: Party) -> Self {
        let mut parties = [one, other];
        parties.sort();
        Self::Direct(parties)
    }
}
