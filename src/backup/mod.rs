//! Backups: all that a server is made of in one file, and back again.
//!
//! The file is a tar archive in one zstd frame: [`Header`], then the contents, then [`Manifest`]. Nothing in an archive is
//! believed: what is not one of the few names that there are, too large or too much ends the reading, and nothing is
//! ever written but below the folder that was asked for.

mod check;
mod error;
mod format;
mod measured;
mod take;
#[cfg(test)]
mod tests;
mod unpack;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use check::{Report, check};
pub use error::Error;
pub use format::{CONFIG_FILE, Count, DATABASE_FILE, Header, IDENTITY_FOLDER, Manifest, SETTINGS_FILE};
pub use measured::room_in;
pub use take::{Prepared, Taken};
pub use unpack::{Unpacked, unpack};

/// What a server is made of, and where that is; all paths absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    /// What the server calls itself.
    pub server_name: String,
    /// Its data directory.
    pub data_dir: PathBuf,
    /// Its database.
    pub database: PathBuf,
    /// Its certificate.
    pub certificate: PathBuf,
    /// The certificate's key.
    pub key: PathBuf,
    /// Whether the server made these two itself.
    pub self_made: bool,
    /// Its configuration file, if it has one.
    pub config: Option<PathBuf>,
    /// Its settings in force, as TOML and without secrets.
    pub settings: String,
}

/// Told how many bytes are done, of how many.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);
