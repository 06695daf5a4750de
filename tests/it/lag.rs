//! A client that reads so slowly that the server drops what waits for it and reads the gap from the
//! store: it sees what it may, once and in order.

use crate::support::{Client, Message, PASSWORD, Server};

/// More lines than all buffers between the two hold.
const LINES: usize = 3000;

/// A server with a unix socket, whose buffers are small and do not grow.
fn start() -> Server {
    Server::with(&[
        "--guests",
        "--flood-per-second=0",
        "--ping-timeout-s=600",
        "--ping-interval-s=600",
        "--listen-plain=unix:chat.sock",
    ])
}

async fn connect_narrow(server: &Server) -> Client {
    Client::plain(&format!("unix:{}", server.folder().join("chat.sock").display())).await
}

/// Somebody in `#room`.
async fn talker(server: &Server) -> Client {
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    alice.run("JOIN #room").await;
    alice
}

/// Says that many lines; all are stored afterwards.
async fn talk(alice: &mut Client, numbers: std::ops::Range<usize>) {
    let text = "x".repeat(400);
    let lines: String = numbers.clone().map(|n| format!("PRIVMSG #room :{n} {text}\r\n")).collect();
    alice.send_raw(lines.as_bytes()).await;
    for _ in numbers {
        alice.until("PRIVMSG").await;
    }
}

/// The number of a line that was said so.
fn number(message: &Message) -> Option<usize> {
    message.last().split(' ').next()?.parse().ok()
}

/// Without this a test that is green would say nothing.
#[track_caller]
fn assert_lagged(server: &Server) {
    server.until_logged("a session that lags", |lines| {
        lines.iter().any(|line| line.contains("lags and reads from the store")).then_some(())
    });
}

#[tokio::test]
async fn who_lags_behind_ones_own_echoes_still_gets_each_with_its_label() {
    let server = start();
    server.adduser("sloth");
    let mut slow = connect_narrow(&server).await;
    slow.login("sloth", PASSWORD, &["echo-message", "labeled-response", "batch", "message-tags"]).await;
    slow.run("JOIN #room").await;
    let mut alice = talker(&server).await;
    for start in (0..LINES).step_by(50) {
        slow.send(format!("@label=l{start} PRIVMSG #room :mine {start}")).await;
        talk(&mut alice, start..start + 50).await;
    }
    let (mut others, mut own) = (0, 0);
    while others < LINES || own < LINES {
        let heard = slow.until("PRIVMSG").await;
        if let Some(mine) = heard.last().strip_prefix("mine ") {
            assert_eq!(mine, own.to_string());
            assert_eq!(heard.tag("label"), Some(format!("l{own}")));
            own += 50;
        } else {
            assert_eq!(number(&heard), Some(others));
            others += 1;
        }
    }
    assert_lagged(&server);
}

#[tokio::test]
async fn a_guest_who_lags_is_not_shown_the_secrets_of_an_earlier_guest() {
    let server = start();
    let mut alice = talker(&server).await;
    let mut earlier = server.guest("gina").await;
    earlier.run("PRIVMSG alice :an old secret").await;
    assert_eq!(alice.until("PRIVMSG").await.last(), "an old secret");
    earlier.send("QUIT").await;
    earlier.closed().await;

    let mut later = connect_narrow(&server).await;
    later.register_guest("gina").await;
    later.run("JOIN #room").await;
    for start in (0..LINES).step_by(50) {
        talk(&mut alice, start..start + 50).await;
    }
    alice.ask("PRIVMSG gina :hello to the new one", "PRIVMSG").await;
    let shown = later.sync().await;
    assert_lagged(&server);
    let private: Vec<_> = shown.iter().filter(|m| m.is("PRIVMSG", &["gina"])).map(Message::last).collect();
    assert_eq!(private, ["hello to the new one"]);
    assert!(shown.iter().filter(|m| m.is("PRIVMSG", &["#room"])).filter_map(number).eq(0..LINES));
    assert!(shown.iter().all(|m| m.last() != "an old secret"));
}

#[tokio::test]
async fn who_left_and_came_back_during_a_lag_is_shown_both_and_nothing_between() {
    let server = start();
    server.adduser("sloth");
    let mut slow = connect_narrow(&server).await;
    slow.login("sloth", PASSWORD, &[]).await;
    slow.run("JOIN #room").await;
    let mut other = server.login("sloth", &[]).await;
    let mut alice = talker(&server).await;
    for start in (0..LINES).step_by(50) {
        talk(&mut alice, start..start + 50).await;
        other.sync().await;
    }
    other.run("PART #room").await;
    alice.ask("PRIVMSG #room :unseen", "PRIVMSG").await;
    other.run("JOIN #room").await;
    alice.ask("PRIVMSG #room :after", "PRIVMSG").await;

    let shown = slow.sync().await;
    assert_lagged(&server);
    let left = shown.iter().position(|m| m.is("PART", &["#room"]) && m.nick() == "sloth").unwrap();
    let (before, since) = shown.split_at(left);
    assert!(before.iter().filter(|m| m.command == "PRIVMSG").filter_map(number).eq(0..LINES));
    let commands: Vec<_> = since.iter().map(|m| m.command.as_str()).collect();
    assert_eq!(commands, ["PART", "JOIN", "353", "366", "PRIVMSG"], "{since:?}");
    assert_eq!((since[1].nick(), since[1].param(0)), ("sloth", "#room"));
    assert_eq!(since[4].last(), "after");
    alice.ask("PRIVMSG #room :live", "PRIVMSG").await;
    assert_eq!(slow.until("PRIVMSG").await.last(), "live");
}

