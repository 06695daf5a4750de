//! REDACT: who may take what back, who is told, and that it is really gone.

use std::fs;
use std::time::Instant;

use crate::support::{Client, Message, PASSWORD, PATIENCE, Server};

const CAPS: &[&str] =
    &["draft/message-redaction", "message-tags", "echo-message", "batch", "labeled-response"];
const HISTORY: &[&str] =
    &["draft/chathistory", "draft/event-playback", "draft/message-redaction", "batch", "message-tags"];

/// Says something and returns its id.
async fn say(client: &mut Client, target: &str, text: &str) -> String {
    client.send(format!("PRIVMSG {target} :{text}")).await;
    let echo = client.expect("the echo", |m| m.command == "PRIVMSG" && m.last() == text).await;
    echo.tag("msgid").unwrap()
}

/// What a history shows, as commands and texts.
async fn history(client: &mut Client, request: &str) -> Vec<(String, String)> {
    client.ask(request, "BATCH").await;
    let mut lines = client.all_until("BATCH").await;
    lines.pop();
    lines.iter().map(|m| (m.command.clone(), m.last().to_owned())).collect()
}

/// The files of the database that hold this text.
fn files_with(server: &Server, text: &str) -> Vec<String> {
    let files = fs::read_dir(server.folder().join("data")).unwrap().map(|file| file.unwrap().path());
    let holds = |bytes: Vec<u8>| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let files = files.filter(|path| path.is_file() && fs::read(path).is_ok_and(holds));
    files.map(|path| path.display().to_string()).collect()
}

#[tokio::test]
async fn authors_and_operators_take_messages_back_and_those_who_know_it_are_told() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    let mut phone = server.login("bob", CAPS).await;
    let mut plain = server.newcomer("plain", &["message-tags"]).await;
    for client in [&mut alice, &mut bob, &mut plain] {
        client.run("JOIN #room").await;
    }
    let (by_alice, by_bob) = (say(&mut alice, "#room", "a").await, say(&mut bob, "#room", "b").await);
    let told = bob.ask(&format!("@label=f REDACT #room {by_alice}"), "FAIL").await;
    assert!(told.is("FAIL", &["REDACT", "REDACT_FORBIDDEN", "#room", &by_alice]), "{told}");
    assert_eq!(told.tag("label").as_deref(), Some("f"));

    let own = bob.ask(&format!("@label=own REDACT #room {by_bob} :wrong room"), "REDACT").await;
    assert_eq!(own.params, ["#room", &by_bob, "wrong room"]);
    assert_eq!((own.nick(), own.tag("label").as_deref()), ("bob", Some("own")));
    for client in [&mut alice, &mut phone] {
        let told = client.until("REDACT").await;
        assert_eq!((told.params.as_slice(), told.tag("label")), (own.params.as_slice(), None));
    }
    let again = bob.run(&format!("REDACT #room {by_bob}")).await;
    assert!(
        again.len() == 1 && again[0].is("FAIL", &["REDACT", "UNKNOWN_MSGID", "#room", &by_bob]),
        "{again:?}"
    );

    let other = say(&mut bob, "#room", "c").await;
    let told = alice.ask(&format!("REDACT #room {other}"), "REDACT").await;
    assert_eq!(told.params, ["#room", &other]);
    let heard = plain.sync().await;
    assert!(heard.iter().all(|m| m.command != "REDACT"), "{heard:?}");
}

#[tokio::test]
async fn what_is_not_there_for_the_client_cannot_be_taken_back() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    alice.run("JOIN #room,#other").await;
    alice.run("JOIN #secret").await;
    bob.run("JOIN #room").await;
    let here = say(&mut alice, "#room", "x").await;
    let secret = say(&mut alice, "#secret", "x").await;
    let for_operators = say(&mut alice, "@#room", "among us").await;
    let direct = say(&mut alice, "bob", "x").await;
    for (target, id, code) in [
        ("#other", here.as_str(), "UNKNOWN_MSGID"),
        ("bob", here.as_str(), "UNKNOWN_MSGID"),
        ("#room", direct.as_str(), "UNKNOWN_MSGID"),
        ("#room", "nonsense", "UNKNOWN_MSGID"),
        ("#nowhere", here.as_str(), "INVALID_TARGET"),
        ("a,b", here.as_str(), "INVALID_TARGET"),
    ] {
        let told = alice.run(&format!("REDACT {target} {id}")).await;
        assert!(told.len() == 1 && told[0].is("FAIL", &["REDACT", code, target]), "{target} {id}: {told:?}");
    }
    for (target, id, code) in [
        ("#secret", secret.as_str(), "INVALID_TARGET"),
        ("#room", secret.as_str(), "UNKNOWN_MSGID"),
        ("#room", for_operators.as_str(), "UNKNOWN_MSGID"),
        ("alice", direct.as_str(), "REDACT_FORBIDDEN"),
    ] {
        let told = bob.run(&format!("REDACT {target} {id}")).await;
        let told: Vec<_> = told.iter().filter(|m| m.command == "FAIL").collect();
        assert!(told.len() == 1 && told[0].is("FAIL", &["REDACT", code, target]), "{target} {id}: {told:?}");
    }
    alice.ask("REDACT #room", "461").await;
    // Who could not read it does not learn of its end.
    alice.ask(&format!("REDACT @#room {for_operators}"), "REDACT").await;
    let heard = bob.sync().await;
    assert!(heard.iter().all(|m| m.command != "REDACT"), "{heard:?}");
}

