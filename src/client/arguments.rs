//! The command line of the companion, for every front end.

use std::path::PathBuf;

use crate::names::{NameError, Nick, RoomName};

use super::known_hosts::{KnownHosts, KnownHostsError};
use super::trust::Policy;
use super::{Fingerprint, Server, UserName};

/// What `--help` says behind the list.
pub const AFTER_HELP: &str = "\
The password is asked for, or taken from CHAT_SECURE_PASSWORD or --password-stdin; a token does as well.

Who the server is, is checked in this order: --fingerprint, --ca, the pin of an earlier visit (in
~/.config/chat-secure/known_hosts), the system's roots. An unknown server is shown and asked about once.

In a pipe each line of standard input is a message to the room: echo hello | chat-secure-client --host …
What arrives goes to standard output. On a terminal it fills the screen, and F1 lists the keys; with --plain
it goes line by line, and /help lists the commands.

Exit codes: 0 all went well (in a pipe: every message is stored), 1 something failed, 2 wrong arguments.";

/// Chats over TLS with a chat-secure server, or any modern IRC server.
#[derive(Clone, Debug, Default, clap::Parser)]
#[command(name = "chat-secure-client", version, after_help = AFTER_HELP)]
pub struct Arguments {
    /// A server of the settings, by its name there
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// The server's name or address
    #[arg(long, env = "CHAT_SECURE_HOST", value_name = "HOST")]
    pub host: Option<String>,

    /// The server's port; if not given: 6697
    #[arg(long, env = "CHAT_SECURE_PORT", value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,

    /// The account to sign in to, or to make with --invite; on a bouncer with its network: alice/libera
    #[arg(long, env = "CHAT_SECURE_USER", value_name = "NAME")]
    pub user: Option<UserName>,

    /// Makes an account from an invitation
    #[arg(long, env = "CHAT_SECURE_INVITE", hide_env_values = true, value_name = "CODE")]
    pub invite: Option<String>,

    /// Comes without an account, if the server admits guests
    #[arg(long, conflicts_with = "invite")]
    pub guest: bool,

    /// Takes the password from the first line of standard input
    #[arg(long, conflicts_with = "guest")]
    pub password_stdin: bool,

    /// Trusts only the certificate, or with `spki-sha256:` in front the public key, with this SHA-256 fingerprint
    #[arg(long, env = "CHAT_SECURE_FINGERPRINT", value_name = "SHA256", conflicts_with = "ca")]
    pub fingerprint: Option<Fingerprint>,

    /// Trusts only certificates that the authorities in this PEM file vouch for
    #[arg(long, env = "CHAT_SECURE_CA", value_name = "FILE")]
    pub ca: Option<PathBuf>,

    /// A room to enter; may be given several times, messages go to the first; without any: #lobby
    #[arg(long, env = "CHAT_SECURE_ROOM", value_name = "ROOM", value_delimiter = ',', value_parser = room)]
    pub room: Vec<RoomName>,
    /// The room that comes to the screen, because it was named here and not in a profile.
    #[arg(skip)]
    pub opens: Option<RoomName>,

    /// Shows no earlier messages on entering
    #[arg(long)]
    pub no_history: bool,

    /// Line by line on a terminal as well, without frames: for screen readers
    #[arg(long, visible_alias = "line")]
    pub plain: bool,

    /// When to use colours; NO_COLOR is honoured
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    pub color: Color,

    /// The program that prints the password, with its arguments; from the settings only
    #[arg(skip)]
    pub password_command: Vec<String>,
}

/// Where servers listen, unless somebody says otherwise.
pub const PORT: u16 = 6697;
const DEFAULT_ROOM: &str = "#lobby";

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// In a pipe as well.
    Always,
    /// Not at all.
    Never,
}

impl Arguments {
    /// The nick wanted, if one is named.
    #[must_use]
    pub fn nick(&self) -> Option<Nick> {
        self.user.as_ref().map(|user| user.nick().clone())
    }

    /// The server, if one is named.
    #[must_use]
    pub fn server(&self) -> Option<Server> {
        let host = self.host.as_deref()?.trim_start_matches('[').trim_end_matches(']');
        Some(Server { host: host.to_owned(), port: self.port.unwrap_or(PORT) })
    }

    /// Whom to trust.
    ///
    /// # Errors
    /// [`KnownHostsError`] if there is no place for what is to be remembered.
    pub fn policy(&self) -> Result<Policy, KnownHostsError> {
        let known_hosts = KnownHosts::of_user()?;
        Ok(Policy { fingerprint: self.fingerprint, ca: self.ca.clone(), known_hosts })
    }

    /// The rooms, each once.
    #[must_use]
    pub fn rooms(&self) -> Vec<RoomName> {
        let mut rooms: Vec<RoomName> = Vec::new();
        let default = RoomName::parse(DEFAULT_ROOM).ok().filter(|_| self.room.is_empty());
        for room in self.room.iter().chain(&default) {
            if !rooms.contains(room) {
                rooms.push(room.clone());
            }
        }
        rooms
    }

    /// The room that messages go to at first.
    #[must_use]
    pub fn first_room(&self) -> String {
        self.room.first().map_or_else(|| DEFAULT_ROOM.into(), ToString::to_string)
    }

    /// Whether to use colours.
    #[must_use]
    pub fn has_color(&self, is_terminal: bool) -> bool {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                is_terminal && set("NO_COLOR").is_none() && set("TERM").is_some_and(|term| term != "dumb")
            }
        }
    }
}

/// A room's name, with or without its `#`, which shells take for a comment.
fn room(text: &str) -> Result<RoomName, NameError> {
    if text.starts_with('#') { RoomName::parse(text) } else { RoomName::parse(&format!("#{text}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn parse(line: &str) -> Result<Arguments, String> {
        let words = std::iter::once("chat-secure-client").chain(line.split_whitespace());
        Arguments::try_parse_from(words).map_err(|error| error.to_string())
    }

    #[test]
    fn a_host_is_enough() {
        let arguments = parse("--host chat.example").unwrap();
        assert_eq!(arguments.server().unwrap().to_string(), "chat.example:6697");
        assert_eq!(arguments.first_room(), "#lobby");
    }

    #[test]
    fn rooms_are_named_with_or_without_the_hash() {
        let arguments = parse("--host h --room dev --room #ops,DEV").unwrap();
        assert_eq!(arguments.rooms().iter().map(RoomName::as_str).collect::<Vec<_>>(), ["#dev", "#ops"]);
    }

    #[test]
    fn wrong_arguments_are_named() {
        for (line, part) in [
            ("--host h --fingerprint xyz", "64 hexadecimal digits"),
            ("--host h --user 1st", "a name can't contain"),
            ("--host h --port 70000", "--port <PORT>"),
            ("--host h --port 0", "--port <PORT>"),
            ("--host h --guest --invite x", "cannot be used with"),
            ("--host h --ca f --fingerprint 00", "--fingerprint"),
            ("--host h --insecure", "--insecure"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
