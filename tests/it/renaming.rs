//! RENAME: a room gets another name; who is in it, what was said and what was set go along.

use crate::support::{Client, Message, PASSWORD, Server};

const RENAME: &str = "draft/channel-rename";

/// Two members of `#old`; the first made it and knows renamings.
async fn two(server: &Server) -> (Client, Client) {
    let mut alice = server.newcomer("alice", &[RENAME]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    alice.run("JOIN #old").await;
    bob.run("JOIN #old").await;
    alice.sync().await;
    (alice, bob)
}

fn commands(told: &[Message]) -> Vec<&str> {
    told.iter().map(|message| message.command.as_str()).collect()
}

#[tokio::test]
async fn members_learn_of_a_new_name_in_their_own_words() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server).await;
    alice.run("TOPIC #old :All about it").await;
    bob.sync().await;
    let told = alice.run("RENAME #OLD #new :Spring cleaning").await;
    assert_eq!(commands(&told), ["RENAME"]);
    assert_eq!(told[0].params, ["#old", "#new", "Spring cleaning"]);
    assert_eq!(told[0].nick(), "alice");

    let told = bob.sync().await;
    assert_eq!(commands(&told), ["PART", "JOIN", "332", "333", "353", "366"]);
    assert_eq!((told[0].nick(), told[0].params.join(" ")), ("bob", "#old Spring cleaning".into()));
    assert_eq!((told[1].nick(), told[1].param(0)), ("bob", "#new"));
    assert_eq!((told[2].param(1), told[2].last()), ("#new", "All about it"));
    assert_eq!((told[4].param(2), told[4].last()), ("#new", "@alice bob"));

    alice.send("PRIVMSG #new :still here").await;
    assert_eq!(bob.until("PRIVMSG").await.params, ["#new", "still here"]);
    assert_eq!(bob.ask("PRIVMSG #old :lost", "403").await.param(1), "#old");
}

#[tokio::test]
async fn without_a_reason_there_is_none() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server).await;
    assert_eq!(alice.ask("RENAME #old #new", "RENAME").await.params, ["#old", "#new", ""]);
    assert_eq!(bob.until("PART").await.params, ["#old"]);
}

#[tokio::test]
async fn who_renames_without_knowing_renamings_gets_one_labelled_answer() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &["labeled-response", "batch"]).await;
    alice.run("JOIN #old").await;
    let told = alice.run("@label=r RENAME #old #new").await;
    assert_eq!(commands(&told), ["BATCH", "PART", "JOIN", "353", "366", "BATCH"]);
    assert_eq!(told[0].tag("label").as_deref(), Some("r"));
    assert!(told[1..5].iter().all(|m| m.tag("batch").is_some()), "{told:?}");

    let mut bob = server.newcomer("bob", &["labeled-response", "batch", RENAME]).await;
    bob.run("JOIN #his").await;
    let told = bob.run("@label=s RENAME #his #hers").await;
    assert_eq!(commands(&told), ["RENAME"]);
    assert_eq!(told[0].tag("label").as_deref(), Some("s"));
}

#[tokio::test]
async fn every_device_is_told_in_its_own_words() {
    let server = Server::start();
    let (mut alice, _bob) = two(&server).await;
    let mut plain = server.login("alice", &[]).await;
    let mut knowing = server.login("alice", &[RENAME]).await;
    alice.run("RENAME #old #new").await;
    assert_eq!(commands(&plain.sync().await), ["PART", "JOIN", "353", "366"]);
    assert_eq!(commands(&knowing.sync().await), ["RENAME"]);
}

#[tokio::test]
async fn a_change_of_case_is_shown_to_those_who_know_renamings() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server).await;
    assert_eq!(commands(&alice.run("RENAME #old #OLD").await), ["RENAME"]);
    assert!(bob.sync().await.is_empty());
    alice.send("PRIVMSG #old :hello").await;
    assert_eq!(bob.until("PRIVMSG").await.param(0), "#OLD");
    assert!(alice.run("RENAME #old #OLD").await.is_empty(), "it is called so already");
}

#[tokio::test]
async fn refusals_say_why() {
    let server = Server::with(&["--default-room=#home"]);
    let (mut alice, mut bob) = two(&server).await;
    bob.run("JOIN #taken").await;
    alice.run("JOIN #home").await;
    for (line, expected) in [
        ("RENAME #old", "461 alice RENAME"),
        ("RENAME #old #taken", "FAIL RENAME CHANNEL_NAME_IN_USE #old #taken"),
        ("RENAME #old nonsense", "FAIL RENAME CANNOT_RENAME #old nonsense"),
        ("RENAME #old #a,b", "FAIL RENAME CANNOT_RENAME #old #a,b"),
        ("RENAME #home #house", "FAIL RENAME CANNOT_RENAME #home #house"),
        ("RENAME #nowhere #new", "403 alice #nowhere"),
        ("RENAME #taken #new", "442 alice #taken"),
    ] {
        let told = alice.run(line).await;
        assert_eq!(told.len(), 1, "{line}: {told:?}");
        let words = [&told[0].command, " ", &told[0].params[..told[0].params.len() - 1].join(" ")].concat();
        assert_eq!(words, expected, "{line}");
    }
    bob.ask("RENAME #old #new", "482").await;
    alice.ask("RENAME #old #new", "RENAME").await;
    let soon = alice.ask("RENAME #new #newer", "FAIL").await;
    assert_eq!(soon.params[..4], ["RENAME", "CANNOT_RENAME", "#new", "#newer"]);
}

