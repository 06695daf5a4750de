//! What people may do, in any order: the sequences that the property is tried with.

use proptest::prelude::*;

/// Who acts: connections of a fixed cast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cast {
    /// An account's device.
    Account(&'static str),
    /// A guest, by the nick it first asks for.
    Guest(&'static str),
}

pub(super) const CAST: [Cast; 5] =
    [Cast::Account("ann"), Cast::Account("ann"), Cast::Account("ben"), Cast::Guest("g"), Cast::Guest("h")];

/// The rooms; each is made by the first of the cast, with these modes.
pub(super) const ROOMS: [(&str, &str); 4] =
    [("#open", "-n"), ("#secret", "+s"), ("#asked", "+i"), ("#keyed", "+k word")];

/// Nicks that guests may take; some are taken when they are asked for.
pub(super) const NICKS: [&str; 3] = ["g", "h", "j"];

/// One of the cast does something; `waits`: not before all others have seen what was before.
#[derive(Clone, Debug)]
pub(super) struct Act {
    pub(super) who: usize,
    pub(super) deed: Deed,
    pub(super) waits: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Deed {
    Join {
        room: usize,
        key: bool,
    },
    Part {
        room: usize,
    },
    Say {
        room: usize,
        how: How,
    },
    /// To the operators of the room.
    SayOps {
        room: usize,
        how: How,
    },
    Tell {
        whom: usize,
        how: How,
    },
    /// Tags that are not kept.
    Type {
        room: usize,
    },
    Topic {
        room: usize,
    },
    Flag {
        room: usize,
        change: &'static str,
    },
    Role {
        room: usize,
        change: &'static str,
        whom: usize,
    },
    Kick {
        room: usize,
        whom: usize,
    },
    Invite {
        room: usize,
        whom: usize,
    },
    Nick {
        nick: usize,
    },
    Away {
        gone: bool,
    },
    Reconnect,
    History {
        room: usize,
    },
    Conversation {
        whom: usize,
    },
    /// Asks for all that a room shows to who is not in it.
    Peek {
        room: usize,
    },
    Mark {
        room: usize,
    },
}

/// The ways to speak that are kept.
#[derive(Clone, Copy, Debug)]
pub(super) enum How {
    Message,
    Notice,
    Tags,
}

/// Any sequence of this many acts at most.
pub(super) fn sequences(len_max: usize) -> impl Strategy<Value = Vec<Act>> {
    let act = (0..CAST.len(), deed(), prop::bool::weighted(0.4));
    prop::collection::vec(act.prop_map(|(who, deed, waits)| Act { who, deed, waits }), 1..len_max)
}

fn deed() -> impl Strategy<Value = Deed> {
    let room = || 0..ROOMS.len();
    let whom = || 0..CAST.len();
    let how = || prop_oneof![4 => Just(How::Message), 1 => Just(How::Notice), 1 => Just(How::Tags)];
    let flag = prop::sample::select(vec![
        "+s", "-s", "+i", "-i", "+m", "-m", "+n", "-n", "+t", "-t", "-k", "+l 3", "-l",
    ]);
    let role = prop::sample::select(vec!["+o", "-o", "+v", "-v"]);
    prop_oneof![
        8 => (room(), any::<bool>()).prop_map(|(room, key)| Deed::Join { room, key }),
        2 => room().prop_map(|room| Deed::Part { room }),
        10 => (room(), how()).prop_map(|(room, how)| Deed::Say { room, how }),
        3 => (room(), how()).prop_map(|(room, how)| Deed::SayOps { room, how }),
        4 => (whom(), how()).prop_map(|(whom, how)| Deed::Tell { whom, how }),
        1 => room().prop_map(|room| Deed::Type { room }),
        2 => room().prop_map(|room| Deed::Topic { room }),
        2 => (room(), flag).prop_map(|(room, change)| Deed::Flag { room, change }),
        3 => (room(), role, whom()).prop_map(|(room, change, whom)| Deed::Role { room, change, whom }),
        2 => (room(), whom()).prop_map(|(room, whom)| Deed::Kick { room, whom }),
        3 => (room(), whom()).prop_map(|(room, whom)| Deed::Invite { room, whom }),
        2 => (0..NICKS.len()).prop_map(|nick| Deed::Nick { nick }),
        1 => any::<bool>().prop_map(|gone| Deed::Away { gone }),
        3 => Just(Deed::Reconnect),
        2 => room().prop_map(|room| Deed::History { room }),
        1 => whom().prop_map(|whom| Deed::Conversation { whom }),
        1 => room().prop_map(|room| Deed::Peek { room }),
        1 => room().prop_map(|room| Deed::Mark { room }),
    ]
}

impl Deed {
    /// Whether what it does depends on what others do at the same moment, so that nobody could say
    /// afterwards what was right: it is done alone.
    pub(super) fn is_alone(&self) -> bool {
        match self {
            Self::SayOps { .. }
            | Self::Type { .. }
            | Self::Role { .. }
            | Self::Nick { .. }
            | Self::Reconnect
            | Self::History { .. }
            | Self::Conversation { .. }
            | Self::Peek { .. } => true,
            Self::Join { .. }
            | Self::Part { .. }
            | Self::Say { .. }
            | Self::Tell { .. }
            | Self::Topic { .. }
            | Self::Flag { .. }
            | Self::Kick { .. }
            | Self::Invite { .. }
            | Self::Away { .. }
            | Self::Mark { .. } => false,
        }
    }
}
