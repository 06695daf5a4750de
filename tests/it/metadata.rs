//! Values that users and rooms bear: who may set and see them, and that they last.

use crate::support::{Client, Message, Server};

pub(crate) const CAPS: [&str; 2] = ["draft/metadata-3", "batch"];

pub(crate) fn start() -> Server {
    Server::with(&["--guests", "--default-room=", "--flood-per-second=0"])
}

/// `target key value` of each 761, `target key` of each 766.
pub(crate) fn values(messages: &[Message]) -> Vec<String> {
    let told = messages.iter().filter(|m| ["761", "766"].contains(&&*m.command));
    told.map(|m| match m.command.as_str() {
        "761" => format!("{} {} {}", m.param(1), m.param(2), m.last()),
        _ => format!("{} {}", m.param(1), m.param(2)),
    })
    .collect()
}

async fn told(client: &mut Client) -> Vec<String> {
    values(&client.sync().await)
}

pub(crate) async fn list(client: &mut Client, target: &str) -> Vec<String> {
    values(&client.run(&format!("METADATA {target} LIST")).await)
}

/// The code and what follows of the FAIL that answers.
pub(crate) async fn refused(client: &mut Client, line: &str) -> String {
    let fail = client.ask(line, "FAIL").await;
    fail.params[1..fail.params.len() - 1].join(" ")
}

async fn leave(mut client: Client) {
    client.send("QUIT").await;
    client.closed().await;
}

#[tokio::test]
async fn an_accounts_values_last_and_go_with_the_account() {
    let mut server = start();
    let mut alice = server.newcomer("alice", &CAPS).await;
    let set = alice.run("METADATA * SET display-name :Alice Liddell 💜").await;
    assert_eq!(set.len(), 1);
    assert_eq!(set[0].params, ["alice", "alice", "display-name", "*", "Alice Liddell 💜"]);
    alice.run("METADATA alice SET color :#fff\r\nMETADATA * SET avatar :https://example.org/a.png").await;
    assert_eq!(values(&alice.run("METADATA * SET color").await), ["alice color"]);
    leave(alice).await;
    let stored = ["alice avatar https://example.org/a.png", "alice display-name Alice Liddell 💜"];
    let mut bob = server.newcomer("bob", &CAPS).await;
    assert_eq!(list(&mut bob, "alice").await, stored, "readable while she is away");

    server.kill();
    server.start_again();
    let mut bob = server.login("bob", &CAPS).await;
    assert_eq!(list(&mut bob, "ALICE").await, stored);
    let mut alice = server.login("alice", &CAPS).await;
    let gone = alice.run("METADATA * CLEAR").await;
    assert_eq!((gone[0].param(1), gone[0].param(2)), ("metadata", "alice"));
    assert_eq!(values(&gone), ["alice avatar", "alice display-name"]);
    alice.run("METADATA * SET avatar :x").await;
    server.chatctl(&["deluser", "alice", "--yes"]).success();
    assert_eq!(refused(&mut bob, "METADATA alice LIST").await, "INVALID_TARGET alice");
    server.adduser("alice");
    assert!(list(&mut bob, "alice").await.is_empty());
    server.restart();
    let mut bob = server.login("bob", &CAPS).await;
    assert!(list(&mut bob, "alice").await.is_empty());
}

#[tokio::test]
async fn a_guests_values_end_with_the_guest() {
    let server = start();
    let mut gina = server.guest("gina").await;
    gina.run("METADATA * SET color :red").await;
    gina.run("NICK gino").await;
    let mut bob = server.newcomer("bob", &CAPS).await;
    assert_eq!(list(&mut bob, "gino").await, ["gino color red"]);
    leave(gina).await;
    let _other = server.guest("gino").await;
    assert!(list(&mut bob, "gino").await.is_empty());
}

#[tokio::test]
async fn other_devices_are_told_and_the_one_that_set_it_is_not() {
    let server = start();
    let mut phone = server.newcomer("alice", &CAPS).await;
    let mut laptop = server.login("alice", &CAPS).await;
    let mut watch = server.login("alice", &[]).await;
    for client in [&mut phone, &mut laptop] {
        client.run("METADATA * SUB color").await;
    }
    watch.run("METADATA * SUB color").await;
    assert_eq!(values(&phone.run("METADATA * SET color :red").await), ["alice color red"]);
    assert_eq!(told(&mut laptop).await, ["alice color red"]);
    assert!(told(&mut watch).await.is_empty(), "it has not negotiated that");
    let greeting = server.connect().await.login("alice", crate::support::PASSWORD, &CAPS).await;
    let place = |command: &str| greeting.iter().position(|m| m.command == command).unwrap();
    assert_eq!(greeting[place("BATCH")].params[1..], ["metadata", "alice"]);
    assert!(place("001") < place("BATCH") && place("761") < place("422"), "{greeting:?}");
}

