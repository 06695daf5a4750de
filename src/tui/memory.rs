//! What outlasts the program: drafts, earlier input, what is muted, and where one was.
//!
//! One file of the user's alone, bounded, written whole and moved into place. Nothing that may hold a
//! secret is ever in it: see [`is_secret`].

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Servers that are remembered.
const SERVERS_MAX: usize = 16;
/// Conversations of one server that are.
const CONVERSATIONS_MAX: usize = 100;
/// Inputs of one conversation, and bytes of the longest.
const PAST_LEN_MAX: usize = 30;
const PAST_BYTES_MAX: usize = 1_000;
/// Bytes of a draft.
const DRAFT_BYTES_MAX: usize = 10_000;
/// Bytes of a file that is read.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Commands whose arguments are no secrets.
const OPEN_COMMANDS: &[&str] = &[
    "away", "close", "delete", "edit", "goto", "help", "history", "invite", "me", "msg", "mute", "nick",
    "part", "query", "quit", "react", "reply", "rooms", "save", "search", "topic", "upload", "users",
    "whois",
];

/// All that is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// By server and account.
    pub servers: BTreeMap<String, Place>,
}

/// One account on one server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The conversation one was in last.
    pub last: Option<String>,
    /// What there is of each, by its name in small letters.
    pub conversations: BTreeMap<String, Kept>,
}

/// What is kept of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// What was being typed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub draft: String,
    /// What was typed before, the latest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub past: Vec<String>,
    /// Whether it is muted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub muted: bool,
}

impl Kept {
    /// What may be kept of a conversation of this name.
    #[must_use]
    pub fn of<'a>(
        name: &str,
        draft: String,
        past: impl DoubleEndedIterator<Item = &'a str>,
        muted: bool,
    ) -> Self {
        let is_open = |text: &str, bytes_max| text.len() <= bytes_max && !is_secret(name, text);
        let latest = past.rev().filter(|text| is_open(text, PAST_BYTES_MAX)).take(PAST_LEN_MAX);
        let mut past: Vec<_> = latest.map(str::to_owned).collect();
        past.reverse();
        let draft = if is_open(&draft, DRAFT_BYTES_MAX) { draft } else { String::new() };
        Self { draft, past, muted }
    }
}

impl Place {
    /// Remembers this of a conversation; nothing is forgotten.
    pub fn keep(&mut self, name: String, kept: Kept) {
        if kept == Kept::default() {
            self.conversations.remove(&name);
        } else if self.conversations.len() < CONVERSATIONS_MAX || self.conversations.contains_key(&name) {
            self.conversations.insert(name, kept);
        }
    }
}

impl Memory {
    /// Reads the file, which need not be there.
    ///
    /// # Errors
    /// It can't be read or understood.
    pub fn load(path: &Path) -> io::Result<Self> {
        let mut text = String::new();
        match fs::File::open(path) {
            Ok(file) => file.take(FILE_BYTES_MAX).read_to_string(&mut text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        serde_json::from_str(&text).map_err(io::Error::other)
    }

    /// Writes these servers into the file; what it holds of others stays, as another client left it.
    ///
    /// # Errors
    /// It can't be written; it is then as it was.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let mut all = Self::load(path).unwrap_or_default();
        all.servers.extend(self.servers.clone());
        while all.servers.len() > SERVERS_MAX {
            let other = all.servers.keys().find(|server| !self.servers.contains_key(*server));
            let Some(other) = other.or_else(|| all.servers.keys().next()).cloned() else { break };
            all.servers.remove(&other);
        }
        if let Some(folder) = path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let draft = path.with_extension(format!("{}.draft", std::process::id()));
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(serde_json::to_string(&all)?.as_bytes())?;
        fs::rename(&draft, path)
    }
}

/// Where the file is: `chat-secure/client.json` in `XDG_STATE_HOME` or `~/.local/state`. None if the
/// environment names no home.
#[must_use]
pub fn path(var: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name| var(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    state.map(|state| state.join("chat-secure").join("client.json"))
}

/// Whether what was typed there may hold a password: all that is said to a service or names one, and all
/// commands but those that are known to hold none.
#[must_use]
pub fn is_secret(conversation: &str, text: &str) -> bool {
    let text = text.trim_start();
    let is_service = |word: &str| {
        let word = word.split('@').find(|part| !part.is_empty()).unwrap_or_default();
        word.trim_end_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase().ends_with("serv")
    };
    if is_service(conversation) || text.split_whitespace().any(is_service) {
        return true;
    }
    // Two slashes begin a text.
    let Some(command) = text.strip_prefix('/').filter(|rest| !rest.starts_with('/')) else { return false };
    let mut words = command.split_whitespace();
    let name = words.next().unwrap_or_default().to_ascii_lowercase();
    match name.as_str() {
        // A room's key is the second.
        "join" => words.count() > 1,
        _ => !OPEN_COMMANDS.contains(&name.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn what_may_hold_a_password_is_known() {
        for (conversation, text) in [
            ("nickserv", "identify hunter2"),
            ("#lobby", "/msg NickServ IDENTIFY hunter2"),
            ("#lobby", " /msg nickserv@services.net identify hunter2"),
            ("#lobby", "@ChanServ: register pw"),
            ("#lobby", "msg NickServ identify hunter2"),
            ("#lobby", "/join #secret key"),
            ("#lobby", "/modes +k key"),
            ("#lobby", "/identify hunter2"),
        ] {
            assert!(is_secret(conversation, text), "{text}");
        }
        for text in
            ["hello", "/me waves", "//slash", "/join #dev", "/search deserved", "a server is a server"]
        {
            assert!(!is_secret("#lobby", text), "{text}");
        }
    }

    #[test]
    fn what_is_kept_has_bounds() {
        let past: Vec<_> = (0..100).map(|number| format!("line {number}")).collect();
        let long = "x".repeat(PAST_BYTES_MAX + 1);
        let typed = past.iter().map(String::as_str).chain([long.as_str(), "/oper a b"]);
        let kept =
            Kept::of("#lobby", "y".repeat(DRAFT_BYTES_MAX + 1), typed.collect::<Vec<_>>().into_iter(), false);
        assert_eq!((kept.past.len(), kept.past.last().unwrap().as_str()), (PAST_LEN_MAX, "line 99"));
        assert!(kept.draft.is_empty());
        let mut place = Place::default();
        let muted = || Kept { muted: true, ..Kept::default() };
        (0..200).for_each(|number| place.keep(format!("#{number}"), muted()));
        assert_eq!(place.conversations.len(), CONVERSATIONS_MAX);
        place.keep("#0".into(), Kept::default());
        assert!(!place.conversations.contains_key("#0"));
    }

    #[test]
    fn the_file_is_its_owners_alone_and_shared_by_servers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/chat-secure/client.json");
        assert_eq!(Memory::load(&path).unwrap(), Memory::default());
        let of = |server: &str| {
            let place = Place { last: Some("#dev".into()), ..Place::default() };
            Memory { servers: [(server.to_owned(), place)].into() }
        };
        of("alice@a:1").save(&path).unwrap();
        of("alice@b:1").save(&path).unwrap();
        assert_eq!(Memory::load(&path).unwrap().servers.len(), 2);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        (0..40).for_each(|number| of(&format!("alice@h{number}:1")).save(&path).unwrap());
        let all = Memory::load(&path).unwrap().servers;
        assert!(all.len() == SERVERS_MAX && all.contains_key("alice@h39:1"));
        fs::write(&path, "{").unwrap();
        assert!(Memory::load(&path).is_err());
    }
}
