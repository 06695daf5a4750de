//! Our server in a folder that is kept, so that it can be stopped, killed and started again.
//!
//! Its settings are those of the load generator's `--spawn ours`.

use std::io::BufReader;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};

use super::load::spawn::{Kind, OURS, ready};

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
            .args(OURS)
            .arg("--listen-web=")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("the server")?;
        let mut stdout = BufReader::new(child.stdout.take().context("its output")?);
        let address = ready(Kind::Ours, &mut stdout)
            .with_context(|| format!("the server in {}: run it by hand to see why", folder.display()))?;
        let started_in = begun.elapsed();
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
