//! Sockets that are open before the server is: who connects meanwhile waits, and is not refused.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;

use command_fds::{CommandFdExt as _, FdMapping};
use rustix::process::Signal;

use crate::support::PATIENCE;
use crate::support::process::{Process, command, run};

/// A server that is handed these, from descriptor 3 on. Source: `sd_listen_fds`(3).
fn server(folder: &Path, sockets: Vec<OwnedFd>) -> Command {
    let mut server = command(env!("CARGO_BIN_EXE_chat-secure-server"), folder);
    server.env("LISTEN_FDS", sockets.len().to_string()).args(["--listen", "localhost:0"]);
    let mapping = |(parent_fd, child_fd)| FdMapping { parent_fd, child_fd };
    server.fd_mappings(sockets.into_iter().zip(3..).map(mapping).collect()).unwrap();
    server
}

#[test]
fn who_connects_before_the_server_runs_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics");
    let irc = TcpListener::bind("127.0.0.1:0").unwrap();
    let health = UnixListener::bind(&path).unwrap();
    let address = irc.local_addr().unwrap();
    let mut early = TcpStream::connect(address).unwrap();
    let mut asking = UnixStream::connect(&path).unwrap();
    early.write_all(b"CAP LS 302\r\n").unwrap();
    asking.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    // In another order than the settings are in.
    let mut starting = server(folder.path(), vec![health.into(), irc.into()]);
    starting.args(["--listen-plain", &address.to_string()]);
    let server = Process::spawn(starting.args(["--listen-metrics", &format!("unix:{}", path.display())]));
    early.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut line = String::new();
    BufReader::new(early).read_line(&mut line).unwrap();
    assert!(line.contains(" CAP * LS "), "{line}");
    asking.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = String::new();
    asking.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    server.signal(Signal::TERM);
    assert_eq!(server.wait(PATIENCE).code(), Some(0));
}

#[test]
fn a_socket_that_no_setting_names_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let args: [&str; 0] = [];
    let said = run(&mut server(folder.path(), vec![socket.into()]), &args, "").failure(1);
    assert!(said.contains(&address.to_string()) && said.contains("no setting does"), "{said}");
    let file = std::fs::File::create(folder.path().join("file")).unwrap();
    let said = run(&mut server(folder.path(), vec![file.into()]), &args, "").failure(1);
    assert!(said.contains("is no listener"), "{said}");
}
