//! Finding what was said by its words, and only what one may read.

use std::fs;
use std::time::Instant;

use crate::support::{Client, Message, PATIENCE, Server};

const CAPS: &[&str] = &["soju.im/search", "batch", "server-time", "message-tags", "echo-message"];

/// One on which nobody is too fast.
fn start() -> Server {
    Server::with(&["--flood-per-second=0", "--guests"])
}

/// The messages of the one batch that answers.
async fn find(client: &mut Client, attributes: &str) -> Vec<Message> {
    let start = client.ask(&format!("SEARCH {attributes}"), "BATCH").await;
    assert_eq!(start.params[1..], ["soju.im/search"], "{start}");
    let id = start.param(0).trim_start_matches('+').to_owned();
    let mut lines = client.all_until("BATCH").await;
    assert_eq!(lines.pop().unwrap().param(0), format!("-{id}"));
    assert!(lines.iter().all(|m| m.tag("batch") == Some(id.clone())), "{lines:?}");
    lines
}

async fn texts(client: &mut Client, attributes: &str) -> Vec<String> {
    find(client, attributes).await.iter().map(|message| message.last().to_owned()).collect()
}

/// Waits until the index has come so far that this is found.
async fn until_found(client: &mut Client, attributes: &str) {
    let deadline = Instant::now() + PATIENCE;
    while find(client, attributes).await.is_empty() {
        assert!(Instant::now() < deadline, "{attributes} is not found in time");
    }
}

/// Waits until all is found that was said before.
async fn settled(client: &mut Client) {
    let nick = client.ask("WHOIS me", "401").await.param(0).to_owned();
    let mark =
        format!("mark{}", client.ask(&format!("PRIVMSG {nick} :m"), "PRIVMSG").await.tag("msgid").unwrap());
    let word = mark.replace(['-', '_'], "x");
    client.send(format!("PRIVMSG {nick} :{word}")).await;
    until_found(client, &format!("in={nick};text={word}")).await;
}

#[tokio::test]
async fn words_are_found_as_they_were_said() {
    let server = start();
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    let said = alice.ask("@+mood=fine PRIVMSG #room :Hello, wide World", "PRIVMSG").await;
    alice.ask("NOTICE #room :hello again", "NOTICE").await;
    settled(&mut alice).await;
    let found = find(&mut alice, "text=HELLO").await;
    assert_eq!(found.iter().map(Message::last).collect::<Vec<_>>(), ["Hello, wide World", "hello again"]);
    for tag in ["time", "msgid", "+mood"] {
        assert_eq!(found[0].tag(tag), said.tag(tag), "{tag}");
    }
    assert_eq!(
        (&found[0].command, &found[0].params, &found[0].source),
        (&said.command, &said.params, &said.source)
    );
    assert_eq!(found[1].command, "NOTICE");
}