#[tokio::test]
async fn it_is_gone_from_history_and_from_the_files() {
    let mut server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    let before = say(&mut alice, "#room", "the first").await;
    let id = say(&mut alice, "#room", "a-secret-that-slipped").await;
    let long = format!("a-secret-that-slipped {}", "x".repeat(350));
    let second = say(&mut alice, "#room", &long).await;
    say(&mut alice, "#room", "the last").await;
    assert!(!files_with(&server, "a-secret-that-slipped").is_empty(), "else the search would prove nothing");
    for id in [&id, &second] {
        alice.ask(&format!("REDACT #room {id} :slipped"), "REDACT").await;
    }
    // Already before the server ends.
    let begun = Instant::now();
    while !files_with(&server, "a-secret-that-slipped").is_empty() {
        alice.sync().await;
        assert!(begun.elapsed() < PATIENCE, "{:?}", files_with(&server, "a-secret-that-slipped"));
    }
    for restart in [false, true] {
        if restart {
            server.stop();
            assert_eq!(files_with(&server, "a-secret-that-slipped"), [""; 0]);
            server.start_again();
        }
        let mut reader = server.login("alice", HISTORY).await;
        let shown = history(&mut reader, "CHATHISTORY LATEST #room * 100").await;
        let commands: Vec<_> = shown.iter().map(|(command, _)| command.as_str()).collect();
        assert_eq!(commands, ["JOIN", "PRIVMSG", "PRIVMSG", "REDACT", "REDACT"], "{shown:?}");
        assert!(shown.iter().all(|(_, text)| !text.contains("secret")), "{shown:?}");
        // Nobody loses their place in the history with the message.
        let after = history(&mut reader, &format!("CHATHISTORY AFTER #room msgid={id} 1")).await;
        assert_eq!(after, [("PRIVMSG".to_owned(), "the last".to_owned())]);
        let before = history(&mut reader, &format!("CHATHISTORY AROUND #room msgid={before} 1")).await;
        assert_eq!(before, [("PRIVMSG".to_owned(), "the first".to_owned())]);
        let mut plain = server.login("alice", &["draft/chathistory", "draft/event-playback", "batch"]).await;
        let shown = history(&mut plain, "CHATHISTORY LATEST #room * 100").await;
        assert!(shown.iter().all(|(command, _)| command != "REDACT"), "{shown:?}");
        for form in [&["history", "show", "#room"][..], &["--json", "history", "show", "#room"]] {
            let shown = server.chatctl(form).success();
            assert!(shown.contains("the last") && !shown.contains("secret"), "{shown}");
        }
        let mut old = server.connect().await;
        let replayed = old.login("alice", PASSWORD, &[]).await;
        let replayed: Vec<_> =
            replayed.iter().filter(|m| m.command == "PRIVMSG").map(Message::last).collect();
        assert_eq!(replayed, ["the first", "the last"]);
    }
}

#[tokio::test]
async fn what_was_taken_back_stays_away_after_a_crash() {
    let mut server = Server::start();
    for round in 0..5 {
        let mut alice =
            if round == 0 { server.newcomer("alice", CAPS).await } else { server.login("alice", CAPS).await };
        if round == 0 {
            alice.run("JOIN #room").await;
        }
        let text = format!("slip-number-{round}");
        let id = say(&mut alice, "#room", &text).await;
        say(&mut alice, "#room", &format!("word {round}")).await;
        alice.ask(&format!("REDACT #room {id}"), "REDACT").await;
        server.kill();
        server.start_again();
        assert_eq!(files_with(&server, &text), [""; 0]);
        let texts = server.texts_of("#room").await;
        assert_eq!(texts, (0..=round).map(|n| format!("word {n}")).collect::<Vec<_>>());
        let mut alice = server.login("alice", CAPS).await;
        let told = alice.run(&format!("REDACT #room {id}")).await;
        assert!(told.iter().any(|m| m.is("FAIL", &["REDACT", "UNKNOWN_MSGID"])), "{told:?}");
    }
}

