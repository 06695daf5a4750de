//! chatctl top: on a terminal, in a pipe, and what the server warns of.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{Screen, Server, process};

use super::json;

fn top(server: &Server, args: &[&str]) -> Command {
    let mut command = process::command(env!("CARGO_BIN_EXE_chatctl"), &server.folder());
    command.args(["--data-dir", "data", "top", "--interval", "0.2"]).args(args);
    command
}

/// The value under this name.
fn cell(screen: &str, name: &str) -> Option<f64> {
    let rest = screen.split(&format!("{name} ")).nth(1)?;
    let value: String = rest.trim_start().chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    value.parse().ok()
}

#[tokio::test]
async fn the_screen_shows_what_people_do_and_gives_the_terminal_back() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #room").await;
    for end in ["q", "\u{3}", "\u{1b}"] {
        let mut screen = Screen::of(top(&server, &[]));
        screen.see("q ends");
        assert!(screen.is_full());
        screen.until("one session", |screen| {
            cell(screen, "open") == Some(1.0) && cell(screen, "accounts") == Some(1.0)
        });
        screen.until("nothing said", |screen| cell(screen, "entries") == Some(0.0));
        screen.see("tls 1");
        screen.see("certificate  ends in");
        for _ in 0..20 {
            alice.run("PRIVMSG #room :something").await;
        }
        screen.see("#room");
        screen
            .until("the server's memory", |screen| cell(screen, "memory").is_some_and(|memory| memory > 1.0));
        screen.write(end);
        assert!(!screen.is_full_when_it_ends());
        assert_eq!(screen.end(), 0, "{end:?}");
    }
}

#[tokio::test]
async fn entries_by_the_second_are_seen_when_somebody_speaks() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #room").await;
    let mut running = top(&server, &["--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut looks = BufReader::new(running.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&looks.next().unwrap().unwrap()).unwrap();
    let first = next();
    assert_eq!((&first["sessions"]["tls"], first.get("entries_per_s")), (&1.into(), None));
    assert!(first["certificate_expires_at"].is_string() && first["uptime_s"].is_u64(), "{first}");
    assert_eq!(next()["entries_per_s"], 0.0);
    alice.run("PRIVMSG #room :something").await;
    let spoke = (0..50).map(|_| next()).find(|look| look["entries_per_s"].as_f64() > Some(0.0)).unwrap();
    assert!(spoke["commit_p99_ms"].as_f64() > Some(0.0) && spoke["batch_mean"] == 1.0, "{spoke}");
    assert!(
        spoke["deliveries_per_s"].as_f64() >= Some(0.0) && spoke["memory_bytes"].as_u64() > Some(1 << 20),
        "{spoke}"
    );
    assert_eq!(spoke["lively_rooms"][0]["room"], "#room");
    // Who reads no more ends it.
    drop(looks);
    assert!(running.wait().unwrap().success());
}

#[test]
fn a_screen_outlives_a_restart_of_the_server_and_a_signal_gives_the_terminal_back() {
    let mut server = Server::start();
    let screen = Screen::of(top(&server, &[]));
    screen.see("q ends");
    server.stop();
    screen.see("no server runs");
    server.start_again();
    screen.until("the server again", |screen| !screen.contains("no server runs"));
    screen.signal(Signal::TERM);
    assert!(!screen.is_full_when_it_ends());
    assert_eq!(screen.end(), 0);
}

#[test]
fn once_is_one_look_for_people_and_for_programs() {
    let server = Server::start();
    let text = server.chatctl(&["top", "--once", "--interval", "0.1"]).success();
    assert!(text.starts_with("chat-secure ") && text.contains("journal      entries         0/s"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
    let once = json(&server, &["top", "--once", "--interval", "0.1"]);
    assert_eq!((&once["entries_per_s"], &once["sessions_max"]), (&0.0.into(), &20_000.into()));
    server.chatctl(&["top", "--interval", "0"]).failure(2);
    server.stop();
    assert!(server.chatctl(&["top", "--once"]).failure(1).contains("no server runs on data"));
}

#[test]
fn too_few_open_files_are_warned_of_in_the_log_the_status_and_the_screen() {
    let server = Server::limited_to_files(200);
    server.until_logged("the warning", |lines| {
        lines.iter().any(|line| line.contains("only 200 open files are allowed")).then_some(())
    });
    let status = json(&server, &["status"]);
    assert!(
        status["warnings"].as_array().unwrap().iter().any(|warning| warning["kind"] == "files_limited"),
        "{status}"
    );
    assert!(server.chatctl(&["status"]).success().contains("warning      only 200 open files"));
    let text = server.chatctl(&["top", "--once", "--interval", "0.1"]).success();
    assert!(text.contains("warning      only 200 open files are allowed"), "{text}");
}