#[tokio::test]
async fn each_attribute_narrows_the_search() {
    let server = Server::with(&["--flood-per-second=0", "--search-page-len-max=5"]);
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    let mut times = Vec::new();
    for room in ["#one", "#two"] {
        alice.run(&format!("JOIN {room}")).await;
        bob.run(&format!("JOIN {room}")).await;
    }
    for n in 1..=6 {
        let said = alice.ask(&format!("PRIVMSG #one :word a{n}"), "PRIVMSG").await;
        times.push(said.tag("time").unwrap());
    }
    bob.ask("PRIVMSG #two :word b1", "PRIVMSG").await;
    bob.ask("PRIVMSG alice :word c1", "PRIVMSG").await;
    bob.ask("PRIVMSG bob :word to myself", "PRIVMSG").await;
    settled(&mut bob).await;
    let all_of = |ns: &[&str]| ns.iter().map(|n| format!("word {n}")).collect::<Vec<_>>();
    for (attributes, expected) in [
        ("text=word".to_owned(), vec!["a4", "a5", "a6", "b1", "c1"]),
        ("text=word;limit=2".to_owned(), vec!["b1", "c1"]),
        ("text=word;limit=0".to_owned(), vec![]),
        ("text=word;limit=1000000".to_owned(), vec!["a4", "a5", "a6", "b1", "c1"]),
        ("text=word;in=#TWO".to_owned(), vec!["b1"]),
        ("text=word;in=Bob".to_owned(), vec!["c1"]),
        ("text=word;from=BOB".to_owned(), vec!["b1", "c1"]),
        ("in=#one;limit=2".to_owned(), vec!["a5", "a6"]),
        ("text=word\\sa3".to_owned(), vec!["a3"]),
        ("text=wor\\sc".to_owned(), vec![]),
        ("text=word;in=#one;before=2001-01-01T00:00:00.000Z".to_owned(), vec![]),
        ("text=word;in=#one;after=2001-01-01T00:00:00.000Z;limit=2".to_owned(), vec!["a1", "a2"]),
        ("text=word;in=#one;before=2262-01-01T00:00:00.000Z;limit=1".to_owned(), vec!["a6"]),
        ("text=word;colour=red;in=#two".to_owned(), vec!["b1"]),
    ] {
        assert_eq!(texts(&mut alice, &attributes).await, all_of(&expected), "{attributes}");
    }
    // Both ends count. Neighbours may share a millisecond.
    let first = texts(&mut alice, &format!("in=#one;before={}", times[0])).await;
    assert!(first.contains(&"word a1".to_owned()), "{first:?}");
    let last = texts(&mut alice, &format!("in=#one;after={}", times[5])).await;
    assert!(last.contains(&"word a6".to_owned()), "{last:?}");
}

#[tokio::test]
async fn only_members_find_what_is_said_in_a_room() {
    let server = start();
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    let mut carol = server.newcomer("carol", CAPS).await;
    alice.run("JOIN #room").await;
    for client in [&mut bob, &mut carol] {
        client.run("JOIN #room").await;
    }
    alice.ask("PRIVMSG #room :needle", "PRIVMSG").await;
    settled(&mut alice).await;
    for client in [&mut alice, &mut bob, &mut carol] {
        assert_eq!(texts(client, "text=needle").await, ["needle"]);
    }
    alice.run("KICK #room bob").await;
    bob.sync().await;
    carol.run("PART #room").await;
    let mut dave = server.newcomer("dave", CAPS).await;
    for client in [&mut bob, &mut carol, &mut dave] {
        assert!(find(client, "text=needle").await.is_empty());
        for target in ["#room", "#nowhere"] {
            let refused = client.ask(&format!("SEARCH text=needle;in={target}"), "FAIL").await;
            assert_eq!(refused.params[..3], ["SEARCH", "INVALID_PARAMS", "in"]);
        }
    }
    bob.run("JOIN #room").await;
    assert_eq!(texts(&mut bob, "text=needle").await, ["needle"]);
}

#[tokio::test]
async fn words_for_operators_are_found_by_operators_and_who_said_them() {
    let server = start();
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    let mut carol = server.newcomer("carol", CAPS).await;
    for client in [&mut alice, &mut bob, &mut carol] {
        client.run("JOIN #room").await;
    }
    alice.ask("PRIVMSG @#room :needle among us", "PRIVMSG").await;
    bob.ask("PRIVMSG @#room :needle from bob", "PRIVMSG").await;
    settled(&mut alice).await;
    for attributes in ["text=needle", "text=needle;in=#room"] {
        assert_eq!(texts(&mut alice, attributes).await, ["needle among us", "needle from bob"]);
        assert_eq!(texts(&mut bob, attributes).await, ["needle from bob"]);
        assert!(find(&mut carol, attributes).await.is_empty());
    }
    alice.run("MODE #room +o carol").await;
    carol.sync().await;
    assert_eq!(texts(&mut carol, "text=needle").await.len(), 2);
    alice.run("MODE #room -o carol").await;
    carol.sync().await;
    assert!(find(&mut carol, "text=needle").await.is_empty());
}

