//! What is shown and not kept: presence, typing, what is stored elsewhere. Never in the journal.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::ids::{MsgId, RoomId, Seq};
use crate::names::{AccountName, Nick};
use crate::room::{Author, Said};
use crate::store::metadata::Key;

/// What passes: presence, typing. Never in the journal in this form.
#[derive(Clone, Debug)]
pub enum Signal {
    /// Somebody is called differently. The rooms' journals have it too, at `places`.
    NickChanged {
        /// Who, by the old nick.
        author: Arc<Author>,
        /// The new nick.
        nick: Nick,
        /// Where it stands in the journal.
        places: Vec<(RoomId, Seq)>,
    },
    /// Somebody left the server. The rooms' journals have it too, at `places`.
    Quit {
        /// Who.
        author: Arc<Author>,
        /// Why.
        reason: String,
        /// Where it stands in the journal.
        places: Vec<(RoomId, Seq)>,
    },
    /// Somebody signed in. The rooms' journals tell it in other words, at `places`.
    Account {
        /// Who, as they were.
        author: Arc<Author>,
        /// The account.
        account: Option<AccountName>,
        /// Where it stands in the journal.
        places: Vec<(RoomId, Seq)>,
    },
    /// Somebody has another user name or host; `places` as above.
    Host {
        /// Who, as they were.
        author: Arc<Author>,
        /// The user name.
        user: String,
        /// The host.
        host: String,
        /// Where it stands in the journal.
        places: Vec<(RoomId, Seq)>,
    },
    /// Somebody went away (with a text) or came back.
    Away {
        /// Who.
        author: Arc<Author>,
        /// The text.
        text: Option<String>,
    },
    /// Somebody has another real name.
    RealName {
        /// Who.
        author: Arc<Author>,
        /// The new one.
        real_name: String,
    },
    /// Somebody has other modes, as `+o-i`.
    UserModes {
        /// Who.
        author: Arc<Author>,
        /// What changed.
        change: String,
    },
    /// An operator says something to all who want to hear it.
    Wallops {
        /// Who.
        author: Arc<Author>,
        /// What.
        text: String,
    },
    /// Tags alone, not worth keeping.
    Said {
        /// Who.
        author: Arc<Author>,
        /// Where to: a room's name or a nick.
        target: Arc<str>,
        /// What.
        said: Said,
        /// When.
        at: Timestamp,
        /// Its id.
        id: MsgId,
    },
    /// One's own read marker moved, by another session.
    ReadMarker {
        /// A room's name or a nick.
        target: String,
        /// Where it stands.
        at: Timestamp,
    },
    /// Somebody who is watched is there now, under this nick.
    Online {
        /// Who.
        author: Arc<Author>,
    },
    /// Nobody who is watched goes by this nick any more.
    Offline {
        /// As it was spelled last.
        nick: Nick,
    },
    /// Metadata changed; stored before.
    Metadata {
        /// A room's name or a nick.
        target: Arc<str>,
        /// Which key.
        key: Key,
        /// Its value; `None`: it has none any more.
        value: Option<Arc<str>>,
    },
}
