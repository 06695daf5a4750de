//! The modes of a user. Which of them one may give oneself is for the commands to know.

use std::fmt;
use std::sync::Arc;

use crate::room::Author;

use super::user::User;

/// A mode of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserMode {
    /// Is a program.
    Bot,
    /// Not found by those who share no room.
    Invisible,
    /// Runs the server.
    Operator,
    /// Not spoken to by guests, but for those one has spoken to or accepted.
    RegisteredOnly,
    /// Not asked by programs (CTCP), but for `/me`.
    NoCtcp,
    /// Hears what operators say to everybody.
    Wallops,
}

impl UserMode {
    /// All, in the order of their letters.
    pub const ALL: [Self; 6] =
        [Self::Bot, Self::RegisteredOnly, Self::NoCtcp, Self::Invisible, Self::Operator, Self::Wallops];

    /// Its letter.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Bot => 'B',
            Self::Invisible => 'i',
            Self::Operator => 'o',
            Self::RegisteredOnly => 'R',
            Self::NoCtcp => 'T',
            Self::Wallops => 'w',
        }
    }

    /// The mode of this letter.
    #[must_use]
    pub fn parse(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.letter() == letter)
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of modes, shown as `+iw`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserModes(u8);

impl UserModes {
    /// Whether the mode is in it.
    #[must_use]
    pub fn has(self, mode: UserMode) -> bool {
        self.0 & mode.bit() != 0
    }

    /// Puts the mode in or takes it out.
    pub fn set(&mut self, mode: UserMode, on: bool) {
        if on {
            self.0 |= mode.bit();
        } else {
            self.0 &= !mode.bit();
        }
    }

    /// The others.
    #[must_use]
    pub fn without(mut self, mode: UserMode) -> Self {
        self.set(mode, false);
        self
    }

    /// Reads letters, with or without a sign in front; `None` if one is no mode.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut modes = Self::default();
        for letter in text.strip_prefix('+').unwrap_or(text).chars() {
            modes.set(UserMode::parse(letter)?, true);
        }
        Some(modes)
    }

    /// What has to be said to who knew `before`, as `+o-i`; empty if nothing.
    #[must_use]
    pub fn change_from(self, before: Self) -> String {
        let mut text = String::new();
        for (sign, more, less) in [('+', self, before), ('-', before, self)] {
            let changed = Self(more.0 & !less.0);
            if changed != Self::default() {
                text.push(sign);
                text.push_str(&changed.letters());
            }
        }
        text
    }

    /// Its letters, in order.
    pub(super) fn letters(self) -> String {
        UserMode::ALL.into_iter().filter(|mode| self.has(*mode)).map(UserMode::letter).collect()
    }
}

impl fmt::Display for UserModes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.letters())
    }
}

impl User {
    /// Whether the mode is on.
    #[must_use]
    pub fn has(&self, mode: UserMode) -> bool {
        self.modes.has(mode)
    }

    /// Makes what they say from now on a program's or a person's.
    pub(super) fn set_bot(&mut self, bot: bool) {
        if self.author.bot != bot {
            self.author = Arc::new(Author { bot, ..(*self.author).clone() });
        }
    }

    /// Whether this other one finds them without knowing their nick: in a mask, or in a room that
    /// the other only looks at.
    #[must_use]
    pub fn is_found_by(&self, other: &Self) -> bool {
        let is_met = self.id == other.id || !self.rooms.is_disjoint(&other.rooms);
        is_met || other.is_operator() || !self.has(UserMode::Invisible)
    }

    /// Whether they run the server, at this moment.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        self.has(UserMode::Operator) && self.is_online()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_read_and_shown() {
        for text in ["+", "+B", "+BRTiow", "+iw"] {
            assert_eq!(UserModes::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(UserModes::parse("wi").unwrap().to_string(), "+iw");
        assert_eq!(UserModes::parse("+i-w"), None);
    }

    #[test]
    fn a_change_names_what_came_and_what_went() {
        let modes = |text: &str| UserModes::parse(text).unwrap();
        assert_eq!(modes("+ow").change_from(modes("+iw")), "+o-i");
        assert_eq!(modes("+iw").change_from(modes("+iw")), "");
    }
}
