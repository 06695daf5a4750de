//! Rooms: entering, leaving, being invited and removed, topics and lists of names.

use crate::support::{Client, Server};

/// Two members of `#room`; the first made it.
async fn two(server: &Server) -> (Client, Client) {
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    alice.sync().await;
    (alice, bob)
}

#[tokio::test]
async fn joining_shows_the_room() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let shown = alice.run("JOIN #room").await;
    let commands: Vec<_> = shown.iter().map(|m| m.command.as_str()).collect();
    assert_eq!(commands, ["JOIN", "353", "366"]);
    assert_eq!(shown[1].last(), "@alice");
    alice.run("TOPIC #room :All about it").await;
    assert!(alice.run("JOIN #room").await.is_empty());

    let mut bob = server.newcomer("bob", &["extended-join", "multi-prefix", "userhost-in-names"]).await;
    let shown = bob.run("JOIN #ROOM").await;
    let commands: Vec<_> = shown.iter().map(|m| m.command.as_str()).collect();
    assert_eq!(commands, ["JOIN", "332", "333", "353", "366"]);
    assert_eq!(shown[0].params, ["#room", "bob", "bob the tester"]);
    assert!(shown[3].last().contains('!'), "{}", shown[3]);
    let seen = alice.until("JOIN").await;
    assert_eq!((seen.nick(), seen.params.len()), ("bob", 1));
}

#[tokio::test]
async fn the_default_room_is_entered_by_itself() {
    let server = Server::start();
    server.adduser("alice");
    let mut alice = server.connect().await;
    let greeting = alice.login("alice", crate::support::PASSWORD, &[]).await;
    assert!(greeting.iter().any(|m| m.is("JOIN", &["#lobby"])), "{greeting:?}");
    alice.run("PART #lobby").await;
    let mut again = server.connect().await;
    let greeting = again.login("alice", crate::support::PASSWORD, &[]).await;
    assert!(greeting.iter().all(|m| m.command != "JOIN"), "who left it stays out: {greeting:?}");
}

#[tokio::test]
async fn who_parts_is_gone() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server).await;
    bob.send("PART #room :had enough").await;
    for client in [&mut alice, &mut bob] {
        let seen = client.until("PART").await;
        assert_eq!((seen.nick(), seen.last()), ("bob", "had enough"));
    }
    bob.ask("PRIVMSG #room :anybody?", "404").await;
    bob.ask("PART #room", "442").await;
    let unknown = bob.run("PART #nowhere").await;
    assert!(["403", "442"].contains(&unknown[0].command.as_str()), "{unknown:?}");
    assert_eq!(alice.ask("NAMES #room", "353").await.last(), "@alice");
}

#[tokio::test]
async fn who_quits_says_goodbye_to_the_rooms_only_as_a_guest() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #room").await;
    let mut gina = server.guest("gina").await;
    gina.run("JOIN #room").await;
    gina.send("QUIT :gone fishing").await;
    let end = gina.closed().await;
    assert!(end.iter().any(|m| m.command == "ERROR"), "{end:?}");
    let seen = alice.until("QUIT").await;
    assert!(seen.nick() == "gina" && seen.last().contains("gone fishing"), "{seen}");
}

#[tokio::test]
async fn a_kicked_member_cannot_speak() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server).await;
    bob.ask("KICK #room alice", "482").await;
    alice.ask("KICK #room nobody", "401").await;
    alice.ask("KICK #nowhere bob", "403").await;
    alice.send("KICK #room bob :be nice").await;
    for client in [&mut alice, &mut bob] {
        assert_eq!(client.until("KICK").await.params, ["#room", "bob", "be nice"]);
    }
    bob.ask("PRIVMSG #room :but", "404").await;
    alice.ask("KICK #room bob", "441").await;
}

#[tokio::test]
async fn the_topic_is_shown_to_all_and_kept() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server).await;
    bob.ask("TOPIC #room", "331").await;
    alice.send("TOPIC #room :Spring cleaning").await;
    for client in [&mut alice, &mut bob] {
        assert_eq!(client.until("TOPIC").await.params, ["#room", "Spring cleaning"]);
    }
    assert_eq!(bob.ask("TOPIC #room", "332").await.last(), "Spring cleaning");
    assert!(bob.until("333").await.param(2).starts_with("alice"));
    alice.run("MODE #room +t").await;
    bob.ask("TOPIC #room :Mine", "482").await;
    alice.ask("TOPIC #room :", "TOPIC").await;
    alice.ask("TOPIC #room", "331").await;
    alice.ask("TOPIC #nowhere", "403").await;
}

