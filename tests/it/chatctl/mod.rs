//! chatctl: each command, on a running server and on a stopped one.

mod accounts;
mod certificate;
mod credentials;
mod history;
mod oversight;
mod state;
mod terminal;
mod top;
mod verify;
mod words;

use serde_json::Value;

use crate::support::{PASSWORD, Server};

/// Runs the test on a running server, and on the data of a stopped one.
fn on_both(args: &[&str], test: impl Fn(&Server)) {
    let server = Server::with(args);
    test(&server);
    let server = Server::with(args);
    server.stop();
    test(&server);
}

/// What `chatctl --json` says.
#[track_caller]
fn json(server: &Server, args: &[&str]) -> Value {
    let said = server.chatctl(&[&["--json"], args].concat()).success();
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// The JSON of each line.
#[track_caller]
fn json_lines(server: &Server, args: &[&str]) -> Vec<Value> {
    let said = server.chatctl(args).success();
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The names of an object's fields, in their order.
#[track_caller]
fn names(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// The password of the test accounts as standard input.
fn password() -> String {
    format!("{PASSWORD}\n")
}
