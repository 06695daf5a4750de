//! The form that asks where to go, and as whom. State only.
//!
//! What was typed is never asked for twice, but for a password that was wrong.

use crossterm::event::KeyEvent;
use ratatui_textarea::{CursorMove, TextArea};
use zeroize::Zeroizing;

use crate::client::{self, Fatal, Identity, UserName};
use crate::names::NameError;

use super::app::Login;
use super::composer;
use super::conversation::ServerId;

/// The fields of the form, in their order.
pub const FIELDS: [&str; 6] = [
    "Server",
    "Port",
    "Name",
    "Password; without one: as a guest",
    "Invitation, for a new account",
    "Password again, for a new account",
];
const SERVER: usize = 0;
const PORT: usize = 1;
const NAME: usize = 2;
const PASSWORD: usize = 3;
const INVITATION: usize = 4;
const AGAIN: usize = 5;

const NO_GUESTS: &str =
    "this server admits nobody without an account: sign in with a password, or give an invitation";

const CODE_REQUIRED: &str =
    "this account needs a code, each good once: type it behind the password, after the blank";

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
    /// Whether a code stands behind the password.
    asks_code: bool,
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
        Self { server: None, fields, focus, error: String::new(), asks_code: false, base }
    }

    /// The form of a server that one was on, as it was filled in.
    #[must_use]
    pub fn of(server: ServerId, login: &Login) -> Self {
        let (password, invitation) = match &login.identity {
            Identity::SignIn { password, .. } => (password.as_str(), ""),
            Identity::SignUp { password, invitation, .. } => (password.as_str(), invitation.as_str()),
            Identity::Guest { .. } => ("", ""),
        };
        let known = Known {
            host: login.server.host.clone(),
            port: login.server.port,
            user: login.identity.user().to_owned(),
            invitation: invitation.to_owned(),
        };
        let mut form = Self::new(&known, Some(login.clone()));
        form.put(PASSWORD, password);
        form.put(AGAIN, if invitation.is_empty() { "" } else { password });
        form.server = Some(server);
        form
    }

    /// The same after something was wrong: without a password that was wrong, and the cursor stands where it
    /// is to be mended.
    #[must_use]
    pub fn again(server: ServerId, login: &Login, fatal: &Fatal) -> Self {
        let mut form = Self::of(server, login);
        form.focus = wrong_field(fatal);
        form.asks_code = matches!(fatal, Fatal::CodeRequired(_));
        form.error = if form.asks_code {
            CODE_REQUIRED.into()
        } else if matches!(fatal, Fatal::AccountRequired(_)) {
            NO_GUESTS.into()
        } else {
            fatal.to_string()
        };
        if form.asks_code {
            let password = Zeroizing::new(format!("{} ", form.text(PASSWORD)));
            form.put(PASSWORD, &password);
        } else if form.focus == PASSWORD {
            form.put(PASSWORD, "");
            form.put(AGAIN, "");
        }
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
            composer::edit(field, key);
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

    /// Goes to the first field that must be filled in still; `false` if there is none. A password that is
    /// left out on purpose is not asked for again.
    pub fn go_on(&mut self) -> bool {
        let new = !self.text(INVITATION).is_empty();
        let needs = |index| match index {
            PASSWORD => new || self.focus != PASSWORD,
            AGAIN => new,
            INVITATION => false,
            _ => true,
        };
        let missing = (0..FIELDS.len()).find(|index| needs(*index) && self.text(*index).is_empty());
        if let Some(missing) = missing {
            self.focus = missing;
        }
        missing.is_some()
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
        let typed = self.text(PASSWORD);
        let (password, code) = match typed.rsplit_once(' ') {
            Some((password, code)) if self.asks_code => {
                (password, Some(code).filter(|code| !code.is_empty()))
            }
            Some(_) | None => (typed, None),
        };
        let password = Zeroizing::new(password.to_owned());
        let code = code.map(|code| Zeroizing::new(code.to_owned()));
        let invitation = self.text(INVITATION).trim().to_owned();
        let identity = if !invitation.is_empty() {
            if password.is_empty() {
                return wrong(PASSWORD, "a new account needs a password");
            }
            if self.text(AGAIN) != password.as_str() {
                return wrong(AGAIN, "the two passwords are not the same");
            }
            Identity::SignUp { name: name.nick().clone(), password, invitation }
        } else if password.is_empty() {
            Identity::Guest { name: name.nick().clone() }
        } else {
            Identity::SignIn { name, password, code }
        };
        let server = client::Server { host, port };
        Ok(match self.base.clone() {
            Some(base) => Login { server, identity, ..base },
            None => Login {
                opens: None,
                server,
                identity,
                fingerprint: None,
                ca: None,
                rooms: Vec::new(),
                history_len: super::HISTORY_LEN,
                profile: None,
            },
        })
    }

    fn put(&mut self, index: usize, text: &str) {
        if let Some(place) = self.fields.get_mut(index) {
            *place = field(index, text.to_owned());
        }
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

/// The field that is to be mended.
fn wrong_field(fatal: &Fatal) -> usize {
    match fatal {
        Fatal::Unreachable(_) | Fatal::Untrusted(_) | Fatal::Refused(_) => SERVER,
        Fatal::SignIn(_) | Fatal::CodeRequired(_) | Fatal::AccountRequired(_) => PASSWORD,
        Fatal::SignUp { code, .. } => match code.as_str() {
            "ACCOUNT_EXISTS" | "BAD_ACCOUNT_NAME" | "NICK_IN_USE" => NAME,
            "WEAK_PASSWORD" | "UNACCEPTABLE_PASSWORD" => PASSWORD,
            _ => INVITATION,
        },
    }
}
