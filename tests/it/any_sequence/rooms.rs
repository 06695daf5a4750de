//! The model: what a room is after these entries, in the plainest words.

use std::collections::{BTreeMap, BTreeSet};

use chat_secure::room::{Flag, ModeChange, Role};

use super::journal::{Entry, Fact};

/// A room at one moment.
#[derive(Clone, Default)]
pub(super) struct Room {
    /// By person, with the nick.
    members: BTreeMap<String, Member>,
    /// The account whose room it is.
    founder: Option<String>,
    flags: BTreeSet<Flag>,
}

#[derive(Clone)]
struct Member {
    nick: String,
    is_operator: bool,
}

impl Room {
    pub(super) fn has_member(&self, person: &str) -> bool {
        self.members.contains_key(person)
    }

    pub(super) fn has_operator(&self, person: &str) -> bool {
        self.members.get(person).is_some_and(|member| member.is_operator)
    }

    pub(super) fn is_secret(&self) -> bool {
        self.flags.contains(&Flag::Secret)
    }

    /// What it is after this entry.
    pub(super) fn apply(&mut self, entry: &Entry) {
        match &entry.fact {
            Fact::Joined => self.admit(entry),
            Fact::Parted | Fact::Quit => {
                self.members.remove(&entry.person);
            }
            Fact::Kicked(nick) => self.members.retain(|_, member| !member.nick.eq_ignore_ascii_case(nick)),
            Fact::NickChanged(nick) => {
                if let Some(member) = self.members.get_mut(&entry.person) {
                    member.nick.clone_from(nick);
                }
            }
            Fact::ModesChanged(changes) => changes.iter().for_each(|change| self.change(change)),
            Fact::Said { .. } | Fact::Invited | Fact::TopicSet => {}
        }
    }

    fn admit(&mut self, entry: &Entry) {
        let is_first = self.members.is_empty() && self.founder.is_none();
        if is_first && entry.is_account {
            self.founder = Some(entry.person.clone());
        }
        let is_operator = is_first || self.founder.as_ref() == Some(&entry.person);
        self.members.insert(entry.person.clone(), Member { nick: entry.nick.clone(), is_operator });
    }

    fn change(&mut self, change: &ModeChange) {
        if let ModeChange::Flag { flag, on } = change {
            self.flags.remove(flag);
            self.flags.extend(on.then_some(*flag));
        }
        if let ModeChange::Role { role: Role::Operator, on, nick, .. } = change {
            let mut members = self.members.values_mut();
            if let Some(member) = members.find(|member| member.nick.eq_ignore_ascii_case(nick.as_str())) {
                member.is_operator = *on;
            }
        }
    }
}
