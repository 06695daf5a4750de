//! What the server tells the service manager that started it, over a real socket, and what the log
//! says of settings that were read again.

use std::io::ErrorKind;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;

use rustix::process::Signal;

use crate::support::process::{Process, command};
use crate::support::{PATIENCE, Server};

/// A manager that listens, and the name it is found by.
struct Manager {
    socket: UnixDatagram,
    name: String,
}

impl Manager {
    fn on_path(folder: &Path) -> Self {
        let path = folder.join("notify");
        Self::listening(UnixDatagram::bind(&path).unwrap(), path.display().to_string())
    }

    fn on_abstract_name(folder: &Path) -> Self {
        // The folder's name is nobody else's.
        let name = folder.join("abstract").display().to_string();
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        Self::listening(UnixDatagram::bind_addr(&address).unwrap(), format!("@{name}"))
    }

    fn listening(socket: UnixDatagram, name: String) -> Self {
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, name }
    }

    /// Runs a server with a watchdog.
    fn start(&self, folder: &Path) -> Process {
        let mut server = command(env!("CARGO_BIN_EXE_chat-secure-server"), folder);
        server.env("NOTIFY_SOCKET", &self.name).env("WATCHDOG_USEC", "100000");
        Process::spawn(server.args(["--listen", "localhost:0"]))
    }

    /// The next word, signs of life apart.
    fn told(&self) -> String {
        loop {
            let told = self.next();
            if told != "WATCHDOG=1" {
                return told;
            }
        }
    }

    fn next(&self) -> String {
        let mut bytes = [0; 1024];
        match self.socket.recv(&mut bytes) {
            Ok(len) => String::from_utf8(bytes[..len].to_vec()).unwrap(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("nothing came within {PATIENCE:?}"),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn the_service_manager_is_told_from_the_start_to_the_end() {
    for make in [Manager::on_path, Manager::on_abstract_name] {
        let folder = tempfile::tempdir().unwrap();
        let manager = make(folder.path());
        let server = manager.start(folder.path());
        let ready = manager.told();
        assert!(ready.starts_with("READY=1\nSTATUS=listening on localhost:"), "{ready}");
        while manager.next() != "WATCHDOG=1" {}
        server.signal(Signal::HUP);
        assert_eq!(manager.told(), "RELOADING=1");
        assert_eq!(manager.told(), ready);
        while manager.next() != "WATCHDOG=1" {}
        server.signal(Signal::TERM);
        assert_eq!(manager.told(), "STOPPING=1\nSTATUS=stopping");
        assert_eq!(server.wait(PATIENCE).code(), Some(0));
    }
}

#[test]
fn the_log_tells_which_settings_changed_and_which_wait_for_a_restart() {
    const HASH: &str =
        "$argon2id$v=19$m=8,t=1,p=1$aXJjdGVzdC1maXhlZC1zYQ$AQEBEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBA";
    let write = |folder: &Path, text: &str| std::fs::write(folder.join("server.toml"), text).unwrap();
    let server = Server::with_folder(&["--config=server.toml"], |folder| write(folder, "sessions_max = 9\n"));
    write(&server.folder(), &format!("sessions_max = 8\nserver_password_hash = '{HASH}'\n"));
    server.signal(Signal::HUP);
    let lines = server.until_logged("what waits", |lines| {
        lines.iter().any(|line| line.contains("wait for a restart")).then(|| lines.to_vec())
    });
    let line = |words: &str| lines.iter().find(|line| line.contains(words)).unwrap();
    let read = line("the configuration is read again");
    assert!(read.contains("server_password_hash sessions_max"), "{read}");
    let waiting = line("wait for a restart");
    assert!(waiting.contains("sessions_max") && !waiting.contains("server_password_hash"), "{waiting}");
    assert!(!lines.iter().any(|line| line.contains("argon2id")), "{lines:?}");
}

#[test]
fn what_the_server_makes_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start();
    let mut folders = vec![server.folder().join("data"), server.folder().join("certs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let mode = entry.metadata().unwrap().permissions().mode();
            // The certificate is shown to everybody.
            assert!(mode & 0o077 == 0 || entry.file_name() == "cert.pem", "{entry:?}: {mode:o}");
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
        }
    }
}
