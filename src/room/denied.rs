//! Why something does not happen. The words are for logs; what clients are told is the session's to say.

use crate::names::{Nick, RoomName};

use super::modes::List;

/// Why an intent is not granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// There is no such room.
    #[error("no such room")]
    NoSuchRoom,
    /// Nobody goes by this nick.
    #[error("nobody is called {0}")]
    NoSuchNick(String),
    /// The actor is not in the room.
    #[error("you are not in that room")]
    NotMember,
    /// The other is not in the room.
    #[error("{0} is not in that room")]
    TargetNotMember(Nick),
    /// The other is in the room already.
    #[error("{0} is in that room already")]
    TargetIsMember(Nick),
    /// Only operators may.
    #[error("you are not an operator of that room")]
    NotOperator,
    /// Only the founder may.
    #[error("only the founder of that room may do that")]
    NotFounder,
    /// Nothing can be done against the founder.
    #[error("{0} is the founder of that room")]
    IsFounder(Nick),
    /// The founder is an account, and this is a guest.
    #[error("only somebody who is signed in can be the founder of a room")]
    FounderNeedsAccount,
    /// There is no such message, or not any more.
    #[error("there is no such message")]
    NoSuchMessage,
    /// The actor may not speak here now.
    #[error("you may not speak there")]
    CannotSpeak,
    /// The room has a key, and it was not this one.
    #[error("wrong key")]
    WrongKey,
    /// One must be invited.
    #[error("only by invitation")]
    InviteOnly,
    /// The room has its limit of members.
    #[error("the room is full")]
    Full,
    /// The actor is banned.
    #[error("you are banned")]
    Banned,
    /// The actor is in as many rooms as one may.
    #[error("you are in too many rooms")]
    TooManyRooms,
    /// There are as many rooms as there may be.
    #[error("there are as many rooms as there may be; join one of them")]
    NoMoreRooms,
    /// A list has no room for another mask.
    #[error("the list is full")]
    ListFull(List),
    /// A user or a room can't bear more keys of metadata.
    #[error("no room for another key")]
    TooManyKeys,
    /// Somebody else goes by this nick, or has reserved it.
    #[error("{0} is in use")]
    NickInUse(Nick),
    /// The other is not spoken to by guests.
    #[error("they hear only who has an account")]
    RegisteredOnly,
    /// The other is not asked by programs.
    #[error("they accept no CTCP")]
    CtcpRefused,
    /// The session is gone or not admitted.
    #[error("you are not connected")]
    NotConnected,
    /// The store did not take it; nothing was shown to anybody.
    #[error("the message store is unavailable; nothing was sent, try again")]
    Unavailable,
    /// Only who is signed in may join.
    #[error("only for those who are signed in")]
    NeedsAccount,
    /// Only who is signed in, or has a voice, may speak.
    #[error("only those who are signed in may speak there")]
    NeedsAccountToSpeak,
    /// What was said is for programs, and these are left alone here.
    #[error("no CTCP there")]
    NoCtcp,
    /// Who is banned in this room can't slip out of it by another nick.
    #[error("you can't change your nick while {0} bans you")]
    BannedFromNick(RoomName),
    /// Another room goes by this name.
    #[error("there is another room called {0}")]
    RoomNameInUse(RoomName),
    /// The room got another name a moment ago.
    #[error("that room was renamed a moment ago and can't be called {0} yet")]
    RenamedRecently(RoomName),
}

impl Denied {
    /// The rule in one word, for who counts.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NoSuchRoom => "no_such_room",
            Self::NoSuchNick(_) => "no_such_nick",
            Self::NotMember => "not_member",
            Self::TargetNotMember(_) => "target_not_member",
            Self::TargetIsMember(_) => "target_is_member",
            Self::NotOperator => "not_operator",
            Self::NotFounder => "not_founder",
            Self::IsFounder(_) => "is_founder",
            Self::FounderNeedsAccount => "founder_needs_account",
            Self::NoSuchMessage => "no_such_message",
            Self::CannotSpeak => "cannot_speak",
            Self::WrongKey => "wrong_key",
            Self::InviteOnly => "invite_only",
            Self::Full => "full",
            Self::Banned => "banned",
            Self::TooManyRooms => "too_many_rooms",
            Self::NoMoreRooms => "no_more_rooms",
            Self::ListFull(_) => "list_full",
            Self::TooManyKeys => "too_many_keys",
            Self::NickInUse(_) => "nick_in_use",
            Self::RegisteredOnly => "registered_only",
            Self::CtcpRefused => "ctcp_refused",
            Self::NotConnected => "not_connected",
            Self::Unavailable => "unavailable",
            Self::NeedsAccount => "needs_account",
            Self::NeedsAccountToSpeak => "needs_account_to_speak",
            Self::NoCtcp => "no_ctcp",
            Self::BannedFromNick(_) => "banned_from_nick",
            Self::RoomNameInUse(_) => "room_name_in_use",
            Self::RenamedRecently(_) => "renamed_recently",
        }
    }
}
