//! What was said before: replayed on joining, and on request.

use crate::support::{Client, Message, Server};

/// What a client needs to ask for history.
const CAPS: &[&str] = &["draft/chathistory", "batch", "server-time", "message-tags"];

/// Somebody who said `m1` to `m10` in `#room`, each stored.
async fn ten_messages(server: &Server) -> Client {
    let mut alice = server.newcomer("alice", &["echo-message", "server-time", "message-tags"]).await;
    alice.run("JOIN #room").await;
    for n in 1..=10 {
        alice.ask(&format!("PRIVMSG #room :m{n}"), "PRIVMSG").await;
    }
    alice
}

/// The messages of the one batch that answers.
async fn history(client: &mut Client, request: &str) -> Vec<Message> {
    let start = client.ask(request, "BATCH").await;
    assert!(start.param(0).starts_with('+'), "{start}");
    let id = start.param(0).trim_start_matches('+').to_owned();
    let mut lines = client.all_until("BATCH").await;
    assert_eq!(lines.pop().unwrap().param(0), format!("-{id}"));
    assert!(lines.iter().all(|m| m.tag("batch") == Some(id.clone())), "{lines:?}");
    lines
}

fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(Message::last).collect()
}

#[tokio::test]
async fn joining_replays_the_latest_to_a_plain_client() {
    let server = Server::with(&["--replay-len=3"]);
    ten_messages(&server).await;
    let mut bob = server.newcomer("bob", &[]).await;
    let shown = bob.run("JOIN #room").await;
    let replayed: Vec<_> = shown.iter().filter(|m| m.command == "PRIVMSG").cloned().collect();
    assert_eq!(texts(&replayed), ["m8", "m9", "m10"]);
    assert!(replayed.iter().all(|m| m.nick() == "alice" && m.tags.is_empty()), "{replayed:?}");
}

#[tokio::test]
async fn joining_replays_with_the_time_of_then() {
    let server = Server::start();
    let mut alice = ten_messages(&server).await;
    let said = alice.ask("PRIVMSG #room :the last", "PRIVMSG").await;
    let mut bob = server.newcomer("bob", &["server-time"]).await;
    let shown = bob.run("JOIN #room").await;
    let last = shown.iter().rfind(|m| m.command == "PRIVMSG").unwrap();
    assert_eq!((last.last(), last.tag("time")), ("the last", said.tag("time")));
}

#[tokio::test]
async fn who_can_ask_for_history_is_not_shown_it_unasked() {
    let server = Server::start();
    ten_messages(&server).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    let shown = bob.run("JOIN #room").await;
    assert!(shown.iter().all(|m| m.command != "PRIVMSG"), "{shown:?}");
}

#[tokio::test]
async fn every_range_gives_its_messages_in_order() {
    let server = Server::start();
    ten_messages(&server).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    bob.run("JOIN #room").await;
    let all = history(&mut bob, "CHATHISTORY LATEST #room * 100").await;
    assert_eq!(texts(&all), ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9", "m10"]);
    let id = |n: usize| format!("msgid={}", all[n - 1].tag("msgid").unwrap());
    let time = |n: usize| format!("timestamp={}", all[n - 1].tag("time").unwrap());
    for (request, expected) in [
        ("LATEST #room * 2".to_owned(), &["m9", "m10"][..]),
        (format!("LATEST #room {} 9", id(8)), &["m9", "m10"]),
        (format!("BEFORE #room {} 2", id(5)), &["m3", "m4"]),
        (format!("AFTER #room {} 2", id(5)), &["m6", "m7"]),
        (format!("AROUND #room {} 3", id(5)), &["m4", "m5", "m6"]),
        (format!("AROUND #room {} 1", id(5)), &["m5"]),
        (format!("BETWEEN #room {} {} 9", id(2), id(5)), &["m3", "m4"]),
        (format!("BETWEEN #room {} {} 1", id(2), id(5)), &["m3"]),
        (format!("BETWEEN #room {} {} 1", id(5), id(2)), &["m4"]),
        (format!("AFTER #room {} 5", id(10)), &[]),
        (format!("BEFORE #room {} 5", time(1)), &[]),
        ("AFTER #room timestamp=2001-01-01T00:00:00.000Z 1".to_owned(), &["m1"]),
        ("BEFORE #room timestamp=2262-01-01T00:00:00.000Z 1".to_owned(), &["m10"]),
    ] {
        let found = history(&mut bob, &format!("CHATHISTORY {request}")).await;
        assert_eq!(texts(&found), expected, "{request}");
    }
}

#[tokio::test]
async fn history_is_what_was_shown_when_it_was_said() {
    let server = Server::start();
    let mut alice = ten_messages(&server).await;
    let said = alice.ask("@+mood=fine NOTICE #room :as I said", "NOTICE").await;
    let mut bob = server.newcomer("bob", CAPS).await;
    bob.run("JOIN #room").await;
    let found = history(&mut bob, "CHATHISTORY LATEST #room * 1").await;
    for tag in ["time", "msgid", "+mood"] {
        assert_eq!(found[0].tag(tag), said.tag(tag), "{tag}");
    }
    assert_eq!((&found[0].command, &found[0].params), (&said.command, &said.params));
    assert_eq!(found[0].source, said.source);
}

#[tokio::test]
async fn events_are_played_back_to_those_who_asked_for_them() {
    let server = Server::start();
    let mut alice = ten_messages(&server).await;
    alice.run("TOPIC #room :Spring").await;
    let mut bob = server.newcomer("bob", CAPS).await;
    bob.run("JOIN #room").await;
    let found = history(&mut bob, "CHATHISTORY LATEST #room * 1").await;
    assert_eq!(texts(&found), ["m10"]);
    bob.run("CAP REQ draft/event-playback").await;
    let found = history(&mut bob, "CHATHISTORY LATEST #room * 2").await;
    let commands: Vec<_> = found.iter().map(|m| m.command.as_str()).collect();
    assert_eq!(commands, ["TOPIC", "JOIN"]);
}

#[tokio::test]
async fn direct_conversations_are_seen_by_their_two_only() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[&["echo-message"], CAPS].concat()).await;
    let mut bob = server.newcomer("bob", &[&["echo-message"], CAPS].concat()).await;
    alice.ask("PRIVMSG bob :between us", "PRIVMSG").await;
    bob.until("PRIVMSG").await;
    bob.ask("PRIVMSG alice :of course", "PRIVMSG").await;
    alice.until("PRIVMSG").await;
    for (client, other) in [(&mut alice, "BOB"), (&mut bob, "alice")] {
        let found = history(client, &format!("CHATHISTORY LATEST {other} * 10")).await;
        assert_eq!(texts(&found), ["between us", "of course"]);
    }
    let mut carol = server.newcomer("carol", CAPS).await;
    assert!(history(&mut carol, "CHATHISTORY LATEST alice * 10").await.is_empty());
}

