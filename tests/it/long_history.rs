//! Histories that are long, that lie behind a restart, or of which most is not for the reader.

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use crate::support::{Client, Message, Server};

const CAPS: &[&str] = &["draft/chathistory", "batch", "server-time", "message-tags", "echo-message"];
const WINDOW: &str = "timestamp=2001-01-01T00:00:00.000Z timestamp=2262-04-12T00:00:00.000Z";

/// The opening line of the batch that answers, and its messages.
async fn page(client: &mut Client, request: &str) -> (Message, Vec<Message>) {
    let start = client.ask(&format!("CHATHISTORY {request}"), "BATCH").await;
    let mut lines = client.all_until("BATCH").await;
    assert_eq!(lines.pop().unwrap().param(0)[1..], start.param(0)[1..]);
    (start, lines)
}

async fn texts(client: &mut Client, request: &str) -> Vec<String> {
    page(client, request).await.1.iter().map(|message| message.last().to_owned()).collect()
}

fn is_last(start: &Message) -> bool {
    start.tag("draft/chathistory-end").is_some()
}

/// Alice, in a room in which nothing was said; the server is stopped while the statement adds
/// entries behind hers. `:first` and `:room` in it are where she joined.
async fn with_entries(flags: &[&str], sql: &str) -> (Server, Client) {
    let mut server = Server::with(&[&["--flood-per-second=0"], flags].concat());
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    server.stop();
    let path = server.folder().join("data/chat-secure.db");
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let (room, first, at): (i64, i64, i64) = sqlx::query_as(
        "SELECT room, seq + 1, at FROM entries WHERE target = '#room' ORDER BY seq DESC LIMIT 1",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    let sql = sql.replace(":room", &room.to_string()).replace(":first", &first.to_string());
    let sql = sql.replace(":at", &at.to_string());
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    server.start_again();
    let alice = server.login("alice", CAPS).await;
    (server, alice)
}

/// `m0` to `m99999`, ten in each millisecond.
const HUNDRED_THOUSAND: &str = "\
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999) \
    INSERT INTO entries (room, seq, at, kind, version, source, account, bot, target, body) \
    SELECT :room, :first + i, :at + 1 + i / 10, 1, 1, 'bob!bob@bob.users', 'bob', 0, '#room', 'm' || i FROM n";

#[tokio::test]
async fn a_hundred_thousand_messages_are_paged_through_from_both_ends() {
    let (_server, mut alice) = with_entries(&["--history-page-len-max=2000"], HUNDRED_THOUSAND).await;
    let mut forward = Vec::new();
    let mut request = "AFTER #room timestamp=2001-01-01T00:00:00.000Z 2000".to_owned();
    loop {
        let (start, lines) = page(&mut alice, &request).await;
        forward.extend(lines.iter().map(|line| line.last().to_owned()));
        assert_eq!(is_last(&start), lines.len() < 2000, "{start}");
        let Some(last) = lines.last() else { break };
        request = format!("AFTER #room msgid={} 2000", last.tag("msgid").unwrap());
    }
    assert!(
        forward.iter().map(String::as_str).eq((0..100_000)
            .map(|n| format!("m{n}"))
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str))
    );
    let (_, newest) = page(&mut alice, "LATEST #room * 2000").await;
    assert_eq!((newest[0].last(), newest[1999].last()), ("m98000", "m99999"));
    let (_, before) =
        page(&mut alice, &format!("BEFORE #room msgid={} 3", newest[0].tag("msgid").unwrap())).await;
    assert_eq!(before.iter().map(Message::last).collect::<Vec<_>>(), ["m97997", "m97998", "m97999"]);
    // A time stands for all of its millisecond.
    let time = newest[5].tag("time").unwrap();
    assert_eq!(texts(&mut alice, &format!("BEFORE #room timestamp={time} 1")).await, ["m97999"]);
    assert_eq!(texts(&mut alice, &format!("AFTER #room timestamp={time} 1")).await, ["m98010"]);
}

/// A thousand words for operators behind one for all, again and again.
const MOSTLY_HIDDEN: &str = "\
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) \
    INSERT INTO entries (room, seq, at, kind, version, source, account, bot, target, body, detail) \
    SELECT :room, :first + i, :at + 1 + i, 1, 1, 'alice!alice@alice.users', 'alice', 0, '#room', 'm' || i, \
    CASE WHEN i % 1000 = 0 THEN NULL ELSE '{\"audience\":\"Operator\"}' END FROM n";

