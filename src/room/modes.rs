//! What can be set on a room and on its members, one row each. Source: modern.ircdocs.horse, modes.

use crate::ids::UserId;
use crate::names::Nick;

/// A switch of the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Flag {
    /// `i`: only who was invited may join.
    InviteOnly,
    /// `m`: only who has a voice may speak.
    Moderated,
    /// `n`: only members may speak.
    NoExternal,
    /// `s`: shown to members only.
    Secret,
    /// `t`: only operators set the topic.
    TopicLocked,
    /// `C`: no questions to the members' programs (CTCP), `/me` apart.
    NoCtcp,
    /// `M`: only who is signed in or has a voice may speak.
    AccountsSpeak,
    /// `R`: only who is signed in may join.
    AccountsOnly,
}

/// A list of masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum List {
    /// `b`: who matches may neither join nor speak.
    Ban,
    /// `e`: who matches is exempt from bans.
    BanException,
    /// `I`: who matches needs no invitation.
    InviteException,
}

/// What a member may do; each role includes those before it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Role {
    /// Be there.
    #[default]
    Member,
    /// `v`: speak in a moderated room.
    Voice,
    /// `o`: change modes, remove members.
    Operator,
    /// `q`: own the room; operators can do nothing against it.
    Founder,
}

/// A mode by its letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Without parameter.
    Flag(Flag),
    /// A mask as parameter.
    List(List),
    /// A member as parameter.
    Role(Role),
    /// `k`: a word one must know to join.
    Key,
    /// `l`: how many members there may be.
    Limit,
}

/// The mode table.
pub const MODES: &[(char, Mode)] = &[
    ('C', Mode::Flag(Flag::NoCtcp)),
    ('I', Mode::List(List::InviteException)),
    ('M', Mode::Flag(Flag::AccountsSpeak)),
    ('R', Mode::Flag(Flag::AccountsOnly)),
    ('b', Mode::List(List::Ban)),
    ('e', Mode::List(List::BanException)),
    ('i', Mode::Flag(Flag::InviteOnly)),
    ('k', Mode::Key),
    ('l', Mode::Limit),
    ('m', Mode::Flag(Flag::Moderated)),
    ('n', Mode::Flag(Flag::NoExternal)),
    ('o', Mode::Role(Role::Operator)),
    ('q', Mode::Role(Role::Founder)),
    ('s', Mode::Flag(Flag::Secret)),
    ('t', Mode::Flag(Flag::TopicLocked)),
    ('v', Mode::Role(Role::Voice)),
];

impl Mode {
    /// The mode of this letter.
    #[must_use]
    pub fn parse(letter: char) -> Option<Self> {
        MODES.iter().find(|(l, _)| *l == letter).map(|(_, mode)| *mode)
    }

    /// Its letter.
    #[must_use]
    pub fn letter(self) -> char {
        MODES.iter().find(|(_, mode)| *mode == self).map_or('?', |(letter, _)| *letter)
    }
}

/// One change of one mode.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ModeChange {
    /// A switch is turned.
    Flag {
        /// Which.
        flag: Flag,
        /// To what.
        on: bool,
    },
    /// The key is set or removed.
    Key(Option<String>),
    /// The limit is set or removed.
    Limit(Option<u32>),
    /// A member is given or loses a role.
    Role {
        /// Which role.
        role: Role,
        /// Whether it is given.
        on: bool,
        /// Who.
        user: UserId,
        /// Under which nick.
        nick: Nick,
    },
    /// A mask is put on a list or taken off.
    List {
        /// Which list.
        list: List,
        /// Whether it is put on.
        on: bool,
        /// The mask, as it was given.
        mask: String,
    },
}

/// Whether `nick!user@host` matches a mask with `*` and `?`, without regard to ASCII case.
#[must_use]
pub fn matches(mask: &str, text: &str) -> bool {
    let (mask, text) = (mask.as_bytes(), text.as_bytes());
    let (mut m, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match mask.get(m) {
            Some(b'*') => {
                retry = Some((m, t));
                m += 1;
            }
            Some(c) if *c == b'?' || c.eq_ignore_ascii_case(&text[t]) => {
                m += 1;
                t += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    m = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    mask[m..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_letter_leads_to_its_mode_and_back() {
        for (letter, mode) in MODES {
            assert_eq!(Mode::parse(*letter), Some(*mode));
            assert_eq!(mode.letter(), *letter);
        }
        assert_eq!(Mode::parse('Z'), None);
    }

    #[test]
    fn masks_match() {
        for (mask, text, expected) in [
            ("*!*@*", "n!u@h", true),
            ("BOB!*@*", "bob!u@h", true),
            ("b?b*", "bobby", true),
            ("b?b", "bb", false),
            ("*a*b*c", "xxaxxbxxc", true),
            ("*a*b*c", "xxaxxbxx", false),
            ("", "", true),
            ("*", "", true),
            ("a", "", false),
        ] {
            assert_eq!(matches(mask, text), expected, "{mask} {text}");
        }
    }
}