#[tokio::test]
async fn who_shares_a_room_or_watches_is_told_once_and_nobody_else() {
    let server = start();
    let mut alice = server.newcomer("alice", &CAPS).await;
    let mut bob = server.newcomer("bob", &CAPS).await;
    let mut watcher = server.newcomer("wanda", &CAPS).await;
    let mut stranger = server.newcomer("sam", &CAPS).await;
    for client in [&mut bob, &mut watcher, &mut stranger] {
        client.run("METADATA * SUB avatar color").await;
    }
    for client in [&mut alice, &mut bob] {
        client.run("JOIN #one").await;
        client.run("JOIN #two").await;
    }
    watcher.run("MONITOR + alice").await;
    bob.run("MONITOR + alice").await;
    alice.run("METADATA * SET avatar :a\r\nMETADATA * SET url :u").await;
    alice.run("METADATA * SET avatar").await;
    for client in [&mut bob, &mut watcher] {
        assert_eq!(told(client).await, ["alice avatar a", "alice avatar"]);
    }
    assert!(told(&mut stranger).await.is_empty());
    assert!(alice.run("METADATA * SET avatar").await[0].is("766", &["alice", "alice", "avatar"]));
    assert!(told(&mut bob).await.is_empty(), "nothing changed");

    alice.run("METADATA * SET color :red").await;
    told(&mut watcher).await;
    leave(alice).await;
    let _alice = server.login("alice", &[]).await;
    assert_eq!(told(&mut watcher).await, ["alice color red"], "with the news that she is back");
    assert_eq!(values(&stranger.run("MONITOR + alice").await), ["alice color red"]);
}

#[tokio::test]
async fn who_joins_learns_what_is_there_and_is_made_known() {
    let server = start();
    let mut alice = server.newcomer("alice", &CAPS).await;
    let mut bob = server.newcomer("bob", &CAPS).await;
    for client in [&mut alice, &mut bob] {
        client.run("METADATA * SUB avatar").await;
    }
    alice.run("METADATA * SET avatar :a\r\nMETADATA * SET color :c").await;
    bob.run("METADATA * SET avatar :b").await;
    alice.run("JOIN #room").await;
    alice.run("METADATA #room SET avatar :r").await;
    assert!(told(&mut bob).await.is_empty());
    let joined = bob.run("JOIN #room").await;
    assert_eq!(values(&joined), ["#room avatar r", "alice avatar a", "bob avatar b"]);
    let commands: Vec<_> = joined.iter().map(|m| m.command.as_str()).collect();
    assert_eq!(commands, ["JOIN", "353", "366", "BATCH", "761", "761", "761", "BATCH"]);
    assert_eq!(told(&mut alice).await, ["bob avatar b"]);
    bob.run("JOIN #other").await;
    alice.run("JOIN #other").await;
    assert!(told(&mut bob).await.is_empty(), "he knows her");
    assert_eq!(values(&bob.run("METADATA #room SYNC").await), values(&joined));
    assert_eq!(values(&bob.run("METADATA alice SYNC").await), ["alice avatar a"]);
}

#[tokio::test]
async fn a_rooms_values_are_its_operators_to_set_and_end_with_it() {
    let mut server = start();
    let mut alice = server.newcomer("alice", &CAPS).await;
    let mut bob = server.newcomer("bob", &CAPS).await;
    let mut carol = server.newcomer("carol", &CAPS).await;
    bob.run("METADATA * SUB url").await;
    alice.run("JOIN #Room").await;
    bob.run("JOIN #room").await;
    alice.run("METADATA #room SET url :http://one.example").await;
    assert_eq!(told(&mut bob).await, ["#Room url http://one.example"]);
    for line in ["METADATA #room SET url :x", "METADATA #room SET url"] {
        assert_eq!(refused(&mut bob, line).await, "KEY_NO_PERMISSION #Room url");
        assert_eq!(refused(&mut carol, line).await, "KEY_NO_PERMISSION #Room url");
    }
    assert_eq!(refused(&mut bob, "METADATA #room CLEAR").await, "KEY_NO_PERMISSION #Room *");
    assert_eq!(refused(&mut carol, "METADATA bob SET url :x").await, "KEY_NO_PERMISSION bob url");
    assert_eq!(list(&mut carol, "#room").await, ["#Room url http://one.example"], "an open room");
    assert_eq!(refused(&mut carol, "METADATA #room SYNC").await, "KEY_NO_PERMISSION #Room *");

    server.restart();
    let mut bob = server.login("bob", &CAPS).await;
    assert_eq!(list(&mut bob, "#room").await, ["#Room url http://one.example"]);
    let mut gina = server.guest("gina").await;
    gina.run("JOIN #camp").await;
    assert_eq!(values(&gina.run("METADATA #camp SET url :tent").await), ["#camp url tent"]);
    gina.run("PART #camp").await;
    gina.run("JOIN #camp").await;
    assert!(list(&mut gina, "#camp").await.is_empty());
}

