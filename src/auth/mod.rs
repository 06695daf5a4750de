//! Who may be whom: passwords, tokens, certificates, invitations.
//!
//! Never logs or shows a secret, and never tells a stranger why they were refused: an unknown
//! name, a wrong password and a suspended account are the same words after the same time.

mod attempt;
pub mod bans;
pub mod mechanism;
pub mod metrics;
pub mod password;
pub mod registration;
mod second_factor;
pub mod secret;
pub mod strength;
#[cfg(test)]
mod tests;
pub mod throttle;
pub mod totp;
mod turns;

use crate::limits;

pub use bans::BanList;
pub use mechanism::Authenticator;
pub use metrics::Metrics;
pub use password::{Cost, Passwords};
pub use registration::Newcomer;
pub use strength::{PasswordRules, Weakness};

/// What somebody has proved to be who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The account's password.
    Password,
    /// The password and a code of the second factor.
    PasswordAndCode,
    /// The token of this number.
    Token(u64),
    /// A client certificate.
    Certificate,
}

impl Proof {
    /// Whether it goes with the password when that is changed.
    #[must_use]
    pub fn is_by_password(self) -> bool {
        match self {
            Self::Password | Self::PasswordAndCode => true,
            Self::Token(_) | Self::Certificate => false,
        }
    }
}

/// Why somebody was not let in or not registered. Shown to them as it is; the cause, where there
/// is more to know, is in the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Unknown name, wrong password, revoked token, unknown certificate, suspended account.
    #[error("invalid account name or password")]
    Rejected,
    /// The password is right, and the account has a second factor.
    #[error("the password is right; put a code behind it, with a blank between, or use a token")]
    CodeRequired,
    /// The password is right, and the code wrong or used already.
    #[error("the password is right, but the code is wrong or was used already")]
    CodeWrong,
    /// Too many failures lately.
    #[error("too many failed attempts; try again in {seconds} s")]
    Throttled {
        /// When the next attempt will be looked at.
        seconds: u64,
    },
    /// More people want in at once than passwords can be checked.
    #[error("the server is busy; try again in a moment")]
    Busy,
    /// The store did not answer, or the machine has no random numbers. The cause is for operators.
    #[error("accounts are unavailable for the moment; try again later")]
    Unavailable(String),
    /// The name, or one that looks like it, belongs to somebody.
    #[error("this account name is taken, or looks like one that is")]
    NameTaken,
    /// The password is one that others would try.
    #[error(transparent)]
    WeakPassword(Weakness),
    /// The password is longer than [`limits::PASSWORD_BYTES_MAX`].
    #[error("the password is too long; it may have {} bytes", limits::PASSWORD_BYTES_MAX)]
    PasswordTooLong,
    /// The code is unknown, used up or expired.
    #[error("this invitation is not valid, or no longer; ask an administrator for another")]
    InvitationInvalid,
}
