//! Who reads so slowly that signals are dropped keeps no wrong picture of who is there.

use crate::monitor::{changes, leave, picture, told};
use crate::support::{Client, PASSWORD, Server};

/// A server with a unix socket, whose buffers are small and do not grow.
fn start_narrow() -> Server {
    Server::with(&[
        "--guests",
        "--default-room=",
        "--flood-per-second=0",
        "--ping-timeout-s=600",
        "--ping-interval-s=600",
        "--listen-plain=unix:chat.sock",
    ])
}

async fn sloth(server: &Server) -> Client {
    server.adduser("sloth");
    let mut slow = Client::plain(&format!("unix:{}", server.folder().join("chat.sock").display())).await;
    slow.login("sloth", PASSWORD, &[]).await;
    slow
}

/// Without this a test that is green would say nothing.
#[track_caller]
fn assert_lagged(server: &Server) {
    server.until_logged("a session that lags", |lines| {
        lines.iter().any(|line| line.contains("lags and reads from the store")).then_some(())
    });
}

#[tokio::test]
async fn who_lags_is_told_anew_who_is_there() {
    let server = start_narrow();
    let mut slow = sloth(&server).await;
    slow.run("CAP REQ :draft/metadata-3 batch\r\nMETADATA * SUB avatar").await;
    slow.run("JOIN #room").await;
    slow.run("MONITOR + bob,carol").await;
    let _bob = server.guest("bob").await;
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    alice.run("JOIN #room").await;
    let text = "x".repeat(400);
    for _ in 0..60 {
        let lines: String = (0..50).map(|_| format!("PRIVMSG #room :{text}\r\n")).collect();
        alice.send_raw(lines.as_bytes()).await;
        for _ in 0..50 {
            alice.until("PRIVMSG").await;
        }
    }
    let carol = server.guest("carol").await;
    alice.run("METADATA * SET avatar :late").await;
    alice.run("PRIVMSG #room :the last").await;
    let shown = slow.sync().await;
    assert_lagged(&server);
    let (_, since) = shown.split_at(shown.iter().position(|m| m.last() == "the last").unwrap());
    assert!(changes(since).contains(&"+bob".to_owned()), "{:?}", changes(since));
    assert!(changes(&shown).contains(&"+carol".to_owned()), "{:?}", changes(&shown));
    // What it may have missed of metadata it is told to ask for.
    assert!(since.iter().any(|m| m.is("774", &["sloth", "#room"])), "{since:?}");
    let asked = slow.run("METADATA #room SYNC").await;
    assert!(asked.iter().any(|m| m.is("761", &["sloth", "alice", "avatar", "*", "late"])), "{asked:?}");
    leave(carol).await;
    assert_eq!(told(&mut slow).await, ["-carol"]);
}

#[tokio::test]
async fn who_lags_and_is_in_no_room_is_told_anew_too() {
    let server = start_narrow();
    let mut slow = sloth(&server).await;
    slow.run("MONITOR + nora,nils,nina").await;
    let mut racer = server.guest("nora").await;
    for _ in 0..60 {
        let lines = "NICK nils\r\nNICK nora\r\n".repeat(100) + "NICK nils\r\n";
        racer.send_raw(lines.as_bytes()).await;
        racer.sync().await;
        racer.run("NICK nora").await;
    }
    racer.run("NICK nina").await;
    let shown = slow.sync().await;
    assert_lagged(&server);
    assert!(changes(&shown).len() < 2 * 2 * 60 * 101, "some were dropped");
    let truth = [("nils", false), ("nina", true), ("nora", false)];
    assert_eq!(picture(&shown), truth.map(|(nick, is_there)| (nick.to_owned(), is_there)).into());
    leave(racer).await;
    assert_eq!(told(&mut slow).await, ["-nina"]);
}
