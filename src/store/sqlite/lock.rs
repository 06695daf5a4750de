//! The lock that keeps a second server off the same data directory.
//!
//! The kernel holds it for as long as the process lives, so nothing has to be cleaned up after a
//! crash. It says nothing about the database's own locks.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// The right to use a data directory; given back when dropped.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

/// Why the directory can't be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error(
        "the data directory {} is in use by another chat-secure process ({holder}); stop that one, or choose another directory with --data-dir",
        dir.display()
    )]
    Taken {
        /// The directory.
        dir: PathBuf,
        /// Who holds it, as `pid 123`.
        holder: String,
    },
    /// The directory or the file in it can't be made or opened.
    #[error(
        "can't use the data directory {}: {cause}; it must be writable for the user that runs the server",
        dir.display()
    )]
    Unusable {
        /// The directory.
        dir: PathBuf,
        /// Why.
        cause: io::Error,
    },
}

impl DataLock {
    /// Takes the lock of this directory, which is made (for its owner only) if it is missing.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn acquire(dir: &Path) -> Result<Self, LockError> {
        let unusable = |cause: io::Error| LockError::Unusable { dir: dir.into(), cause };
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(unusable)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(dir.join("lock"))
            .map_err(unusable)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(LockError::Taken { dir: dir.into(), holder: holder(&mut file) });
            }
            Err(error) => return Err(unusable(error.into())),
        }
        write_pid(&mut file).map_err(unusable)?;
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.take(32).read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => format!("pid {}", text.trim()),
        _ => "its pid is not known".into(),
    }
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    file.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_second_holder_is_told_who_the_first_is() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("new/data");
        let first = DataLock::acquire(&data).unwrap();
        let error = DataLock::acquire(&data).unwrap_err().to_string();
        assert!(error.contains(&data.display().to_string()), "{error}");
        assert!(error.contains(&format!("pid {}", std::process::id())), "{error}");
        assert!(error.contains("--data-dir"), "{error}");
        drop(first);
        DataLock::acquire(&data).unwrap();
        let mode = std::fs::metadata(&data).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = DataLock::acquire(&file.join("data")).unwrap_err().to_string();
        assert!(error.contains("file/data"), "{error}");
    }
}
