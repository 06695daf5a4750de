//! Lists of masks: who is banned, muted, exempt or welcome, and how the lists are shown.

use crate::support::{Client, Server};

/// An operator of `#room`, with guests admitted.
async fn operator(server: &Server) -> Client {
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #room").await;
    alice
}

/// The commands of the answer.
async fn commands(client: &mut Client, line: &str) -> Vec<String> {
    client.run(line).await.into_iter().map(|message| message.command).collect()
}

#[tokio::test]
async fn each_list_has_its_replies_and_shows_masks_as_given() {
    let server = Server::start();
    let mut alice = operator(&server).await;
    for (letter, entry, end) in [("b", "367", "368"), ("e", "348", "349"), ("I", "346", "347")] {
        let change = alice.ask(&format!("MODE #room +{letter} Bob!*@*"), "MODE").await;
        assert_eq!(change.params, ["#room", &format!("+{letter}"), "Bob!*@*"]);
        alice.run(&format!("MODE #room +{letter} a:Carol")).await;
        let shown = alice.run(&format!("MODE #room +{letter}")).await;
        let lines: Vec<_> = shown.iter().map(|m| (m.command.as_str(), m.param(2))).collect();
        assert_eq!(lines[..2], [(entry, "Bob!*@*"), (entry, "a:Carol")]);
        assert_eq!(shown[2].command, end, "{shown:?}");
        assert!(shown[0].param(3).starts_with("alice!"), "{}", shown[0]);
        assert!(commands(&mut alice, &format!("MODE #room +{letter} BOB!*@*")).await.is_empty());
        assert_eq!(alice.ask(&format!("MODE #room -{letter} a:CAROL"), "MODE").await.last(), "a:Carol");
        alice.ask(&format!("MODE #room -{letter} bob!*@*"), "MODE").await;
        assert_eq!(commands(&mut alice, &format!("MODE #room +{letter}")).await, [end]);
    }
}

#[tokio::test]
async fn senseless_masks_are_refused_with_a_word_on_what_is_meant() {
    let server = Server::start();
    let mut alice = operator(&server).await;
    for (change, letter) in [("+b r:bob", "b"), ("+e a:", "e"), ("+I m:bob", "I"), ("+b m:", "b")] {
        let told = alice.run(&format!("MODE #room {change}")).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((told[0].command.as_str(), told[0].param(2)), ("696", letter), "{change}");
        assert!(told[0].last().contains("a:account"), "{}", told[0]);
    }
}

#[tokio::test]
async fn the_lists_and_extended_bans_are_announced() {
    let server = Server::start();
    server.adduser("bob");
    let mut bob = server.connect().await;
    let greeting = bob.login("bob", crate::support::PASSWORD, &[]).await;
    let tokens: Vec<&str> = greeting
        .iter()
        .filter(|m| m.command == "005")
        .flat_map(|m| m.params.iter().map(String::as_str))
        .collect();
    for token in ["EXCEPTS", "INVEX", "EXTBAN=,am", "ACCOUNTEXTBAN=a", "ELIST=CMNTU", "MAXLIST=beI:100"] {
        assert!(tokens.contains(&token), "{token} in {tokens:?}");
    }
    assert!(tokens.iter().any(|token| token.starts_with("CHANMODES=beI,")), "{tokens:?}");
}

#[tokio::test]
async fn an_account_is_banned_under_every_nick_and_a_nick_is_not_an_account() {
    let server = Server::with(&["--guests"]);
    let mut alice = operator(&server).await;
    let mut bob = server.newcomer("bob", &[]).await;
    alice.run("MODE #room +b a:BOB").await;
    bob.run("NICK robert").await;
    bob.ask("JOIN #room", "474").await;
    alice.run("MODE #room +b a:gina").await;
    let mut gina = server.guest("gina").await;
    gina.ask("JOIN #room", "366").await;
    gina.send("PRIVMSG #room :hello").await;
    assert_eq!(alice.until("PRIVMSG").await.last(), "hello");
}

#[tokio::test]
async fn exceptions_let_an_account_past_a_ban_and_an_invite_only_door() {
    let server = Server::start();
    let mut alice = operator(&server).await;
    let mut bob = server.newcomer("bob", &[]).await;
    alice.run("MODE #room +b *!*@*").await;
    bob.ask("JOIN #room", "474").await;
    alice.run("MODE #room +e a:bob").await;
    bob.ask("JOIN #room", "366").await;
    bob.send("PRIVMSG #room :made it").await;
    assert_eq!(alice.until("PRIVMSG").await.last(), "made it");
    bob.run("PART #room").await;
    alice.run("MODE #room +i").await;
    bob.ask("JOIN #room", "473").await;
    alice.run("MODE #room +I bob!*@*").await;
    bob.ask("JOIN #room", "366").await;
}