#[tokio::test]
async fn conversations_are_found_by_their_two_only() {
    let server = start();
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    let mut carol = server.newcomer("carol", CAPS).await;
    alice.ask("PRIVMSG bob :needle between us", "PRIVMSG").await;
    settled(&mut alice).await;
    for (client, other) in [(&mut alice, "bob"), (&mut bob, "ALICE")] {
        assert_eq!(texts(client, "text=needle").await, ["needle between us"]);
        assert_eq!(texts(client, &format!("text=needle;in={other}")).await, ["needle between us"]);
    }
    for attributes in ["text=needle", "text=needle;in=alice", "text=needle;in=bob", "text=needle;from=alice"]
    {
        assert!(find(&mut carol, attributes).await.is_empty(), "{attributes}");
    }
}

#[tokio::test]
async fn a_guest_finds_nothing_of_an_earlier_guest_of_the_nick() {
    let server = start();
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    alice.ask("PRIVMSG #room :needle in the room", "PRIVMSG").await;
    for round in ["first", "second"] {
        let mut gina = server.connect().await;
        gina.send(format!("CAP REQ :{}", CAPS.join(" "))).await;
        gina.send("NICK gina").await;
        gina.send("USER gina 0 * :Gina").await;
        gina.send("CAP END").await;
        gina.until("422").await;
        gina.ask(&format!("PRIVMSG alice :needle of the {round}"), "PRIVMSG").await;
        settled(&mut gina).await;
        assert_eq!(texts(&mut gina, "text=needle").await, [format!("needle of the {round}")]);
        assert_eq!(texts(&mut gina, "text=needle;in=alice").await, [format!("needle of the {round}")]);
        gina.run("JOIN #room").await;
        assert_eq!(texts(&mut gina, "text=needle").await.len(), 2);
        gina.send("QUIT").await;
        gina.closed().await;
        alice.sync().await;
    }
    assert_eq!(
        texts(&mut alice, "text=needle;in=gina").await,
        ["needle of the first", "needle of the second"]
    );
}

#[tokio::test]
async fn words_of_any_language_are_found() {
    let server = start();
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    let said = [
        "Crème Brûlée",
        "東京都に住んでいます",
        "한국어를 배워요",
        "ภาษาไทย",
        "Москва и Ёлка",
        "up 🚀",
        "\u{2}bo\u{2}ld",
    ];
    for text in said {
        alice.ask(&format!("PRIVMSG #room :{text}"), "PRIVMSG").await;
    }
    settled(&mut alice).await;
    for (query, place) in [
        ("creme", 0),
        ("BRÛL", 0),
        ("京都", 1),
        ("住んで", 1),
        ("국어", 2),
        ("ไทย", 3),
        ("елка", 4),
        ("МОСК", 4),
        ("🚀", 5),
        ("bold", 6),
    ] {
        assert_eq!(texts(&mut alice, &format!("in=#room;text={query}")).await, [said[place]], "{query}");
    }
    assert!(find(&mut alice, "in=#room;text=東都").await.is_empty());
}

#[tokio::test]
async fn no_text_is_taken_for_syntax() {
    let server = start();
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    bob.run("JOIN #hidden").await;
    bob.ask("PRIVMSG #hidden :needle", "PRIVMSG").await;
    alice.run("JOIN #room").await;
    alice.ask("PRIVMSG #room :a and b", "PRIVMSG").await;
    settled(&mut bob).await;
    for text in [
        "x\"\\sOR\\sroom:r1s3\\sOR\\sbody:\"needle",
        "\"needle\"\\sOR\\s\"needle\"",
        "body:needle",
        "needle*",
        "NEAR(needle\\sneedle,5)",
        "^needle",
        "{room\\sbody}\\::needle",
        "-room:needle",
        "needle)\\sOR\\s(needle",
        "a'\\sUNION\\sSELECT\\s1--",
        "%",
        "a\\0b",
    ] {
        alice.send(format!("SEARCH text={text}")).await;
        let answer = alice.expect("an answer", |m| ["BATCH", "FAIL"].contains(&&*m.command)).await;
        if answer.command == "FAIL" {
            assert_eq!(answer.params[..3], ["SEARCH", "INVALID_PARAMS", "text"], "{text}: {answer}");
            continue;
        }
        let found = alice.all_until("BATCH").await;
        assert!(found.iter().all(|m| m.last() != "needle"), "{text}: {found:?}");
    }
    assert_eq!(texts(&mut alice, "text=\"a\\sand\\sb\"").await, ["a and b"]);
    assert!(find(&mut alice, "in=#room;text=a\\sOR\\sneedle").await.is_empty());
}

