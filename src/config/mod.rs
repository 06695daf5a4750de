//! The settings: one table, three ways to give each of them.
//!
//! A row of the table below is a flag `--data-dir`, an environment variable `CHAT_SECURE_DATA_DIR`
//! and a key `data_dir` of the configuration file, in that order of precedence; then comes its
//! default. Values are checked here, once; nothing is created or opened but the file itself.

mod as_toml;
mod choice;
mod listen;
mod origin;
mod source;
mod value;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::auth::password::Cost;
use crate::limits::Limits;
use crate::names::RoomName;
use crate::store::uploads::Quota;
use crate::uploads::{Audience, Rules};

pub use as_toml::example_file;
pub use choice::{LogFormat, Registration, RegistrationEmail, UploadAudience};
pub use listen::{Address, Listening, PlainAddress};
pub use origin::{Origin, WebUrl};
pub use source::{Error, command, settings_page};
pub use value::{Database, DefaultUserModes, GuestPrefix, NetworkName, PasswordHash, ServerName};

use source::{CHECK, Flags, Row, Sources};
use value::Value;

macro_rules! settings {
    ($($group:literal {$(
        $(#[doc = $meaning:literal])*
        $visibility:vis $name:ident: $type:ty = $default:expr, $value:literal
        $(, $min:literal..=$max:literal)? $(, shown $shown:literal)?;
    )*})*) => {
        /// The settings in force, checked.
        #[derive(Clone, Debug)]
        #[allow(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
        pub struct Config {
            $($($(#[doc = $meaning])* $visibility $name: $type,)*)*
        }

        impl Config {
            fn from_sources(sources: &Sources<'_>) -> Result<Self, Error> {
                Ok(Self { $($($name: sources.value::<$type>(&ROWS[Index::$name as usize])?,)*)* })
            }

            /// The names of the settings that differ, in the order of the table.
            #[must_use]
            pub fn differing(&self, other: &Self) -> Vec<&'static str> {
                let mut names = Vec::new();
                $($(if self.$name != other.$name {
                    names.push(stringify!($name));
                })*)*
                names
            }
        }

        /// Where each setting stands in [`ROWS`].
        #[allow(non_camel_case_types, reason = "the names of the settings as they are written")]
        enum Index { $($($name,)*)* }

        static ROWS: std::sync::LazyLock<Vec<Row>> = std::sync::LazyLock::new(|| vec![$($(Row {
            group: $group,
            name: stringify!($name),
            kind: <$type as Value>::KIND,
            effective: <$type as Value>::effective,
            default: $default.to_string(),
            value: $value,
            range: settings!(@range $($min, $max)?),
            meaning: concat!($($meaning,)*).trim(),
            shown: settings!(@shown $($shown)?),
        },)*)*]);
    };
    (@range) => { (0, u64::MAX) };
    (@range $min:literal, $max:literal) => { ($min, $max) };
    (@shown) => { None };
    (@shown $shown:literal) => { Some($shown) };
}

settings! {
    "Network" {
        /// Where IRC over TLS is spoken; localhost means 127.0.0.1 and ::1, port 0 any free port.
        /// With proxy:// in front, here and below, each connection must begin with a PROXY header.
        pub listen: Vec<Listening<Address>> = "localhost:6697", "HOST:PORT";
        /// Where IRC is spoken without TLS: an address of this machine's loopback, or a unix socket.
        pub listen_plain: Vec<Listening<PlainAddress>> = "", "HOST:PORT|unix:PATH", shown "none";
        /// Where IRC over WebSocket is spoken with TLS; empty for nowhere.
        pub listen_web: Vec<Listening<Address>> = "localhost:8443", "HOST:PORT";
        /// Where IRC over WebSocket is spoken without TLS, for a reverse proxy: an address of this machine's
        /// loopback, or a unix socket.
        pub listen_web_plain: Vec<Listening<PlainAddress>> = "", "HOST:PORT|unix:PATH", shown "none";
        /// Where the health and the metrics of the server are shown (/healthz, /readyz, /metrics): an address of this
        /// machine's loopback, or a unix socket.
        pub listen_metrics: Vec<PlainAddress> = "", "HOST:PORT|unix:PATH", shown "none";
        /// Web sites beside the server's own whose pages may connect, such as `https://chat.example.org`; * for all.
        pub web_origins: Vec<Origin> = "", "ORIGIN|*", shown "none";
        /// The web's address as people reach it, such as `https://chat.example.org`; it stands before those of files.
        pub web_url: Option<WebUrl> = "", "URL", shown "the server's name and the port of listen_web";
        /// What the server calls itself: in its lines, and in the certificate it makes.
        pub server_name: ServerName = "localhost", "NAME";
        /// What clients show as the name of the network.
        pub network_name: NetworkName = "ChatSecure", "NAME";
    }
    "Certificate" {
        /// The certificate and its chain (PEM); goes with the key.
        cert: Option<PathBuf> = "", "FILE", shown "the server makes one";
        /// The certificate's private key (PEM), readable by its owner only; goes with the certificate.
        key: Option<PathBuf> = "", "FILE", shown "the server makes one";
        /// Folder of the certificate and the key that the server makes itself.
        certs_dir: PathBuf = "certs", "DIR";
    }
    "Strict transport" {
        /// Seconds for which clients are to use TLS only (IRCv3 sts); 0 says nothing of that. Needs a certificate that clients trust.
        pub sts_duration_s: u64 = 0, "SECONDS", 0..=315_360_000;
        /// Seconds for which browsers are to use TLS only with this host, on all its ports (HSTS); 0 says nothing of that.
        /// Never said with a certificate that the server signed itself.
        pub hsts_duration_s: u64 = 15_552_000, "SECONDS", 0..=315_360_000;
    }
    "Data" {
        /// Folder of all that the server keeps.
        pub data_dir: PathBuf = "data", "DIR";
        /// Where accounts and history are.
        database: Option<Database> = "", "URL", shown "sqlite:<data-dir>/chat-secure.db";
        /// Whether people can search what they may read; the index is the file search.db in the data folder.
        pub search: bool = true, "true|false";
    }
    "Files" {
        /// MiB of one file that people send; 0: none are taken.
        upload_mib_max: u64 = 32, "MIB", 0..=1_048_576;
        /// MiB of all files of one account.
        uploads_per_account_mib_max: u64 = 1024, "MIB", 0..=1_073_741_824;
        /// MiB of all files of everybody.
        uploads_mib_max: u64 = 10_240, "MIB", 0..=1_073_741_824;
        /// Who may fetch a file: who may read a message that carries it (members), or whoever has its address, which nobody can guess (link).
        uploads_public: UploadAudience = "members", "members|link";
    }
    "People" {
        /// Who may make an account: who has an invitation, everybody (open), or nobody but administrators (closed).
        pub registration: Registration = "invite", "invite|open|closed";
        /// Whether accounts are made before one is in, too, or by guests who are in only.
        pub registration_before_connect: bool = true, "true|false";
        /// Whether new accounts have an e-mail address. It is kept and shown to administrators; nothing is sent there.
        pub registration_email: RegistrationEmail = "none", "none|optional|required";
        /// The hash of a password (PASS) that people without an account need, made by chatctl hash-password.
        pub server_password_hash: Option<PasswordHash> = "", "HASH", shown "none";
        /// Whether people without an account are admitted.
        pub guests: bool = false, "true|false";
        /// How a guest's default nick begins; the remote port follows.
        pub guest_prefix: GuestPrefix = "guest", "NICK";
        /// The room that new accounts enter on their first visit; empty for none.
        pub default_room: Option<RoomName> = "#lobby", "ROOM";
        /// Whether accounts stay members of their rooms while they are disconnected.
        pub always_on: bool = true, "true|false";
        /// The modes that people begin with: letters of i (not found by strangers), R (not spoken to by guests), T (no CTCP) and w (hears WALLOPS), such as +iR.
        pub default_user_modes: DefaultUserModes = "", "MODES", shown "none";
        /// A text that everybody is shown on connecting.
        pub motd: Option<PathBuf> = "", "FILE", shown "none";
    }
    "Passwords" {
        /// Bytes that a new password has at least.
        pub password_bytes_min: usize = 8, "BYTES", 1..=1024;
        /// Memory of one argon2id hash, in KiB.
        argon2_memory_kib: u32 = 19_456, "KIB", 8..=4_194_304;
        /// Passes of one argon2id hash.
        argon2_passes: u32 = 2, "N", 1..=1000;
        /// Lanes of one argon2id hash.
        argon2_lanes: u32 = 1, "N", 1..=255;
        /// Hashes that are calculated at one time; each has a thread and its memory.
        hash_threads: Option<usize> = "", "N", 1..=256, shown "half of the cores";
    }
    "Log" {
        /// The form of the log on standard error; RUST_LOG says how much of it (default info).
        pub log_format: LogFormat = "text", "text|json";
    }
    "Limits" {
        /// Connections at one time, of everybody.
        sessions_max: usize = Limits::default().sessions_max, "N", 1..=1_000_000;
        /// Connections at one time from one address (an IPv6 /64 counts as one).
        sessions_per_address_max: usize = Limits::default().sessions_per_address_max, "N", 1..=1_000_000;
        /// Rooms a user may be in.
        rooms_per_user_max: usize = Limits::default().rooms_per_user_max, "N", 1..=100_000;
        /// Messages in one CHATHISTORY answer.
        history_page_len_max: usize = Limits::default().history_page_len_max, "N", 1..=10_000;
        /// Messages in the answer to one SEARCH.
        search_page_len_max: usize = Limits::default().search_page_len_max, "N", 1..=1000;
        /// Messages shown on joining to clients that can't ask for history; 0 for none.
        replay_len: usize = Limits::default().replay_len, "N", 0..=10_000;
        /// Seconds for the TLS handshake.
        handshake_timeout_s: u64 = Limits::default().handshake_timeout_s, "SECONDS", 1..=3600;
        /// Seconds for signing in, the handshake not counted.
        registration_timeout_s: u64 = Limits::default().registration_timeout_s, "SECONDS", 1..=3600;
        /// Seconds of silence after which a peer is pinged.
        ping_interval_s: u64 = Limits::default().ping_interval_s, "SECONDS", 1..=86_400;
        /// Seconds that a pinged peer has to say anything, and a blocked one to read anything.
        ping_timeout_s: u64 = Limits::default().ping_timeout_s, "SECONDS", 1..=86_400;
        /// Seconds that a message of several lines may wait for its next line.
        batch_timeout_s: u64 = Limits::default().batch_timeout_s, "SECONDS", 1..=3600;
        /// Commands that a session may send at once.
        flood_burst: u32 = Limits::default().flood_burst, "N", 1..=1_000_000;
        /// Commands a second that it may go on with; 0 switches the limit off.
        flood_per_second: u32 = Limits::default().flood_per_second, "N", 0..=1_000_000;
    }
}

/// The settings that SIGHUP is enough for; the others wait for a start.
pub const RELOADED: &[&str] =
    &["registration", "registration_before_connect", "registration_email", "server_password_hash"];

/// Which certificate the server shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// The operator's.
    Given {
        /// The certificate and its chain (PEM).
        cert: PathBuf,
        /// Its private key (PEM).
        key: PathBuf,
    },
    /// One that the server makes in this folder.
    SelfMade {
        /// The folder.
        dir: PathBuf,
    },
}

impl Config {
    /// The server's: from its arguments (the first is the program's name), what `env` says and
    /// the file that one of them names.
    ///
    /// # Errors
    /// One line that names the setting, where it was given and what is allowed; or what clap has
    /// to say, the help that was asked for included.
    pub fn load(
        args: impl IntoIterator<Item = OsString>,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Error> {
        let matches = command().try_get_matches_from(args)?;
        Self::resolve(Flags::from_matches(&matches), &env)
    }

    /// The same, and with `--check-config` all settings with where each was given, as TOML, in which there
    /// is no secret.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load_or_check(
        args: impl IntoIterator<Item = OsString>,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Result<(Self, Option<String>), Error> {
        let matches = command().try_get_matches_from(args)?;
        let sources = Sources::read(Flags::from_matches(&matches), &env)?;
        let config = Self::from_sources(&sources)?;
        config.check()?;
        let report = matches.get_flag(CHECK).then(|| as_toml::in_force(&sources)).transpose()?;
        Ok((config, report))
    }

    /// The same server's, for a tool that is only told which one it is.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load_for_tool(
        data_dir: Option<&Path>,
        config: Option<&Path>,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Error> {
        Self::resolve(Flags::for_tool(data_dir, config), &env)
    }

    fn resolve(flags: Flags, env: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let config = Self::from_sources(&Sources::read(flags, env)?)?;
        config.check()?;
        Ok(config)
    }

    /// What no row can say alone.
    fn check(&self) -> Result<(), Error> {
        if self.cert.is_some() != self.key.is_some() {
            let (given, missing) = if self.cert.is_some() { ("cert", "key") } else { ("key", "cert") };
            return Err(Error::together(format!(
                "{given} is set but {missing} is not: set both, or neither and the server makes its own"
            )));
        }
        if self.argon2_memory_kib < 8 * self.argon2_lanes {
            return Err(Error::together(format!(
                "argon2_memory_kib is {} but must be at least 8 times argon2_lanes, which is {}",
                self.argon2_memory_kib, self.argon2_lanes
            )));
        }
        if !self.registration_before_connect && !self.guests && self.registration != Registration::Closed {
            return Err(Error::together(
                "registration_before_connect and guests are both false: nobody could register; set one of \
                 them to true, or registration to closed"
                    .into(),
            ));
        }
        if self.listen.is_empty()
            && self.listen_plain.is_empty()
            && self.listen_web.is_empty()
            && self.listen_web_plain.is_empty()
        {
            return Err(Error::together(
                "listen, listen_plain, listen_web and listen_web_plain are all empty: nobody could connect"
                    .into(),
            ));
        }
        Ok(())
    }

    /// Which certificate the server shows.
    #[must_use]
    pub fn certificate(&self) -> Certificate {
        match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => Certificate::Given { cert: cert.clone(), key: key.clone() },
            (None, _) | (_, None) => Certificate::SelfMade { dir: self.certs_dir.clone() },
        }
    }

    /// Where accounts and history are.
    #[must_use]
    pub fn database(&self) -> Database {
        self.database.clone().unwrap_or_else(|| Database::Sqlite(self.data_dir.join("chat-secure.db")))
    }

    /// Which files are taken, how many, and for whom.
    #[must_use]
    pub fn upload_rules(&self) -> Rules {
        let bytes = |mib: u64| mib.saturating_mul(1024 * 1024);
        Rules {
            file_bytes_max: bytes(self.upload_mib_max),
            quota: Quota {
                account_bytes_max: bytes(self.uploads_per_account_mib_max),
                bytes_max: bytes(self.uploads_mib_max),
            },
            audience: match self.uploads_public {
                UploadAudience::Members => Audience::Members,
                UploadAudience::Link => Audience::Link,
            },
        }
    }

    /// What one argon2id hash costs.
    #[must_use]
    pub fn argon2_cost(&self) -> Cost {
        Cost { memory_kib: self.argon2_memory_kib, passes: self.argon2_passes, lanes: self.argon2_lanes }
    }

    /// Hashes that are calculated at one time.
    #[must_use]
    pub fn hash_threads(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        self.hash_threads.unwrap_or((cores / 2).max(1))
    }

    /// The bounds that an operator may set.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            sessions_max: self.sessions_max,
            sessions_per_address_max: self.sessions_per_address_max,
            rooms_per_user_max: self.rooms_per_user_max,
            history_page_len_max: self.history_page_len_max,
            search_page_len_max: self.search_page_len_max,
            replay_len: self.replay_len,
            handshake_timeout_s: self.handshake_timeout_s,
            registration_timeout_s: self.registration_timeout_s,
            ping_interval_s: self.ping_interval_s,
            ping_timeout_s: self.ping_timeout_s,
            batch_timeout_s: self.batch_timeout_s,
            flood_burst: self.flood_burst,
            flood_per_second: self.flood_per_second,
        }
    }
}
