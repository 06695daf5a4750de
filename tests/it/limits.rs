//! Bounds: what is too long, too fast, too slow or not text, and that others never notice.

use crate::support::{Client, PASSWORD, Server};

#[tokio::test]
async fn a_line_has_512_bytes_and_its_tags_4096() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &["message-tags"]).await;
    let mut bob = server.newcomer("bob", &["message-tags"]).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    let fits = format!("PRIVMSG #room :{}", "x".repeat(400));
    alice.send(&fits).await;
    assert_eq!(bob.until("PRIVMSG").await.last().len(), 400);
    alice.ask(&format!("PRIVMSG #room :{}", "x".repeat(496)), "417").await;
    let tags = format!("@+x={} ", "y".repeat(4096 - 5));
    alice.send(format!("{tags}PRIVMSG #room :tagged")).await;
    assert_eq!(bob.until("PRIVMSG").await.tag("+x").unwrap().len(), 4096 - 5);
    alice.ask(&format!("@+x={} PRIVMSG #room :tagged", "y".repeat(4096 - 4)), "417").await;
    let heard = bob.sync().await;
    assert!(heard.is_empty(), "{heard:?}");
}

#[tokio::test]
async fn a_line_that_never_ends_ends_the_connection() {
    let server = Server::start();
    let mut client = server.connect().await;
    client.send_bytes(&b"x".repeat(40 * 1024)).await;
    client.closed().await;
    server.newcomer("alice", &[]).await;
}

#[tokio::test]
async fn what_is_not_utf_8_is_refused_and_the_connection_goes_on() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    alice.send_bytes(b"PRIVMSG #room :caf\xe9").await;
    let refused = alice.until("FAIL").await;
    assert_eq!(refused.param(1), "INVALID_UTF8");
    assert_eq!(refused.params.len(), 3);
    alice.run("PRIVMSG #room :café").await;
    assert_eq!(bob.until("PRIVMSG").await.last(), "café");
}

#[tokio::test]
async fn lines_arrive_however_they_are_cut() {
    let server = Server::with(&["--guests"]);
    let mut gina = server.connect().await;
    for byte in b"NICK gina\nUSER gina 0 * :Gi" {
        gina.send_raw(&[*byte]).await;
    }
    gina.send_raw(b"na\r\nPING a\r\nPING b\r\n").await;
    gina.until("001").await;
    assert_eq!(gina.until("PONG").await.last(), "a");
    assert_eq!(gina.until("PONG").await.last(), "b");
}

#[tokio::test]
async fn who_floods_is_slowed_and_loses_nothing() {
    let server = Server::with(&["--flood-burst=5", "--flood-per-second=100"]);
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    for n in 0..40 {
        alice.send(format!("PRIVMSG #room :{n}")).await;
    }
    for n in 0..40 {
        assert_eq!(bob.until("PRIVMSG").await.last(), n.to_string());
    }
    alice.sync().await;
}

#[tokio::test]
async fn a_silent_peer_is_pinged_and_then_closed() {
    let server = Server::with(&["--guests", "--ping-interval-s=1", "--ping-timeout-s=1"]);
    let mut silent = server.guest("silent").await;
    let mut lively = server.guest("lively").await;
    lively.run("JOIN #room").await;
    silent.run("JOIN #room").await;
    silent.until("PING").await;
    let answering = async {
        loop {
            let message = lively.next().await;
            match message.command.as_str() {
                "PING" => lively.send(format!("PONG :{}", message.last())).await,
                "QUIT" => return message,
                _ => {}
            }
        }
    };
    let (rest, quit) = tokio::join!(silent.closed(), answering);
    assert!(rest.iter().any(|m| m.command == "ERROR"), "{rest:?}");
    assert_eq!(quit.nick(), "silent");
}

#[tokio::test]
async fn who_does_not_register_in_time_is_closed() {
    let server = Server::with(&["--registration-timeout-s=1"]);
    let mut client = server.connect().await;
    client.send("NICK slow").await;
    client.closed().await;
}

#[tokio::test]
async fn one_address_has_so_many_connections() {
    let server = Server::with(&["--sessions-per-address-max=2"]);
    let mut first = server.connect().await;
    let _second = server.connect().await;
    first.sync().await;
    assert!(Client::tls_or_refused(server.port(), server.fingerprint()).await.is_none());
}

#[tokio::test]
async fn a_slow_reader_slows_nobody_and_misses_nothing() {
    let server = Server::with(&["--flood-per-second=0", "--ping-timeout-s=600", "--ping-interval-s=600"]);
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    server.adduser("sloth");
    let mut slow = Client::tls_narrow(server.port(), server.fingerprint()).await;
    slow.login("sloth", PASSWORD, &[]).await;
    alice.run("JOIN #room").await;
    slow.run("JOIN #room").await;
    // More than all buffers between the two hold; the slow one reads nothing meanwhile.
    let count = 12_000;
    let text = "x".repeat(350);
    for start in (0..count).step_by(100) {
        let lines: Vec<_> = (start..start + 100).map(|n| format!("PRIVMSG #room :{n} {text}\r\n")).collect();
        alice.send_raw(lines.concat().as_bytes()).await;
        for _ in 0..100 {
            alice.until("PRIVMSG").await;
        }
    }
    for n in 0..count {
        let heard = slow.until("PRIVMSG").await;
        assert_eq!(heard.last().split(' ').next(), Some(n.to_string().as_str()));
    }
}

#[tokio::test]
async fn one_account_founds_so_many_rooms() {
    let server = Server::with(&["--rooms-per-user-max=5", "--default-room="]);
    let mut alice = server.newcomer("alice", &[]).await;
    for n in 0..5 {
        alice.ask(&format!("JOIN #r{n}"), "366").await;
        alice.ask(&format!("PART #r{n}"), "PART").await;
    }
    alice.ask("JOIN #r5", "405").await;
    let rooms = alice.run("LIST").await.iter().filter(|m| m.command == "322").count();
    assert_eq!(rooms, 5);
    alice.ask("JOIN #r0", "366").await;
    let mut bob = server.newcomer("bob", &[]).await;
    bob.ask("JOIN #r5", "366").await;
    alice.ask("JOIN #r5", "366").await;
}

#[tokio::test]
async fn read_markers_are_kept_for_rooms_and_people_only() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", &["draft/read-marker"]).await;
    let at = "timestamp=2025-01-01T00:00:00.000Z";
    for target in ["*", "a.b", "1st", "#", "&room", &"x".repeat(100)] {
        let refused = alice.ask(&format!("MARKREAD {target} {at}"), "FAIL").await;
        assert_eq!(refused.params[..3], ["MARKREAD", "INVALID_PARAMS", target]);
    }
    for target in ["#room", "bob"] {
        assert_eq!(alice.ask(&format!("MARKREAD {target} {at}"), "MARKREAD").await.params, [target, at]);
    }
}

#[tokio::test]
async fn the_server_has_so_many_rooms() {
    let server = Server::with(&["--rooms-max=3", "--default-room="]);
    let mut alice = server.newcomer("alice", &[]).await;
    for n in 0..3 {
        alice.ask(&format!("JOIN #r{n}"), "366").await;
    }
    let refused = alice.ask("JOIN #r3", "405").await;
    assert!(refused.last().starts_with("There are as many rooms as there may be"), "{refused:?}");
    let mut bob = server.newcomer("bob", &[]).await;
    bob.ask("JOIN #r3", "405").await;
    bob.ask("JOIN #r0", "366").await;
}
