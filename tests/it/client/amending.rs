//! Several lines, edits, redactions, renamings and searches, as the program shows and sends them.

use std::io::Write as _;
use std::time::Instant;

use expectrl::Expect as _;

use super::{messages, piped, run, see, server_with, visit};
use crate::support::{Message, PATIENCE, Terminal};

const CAPS: &[&str] = &["batch", "draft/multiline", "message-tags", "echo-message", "soju.im/search"];

const POEM: &[u8] = b"BATCH +p draft/multiline #lobby\r\n\
    @batch=p PRIVMSG #lobby :roses are\r\n\
    @batch=p;draft/multiline-concat PRIVMSG #lobby : red\r\n\
    @batch=p PRIVMSG #lobby :\x1b[31mviolets are blue\r\n\
    BATCH -p\r\n";

#[tokio::test]
async fn a_message_of_several_lines_is_shown_as_such_live_and_from_history() {
    let server = server_with(&["alice", "bob"]);
    let (client, mut stdin) = piped(&server, "alice");
    stdin.write_all(b"ready\n").unwrap();
    client.until("the echo", |lines| lines.iter().any(|line| line.ends_with("ready")).then_some(()));
    let mut bob = server.login("bob", CAPS).await;
    bob.run("JOIN #lobby").await;
    bob.send_raw(POEM).await;
    let shown = |lines: &[String]| {
        let first = lines.iter().position(|line| line.ends_with("#lobby <bob> roses are red"))?;
        lines.get(first + 1).cloned()
    };
    assert_eq!(client.until("the poem", shown), "      [31mviolets are blue");
    let history = run(&server, "alice", "/history 1\n").success();
    let lines: Vec<_> = history.lines().map(str::to_owned).collect();
    assert_eq!((lines.len(), shown(&lines).as_deref()), (2, Some("      [31mviolets are blue")), "{history}");
}

#[tokio::test]
async fn what_is_pasted_in_lines_is_one_message() {
    let server = server_with(&["alice", "bob"]);
    let mut bob = server.login("bob", CAPS).await;
    bob.run("JOIN #lobby").await;
    let mut terminal = Terminal::start(&server, &["--user", "alice"]);
    visit(&mut terminal, "alice");
    terminal.send("\u{1b}[200~one\ntwo\u{1b}[201~").unwrap();
    terminal.send_line("").unwrap();
    let opening = bob.until("BATCH").await;
    assert_eq!((opening.nick(), opening.param(1), opening.param(2)), ("alice", "draft/multiline", "#lobby"));
    let lines = bob.all_until("BATCH").await;
    assert_eq!(lines.iter().map(Message::last).collect::<Vec<_>>()[..2], ["one", "two"]);
    see(&mut terminal, "<alice> one");
    see(&mut terminal, "      two");
}

#[tokio::test]
async fn ones_last_message_is_edited_and_taken_back() {
    let server = server_with(&["alice", "bob"]);
    let (client, mut stdin) = piped(&server, "bob");
    stdin.write_all(b"ready\n").unwrap();
    client.until("the echo", |lines| lines.iter().any(|line| line.ends_with("ready")).then_some(()));
    let typed = "kept\nteh text\n/edit the text\n@bob\n/delete\n/delete\n/history 9\n";
    let shown = run(&server, "alice", typed).success();
    let expected = [
        "#lobby <alice> kept",
        "#lobby <alice> teh text",
        "#lobby alice edited: the text",
        "#lobby <alice> @bob",
        "#lobby alice took a message back",
        "#lobby alice took a message back",
        "#lobby <bob> ready",
        "#lobby <alice> kept",
    ];
    assert_eq!(messages(&shown), expected);
    client.until("the same for others", |lines| {
        let has = |end: &str| lines.iter().filter(|line| line.ends_with(end)).count();
        (has("alice edited: the text") == 1 && has("alice took a message back") == 2).then_some(())
    });
    let stderr = run(&server, "alice", "/edit it\n").failure(1);
    assert!(stderr.contains("no message of yours is known in #lobby"), "{stderr}");
}

#[tokio::test]
async fn a_renamed_room_is_followed() {
    let server = server_with(&["alice"]);
    let (client, mut stdin) = piped(&server, "alice");
    stdin.write_all(b"/join #dev\nbefore\n").unwrap();
    client.until("the echo", |lines| lines.iter().any(|line| line.ends_with("before")).then_some(()));
    let mut phone = server.login("alice", &[]).await;
    phone.run("RENAME #dev #lab :Spring").await;
    client.until_logged("the new name", |lines| {
        let told = "alice renamed #dev: it is #lab now (Spring)";
        lines.iter().any(|line| line.ends_with(told)).then_some(())
    });
    stdin.write_all(b"after\n").unwrap();
    drop(stdin);
    assert_eq!(client.wait(PATIENCE).code(), Some(0));
    client.until("what was said there", |lines| {
        lines.iter().any(|line| line.ends_with("#lab <alice> after")).then_some(())
    });
}

#[tokio::test]
async fn what_was_said_is_found_by_its_words() {
    let server = server_with(&["alice", "bob"]);
    let mut bob = server.login("bob", CAPS).await;
    bob.run("JOIN #lobby").await;
    bob.run("PRIVMSG #lobby :lost keys").await;
    bob.run("PRIVMSG alice :found keys").await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        bob.ask("SEARCH text=keys;in=alice", "BATCH").await;
        if bob.all_until("BATCH").await.len() > 1 {
            break;
        }
        assert!(Instant::now() < deadline, "nothing is found in time");
    }
    let found = run(&server, "alice", "/search keys\n").success();
    assert_eq!(messages(&found), ["#lobby <bob> lost keys", "@bob <bob> found keys"]);
    let found = run(&server, "alice", "/search keys from:bob in:#lobby after:1h\n").success();
    assert_eq!(messages(&found), ["#lobby <bob> lost keys"]);
    let nothing = run(&server, "alice", "/search keys from:alice\n");
    assert!(nothing.stderr.contains("nothing found"), "{nothing:?}");
    assert_eq!(nothing.success(), "");
}
