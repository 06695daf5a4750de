//! Servers that are started for one run, in a folder of their own, and ended after it.
//!
//! Ours has its defaults, except that guests may come and limits do not stop one address.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use tempfile::TempDir;

use super::peer::Peer;
use super::process::Process;

/// What can be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// chat-secure-server, as it was built.
    Ours,
    /// The same over WebSocket.
    OursWeb,
    /// The bare relay.
    Floor,
}

/// A server of this run; it ends with it.
pub(crate) struct Spawned {
    child: Child,
    /// Kept open, so that the server can go on printing.
    _stdout: BufReader<ChildStdout>,
    _folder: TempDir,
    peer: Peer,
}

impl Drop for Spawned {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Spawned {
    /// Starts one and waits until it is ready; ours with these accounts.
    pub(crate) fn start(kind: Kind, binary: Option<&Path>, accounts: &[(String, String)]) -> Result<Self> {
        let folder = tempfile::tempdir().context("a folder for the server")?;
        let (program, arguments) = match kind {
            Kind::Ours => (beside("chat-secure-server", binary)?, [&["--listen-web="], OURS].concat()),
            Kind::OursWeb => {
                (beside("chat-secure-server", binary)?, [&["--listen-web=127.0.0.1:0"], OURS].concat())
            }
            Kind::Floor => (std::env::current_exe()?, vec!["floor", "--listen=127.0.0.1:0"]),
        };
        let mut command = Command::new(&program);
        command.args(arguments).current_dir(folder.path()).stdin(Stdio::null());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.with_context(|| program.display().to_string())?;
        let mut stdout = BufReader::new(child.stdout.take().context("its output")?);
        let address = ready(kind, &mut stdout);
        let process = Process(child.id());
        let Ok(address) = address else {
            drop(child.kill());
            drop(child.wait());
            bail!("{} did not start: run it by hand to see why", program.display());
        };
        let name = match kind {
            Kind::Ours => "ours",
            Kind::OursWeb => "ours, web",
            Kind::Floor => "floor",
        };
        let web = kind == Kind::OursWeb;
        let peer = Peer { name: name.to_owned(), address: address.parse()?, process: Some(process), web };
        let spawned = Self { child, _stdout: stdout, _folder: folder, peer };
        if kind != Kind::Floor {
            let tool = beside("chatctl", binary.map(|path| path.with_file_name("chatctl")).as_deref())?;
            for (account, password) in accounts {
                add_account(&tool, spawned._folder.path(), account, password)?;
            }
        }
        Ok(spawned)
    }

    pub(crate) fn peer(&self) -> &Peer {
        &self.peer
    }
}

/// The flags of our server; whether it listens for the web is said beside them.
pub(crate) const OURS: &[&str] = &[
    "--listen=127.0.0.1:0",
    "--guests=true",
    "--flood-per-second=0",
    "--sessions-max=1000000",
    "--sessions-per-address-max=1000000",
];

/// This binary, or the one of this name in the folder of the build.
fn beside(name: &str, binary: Option<&Path>) -> Result<PathBuf> {
    let path = match binary {
        Some(path) => path.to_owned(),
        None => {
            let own = std::env::current_exe()?;
            let folder = own.parent().and_then(Path::parent).context("no folder of a build")?;
            folder.join(name)
        }
    };
    path.canonicalize().with_context(|| format!("{}: build it, or say --server-binary", path.display()))
}

/// Reads on until the server says where it listens.
pub(crate) fn ready(kind: Kind, stdout: &mut BufReader<ChildStdout>) -> Result<String> {
    let mut line = String::new();
    loop {
        line.clear();
        if stdout.by_ref().read_line(&mut line)? == 0 {
            bail!("it ended");
        }
        let address = match kind {
            Kind::Ours => line.trim().strip_prefix("irc (tls)"),
            Kind::OursWeb => {
                let url = line.trim().strip_prefix("web (tls)").map(str::trim);
                url.and_then(|url| url.strip_prefix("https://")).map(|rest| rest.trim_end_matches('/'))
            }
            Kind::Floor => line.split("floor=").nth(1).and_then(|rest| rest.split(',').next()),
        };
        if let Some(address) = address {
            return Ok(address.trim().to_owned());
        }
    }
}

fn add_account(tool: &Path, folder: &Path, account: &str, password: &str) -> Result<()> {
    let mut command = Command::new(tool);
    command.args(["--data-dir", "data", "adduser", account, "--password-stdin"]).current_dir(folder);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().context("chatctl")?;
    if let Some(mut stdin) = child.stdin.take() {
        writeln!(stdin, "{password}")?;
    }
    if !child.wait()?.success() {
        bail!("chatctl did not make the account {account}");
    }
    Ok(())
}
