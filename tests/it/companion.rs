//! chat-secure-client in a pipe and on a terminal, against the real server.

use std::fs;

use expectrl::{Eof, Expect as _, Regex};

use crate::support::{PASSWORD, Server, Terminal};

/// What a script gives: who it is, and its password on standard input.
const ROBOT: &[&str] = &["--user", "robot", "--password-stdin"];

/// Runs the client in a pipe; the password goes first.
fn pipe(server: &Server, args: &[&str], lines: &str) -> crate::support::Finished {
    server.companion(&[ROBOT, args].concat(), &format!("{PASSWORD}\n{lines}"))
}

fn pinned(server: &Server) -> [String; 2] {
    ["--fingerprint".into(), server.fingerprint().into()]
}

#[tokio::test]
async fn a_pipe_sends_its_lines_and_says_that_they_are_stored() {
    let server = Server::start();
    server.adduser("robot");
    let mut alice = server.newcomer("alice", &[]).await;
    let [flag, fingerprint] = pinned(&server);
    let done = pipe(&server, &[&flag, &fingerprint], "backup done\nall is well\n");
    let said = done.success();
    assert!(said.contains("<robot> backup done") && said.contains("<robot> all is well"), "{said}");
    for text in ["backup done", "all is well"] {
        assert_eq!(alice.until("PRIVMSG").await.params, ["#lobby", text]);
    }
}

#[tokio::test]
async fn a_pipe_shows_history_on_request() {
    let server = Server::start();
    server.adduser("robot");
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    for text in ["first", "second", "third"] {
        alice.ask(&format!("PRIVMSG #lobby :{text}"), "PRIVMSG").await;
    }
    let [flag, fingerprint] = pinned(&server);
    let said = pipe(&server, &[&flag, &fingerprint], "/history 2\n").success();
    let texts: Vec<_> = said.lines().filter_map(|line| line.split("<alice> ").nth(1)).collect();
    assert_eq!(texts, ["second", "third"], "{said}");
}

#[tokio::test]
async fn a_wrong_password_is_told_and_fails() {
    let server = Server::start();
    server.adduser("robot");
    let [flag, fingerprint] = pinned(&server);
    let args = [ROBOT, &[&flag, &fingerprint]].concat();
    let told = server.companion(&args, "wrong password\nhello\n").failure(1);
    assert!(told.contains("wrong name or password"), "{told}");
}

#[tokio::test]
async fn a_message_that_is_refused_fails() {
    let server = Server::start();
    server.adduser("robot");
    let [flag, fingerprint] = pinned(&server);
    let told = pipe(&server, &[&flag, &fingerprint], "/msg nobody hello\nbut this one is fine\n");
    let said = told.stdout.clone();
    assert!(told.failure(1).contains("nobody"));
    assert!(said.contains("but this one is fine"), "{said}");
}

#[tokio::test]
async fn an_unknown_server_is_refused_where_nobody_can_be_asked() {
    let server = Server::start();
    server.adduser("robot");
    let told = pipe(&server, &[], "hello\n").failure(1);
    assert!(told.contains(server.fingerprint()), "{told}");
}

#[tokio::test]
async fn a_fingerprint_or_an_authority_is_enough_and_a_wrong_one_is_not() {
    let server = Server::start();
    let other = Server::start();
    server.adduser("robot");
    let authority = |server: &Server| server.folder().join("certs/cert.pem").display().to_string();
    pipe(&server, &["--ca", &authority(&server)], "hello\n").success();
    pipe(&server, &["--ca", &authority(&other)], "hello\n").failure(1);
    pipe(&server, &["--fingerprint", other.fingerprint()], "hello\n").failure(1);
    pipe(&server, &["--ca", "nowhere.pem"], "hello\n").failure(1);
}

#[tokio::test]
async fn the_first_visit_asks_pins_and_remembers_and_a_changed_certificate_is_refused() {
    let mut server = Server::start();
    server.adduser("robot");
    let mut terminal = Terminal::start(&server, &["--user", "robot"]);
    terminal.expect(server.fingerprint()).unwrap();
    terminal.expect("[y/N]").unwrap();
    terminal.send_line("y").unwrap();
    terminal.expect("Password of robot").unwrap();
    terminal.send_line(PASSWORD).unwrap();
    terminal.expect("#lobby>").unwrap();
    terminal.send_line("good morning").unwrap();
    terminal.expect("<robot> good morning").unwrap();
    terminal.send_line("bye").unwrap();
    terminal.expect(Eof).unwrap();
    pipe(&server, &[], "known by now\n").success();

    server.stop();
    fs::remove_dir_all(server.folder().join("certs")).unwrap();
    server.start_again();
    let told = pipe(&server, &[], "hello?\n").failure(1);
    assert!(told.contains("HAS CHANGED") && told.contains(server.fingerprint()), "{told}");
}

