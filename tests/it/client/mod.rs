//! The companion client: the real program against the real server.

mod amending;
mod full_screen;
mod peers;
mod pipe;
mod reconnect;
mod terminal;
mod transfers;
mod trust;
mod two_screens;
mod watcher;
mod watching;

use std::io::PipeWriter;
use std::process::Command;

use crate::support::{Finished, PASSWORD, Process, Server, process};
use terminal::{see, visit};

/// A server that lets these people make their accounts, and does not slow them down.
fn server_with(names: &[&str]) -> Server {
    let server = Server::with(&["--registration", "open", "--flood-per-second", "0"]);
    names.iter().for_each(|name| server.adduser(name));
    server
}

/// The client in the server's folder, which is its home: what it pins stays there.
fn companion(server: &Server, args: &[&str]) -> Command {
    let mut command = process::command(env!("CARGO_BIN_EXE_chat-secure-client"), &server.folder());
    command.args(["--host", "localhost", "--port", &server.port().to_string()]).args(args);
    command
}

/// Runs the client of this account, which trusts the server.
fn run(server: &Server, name: &str, stdin: &str) -> Finished {
    let args = ["--user", name, "--fingerprint", server.fingerprint(), "--password-stdin"];
    server.companion(&args, &format!("{PASSWORD}\n{stdin}"))
}

/// The client of this account, in a pipe that stays open.
fn piped(server: &Server, name: &str) -> (Process, PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = companion(server, &["--user", name, "--fingerprint", server.fingerprint()]);
    command.env("CHAT_SECURE_PASSWORD", PASSWORD).stdin(reader);
    (Process::spawn(&mut command), writer)
}

/// What the client prints of messages, without date and time.
fn messages(stdout: &str) -> Vec<&str> {
    stdout.lines().filter_map(|line| line.get("2026-11-20 14:03 ".len()..)).collect()
}
