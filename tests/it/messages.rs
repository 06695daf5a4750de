//! PRIVMSG, NOTICE and TAGMSG: who gets what, and what the sender is told.

use crate::support::{Message, Server};

#[tokio::test]
async fn what_is_said_reaches_the_others_and_not_oneself() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    alice.sync().await;
    let own = alice.run("PRIVMSG #room :hello world").await;
    assert!(own.is_empty(), "{own:?}");
    let heard = bob.until("PRIVMSG").await;
    assert_eq!(
        (heard.nick(), heard.params.as_slice()),
        ("alice", &["#room".into(), "hello world".into()][..])
    );
    alice.send("NOTICE #room :take notice").await;
    assert_eq!(bob.until("NOTICE").await.last(), "take notice");
}

#[tokio::test]
async fn the_echo_is_the_stored_message() {
    let server = Server::start();
    let caps = ["echo-message", "message-tags", "server-time"];
    let mut alice = server.newcomer("alice", &caps).await;
    let mut bob = server.newcomer("bob", &caps).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    for line in
        ["PRIVMSG #room :one", "NOTICE #room :two", "@+draft/react=x TAGMSG #room", "PRIVMSG bob :four"]
    {
        alice.send(line).await;
        let spoken = |m: &Message| ["PRIVMSG", "NOTICE", "TAGMSG"].contains(&m.command.as_str());
        let echo = alice.expect("the echo", spoken).await;
        let heard = bob.expect("the message", spoken).await;
        assert_eq!(echo.line, heard.line);
        assert!(echo.tag("msgid").is_some() && echo.tag("time").is_some(), "{echo}");
    }
}

#[tokio::test]
async fn a_label_comes_back_with_the_answer() {
    let server = Server::start();
    let caps = ["echo-message", "labeled-response", "batch", "message-tags"];
    let mut alice = server.newcomer("alice", &caps).await;
    let mut bob = server.newcomer("bob", &["message-tags"]).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    alice.sync().await;

    let echo = alice.ask("@label=a PRIVMSG #room :labelled", "PRIVMSG").await;
    assert_eq!(echo.tag("label").as_deref(), Some("a"));
    assert_eq!(bob.until("PRIVMSG").await.tag("label"), None);

    let pong = alice.ask("@label=b PING token", "PONG").await;
    assert_eq!(pong.tag("label").as_deref(), Some("b"));
    let ack = alice.ask("@label=c PONG token", "ACK").await;
    assert_eq!((ack.tag("label").as_deref(), ack.params.len()), (Some("c"), 0));
    let error = alice.ask("@label=d PRIVMSG nobody :text", "401").await;
    assert_eq!(error.tag("label").as_deref(), Some("d"));

    let start = alice.ask("@label=e WHOIS bob", "BATCH").await;
    assert_eq!((start.tag("label").as_deref(), start.param(1)), (Some("e"), "labeled-response"));
    let id = start.param(0).trim_start_matches('+').to_owned();
    let lines = alice.all_until("BATCH").await;
    let (end, inside) = lines.split_last().unwrap();
    assert_eq!(end.param(0), format!("-{id}"));
    assert!(!inside.is_empty());
    assert!(
        inside.iter().all(|m| m.tag("batch") == Some(id.clone()) && m.tag("label").is_none()),
        "{inside:?}"
    );
}

#[tokio::test]
async fn several_targets_get_one_message_each() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    let mut carol = server.newcomer("carol", &[]).await;
    alice.send("PRIVMSG bob,carol,nobody :to you both").await;
    for (client, nick) in [(&mut bob, "bob"), (&mut carol, "carol")] {
        assert_eq!(client.until("PRIVMSG").await.params, [nick, "to you both"]);
    }
    assert_eq!(alice.until("401").await.param(1), "nobody");
    let many: Vec<_> = (0..21).map(|n| format!("nobody{n}")).collect();
    alice.ask(&format!("PRIVMSG {} :text", many.join(",")), "407").await;
}

#[tokio::test]
async fn tagmsg_reaches_only_those_who_understand_it() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &["message-tags"]).await;
    let mut bob = server.newcomer("bob", &["message-tags"]).await;
    let mut carol = server.newcomer("carol", &[]).await;
    for client in [&mut alice, &mut bob, &mut carol] {
        client.run("JOIN #room").await;
    }
    alice.run("@+typing=active TAGMSG #room").await;
    let typing = bob.until("TAGMSG").await;
    assert_eq!(typing.tag("+typing").as_deref(), Some("active"));
    let heard = carol.sync().await;
    assert!(heard.iter().all(|m| m.command != "TAGMSG"), "{heard:?}");
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_to_the_sender() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    for (line, numeric) in [
        ("PRIVMSG nobody :text", "401"),
        ("PRIVMSG #nowhere :text", "403"),
        ("PRIVMSG", "411"),
        ("PRIVMSG alice", "412"),
        ("PRIVMSG alice :", "412"),
    ] {
        let told = alice.run(line).await;
        assert_eq!(told.len(), 1, "{line}: {told:?}");
        let accepted = [numeric, "461", "404"];
        assert!(accepted.contains(&told[0].command.as_str()), "{line}: {told:?}");
    }
    for line in ["NOTICE nobody :text", "NOTICE #nowhere :text", "NOTICE alice :"] {
        let told = alice.run(line).await;
        assert!(told.is_empty(), "{line}: {told:?}");
    }
}

