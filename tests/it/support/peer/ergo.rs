//! Ergo, a server; its history is in memory.

use super::{PASSWORD, binary, certificate, configure, free_port};
use crate::support::client::READING;
use crate::support::{Client, Door, Process, process};

/// A running one, with accounts.
pub(crate) struct Ergo {
    folder: tempfile::TempDir,
    _process: Process,
    port: u16,
    fingerprint: String,
}

impl Ergo {
    /// Starts it, if `ERGO` names it.
    pub(crate) async fn start(accounts: &[&str]) -> Option<Self> {
        let binary = binary("ERGO")?;
        let folder = tempfile::tempdir().unwrap();
        let fingerprint = certificate(folder.path());
        let port = free_port();
        configure(folder.path(), "ergo.yaml", &[("PORT", port.to_string())]);
        let mut command = process::command(binary.to_str().unwrap(), folder.path());
        let process = Process::spawn(command.args(["run", "--conf", "ergo.yaml"]));
        let listens =
            |lines: &[String]| lines.iter().any(|line| line.contains("now listening")).then_some(());
        process.until_logged("Ergo to listen", listens);
        let ergo = Self { folder, _process: process, port, fingerprint };
        for account in accounts {
            ergo.register(account).await;
        }
        Some(ergo)
    }

    async fn register(&self, account: &str) {
        let mut client = Client::tls(self.port, &self.fingerprint, None).await;
        client.begin(account, &["draft/account-registration"]).await;
        client.ask(&format!("REGISTER * * {PASSWORD}"), "REGISTER").await;
    }

    /// Somebody who can read what was said.
    pub(crate) async fn login(&self, account: &str) -> Client {
        let mut client = Client::tls(self.port, &self.fingerprint, None).await;
        // Who comes and goes is told as a message to others.
        let caps = [READING, &["draft/event-playback"]].concat();
        client.login(account, PASSWORD, &caps).await;
        client
    }

    /// Where clients find it.
    pub(crate) fn door(&self) -> Door {
        Door {
            port: self.port,
            network: "",
            fingerprint: self.fingerprint.clone(),
            password: PASSWORD,
            home: self.folder.path().to_owned(),
        }
    }
}
