//! What stands over the screen until it is answered or closed. State only.

use crate::client::Fatal;
use crate::client::action::Search;
use crate::client::trust::{Presented, Refusal};

use super::app::Login;
use super::conversation::{Address, ServerId};
pub use super::form::{FIELDS, Form, Known};

/// A dialog.
#[derive(Debug)]
pub enum Dialog {
    /// Where to, and as whom.
    Connect(Box<Form>),
    /// An unknown server: to be trusted?
    Trust {
        /// Which.
        server: ServerId,
        /// What it showed.
        presented: Box<Presented>,
    },
    /// Something waits to be sent: to leave all the same?
    Leave {
        /// What others are told.
        reason: String,
        /// What waits, ready to read.
        waiting: Vec<String>,
    },
    /// Something to know.
    Notice {
        /// In a word.
        title: String,
        /// All of it.
        text: String,
    },
    /// The keys; so many rows are above the edge.
    Help(u16),
    /// Which conversation to go to.
    Switch(Switch),
    /// What a search found.
    Results(Results),
}

/// A choice of conversations.
#[derive(Debug, Default)]
pub struct Switch {
    /// What is typed.
    pub query: String,
    /// Which of those that fit.
    pub chosen: usize,
}

/// What a search found.
#[derive(Debug, Default)]
pub struct Results {
    /// The messages.
    pub found: Vec<Found>,
    /// Which is chosen.
    pub chosen: usize,
    /// What was looked for.
    pub search: Search,
    /// Where.
    pub server: Option<ServerId>,
    /// Whether the server has answered.
    pub complete: bool,
    /// Whether it has answered before.
    pub is_shown: bool,
    /// How many came since the last question.
    pub fresh: usize,
    /// Whether there may be more on the server.
    pub more: bool,
}

/// A message that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where.
    pub address: Address,
    /// As it is written.
    pub conversation: String,
    /// When.
    pub at: crate::clock::Timestamp,
    /// Its name on the server.
    pub msgid: Option<String>,
    /// Who.
    pub nick: String,
    /// What.
    pub text: String,
}

impl Dialog {
    /// What a session's bad end asks for.
    #[must_use]
    pub fn of_fatal(server: ServerId, login: &Login, fatal: &Fatal) -> Self {
        match fatal {
            Fatal::Untrusted(refusal) => match &**refusal {
                Refusal::Unknown(presented) => Self::Trust { server, presented: Box::new(presented.clone()) },
                Refusal::Changed { .. } => {
                    Self::notice("THE SERVER'S CERTIFICATE HAS CHANGED", refusal.to_string())
                }
                Refusal::OtherFingerprint { .. } | Refusal::Authority { .. } | Refusal::Invalid { .. } => {
                    Self::notice("The server is not who it should be", refusal.to_string())
                }
            },
            Fatal::SignIn(_)
            | Fatal::CodeRequired(_)
            | Fatal::SignUp { .. }
            | Fatal::AccountRequired(_)
            | Fatal::Unreachable(_) => Self::Connect(Box::new(Form::again(server, login, fatal))),
            Fatal::Refused(_) => Self::notice("No way in", fatal.to_string()),
        }
    }

    fn notice(title: &str, text: String) -> Self {
        Self::Notice { title: title.into(), text }
    }
}