#[tokio::test]
async fn who_joins_more_rooms_than_the_buffers_hold_is_shown_each() {
    let server = start();
    let mut alice = talker(&server).await;
    let text = "x".repeat(400);
    let rooms: Vec<String> = (0..25).map(|n| format!("#r{n}")).collect();
    for room in &rooms {
        let lines: String = (0..50).map(|_| format!("PRIVMSG {room} :{text}\r\n")).collect();
        alice.send_raw(format!("JOIN {room}\r\n{lines}").as_bytes()).await;
        alice.sync().await;
    }
    let mut bob = server.newcomer("bob", &[]).await;
    let shown = bob.run(&format!("JOIN {}", rooms.join(","))).await;
    let of = |command: &str, place: usize| -> Vec<String> {
        shown.iter().filter(|m| m.command == command).map(|m| m.param(place).to_owned()).collect()
    };
    assert_eq!(of("JOIN", 0), rooms);
    assert_eq!(of("366", 1), rooms);
    assert_eq!(of("PRIVMSG", 0).len(), 50 * rooms.len());
}

/// What a session in `#room` with these capabilities is shown that lags over a renaming: the
/// commands and rooms of what is no line said, and all lines said, with their room.
async fn lag_over_a_renaming(caps: &[&str]) -> (Vec<String>, Vec<(String, usize)>) {
    let server = start();
    let mut alice = talker(&server).await;
    server.adduser("sloth");
    let mut slow = connect_narrow(&server).await;
    slow.login("sloth", PASSWORD, caps).await;
    slow.run("JOIN #room").await;
    for start in (0..LINES).step_by(50) {
        talk(&mut alice, start..start + 50).await;
    }
    alice.ask("RENAME #room #new :tidy", "JOIN").await;
    alice.ask("PRIVMSG #new :9999 after", "PRIVMSG").await;
    let shown = slow.sync().await;
    assert_lagged(&server);
    alice.ask("PRIVMSG #new :live", "PRIVMSG").await;
    assert_eq!(slow.until("PRIVMSG").await.params, ["#new", "live"]);
    let (said, other): (Vec<_>, Vec<_>) = shown.iter().partition(|m| m.command == "PRIVMSG");
    let said = said.iter().map(|m| (m.param(0).to_owned(), number(m).unwrap())).collect();
    let other = other.iter().map(|m| {
        let room = m.params.iter().find(|param| param.starts_with('#'));
        format!("{} {}", m.command, room.map_or("", String::as_str))
    });
    (other.collect(), said)
}

#[tokio::test]
async fn who_lags_over_a_renaming_follows_it() {
    let lines = || (0..LINES).map(|n| ("#room".to_owned(), n)).chain([("#new".to_owned(), 9999)]);
    let (other, said) = lag_over_a_renaming(&[]).await;
    assert_eq!(other, ["PART #room", "JOIN #new", "353 #new", "366 #new"]);
    assert!(said.into_iter().eq(lines()));
    let (other, said) = lag_over_a_renaming(&["draft/channel-rename"]).await;
    assert_eq!(other, ["RENAME #room"]);
    assert!(said.into_iter().eq(lines()));
}