#[tokio::test]
async fn a_room_that_is_closed_shows_nothing_to_those_outside() {
    let server = start();
    let mut alice = server.newcomer("alice", &CAPS).await;
    let mut bob = server.newcomer("bob", &CAPS).await;
    bob.run("METADATA * SUB topic-url").await;
    for (room, mode) in [("#hidden", "+s"), ("#asked", "+i"), ("#locked", "+k word")] {
        alice.run(&format!("JOIN {room}")).await;
        alice.run(&format!("METADATA {room} SET topic-url :treasure")).await;
        alice.run(&format!("MODE {room} {mode}")).await;
        for asked in ["GET topic-url", "LIST", "SYNC", "SET topic-url :mine", "SET topic-url", "CLEAR"] {
            let answer = bob.run(&format!("METADATA {room} {asked}")).await;
            assert_eq!(answer.len(), 1, "{room} {asked}: {answer:?}");
            assert_eq!(answer[0].command, "FAIL");
            assert!(!answer[0].line.contains("treasure"), "{answer:?}");
            if room == "#hidden" {
                let none = bob.run(&format!("METADATA #nothere {asked}")).await;
                assert_eq!(answer[0].line.replace("#hidden", "#nothere"), none[0].line);
            }
        }
        assert_eq!(list(&mut alice, room).await, [format!("{room} topic-url treasure")]);
        alice.run(&format!("METADATA {room} SET topic-url :gold")).await;
    }
    assert!(bob.sync().await.is_empty(), "no change is told outside");
    alice.run("INVITE bob #asked").await;
    let joined = bob.run("JOIN #asked").await;
    assert_eq!(values(&joined), ["#asked topic-url gold"]);
    bob.run("PART #asked").await;
    alice.run("METADATA #asked SET topic-url :silver").await;
    assert!(told(&mut bob).await.is_empty(), "he left");
}

#[tokio::test]
async fn subscriptions_are_made_ended_and_listed() {
    let server = start();
    let mut alice = server.newcomer("alice", &CAPS).await;
    let mut bob = server.newcomer("bob", &CAPS).await;
    for client in [&mut alice, &mut bob] {
        client.run("JOIN #room").await;
    }
    alice.run("METADATA * SET color :red\r\nMETADATA * SET url :u").await;
    let answer = bob.run("METADATA * SUB color $ avatar color").await;
    assert_eq!(answer[0].params, ["bob", "color", "avatar", "color"]);
    assert!(answer[1].is("FAIL", &["METADATA", "INVALID_KEY", "$"]), "{answer:?}");
    assert_eq!(values(&answer), ["alice color red"], "the present value");
    assert!(values(&bob.run("METADATA * SUB color").await).is_empty(), "once");
    let listed = bob.run("METADATA * SUBS").await;
    assert_eq!(listed[0].params[1..], ["metadata-subs"]);
    assert_eq!(listed[1].params, ["bob", "avatar", "color"]);
    assert_eq!(bob.run("METADATA * UNSUB color none").await[0].params, ["bob", "color", "none"]);
    alice.run("METADATA * SET color :blue\r\nMETADATA * SET avatar :a").await;
    assert_eq!(told(&mut bob).await, ["alice avatar a"]);
    assert_eq!(refused(&mut bob, "METADATA alice SUB color").await, "INVALID_TARGET alice");

    for tens in 0..6 {
        let keys: Vec<String> = (0..10).map(|ones| format!("k{tens}{ones}")).collect();
        bob.send(format!("METADATA * SUB {}", keys.join(" "))).await;
    }
    let answers = bob.sync().await;
    let full: Vec<_> = answers.iter().filter(|m| m.command == "FAIL").map(|m| m.param(2)).collect();
    assert_eq!(full, ["k49", "k50"], "the first that is too many");
    let listed = bob.run("METADATA * SUBS").await;
    let keys: Vec<_> = listed.iter().filter(|m| m.command == "772").flat_map(|m| &m.params[1..]).collect();
    assert_eq!(keys.len(), 50);
}