#[tokio::test]
async fn who_does_not_trust_the_server_says_nothing_to_it() {
    let server = Server::start();
    let mut terminal = Terminal::start(&server, &["--user", "robot"]);
    terminal.expect("[y/N]").unwrap();
    terminal.send_line("n").unwrap();
    terminal.expect("not trusted").unwrap();
    terminal.expect(Eof).unwrap();
}

#[tokio::test]
async fn a_wrong_password_can_be_typed_again() {
    let server = Server::start();
    server.adduser("robot");
    let mut terminal = Terminal::start(&server, &["--user", "robot", "--fingerprint", server.fingerprint()]);
    terminal.expect("Password of robot").unwrap();
    terminal.send_line("wrong password").unwrap();
    terminal.expect("wrong name or password").unwrap();
    terminal.expect("Password of robot").unwrap();
    terminal.send_line(PASSWORD).unwrap();
    terminal.expect("#lobby>").unwrap();
    terminal.send_line("/quit").unwrap();
    terminal.expect(Eof).unwrap();
}

#[tokio::test]
async fn an_invitation_makes_the_first_administrator() {
    let server = Server::start();
    let code = server.invitation();
    let args = ["--invite", &code, "--user", "alice", "--fingerprint", server.fingerprint()];
    let mut terminal = Terminal::start(&server, &args);
    terminal.expect("New password for alice").unwrap();
    terminal.send_line("a good long password").unwrap();
    terminal.expect("Once more").unwrap();
    terminal.send_line("a good long password").unwrap();
    terminal.expect("#lobby>").unwrap();
    terminal.send_line("/quit").unwrap();
    terminal.expect(Eof).unwrap();
    let mut alice = server.connect().await;
    alice.login("alice", "a good long password", &[]).await;
}

#[tokio::test]
async fn a_conversation_is_shown_as_it_happens() {
    let server = Server::start();
    server.adduser("robot");
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    alice.ask("PRIVMSG #lobby :said before", "PRIVMSG").await;
    let args = ["--user", "robot", "--password-stdin", "--fingerprint", server.fingerprint()];
    let mut terminal = Terminal::start(&server, &args);
    terminal.send_line(PASSWORD).unwrap();
    terminal.expect(Regex("<.*alice.*> .*said before")).unwrap();
    terminal.send_line("hello alice").unwrap();
    assert_eq!(
        alice.expect("robot's message", |m| m.nick() == "robot" && m.command == "PRIVMSG").await.last(),
        "hello alice"
    );
    alice.send("PRIVMSG #lobby :hello robot").await;
    terminal.expect("hello robot").unwrap();
    terminal.send_line("@alice a word in private").unwrap();
    let private = alice.expect("the private message", |m| m.is("PRIVMSG", &["alice"])).await;
    assert_eq!(private.last(), "a word in private");
    terminal.send_line("/users").unwrap();
    terminal.expect("in #lobby: ").unwrap();
    terminal.send_line("quit").unwrap();
    terminal.expect(Eof).unwrap();
}

#[tokio::test]
async fn after_a_restart_the_client_is_back_and_shows_nothing_twice() {
    let mut server = Server::start();
    server.adduser("robot");
    let args = ["--user", "robot", "--password-stdin", "--fingerprint", server.fingerprint()];
    let mut terminal = Terminal::start(&server, &args);
    terminal.send_line(PASSWORD).unwrap();
    terminal.expect("#lobby>").unwrap();
    terminal.send_line("before").unwrap();
    terminal.expect("<robot> before").unwrap();
    server.restart();
    terminal.expect("connected again").unwrap();
    let mut alice = server.newcomer("alice", &[]).await;
    alice.send("PRIVMSG #lobby :after").await;
    let shown = terminal.expect("<alice> after").unwrap();
    let between = String::from_utf8_lossy(shown.before()).into_owned();
    assert!(!between.contains("<robot> before"), "{between}");
    terminal.send_line("/quit").unwrap();
    terminal.expect(Eof).unwrap();
}
