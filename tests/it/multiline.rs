//! Messages of several lines: BATCH, how others are shown them, and what is wrong with a batch.

use std::time::{Duration, Instant};

use crate::support::{Client, Message, PASSWORD, Server};

/// What a client needs to send and to see them.
const CAPS: &[&str] =
    &["batch", "draft/multiline", "echo-message", "labeled-response", "message-tags", "server-time"];
/// The same for one that does not know them.
const OTHER_CAPS: &[&str] = &["batch", "echo-message", "labeled-response", "message-tags", "server-time"];
const HISTORY: &[&str] = &["batch", "draft/multiline", "draft/chathistory", "message-tags", "server-time"];
const OTHER_HISTORY: &[&str] =
    &["batch", "draft/chathistory", "message-tags", "server-time", "labeled-response"];

/// Sends a batch of these lines; `+` in front of a line: it goes on with the one before.
async fn send(client: &mut Client, opening_tags: &str, command: &str, target: &str, lines: &[&str]) {
    let mut all = format!("{opening_tags}BATCH +b1 draft/multiline {target}\r\n");
    for line in lines {
        let (concat, text) =
            line.strip_prefix('+').map_or(("", *line), |text| (";draft/multiline-concat", text));
        all.push_str(&format!("@batch=b1{concat} {command} {target} :{text}\r\n"));
    }
    client.send_raw(format!("{all}BATCH -b1\r\n").as_bytes()).await;
}

/// A whole batch, and its lines as they were sent.
async fn receive(client: &mut Client) -> (Message, Vec<String>) {
    let opening = client.until("BATCH").await;
    let lines = client.all_until("BATCH").await;
    (opening.clone(), unfold(&opening, &lines))
}

fn unfold(opening: &Message, lines: &[Message]) -> Vec<String> {
    assert_eq!(opening.param(1), "draft/multiline", "{opening}");
    let id = opening.param(0).strip_prefix('+').unwrap();
    let (end, inside) = lines.split_last().unwrap();
    assert_eq!(end.param(0), format!("-{id}"), "{end}");
    let line = |m: &Message| {
        assert_eq!(m.tag("batch").as_deref(), Some(id), "{m}");
        assert_eq!((m.tag("msgid"), m.tag("label"), m.param(0)), (None, None, opening.param(2)), "{m}");
        let concat = if m.tag("draft/multiline-concat").is_some() { "+" } else { "" };
        format!("{concat}{}", m.last())
    };
    inside.iter().map(line).collect()
}

fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().filter(|m| m.command == "PRIVMSG").map(Message::last).collect()
}

const POEM: &[&str] = &["", "roses are ", "+red", "", "violets are blue"];

#[tokio::test]
async fn several_lines_are_one_message_or_one_by_one_without_the_blank_ones() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    let mut carol = server.newcomer("carol", OTHER_CAPS).await;
    let mut dave = server.newcomer("dave", &[]).await;
    for client in [&mut alice, &mut bob, &mut carol, &mut dave] {
        client.run("JOIN #room").await;
    }
    alice.sync().await;
    send(&mut alice, "@label=l1;+x=y;ignored=1 ", "PRIVMSG", "#room", POEM).await;
    let (echo, echoed) = receive(&mut alice).await;
    let (heard, lines) = receive(&mut bob).await;
    assert_eq!((echoed.as_slice(), lines.as_slice()), (&poem()[..], &poem()[..]));
    assert_eq!((echo.tag("label").as_deref(), heard.tag("label")), (Some("l1"), None));
    assert_eq!((heard.nick(), heard.tag("+x").as_deref(), heard.tag("ignored")), ("alice", Some("y"), None));
    for key in ["msgid", "time"] {
        assert!(heard.tag(key).is_some() && heard.tag(key) == echo.tag(key), "{key}: {heard}");
    }
    let own = alice.sync().await;
    assert!(own.is_empty(), "one answer: {own:?}");

    let one_by_one = carol.sync().await;
    let one_by_one: Vec<_> = one_by_one.into_iter().filter(|m| m.nick() == "alice").collect();
    assert_eq!(texts(&one_by_one), ["roses are ", "red", "violets are blue"]);
    let ids: Vec<_> = one_by_one.iter().map(|m| m.tag("msgid")).collect();
    assert_eq!(ids, [heard.tag("msgid"), None, None]);
    assert!(one_by_one.iter().all(|m| m.tag("time") == heard.tag("time") && m.tag("+x").is_some()));
    assert!(one_by_one.iter().all(|m| m.tag("draft/multiline-concat").is_none() && m.tag("batch").is_none()));
    let plain: Vec<_> = dave.sync().await.into_iter().filter(|m| m.nick() == "alice").collect();
    assert_eq!(texts(&plain), ["roses are ", "red", "violets are blue"]);
    assert!(plain.iter().all(|m| m.tags.is_empty()), "{plain:?}");

    send(&mut alice, "@label=l2 ", "PRIVMSG", "#room", &["only one"]).await;
    let echo = alice.next().await;
    assert_eq!((echo.command.as_str(), echo.tag("label").as_deref()), ("PRIVMSG", Some("l2")));
}

