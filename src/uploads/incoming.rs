//! A file on its way in: written as it comes, hashed on the way, and gone if it does not come whole.

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::OwnedSemaphorePermit;

use crate::auth::secret;
use crate::store::uploads::ContentHash;

use super::Error;
use super::kind::{FileKind, HEAD_BYTES};

/// A file on its way in. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct Incoming {
    file: File,
    path: Temporary,
    hasher: Sha256,
    /// How it begins.
    head: Vec<u8>,
    bytes: u64,
    bytes_max: u64,
    _place: OwnedSemaphorePermit,
}

/// A file that came whole and is on disk.
#[derive(Debug)]
pub(super) struct Complete {
    pub(super) hash: ContentHash,
    pub(super) kind: FileKind,
    pub(super) bytes: u64,
    path: Temporary,
    _place: OwnedSemaphorePermit,
}

/// The path of a file that is removed with it.
#[derive(Debug)]
struct Temporary(Option<PathBuf>);

impl Drop for Temporary {
    fn drop(&mut self) {
        // One call that needs no disk; what fails is cleared at the next start.
        if let Some(path) = &self.0 {
            drop(std::fs::remove_file(path));
        }
    }
}

impl Incoming {
    pub(super) fn new(path: PathBuf, file: File, bytes_max: u64, place: OwnedSemaphorePermit) -> Self {
        let path = Temporary(Some(path));
        let (hasher, head) = (Sha256::new(), Vec::with_capacity(HEAD_BYTES));
        Self { file, path, hasher, head, bytes: 0, bytes_max, _place: place }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Disk`].
    pub async fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(chunk.len() as u64);
        if self.bytes > self.bytes_max {
            return Err(Error::TooLarge);
        }
        let missing = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend(&chunk[..missing.min(chunk.len())]);
        self.hasher.update(chunk);
        self.file.write_all(chunk).await?;
        Ok(())
    }

    /// Waits until all of it is on disk.
    pub(super) async fn complete(mut self) -> Result<Complete, Error> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        let digits = secret::hex(&self.hasher.finalize());
        let hash = ContentHash::parse(&digits).ok_or_else(|| io::Error::other("no hash"))?;
        let kind = FileKind::of(&self.head);
        Ok(Complete { hash, kind, bytes: self.bytes, path: self.path, _place: self._place })
    }
}

impl Complete {
    pub(super) fn path(&self) -> &Path {
        self.path.0.as_deref().unwrap_or(Path::new(""))
    }

    /// Gives it its name, all at once, and waits until that is on disk.
    pub(super) async fn rename(mut self, to: &Path) -> io::Result<()> {
        fs::rename(self.path(), to).await?;
        self.path.0 = None;
        let Some(folder) = to.parent() else { return Ok(()) };
        File::open(folder).await?.sync_all().await
    }
}