#[tokio::test]
async fn everything_echoed_is_found_after_a_crash() {
    let mut server = start();
    server.adduser("alice");
    for round in 0..3 {
        let mut alice = server.login("alice", CAPS).await;
        alice.run("JOIN #room").await;
        for n in 0..40 {
            alice.ask(&format!("PRIVMSG #room :word r{round}n{n}"), "PRIVMSG").await;
        }
        server.kill();
        server.start_again();
    }
    let mut alice = server.login("alice", CAPS).await;
    settled(&mut alice).await;
    for round in 0..3 {
        for n in 0..40 {
            let text = format!("r{round}n{n}");
            assert_eq!(texts(&mut alice, &format!("text=\"{text}\"")).await, [format!("word {text}")]);
        }
    }
}

#[tokio::test]
async fn an_index_that_was_deleted_or_damaged_comes_back_by_itself() {
    let mut server = start();
    server.adduser("alice");
    let mut alice = server.login("alice", CAPS).await;
    alice.run("JOIN #room").await;
    alice.ask("PRIVMSG #room :needle", "PRIVMSG").await;
    settled(&mut alice).await;
    let file = server.folder().join("data/search.db");
    for ruin in ["delete", "damage"] {
        server.stop();
        match ruin {
            "delete" => std::fs::remove_file(&file).unwrap(),
            _ => std::fs::write(&file, "no database at all").unwrap(),
        }
        server.start_again();
        let mut alice = server.login("alice", CAPS).await;
        until_found(&mut alice, "text=needle").await;
        assert_eq!(texts(&mut alice, "text=needle").await, ["needle"], "{ruin}");
    }
}

#[tokio::test]
async fn what_is_malformed_is_said() {
    let server = start();
    let mut alice = server.newcomer("alice", &[CAPS, &["labeled-response"]].concat()).await;
    for (line, attribute) in [
        ("SEARCH text=", "text"),
        ("SEARCH text=?!", "text"),
        ("SEARCH limit=many;text=a", "limit"),
        ("SEARCH after=yesterday", "after"),
        ("SEARCH before=", "before"),
        ("SEARCH from=a\\sb", "from"),
        ("SEARCH in=", "in"),
        ("SEARCH in=#none;text=a", "in"),
        ("SEARCH in=a\\sb;text=a", "in"),
        ("SEARCH limit=5", "*"),
        ("SEARCH text=two words", "*"),
    ] {
        let refused = alice.ask(line, "FAIL").await;
        assert_eq!(refused.params[..3], ["SEARCH", "INVALID_PARAMS", attribute], "{line}");
    }
    alice.ask("SEARCH", "461").await;
    let opened = alice.ask("@label=l1 SEARCH text=nothing", "BATCH").await;
    assert_eq!((opened.tag("label").as_deref(), opened.param(1)), (Some("l1"), "soju.im/search"));
    assert_eq!(alice.next().await.command, "BATCH");
    let refused = alice.ask("@label=l2 SEARCH text=", "FAIL").await;
    assert_eq!(refused.tag("label").as_deref(), Some("l2"));
}

#[tokio::test]
async fn where_search_is_switched_off_it_is_not_offered() {
    // An index of before would keep what is taken back from now on.
    let server = Server::with_folder(&["--search=false"], |folder| {
        fs::create_dir(folder.join("data")).unwrap();
        fs::write(folder.join("data/search.db"), "words of before").unwrap();
    });
    let mut alice = server.newcomer("alice", &["batch"]).await;
    let listed = alice.run("CAP LS 302").await;
    assert!(listed.len() > 1 && listed.iter().all(|m| !m.line.contains("soju.im/search")), "{listed:?}");
    let refused = alice.ask("CAP REQ soju.im/search", "CAP").await;
    assert_eq!(refused.param(1), "NAK");
    assert_eq!(alice.ask("SEARCH text=a", "421").await.param(1), "SEARCH");
    assert!(!server.folder().join("data/search.db").exists());
}