fn poem() -> Vec<String> {
    POEM.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn history_has_it_once_and_whole_also_after_a_restart() {
    let mut server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    alice.run("PRIVMSG #room :before").await;
    send(&mut alice, "", "PRIVMSG", "#room", POEM).await;
    let (echo, _) = receive(&mut alice).await;
    for restart in [false, true] {
        if restart {
            server.restart();
        }
        let mut alice = server.login("alice", HISTORY).await;
        let outer = alice.ask("CHATHISTORY LATEST #room * 1", "BATCH").await;
        assert_eq!(outer.param(1), "chathistory");
        let outer_id = outer.param(0).strip_prefix('+').map(str::to_owned);
        let inner = alice.until("BATCH").await;
        let lines = alice.all_until("BATCH").await;
        assert_eq!(unfold(&inner, &lines), poem());
        assert_eq!((inner.tag("batch"), lines.last().unwrap().tag("batch")), (outer_id.clone(), outer_id));
        assert_eq!((inner.tag("msgid"), inner.tag("time")), (echo.tag("msgid"), echo.tag("time")));
        assert_eq!(alice.next().await.param(0), outer.param(0).replace('+', "-"));

        let mut other = server.login("alice", OTHER_HISTORY).await;
        let outer = other.ask("@label=h CHATHISTORY LATEST #room * 2", "BATCH").await;
        assert_eq!(outer.tag("label").as_deref(), Some("h"));
        let id = outer.param(0).strip_prefix('+').map(str::to_owned);
        let lines = other.all_until("BATCH").await;
        assert_eq!(texts(&lines), ["before", "roses are ", "red", "violets are blue"]);
        assert!(lines[..4].iter().all(|m| m.tag("batch") == id), "{lines:?}");
        let ids: Vec<_> = lines[1..4].iter().map(|m| m.tag("msgid")).collect();
        assert_eq!(ids, [echo.tag("msgid"), None, None]);
    }
    server.adduser("bob");
    let mut bob = server.login("bob", &["batch", "draft/multiline", "message-tags"]).await;
    bob.send("JOIN #room").await;
    assert_eq!(receive(&mut bob).await.1, poem());
    server.adduser("carol");
    let mut carol = server.login("carol", &[]).await;
    assert_eq!(texts(&carol.run("JOIN #room").await), ["before", "roses are ", "red", "violets are blue"]);
    let shown = server.chatctl(&["history", "show", "#room"]).success();
    assert!(shown.contains("/ roses are red /  / violets are blue"), "{shown}");
}

#[tokio::test]
async fn it_goes_wherever_a_message_goes() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut phone = server.login("alice", CAPS).await;
    let mut gina = server.connect().await;
    gina.send(format!("CAP REQ :{}", CAPS.join(" "))).await;
    gina.send("CAP END").await;
    gina.register_guest("gina").await;
    for (command, target) in [("PRIVMSG", "gina"), ("NOTICE", "gina")] {
        send(&mut alice, "@label=d ", command, target, &["one", "two"]).await;
        for (client, label) in [(&mut alice, Some("d")), (&mut phone, None), (&mut gina, None)] {
            let (opening, lines) = receive(client).await;
            assert_eq!((opening.param(2), lines.as_slice()), (target, &["one".to_owned(), "two".into()][..]));
            assert_eq!(opening.tag("label").as_deref(), label);
        }
    }
    send(&mut gina, "", "PRIVMSG", "alice", &["three", "four"]).await;
    assert_eq!(receive(&mut phone).await.1, ["three", "four"]);
    assert_eq!(receive(&mut gina).await.0.nick(), "gina");

    // To oneself: the echo, and the delivery.
    send(&mut alice, "@label=s ", "PRIVMSG", "alice", &["note", "to self"]).await;
    receive(&mut alice).await;
    let (echo, _) = receive(&mut alice).await;
    let (delivery, lines) = receive(&mut alice).await;
    assert_eq!((echo.tag("label").as_deref(), delivery.tag("label")), (Some("s"), None));
    assert_eq!(lines, ["note", "to self"]);

    // To the operators of a room.
    alice.run("JOIN #room").await;
    gina.run("JOIN #room").await;
    gina.sync().await;
    send(&mut alice, "", "PRIVMSG", "@#room", &["secret", "words"]).await;
    assert_eq!(receive(&mut alice).await.0.param(2), "@#room");
    let heard = gina.sync().await;
    assert!(heard.is_empty(), "{heard:?}");
}