#[tokio::test]
async fn a_message_to_a_status_reaches_those_who_have_it() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    let mut carol = server.newcomer("carol", &[]).await;
    for client in [&mut alice, &mut bob, &mut carol] {
        client.run("JOIN #room").await;
    }
    alice.run("MODE #room +v bob").await;
    alice.run("PRIVMSG +#room :for voices").await;
    assert_eq!(bob.until("PRIVMSG").await.params, ["+#room", "for voices"]);
    let heard = carol.sync().await;
    assert!(heard.iter().all(|m| m.command != "PRIVMSG"), "{heard:?}");
}

#[tokio::test]
async fn who_is_offline_finds_the_direct_message_on_returning() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    server.adduser("bob");
    alice.ask("PRIVMSG bob :are you there?", "PRIVMSG").await;
    alice.ask("PRIVMSG bob :call me", "PRIVMSG").await;
    let mut bob = server.login("bob", &["draft/chathistory", "batch", "server-time", "message-tags"]).await;
    bob.send("CHATHISTORY LATEST alice * 10").await;
    bob.until("BATCH").await;
    let found: Vec<_> = bob.all_until("BATCH").await.iter().map(|m| m.last().to_owned()).collect();
    assert_eq!(found[..2], ["are you there?", "call me"]);
}

#[tokio::test]
async fn a_plain_client_is_shown_the_direct_messages_it_missed() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    server.adduser("bob");
    alice.ask("PRIVMSG bob :call me", "PRIVMSG").await;
    let mut bob = server.connect().await;
    let greeting = bob.login("bob", crate::support::PASSWORD, &[]).await;
    let shown = greeting.iter().any(|m| m.is("PRIVMSG", &["bob", "call me"]) && m.nick() == "alice");
    assert!(shown, "{greeting:?}");
}

#[tokio::test]
async fn who_knows_no_echoes_is_not_shown_their_own_direct_messages_as_anothers() {
    for (caps, expected) in [(&[][..], &["call me"][..]), (&["echo-message"], &["call me", "I will"])] {
        let server = Server::start();
        let mut alice = server.newcomer("alice", &["echo-message"]).await;
        let mut first = server.newcomer("bob", &["echo-message"]).await;
        alice.ask("PRIVMSG bob :call me", "PRIVMSG").await;
        first.until("PRIVMSG").await;
        first.ask("PRIVMSG alice :I will", "PRIVMSG").await;
        let mut second = server.connect().await;
        let greeting = second.login("bob", crate::support::PASSWORD, caps).await;
        let said: Vec<_> = greeting.iter().filter(|m| m.command == "PRIVMSG").map(Message::last).collect();
        assert_eq!(said, expected, "{caps:?}");
    }
}

#[tokio::test]
async fn a_label_is_never_lost_to_an_earlier_error() {
    let server = Server::start();
    server.adduser("offline");
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob =
        server.newcomer("bob", &["echo-message", "labeled-response", "batch", "message-tags"]).await;
    alice.run("JOIN #room").await;
    for _ in 0..10 {
        let both = "@label=one PRIVMSG #room :denied\r\n@label=two PRIVMSG offline :hello\r\n";
        bob.send_raw(both.as_bytes()).await;
        let told = bob.sync().await;
        let shown: Vec<_> = told.iter().map(|m| (m.command.as_str(), m.tag("label"))).collect();
        let label = |label: &str| Some(label.to_owned());
        let batch = [("PRIVMSG", None), ("301", None), ("BATCH", None)];
        let expected = [vec![("404", label("one")), ("BATCH", label("two"))], batch.to_vec()].concat();
        assert_eq!(shown, expected, "{told:?}");
    }
}

#[tokio::test]
async fn who_speaks_from_outside_gets_echo_and_label() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #room").await;
    alice.run("MODE #room -n").await;
    let mut bob =
        server.newcomer("bob", &["echo-message", "labeled-response", "batch", "message-tags"]).await;
    for text in ["one", "two"] {
        let told = bob.run(&format!("@label={text} PRIVMSG #room :{text}")).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].is("PRIVMSG", &["#room", text]) && told[0].nick() == "bob", "{told:?}");
        assert_eq!(told[0].tag("label").as_deref(), Some(text));
        assert_eq!(alice.until("PRIVMSG").await.last(), text);
    }
    alice.run("PRIVMSG #room :among ourselves").await;
    let heard = bob.sync().await;
    assert!(heard.is_empty(), "{heard:?}");
}
