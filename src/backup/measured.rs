//! Bytes on their way, counted and hashed; and the room that a disk has for them.

use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::auth::secret;

use super::{Error, Progress};

/// Bytes that are moved at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// Refuses where the disk of this folder has less room than this, in bytes.
///
/// # Errors
/// [`Error::NoRoom`].
pub fn room_in(folder: &Path, needed: u64) -> Result<(), Error> {
    // What can't be asked is tried.
    let Ok(disk) = rustix::fs::statvfs(folder) else { return Ok(()) };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < needed { Err(Error::NoRoom { folder: folder.into(), needed, free }) } else { Ok(()) }
}

/// Bytes done of those that there are.
pub(super) struct Meter<'a> {
    done: u64,
    total: u64,
    progress: Progress<'a>,
}

impl<'a> Meter<'a> {
    pub(super) fn new(total: u64, progress: Progress<'a>) -> Self {
        Self { done: 0, total, progress }
    }

    /// From now on there are so many.
    pub(super) fn begin(&mut self, total: u64) {
        self.total = total;
    }

    pub(super) fn add(&mut self, bytes: u64) {
        self.done += bytes;
        (self.progress)(self.done, self.total);
    }
}

/// Why not all of it came through.
pub(super) enum Broken {
    Reading(io::Error),
    Writing(io::Error),
}

/// Copies to the end; the SHA-256 of it, and how many bytes there were.
pub(super) fn copy(
    from: &mut impl Read,
    to: &mut impl Write,
    meter: &mut Meter<'_>,
) -> Result<(String, u64), Broken> {
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut copied = 0;
    loop {
        let read = match from.read(&mut chunk) {
            Ok(0) => return Ok((secret::hex(&hash.finalize()), copied)),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Broken::Reading(error)),
        };
        let bytes = chunk.get(..read).unwrap_or_default();
        hash.update(bytes);
        to.write_all(bytes).map_err(Broken::Writing)?;
        copied += bytes.len() as u64;
        meter.add(bytes.len() as u64);
    }
}

/// SHA-256 of bytes in memory.
pub(super) fn hash(bytes: &[u8]) -> String {
    secret::hex(&Sha256::digest(bytes))
}
