//! Other servers, started by `benches/load/rivals/run` for as long as they are needed.
//!
//! Each is measured by itself, for what helps one to let many in hinders the other.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::Plan;

/// One that runs.
pub(crate) struct Rival {
    /// The script: the server ends with it.
    script: Child,
    /// As the load generator takes it.
    peer: String,
    /// Connections that come in at one time: InspIRCd lets all who wait in once a second, ngIRCd has a
    /// short queue.
    concurrency: u32,
}

impl Drop for Rival {
    fn drop(&mut self) {
        drop(self.script.kill());
        drop(self.script.wait());
    }
}

impl Rival {
    /// All that were asked for.
    pub(crate) fn start_all(plan: &Plan) -> Result<Vec<Self>> {
        plan.rivals.iter().map(|name| Self::start(plan, name).with_context(|| name.clone())).collect()
    }

    fn start(plan: &Plan, name: &str) -> Result<Self> {
        let folder = plan.folder.join(name);
        drop(std::fs::remove_dir_all(&folder));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/load/rivals/run");
        let mut script = Command::new(script)
            .arg(name)
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("its script")?;
        let mut peer = String::new();
        let stdout = script.stdout.take().context("its output")?;
        BufReader::new(stdout).read_line(&mut peer)?;
        let peer = peer.trim().to_owned();
        let concurrency = if name == "ngircd" { 8 } else { 512 };
        let rival = Self { script, peer, concurrency };
        if rival.peer.is_empty() {
            bail!("it did not start");
        }
        Ok(rival)
    }

    /// For the load generator.
    pub(crate) fn arguments(&self) -> Vec<String> {
        vec![format!("--peer={}", self.peer), format!("--concurrency={}", self.concurrency)]
    }
}
