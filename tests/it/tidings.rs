//! What is told beside the words: who was invited, who is in a room, whose account something is
//! from, and errors in their standard form.

use crate::support::{Client, Message, Server};

fn of<'a>(lines: &'a [Message], command: &str) -> Vec<&'a Message> {
    lines.iter().filter(|line| line.command == command).collect()
}

#[tokio::test]
async fn an_invitation_is_shown_to_the_members_who_asked_for_that() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &["invite-notify"]).await;
    let mut watcher = server.newcomer("watcher", &["invite-notify"]).await;
    let mut plain = server.newcomer("plain", &[]).await;
    let mut outsider = server.newcomer("outsider", &["invite-notify"]).await;
    let mut invited = server.newcomer("invited", &[]).await;
    for client in [&mut alice, &mut watcher, &mut plain] {
        client.run("JOIN #room").await;
    }
    for client in [&mut alice, &mut watcher] {
        client.sync().await;
    }
    let told = alice.run("INVITE invited #room").await;
    assert_eq!(of(&told, "341").len(), 1, "{told:?}");
    assert!(of(&told, "INVITE").is_empty(), "the inviter has the reply: {told:?}");
    let seen = watcher.sync().await;
    let [line] = of(&seen, "INVITE")[..] else { panic!("{seen:?}") };
    assert!(line.source.starts_with("alice!") && line.params == ["invited", "#room"], "{line}");
    assert!(of(&plain.sync().await, "INVITE").is_empty());
    assert!(of(&outsider.sync().await, "INVITE").is_empty());
    assert_eq!(of(&invited.sync().await, "INVITE").len(), 1, "once, also without the capability");
}

#[tokio::test]
async fn names_have_user_and_host_for_who_asked_and_prefixes_as_they_want() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", &["userhost-in-names", "multi-prefix"]).await;
    alice.run("JOIN #room").await;
    alice.run("MODE #room +v alice").await;
    let mut gina = server.guest("gina").await;
    let names = |lines: Vec<Message>| -> Vec<String> {
        let mut names: Vec<String> =
            of(&lines, "353").iter().flat_map(|line| line.last().split(' ')).map(str::to_owned).collect();
        names.sort_unstable();
        names
    };
    let plain = names(gina.run("JOIN #room").await);
    assert_eq!(plain, ["@alice", "gina"]);
    let whole = names(alice.run("NAMES #room").await);
    let who = alice.run("WHO #room").await;
    let mut expected: Vec<String> = of(&who, "352")
        .iter()
        .map(|line| {
            let prefix = if line.param(5) == "alice" { "@+" } else { "" };
            format!("{prefix}{}!{}@{}", line.param(5), line.param(2), line.param(3))
        })
        .collect();
    expected.sort_unstable();
    assert_eq!(whole, expected);
    assert!(whole.iter().all(|name| !name.contains("127.0.0.1") && !name.contains("::1")), "{whole:?}");
}

#[tokio::test]
async fn what_an_account_causes_bears_its_name_and_what_a_guest_causes_bears_none() {
    let server = Server::with(&["--guests"]);
    let mut watcher = server.newcomer("watcher", &["account-tag"]).await;
    let mut plain = server.newcomer("plain", &[]).await;
    for client in [&mut watcher, &mut plain] {
        client.run("JOIN #room").await;
    }
    watcher.run("MODE #room -t").await;
    let mut alice = server.newcomer("Alice", &[]).await;
    alice.run("NICK someone").await;
    let mut gina = server.guest("gina").await;
    watcher.sync().await;
    plain.sync().await;
    for (client, account) in [(&mut alice, Some("Alice")), (&mut gina, None)] {
        for line in [
            "JOIN #room",
            "PRIVMSG #room :a",
            "NOTICE #room :b",
            "TOPIC #room :c",
            "PRIVMSG watcher :d",
            "PART #room",
        ] {
            client.run(line).await;
        }
        let seen = watcher.sync().await;
        let commands: Vec<&str> = seen.iter().map(|line| line.command.as_str()).collect();
        assert_eq!(commands, ["JOIN", "PRIVMSG", "NOTICE", "TOPIC", "PRIVMSG", "PART"]);
        for line in &seen {
            assert_eq!(line.tag("account").as_deref(), account, "{line}");
        }
        assert!(plain.sync().await.iter().all(|line| line.tags.is_empty()));
    }
}

/// `FAIL <command> <code> <context>… :<text>`, and nothing else.
async fn fails(client: &mut Client, line: &str, expected: &[&str]) {
    let told = client.run(line).await;
    let [fail] = &told[..] else { panic!("one answer to {line}: {told:?}") };
    assert_eq!(fail.command, "FAIL", "{line}");
    assert_eq!(fail.params[..fail.params.len() - 1], *expected, "{line}");
    assert!(fail.last().contains(' '), "it ends in words for people: {fail}");
    assert_eq!(fail.source, "localhost", "{line}");
}

#[tokio::test]
async fn errors_have_their_standard_form_whether_it_was_asked_for_or_not() {
    let server = Server::start();
    server.adduser("alice");
    for caps in [&["standard-replies"][..], &[]] {
        let mut alice = server.login("alice", caps).await;
        fails(&mut alice, "MARKREAD", &["MARKREAD", "NEED_MORE_PARAMS"]).await;
        fails(&mut alice, "MARKREAD #a timestamp=x", &["MARKREAD", "INVALID_PARAMS", "#a"]).await;
        fails(&mut alice, "CHATHISTORY LATEST #a * 1", &["CHATHISTORY", "INVALID_TARGET", "LATEST", "#a"])
            .await;
        fails(&mut alice, "chathistory nonsense #a", &["CHATHISTORY", "INVALID_PARAMS", "NONSENSE"]).await;
        fails(&mut alice, "REGISTER * * password", &["REGISTER", "ALREADY_AUTHENTICATED", "alice"]).await;
        fails(&mut alice, "INVITATION nonsense", &["INVITATION", "INVALID"]).await;
    }
}
