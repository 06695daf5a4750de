//! soju, a bouncer: keeps a connection and a history for each of its users.

use std::path::PathBuf;
use std::process::Command;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha512};

use super::{PASSWORD, binary, certificate, configure, free_port};
use crate::support::client::READING;
use crate::support::{Client, Door, PASSWORD as PASSWORD_THERE, Process, Server, process};

/// A running one, whose users are connected to our server under the same names.
pub(crate) struct Soju {
    folder: tempfile::TempDir,
    process: Option<Process>,
    binary: PathBuf,
    port: u16,
    fingerprint: String,
}

impl Soju {
    /// Starts it, if `SOJU` names it; `sojudb` and `sojuctl` are beside it.
    pub(crate) fn start(upstream: &Server, accounts: &[&str]) -> Option<Self> {
        let binary = binary("SOJU")?;
        let folder = tempfile::tempdir().unwrap();
        let fingerprint = certificate(folder.path());
        let (port, web_port) = (free_port(), free_port());
        let values = [
            ("PORT", port.to_string()),
            ("WEB_PORT", web_port.to_string()),
            ("FOLDER", folder.path().display().to_string()),
        ];
        configure(folder.path(), "soju.conf", &values);
        let mut soju = Self { folder, process: None, binary, port, fingerprint };
        for account in accounts {
            process::run(&mut soju.command("sojudb"), &["create-user", account], PASSWORD).success();
        }
        let process = Process::spawn(&mut soju.command("soju"));
        let listens = |lines: &[String]| {
            let listening = lines.iter().filter(|line| line.contains("listening on"));
            (listening.count() == 3).then_some(())
        };
        process.until_logged("soju to listen", listens);
        soju.process = Some(process);
        accounts.iter().for_each(|account| soju.connect(upstream, account));
        Some(soju)
    }

    /// Makes the user's network, with the account that has the same name there.
    fn connect(&self, upstream: &Server, account: &str) {
        let address = format!("ircs://{}", upstream.address());
        let pin = pin(upstream);
        for words in [
            &[
                "network",
                "create",
                "-addr",
                &address,
                "-name",
                "home",
                "-nick",
                account,
                "-certfp",
                &pin,
                "-enabled=false",
            ][..],
            &["sasl", "set-plain", "-network", "home", account, PASSWORD_THERE],
            &["network", "update", "home", "-enabled=true"],
        ] {
            let words = [&["user", "run", account], words].concat();
            process::run(&mut self.command("sojuctl"), &words, "").success();
        }
    }

    /// A session of this user in their network.
    pub(crate) async fn login(&self, account: &str) -> Client {
        let mut client = Client::tls(self.port, &self.fingerprint, None).await;
        let caps = [READING, &["draft/read-marker"]].concat();
        client.login_as(account, &format!("{account}/home"), PASSWORD, &caps).await;
        client
    }

    /// Where clients find it.
    pub(crate) fn door(&self) -> Door {
        Door {
            port: self.port,
            network: "/home",
            fingerprint: self.fingerprint.clone(),
            password: PASSWORD,
            home: self.folder.path().to_owned(),
        }
    }

    fn command(&self, program: &str) -> Command {
        let program = self.binary.with_file_name(program);
        let mut command = process::command(program.to_str().unwrap(), self.folder.path());
        command.args(["-config", "soju.conf"]);
        command
    }
}

/// The SHA-512 of the server's certificate.
fn pin(server: &Server) -> String {
    let certificate = CertificateDer::from_pem_file(server.folder().join("certs/cert.pem")).unwrap();
    Sha512::digest(&certificate).iter().map(|byte| format!("{byte:02x}")).collect()
}
