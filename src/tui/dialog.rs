//! What stands over the screen until it is answered or closed. State only.

use crossterm::event::KeyEvent;
use ratatui_textarea::{CursorMove, TextArea};
use zeroize::Zeroizing;

use crate::client::trust::{Presented, Refusal};
use crate::client::{self, Fatal, Identity, UserName};
use crate::names::NameError;

use super::app::Login;
use super::conversation::{Address, ServerId};

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
    /// Whether all are here.
    pub complete: bool,
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

/// The fields of the form, in their order.
pub const FIELDS: [&str; 6] = [
    "Server",
    "Port",
    "Name",
    "Password",
    "Invitation, for a new account",
    "Password again, for a new account",
];
const SERVER: usize = 0;
const PORT: usize = 1;
const NAME: usize = 2;
const PASSWORD: usize = 3;
const INVITATION: usize = 4;
const AGAIN: usize = 5;

/// Where to, and as whom.
#[derive(Debug)]
pub struct Form {
    /// The server that this is about, if it is there already.
    pub server: Option<ServerId>,
    /// What is typed.
    pub fields: Vec<TextArea<'static>>,
    /// Where the cursor is.
    pub focus: usize,
    /// What was wrong.
    pub error: String,
    /// All that is not asked for.
    base: Option<Login>,
}

/// What is known before the form is filled in.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who.
    pub user: String,
    /// The code.
    pub invitation: String,
}

impl Form {
    /// A form with what is known; the cursor stands in the first field that is empty.
    #[must_use]
    pub fn new(known: &Known, base: Option<Login>) -> Self {
        let port = if known.port == 0 { String::new() } else { known.port.to_string() };
        let texts = [
            known.host.clone(),
            port,
            known.user.clone(),
            String::new(),
            known.invitation.clone(),
            String::new(),
        ];
        let focus = texts.iter().position(String::is_empty).unwrap_or(SERVER);
        let fields = texts.into_iter().enumerate().map(|(index, text)| field(index, text)).collect();
        Self { server: None, fields, focus, error: String::new(), base }
    }

    /// The form again, after something was wrong.
    #[must_use]
    pub fn again(server: ServerId, login: &Login, error: String) -> Self {
        let invitation = match &login.identity {
            Identity::SignUp { invitation, .. } => invitation.clone(),
            Identity::SignIn { .. } | Identity::Guest { .. } => String::new(),
        };
        let known = Known {
            host: login.server.host.clone(),
            port: login.server.port,
            user: login.identity.user().to_owned(),
            invitation,
        };
        let mut form = Self::new(&known, Some(login.clone()));
        form.focus = PASSWORD;
        form.server = Some(server);
        form.error = error;
        form
    }

    /// The next field, or the one before.
    pub fn go(&mut self, back: bool) {
        let len = self.fields.len();
        self.focus = (self.focus + if back { len - 1 } else { 1 }) % len;
    }

    /// A key for the field of the cursor.
    pub fn key(&mut self, key: KeyEvent) {
        if let Some(field) = self.fields.get_mut(self.focus) {
            field.input(key);
        }
    }

    /// Text for the field of the cursor: its first line.
    pub fn paste(&mut self, text: &str) {
        let line: String =
            text.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
        if let Some(field) = self.fields.get_mut(self.focus) {
            field.insert_str(line);
        }
    }

    /// Whether this is the last field that must be filled in, or all are.
    #[must_use]
    pub fn is_filled(&self) -> bool {
        let needed: &[usize] = if self.text(INVITATION).is_empty() {
            &[SERVER, PORT, NAME, PASSWORD]
        } else {
            &[SERVER, PORT, NAME, PASSWORD, AGAIN]
        };
        needed.iter().all(|index| !self.text(*index).is_empty())
    }

    /// What is filled in.
    ///
    /// # Errors
    /// What is wrong, ready to read; the cursor stands there then.
    pub fn login(&mut self) -> Result<Login, String> {
        let read = self.read();
        read.map_err(|(focus, error)| {
            self.focus = focus;
            self.error.clone_from(&error);
            error
        })
    }

    fn read(&self) -> Result<Login, (usize, String)> {
        let wrong = |field, text: &str| Err((field, text.to_owned()));
        let host = self.text(SERVER).trim().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return wrong(SERVER, "which server? its name or its address");
        }
        let Some(port) = self.text(PORT).trim().parse().ok().filter(|port| *port > 0) else {
            return wrong(PORT, "a port is a number from 1 to 65535; usually 6697");
        };
        let name: UserName =
            self.text(NAME).trim().parse().map_err(|error: NameError| (NAME, error.to_string()))?;
        let password = Zeroizing::new(self.text(PASSWORD).to_owned());
        if password.is_empty() {
            return wrong(PASSWORD, "a password is needed (--guest comes without)");
        }
        let invitation = self.text(INVITATION).trim().to_owned();
        let identity = if invitation.is_empty() {
            Identity::SignIn { name, password }
        } else if self.text(AGAIN) != password.as_str() {
            return wrong(AGAIN, "the two passwords are not the same");
        } else {
            Identity::SignUp { name: name.nick().clone(), password, invitation }
        };
        let server = client::Server { host, port };
        Ok(match self.base.clone() {
            Some(base) => Login { server, identity, ..base },
            None => Login {
                server,
                identity,
                fingerprint: None,
                ca: None,
                rooms: Vec::new(),
                history_len: super::HISTORY_LEN,
            },
        })
    }

    fn text(&self, index: usize) -> &str {
        self.fields.get(index).and_then(|field| field.lines().first()).map_or("", String::as_str)
    }
}

fn field(index: usize, text: String) -> TextArea<'static> {
    let mut field = TextArea::new(vec![text]);
    field.set_cursor_line_style(ratatui::style::Style::default());
    field.set_cursor_style(ratatui::style::Style::default());
    if matches!(index, PASSWORD | AGAIN) {
        field.set_mask_char('•');
    }
    field.move_cursor(CursorMove::End);
    field
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
            Fatal::SignIn(_) | Fatal::SignUp { .. } | Fatal::AccountRequired(_) | Fatal::Unreachable(_) => {
                Self::Connect(Box::new(Form::again(server, login, fatal.to_string())))
            }
            Fatal::Refused(_) => Self::notice("No way in", fatal.to_string()),
        }
    }

    fn notice(title: &str, text: String) -> Self {
        Self::Notice { title: title.into(), text }
    }
}
