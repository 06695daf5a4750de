//! EDIT: a message gets another text, for who knows that and in words for who does not.

use std::fs;

use crate::support::{Client, Message, Server};

const CAPS: &[&str] = &[
    "chat-secure/message-edit",
    "draft/message-redaction",
    "message-tags",
    "server-time",
    "echo-message",
    "batch",
    "labeled-response",
];
const OTHER_CAPS: &[&str] = &["draft/message-redaction", "message-tags", "echo-message"];

async fn say(client: &mut Client, line: &str) -> String {
    client.send(line).await;
    let spoken = |m: &Message| ["PRIVMSG", "NOTICE", "TAGMSG"].contains(&m.command.as_str());
    client.expect("the echo", spoken).await.tag("msgid").unwrap()
}

async fn edit(client: &mut Client, target: &str, id: &str, text: &str) -> String {
    client.ask(&format!("EDIT {target} {id} :{text}"), "EDIT").await.tag("msgid").unwrap()
}

/// What the history of the room shows to a client with these capabilities.
async fn history(server: &Server, caps: &[&str]) -> Vec<(String, String)> {
    let mut reader = server.login("alice", &[&["draft/chathistory", "batch"], caps].concat()).await;
    reader.ask("CHATHISTORY LATEST #room * 50", "BATCH").await;
    let mut lines = reader.all_until("BATCH").await;
    lines.pop();
    lines.iter().map(|m| (m.command.clone(), m.last().to_owned())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(command, text)| ((*command).to_owned(), (*text).to_owned())).collect()
}

#[tokio::test]
async fn who_knows_edits_gets_them_and_others_a_correction_in_words() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut phone = server.login("alice", CAPS).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    let mut carol = server.newcomer("carol", &["message-tags"]).await;
    let mut dave = server.newcomer("dave", &[]).await;
    for client in [&mut alice, &mut bob, &mut carol, &mut dave] {
        client.run("JOIN #room").await;
    }
    for target in ["#room", "bob"] {
        let id = say(&mut alice, &format!("PRIVMSG {target} :teh text")).await;
        let echo = alice.ask(&format!("@label=e EDIT {target} {id} :the text"), "EDIT").await;
        assert_eq!(echo.params, [target, &id, "the text"]);
        assert_eq!((echo.nick(), echo.tag("label").as_deref()), ("alice", Some("e")));
        assert!(echo.tag("msgid").is_some_and(|own| own != id), "{echo}");
        for client in [&mut phone, &mut bob] {
            let heard = client.until("EDIT").await;
            assert_eq!((heard.params.as_slice(), heard.tag("label")), (echo.params.as_slice(), None));
            assert_eq!((heard.tag("msgid"), heard.tag("time")), (echo.tag("msgid"), echo.tag("time")));
        }
        if target == "#room" {
            carol.until("PRIVMSG").await;
            let heard = carol.until("PRIVMSG").await;
            assert_eq!(heard.params, ["#room", "* the text"]);
            assert_eq!(
                (heard.tag("+draft/reply"), heard.tag("msgid")),
                (Some(id.clone()), echo.tag("msgid"))
            );
            dave.until("PRIVMSG").await;
            assert_eq!(
                dave.until("PRIVMSG").await.line,
                ":alice!alice@alice.users PRIVMSG #room :* the text"
            );
        }
    }
    // Without echo-message the command has no other answer than its label's.
    let mut silent = server
        .login("alice", &["chat-secure/message-edit", "message-tags", "batch", "labeled-response"])
        .await;
    let id = say(&mut alice, "PRIVMSG #room :x").await;
    silent.sync().await;
    let told = silent.run(&format!("@label=q EDIT #room {id} :y")).await;
    assert!(told.len() == 1 && told[0].command == "ACK", "{told:?}");
}

#[tokio::test]
async fn history_shows_them_likewise_also_after_a_restart() {
    let mut server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    let id = say(&mut alice, "PRIVMSG #room :one").await;
    let notice = say(&mut alice, "NOTICE #room :two").await;
    let action = say(&mut alice, "PRIVMSG #room :\u{1}ACTION waves\u{1}").await;
    let first = edit(&mut alice, "#room", &id, "won").await;
    edit(&mut alice, "#room", &notice, "too").await;
    edit(&mut alice, "#room", &action, "\u{1}ACTION bows\u{1}").await;
    // An edit of an edit is one of the message.
    let again = alice.ask(&format!("EDIT #room {first} :win"), "EDIT").await;
    assert_eq!(again.param(1), id);
    for restart in [false, true] {
        if restart {
            server.restart();
        }
        let said = [("PRIVMSG", "one"), ("NOTICE", "two"), ("PRIVMSG", "\u{1}ACTION waves\u{1}")];
        let known = [("EDIT", "won"), ("EDIT", "too"), ("EDIT", "\u{1}ACTION bows\u{1}"), ("EDIT", "win")];
        let other = [
            ("PRIVMSG", "* won"),
            ("NOTICE", "* too"),
            ("PRIVMSG", "\u{1}ACTION * bows\u{1}"),
            ("PRIVMSG", "* win"),
        ];
        assert_eq!(history(&server, CAPS).await, pairs(&[&said[..], &known].concat()));
        assert_eq!(history(&server, &["message-tags"]).await, pairs(&[&said[..], &other].concat()));
        let mut plain = server.connect().await;
        let replayed = plain.login("alice", crate::support::PASSWORD, &[]).await;
        let replayed: Vec<_> = replayed.iter().filter(|m| m.param(0) == "#room").map(Message::last).collect();
        assert!(replayed.ends_with(&["* won", "* too", "\u{1}ACTION * bows\u{1}", "* win"]), "{replayed:?}");
        let shown = server.chatctl(&["history", "show", "#room"]).success();
        assert!(shown.contains("<alice> (edited) won"), "{shown}");
    }
}