#[tokio::test]
async fn who_is_offline_gets_it_later_and_the_sender_is_told() {
    let server = Server::start();
    server.adduser("bob");
    let mut alice = server.newcomer("alice", CAPS).await;
    send(&mut alice, "@label=o ", "PRIVMSG", "bob", &["one", "two"]).await;
    let outer = alice.until("BATCH").await;
    assert_eq!((outer.tag("label").as_deref(), outer.param(1)), (Some("o"), "labeled-response"));
    let (inner, lines) = receive(&mut alice).await;
    assert_eq!((inner.tag("batch"), lines.len()), (Some(outer.param(0)[1..].to_owned()), 2));
    assert_eq!(alice.next().await.command, "301");
    assert_eq!(alice.next().await.param(0), outer.param(0).replace('+', "-"));
    let mut bob = server.connect().await;
    let greeting = bob.login("bob", PASSWORD, &[]).await;
    assert_eq!(texts(&greeting), ["one", "two"]);

    send(&mut alice, "@label=n ", "PRIVMSG", "nobody", &["one", "two"]).await;
    assert_eq!(alice.until("401").await.tag("label").as_deref(), Some("n"));
    send(&mut alice, "@label=m ", "PRIVMSG", "#nowhere", &["one", "two"]).await;
    assert_eq!(alice.until("403").await.tag("label").as_deref(), Some("m"));
}

#[tokio::test]
async fn a_batch_that_is_wrong_fails_once_and_nothing_else_does() {
    let server = Server::with(&["--flood-per-second=0"]);
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    let line = |text: &str| format!("@batch=b PRIVMSG #room :{text}");
    let long = line(&"x".repeat(400));
    let too_long_with_source = line(&"x".repeat(485));
    let table: Vec<(Vec<String>, Vec<&str>)> = vec![
        (
            vec![line("x"), "@batch=b;draft/multiline-concat PRIVMSG #room :".into()],
            vec!["MULTILINE_INVALID"],
        ),
        (vec![line("x"), "@batch=other PRIVMSG #room :x".into()], vec!["MULTILINE_INVALID"]),
        (vec![line("x"), "@batch=b NOTICE #room :x".into()], vec!["MULTILINE_INVALID"]),
        (vec![line("x"), "@batch=b TAGMSG #room".into()], vec!["MULTILINE_INVALID"]),
        (vec![line("x"), "@batch=b JOIN #other".into()], vec!["MULTILINE_INVALID"]),
        (vec!["@batch=b PRIVMSG #room".into()], vec!["MULTILINE_INVALID"]),
        (vec![too_long_with_source], vec!["MULTILINE_INVALID"]),
        (vec![line(""), line("")], vec!["MULTILINE_INVALID"]),
        (vec![], vec!["MULTILINE_INVALID"]),
        (vec![line("x"), "@batch=b PRIVMSG #b :x".into()], vec!["MULTILINE_INVALID_TARGET", "#room", "#b"]),
        (vec![line("x"); 33], vec!["MULTILINE_MAX_LINES", "32"]),
        (vec![long; 11], vec!["MULTILINE_MAX_BYTES", "4096"]),
    ];
    for (lines, code) in table {
        alice.send("@label=e BATCH +b draft/multiline #room").await;
        for line in &lines {
            alice.send(line).await;
        }
        alice.send("BATCH -b").await;
        let told = alice.sync().await;
        assert_eq!(told.len(), 1, "{lines:?}: {told:?}");
        let expected = [vec!["BATCH"], code].concat();
        assert!(told[0].is("FAIL", &expected) && told[0].params.len() == expected.len() + 1, "{}", told[0]);
        assert_eq!(told[0].tag("label").as_deref(), Some("e"), "{}", told[0]);
        send(&mut alice, "", "PRIVMSG", "#room", &["good", "again"]).await;
        assert_eq!(receive(&mut alice).await.1, ["good", "again"]);
    }
    let mut dave = server.newcomer("dave", &["draft/chathistory", "batch"]).await;
    dave.run("JOIN #room").await;
    dave.send("CHATHISTORY LATEST #room * 100").await;
    dave.until("BATCH").await;
    let stored = dave.all_until("BATCH").await;
    assert!(texts(&stored).iter().all(|text| ["good", "again"].contains(text)), "{stored:?}");
}

