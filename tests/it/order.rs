//! One order for everybody, however many speak at once.

use sqlx::{Connection as _, SqliteConnection};

use crate::support::{Server, web};

const SPEAKERS: [&str; 4] = ["alice", "bob", "carol", "dave"];
const EACH: usize = 150;

#[tokio::test]
async fn all_see_the_same_order_and_history_has_it() {
    let server = Server::with(&["--flood-per-second=0"]);
    let mut clients = Vec::new();
    for name in SPEAKERS {
        let mut client = server.newcomer(name, &["echo-message"]).await;
        client.run("JOIN #room").await;
        clients.push(client);
    }
    for (name, client) in SPEAKERS.iter().zip(&mut clients) {
        let lines: String = (0..EACH).map(|n| format!("PRIVMSG #room :{name} {n}\r\n")).collect();
        client.send_raw(lines.as_bytes()).await;
    }
    let mut seen: Vec<Vec<String>> = Vec::new();
    for client in &mut clients {
        let mut texts = Vec::new();
        for _ in 0..EACH * SPEAKERS.len() {
            texts.push(client.until("PRIVMSG").await.last().to_owned());
        }
        seen.push(texts);
    }
    assert!(seen.iter().all(|texts| *texts == seen[0]));
    for name in SPEAKERS {
        let own = seen[0].iter().filter_map(|text| text.strip_prefix(name)?.trim().parse::<usize>().ok());
        assert!(own.eq(0..EACH), "{name}'s messages are in the order in which they were sent");
    }
    assert_eq!(server.texts_of("#room").await, seen[0]);
}

/// Waits until so many intents wait for the writer.
async fn until_queued(server: &Server, count: usize) {
    let line = format!("\nchat_intents_queued {count}\n");
    loop {
        let mut stream = web::plain(&server.metrics_addresses()[0]).await;
        if web::request(&mut stream, "GET", "/metrics", "").await.text().contains(&line) {
            return;
        }
    }
}

#[tokio::test]
async fn the_answer_to_a_labelled_command_does_not_overtake_what_happened_before() {
    let server = Server::with(&["--listen-metrics=127.0.0.1:0"]);
    let mut carol = server.newcomer("carol", &[]).await;
    carol.run("JOIN #room").await;
    let mut laptop = server.newcomer("alice", &[]).await;
    let mut phone = server.login("alice", &["labeled-response", "batch"]).await;
    // The writer waits for the lock with carol's words, the others wait for the writer.
    let path = server.folder().join("data/chat-secure.db");
    let mut lock = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut lock).await.unwrap();
    carol.send("PRIVMSG #room :first").await;
    carol.send("PRIVMSG #room :second").await;
    until_queued(&server, 0).await;
    laptop.send("JOIN #room").await;
    until_queued(&server, 1).await;
    phone.send("@label=l PART #room").await;
    until_queued(&server, 2).await;
    sqlx::query("ROLLBACK").execute(&mut lock).await.unwrap();
    let shown = phone.sync().await;
    let shown: Vec<_> =
        shown.iter().map(|line| line.command.as_str()).filter(|c| ["JOIN", "PART"].contains(c)).collect();
    assert_eq!(shown, ["JOIN", "PART"], "the phone knows that it is not in the room");
}