#[tokio::test]
async fn only_the_author_edits_and_only_what_is_there() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    alice.run("JOIN #room,#other").await;
    bob.run("JOIN #room").await;
    let by_bob = say(&mut bob, "PRIVMSG #room :b").await;
    alice.until("PRIVMSG").await;
    let by_alice = say(&mut alice, "PRIVMSG #room :a").await;
    let reaction = say(&mut alice, "@+draft/react=x TAGMSG #room").await;
    let gone = say(&mut alice, "PRIVMSG #room :gone").await;
    alice.ask(&format!("REDACT #room {gone}"), "REDACT").await;
    let long = "x".repeat(470);
    for (target, id, text, expected) in [
        ("#room", &by_bob, "not mine", vec!["FAIL", "EDIT", "EDIT_FORBIDDEN", "#room", &by_bob]),
        ("#room", &reaction, "no words", vec!["FAIL", "EDIT", "EDIT_FORBIDDEN", "#room", &reaction]),
        ("#room", &gone, "back again", vec!["FAIL", "EDIT", "UNKNOWN_MSGID", "#room", &gone]),
        ("#other", &by_alice, "elsewhere", vec!["FAIL", "EDIT", "UNKNOWN_MSGID", "#other", &by_alice]),
        ("#nowhere", &by_alice, "nowhere", vec!["FAIL", "EDIT", "INVALID_TARGET", "#nowhere"]),
        ("#room", &by_alice, "", vec!["412"]),
        ("#room", &by_alice, &long, vec!["417"]),
    ] {
        let told = alice.run(&format!("@label=e EDIT {target} {id} :{text}")).await;
        assert!(told.len() == 1 && told[0].is(expected[0], &expected[1..]), "{text}: {told:?}");
        assert_eq!(told[0].tag("label").as_deref(), Some("e"));
    }
    alice.ask("EDIT #room x", "461").await;
    // Whoever may not speak may not speak in an old message's place.
    alice.run("MODE #room +m").await;
    let told = bob.ask(&format!("EDIT #room {by_bob} :muted"), "FAIL").await;
    assert!(told.is("FAIL", &["EDIT", "EDIT_FORBIDDEN", "#room", &by_bob]), "{told}");
    bob.run("PART #room").await;
    let told = bob.ask(&format!("EDIT #room {by_bob} :outside"), "FAIL").await;
    assert!(told.is("FAIL", &["EDIT", "INVALID_TARGET", "#room"]), "{told}");
}

#[tokio::test]
async fn the_edits_of_what_is_taken_back_go_with_it() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", OTHER_CAPS).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    let id = say(&mut alice, "PRIVMSG #room :slip-one").await;
    let edits = [
        edit(&mut alice, "#room", &id, "slip-two").await,
        edit(&mut alice, "#room", &id, "slip-three").await,
    ];
    let own = alice.run(&format!("REDACT #room {id} :slipped")).await;
    let own: Vec<_> = own.iter().filter(|m| m.command == "REDACT").map(|m| m.param(1)).collect();
    assert_eq!(own, [&id]);
    // To who does not know edits they were messages of their own.
    for id in [&id, &edits[0], &edits[1]] {
        assert_eq!(bob.until("REDACT").await.params, ["#room", id, "slipped"]);
    }
    assert_eq!(history(&server, CAPS).await, []);
    let told = alice.ask(&format!("EDIT #room {} :back", edits[0]), "FAIL").await;
    assert_eq!(told.param(1), "UNKNOWN_MSGID");

    // An edit alone can be taken back as well.
    let id = say(&mut alice, "PRIVMSG #room :good").await;
    let bad = edit(&mut alice, "#room", &id, "slip-four").await;
    alice.ask(&format!("REDACT #room {bad}"), "REDACT").await;
    assert_eq!(history(&server, CAPS).await, pairs(&[("PRIVMSG", "good")]));
    server.stop();
    let database = fs::read(server.folder().join("data/chat-secure.db")).unwrap();
    assert!(!database.windows(5).any(|window| window == b"slip-"));
}

#[tokio::test]
async fn a_message_for_operators_stays_theirs_when_it_is_edited() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    let id = say(&mut alice, "PRIVMSG @#room :among us").await;
    let echo = alice.ask(&format!("EDIT @#room {id} :among ourselves"), "EDIT").await;
    assert_eq!(echo.param(0), "@#room");
    let heard = bob.sync().await;
    assert!(heard.iter().all(|m| m.nick() != "alice" || m.command == "JOIN"), "{heard:?}");
    let mut reader = server.login("bob", &["draft/chathistory", "batch"]).await;
    reader.ask("CHATHISTORY LATEST #room * 50", "BATCH").await;
    assert_eq!(reader.all_until("BATCH").await.len(), 1);
}
