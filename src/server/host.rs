//! What the server needs of the machine that it runs on: open files, and a folder of its own.

use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::Context as _;

use crate::permissions::writable_by_others;

/// How many files may be open, and how many are needed.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileLimit {
    /// `None`: any number.
    pub(super) allowed: Option<u64>,
    pub(super) needed: u64,
}

/// Files that are open beside the connections: database, log, sockets.
const FILES_BESIDE: u64 = 64;

/// Passwords are in memory for a moment. A limit of 0 alone does not keep a program that collects dumps from one.
pub(super) fn forbid_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let done = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let done =
        done.and(rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable));
    if let Err(error) = done {
        tracing::warn!(%error, "a crash may leave a core dump, which may hold passwords");
    }
}

/// Each connection needs a file descriptor; the usual limit of 1024 is only a default.
pub(super) fn raise_file_limit(sessions_max: usize) -> FileLimit {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let allowed = if raised.is_ok() { limit.maximum } else { limit.current };
    FileLimit { allowed, needed: sessions_max as u64 + FILES_BESIDE }
}

/// The data directory, made if it is missing.
///
/// # Errors
/// It can't be made, or others can write it.
pub(super) fn make_private_dir(path: &Path) -> anyhow::Result<()> {
    if !path.exists() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(|| {
            format!("can't make the data directory {}; choose another with --data-dir", path.display())
        })?;
    }
    let found = std::fs::metadata(path)?;
    if let Some(mode) = writable_by_others(&found) {
        anyhow::bail!(
            "others can write the data directory {} (mode {mode:03o}), and so put in it what they like; run: chmod \
             go-w {}",
            path.display(),
            path.display()
        );
    }
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        tracing::warn!(
            data_dir = %path.display(),
            "others can look into the data directory; chmod 700 {} keeps them out",
            path.display()
        );
    }
    Ok(())
}
