//! One order for everybody, however many speak at once.

use crate::support::Server;

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