#[tokio::test]
async fn a_batch_that_cannot_be_opened_or_closed_is_told() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    let table = [
        ("BATCH +b flying #room", vec!["UNKNOWN_TYPE", "b", "flying"]),
        ("BATCH +b", vec!["UNKNOWN_TYPE", "b", "*"]),
        ("BATCH +a_b draft/multiline #room", vec!["INVALID_REFTAG", "a_b"]),
        ("BATCH b draft/multiline #room", vec!["INVALID_REFTAG", "b"]),
        ("BATCH + draft/multiline #room", vec!["INVALID_REFTAG", "*"]),
        ("BATCH +b draft/multiline", vec!["MULTILINE_INVALID"]),
        ("BATCH +b draft/multiline #room,alice", vec!["MULTILINE_INVALID"]),
    ];
    for (line, code) in table {
        alice.send(format!("@label=f {line}")).await;
        alice.send("@batch=b PRIVMSG #room :swallowed").await;
        alice.send("BATCH -b").await;
        let told = alice.sync().await;
        assert!(told.len() == 1 && told[0].is("FAIL", &[vec!["BATCH"], code].concat()), "{line}: {told:?}");
        assert_eq!(told[0].tag("label").as_deref(), Some("f"), "{line}");
        // Whatever is left of it ends with the next one.
        send(&mut alice, "", "PRIVMSG", "#room", &["good", "again"]).await;
        receive(&mut alice).await;
    }
    for line in ["BATCH -b", "@batch=b PRIVMSG #room :x"] {
        let told = alice.run(line).await;
        assert!(told.len() == 1 && told[0].is("FAIL", &["BATCH"]), "{line}: {told:?}");
    }
    // A second one ends the first; a line that can't be read as well.
    alice.send("@label=1 BATCH +b1 draft/multiline #room").await;
    let told = alice.run("@label=2 BATCH +b2 draft/multiline #room").await;
    let labels: Vec<_> = told.iter().map(|m| (m.param(1), m.tag("label").unwrap())).collect();
    assert_eq!(labels, [("MULTILINE_INVALID", "1".to_owned()), ("MULTILINE_INVALID", "2".into())]);
    alice.send("BATCH +b3 draft/multiline #room").await;
    alice.send_bytes(b"@batch=b3 PRIVMSG #room :\xff").await;
    let codes: Vec<_> = alice.run("BATCH -b3").await.iter().map(|m| m.param(1).to_owned()).collect();
    assert_eq!(codes, ["INVALID_UTF8", "MULTILINE_INVALID"]);

    let mut plain = server.newcomer("plain", &["message-tags", "batch"]).await;
    let told = plain.run("BATCH +b draft/multiline #room").await;
    assert!(told[0].is("FAIL", &["BATCH", "UNKNOWN_TYPE", "b"]), "{told:?}");
}

#[tokio::test]
async fn other_commands_go_on_while_a_batch_is_open_and_are_not_part_of_it() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    alice.send("BATCH +b draft/multiline #room").await;
    alice.send("@batch=b PRIVMSG #room :one").await;
    assert!(alice.sync().await.is_empty());
    let echo = alice.ask("PRIVMSG #room :between", "PRIVMSG").await;
    assert_eq!(echo.last(), "between");
    alice.send("@batch=b;label=no PRIVMSG #room :two").await;
    alice.send("BATCH -b").await;
    assert_eq!(receive(&mut alice).await.1, ["one", "two"]);
}

#[tokio::test]
async fn a_batch_that_nobody_goes_on_with_times_out() {
    let server = Server::with(&["--batch-timeout-s=1"]);
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    alice.send("@label=t BATCH +b draft/multiline #room").await;
    alice.send("@batch=b PRIVMSG #room :one").await;
    let told = alice.until("FAIL").await;
    assert!(told.is("FAIL", &["BATCH", "TIMEOUT", "b"]), "{told}");
    assert_eq!(told.tag("label").as_deref(), Some("t"));
    alice.send("@batch=b PRIVMSG #room :two").await;
    let told = alice.run("BATCH -b").await;
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn many_lines_cost_what_many_messages_cost() {
    let server = Server::with(&["--flood-burst=2", "--flood-per-second=20"]);
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    let begun = Instant::now();
    send(&mut alice, "", "PRIVMSG", "#room", &["x"; 32]).await;
    assert_eq!(receive(&mut alice).await.1.len(), 32);
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn large_tags_are_not_repeated_on_every_line() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", OTHER_CAPS).await;
    let tags = format!("@+x={} ", "y".repeat(4000));
    send(&mut alice, &tags, "PRIVMSG", "bob", &["one", "two"]).await;
    assert!(bob.until("PRIVMSG").await.tag("+x").is_some());
    assert_eq!(bob.until("PRIVMSG").await.tag("+x"), None);
}
