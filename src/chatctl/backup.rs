//! Backups: made into a file, restored into an empty data directory, and tried out.
//!
//! A file has its name only when it is whole and on disk; what fails leaves nothing behind.

mod bar;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, IsTerminal as _, Read};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::admin::{self, CallError, Request, Response};
use crate::backup::{
    self, CONFIG_FILE, DATABASE_FILE, IDENTITY_FOLDER, Prepared, Report, Sources, Taken, Unpacked, room_in,
};
use crate::clock::Clock;
use crate::config::Config;
use crate::identity;
use crate::store::sqlite::DataLock;

use super::arguments::{Backup, Restore, VerifyBackup};
use super::table::harmless;
use super::{Failure, door, write_out};

use bar::Bar;

/// Standard output or input.
const STREAM: &str = "-";
/// Where a backup is unpacked, in the data directory that it becomes.
const PARTIAL_FOLDER: &str = ".partial";
const LOCK_FILE: &str = "lock";

impl From<backup::Error> for Failure {
    fn from(error: backup::Error) -> Self {
        Self::from_text(&error.to_string())
    }
}

/// `chatctl backup`
pub(super) async fn take(config: &Config, order: &Backup, json: bool) -> Result<(), Failure> {
    let file = &order.file;
    if is_stream(file) && io::stdout().is_terminal() {
        return Err(Failure::Usage(
            "a terminal is no place for a backup — name a file, or a pipe behind -".into(),
        ));
    }
    if !is_stream(file) && file.exists() && !order.force {
        let what = format!("there is {} already", file.display());
        return Err(admin::Error::exists(what, "choose another name, or give --force").into());
    }
    let (sources, _lock) = sources(config, file).await?;
    let prepared = Prepared::new(&sources, Clock::System.now()).await?;
    if is_stream(file) {
        let mut bar = Bar::new("backup");
        let (_, taken) = prepared.write(io::stdout().lock(), &mut |done, all| bar.show(done, all))?;
        drop(bar);
        warn(&taken);
        return Ok(());
    }
    let (taken, len) = write(prepared, file)?;
    warn(&taken);
    if json {
        let Taken { bytes, missing, damaged } = taken;
        let told = json!({
            "file": file, "bytes": bytes, "compressed_bytes": len, "missing": missing, "damaged": damaged,
        });
        return write_out(&format!("{told}\n"));
    }
    eprintln!(
        "{} has the server as it is now: {} in {}. It holds all conversations and the server's key: keep it as such.",
        harmless(&file.display().to_string()),
        bar::size(taken.bytes),
        bar::size(len)
    );
    Ok(())
}

fn is_stream(file: &Path) -> bool {
    file == Path::new(STREAM)
}

/// What is to be backed up; of a stopped server with its lock.
async fn sources(config: &Config, file: &Path) -> Result<(Sources, Option<DataLock>), Failure> {
    if let Some(lock) = door::server_or_lock(config).await? {
        return Ok((config.backup_sources()?, Some(lock)));
    }
    let request = Request::Backup { to: file.display().to_string() };
    let Response::Backup(sources) = admin::call(&config.data_dir, &request).await?? else {
        return Err(Failure::failed("the server answered something else", "restart it"));
    };
    Ok((sources, None))
}

fn warn(taken: &Taken) {
    for hash in &taken.damaged {
        eprintln!(
            "chatctl: the file {hash} is damaged on the server's disk — chatctl file list shows whose it is"
        );
    }
}

