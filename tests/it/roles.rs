//! Roles that last: who was given one and leaves finds it again.

use crate::support::{Client, Server};

/// An operator of `#room`, and somebody whom they gave this role.
async fn two(server: &Server, role: &str) -> (Client, Client) {
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    alice.run(&format!("MODE #room +{role} bob")).await;
    bob.sync().await;
    (alice, bob)
}

/// How the members are called in the list of names.
async fn names(client: &mut Client) -> String {
    client.ask("NAMES #room", "353").await.last().to_owned()
}

/// Leaves and comes back, also over a restart; these are the members each time.
async fn leaves_and_returns(role: &str, expected: &str) {
    let mut server = Server::start();
    let (mut alice, mut bob) = two(&server, role).await;
    bob.run("PART #room").await;
    assert_eq!(names(&mut alice).await, "@alice");
    bob.run("JOIN #room").await;
    assert_eq!(names(&mut alice).await, expected);
    bob.run("PART #room").await;
    server.restart();
    let mut bob = server.login("bob", &[]).await;
    bob.run("JOIN #room").await;
    assert_eq!(names(&mut bob).await, expected);
}

#[tokio::test]
async fn an_operator_who_leaves_and_returns_is_operator() {
    leaves_and_returns("o", "@alice @bob").await;
}

#[tokio::test]
async fn a_voice_waits_for_who_left() {
    leaves_and_returns("v", "@alice +bob").await;
}

#[tokio::test]
async fn a_role_is_taken_from_who_left() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server, "o").await;
    bob.run("PART #room").await;
    alice.sync().await;
    assert_eq!(alice.ask("MODE #room -o bob", "MODE").await.params, ["#room", "-o", "bob"]);
    alice.ask("MODE #room -o bob", "441").await;
    alice.ask("MODE #room +o bob", "441").await;
    bob.run("JOIN #room").await;
    assert_eq!(names(&mut bob).await, "@alice bob");
}

#[tokio::test]
async fn who_is_kicked_comes_back_without_a_role() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server, "o").await;
    alice.run("KICK #room bob").await;
    bob.run("JOIN #room").await;
    assert_eq!(names(&mut bob).await, "@alice bob");
}

#[tokio::test]
async fn where_accounts_leave_with_their_connection_roles_wait_for_them() {
    let mut server = Server::with(&["--always-on=false"]);
    let (mut alice, bob) = two(&server, "o").await;
    alice.run("MODE #room +i").await;
    drop(bob);
    assert_eq!(alice.until("QUIT").await.nick(), "bob");
    let mut bob = server.login("bob", &[]).await;
    bob.run("JOIN #room").await;
    assert_eq!(names(&mut bob).await, "@alice @bob", "an operator needs no invitation");

    server.kill();
    server.start_again();
    let mut alice = server.login("alice", &[]).await;
    alice.run("JOIN #room").await;
    assert_eq!(names(&mut alice).await, "@alice");
    alice.run("MODE #room -o bob").await;
    server.kill();
    server.start_again();
    let mut bob = server.login("bob", &[]).await;
    bob.ask("JOIN #room", "473").await;
    let mut alice = server.login("alice", &[]).await;
    alice.run("JOIN #room").await;
    alice.run("MODE #room -i").await;
    bob.run("JOIN #room").await;
    assert_eq!(names(&mut bob).await, "@alice bob", "what was taken stays taken");
}

#[tokio::test]
async fn a_removed_account_leaves_no_role_behind() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server, "o").await;
    bob.run("PART #room").await;
    server.chatctl(&["deluser", "bob", "--yes"]).success();
    let mut again = server.newcomer("bob", &[]).await;
    again.run("JOIN #room").await;
    assert_eq!(names(&mut alice).await, "@alice bob");
}