#[tokio::test]
async fn in_a_direct_conversation_it_is_gone_for_both() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    let mut phone = server.login("alice", CAPS).await;
    let id = say(&mut alice, "bob", "for you").await;
    let own = alice.ask(&format!("REDACT BOB {id} :oh"), "REDACT").await;
    assert_eq!(own.params, ["bob", &id, "oh"]);
    for client in [&mut bob, &mut phone] {
        let told = client.until("REDACT").await;
        assert_eq!((told.nick(), told.params.as_slice()), ("alice", own.params.as_slice()));
    }
    let id = say(&mut alice, "bob", "while you are away").await;
    let note = say(&mut alice, "alice", "to myself").await;
    bob.send("QUIT").await;
    bob.closed().await;
    alice.ask(&format!("REDACT bob {id}"), "REDACT").await;
    let told = alice.run(&format!("REDACT alice {note}")).await;
    assert_eq!(told.iter().filter(|m| m.command == "REDACT").count(), 1, "{told:?}");
    for (reader, other) in [("alice", "bob"), ("bob", "alice"), ("alice", "alice")] {
        let mut reader = server.login(reader, &["draft/chathistory", "batch"]).await;
        let shown = history(&mut reader, &format!("CHATHISTORY LATEST {other} * 10")).await;
        assert_eq!(shown, [], "{other}");
    }
    // A guest who has gone is still a side of the conversation.
    let mut gina = server.guest("gina").await;
    let id = say(&mut alice, "gina", "to a guest").await;
    gina.send("QUIT").await;
    gina.closed().await;
    let mut later = server.connect().await;
    later.send(format!("CAP REQ :{}", CAPS.join(" "))).await;
    later.send("CAP END").await;
    later.register_guest("gina").await;
    assert_eq!(alice.ask(&format!("REDACT gina {id}"), "REDACT").await.params, ["gina", &id]);
    let heard = later.sync().await;
    assert!(heard.iter().all(|m| m.command != "REDACT"), "another gina: {heard:?}");
}

#[tokio::test]
async fn guests_take_back_what_they_said_and_not_what_an_earlier_guest_said() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let mut gina = server.connect().await;
        gina.send(format!("CAP REQ :{}", CAPS.join(" "))).await;
        gina.send("CAP END").await;
        gina.register_guest("gina").await;
        gina.run("JOIN #room").await;
        ids.push(say(&mut gina, "#room", "by a guest").await);
        if let [earlier, own] = ids.as_slice() {
            let told = gina.ask(&format!("REDACT #room {earlier}"), "FAIL").await;
            assert_eq!(told.param(1), "REDACT_FORBIDDEN");
            gina.ask(&format!("REDACT #room {own}"), "REDACT").await;
        }
        gina.send("QUIT").await;
        gina.closed().await;
    }
    alice.ask(&format!("REDACT #room {}", ids[0]), "REDACT").await;
}

#[tokio::test]
async fn what_is_said_in_several_lines_goes_as_one() {
    let server = Server::start();
    let caps = [CAPS, &["draft/multiline"]].concat();
    let mut alice = server.newcomer("alice", &caps).await;
    alice.run("JOIN #room").await;
    alice.send("BATCH +b draft/multiline #room").await;
    alice.send("@batch=b PRIVMSG #room :first-slip").await;
    alice.send("@batch=b PRIVMSG #room :second-slip").await;
    alice.send("BATCH -b").await;
    let id = alice.until("BATCH").await.tag("msgid").unwrap();
    alice.ask(&format!("REDACT #room {id}"), "REDACT").await;
    assert_eq!(server.texts_of("#room").await, [""; 0]);
    server.stop();
    assert_eq!(files_with(&server, "-slip"), [""; 0]);
}

#[tokio::test]
async fn who_has_the_name_of_a_deleted_account_has_not_its_messages() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    let mut bob = server.newcomer("bob", CAPS).await;
    bob.run("JOIN #room").await;
    let id = say(&mut bob, "#room", "by the first bob").await;
    server.chatctl(&["deluser", "bob", "--yes"]).success();
    bob.closed().await;
    let mut bob = server.newcomer("bob", &[CAPS, &["chat-secure/message-edit"]].concat()).await;
    bob.run("JOIN #room").await;
    for (line, code) in [
        (format!("REDACT #room {id}"), "REDACT_FORBIDDEN"),
        (format!("EDIT #room {id} :in another's mouth"), "EDIT_FORBIDDEN"),
    ] {
        assert_eq!(bob.ask(&line, "FAIL").await.param(1), code);
    }
    let own = say(&mut bob, "#room", "by the second").await;
    bob.ask(&format!("REDACT #room {own}"), "REDACT").await;
}

#[tokio::test]
async fn errors_fit_into_a_line_whatever_was_sent() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[CAPS, &["draft/multiline"]].concat()).await;
    alice.run("JOIN #room").await;
    let long = "x".repeat(440);
    for line in [
        format!("REDACT {long} id"),
        format!("REDACT #room {long}"),
        format!("EDIT #room {long} :text"),
        format!("BATCH +b {long} #room"),
        format!("BATCH +{long} draft/multiline #room"),
        format!("BATCH +b draft/multiline #room\r\n@batch=b PRIVMSG {long} :text\r\nBATCH -b"),
    ] {
        let told = alice.run(&line).await;
        assert!(told.len() == 1 && told[0].command == "FAIL", "{told:?}");
        assert!(told[0].line.len() <= 510, "{}", told[0].line);
    }
}
