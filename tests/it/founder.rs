//! The founder of a room, who has claimed it: what lasts, and what nobody else can do.

use crate::support::{Client, Server};

fn open() -> Server {
    Server::with(&["--guests", "--default-room=", "--flood-per-second=0"])
}

/// The founder of `#room`, and an operator of it.
async fn two(server: &Server) -> (Client, Client) {
    let mut alice = server.newcomer("alice", &["multi-prefix"]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    alice.run("MODE #room +o bob").await;
    bob.sync().await;
    let shown = alice.run("CHANSERV REGISTER #room").await;
    assert!(shown.iter().any(|m| m.command == "MODE" && m.params == ["#room", "+q", "alice"]), "{shown:?}");
    let seen = bob.until("MODE").await;
    assert_eq!(seen.params, ["#room", "+q", "alice"], "all are shown");
    (alice, bob)
}

async fn names(client: &mut Client) -> String {
    let names = client.ask("NAMES #room", "353").await;
    client.until("366").await;
    names.last().to_owned()
}

async fn refused(client: &mut Client, line: &str) {
    client.sync().await;
    let shown = client.run(line).await;
    let commands: Vec<_> = shown.iter().map(|m| m.command.as_str()).collect();
    assert_eq!(commands, ["482"], "{line}: {shown:?}");
}

#[tokio::test]
async fn the_founder_is_shown_and_finds_the_role_again() {
    let mut server = open();
    let (mut alice, mut bob) = two(&server).await;
    assert_eq!(names(&mut alice).await, "~@alice @bob");
    assert_eq!(names(&mut bob).await, "~alice @bob");
    assert!(bob.ask("WHO #room", "352").await.line.contains(" H~ "), "the highest alone");
    assert_eq!(bob.ask("WHOIS alice", "319").await.last(), "~#room");
    alice.run("PART #room").await;
    assert_eq!(names(&mut bob).await, "@bob");
    alice.run("JOIN #room").await;
    assert_eq!(names(&mut bob).await, "~alice @bob");
    for killed in [false, true] {
        server.come_back(killed);
        let mut bob = server.login("bob", &[]).await;
        assert_eq!(names(&mut bob).await, "~alice @bob");
    }
    let mut alice = server.login("alice", &[]).await;
    alice.run("PART #room").await;
    let mut bob = server.login("bob", &[]).await;
    bob.run("PART #room").await;
    server.restart();
    let mut bob = server.login("bob", &[]).await;
    bob.run("JOIN #room").await;
    let mut alice = server.login("alice", &[]).await;
    alice.run("JOIN #room").await;
    assert_eq!(names(&mut alice).await, "~alice @bob", "a room that is claimed outlasts its members");
}

#[tokio::test]
async fn nothing_is_done_against_the_founder() {
    let server = open();
    let (mut alice, mut bob) = two(&server).await;
    for line in [
        "KICK #room alice :out",
        "MODE #room -o alice",
        "MODE #room -q alice",
        "MODE #room +q bob",
        "MODE #room -qo alice alice",
    ] {
        refused(&mut bob, line).await;
    }
    refused(&mut alice, "MODE #room +q bob").await;
    let taken = bob.run("CHANSERV UNREGISTER #room").await;
    assert!(
        taken.iter().all(|m| m.command != "MODE") && taken[0].last().contains("only the founder"),
        "{taken:?}"
    );
    bob.run("CHANSERV REGISTER #room").await;
    bob.run("CHANSERV TRANSFER #room bob").await;
    alice.run("PART #room").await;
    refused(&mut bob, "MODE #room -o alice").await;
    bob.run("MODE #room +ilkb 1 word *!*@*").await;
    alice.run("JOIN #room").await;
    assert_eq!(names(&mut bob).await, "~alice @bob");
    alice.run("MODE #room -o alice").await;
    assert_eq!(names(&mut alice).await, "~alice @bob", "the founder may do to themselves what they like");
    alice.run("KICK #room bob").await;
    assert_eq!(names(&mut alice).await, "~alice", "and needs no other role");
    for line in ["TOPIC #room :mine", "METADATA #room SET avatar :x", "RENAME #room #mine"] {
        let shown = alice.run(line).await;
        assert!(shown.iter().all(|m| m.command != "482" && m.command != "FAIL"), "{line}: {shown:?}");
    }
}

#[tokio::test]
async fn the_founder_gives_up_and_hands_over() {
    let mut server = open();
    let (mut alice, mut bob) = two(&server).await;
    let released = alice.ask("MODE #room -q alice", "MODE").await;
    assert_eq!(released.params, ["#room", "-q", "alice"]);
    assert_eq!(names(&mut bob).await, "@alice @bob");
    let refusal = bob.run("CHANSERV REGISTER #room").await;
    assert!(refusal[0].command == "NOTICE" && refusal[0].last().contains("only the founder"), "{refusal:?}");
    alice.run("CHANSERV REGISTER #room").await;
    let gina = server.guest("gina").await;
    let mut gina = gina;
    gina.run("JOIN #room").await;
    let guest = alice.run("CHANSERV TRANSFER #room gina").await;
    assert!(guest.iter().all(|m| m.command != "MODE"), "{guest:?}");
    server.adduser("carol");
    let outside = alice.run("CHANSERV TRANSFER #room carol").await;
    assert!(outside.iter().all(|m| m.command != "MODE"), "{outside:?}");
    bob.run("MODE #room -o bob").await;
    alice.sync().await;
    let moved = alice.ask("CHANSERV TRANSFER #room bob", "MODE").await;
    assert_eq!(moved.params, ["#room", "-q+qo", "alice", "bob", "bob"]);
    refused(&mut alice, "KICK #room bob").await;
    let info = alice.run("CHANSERV INFO #room").await;
    assert!(info.iter().any(|m| m.last() == "Founder: bob"), "{info:?}");
    server.restart();
    let mut bob = server.login("bob", &[]).await;
    assert_eq!(names(&mut bob).await, "@alice ~bob");
    let given_up = bob.ask("CHANSERV UNREGISTER #room", "MODE").await;
    assert_eq!(given_up.params, ["#room", "-q", "bob"]);
}

#[tokio::test]
async fn a_room_that_nobody_made_is_claimed_by_an_operator_with_an_account() {
    let server = open();
    server.adduser("alice");
    let mut gina = server.guest("gina").await;
    gina.run("JOIN #room").await;
    let refusal = gina.run("CHANSERV REGISTER #room").await;
    assert!(refusal[0].last().contains("signed in"), "{refusal:?}");
    let mut alice = server.login("alice", &[]).await;
    alice.run("JOIN #room").await;
    let refusal = alice.run("CHANSERV REGISTER #room").await;
    assert!(refusal[0].last().contains("not an operator"), "{refusal:?}");
    gina.run("MODE #room +o alice").await;
    alice.sync().await;
    let shown = alice.ask("CHANSERV REGISTER #room", "MODE").await;
    assert_eq!(shown.params, ["#room", "+q", "alice"]);
    refused(&mut gina, "KICK #room alice").await;
}

#[tokio::test]
async fn a_guest_who_signs_in_as_the_founder_has_the_role() {
    let server = open();
    let (mut alice, mut bob) = two(&server).await;
    alice.run("PART #room").await;
    alice.send("QUIT").await;
    alice.closed().await;
    let mut gina = server.guest("gina").await;
    gina.run("JOIN #room").await;
    let shown = gina.run(&format!("NICKSERV IDENTIFY alice {}", crate::support::PASSWORD)).await;
    assert!(shown.iter().any(|m| m.command == "MODE" && m.param(1) == "+qo"), "{shown:?}");
    assert_eq!(names(&mut gina).await.matches('~').count(), 1);
    bob.run("KICK #room gina").await;
    assert!(names(&mut bob).await.contains('~'));
}
