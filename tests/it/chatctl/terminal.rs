//! What chatctl asks on a terminal.

use std::process::Stdio;

use expectrl::{Eof, Expect as _, Session, session::OsSession};

use crate::support::{PASSWORD, PATIENCE, Server, process};

use super::json;

/// chatctl, which believes that somebody types.
fn typed(server: &Server, args: &[&str]) -> OsSession {
    let mut command = process::command(env!("CARGO_BIN_EXE_chatctl"), &server.folder());
    command.args(["--data-dir", "data"]).args(args).stdin(Stdio::inherit()).env("TERM", "xterm");
    let mut session = Session::spawn(command).unwrap();
    session.set_expect_timeout(Some(PATIENCE));
    session
}

/// All it says up to its end.
fn rest(session: &mut OsSession) -> String {
    let end = session.expect(Eof).unwrap();
    String::from_utf8_lossy(end.as_bytes()).into_owned()
}

#[tokio::test]
async fn a_password_is_asked_for_twice_and_not_shown() {
    let server = Server::start();
    let mut session = typed(&server, &["adduser", "bob"]);
    session.expect("New password for bob: ").unwrap();
    session.send_line(PASSWORD).unwrap();
    session.expect("The same again: ").unwrap();
    session.send_line(PASSWORD).unwrap();
    let said = rest(&mut session);
    assert!(said.contains("bob (member)") && !said.contains(PASSWORD), "{said}");
    server.login("bob", &[]).await;
}

#[test]
fn two_passwords_that_differ_change_nothing() {
    let server = Server::start();
    let mut session = typed(&server, &["adduser", "bob"]);
    for (question, answer) in [("New password for bob: ", PASSWORD), ("The same again: ", "something else")] {
        session.expect(question).unwrap();
        session.send_line(answer).unwrap();
    }
    let said = rest(&mut session);
    assert!(said.contains("the two passwords differ — try again"), "{said}");
    assert_eq!(json(&server, &["users"]), serde_json::json!([]));
}

#[test]
fn a_removal_is_asked_about_and_no_is_the_answer_if_nothing_is_said() {
    let server = Server::start();
    server.adduser("bob");
    for (answer, left) in [("", 1), ("n", 1), ("y", 0)] {
        let mut session = typed(&server, &["deluser", "bob"]);
        session.expect("What it said stays. [y/N] ").unwrap();
        session.send_line(answer).unwrap();
        rest(&mut session);
        assert_eq!(json(&server, &["users"]).as_array().unwrap().len(), left, "{answer:?}");
    }
}