#[tokio::test]
async fn an_invitation_admits_once() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    alice.run("JOIN #room").await;
    alice.run("MODE #room +i").await;
    bob.ask("JOIN #room", "473").await;
    bob.ask("INVITE alice #room", "442").await;
    alice.ask("INVITE nobody #room", "401").await;
    assert_eq!(alice.ask("INVITE bob #room", "341").await.params[1..], ["bob", "#room"]);
    assert_eq!(bob.until("INVITE").await.params, ["bob", "#room"]);
    bob.ask("JOIN #room", "366").await;
    alice.ask("INVITE bob #room", "443").await;
    bob.run("PART #room").await;
    bob.ask("JOIN #room", "473").await;
}

#[tokio::test]
async fn several_rooms_are_joined_at_once_and_a_wrong_one_is_told() {
    let server = Server::with(&["--rooms-per-user-max=4"]);
    let mut alice = server.newcomer("alice", &[]).await;
    let shown = alice.run("JOIN #a,nonsense,#b").await;
    let joined: Vec<_> = shown.iter().filter(|m| m.command == "JOIN").map(|m| m.param(0)).collect();
    assert_eq!(joined, ["#a", "#b"]);
    let errors = shown.iter().filter(|m| ["403", "476", "479"].contains(&m.command.as_str())).count();
    assert_eq!(errors, 1, "{shown:?}");
    alice.run("JOIN #c").await;
    alice.ask("JOIN #d", "405").await;
}

#[tokio::test]
async fn rooms_are_listed_and_secret_ones_are_not() {
    let server = Server::start();
    let (mut alice, _bob) = two(&server).await;
    alice.run("TOPIC #room :All about it").await;
    alice.run("JOIN #hidden").await;
    alice.run("MODE #hidden +s").await;
    let mut carol = server.newcomer("carol", &[]).await;
    let listed = carol.run("LIST").await;
    let room = listed.iter().find(|m| m.is("322", &["carol", "#room"])).unwrap();
    assert_eq!((room.param(2), room.last()), ("2", "All about it"));
    assert!(listed.iter().all(|m| m.param(1) != "#hidden"), "{listed:?}");
    assert_eq!(listed.last().unwrap().command, "323");
    assert!(alice.run("LIST").await.iter().any(|m| m.param(1) == "#hidden"));
    assert_eq!(carol.run("NAMES #hidden").await.len(), 1);
}

#[tokio::test]
async fn a_new_nick_is_seen_by_all_and_belongs_to_one() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server).await;
    alice.ask("NICK BOB", "433").await;
    alice.send("NICK alicia").await;
    for client in [&mut alice, &mut bob] {
        let seen = client.until("NICK").await;
        assert_eq!((seen.nick(), seen.last()), ("alice", "alicia"));
    }
    assert!(alice.run("NICK alicia").await.is_empty());
    bob.send("PRIVMSG alicia :still you?").await;
    assert_eq!(alice.until("PRIVMSG").await.last(), "still you?");
}

#[tokio::test]
async fn several_members_are_removed_at_once() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server).await;
    let mut carol = server.newcomer("carol", &[]).await;
    for forms in ["KICK #room bob,carol :out", "KICK #room,#room carol,bob :out"] {
        bob.run("JOIN #room").await;
        carol.run("JOIN #room").await;
        alice.sync().await;
        let told = alice.run(forms).await;
        let mut kicked: Vec<_> = told.iter().map(|m| (m.command.as_str(), m.param(1), m.last())).collect();
        kicked.sort_unstable();
        assert_eq!(kicked, [("KICK", "bob", "out"), ("KICK", "carol", "out")]);
        bob.until("KICK").await;
        carol.until("KICK").await;
    }
    let told = alice.run("KICK #nowhere,#nowhere,#room bob,carol,nobody").await;
    let numerics: Vec<_> = told.iter().map(|m| m.command.as_str()).collect();
    assert_eq!(numerics, ["403", "401"], "each room is wrong once, and the others are served");
    bob.run("JOIN #room").await;
    let told = bob.run("KICK #room alice,bob").await;
    assert_eq!(told.iter().map(|m| m.command.as_str()).collect::<Vec<_>>(), ["482"]);
    let many = "x,".repeat(30);
    assert_eq!(alice.run(&format!("KICK #room {many}")).await.last().unwrap().command, "407");
}

#[tokio::test]
async fn rooms_are_found_by_name_and_size() {
    let server = Server::start();
    let (mut alice, _bob) = two(&server).await;
    for room in ["#rowing", "#hidden"] {
        alice.run(&format!("JOIN {room}")).await;
    }
    alice.run("MODE #hidden +s").await;
    let mut carol = server.newcomer("carol", &[]).await;
    for (conditions, expected) in [
        ("#ro*", &["#room", "#rowing"][..]),
        ("!*oom,!#lobby", &["#rowing"]),
        (">1,<3", &["#room"]),
        ("#room,#hidden,#nowhere", &["#room"]),
        ("#r* <2", &["#rowing"]),
        ("#hidden", &[]),
        ("*hid*", &[]),
    ] {
        let told = carol.run(&format!("LIST {conditions}")).await;
        let listed: Vec<_> = told.iter().filter(|m| m.command == "322").map(|m| m.param(1)).collect();
        assert_eq!(listed, expected, "{conditions}");
    }
}

