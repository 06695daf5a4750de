//! Why a backup was not made or not read, each with what helps behind a semicolon.

use std::io;
use std::path::{Path, PathBuf};

use crate::store;
use crate::store::sqlite::OpenError;

use super::format::FORMAT;

/// Why it did not work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file can't be read.
    #[error("can't read {}: {cause}; check the path and who may read it", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// A file can't be written.
    #[error("can't write {}: {cause}; check the path, who may write there, and the disk", path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The stream that the backup goes to.
    #[error("can't write the backup: {0}; is the disk full, or the other end gone?")]
    Output(io::Error),
    /// The disk has too little room.
    #[error(
        "{} MiB may be needed in {}, and {} MiB are free; free some, or choose another disk",
        mib(*needed), folder.display(), free / MIB
    )]
    NoRoom {
        /// Where.
        folder: PathBuf,
        /// Bytes that may be needed at most.
        needed: u64,
        /// Bytes that there are.
        free: u64,
    },
    /// Another backup is being made.
    #[error("another backup of this server is under way; wait until it is done")]
    Busy,
    /// What is too large for its place.
    #[error("{} is larger than {max} bytes; is it the right file?", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// Bytes that it may have.
        max: u64,
    },
    /// The archive is cut, changed, or none of ours.
    #[error("this is no whole backup ({0}); take another copy of it")]
    Damaged(String),
    /// The archive is of a later form.
    #[error("this backup has the form {0}, this program knows {FORMAT}; install the version that made it")]
    Newer(u32),
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The database, once it was open.
    #[error("the restored database can't be read: {0}; take another backup")]
    Store(#[from] store::Error),
}

const MIB: u64 = 1024 * 1024;

fn mib(bytes: u64) -> u64 {
    bytes.div_ceil(MIB)
}

impl Error {
    pub(super) fn damaged(cause: impl Into<String>) -> Self {
        Self::Damaged(cause.into())
    }

    pub(super) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Unreadable { path, cause }
    }

    pub(super) fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Unwritable { path, cause }
    }
}