#[tokio::test]
async fn targets_are_listed_by_their_latest_message() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[&["echo-message"], CAPS].concat()).await;
    server.adduser("bob");
    alice.run("JOIN #one,#two").await;
    let mut times = Vec::new();
    for target in ["#two", "bob", "#one"] {
        times.push(alice.ask(&format!("PRIVMSG {target} :hello"), "PRIVMSG").await.tag("time").unwrap());
    }
    let window = "timestamp=2001-01-01T00:00:00.000Z timestamp=2262-01-01T00:00:00.000Z";
    let found = history(&mut alice, &format!("CHATHISTORY TARGETS {window} 10")).await;
    let mut listed: Vec<_> = found.iter().map(|m| (m.param(2).to_owned(), m.param(1).to_owned())).collect();
    let mut expected: Vec<_> = times.into_iter().zip(["#two", "bob", "#one"].map(str::to_owned)).collect();
    // Equal milliseconds have no order among each other.
    assert!(listed.is_sorted_by(|a, b| a.0 <= b.0), "{listed:?}");
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn history_is_refused_to_outsiders_and_to_nonsense() {
    let server = Server::start();
    ten_messages(&server).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    for target in ["#room", "#nowhere"] {
        let refused = bob.ask(&format!("CHATHISTORY LATEST {target} * 10"), "FAIL").await;
        assert_eq!(refused.params[..4], ["CHATHISTORY", "INVALID_TARGET", "LATEST", target]);
    }
    bob.run("JOIN #room").await;
    for request in
        ["DANCE #room * 10", "BEFORE #room * 10", "BEFORE #room msgid=x many", "LATEST #room never 5"]
    {
        let refused = bob.ask(&format!("CHATHISTORY {request}"), "FAIL").await;
        assert_eq!(refused.param(0), "CHATHISTORY", "{request}");
        assert!(["INVALID_PARAMS", "INVALID_MSGREFTYPE"].contains(&refused.param(1)), "{request}: {refused}");
    }
}

#[tokio::test]
async fn who_enters_a_busy_room_is_shown_each_message_once() {
    let server = Server::with(&["--flood-per-second=0"]);
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    server.newcomer("bob", &[]).await.run("JOIN #room").await;
    alice.run("JOIN #room").await;
    let (ending, mut ended) = tokio::sync::oneshot::channel::<()>();
    let talking = async {
        let mut n = 0;
        while ended.try_recv().is_err() {
            alice.ask(&format!("PRIVMSG #room :{n}"), "PRIVMSG").await;
            n += 1;
        }
    };
    let entering = async {
        for round in 0..10 {
            let mut bob = server.connect().await;
            let mut shown = bob.login("bob", crate::support::PASSWORD, &[]).await;
            for _ in 0..10 {
                shown.push(bob.until("PRIVMSG").await);
            }
            let mut numbers: Vec<usize> =
                shown.iter().filter(|m| m.command == "PRIVMSG").map(|m| m.last().parse().unwrap()).collect();
            // The replay has a beginning; behind it nothing is missing and nothing comes twice.
            let first = numbers[0];
            assert!(
                numbers.iter().copied().eq(first..first + numbers.len()),
                "returning {round}: {numbers:?}"
            );

            bob.run("PART #room").await;
            let mut shown = bob.run("JOIN #room").await;
            for _ in 0..10 {
                shown.push(bob.until("PRIVMSG").await);
            }
            numbers =
                shown.iter().filter(|m| m.command == "PRIVMSG").map(|m| m.last().parse().unwrap()).collect();
            numbers.sort_unstable();
            let first = numbers[0];
            assert!(numbers.iter().copied().eq(first..first + numbers.len()), "joining {round}: {numbers:?}");
            bob.send("QUIT").await;
            bob.closed().await;
        }
        ending.send(()).unwrap();
    };
    tokio::join!(talking, entering);
}