#[tokio::test]
async fn the_old_name_is_free_and_leads_to_another_room() {
    let mut server = Server::start();
    let (mut alice, mut bob) = two(&server).await;
    alice.run("MODE #old +k sesame").await;
    alice.run("RENAME #old #new").await;
    bob.sync().await;
    let told = bob.run("JOIN #old").await;
    assert_eq!(told.iter().find(|m| m.command == "353").unwrap().last(), "@bob");
    alice.send("PRIVMSG #new :here").await;
    assert_eq!(bob.until("PRIVMSG").await.param(0), "#new");

    server.kill();
    server.start_again();
    let mut bob = server.connect().await;
    let greeting = bob.login("bob", PASSWORD, &[]).await;
    let joined: Vec<_> = greeting.iter().filter(|m| m.command == "JOIN").map(|m| m.param(0)).collect();
    assert!(joined.contains(&"#new") && joined.contains(&"#old"), "{joined:?}");
    assert_eq!(bob.ask("MODE #new", "324").await.last(), "sesame");
    assert_eq!(bob.ask("MODE #old", "324").await.param(2), "+nt");
}

/// The lines of a page of history.
async fn history(client: &mut Client, room: &str) -> Vec<Message> {
    client.ask(&format!("CHATHISTORY LATEST {room} * 50"), "BATCH").await;
    let mut page = client.all_until("BATCH").await;
    page.pop();
    page
}

#[tokio::test]
async fn history_and_read_markers_are_found_under_the_new_name() {
    let mut server = Server::start();
    let (mut alice, _bob) = two(&server).await;
    alice.run("PRIVMSG #old :before").await;
    let time = "timestamp=2031-01-01T00:00:00.000Z";
    let mut reader =
        server.login("bob", &["draft/chathistory", "draft/read-marker", "batch", "message-tags"]).await;
    reader.ask(&format!("MARKREAD #old {time}"), "MARKREAD").await;
    alice.run("RENAME #old #new").await;
    alice.run("PRIVMSG #new :after").await;
    let told = reader.sync().await;
    let marker = told.iter().find(|m| m.command == "MARKREAD").unwrap();
    assert_eq!(marker.params, ["#new", time]);
    for _ in 0..2 {
        let mut reader =
            server.login("bob", &["draft/chathistory", "draft/read-marker", "batch", "message-tags"]).await;
        let page = history(&mut reader, "#new").await;
        let said: Vec<_> = page.iter().map(|m| (m.param(0), m.last())).collect();
        assert_eq!(said, [("#new", "before"), ("#new", "after")]);
        assert_eq!(reader.ask("MARKREAD #new", "MARKREAD").await.last(), time);
        assert_eq!(reader.ask("MARKREAD #old", "MARKREAD").await.last(), "*");
        reader.ask("CHATHISTORY LATEST #old * 50", "FAIL").await;
        server.restart();
    }
}

#[tokio::test]
async fn a_guests_marker_goes_along() {
    let server = Server::with(&["--guests"]);
    let (mut alice, _bob) = two(&server).await;
    let mut gina = server.connect().await;
    gina.begin("gina", &["draft/read-marker"]).await;
    gina.ask("CAP END", "001").await;
    gina.run("JOIN #old").await;
    let time = "timestamp=2031-01-01T00:00:00.000Z";
    gina.ask(&format!("MARKREAD #old {time}"), "MARKREAD").await;
    alice.run("RENAME #old #new").await;
    assert_eq!(gina.until("MARKREAD").await.params, ["#new", time]);
    assert_eq!(gina.ask("MARKREAD #old", "MARKREAD").await.last(), "*");
}

#[tokio::test]
async fn a_renaming_stands_in_the_history_of_those_who_ask_for_events() {
    let server = Server::start();
    let (mut alice, _bob) = two(&server).await;
    alice.run("RENAME #old #new :why").await;
    let caps = ["draft/chathistory", "draft/event-playback", "batch", "message-tags"];
    let mut plain = server.login("alice", &caps).await;
    assert!(history(&mut plain, "#new").await.iter().all(|m| m.command != "RENAME"));
    let mut knowing = server.login("alice", &[&caps[..], &[RENAME]].concat()).await;
    let page = history(&mut knowing, "#new").await;
    let renamed = page.iter().find(|m| m.command == "RENAME").unwrap();
    assert_eq!(renamed.params, ["#old", "#new", "why"]);
    assert!(page.iter().filter(|m| m.command == "JOIN").all(|m| m.param(0) == "#new"), "{page:?}");
}

#[tokio::test]
async fn the_admin_tool_shows_the_renaming() {
    let server = Server::start();
    let (mut alice, _bob) = two(&server).await;
    alice.run("RENAME #old #new :why").await;
    let shown = server.chatctl(&["history", "show", "#new"]).success();
    assert!(shown.contains("alice renamed #old to #new (why)"), "{shown}");
}
