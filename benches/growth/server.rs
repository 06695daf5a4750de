//! Our server in a folder that is kept, so that it can be stopped, killed and started again.
//!
//! Its settings are those of the load generator's `--spawn ours`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

const FLAGS: [&str; 6] = [
    "--listen=127.0.0.1:0",
    "--listen-web=",
    "--guests=true",
    "--flood-per-second=0",
    "--sessions-max=1000000",
    "--sessions-per-address-max=1000000",
];

/// A server that runs.
pub(crate) struct Server {
    child: Child,
    /// Kept open, so that the server can go on printing.
    _stdout: BufReader<ChildStdout>,
    address: String,
    /// From the start until it listened.
    pub(crate) started_in: Duration,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    /// Starts it over the database in this folder, which is made if it is not there.
    pub(crate) fn start(folder: &Path) -> Result<Self> {
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_chat-secure-server"))
            .arg("--data-dir")
            .arg(folder)
            .arg("--certs-dir")
            .arg(folder.join("certs"))
            .args(FLAGS)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("the server")?;
        let mut stdout = BufReader::new(child.stdout.take().context("its output")?);
        let mut line = String::new();
        while !line.trim_start().starts_with("irc (tls)") {
            line.clear();
            if stdout.read_line(&mut line)? == 0 {
                bail!("the server did not start in {}: run it by hand to see why", folder.display());
            }
        }
        let started_in = begun.elapsed();
        let address = line.split_whitespace().last().unwrap_or_default().to_owned();
        Ok(Self { child, _stdout: stdout, address, started_in })
    }

    /// As the load generator takes it.
    pub(crate) fn peer(&self) -> String {
        format!("--peer=ours={},pid={}", self.address, self.child.id())
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("its process")?;
        kill_process(pid, Signal::TERM)?;
        self.child.wait()?;
        Ok(())
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}
