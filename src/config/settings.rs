//! The table of the settings: name, type, default, range and meaning of each, once.
//!
//! A row of it is a flag `--data-dir`, an environment variable `CHAT_SECURE_DATA_DIR` and a key `data_dir`
//! of the configuration file. Nothing is checked here but each value by itself.

use std::path::PathBuf;

use crate::limits::Limits;
use crate::names::RoomName;

use super::acme::{Contact, Directory, Domain};
use super::as_toml::in_force;
use super::choice::{LogFormat, Registration, RegistrationEmail, UploadAudience};
use super::listen::{Address, Listening, PlainAddress};
use super::origin::{Origin, WebUrl};
use super::source::{Error, Row, Sources};
use super::value::{Database, DefaultUserModes, GuestPrefix, NetworkName, PasswordHash, ServerName, Value};

/// Where the settings come from.
#[derive(Clone, Debug)]
pub(super) struct Provenance {
    /// The configuration file, if there is one.
    pub(super) file: Option<PathBuf>,
    /// All of them with where each was given, as TOML and without secrets.
    pub(super) in_force: String,
}

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
            /// Where they come from.
            pub(super) provenance: Provenance,
        }

        impl Config {
            pub(super) fn from_sources(sources: &Sources<'_>) -> Result<Self, Error> {
                Ok(Self {
                    $($($name: sources.value::<$type>(&ROWS[Index::$name as usize])?,)*)*
                    provenance: Provenance { file: sources.file().cloned(), in_force: in_force(sources)? },
                })
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

        pub(super) static ROWS: std::sync::LazyLock<Vec<Row>> = std::sync::LazyLock::new(|| vec![$($(Row {
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
        pub(super) cert: Option<PathBuf> = "", "FILE", shown "the server makes one";
        /// The certificate's private key (PEM), readable by its owner only; goes with the certificate.
        pub(super) key: Option<PathBuf> = "", "FILE", shown "the server makes one";
        /// Folder of the certificate and the key that the server makes itself.
        pub(super) certs_dir: PathBuf = "certs", "DIR";
        /// Names for which a certificate is got from an authority and renewed by itself (ACME, TLS-ALPN-01); port 443 of
        /// each must lead to a listener of this server with TLS.
        pub acme_domain: Vec<Domain> = "", "NAME", shown "none";
        /// Says that the authority's terms of service are agreed to; without it nothing is asked of it.
        pub acme_agree_terms: bool = false, "true|false";
        /// Whom the authority may write to.
        pub acme_contact: Option<Contact> = "", "EMAIL", shown "nobody";
        /// Where the authority is: the address of its directory.
        pub acme_directory: Directory = "https://acme-v02.api.letsencrypt.org/directory", "URL";
        /// The root certificate (PEM) by which the authority's own server is known, if it is no public one; the first in
        /// the file counts.
        pub acme_ca: Option<PathBuf> = "", "FILE", shown "the system's roots";
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
        pub(super) database: Option<Database> = "", "URL", shown "sqlite:<data-dir>/chat-secure.db";
        /// Whether people can search what they may read; the index is the file search.db in the data folder.
        pub search: bool = true, "true|false";
        /// Days for which history is kept; what is older is deleted, with its files. 0: for ever. Rooms may have a rule of their own (chatctl retention).
        pub(super) history_days_max: u64 = 0, "DAYS", 0..=36_500;
        /// Entries of each room that are kept, what people said and who came and went; 0: all.
        pub(super) history_entries_max: u64 = 0, "N", 0..=1_000_000_000_000;
        /// Whether the server starts although the newest entries of the history are not those that were written.
        pub accept_damage: bool = false, "true|false";
    }
    "Files" {
        /// MiB of one file that people send; 0: none are taken.
        pub(super) upload_mib_max: u64 = 32, "MIB", 0..=1_048_576;
        /// MiB of all files of one account.
        pub(super) uploads_per_account_mib_max: u64 = 1024, "MIB", 0..=1_073_741_824;
        /// MiB of all files of everybody.
        pub(super) uploads_mib_max: u64 = 10_240, "MIB", 0..=1_073_741_824;
        /// Who may fetch a file: who may read a message that carries it (members), or whoever has its address, which nobody can guess (link).
        pub(super) uploads_public: UploadAudience = "members", "members|link";
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
        pub(super) password_bytes_min: usize = 8, "BYTES", 1..=1024;
        /// Whether new passwords may be those that anybody would try first; for servers that tests are made with.
        pub(super) weak_passwords: bool = false, "true|false";
        /// Memory of one argon2id hash, in KiB.
        pub(super) argon2_memory_kib: u32 = 19_456, "KIB", 8..=4_194_304;
        /// Passes of one argon2id hash.
        pub(super) argon2_passes: u32 = 2, "N", 1..=1000;
        /// Lanes of one argon2id hash.
        pub(super) argon2_lanes: u32 = 1, "N", 1..=255;
        /// Hashes that are calculated at one time; each has a thread and its memory.
        pub(super) hash_threads: Option<usize> = "", "N", 1..=256, shown "half of the cores";
    }
    "Log" {
        /// The form of the log on standard error; RUST_LOG says how much of it (default info).
        pub log_format: LogFormat = "text", "text|json";
    }
    "Limits" {
        /// Connections at one time, of everybody.
        pub(super) sessions_max: usize = Limits::default().sessions_max, "N", 1..=1_000_000;
        /// Connections at one time from one address (an IPv6 /64 counts as one).
        pub(super) sessions_per_address_max: usize = Limits::default().sessions_per_address_max, "N", 1..=1_000_000;
        /// Those of them that nobody has signed in on yet, of everybody.
        pub(super) unregistered_max: usize = Limits::default().unregistered_max, "N", 1..=1_000_000;
        /// The same from one address.
        pub(super) unregistered_per_address_max: usize = Limits::default().unregistered_per_address_max, "N", 1..=1_000_000;
        /// Connections that one address may begin at once.
        pub(super) connects_burst: u32 = Limits::default().connects_burst, "N", 1..=1_000_000;
        /// Connections a second that it may go on with; 0 switches the limit off.
        pub(super) connects_per_second: u32 = Limits::default().connects_per_second, "N", 0..=1_000_000;
        /// Whether addresses of this machine's loopback are held to the three settings before, too. A proxy that says nothing
        /// of its clients makes all of them such.
        pub(super) limit_loopback: bool = Limits::default().limit_loopback, "true|false";
        /// Rooms there may be, direct conversations not among them.
        pub(super) rooms_max: usize = Limits::default().rooms_max, "N", 1..=10_000_000;
        /// Rooms a user may be in.
        pub(super) rooms_per_user_max: usize = Limits::default().rooms_per_user_max, "N", 1..=100_000;
        /// Messages in one CHATHISTORY answer.
        pub(super) history_page_len_max: usize = Limits::default().history_page_len_max, "N", 1..=10_000;
        /// Messages in the answer to one SEARCH.
        pub(super) search_page_len_max: usize = Limits::default().search_page_len_max, "N", 1..=1000;
        /// Messages shown on joining to clients that can't ask for history; 0 for none.
        pub(super) replay_len: usize = Limits::default().replay_len, "N", 0..=10_000;
        /// Seconds for the TLS handshake.
        pub(super) handshake_timeout_s: u64 = Limits::default().handshake_timeout_s, "SECONDS", 1..=3600;
        /// Seconds for signing in, the handshake not counted.
        pub(super) registration_timeout_s: u64 = Limits::default().registration_timeout_s, "SECONDS", 1..=3600;
        /// Seconds of silence after which a peer is pinged.
        pub(super) ping_interval_s: u64 = Limits::default().ping_interval_s, "SECONDS", 1..=86_400;
        /// Seconds that a pinged peer has to say anything, and a blocked one to read anything.
        pub(super) ping_timeout_s: u64 = Limits::default().ping_timeout_s, "SECONDS", 1..=86_400;
        /// Seconds that a message of several lines may wait for its next line.
        pub(super) batch_timeout_s: u64 = Limits::default().batch_timeout_s, "SECONDS", 1..=3600;
        /// Commands that a session may send at once.
        pub(super) flood_burst: u32 = Limits::default().flood_burst, "N", 1..=1_000_000;
        /// Commands a second that it may go on with; 0 switches this limit and that of bytes off.
        pub(super) flood_per_second: u32 = Limits::default().flood_per_second, "N", 0..=1_000_000;
        /// Bytes of commands that a session may send at once.
        pub(super) flood_bytes_burst: u32 = Limits::default().flood_bytes_burst, "BYTES", 8192..=1_000_000_000;
        /// Bytes a second that it may go on with.
        pub(super) flood_bytes_per_second: u32 = Limits::default().flood_bytes_per_second, "BYTES", 512..=1_000_000_000;
    }
}

/// The settings that SIGHUP is enough for; the others wait for a start.
pub const RELOADED: &[&str] =
    &["registration", "registration_before_connect", "registration_email", "server_password_hash"];
