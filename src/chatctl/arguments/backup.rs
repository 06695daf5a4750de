//! The command line of backups.

use std::path::PathBuf;

/// Writes database, files, certificate, key and configuration.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::chatctl) struct Backup {
    /// The file to write, readable for you only; - for standard output
    pub(in crate::chatctl) file: PathBuf,
    /// In the place of a file that is there
    #[arg(long)]
    pub(in crate::chatctl) force: bool,
}

/// Into the directory of --data-dir, which must be empty or missing.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::chatctl) struct Restore {
    /// The backup; - for standard input
    pub(in crate::chatctl) file: PathBuf,
}

/// Nothing stays of it, and no server is asked.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::chatctl) struct VerifyBackup {
    /// The backup; - for standard input
    pub(in crate::chatctl) file: PathBuf,
    /// The folder in which there is room for it [default: that of the backup]
    #[arg(long, value_name = "DIR")]
    pub(in crate::chatctl) scratch: Option<PathBuf>,
}