/// Under another name until it is on disk; then it takes its own.
fn write(prepared: Prepared, file: &Path) -> Result<(Taken, u64), Failure> {
    room_in(folder_of(file), prepared.bytes_max())?;
    let unwritable = |cause| backup::Error::Unwritable { path: file.into(), cause };
    let (partial, out) = under_way(file).map_err(unwritable)?;
    let mut bar = Bar::new("backup");
    let (out, taken) = prepared.write(out, &mut |done, all| bar.show(done, all))?;
    drop(bar);
    let len = settle_file(&partial, &out, file).map_err(unwritable)?;
    Ok((taken, len))
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file that is being made: it has another name until it is on disk, and is gone if that fails.
pub(super) fn under_way(file: &Path) -> io::Result<(Removed, File)> {
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Removed(PathBuf::from(partial));
    // What was left by one that was broken off.
    if partial.0.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
        fs::remove_file(&partial.0)?;
    }
    let out = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&partial.0)?;
    Ok((partial, out))
}

/// Gives the file its name, once it is on disk; how long it is.
pub(super) fn settle_file(partial: &Removed, out: &File, file: &Path) -> io::Result<u64> {
    out.sync_all()?;
    fs::rename(&partial.0, file)?;
    File::open(folder_of(file))?.sync_all()?;
    Ok(out.metadata()?.len())
}

/// A file or a folder that is removed if it is still there in the end.
pub(super) struct Removed(PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        // It is the one or the other, or neither any more.
        drop(fs::remove_file(&self.0).or_else(|_| fs::remove_dir_all(&self.0)));
    }
}

/// `chatctl restore`
pub(super) async fn restore(config: &Config, order: &Restore, json: bool) -> Result<(), Failure> {
    let dir = &config.data_dir;
    match admin::probe(dir).await {
        Ok(()) => {
            let what = format!("a server runs on {}", dir.display());
            return Err(Failure::failed(what, "stop it, and move its data away; or name another --data-dir"));
        }
        Err(CallError::Nobody) => {}
        Err(error) => return Err(error.into()),
    }
    check_empty(dir)?;
    if dir.exists() {
        door::check_owner(dir)?;
    }
    let _lock = DataLock::acquire(dir).map_err(|error| Failure::from_text(&error.to_string()))?;
    let partial = Removed(dir.join(PARTIAL_FOLDER));
    let unpacked = unpack(&order.file, &partial.0, "restore")?;
    settle(&partial.0, dir).map_err(|cause| backup::Error::Unwritable { path: dir.clone(), cause })?;
    let dir = fs::canonicalize(dir)?;
    if json {
        let told = json!({
            "data_dir": dir, "made_at": unpacked.header.made_at, "server_name": unpacked.header.server_name,
            "start": start_command(&dir, &unpacked),
        });
        return write_out(&format!("{told}\n"));
    }
    write_out(&what_now(&dir, &unpacked))
}

/// Nothing but what a restore that was broken off has left.
fn check_empty(dir: &Path) -> Result<(), Failure> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(backup::Error::Unreadable { path: dir.into(), cause: error }.into()),
    };
    for entry in entries {
        let name = entry?.file_name();
        if name != LOCK_FILE && name != PARTIAL_FOLDER {
            let what = format!("{} is not empty: there is {}", dir.display(), name.display());
            let remedy =
                format!("move it away first (mv {0} {0}.old), or name another --data-dir", dir.display());
            return Err(Failure::failed(what, remedy));
        }
    }
    Ok(())
}

/// Unpacks into a folder that is made for it.
fn unpack(file: &Path, folder: &Path, word: &'static str) -> Result<Unpacked, Failure> {
    let input: Box<dyn Read> = if is_stream(file) {
        Box::new(io::stdin().lock())
    } else {
        let opened = File::open(file);
        Box::new(opened.map_err(|cause| backup::Error::Unreadable { path: file.into(), cause })?)
    };
    let unwritable = |cause| backup::Error::Unwritable { path: folder.into(), cause };
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(unwritable)?;
    }
    DirBuilder::new().mode(0o700).create(folder).map_err(unwritable)?;
    let mut bar = Bar::new(word);
    Ok(backup::unpack(input, folder, &mut |done, all| bar.show(done, all))?)
}

