//! Who comes to a server, and what they want there.

use std::fmt;

use zeroize::Zeroizing;

use crate::names::{Nick, RoomName};

use super::user::UserName;

/// How to get in.
#[derive(Clone)]
pub enum Identity {
    /// With an account.
    SignIn {
        /// The account.
        name: UserName,
        /// Its password, or a token.
        password: Zeroizing<String>,
        /// A code of the second factor, for one attempt: it is good once.
        code: Option<Zeroizing<String>>,
    },
    /// With a new account, made from an invitation.
    SignUp {
        /// The account to be.
        name: Nick,
        /// Its password to be.
        password: Zeroizing<String>,
        /// The invitation's code.
        invitation: String,
    },
    /// Without an account, if the server admits guests.
    Guest {
        /// The nick wanted.
        name: Nick,
    },
}

impl Identity {
    /// With an account that needs no code, as far as is known.
    #[must_use]
    pub fn sign_in(name: UserName, password: Zeroizing<String>) -> Self {
        Self::SignIn { name, password, code: None }
    }

    /// Forgets the code, which was used.
    pub(super) fn forget_code(&mut self) {
        match self {
            Self::SignIn { code, .. } => *code = None,
            Self::SignUp { .. } | Self::Guest { .. } => {}
        }
    }

    /// The nick wanted.
    #[must_use]
    pub fn name(&self) -> &Nick {
        match self {
            Self::SignIn { name, .. } => name.nick(),
            Self::SignUp { name, .. } | Self::Guest { name } => name,
        }
    }

    /// The same as it was given, with a bouncer's network.
    #[must_use]
    pub fn user(&self) -> &str {
        match self {
            Self::SignIn { name, .. } => name.as_str(),
            Self::SignUp { name, .. } | Self::Guest { name } => name.as_str(),
        }
    }
}

impl fmt::Debug for Identity {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::SignIn { .. } => "SignIn",
            Self::SignUp { .. } => "SignUp",
            Self::Guest { .. } => "Guest",
        };
        write!(f, "{kind}({})", self.name())
    }
}

/// Everything that is settled before the first connection.
#[derive(Clone, Debug)]
pub struct Profile {
    /// How to get in.
    pub identity: Identity,
    /// Rooms to enter at once.
    pub rooms: Vec<RoomName>,
    /// Messages shown on entering a room, and of a conversation that went on meanwhile; 0: none.
    pub history_len: usize,
    /// Whether a person reads what arrives as it is shown, so that read markers move by themselves.
    pub reads: bool,
    /// Whether somebody watches: who is in the rooms, who is there, reactions, the lag. Costs traffic.
    pub watches: bool,
    /// Makes this client's message ids its own: random, letters and digits.
    pub nonce: String,
}