#[tokio::test]
async fn pages_are_full_although_most_is_for_operators() {
    let (server, mut alice) = with_entries(&["--replay-len=4"], MOSTLY_HIDDEN).await;
    assert_eq!(texts(&mut alice, "LATEST #room * 3").await, ["m9997", "m9998", "m9999"]);
    let mut bob = server.newcomer("bob", CAPS).await;
    bob.run("JOIN #room").await;
    let (start, lines) = page(&mut bob, "LATEST #room * 3").await;
    assert_eq!(lines.iter().map(Message::last).collect::<Vec<_>>(), ["m7000", "m8000", "m9000"]);
    assert!(!is_last(&start));
    let oldest = lines[0].tag("msgid").unwrap();
    let (start, lines) = page(&mut bob, &format!("BEFORE #room msgid={oldest} 50")).await;
    assert_eq!(lines.len(), 7);
    assert!(is_last(&start), "{start}");
    assert_eq!(texts(&mut bob, &format!("AROUND #room msgid={oldest} 3")).await, ["m6000", "m7000", "m8000"]);
    // The list of targets knows no more than the pages.
    let last = page(&mut bob, "LATEST #room * 1").await.1[0].tag("time").unwrap();
    let (_, targets) = page(&mut bob, &format!("TARGETS {WINDOW} 10")).await;
    assert_eq!(targets[0].params, ["TARGETS", "#room", &last]);
    // Nor does what is replayed.
    let mut plain = server.newcomer("carol", &[]).await;
    let shown = plain.run("JOIN #room").await;
    let replayed: Vec<_> = shown.iter().filter(|m| m.command == "PRIVMSG").map(Message::last).collect();
    assert_eq!(replayed, ["m6000", "m7000", "m8000", "m9000"]);
}

#[tokio::test]
async fn targets_are_the_same_after_a_restart() {
    let mut server = Server::start();
    server.adduser("bob");
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #one,#silent").await;
    for target in ["#one", "bob"] {
        alice.ask(&format!("PRIVMSG {target} :hello"), "PRIVMSG").await;
    }
    alice.run("TOPIC #one :events are no messages").await;
    let listed = |lines: Vec<Message>| lines.into_iter().map(|m| m.params).collect::<Vec<_>>();
    let before = listed(page(&mut alice, &format!("TARGETS {WINDOW} 10")).await.1);
    assert_eq!(before.len(), 2, "{before:?}");
    server.restart();
    let mut alice = server.login("alice", CAPS).await;
    assert_eq!(listed(page(&mut alice, &format!("TARGETS {WINDOW} 10")).await.1), before);
    let backwards = WINDOW.split(' ').rev().collect::<Vec<_>>().join(" ");
    assert_eq!(listed(page(&mut alice, &format!("TARGETS {backwards} 10")).await.1), before);
    assert_eq!(listed(page(&mut alice, &format!("TARGETS {backwards} 1")).await.1), before[1..]);
    assert!(page(&mut alice, &format!("TARGETS {WINDOW} 0")).await.1.is_empty());
}

#[tokio::test]
async fn a_message_of_another_target_is_none_of_this_one() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #one,#two").await;
    let said = alice.ask("PRIVMSG #one :first", "PRIVMSG").await;
    alice.ask("PRIVMSG #two :second", "PRIVMSG").await;
    let id = said.tag("msgid").unwrap();
    for subcommand in ["BEFORE", "AFTER", "AROUND", "LATEST"] {
        for id in [id.as_str(), "AAAAAAAAAAAAAAAAAAAAAA", "nonsense"] {
            let refused = alice.ask(&format!("CHATHISTORY {subcommand} #two msgid={id} 10"), "FAIL").await;
            assert_eq!(refused.params[..4], ["CHATHISTORY", "MESSAGE_ERROR", subcommand, "#two"]);
        }
    }
}

#[tokio::test]
async fn limits_may_be_anything_that_is_a_number() {
    let server = Server::with(&["--history-page-len-max=2"]);
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    for n in 1..=3 {
        alice.ask(&format!("PRIVMSG #room :m{n}"), "PRIVMSG").await;
    }
    for (limit, expected) in
        [("0", &[][..]), ("1", &["m3"]), ("2", &["m2", "m3"]), ("99999999999999999999", &["m2", "m3"])]
    {
        assert_eq!(texts(&mut alice, &format!("LATEST #room * {limit}")).await, expected, "{limit}");
    }
    assert_eq!(texts(&mut alice, "BEFORE #room timestamp=2262-04-12T00:00:00.000Z 1").await, ["m3"]);
    assert!(texts(&mut alice, "AFTER #room timestamp=2262-04-12T00:00:00.000Z 1").await.is_empty());
}

#[tokio::test]
async fn each_kind_of_mistake_has_its_code() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    for (request, code, subcommand) in [
        ("DANCE #room * 10", "INVALID_PARAMS", "DANCE"),
        ("LATEST #room", "INVALID_PARAMS", "LATEST"),
        ("LATEST #room * 10 more", "INVALID_PARAMS", "LATEST"),
        ("LATEST #room * ten", "INVALID_PARAMS", "LATEST"),
        ("AFTER #room * 10", "INVALID_PARAMS", "AFTER"),
        ("AFTER #room timestamp=now 10", "INVALID_PARAMS", "AFTER"),
        ("AFTER #room line=7 10", "INVALID_MSGREFTYPE", "AFTER"),
        ("TARGETS msgid=a msgid=b 10", "INVALID_PARAMS", "TARGETS"),
        ("TARGETS timestamp=2001-01-01T00:00:00Z 10", "INVALID_PARAMS", "TARGETS"),
        ("LATEST #elsewhere * 10", "INVALID_TARGET", "LATEST"),
        ("LATEST no.nick * 10", "INVALID_TARGET", "LATEST"),
    ] {
        let refused = alice.ask(&format!("CHATHISTORY {request}"), "FAIL").await;
        assert_eq!(refused.params[..3], ["CHATHISTORY", code, subcommand], "{request}");
    }
}
