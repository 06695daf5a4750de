//! Rooms and what was said in them.

use serde_json::json;

use crate::support::{Client, Server};

use super::{json, json_lines, names};

/// Alice and bob in `#room`, where alice said something.
async fn two() -> (Server, Client, Client) {
    let server = Server::with(&["--flood-per-second=0"]);
    let mut alice = server.newcomer("alice", &["echo-message", "message-tags"]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    for client in [&mut alice, &mut bob] {
        client.run("JOIN #room").await;
    }
    alice.ask("PRIVMSG #room :hello", "PRIVMSG").await;
    (server, alice, bob)
}

#[tokio::test]
async fn rooms_are_listed_and_conversations_too_when_asked_for() {
    let (server, mut alice, bob) = two().await;
    alice.run("TOPIC #room :all things").await;
    alice.run("PRIVMSG bob :psst").await;
    drop(bob);
    for running in [true, false] {
        if !running {
            server.stop();
        }
        let rooms = json(&server, &["rooms"]);
        let room = rooms.as_array().unwrap().iter().find(|room| room["name"] == "#room").unwrap();
        let fields = [
            "created_at",
            "direct",
            "entries",
            "founder",
            "id",
            "members",
            "message_at",
            "modes",
            "name",
            "online",
            "topic",
        ];
        assert_eq!(names(room), fields);
        assert_eq!((&room["founder"], &room["topic"]), (&json!("alice"), &json!("all things")));
        assert_eq!((&room["members"], &room["modes"]), (&json!(2), &json!("+nt")));
        assert!(rooms.as_array().unwrap().iter().all(|room| room["direct"] == false));
        let all = server.chatctl(&["rooms", "--all"]).success();
        assert!(all.contains("alice+bob") && all.contains("all things"), "{all}");
    }
}

#[tokio::test]
async fn history_is_shown_to_people_and_to_programs() {
    let (server, mut alice, _bob) = two().await;
    alice.ask("PRIVMSG #room :\u{1}ACTION waves\u{1}", "PRIVMSG").await;
    alice.run("PART #room :bye").await;
    for running in [true, false] {
        if !running {
            server.stop();
        }
        let shown = server.chatctl(&["history", "show", "room"]).success();
        let said: Vec<&str> = shown.lines().map(|line| line.split_once("  ").unwrap().1).collect();
        let expected =
            ["--> alice joined", "--> bob joined", "<alice> hello", "* alice waves", "<-- alice left (bye)"];
        assert_eq!(said, expected);
        let lines = json_lines(&server, &["--json", "history", "show", "room", "--messages", "-n", "1"]);
        assert_eq!(lines.len(), 1);
        assert_eq!(names(&lines[0]), ["account", "at", "event", "msgid", "nick", "seq", "target", "text"]);
        assert_eq!((&lines[0]["event"], &lines[0]["seq"]), (&json!("message"), &json!(4)));
        let exported = json_lines(&server, &["history", "export", "#room"]);
        let events: Vec<&str> = exported.iter().map(|entry| entry["event"].as_str().unwrap()).collect();
        assert_eq!(events, ["joined", "joined", "message", "message", "parted"]);
        assert_eq!((&exported[4]["reason"], &exported[4]["target"]), (&json!("bye"), &json!("#room")));
    }
}

#[tokio::test]
async fn a_direct_conversation_is_named_by_its_parties_or_its_number() {
    let (server, mut alice, bob) = two().await;
    drop(bob);
    alice.ask("PRIVMSG bob :psst", "PRIVMSG").await;
    let rooms = json(&server, &["rooms", "--all"]);
    let direct = rooms.as_array().unwrap().iter().find(|room| room["direct"] == true).unwrap();
    for name in ["alice+bob", "BOB+alice", &direct["id"].to_string()] {
        assert!(server.chatctl(&["history", "show", name]).success().ends_with("<alice> psst"), "{name}");
    }
    server.chatctl(&["history", "show", "alice+carol"]).failure(3);
    server.chatctl(&["deluser", "bob", "--yes"]).success();
    let by_number = server.chatctl(&["history", "show", &direct["id"].to_string()]).success();
    assert!(by_number.ends_with("<alice> psst"), "what was said stays: {by_number}");
    assert!(server.chatctl(&["rooms", "--all"]).success().contains("removed"));
}

#[tokio::test]
async fn a_long_history_is_exported_whole_and_shown_by_its_end() {
    let (server, mut alice, _bob) = two().await;
    for batch in 0..11 {
        for line in 0..100 {
            alice.send(format!("PRIVMSG #room :{}", batch * 100 + line)).await;
        }
        alice.sync().await;
    }
    let exported = json_lines(&server, &["history", "export", "room", "--messages"]);
    let texts: Vec<&str> = exported.iter().map(|entry| entry["text"].as_str().unwrap()).collect();
    let expected: Vec<String> =
        std::iter::once("hello".into()).chain((0..1100).map(|n: u32| n.to_string())).collect();
    assert_eq!(texts, expected);
    let shown = server.chatctl(&["history", "show", "room", "--limit", "700"]).success();
    assert_eq!(shown.lines().count(), 700);
    assert!(shown.lines().next().unwrap().ends_with("<alice> 400"), "{:?}", shown.lines().next());
}

#[tokio::test]
async fn a_stretch_of_time_is_cut_out() {
    let (server, mut alice, _bob) = two().await;
    for text in ["one", "two", "three"] {
        alice.ask(&format!("PRIVMSG #room :{text}"), "PRIVMSG").await;
    }
    let all = json_lines(&server, &["history", "export", "room", "--messages"]);
    let at = |index: usize| all[index]["at"].as_str().unwrap();
    let texts = |args: &[&str]| -> Vec<String> {
        let lines =
            json_lines(&server, &[&["--json", "history", "show", "room", "--messages"], args].concat());
        lines.iter().map(|entry| entry["text"].as_str().unwrap().to_owned()).collect()
    };
    // Several may share a millisecond: compared by their times, as the command does it.
    let between = |after: Option<&str>, before: Option<&str>| -> Vec<String> {
        let inside =
            |at: &str| after.is_none_or(|after| at > after) && before.is_none_or(|before| at < before);
        let inside = all.iter().filter(|entry| inside(entry["at"].as_str().unwrap()));
        inside.map(|entry| entry["text"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(texts(&["--after", at(0)]), between(Some(at(0)), None));
    assert_eq!(texts(&["--before", at(3)]), between(None, Some(at(3))));
    assert_eq!(texts(&["--after", at(0), "--before", at(3)]), between(Some(at(0)), Some(at(3))));
    assert_eq!(texts(&["--after", "1h"]), ["hello", "one", "two", "three"]);
    assert_eq!(texts(&["--before", "2000-01-01"]), Vec::<String>::new());
}

#[tokio::test]
async fn what_people_write_cannot_move_the_terminal() {
    let (server, mut alice, _bob) = two().await;
    alice.run("TOPIC #room :\u{1b}]0;title\u{7}").await;
    alice.ask("PRIVMSG #room :\u{1b}[2J\u{202e}x", "PRIVMSG").await;
    for args in [&["history", "show", "room"][..], &["rooms"]] {
        let shown = server.chatctl(args).success();
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}'), "{shown:?}");
        assert!(shown.contains('\u{fffd}'), "{shown:?}");
    }
    let exported = server.chatctl(&["history", "export", "room"]).success();
    assert!(!exported.contains('\u{1b}') && exported.contains("\\u001b[2J"), "{exported:?}");
}
