//! Who is in a room: lists of them, their roles and accounts.
//!
//! Source: modern.ircdocs.horse, NAMES and WHO; IRCv3 whox, account-notify, no-implicit-names.

use std::collections::BTreeSet;

use crate::client::event::{Event, Member, Presence};
use crate::protocol::{Line, Message};

use super::registration::last;
use super::{COLLECTED_MAX, State, fold, is_room};

/// Room, nick, flags and account, marked as our question.
const WHOX_FIELDS: &str = "%tcnfa,742";
const WHOX_TOKEN: &str = "742";

impl State {
    pub(super) fn ask_members(&mut self, room: &str) {
        let line = Line::new("WHO").param(room);
        self.lines.push_back(if self.link.tokens.whox { line.param(WHOX_FIELDS) } else { line });
    }

    /// `353 <me> <=|@> <room> :@bob carol`
    pub(super) fn names(&mut self, message: &Message<'_>) {
        for name in last(message).split_whitespace() {
            let (prefix, nick) = self.link.tokens.cut(name);
            let (prefix, nick) = (prefix.to_owned(), nick.split('!').next().unwrap_or(nick).to_owned());
            let presence = self.presences.get(&fold(&nick)).cloned().unwrap_or(Presence::Online);
            if self.link.names.len() < COLLECTED_MAX {
                self.link.names.push(Member { nick, prefix, presence, account: None });
            }
        }
    }

    /// `352 <me> <room> <user> <host> <server> <nick> <flags> :…`
    pub(super) fn who(&mut self, message: &Message<'_>) {
        self.found_member(message.param(5), message.param(6), None);
    }

    /// `354 <me> 742 <room> <nick> <flags> <account>`
    pub(super) fn whox(&mut self, message: &Message<'_>) {
        if message.param(1) == Some(WHOX_TOKEN) {
            let account = message.filled(5).filter(|account| *account != "0").map(str::to_owned);
            self.found_member(message.param(3), message.param(4), account);
        }
    }

    fn found_member(&mut self, nick: Option<&str>, flags: Option<&str>, account: Option<String>) {
        let (nick, flags) = (nick.unwrap_or_default().to_owned(), flags.unwrap_or_default());
        let prefix = self.link.tokens.ordered(flags.trim_start_matches(['H', 'G', '*']));
        let known = self.presences.get(&fold(&nick)).filter(|presence| **presence != Presence::Online);
        let presence = match known {
            _ if !flags.starts_with('G') => Presence::Online,
            Some(presence) => presence.clone(),
            None => Presence::Away(String::new()),
        };
        if self.link.who.len() < COLLECTED_MAX {
            self.link.who.push(Member { nick, prefix, presence, account });
        }
    }

    /// The list is complete.
    pub(super) fn list_members(&mut self, message: &Message<'_>, members: Vec<Member>) {
        let room = message.param(1).unwrap_or_default().to_owned();
        let unclear = |member: &&Member| member.presence == Presence::Away(String::new());
        let unclear: BTreeSet<_> = members.iter().filter(unclear).map(|member| member.nick.clone()).collect();
        if self.profile.watches
            && let Some(known) = self.conversations.get_mut(&fold(&room)).filter(|_| is_room(&room))
        {
            known.members =
                members.iter().map(|member| (fold(&member.nick), member.prefix.clone())).collect();
        }
        self.events.push_back(Event::Members { room, members });
        if self.profile.watches && !unclear.is_empty() {
            for nick in &unclear {
                if self.presences.len() < COLLECTED_MAX {
                    self.presences.insert(fold(nick), Presence::Away(String::new()));
                }
            }
            self.look_for(&unclear);
        }
    }

    /// Somebody came: without a role at first.
    pub(super) fn add_member(&mut self, room: &str, nick: &str) {
        if let Some(known) = self.conversations.get_mut(&fold(room)).filter(|_| self.profile.watches)
            && known.members.len() < COLLECTED_MAX
        {
            known.members.insert(fold(nick), String::new());
        }
    }

    pub(super) fn remove_member(&mut self, room: &str, nick: &str) {
        if let Some(known) = self.conversations.get_mut(&fold(room)) {
            known.members.remove(&fold(nick));
        }
    }

    pub(super) fn remove_everywhere(&mut self, nick: &str) {
        let nick = fold(nick);
        self.conversations.values_mut().for_each(|known| drop(known.members.remove(&nick)));
    }

    pub(super) fn rename_member(&mut self, from: &str, to: &str) {
        for known in self.conversations.values_mut() {
            if let Some(prefix) = known.members.remove(&fold(from)) {
                known.members.insert(fold(to), prefix);
            }
        }
    }

    /// `ACCOUNT <account or *>`
    pub(super) fn signed_in(&mut self, message: &Message<'_>) {
        let nick = message.nick().unwrap_or_default().to_owned();
        let account = message.filled(0).filter(|account| *account != "*").map(str::to_owned);
        self.events.push_back(Event::Account { nick, account });
    }
}