/// Moves everything up, the database last: without it there is no server yet.
fn settle(partial: &Path, dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(partial)? {
        let name = entry?.file_name();
        if name != DATABASE_FILE {
            fs::rename(partial.join(&name), dir.join(&name))?;
        }
    }
    let sync = |dir: &Path| File::open(dir)?.sync_all();
    sync(dir)?;
    fs::rename(partial.join(DATABASE_FILE), dir.join(DATABASE_FILE))?;
    sync(dir)
}

fn start_command(dir: &Path, unpacked: &Unpacked) -> Vec<String> {
    let path = |name: &str| dir.join(name).display().to_string();
    let mut words = vec!["chat-secure-server".to_owned()];
    if unpacked.has_config() {
        // The database may be elsewhere in there.
        words.extend(["--config".into(), path(CONFIG_FILE)]);
        words.extend(["--database".into(), format!("sqlite:{}", path(DATABASE_FILE))]);
    }
    words.extend(["--data-dir".into(), dir.display().to_string()]);
    let folder = dir.join(IDENTITY_FOLDER);
    if unpacked.header.self_made {
        words.extend(["--certs-dir".into(), folder.display().to_string()]);
    } else {
        for (flag, name) in [("--cert", identity::CERTIFICATE_FILE), ("--key", identity::KEY_FILE)] {
            words.extend([flag.into(), folder.join(name).display().to_string()]);
        }
    }
    words
}

fn what_now(dir: &Path, unpacked: &Unpacked) -> String {
    let header = &unpacked.header;
    let shown = dir.display();
    let config = if unpacked.has_config() {
        format!("Its configuration is {shown}/{CONFIG_FILE}; no other was touched. ")
    } else {
        String::new()
    };
    let text = format!(
        "{shown} is {} as of {}. Certificate and key are in {shown}/{IDENTITY_FOLDER}. {config}The settings that were \
         in force: {shown}/{}",
        header.server_name,
        header.made_at,
        backup::SETTINGS_FILE
    );
    format!("{}\nStart it with:\n  {}\n", harmless(&text), harmless(&start_command(dir, unpacked).join(" ")))
}

/// `chatctl verify-backup`
pub(super) async fn verify(order: &VerifyBackup, json: bool) -> Result<(), Failure> {
    let base = match &order.scratch {
        Some(scratch) => scratch.as_path(),
        None if is_stream(&order.file) => Path::new("."),
        None => folder_of(&order.file),
    };
    let scratch = Removed(base.join(format!(".chat-secure-verify-{}", std::process::id())));
    let unpacked = unpack(&order.file, &scratch.0, "verify")?;
    let report = backup::check(&scratch.0, &unpacked).await?;
    drop(scratch);
    let shown = if json { format!("{}\n", serde_json::to_string(&report)?) } else { text(&report) };
    write_out(&shown)?;
    if report.faults.is_empty() {
        return Ok(());
    }
    let what = format!("something is wrong with {}", order.file.display());
    Err(Failure::failed(what, "keep older backups until a new one is found whole"))
}

fn text(report: &Report) -> String {
    let Report { accounts, rooms, entries, uploads, .. } = report;
    let mut lines = vec![
        format!("server       {}, version {}", report.server_name, report.version),
        format!("made         {}", report.made_at),
        format!("certificate  {}", report.fingerprint.as_deref().unwrap_or("can't be read")),
        format!("accounts     {accounts}"),
        format!("rooms        {rooms}"),
        format!("entries      {entries}"),
        format!("files        {}, {}", uploads.files, bar::size(uploads.bytes)),
    ];
    lines.extend(report.notes.iter().map(|note| format!("note         {note}")));
    lines.extend(report.faults.iter().map(|fault| format!("fault        {fault}")));
    if report.faults.is_empty() {
        lines.push("It is whole: it was restored, and all of it was read.".into());
    }
    lines.iter().map(|line| format!("{}\n", harmless(line))).collect()
}
