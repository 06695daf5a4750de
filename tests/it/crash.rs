//! Stored before seen: what was echoed is there after `kill -9`, once, and in order.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use crate::support::{Client, Message, Server};

const ROUNDS: usize = 10;
/// Messages under way at one time.
const WINDOW: usize = 96;

#[tokio::test]
async fn no_echoed_message_is_lost_or_doubled_by_a_crash() {
    let mut server = Server::with(&["--flood-per-second=0"]);
    server.adduser("alice");
    let mut echoed: Vec<String> = Vec::new();
    for round in 0..ROUNDS {
        let mut alice = server.login("alice", &["echo-message"]).await;
        if round == 0 {
            alice.run("JOIN #room").await;
        }
        let before = echoed.len();
        let kill_after = 1 + random() % 700;
        write_until_killed(&server, &mut alice, round, kill_after, &mut echoed).await;
        assert!(echoed.len() - before >= kill_after, "round {round}");
        server.start_again();
    }
    let stored = server.texts_of("#room").await;
    let mut places = Vec::new();
    for text in &echoed {
        let found: Vec<_> = stored.iter().enumerate().filter(|(_, t)| *t == text).map(|(n, _)| n).collect();
        assert_eq!(found.len(), 1, "{text:?} was echoed and is there {} times", found.len());
        places.push(found[0]);
    }
    assert!(places.is_sorted(), "the order of the echoes is the order of the history");
    let mut unique = stored.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), stored.len(), "nothing is stored twice");
}

/// Keeps a window of messages under way, kills the server after so many echoes, and collects
/// those that still arrive.
async fn write_until_killed(
    server: &Server,
    alice: &mut Client,
    round: usize,
    kill_after: usize,
    echoed: &mut Vec<String>,
) {
    let line = |n: usize| format!("PRIVMSG #room :{round}-{n}\r\n");
    alice.send_raw((0..WINDOW).map(line).collect::<String>().as_bytes()).await;
    for n in 0..kill_after {
        echoed.push(alice.expect("an echo", is_own).await.last().to_owned());
        alice.send_raw(line(WINDOW + n).as_bytes()).await;
    }
    server.kill();
    echoed.extend(alice.closed().await.iter().filter(|m| is_own(m)).map(|m| m.last().to_owned()));
}

/// An echo of this round, not the replay of an earlier one: that carries no text of ours again.
fn is_own(message: &Message) -> bool {
    message.command == "PRIVMSG" && message.param(0) == "#room"
}

fn random() -> usize {
    usize::try_from(RandomState::new().build_hasher().finish() % (1 << 20)).unwrap()
}
