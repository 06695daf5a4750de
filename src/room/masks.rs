//! Masks: whom an entry of a room's lists means, and what it does. Pure.
//!
//! Beside `nick!user@host` there are two extended forms, told by a letter and a colon, which no nick
//! has: `a:<account>` means who is signed in to it, `m:<mask or a:account>` only silences.
//! Source: modern.ircdocs.horse, EXTBAN parameter; IRCv3 account-extban.

use super::entry::Author;
use super::modes::{self, List};
use super::state::Room;

/// What an entry of a list means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern<'a> {
    /// Whether it is about speaking alone.
    pub mutes: bool,
    /// Whom it means.
    pub who: Who<'a>,
}

/// Whom an entry means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who<'a> {
    /// Who is shown so, as `nick!user@host`.
    Shown(&'a str),
    /// Who is signed in to such an account, whatever the nick.
    Account(&'a str),
}

impl<'a> Pattern<'a> {
    /// Reads an entry. Anything that is no extended form is about how somebody is shown.
    #[must_use]
    pub fn read(mask: &'a str) -> Self {
        let (mutes, rest) = match mask.strip_prefix("m:") {
            Some(rest) => (true, rest),
            None => (false, mask),
        };
        let who = rest.strip_prefix("a:").map_or(Who::Shown(rest), Who::Account);
        Self { mutes, who }
    }

    /// Whether it means this one, who is shown so.
    fn means(&self, author: &Author, shown: &str) -> bool {
        match self.who {
            Who::Shown(mask) => modes::matches(mask, shown),
            Who::Account(mask) => {
                author.account.as_ref().is_some_and(|account| modes::matches(mask, account.as_str()))
            }
        }
    }
}

/// An entry of this list with all its parts: a nick alone stands for everybody of that nick. `None`
/// for what can never match: another letter before a colon, nothing behind it, or a muting where
/// nobody is let in by it.
#[must_use]
pub fn complete(list: List, mask: &str) -> Option<String> {
    let (mutes, rest) = match mask.strip_prefix("m:") {
        Some(rest) => ("m:", rest),
        None => ("", mask),
    };
    if !mutes.is_empty() && list == List::InviteException {
        return None;
    }
    if let Some(account) = rest.strip_prefix("a:") {
        let is_name = !account.is_empty() && !account.contains(['!', '@', ':']);
        return is_name.then(|| mask.to_owned());
    }
    let nick = rest.split(['!', '@']).next().unwrap_or_default();
    if rest.is_empty() || nick.contains(':') {
        return None;
    }
    Some(match (rest.contains('!'), rest.contains('@')) {
        (true, true) => mask.to_owned(),
        (true, false) => format!("{mask}@*"),
        (false, true) => format!("{mutes}*!{rest}"),
        (false, false) => format!("{mask}!*@*"),
    })
}

/// Whether the room keeps this one out: a ban means them and no exception does.
#[must_use]
pub fn keeps_out(room: &Room, author: &Author) -> bool {
    let stands_on = |list| any(room, list, author, |pattern| !pattern.mutes);
    stands_on(List::Ban) && !stands_on(List::BanException)
}

/// Whether the room silences this one: a ban or a muting means them, and no exception of either
/// kind does.
#[must_use]
pub fn silences(room: &Room, author: &Author) -> bool {
    any(room, List::Ban, author, |_| true) && !any(room, List::BanException, author, |_| true)
}

/// Whether this one needs no invitation.
#[must_use]
pub fn invites(room: &Room, author: &Author) -> bool {
    any(room, List::InviteException, author, |pattern| !pattern.mutes)
}

fn any(room: &Room, list: List, author: &Author, counts: impl Fn(&Pattern<'_>) -> bool) -> bool {
    let entries = room.list(list);
    // Asked for each message, in rooms that mostly have no such entries.
    let shown = if entries.is_empty() { String::new() } else { author.to_string() };
    entries.iter().any(|entry| {
        let pattern = Pattern::read(&entry.mask);
        counts(&pattern) && pattern.means(author, &shown)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{AccountName, Nick};

    fn author(nick: &str, account: Option<&str>) -> Author {
        Author {
            nick: Nick::parse(nick).unwrap(),
            user: "u".into(),
            host: "h".into(),
            account: account.map(|name| AccountName::parse(name).unwrap()),
            bot: false,
        }
    }

    #[test]
    fn masks_mean_whom_they_say() {
        for (mask, nick, account, expected) in [
            ("bob!*@*", "Bob", None, true),
            ("bob!*@*", "bob", Some("carol"), true),
            ("a:bob", "bob", None, false),
            ("a:bob", "carol", Some("BOB"), true),
            ("a:bob", "bob", Some("carol"), false),
            ("a:*", "bob", Some("carol"), true),
            ("a:*", "bob", None, false),
            ("m:bob!*@*", "bob", None, true),
            ("m:a:bob", "bob", None, false),
            ("m:a:bob", "x", Some("bob"), true),
        ] {
            let pattern = Pattern::read(mask);
            let author = author(nick, account);
            assert_eq!(pattern.means(&author, &author.to_string()), expected, "{mask} {nick} {account:?}");
            assert_eq!(pattern.mutes, mask.starts_with("m:"), "{mask}");
        }
    }

    #[test]
    fn entries_are_completed_and_senseless_ones_refused() {
        for (given, expected) in [
            ("bob", Some("bob!*@*")),
            ("bob!u", Some("bob!u@*")),
            ("u@h", Some("*!u@h")),
            ("*!*@2001:db8::1", Some("*!*@2001:db8::1")),
            ("a:bob", Some("a:bob")),
            ("m:bob", Some("m:bob!*@*")),
            ("m:u@h", Some("m:*!u@h")),
            ("m:a:bob", Some("m:a:bob")),
            ("a:", None),
            ("a:bob!*@*", None),
            ("m:", None),
            ("m:m:bob", None),
            ("r:bob", None),
            ("x:y!*@*", None),
        ] {
            assert_eq!(complete(List::Ban, given).as_deref(), expected, "{given}");
        }
        assert_eq!(complete(List::InviteException, "m:bob"), None);
        assert_eq!(complete(List::InviteException, "a:bob").as_deref(), Some("a:bob"));
    }
}