#[tokio::test]
async fn ones_own_invitations_are_listed_until_they_are_used() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    for room in ["#one", "#two"] {
        alice.run(&format!("JOIN {room}")).await;
        alice.run(&format!("MODE {room} +isl 1")).await;
        alice.run(&format!("MODE {room} +b bob!*@*")).await;
        alice.ask(&format!("INVITE bob {room}"), "341").await;
    }
    let listed = async |client: &mut Client| -> Vec<(String, String)> {
        let told = client.run("INVITE").await;
        told.iter().map(|m| (m.command.clone(), m.param(1).to_owned())).collect()
    };
    let end = ("337".to_owned(), "End of INVITE list".to_owned());
    let pending = |room: &str| ("336".to_owned(), room.to_owned());
    bob.sync().await;
    assert_eq!(listed(&mut bob).await, [pending("#one"), pending("#two"), end.clone()]);
    assert_eq!(listed(&mut alice).await, std::slice::from_ref(&end));
    bob.ask("JOIN #two", "366").await;
    assert_eq!(listed(&mut bob).await, [pending("#one"), end]);
    bob.ask("INVITE alice", "461").await;
}

#[tokio::test]
async fn a_secret_room_is_not_shown_by_any_answer() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server).await;
    alice.run("MODE #room +s").await;
    let mut carol = server.newcomer("carol", &[]).await;
    for line in [
        "LIST ROOM",
        "LIST *",
        "NAMES ROOM",
        "WHO ROOM",
        "WHO ROOM %tcn,1",
        "WHOIS bob",
        "TOPIC ROOM",
        "TOPIC ROOM :mine",
        "MODE ROOM",
        "MODE ROOM +b",
        "MODE ROOM +i",
        "INVITE bob ROOM",
        "KICK ROOM bob",
        "PART ROOM",
        "RENAME ROOM #mine",
        "PRIVMSG ROOM :anybody?",
        "CHATHISTORY LATEST ROOM * 10",
    ] {
        let hidden = carol.run(&line.replace("ROOM", "#room")).await;
        let absent = carol.run(&line.replace("ROOM", "#nowhere")).await;
        let shape = |told: Vec<crate::support::Message>| -> Vec<String> {
            told.iter().map(|m| m.line.replace("#room", "#").replace("#nowhere", "#")).collect()
        };
        assert_eq!(shape(hidden), shape(absent), "{line}");
    }
    let own = bob.run("WHOIS alice").await;
    assert!(own.iter().any(|m| m.command == "319" && m.last().contains("#room")), "{own:?}");
}

#[tokio::test]
async fn the_key_is_shown_to_members_only() {
    let server = Server::start();
    let (mut alice, mut bob) = two(&server).await;
    alice.run("MODE #room +k sesame").await;
    assert_eq!(bob.ask("MODE #room", "324").await.last(), "sesame");
    let mut carol = server.newcomer("carol", &[]).await;
    assert_eq!(carol.ask("MODE #room", "324").await.last(), "*");
}

#[tokio::test]
async fn an_answer_to_endless_names_fits_into_a_line() {
    let server = Server::start();
    let (mut alice, _bob) = two(&server).await;
    let long = "x".repeat(480);
    for line in [
        format!("JOIN #{long}"),
        format!("PART #{long}"),
        format!("NAMES #{long}"),
        format!("TOPIC #{long}"),
        format!("MODE #{long}"),
        format!("MODE #room +l {long}"),
        format!("KICK #room {long}"),
        format!("INVITE {long} #room"),
        format!("RENAME #room #{long}"),
    ] {
        let told = alice.run(&line).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].line.len() <= 510, "{}: {}", &line[..12], told[0].line.len());
    }
}

#[tokio::test]
async fn names_of_several_rooms_have_one_end() {
    let server = Server::with(&["--guests=true"]);
    let mut client = server.guest("nina").await;
    client.run("JOIN #one,#two").await;
    let lines = client.run("NAMES #one,#none,#TWO").await;
    let shown: Vec<_> =
        lines.iter().map(|line| (line.command.as_str(), line.params[1..].join(" "))).collect();
    let room = |name: &str| ("353", format!("= {name} @nina"));
    assert_eq!(shown[..2], [room("#one"), room("#two")]);
    assert!(lines[2].is("366", &["nina", "#one,#none,#TWO"]), "{lines:?}");
    let lines = client.run("NAMES #one,#one,#one,#one,#two").await;
    assert_eq!(lines.iter().filter(|line| line.command == "353").count(), 4);
    assert!(lines.last().unwrap().is("407", &["nina", "#two"]), "{lines:?}");
}
