//! Over a server's restart: nothing is lost, nothing comes twice.

use std::io::Write as _;

use super::{messages, piped, server_with};
use crate::support::{PASSWORD, PATIENCE};

/// How often the client has printed a line that ends so.
fn count(lines: &[String], end: &str) -> usize {
    lines.iter().filter(|line| line.ends_with(end)).count()
}

#[tokio::test]
async fn what_is_said_during_an_outage_is_shown_once() {
    let mut server = server_with(&["alice", "bob"]);
    let (client, mut stdin) = piped(&server, "alice");
    stdin.write_all(b"before\n").unwrap();
    client.until("the echo", |lines| (count(lines, "before") == 1).then_some(()));
    server.kill();
    server.start_again();
    let mut bob = server.login("bob", &[]).await;
    bob.run("JOIN #lobby").await;
    bob.run("PRIVMSG #lobby :missed").await;
    bob.run("PRIVMSG alice :psst").await;
    stdin.write_all(b"after\n").unwrap();
    client.until("the rest", |lines| {
        let all = ["missed", "psst", "after"].iter().all(|end| count(lines, end) == 1);
        all.then_some(())
    });
    drop(stdin);
    assert_eq!(client.wait(PATIENCE).code(), Some(0));
    client.until("each once", |lines| {
        let ends = ["before", "missed", "psst", "after"];
        (ends.map(|end| count(lines, end)) == [1; 4]).then_some(())
    });
}

#[test]
fn no_line_is_lost_or_doubled_when_the_server_is_killed_meanwhile() {
    let mut server = server_with(&["alice"]);
    let (client, mut stdin) = piped(&server, "alice");
    let all: Vec<String> = (0..2000).map(|number| format!("line {number:04}")).collect();
    let lines = all.join("\n") + "\n";
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()).unwrap());
    for seen in [200, 900] {
        client.until("some lines", |lines| (lines.len() > seen).then_some(()));
        server.kill();
        server.start_again();
    }
    writer.join().unwrap();
    assert_eq!(client.wait(PATIENCE).code(), Some(0));

    let args = ["--user", "alice", "--fingerprint", server.fingerprint(), "--password-stdin"];
    let history = server.companion(&args, &format!("{PASSWORD}\n/history since 1h\n")).success();
    let mut stored: Vec<_> =
        messages(&history).into_iter().map(|line| line.trim_start_matches("#lobby <alice> ")).collect();
    stored.sort_unstable();
    assert_eq!(stored, all);
}