#[tokio::test]
async fn before_it_is_in_a_client_speaks_of_itself_only() {
    let server = start();
    server.adduser("alice");
    let mut alice = server.connect().await;
    alice.begin("alice", &CAPS).await;
    alice.authenticate("alice", crate::support::PASSWORD).await;
    assert_eq!(alice.run("METADATA * SET color :red").await[0].params[1..], ["*", "color", "*", "red"]);
    assert_eq!(values(&alice.run("METADATA * GET color url").await), ["* color red", "* url"]);
    assert_eq!(refused(&mut alice, "METADATA alice LIST").await, "INVALID_TARGET alice");
    for n in 0..19 {
        alice.run(&format!("METADATA * SET k{n} :v")).await;
    }
    assert_eq!(refused(&mut alice, "METADATA * SET more :v").await, "LIMIT_REACHED *");
    alice.run("METADATA * CLEAR").await;
    alice.run("METADATA * SET color :blue").await;
    let mut bob = server.newcomer("bob", &CAPS).await;
    assert!(list(&mut bob, "alice").await.is_empty(), "not before she is in");
    alice.send("CAP END").await;
    let greeting = alice.all_until("422").await;
    assert_eq!(values(&greeting), ["alice color blue"]);
    assert_eq!(list(&mut bob, "alice").await, ["alice color blue"]);
    let mut guest = server.connect().await;
    guest.begin("gina", &CAPS).await;
    guest.send("CAP END").await;
    let greeting = guest.all_until("422").await;
    let batch: Vec<_> = greeting.iter().filter(|m| m.command == "BATCH").collect();
    assert_eq!((batch.len(), batch[0].param(2)), (2, "gina"), "an empty one");
}

#[tokio::test]
async fn whois_shows_values_to_who_knows_them() {
    let server = start();
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("METADATA * SET color :red\r\nMETADATA * SET url :a b").await;
    let mut bob = server.newcomer("bob", &CAPS).await;
    let told = bob.run("WHOIS alice").await;
    let shown: Vec<_> = told.iter().filter(|m| m.command == "760").map(|m| m.params.clone()).collect();
    assert_eq!(shown, [["bob", "alice", "color", "*", "red"], ["bob", "alice", "url", "*", "a b"]]);
    let told = alice.run("WHOIS alice").await;
    assert!(told.iter().all(|m| m.command != "760"), "{told:?}");
}

#[tokio::test]
async fn the_answer_is_one_batch_that_bears_the_label() {
    let server = start();
    let caps = ["draft/metadata-3", "batch", "labeled-response"];
    let mut alice = server.newcomer("alice", &caps).await;
    let answer = alice.run("@label=one METADATA * GET color").await;
    assert_eq!(answer.len(), 3);
    assert_eq!((answer[0].tag("label").as_deref(), answer[0].param(1)), (Some("one"), "metadata"));
    assert_eq!(answer[1].tag("batch").as_deref(), answer[0].param(0).strip_prefix('+'));
    let answer = alice.run("@label=two METADATA * SET color :red").await;
    assert_eq!((answer.len(), answer[0].tag("label").as_deref()), (1, Some("two")));
}

#[tokio::test]
async fn who_knows_the_older_draft_is_told_in_its_words() {
    let server = start();
    let mut alice = server.newcomer("alice", &CAPS).await;
    let mut old = server.newcomer("olda", &["draft/metadata-2", "batch"]).await;
    old.run("METADATA * SUB avatar").await;
    alice.run("METADATA * SET avatar :a b").await;
    alice.run("JOIN #room").await;
    let news = |told: Vec<Message>| {
        let news = told.into_iter().filter(|m| m.command == "METADATA");
        news.map(|m| m.params).collect::<Vec<_>>()
    };
    assert_eq!(news(old.run("JOIN #room").await), [["alice", "avatar", "*", "a b"]]);
    assert_eq!(news(old.run("METADATA #room SYNC").await), [["alice", "avatar", "*", "a b"]]);
    alice.run("METADATA #room SET avatar :r").await;
    alice.run("METADATA * SET avatar").await;
    let told = news(old.sync().await);
    assert_eq!(told, [&["#room", "avatar", "*", "r"][..], &["alice", "avatar", "*"]]);
    assert_eq!(values(&old.run("METADATA #room GET avatar").await), ["#room avatar r"]);
    assert_eq!(refused(&mut old, "METADATA * GET $").await, "KEY_INVALID $");
    let long = "x".repeat(301);
    assert_eq!(refused(&mut old, &format!("METADATA * SET a :{long}")).await, "VALUE_INVALID a");
}
