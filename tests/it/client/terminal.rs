//! On a terminal: the first visit, signing in and up, a conversation.

use std::fmt::Debug;

use expectrl::process::unix::WaitStatus;
use expectrl::{Eof, Expect as _, Needle, Regex};

use super::server_with;
use crate::support::{PASSWORD, Server, Terminal};

#[track_caller]
pub(super) fn see(terminal: &mut Terminal, what: impl Needle + Debug) {
    let wanted = format!("{what:?}");
    if let Err(error) = terminal.expect(what) {
        let mut rest = vec![0; 8192];
        let len = terminal.try_read(&mut rest).unwrap_or(0);
        panic!("no {wanted}: {error}\n{}", String::from_utf8_lossy(&rest[..len]));
    }
}

#[track_caller]
fn leaves_with(mut terminal: Terminal, code: i32) {
    see(&mut terminal, Eof);
    let status = terminal.get_process().wait().unwrap();
    assert_eq!(status, WaitStatus::Exited(terminal.get_process().pid(), code));
}

/// Says yes to the server, and who one is.
pub(super) fn visit(terminal: &mut Terminal, name: &str) {
    see(terminal, "Trust this server from now on? [y/N]");
    terminal.send_line("y").unwrap();
    see(terminal, format!("Password of {name}:"));
    terminal.send_line(PASSWORD).unwrap();
    see(terminal, "#lobby> ");
}

#[test]
fn an_unknown_server_is_shown_asked_about_and_remembered() {
    let server = server_with(&["alice"]);
    let mut first = Terminal::start(&server, &["--user", "alice"]);
    see(&mut first, server.fingerprint());
    see(&mut first, "X25519MLKEM768");
    visit(&mut first, "alice");
    first.send_line("hello from a terminal").unwrap();
    see(&mut first, "<alice> hello from a terminal");
    first.send_line("bye").unwrap();
    leaves_with(first, 0);

    // In a pipe too, the server is known now.
    let args = ["--user", "alice", "--password-stdin"];
    let shown = server.companion(&args, &format!("{PASSWORD}\n/history 1\n")).success();
    assert!(shown.contains("hello from a terminal"), "{shown}");
}

#[test]
fn a_terminal_that_can_do_nothing_is_enough() {
    let server = server_with(&["alice"]);
    let mut terminal = Terminal::start_on("dumb", &server, &["--user", "alice"]);
    visit(&mut terminal, "alice");
    terminal.send_line("said plainly").unwrap();
    see(&mut terminal, "<alice> said plainly");
    terminal.send_line("/quit").unwrap();
    leaves_with(terminal, 0);
}

#[test]
fn a_no_sends_nothing_and_remembers_nothing() {
    let server = server_with(&[]);
    let mut terminal = Terminal::start(&server, &["--user", "alice"]);
    see(&mut terminal, "[y/N]");
    terminal.send_line("").unwrap();
    see(&mut terminal, "nothing was sent");
    leaves_with(terminal, 1);
    assert!(!server.folder().join(".config").exists());
}

#[test]
fn a_wrong_password_may_be_mended_three_times() {
    let server = server_with(&["alice"]);
    let mut terminal = Terminal::start(&server, &["--user", "alice", "--fingerprint", server.fingerprint()]);
    for _ in 0..2 {
        see(&mut terminal, "Password of alice:");
        terminal.send_line("wrong password").unwrap();
        see(&mut terminal, "wrong name or password");
    }
    see(&mut terminal, "Password of alice:");
    terminal.send_line(PASSWORD).unwrap();
    see(&mut terminal, "#lobby> ");
    terminal.send_line("/quit").unwrap();
    leaves_with(terminal, 0);
}

#[test]
fn an_invitation_makes_an_account() {
    let server = Server::start();
    let invitation = server.invitation();
    let args = ["--invite", &invitation, "--fingerprint", server.fingerprint()];
    let mut terminal = Terminal::start(&server, &args);
    see(&mut terminal, "Name of your new account [tester]:");
    terminal.send_line("carol").unwrap();
    for question in ["New password for carol:", "Once more:"] {
        see(&mut terminal, question);
        terminal.send_line(PASSWORD).unwrap();
    }
    see(&mut terminal, "--user carol");
    see(&mut terminal, "#lobby> ");
    terminal.send_line("exit").unwrap();
    leaves_with(terminal, 0);

    let again = server.companion(&args, "").failure(2);
    assert!(again.contains("--user"), "{again}");
    let args = [
        "--user",
        "dave",
        "--password-stdin",
        "--invite",
        &invitation,
        "--fingerprint",
        server.fingerprint(),
    ];
    let used = server.companion(&args, &format!("{PASSWORD}\n")).failure(1);
    assert!(used.contains("the account was not made"), "{used}");
}

#[tokio::test]
async fn a_conversation_takes_place_above_the_prompt() {
    let server = server_with(&["alice", "bob"]);
    let mut terminal = Terminal::start(&server, &["--user", "alice"]);
    visit(&mut terminal, "alice");
    let mut bob = server.login("bob", &["message-tags"]).await;
    bob.run("JOIN #lobby").await;
    terminal.send("half a li").unwrap();
    see(&mut terminal, "half a li");
    bob.run("PRIVMSG #lobby :interrupting").await;
    see(&mut terminal, "<bob> interrupting");
    terminal.send_line("ne").unwrap();
    bob.expect("the whole line", |message| message.last() == "half a line").await;
    terminal.send_line("@bob psst").unwrap();
    bob.expect("a direct message", |message| message.param(0) == "bob" && message.last() == "psst").await;
    bob.run("PRIVMSG alice :yes?").await;
    see(&mut terminal, "<bob → you> yes?");
    terminal.send_line("#dev a new room").unwrap();
    see(&mut terminal, "<alice> a new room");
    see(&mut terminal, "#dev> ");
    terminal.send_line("/users").unwrap();
    see(&mut terminal, "in #dev: @alice");
    terminal.send_line("/histroy").unwrap();
    see(&mut terminal, "did you mean /history?");
    terminal.send_line("/history #lobby 2").unwrap();
    see(&mut terminal, Regex("<bob> interrupting[^$]*<alice> half a line"));
    terminal.send_line("/exit").unwrap();
    leaves_with(terminal, 0);
}

#[tokio::test]
async fn what_is_said_in_another_room_bears_its_name() {
    let server = server_with(&["alice", "bob"]);
    let mut bob = server.login("bob", &[]).await;
    bob.run("JOIN #dev").await;
    server.login("alice", &[]).await.run("JOIN #dev").await;
    let mut terminal = Terminal::start(&server, &["--user", "alice"]);
    visit(&mut terminal, "alice");
    bob.run("JOIN #lobby").await;
    bob.run("PRIVMSG #lobby :in the lobby").await;
    see(&mut terminal, Regex(r"\d\d:\d\d <bob> in the lobby"));
    bob.run("PRIVMSG #dev :elsewhere").await;
    see(&mut terminal, "#dev <bob> elsewhere");
}

#[test]
fn a_lost_server_is_waited_for() {
    let mut server = server_with(&["alice"]);
    let mut terminal = Terminal::start(&server, &["--user", "alice"]);
    visit(&mut terminal, "alice");
    server.stop();
    see(&mut terminal, "connection lost");
    terminal.send_line("said meanwhile").unwrap();
    see(&mut terminal, "kept until the connection is back");
    server.start_again();
    see(&mut terminal, "connected again");
    see(&mut terminal, "<alice> said meanwhile");
    terminal.send_line("/quit").unwrap();
    leaves_with(terminal, 0);
}
