//! MODE: what an operator may set, and what it does.

use crate::support::{Client, Server};

async fn two(server: &Server) -> (Client, Client) {
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    alice.run("JOIN #room").await;
    alice.run("MODE #room -nt").await;
    bob.run("JOIN #room").await;
    alice.sync().await;
    (alice, bob)
}

#[tokio::test]
async fn modes_are_shown_and_changed_by_operators() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server).await;
    assert_eq!(alice.ask("MODE #room", "324").await.params, ["alice", "#room", "+"]);
    alice.until("329").await;
    bob.ask("MODE #room +m", "482").await;
    alice.ask("MODE #nowhere +m", "403").await;
    alice.send("MODE #room +imn-s").await;
    assert_eq!(bob.until("MODE").await.params, ["#room", "+imn"]);
    assert_eq!(bob.ask("MODE #room", "324").await.param(2), "+imn");
    alice.ask("MODE #room +Z", "472").await;
}

#[tokio::test]
async fn roles_are_given_and_taken() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server).await;
    alice.send("MODE #room +o bob").await;
    assert_eq!(bob.until("MODE").await.params, ["#room", "+o", "bob"]);
    bob.send("MODE #room -o alice").await;
    assert_eq!(alice.until("MODE").await.params, ["#room", "+o", "bob"]);
    assert_eq!(alice.until("MODE").await.params, ["#room", "-o", "alice"]);
    alice.ask("MODE #room +v bob", "482").await;
    bob.ask("MODE #room +v nobody", "401").await;
    server.newcomer("carol", &[]).await;
    bob.ask("MODE #room +v carol", "441").await;
}

#[tokio::test]
async fn in_a_moderated_room_voices_speak() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server).await;
    alice.run("MODE #room +m").await;
    bob.ask("PRIVMSG #room :hear me", "404").await;
    alice.run("MODE #room +v bob").await;
    bob.send("PRIVMSG #room :hear me now").await;
    assert_eq!(alice.until("PRIVMSG").await.last(), "hear me now");
}

#[tokio::test]
async fn outsiders_speak_where_they_may() {
    let server = Server::start();
    let (mut alice, _bob) = two(&server).await;
    let mut carol = server.newcomer("carol", &[]).await;
    carol.send("PRIVMSG #room :from outside").await;
    assert_eq!(alice.until("PRIVMSG").await.last(), "from outside");
    alice.run("MODE #room +n").await;
    carol.ask("PRIVMSG #room :again", "404").await;
}

#[tokio::test]
async fn a_key_is_needed() {
    let server = Server::start();
    let (mut alice, _bob) = two(&server).await;
    alice.run("MODE #room +k sesame").await;
    let mut carol = server.newcomer("carol", &[]).await;
    carol.ask("JOIN #room", "475").await;
    carol.ask("JOIN #room wrong", "475").await;
    carol.ask("JOIN #other,#room x,sesame", "366").await;
    carol.expect("the room's JOIN", |m| m.is("366", &["carol", "#room"])).await;
    alice.ask("MODE #room +k :two words", "696").await;
    alice.run("MODE #room -k sesame").await;
    assert_eq!(alice.ask("MODE #room", "324").await.param(2), "+");
}

#[tokio::test]
async fn a_full_room_admits_nobody() {
    let server = Server::start();
    let (mut alice, _bob) = two(&server).await;
    alice.run("MODE #room +l 2").await;
    let mut carol = server.newcomer("carol", &[]).await;
    carol.ask("JOIN #room", "471").await;
    for wrong in ["0", "-3", "many"] {
        alice.ask(&format!("MODE #room +l {wrong}"), "696").await;
    }
    alice.run("MODE #room -l").await;
    carol.ask("JOIN #room", "366").await;
}

#[tokio::test]
async fn a_ban_keeps_out_and_keeps_quiet() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server).await;
    alice.run("MODE #room +b BOB!*@*").await;
    assert_eq!(bob.ask("MODE #room +b", "367").await.param(2), "BOB!*@*");
    bob.until("368").await;
    bob.ask("PRIVMSG #room :hear me", "404").await;
    bob.run("PART #room").await;
    bob.ask("JOIN #room", "474").await;
    alice.run("MODE #room -b bob!*@*").await;
    bob.ask("JOIN #room", "366").await;
}

#[tokio::test]
async fn ones_own_modes_are_ones_own() {
    let server = Server::start();
    let (mut alice, _bob) = two(&server).await;
    alice.ask("MODE alice", "221").await;
    alice.ask("MODE bob", "502").await;
    alice.ask("MODE alice +Z", "501").await;
    alice.ask("MODE nobody", "401").await;
}

#[tokio::test]
async fn changes_of_one_command_build_on_each_other() {
    let server = Server::start();
    let (mut alice, _bob) = two(&server).await;
    alice.run("MODE #room +i").await;
    alice.run("MODE #room -i+i").await;
    assert_eq!(alice.ask("MODE #room", "324").await.param(2), "+i");
    alice.run("MODE #room +i-i").await;
    assert_eq!(alice.ask("MODE #room", "324").await.param(2), "+");
    alice.run("MODE #room +kl-k+k one 5 * two").await;
    assert_eq!(alice.ask("MODE #room", "324").await.params[2..], ["+kl", "two", "5"]);
}

#[tokio::test]
async fn a_parameter_that_is_missing_or_wrong_is_told() {
    let server = Server::start();
    let (mut alice, _bob) = two(&server).await;
    for (changes, numeric) in [
        ("+o", "461"),
        ("-v", "461"),
        ("+k", "696"),
        ("+l", "696"),
        ("+b :two words", "696"),
        ("-b :two words", "696"),
    ] {
        let told = alice.run(&format!("MODE #room {changes}")).await;
        let commands: Vec<_> = told.iter().map(|m| m.command.as_str()).collect();
        assert_eq!(commands, [numeric], "{changes}: {told:?}");
    }
    let long = "x".repeat(200);
    alice.ask(&format!("MODE #room +b {long}"), "696").await;
    let told = [alice.run("MODE #room").await, alice.run("MODE #room +b").await].concat();
    let commands: Vec<_> = told.iter().map(|m| m.command.as_str()).collect();
    assert_eq!(commands, ["324", "329", "368"], "nothing was set and no mask came to the list");
    assert_eq!(told[0].param(2), "+");
}