#[tokio::test]
async fn who_is_muted_may_join_and_not_speak() {
    let server = Server::start();
    let mut alice = operator(&server).await;
    let mut bob = server.newcomer("bob", &["message-tags"]).await;
    alice.run("MODE #room -t").await;
    alice.run("MODE #room +b m:a:bob").await;
    bob.ask("JOIN #room", "366").await;
    for line in ["PRIVMSG #room :x", "@+typing=active TAGMSG #room", "TOPIC #room :x"] {
        assert_eq!(commands(&mut bob, line).await, ["404"], "{line}");
    }
    assert!(bob.run("NOTICE #room :x").await.is_empty());
    alice.run("MODE #room +v bob").await;
    bob.sync().await;
    bob.send("PRIVMSG #room :voiced").await;
    assert_eq!(alice.until("PRIVMSG").await.last(), "voiced");
    alice.run("MODE #room -v+e bob m:a:bob").await;
    bob.run("PRIVMSG #room :exempt").await;
    assert_eq!(alice.until("PRIVMSG").await.last(), "exempt");
    alice.run("MODE #room -e m:a:bob").await;
    bob.send("PART #room :the last word").await;
    let part = alice.until("PART").await;
    assert_eq!(part.params, ["#room"], "a word in leaving is a word: {part}");
}

#[tokio::test]
async fn a_banned_member_does_not_slip_out_of_the_ban_by_another_nick() {
    let server = Server::start();
    let mut alice = operator(&server).await;
    let mut bob = server.newcomer("bob", &[]).await;
    bob.run("JOIN #room").await;
    alice.run("MODE #room +b bob!*@*").await;
    assert_eq!(bob.ask("NICK robert", "435").await.params[..3], ["bob", "robert", "#room"]);
    bob.ask("NICK BOB", "NICK").await;
    alice.run("MODE #room +v bob").await;
    bob.ask("NICK robert", "NICK").await;
    alice.run("MODE #room -v+b robert robert!*@*").await;
    bob.ask("NICK bob", "435").await;
    bob.run("PART #room").await;
    bob.ask("NICK bob", "NICK").await;
}

#[tokio::test]
async fn rooms_can_be_for_those_who_are_signed_in() {
    let server = Server::with(&["--guests"]);
    let mut alice = operator(&server).await;
    let mut gina = server.guest("gina").await;
    let mut bob = server.newcomer("bob", &[]).await;
    alice.run("MODE #room +M").await;
    gina.ask("JOIN #room", "366").await;
    let refused = gina.ask("PRIVMSG #room :hello", "404").await;
    assert!(refused.last().contains("signed in"), "{refused}");
    bob.run("JOIN #room").await;
    bob.send("PRIVMSG #room :I am bob").await;
    assert_eq!(alice.until("PRIVMSG").await.last(), "I am bob");
    alice.run("MODE #room +R-M").await;
    gina.run("PART #room").await;
    gina.ask("JOIN #room", "477").await;
    bob.run("PART #room").await;
    bob.ask("JOIN #room", "366").await;
    assert_eq!(alice.ask("MODE #room", "324").await.param(2), "+ntR");
}

#[tokio::test]
async fn programs_are_not_asked_in_a_room_that_forbids_it() {
    let server = Server::start();
    let mut alice = operator(&server).await;
    let mut bob = server.newcomer("bob", &[]).await;
    bob.run("JOIN #room").await;
    alice.run("MODE #room +C").await;
    bob.sync().await;
    assert_eq!(commands(&mut bob, "PRIVMSG #room :\u{1}VERSION\u{1}").await, ["404"]);
    assert!(bob.run("NOTICE #room :\u{1}VERSION 1\u{1}").await.is_empty());
    assert!(bob.run("PRIVMSG #room :\u{1}ACTION waves\u{1}").await.is_empty());
    let heard = alice.sync().await;
    let heard: Vec<_> = heard.iter().filter(|m| m.nick() == "bob" && m.command != "JOIN").collect();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].last().contains("ACTION"), "{heard:?}");
}

#[tokio::test]
async fn many_long_masks_of_one_command_come_in_lines_that_fit() {
    let server = Server::start();
    let mut alice = operator(&server).await;
    let nick = "n".repeat(18);
    let masks: Vec<String> = (0..20).map(|number| format!("{nick}{number}")).collect();
    let told = alice.run(&format!("MODE #room +{} {}", "b".repeat(13), masks[..13].join(" "))).await;
    assert!(told.iter().all(|m| m.command == "MODE" && m.line.len() <= 510), "{told:?}");
    let shown = alice.run("MODE #room +b").await;
    assert_eq!(shown.iter().filter(|m| m.command == "367").count(), 13);
}
