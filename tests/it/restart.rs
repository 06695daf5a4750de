//! What survives the server's end.

use rustix::process::Signal;

use crate::support::{Client, PASSWORD, Server};

#[tokio::test]
async fn members_topics_modes_and_messages_survive_a_restart() {
    let mut server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &["echo-message"]).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    alice.run("TOPIC #room :Spring cleaning").await;
    alice.run("MODE #room -nt+mk sesame").await;
    alice.run("MODE #room +v bob").await;
    alice.run("MODE #room +b *!*@example.org").await;
    bob.ask("PRIVMSG #room :before", "PRIVMSG").await;
    server.restart();

    let mut alice = server.connect().await;
    let greeting = alice.login("alice", PASSWORD, &[]).await;
    let find = |numeric: &str| {
        greeting.iter().find(|m| m.command == numeric && m.params.iter().any(|p| p == "#room")).unwrap()
    };
    assert_eq!(find("332").last(), "Spring cleaning");
    let mut names: Vec<_> = find("353").last().split(' ').collect();
    names.sort_unstable();
    assert_eq!(names, ["+bob", "@alice"]);
    assert!(greeting.iter().any(|m| m.is("PRIVMSG", &["#room", "before"])), "{greeting:?}");
    let modes = alice.ask("MODE #room", "324").await;
    assert!(modes.param(2).contains('m') && modes.param(2).contains('k'), "{modes}");
    assert_eq!(alice.ask("MODE #room +b", "367").await.param(2), "*!*@example.org");
}

#[tokio::test]
async fn everybody_is_told_when_the_server_ends() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    server.signal(Signal::TERM);
    let told = alice.closed().await;
    assert!(told.iter().any(|m| m.command == "ERROR"), "{told:?}");
    server.stop();
}

#[tokio::test]
async fn a_message_sent_before_the_end_is_stored_or_not_echoed() {
    let mut server = Server::with(&["--flood-per-second=0"]);
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    alice.run("JOIN #room").await;
    let lines: Vec<_> = (0..200).map(|n| format!("PRIVMSG #room :{n}\r\n")).collect();
    alice.send_raw(lines.concat().as_bytes()).await;
    alice.until("PRIVMSG").await;
    server.signal(Signal::TERM);
    let echoed = 1 + alice.closed().await.iter().filter(|m| m.command == "PRIVMSG").count();
    server.stop();
    server.start_again();
    let mut alice = server.login("alice", &["draft/chathistory", "batch"]).await;
    let mut stored = Vec::new();
    alice.send("CHATHISTORY LATEST #room * 100").await;
    alice.until("BATCH").await;
    stored.extend(alice.all_until("BATCH").await.into_iter().filter(|m| m.command == "PRIVMSG"));
    let last: usize = stored.last().unwrap().last().parse().unwrap();
    assert!(last + 1 >= echoed, "{echoed} were echoed, the last that is stored is {last}");
}

#[tokio::test]
async fn a_second_server_keeps_off_the_data_of_the_first() {
    let server = Server::start();
    let refused = server.second_server().failure(1);
    assert!(refused.contains("data"), "{refused}");
    server.newcomer("alice", &[]).await;
}

#[tokio::test]
async fn who_has_said_nothing_does_not_hold_up_the_end() {
    let server = Server::with(&["--listen-plain=localhost:0"]);
    let address = server.address();
    let _before_the_handshake = tokio::net::TcpStream::connect(&address).await.unwrap();
    let _before_the_first_line = Client::plain(&server.plain_addresses()[0]).await;
    let mut registering = server.connect().await;
    // The doors open in the order of arrival: the first one stands inside by now.
    registering.sync().await;
    server.stop();
    let said = server.until_logged("the log", |lines| Some(lines.join("\n")));
    assert!(said.contains("stopped") && !said.contains("did not take"), "{said}");
}

#[tokio::test]
async fn a_room_that_a_guest_locked_is_open_after_a_crash() {
    let mut server = Server::with(&["--guests"]);
    server.adduser("alice");
    let mut gina = server.guest("gina").await;
    gina.run("JOIN #cafe").await;
    gina.run("MODE #cafe +k sesame").await;
    server.kill();
    server.start_again();
    let mut alice = server.login("alice", &[]).await;
    let listed = alice.run("LIST").await;
    assert!(listed.iter().all(|m| m.param(1) != "#cafe"), "{listed:?}");
    assert_eq!(alice.ask("JOIN #cafe", "353").await.last(), "@alice");
    assert!(!alice.ask("MODE #cafe", "324").await.param(2).contains('k'));
}

#[tokio::test]
async fn a_nick_that_is_not_ones_name_is_kept_over_a_restart() {
    let mut server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", &[]).await;
    server.adduser("bob");
    alice.ask("NICK al", "NICK").await;
    for crash in [false, true] {
        if crash {
            server.kill();
        } else {
            server.stop();
        }
        server.start_again();
        let mut bob = server.login("bob", &[]).await;
        assert_eq!(bob.ask("WHOIS al", "330").await.param(2), "alice");
        bob.ask("NICK al", "433").await;
        bob.ask("NICK alice", "433").await;
        let mut guest = server.guest("gina").await;
        guest.ask("NICK al", "433").await;
    }
    let mut alice = server.connect().await;
    alice.begin("al", &[]).await;
    alice.authenticate("alice", PASSWORD).await;
    assert_eq!(alice.ask("CAP END", "001").await.param(0), "al");
}
