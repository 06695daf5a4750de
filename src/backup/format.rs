//! The form of a backup: the names in the archive, what stands in front, and what at the end.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::identity;
use crate::store::uploads::ContentHash;

/// Raised when an older program could not read it.
pub(super) const FORMAT: u32 = 1;

/// The database in a data directory.
pub const DATABASE_FILE: &str = "chat-secure.db";
/// Where restored certificate and key are, in the data directory.
pub const IDENTITY_FOLDER: &str = "certs";
/// The configuration file as it was, in a restored data directory.
pub const CONFIG_FILE: &str = "config.toml";
/// The settings that were in force, in a restored data directory.
pub const SETTINGS_FILE: &str = "settings.toml";
/// Where contents of uploads are, in the archive and in a data directory.
pub(super) const UPLOADS_FOLDER: &str = "files";

/// Bytes of everything but the database and uploads.
pub(super) const SMALL_BYTES_MAX: u64 = 1024 * 1024;
/// Ends of the names of small files in the data directory that are backed up: keys, and what they belong to.
const KEPT_ENDS: [&str; 3] = [".key", ".pem", ".json"];
/// Such files at most.
pub(super) const KEPT_LEN_MAX: usize = 100;
const KEPT_NAME_BYTES_MAX: usize = 60;

/// What stands first: enough to know whether it can be restored here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The form of the archive.
    pub format: u32,
    /// The version of the program that made it.
    pub version: String,
    /// When: RFC 3339.
    pub made_at: String,
    /// What the server calls itself.
    pub server_name: String,
    /// The database's last migration.
    pub schema: i64,
    /// Bytes of all contents, at most.
    pub bytes: u64,
    /// Files, at most.
    pub files: u64,
    /// Whether the server made its certificate itself.
    pub self_made: bool,
}

/// What stands last: that all is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// All files but uploads, in their order.
    pub files: Vec<Listed>,
    /// Uploads; the name of each is its hash.
    pub uploads: Count,
    /// Uploads that the database names and that were not there: removed while the backup was made.
    pub missing: Vec<String>,
    /// Uploads whose content on disk was not that of their name.
    pub damaged: Vec<String>,
}

/// A file in the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its name there.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: String,
}

/// How many, and how large.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Files.
    pub files: u64,
    /// Bytes of all.
    pub bytes: u64,
}

/// What can be in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Member {
    Header,
    Database,
    Certificate,
    Key,
    Config,
    Settings,
    /// A small file that stands in the data directory.
    Kept(String),
    Upload(ContentHash),
    Manifest,
}

impl Member {
    /// Reads a name in an archive; nothing for what can't be one.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let fixed = [
            Self::Header,
            Self::Database,
            Self::Certificate,
            Self::Key,
            Self::Config,
            Self::Settings,
            Self::Manifest,
        ];
        if let Some(member) = fixed.into_iter().find(|member| member.name() == name) {
            return Some(member);
        }
        if let Some(hash) = name.strip_prefix("files/") {
            return ContentHash::parse(hash).map(Self::Upload);
        }
        name.strip_prefix("data/").and_then(Self::kept)
    }

    /// A small file of the data directory, if it is one that is backed up.
    pub(super) fn kept(name: &str) -> Option<Self> {
        let mut parts = name.split('/');
        let is_name = |part: &str| {
            (1..=KEPT_NAME_BYTES_MAX).contains(&part.len())
                && !part.starts_with('.')
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        };
        let is_short = parts.clone().count() <= 2 && parts.all(is_name);
        // The first has members of its own, and so have certificate and key.
        let is_other = !name.starts_with("files/")
            && [Self::Certificate, Self::Key].iter().all(|member| member.place() != Path::new(name));
        let is_kept = is_short && is_other && KEPT_ENDS.iter().any(|end| name.ends_with(end));
        is_kept.then(|| Self::Kept(name.to_owned()))
    }

    /// Its name in the archive.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Header => "backup.json".into(),
            Self::Manifest => "manifest.json".into(),
            Self::Kept(name) => format!("data/{name}"),
            Self::Database
            | Self::Certificate
            | Self::Key
            | Self::Config
            | Self::Settings
            | Self::Upload(_) => self.place().to_string_lossy().into_owned(),
        }
    }

    /// Where it is in a restored data directory.
    pub(super) fn place(&self) -> PathBuf {
        match self {
            Self::Database => DATABASE_FILE.into(),
            Self::Certificate => PathBuf::from(IDENTITY_FOLDER).join(identity::CERTIFICATE_FILE),
            Self::Key => PathBuf::from(IDENTITY_FOLDER).join(identity::KEY_FILE),
            Self::Config => CONFIG_FILE.into(),
            Self::Settings => SETTINGS_FILE.into(),
            Self::Upload(hash) => PathBuf::from(UPLOADS_FOLDER).join(hash.as_str()),
            Self::Kept(name) => name.into(),
            // They tell of the others, and stand nowhere.
            Self::Header | Self::Manifest => PathBuf::new(),
        }
    }

    /// Bytes that it may have, where all of them may be so many.
    pub(super) fn bytes_max(&self, all: u64) -> u64 {
        match self {
            Self::Database | Self::Upload(_) => all,
            // As many uploads may be missing as there are.
            Self::Manifest => SMALL_BYTES_MAX.saturating_mul(64),
            Self::Header | Self::Certificate | Self::Key | Self::Config | Self::Settings | Self::Kept(_) => {
                SMALL_BYTES_MAX
            }
        }
    }
}