#[tokio::test]
async fn who_lags_while_another_device_joins_a_room_that_is_renamed_then_is_shown_both_names() {
    let server = start();
    let mut alice = talker(&server).await;
    alice.run("JOIN #side").await;
    server.adduser("sloth");
    let mut slow = connect_narrow(&server).await;
    slow.login("sloth", PASSWORD, &[]).await;
    slow.run("JOIN #room").await;
    let mut other = server.login("sloth", &[]).await;
    for start in (0..LINES).step_by(50) {
        talk(&mut alice, start..start + 50).await;
        other.sync().await;
    }
    other.run("JOIN #side").await;
    alice.ask("RENAME #side #wide", "366").await;
    alice.ask("PRIVMSG #wide :after", "PRIVMSG").await;
    let shown = slow.sync().await;
    assert_lagged(&server);
    let of_side = shown.iter().filter(|m| m.params.iter().any(|param| param.ends_with("ide")));
    let lines: Vec<_> = of_side
        .map(|m| format!("{} {}", m.command, m.params.iter().find(|param| param.ends_with("ide")).unwrap()))
        .collect();
    let expected = [
        "JOIN #side",
        "353 #side",
        "366 #side",
        "PART #side",
        "JOIN #wide",
        "353 #wide",
        "366 #wide",
        "PRIVMSG #wide",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn who_lags_behind_messages_of_several_lines_gets_each_whole() {
    const MESSAGES: usize = 400;
    let server = start();
    server.adduser("sloth");
    let mut slow = connect_narrow(&server).await;
    let caps = ["batch", "draft/multiline", "draft/message-redaction", "message-tags"];
    slow.login("sloth", PASSWORD, &caps).await;
    slow.run("JOIN #room").await;
    let mut alice = server.newcomer("alice", &[&caps[..], &["echo-message"]].concat()).await;
    alice.run("JOIN #room").await;
    let text = "x".repeat(400);
    let mut first = String::new();
    for n in 0..MESSAGES {
        let lines: String =
            (0..8).map(|line| format!("@batch=b PRIVMSG #room :{n} {line} {text}\r\n")).collect();
        alice.send_raw(format!("BATCH +b draft/multiline #room\r\n{lines}BATCH -b\r\n").as_bytes()).await;
        let echo = alice.until("BATCH").await;
        alice.until("BATCH").await;
        if n == 0 {
            first = echo.tag("msgid").unwrap();
        }
    }
    alice.ask(&format!("REDACT #room {first}"), "REDACT").await;
    let shown = slow.sync().await;
    assert_lagged(&server);
    let opened: Vec<_> = shown.iter().filter(|m| m.param(0).starts_with('+')).collect();
    assert_eq!(opened.len(), MESSAGES);
    for (n, opening) in opened.iter().enumerate() {
        let id = opening.param(0).strip_prefix('+').map(str::to_owned);
        let lines = shown.iter().filter(|m| m.command == "PRIVMSG" && m.tag("batch") == id);
        assert!(lines.map(Message::last).eq((0..8).map(|line| format!("{n} {line} {text}"))), "{n}");
    }
    assert!(shown.last().is_some_and(|m| m.is("REDACT", &["#room", &first])));
}

#[tokio::test]
async fn who_lags_while_a_guest_signs_in_knows_the_members_afterwards() {
    let server = start();
    server.adduser("sloth");
    server.adduser("bob");
    let mut slow = connect_narrow(&server).await;
    slow.login("sloth", PASSWORD, &[]).await;
    slow.run("JOIN #room").await;
    let mut alice = talker(&server).await;
    let mut second = connect_narrow(&server).await;
    second.login("bob", PASSWORD, &[]).await;
    let mut gina = server.guest("gina").await;
    gina.run("JOIN #room").await;
    talk(&mut alice, 0..LINES).await;
    assert_eq!(gina.authenticate("bob", PASSWORD).await.command, "903");
    alice.run("PRIVMSG #room :done").await;
    let mut members = std::collections::BTreeSet::new();
    loop {
        let line = slow.next().await;
        match line.command.as_str() {
            "JOIN" if line.is("JOIN", &["#room"]) => drop(members.insert(line.nick().to_owned())),
            "QUIT" => drop(members.remove(line.nick())),
            "PRIVMSG" if line.last() == "done" => break,
            _ => {}
        }
    }
    assert_lagged(&server);
    assert!(members.contains("bob") && !members.contains("gina"), "{members:?}");
    // The account's other session is in the room too.
    second.expect("the room", |m| m.is("JOIN", &["#room"])).await;
    second.expect("what is said there", |m| m.last() == "done").await;
    gina.expect("the same here", |m| m.last() == "done").await;
}

#[tokio::test]
async fn a_guest_who_lags_and_signs_in_misses_nothing_and_sees_nothing_twice() {
    let server = start();
    server.adduser("sloth");
    let mut slow = connect_narrow(&server).await;
    slow.register_guest("gina").await;
    slow.run("JOIN #room").await;
    let mut alice = talker(&server).await;
    server.login("sloth", &[]).await.run("JOIN #hall").await;
    talk(&mut alice, 0..LINES / 2).await;
    // Both lines wait until it has read what was said before.
    let answer = "AHNsb3RoAGNvcnJlY3QgaG9yc2UgYmF0dGVyeQ==";
    slow.send_raw(format!("AUTHENTICATE PLAIN\r\nAUTHENTICATE {answer}\r\n").as_bytes()).await;
    talk(&mut alice, LINES / 2..LINES).await;
    let mut shown = Vec::new();
    while !shown.last().is_some_and(|m: &Message| m.is("366", &["gina", "#hall"])) {
        shown.push(slow.next().await);
    }
    shown.extend(slow.sync().await);
    assert_lagged(&server);
    assert!(shown.iter().filter(|m| m.is("PRIVMSG", &["#room"])).filter_map(number).eq(0..LINES));
    assert!(shown.iter().any(|m| m.command == "903"));
    assert!(shown.iter().all(|m| !["QUIT", "PART"].contains(&m.command.as_str())));
    let joined: Vec<_> = shown.iter().filter(|m| m.command == "JOIN" && m.nick() == "gina").collect();
    assert!(joined.iter().all(|m| m.param(0) != "#room"), "it was there: {joined:?}");
    slow.send("PRIVMSG #room :at last").await;
    assert_eq!(alice.until("PRIVMSG").await.source, "gina!gina@sloth.users");
}
