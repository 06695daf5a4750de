//! What people set once: the file `client.toml`.
//!
//! One table of keys, in `row.rs`, is what the parser, `--help` and the manual share. Only
//! [`Settings::load`] opens a file; no password is ever in it.

pub mod chord;
mod row;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

pub use row::{help, page};

use super::document::{Document, Entry, Fault};
use super::notify;
use crate::client::{Fingerprint, UserName};
use crate::names::RoomName;
use crate::suggest;
use chord::Chord;

/// All that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The servers, in the order of the file.
    pub servers: Vec<Server>,
    /// How everything looks.
    pub theme: ThemeChoice,
    /// No frames and one line a message, for screen readers.
    pub plain: bool,
    /// Whether the mouse is the program's.
    pub mouse: bool,
    /// Whether others are told that one is typing, and shown who is.
    pub typing: bool,
    /// Whether the server is told how far one has read.
    pub read_marks: bool,
    /// Whether `:name:` becomes an emoji.
    pub emoji: bool,
    /// Whether `**bold**` and its like become formatting.
    pub marks: bool,
    /// Whether drafts and the like outlast the program.
    pub remember: bool,
    /// People of whom one wants to hear nothing.
    pub ignore: Vec<String>,
    /// Minutes without a key after which one is away; 0: never.
    pub away_minutes: u32,
    /// When to ring, and how.
    pub notify: notify::Rules,
    /// Actions, each with all its keys; those that are not named keep their own.
    pub keys: Vec<(String, Vec<Chord>)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            theme: ThemeChoice::Auto,
            plain: false,
            mouse: true,
            typing: true,
            read_marks: true,
            emoji: true,
            marks: true,
            remember: true,
            ignore: Vec::new(),
            away_minutes: 15,
            notify: notify::Rules::default(),
            keys: Vec::new(),
        }
    }
}

/// A server and how to get in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// What it is called in the file and by `--profile`.
    pub profile: String,
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The account, or a guest's nick.
    pub user: Option<UserName>,
    /// Comes without an account.
    pub guest: bool,
    /// Trusts only this certificate.
    pub fingerprint: Option<Fingerprint>,
    /// Trusts only what the authorities in this file vouch for.
    pub ca: Option<PathBuf>,
    /// The rooms to enter.
    pub rooms: Vec<RoomName>,
    /// Whether it is connected to at the start, beside the others.
    pub autoconnect: bool,
    /// The program that prints the password, with its arguments; empty: none.
    pub password_command: Vec<String>,
}

/// Which theme is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ThemeChoice {
    /// The one that fits the terminal.
    #[default]
    Auto,
    /// The dark one.
    Dark,
    /// The light one.
    Light,
    /// An own one, in this file.
    File(PathBuf),
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something in the file is wrong.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The file can't be read.
    #[error("{}: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Others can write commands into the file that would be run.
    #[error("{path} has a password_command and can be changed by others: chmod go-w {path}", path = path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
}

impl Settings {
    /// Reads the file's text.
    ///
    /// # Errors
    /// The first thing in it that can't be understood, with its line. `actions` are the names that keys
    /// can be given to.
    pub fn parse(text: &str, path: &Path, actions: &[&str]) -> Result<Self, Fault> {
        let mut settings = Self::default();
        for entry in Document::parse(text, path)?.entries() {
            match entry.name.as_str() {
                "server" => settings.servers = servers(entry)?,
                "notify" => row::apply(row::NOTIFY, &mut settings.notify, entry.table()?, "")?,
                "keys" => settings.keys = keys(entry, actions)?,
                _ => row::set(row::GENERAL, &mut settings, &entry, "server notify keys")?,
            }
        }
        Ok(settings)
    }

