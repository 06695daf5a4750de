//! Servers of others, where a variable names their binary: Ergo (`ERGO`) and soju (`SOJU`).
//!
//! A test that finds none says so and passes: nobody needs them to work on this project.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::client::READING;
use super::{Client, Door, Process, process, trust};

/// Without a space, which Ergo takes in no password.
const PASSWORD: &str = "correct-horse-battery";

/// Ergo, with these accounts; its history is in memory.
pub(crate) struct Ergo {
    folder: tempfile::TempDir,
    _process: Process,
    port: u16,
    fingerprint: String,
}

/// The binary that the variable names; says that the test is skipped if there is none.
pub(crate) fn binary(variable: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
    if path.is_none() {
        // Past the test harness, which keeps what a test that passes prints.
        writeln!(std::io::stderr(), "skipped: {variable} names no binary").unwrap();
    }
    path
}

impl Ergo {
    /// Starts it, if `ERGO` names it.
    pub(crate) async fn start(accounts: &[&str]) -> Option<Self> {
        let binary = binary("ERGO")?;
        let folder = tempfile::tempdir().unwrap();
        let fingerprint = certificate(folder.path());
        let port = free_port();
        configure(folder.path(), "ergo.yaml", &[("PORT", &port.to_string())]);
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
            fingerprint: self.fingerprint.clone(),
            password: PASSWORD,
            home: self.folder.path().to_owned(),
        }
    }
}

/// Makes `cert.pem` and `key.pem` in the folder; the certificate's fingerprint.
fn certificate(folder: &Path) -> String {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    trust::fingerprint(cert.der())
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Writes the file of this name in `tests/data` into the folder, with these values.
fn configure(folder: &Path, name: &str, values: &[(&str, &str)]) {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let mut text = std::fs::read_to_string(template).unwrap();
    for (key, value) in values {
        text = text.replace(&format!("@{key}@"), value);
    }
    std::fs::write(folder.join(name), text).unwrap();
}
