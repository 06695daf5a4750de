//! What may be asked of the journal, and how it answers.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::clock::Timestamp;
use crate::ids::{AccountId, RoomId, Seq, SessionId, UserId};
use crate::names::{Nick, RoomName};
use crate::room::{self, Author, Denied, Member, Room, Said};
use crate::store::Head;
use crate::store::accounts::Account;
use crate::store::metadata::Change;

use super::inbox::Inbox;
use super::user::User;
use super::user_mode::{UserMode, UserModes};

/// What a user wants.
#[derive(Debug)]
pub enum Intent {
    /// Something in a room; joining makes the room if there is none.
    InRoom {
        /// Its name.
        room: RoomName,
        /// What.
        intent: room::Intent,
    },
    /// Something about what was said before in a room or a direct conversation, by its identity.
    InConversation {
        /// Which.
        room: RoomId,
        /// What.
        intent: room::Intent,
    },
    /// Speak to one user.
    Say {
        /// To whom.
        user: UserId,
        /// What.
        said: Said,
    },
    /// Go by another nick.
    ChangeNick(Nick),
    /// Sign in, as a guest; the session is one of the account's from then on.
    SignIn {
        /// The account.
        account: AccountId,
        /// Where the session gets its deliveries, [`super::Delivery::SignedIn`] among them.
        inbox: Arc<Inbox>,
    },
    /// Go away, or come back.
    SetAway(Absence),
    /// Have another real name.
    SetRealName(String),
    /// Have other modes.
    SetUserModes {
        /// Which, and whether they are on.
        changes: Vec<(UserMode, bool)>,
        /// The account whose password was shown, where one becomes an operator.
        operator_by: Option<AccountId>,
    },
    /// Let a guest speak to oneself whatever one's modes say, or no longer.
    Accept {
        /// Whom.
        user: UserId,
        /// Whether they may.
        on: bool,
    },
    /// Say something to all who want to hear what operators say.
    Wallops(String),
    /// Tell one's other sessions how far one has read.
    MarkRead {
        /// A room's name or a nick.
        target: String,
        /// Where the marker stands.
        at: Timestamp,
    },
    /// Change one's own metadata or that of a room one is an operator of: all of it or nothing.
    SetMetadata {
        /// The room; `None`: one's own.
        room: Option<RoomName>,
        /// What to change.
        changes: Vec<Change>,
    },
}

/// Whether one is at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Absence {
    /// One is.
    #[default]
    Present,
    /// Nobody looks at this session, and nothing is to be said of it. Source: IRCv3 draft/pre-away.
    Idle,
    /// One is not, as this text says to who asks; one may be at hand at another session.
    Away(String),
}

/// Who is there. Happens whether the store works or not: a session must be able to end.
#[derive(Clone, Debug)]
pub enum Presence {
    /// A session enters: from now on it hears what its user may hear.
    Attach(Attach),
    /// A session leaves.
    Detach {
        /// Why.
        reason: String,
    },
    /// A session wants to know when somebody comes or goes under these nicks.
    Watch(Vec<Nick>),
    /// It wants to know no more; `None`: of nobody.
    Unwatch(Option<Vec<Nick>>),
    /// An account was made.
    Introduce(Account),
    /// All sessions of an account have to end.
    Expel {
        /// Whose.
        account: AccountId,
        /// What they are told.
        reason: String,
        /// Whether the account is gone for good.
        forget: bool,
    },
    /// An account stays in its rooms without a session, or not; this one needs the store.
    SetAlwaysOn {
        /// Whose.
        account: AccountId,
        /// `None`: as the server does it.
        always_on: Option<bool>,
    },
    /// All sessions of a user have to end; an account stays in its rooms.
    Kill {
        /// Whose.
        user: UserId,
        /// What everybody is told.
        reason: String,
    },
}

/// All that can be asked of the journal.
#[derive(Debug)]
pub enum Asked {
    /// What a user wants at one of their sessions.
    Intent(Intent),
    /// What an account wants by way of a program, present or not.
    ForAccount(Intent),
    /// Who is there.
    Presence(Presence),
}

impl From<Intent> for Asked {
    fn from(intent: Intent) -> Self {
        Self::Intent(intent)
    }
}

impl From<Presence> for Asked {
    fn from(presence: Presence) -> Self {
        Self::Presence(presence)
    }
}

/// Who enters.
#[derive(Clone, Debug)]
pub struct Attach {
    /// Where the session gets its deliveries.
    pub inbox: Arc<Inbox>,
    /// The account; a guest has none.
    pub account: Option<AccountId>,
    /// The nick that was asked for. An account that is present already keeps its own.
    pub nick: Nick,
    /// The user name.
    pub user: String,
    /// The real name.
    pub real_name: String,
    /// A guest's host; an account has its own.
    pub host: String,
    /// Whether the connection is encrypted.
    pub is_secure: bool,
    /// Whether somebody is at hand.
    pub absence: Absence,
}

/// What came of an intent.
#[derive(Debug)]
pub enum Outcome {
    /// It is so already.
    Unchanged,
    /// It is so now, and nothing of it is in a journal.
    Changed,
    /// It stands in the journal.
    Entered {
        /// In which room.
        room: RoomId,
        /// Where.
        seq: Seq,
        /// When.
        at: Timestamp,
    },
    /// The session is in.
    Attached(Box<Attached>),
    /// The session watches: each nick, and who is there under it at this moment. Changes after
    /// that, and only those, come as signals.
    Watching(Vec<(Nick, Option<Arc<Author>>)>),
}

/// What a session finds when it enters.
#[derive(Clone, Debug)]
pub struct Attached {
    /// Who it is.
    pub user: Arc<User>,
    /// The rooms the user is in and their direct conversations.
    pub rooms: Vec<(Arc<Room>, Head)>,
}

/// What became of a guest's session that signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who it was.
    pub was: Arc<Author>,
    /// The modes it had.
    pub modes: UserModes,
    /// The account as it was shown before, if both were seen in one room.
    pub ghost: Option<Arc<Author>>,
    /// The rooms that it brought along, and what it was there.
    pub kept: Vec<(RoomId, Member)>,
    /// Who it is, and all rooms of the account.
    pub attached: Attached,
}

/// Something asked, on its way to the writer.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) session: SessionId,
    pub(super) command: u64,
    pub(super) user: UserId,
    pub(super) asked: Asked,
    pub(super) reply: Reply,
}

/// Where the answer goes.
#[derive(Debug)]
pub(super) enum Reply {
    /// Into the session's inbox, in line with the deliveries.
    Inbox(Arc<Inbox>),
    /// To somebody who waits.
    Waiting(oneshot::Sender<Result<Outcome, Denied>>),
}