    /// Reads the file, which need not be there.
    ///
    /// # Errors
    /// As [`Settings::parse`]; the file can't be read; others can change it and so have a command run.
    pub fn load(path: &Path, actions: &[&str]) -> Result<Self, Error> {
        let unreadable = |cause| Error::Unreadable { path: path.to_owned(), cause };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(error)),
        };
        let settings = Self::parse(&text, path, actions)?;
        let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode();
        let runs = settings.servers.iter().any(|server| !server.password_command.is_empty());
        if runs && mode & 0o022 != 0 {
            return Err(Error::Exposed { path: path.to_owned() });
        }
        Ok(settings)
    }

    /// What the environment says goes before the file: `CHAT_SECURE_CLIENT_` and the key's name, such as
    /// `CHAT_SECURE_CLIENT_THEME` and `CHAT_SECURE_CLIENT_NOTIFY_BELL`. Lists are separated by commas.
    ///
    /// # Errors
    /// The first variable that can't be understood.
    pub fn apply_environment(&mut self, var: impl Fn(&str) -> Option<String>) -> Result<(), Fault> {
        row::apply_variables(row::GENERAL, self, "", &var)?;
        row::apply_variables(row::NOTIFY, &mut self.notify, "NOTIFY_", &var)
    }

    /// The server of this name.
    ///
    /// # Errors
    /// A sentence that says which there are.
    pub fn server(&self, profile: &str) -> Result<&Server, String> {
        if let Some(server) = self.servers.iter().find(|server| server.profile == profile) {
            return Ok(server);
        }
        let names: Vec<_> = self.servers.iter().map(|server| server.profile.as_str()).collect();
        Err(match suggest::nearest(profile, names.iter().copied()) {
            Some(meant) => format!("there is no profile {profile:?}, did you mean {meant:?}?"),
            None if names.is_empty() => {
                format!("there is no profile {profile:?}: add [server.{profile}] to the settings")
            }
            None => format!("there is no profile {profile:?}; there are: {}", names.join(", ")),
        })
    }
}

/// Where the file is: `CHAT_SECURE_CLIENT_CONFIG`, or `chat-secure/client.toml` in `XDG_CONFIG_HOME` or
/// `~/.config`. None if the environment names no home.
#[must_use]
pub fn path(var: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name| var(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("CHAT_SECURE_CLIENT_CONFIG").or_else(|| {
        let config = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
        config.map(|config| config.join("chat-secure").join("client.toml"))
    })
}

fn servers(entry: Entry<'_>) -> Result<Vec<Server>, Fault> {
    entry.table()?.entries().into_iter().map(server).collect()
}

fn server(entry: Entry<'_>) -> Result<Server, Fault> {
    let mut server = Server {
        profile: entry.name.clone(),
        host: String::new(),
        port: 6697,
        user: None,
        guest: false,
        fingerprint: None,
        ca: None,
        rooms: Vec::new(),
        autoconnect: false,
        password_command: Vec::new(),
    };
    let missing = entry.fault("needs a host, such as host = \"chat.example.org\"");
    let twofold = entry.fault("has a fingerprint and a ca: take one of them away");
    let senseless = entry.fault("has guest = true and a password_command: take one of them away");
    row::apply(row::SERVER, &mut server, entry.table()?, "")?;
    if server.host.is_empty() {
        return Err(missing);
    }
    if server.fingerprint.is_some() && server.ca.is_some() {
        return Err(twofold);
    }
    if server.guest && !server.password_command.is_empty() {
        return Err(senseless);
    }
    Ok(server)
}

fn keys(entry: Entry<'_>, actions: &[&str]) -> Result<Vec<(String, Vec<Chord>)>, Fault> {
    let mut keys: Vec<(String, Vec<Chord>)> = Vec::new();
    for entry in entry.table()?.entries() {
        if !actions.contains(&entry.name.as_str()) {
            return Err(entry.unknown(actions.iter().copied()));
        }
        let chords = entry.read_all(str::parse::<Chord>)?;
        let taken = |chord: &Chord| keys.iter().find(|(_, chords)| chords.contains(chord));
        if let Some((chord, (action, _))) = chords.iter().find_map(|chord| Some((chord, taken(chord)?))) {
            return Err(entry.fault(format!("{chord} is the key of {action} already")));
        }
        keys.push((entry.name.clone(), chords));
    }
    Ok(keys)
}
