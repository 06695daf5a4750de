//! A guest who is in signs in: what becomes of their rooms, their name, and what others see.

use crate::support::{Client, Message, PASSWORD, Server};

const CAPS: &[&str] = &["account-notify", "chghost", "extended-join", "message-tags", "account-tag"];

/// A guest under this nick with these capabilities.
pub(crate) async fn guest(server: &Server, nick: &str, caps: &[&str]) -> Client {
    let mut guest = server.connect().await;
    guest.begin(nick, caps).await;
    guest.ask("CAP END", "001").await;
    guest.sync().await;
    guest
}

/// Signs in, and returns all that the client is shown for it.
pub(crate) async fn sign_in(client: &mut Client, account: &str) -> Vec<Message> {
    assert_eq!(client.authenticate(account, PASSWORD).await.command, "903");
    client.sync().await
}

fn commands(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.command.as_str()).collect()
}

fn open() -> Server {
    Server::with(&["--guests", "--default-room="])
}

#[tokio::test]
async fn a_guest_becomes_the_account_and_takes_the_rooms_along() {
    let server = open();
    server.adduser("alice");
    let mut watcher = guest(&server, "watcher", CAPS).await;
    let mut plain = server.guest("plain").await;
    let mut gina = guest(&server, "gina", CAPS).await;
    for client in [&mut gina, &mut watcher, &mut plain] {
        client.run("JOIN #den").await;
    }
    gina.sync().await;
    watcher.sync().await;
    plain.sync().await;
    gina.send("AUTHENTICATE PLAIN").await;
    gina.until("AUTHENTICATE").await;
    gina.send("AUTHENTICATE AGFsaWNlAGNvcnJlY3QgaG9yc2UgYmF0dGVyeQ==").await;
    let told = gina.next().await;
    assert_eq!((told.command.as_str(), told.param(0), told.param(2)), ("900", "gina", "alice"));
    assert!(told.param(1).starts_with("gina!gina@"), "{told}");
    assert_eq!(gina.next().await.command, "903");
    let shown = gina.sync().await;
    assert_eq!(commands(&shown), ["CHGHOST"], "{shown:?}");
    assert_eq!(shown[0].params, ["gina", "alice.users"]);

    let seen = watcher.sync().await;
    assert_eq!(commands(&seen), ["ACCOUNT", "CHGHOST"], "{seen:?}");
    assert_eq!((seen[0].nick(), seen[0].param(0)), ("gina", "alice"));
    assert_eq!(seen[1].params, ["gina", "alice.users"]);
    assert!(seen[1].source.ends_with(".guests"), "{seen:?}");
    assert!(plain.sync().await.is_empty(), "who did not ask is told nothing");

    // The role came along, and the account is a member for good.
    let names = plain.ask("NAMES #den", "353").await;
    assert!(names.last().contains("@gina"), "{names}");
    gina.send("PRIVMSG #den :still here").await;
    let heard = watcher.until("PRIVMSG").await;
    assert_eq!(heard.source, "gina!gina@alice.users");
    assert_eq!(heard.tag("account").as_deref(), Some("alice"));
    assert_eq!(gina.ask("AUTHENTICATE PLAIN", "907").await.param(0), "gina");
    gina.send("QUIT").await;
    gina.closed().await;
    let mut back = server.connect().await;
    let greeting = back.login("alice", PASSWORD, &[]).await;
    assert!(greeting.iter().any(|m| m.is("JOIN", &["#den"])), "{greeting:?}");
}

#[tokio::test]
async fn a_guest_who_signs_in_is_shown_what_the_account_hears() {
    let server = open();
    let mut phone = server.newcomer("alice", &["chghost", "away-notify"]).await;
    phone.run("JOIN #hall").await;
    phone.run("TOPIC #hall :welcome").await;
    let mut gina = guest(&server, "gina", &["chghost", "labeled-response", "batch"]).await;
    gina.run("JOIN #den").await;
    let mut friend = guest(&server, "friend", &["account-notify"]).await;
    friend.run("JOIN #den").await;
    gina.sync().await;
    gina.send("AUTHENTICATE PLAIN").await;
    gina.until("AUTHENTICATE").await;
    gina.send("@label=me AUTHENTICATE AGFsaWNlAGNvcnJlY3QgaG9yc2UgYmF0dGVyeQ==").await;
    let opened = gina.until("BATCH").await;
    assert_eq!(opened.tag("label").as_deref(), Some("me"));
    let shown = gina.all_until("BATCH").await;
    let place = |what: &str, found: &dyn Fn(&Message) -> bool| {
        shown.iter().position(found).unwrap_or_else(|| panic!("no {what}: {shown:?}"))
    };
    let nick = place("NICK", &|m| m.nick() == "gina" && m.is("NICK", &["alice"]));
    let host = place("CHGHOST", &|m| m.is("CHGHOST", &["alice", "alice.users"]));
    let join = place("JOIN", &|m| m.nick() == "alice" && m.is("JOIN", &["#hall"]));
    let topic = place("332", &|m| m.command == "332" && m.last() == "welcome");
    let names = place("353", &|m| m.command == "353" && m.last().contains("@alice"));
    assert!(nick < host && host < join && join < topic && topic < names, "{shown:?}");
    assert!(!shown.iter().any(|m| m.is("JOIN", &["#den"])), "{shown:?}");

    // The other device enters the guest's room; the others there see one person.
    let joined = phone.expect("the room", |m| m.is("JOIN", &["#den"])).await;
    assert_eq!(joined.nick(), "alice");
    let names = phone.until("353").await;
    assert!(names.last().contains("@alice") && !names.last().contains("gina"), "{names}");
    let seen = friend.sync().await;
    assert_eq!(commands(&seen), ["ACCOUNT", "NICK"], "{seen:?}");
    assert_eq!(seen[1].last(), "alice");
    let rest = phone.sync().await;
    assert!(rest.iter().all(|m| !["QUIT", "NICK", "CHGHOST"].contains(&m.command.as_str())), "{rest:?}");

    // From now on it is one person on two devices.
    friend.send("PRIVMSG #den :to you both").await;
    for device in [&mut phone, &mut gina] {
        assert_eq!(device.until("PRIVMSG").await.last(), "to you both");
    }
    gina.send("PRIVMSG #hall :from the second").await;
    assert_eq!(phone.until("PRIVMSG").await.last(), "from the second");
    assert_eq!(friend.ask("WHOIS gina", "401").await.param(1), "gina");
}

#[tokio::test]
async fn who_knows_both_sees_the_guest_leave_and_the_account_come() {
    let server = open();
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #hall").await;
    alice.send("QUIT").await;
    alice.closed().await;
    let mut bob = server.newcomer("bob", &["extended-join"]).await;
    bob.run("JOIN #hall").await;
    let mut gina = guest(&server, "gina", &["chghost"]).await;
    gina.run("JOIN #den").await;
    bob.run("JOIN #den").await;
    gina.run("JOIN #hall").await;
    bob.sync().await;
    let shown = sign_in(&mut gina, "alice").await;
    // It saw itself as another in the hall, where that one ran things.
    assert_eq!(commands(&shown), ["QUIT", "CHGHOST", "MODE"], "{shown:?}");
    assert_eq!(
        (shown[0].nick(), &shown[2].params[..]),
        ("alice", &["#hall", "+o", "gina"].map(String::from)[..])
    );

    let seen = bob.sync().await;
    let seen: Vec<String> =
        seen.iter().map(|m| format!("{} {} {}", m.nick(), m.command, m.params.join(" "))).collect();
    assert_eq!(
        seen,
        [
            "gina QUIT Signed in as alice",
            "alice NICK gina",
            "gina JOIN #den alice gina the tester",
            "gina MODE #den +o gina",
        ]
    );
    let names = bob.ask("NAMES #hall", "353").await;
    assert_eq!(names.last().matches("gina").count(), 1, "{names}");
    bob.send("PRIVMSG #den :hello").await;
    assert_eq!(gina.until("PRIVMSG").await.last(), "hello");
    // And so it stands in the journal.
    server.chatctl(&["history", "show", "den"]).success();
}

#[tokio::test]
async fn a_guests_conversations_stay_with_the_nick() {
    let server = open();
    let mut bob = server.newcomer("bob", &[]).await;
    server.adduser("alice");
    let caps = ["draft/chathistory", "batch", "message-tags"];
    let mut gina = guest(&server, "gina", &caps).await;
    bob.run("PRIVMSG gina :for a guest").await;
    gina.until("PRIVMSG").await;
    sign_in(&mut gina, "alice").await;
    gina.send("CHATHISTORY LATEST bob * 10").await;
    let page = gina.sync().await;
    assert!(page.iter().all(|m| m.command != "PRIVMSG"), "{page:?}");
    bob.send("PRIVMSG gina :for the account").await;
    assert_eq!(gina.until("PRIVMSG").await.last(), "for the account");
    let page = gina.run("CHATHISTORY LATEST bob * 10").await;
    let texts: Vec<_> = page.iter().filter(|m| m.command == "PRIVMSG").map(Message::last).collect();
    assert_eq!(texts, ["for the account"]);
}

#[tokio::test]
async fn rooms_that_are_closed_to_the_account_are_left() {
    let server = Server::with(&["--guests", "--default-room=", "--rooms-per-user-max=2"]);
    let mut bob = server.newcomer("bob", &[]).await;
    bob.run("JOIN #strict").await;
    bob.run("MODE #strict +b alice!*@*").await;
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #one").await;
    let mut gina = guest(&server, "gina", &[]).await;
    gina.run("JOIN #strict").await;
    gina.run("JOIN #two").await;
    let shown = sign_in(&mut gina, "alice").await;
    assert!(shown.iter().any(|m| m.is("PART", &["#strict"])), "banned there: {shown:?}");
    assert!(bob.sync().await.iter().any(|m| m.nick() == "gina" && m.command == "PART"));
    let mut hanna = guest(&server, "hanna", &[]).await;
    hanna.run("JOIN #three").await;
    let shown = sign_in(&mut hanna, "alice").await;
    assert!(shown.iter().any(|m| m.is("PART", &["#three"])), "one too many: {shown:?}");
    let whois = bob.ask("WHOIS alice", "319").await;
    assert!(whois.last().contains("#one") && whois.last().contains("#two"), "{whois}");
    assert_eq!(whois.last().split_whitespace().count(), 2, "{whois}");
}

#[tokio::test]
async fn a_nick_that_looks_like_somebody_is_not_taken_along() {
    let server = open();
    let mut fake = guest(&server, "b0b", &[]).await;
    server.adduser("bob");
    server.adduser("alice");
    let shown = sign_in(&mut fake, "alice").await;
    assert!(shown.iter().any(|m| m.nick() == "b0b" && m.is("NICK", &["alice"])), "{shown:?}");
    server.guest("gina").await.ask("WHOIS b0b", "401").await;
}

#[tokio::test]
async fn a_room_of_a_guest_alone_goes_on_without_a_founder() {
    let server = open();
    server.adduser("alice");
    let mut gina = guest(&server, "gina", &[]).await;
    gina.run("JOIN #own").await;
    sign_in(&mut gina, "alice").await;
    let rooms = server.chatctl(&["rooms", "--json"]).success();
    assert!(rooms.contains("\"name\":\"#own\"") && rooms.contains("\"founder\":null"), "{rooms}");
    assert!(gina.ask("NAMES #own", "353").await.last().contains("@gina"));
    gina.run("PART #own").await;
    let rooms = server.chatctl(&["rooms", "--json"]).success();
    assert!(!rooms.contains("#own"), "{rooms}");
}

#[tokio::test]
async fn invitations_and_read_markers_come_along() {
    let server = open();
    let mut bob = server.newcomer("bob", &[]).await;
    bob.run("JOIN #closed").await;
    bob.run("MODE #closed +i").await;
    bob.run("JOIN #open").await;
    server.adduser("alice");
    let mut gina = guest(&server, "gina", &["draft/read-marker"]).await;
    gina.run("JOIN #open").await;
    bob.run("INVITE gina #closed").await;
    let read = "timestamp=2025-06-01T00:00:00.000Z";
    gina.ask(&format!("MARKREAD #open {read}"), "MARKREAD").await;
    let shown = sign_in(&mut gina, "alice").await;
    assert!(shown.iter().any(|m| m.is("MARKREAD", &["#open", read])), "{shown:?}");
    gina.send("JOIN #closed").await;
    gina.expect("the way in", |m| m.is("JOIN", &["#closed"])).await;
    let mut other = server.login("alice", &["draft/read-marker"]).await;
    assert_eq!(other.ask("MARKREAD #open", "MARKREAD").await.last(), read);
}

#[tokio::test]
async fn the_first_visit_begins_in_the_default_room_also_for_a_guest_who_registers() {
    let server = Server::with(&["--guests", "--registration=open"]);
    let mut gina = guest(&server, "gina", &["extended-join", "chghost"]).await;
    gina.send("REGISTER * * :a good long password").await;
    assert_eq!(gina.next().await.params[..2], ["SUCCESS", "gina"]);
    assert_eq!(gina.next().await.params[..3], ["gina", gina_source(&server).await.as_str(), "gina"]);
    let joined = gina.until("JOIN").await;
    assert_eq!(joined.params[..2], ["#lobby", "gina"]);
    assert_eq!(joined.source, "gina!gina@gina.users");
    assert_eq!(
        gina.ask("REGISTER gina2 * :another password", "FAIL").await.param(1),
        "ALREADY_AUTHENTICATED"
    );
    let mut again = server.connect().await;
    again.login("gina", "a good long password", &[]).await;
}

/// What a guest called gina is shown as: all come from the same address.
async fn gina_source(server: &Server) -> String {
    let mut other = server.guest("other").await;
    let host = other.ask("WHOIS other", "311").await.param(3).to_owned();
    format!("gina!gina@{host}")
}

#[tokio::test]
async fn a_suspended_account_is_not_signed_in_and_a_wrong_password_changes_nothing() {
    let server = open();
    server.adduser("alice");
    let mut gina = guest(&server, "gina", &[]).await;
    gina.run("JOIN #den").await;
    assert_eq!(gina.authenticate("alice", "wrong password").await.command, "904");
    server.chatctl(&["suspend", "alice"]).success();
    assert_eq!(gina.authenticate("alice", PASSWORD).await.command, "904");
    assert!(gina.ask("NAMES #den", "353").await.last().contains("@gina"));
    assert!(gina.ask("WHOIS gina", "311").await.param(3).ends_with(".guests"));
}

#[tokio::test]
async fn when_the_signed_in_session_ends_the_account_stays_and_the_guest_is_gone() {
    let server = Server::with(&["--guests", "--default-room=", "--always-on=false"]);
    server.adduser("alice");
    let mut watcher = guest(&server, "watcher", &[]).await;
    let mut gina = guest(&server, "gina", &[]).await;
    gina.run("JOIN #den").await;
    watcher.run("JOIN #den").await;
    sign_in(&mut gina, "alice").await;
    drop(gina);
    let gone = watcher.until("QUIT").await;
    assert_eq!(gone.source, "gina!gina@alice.users");
    assert_eq!(watcher.ask("NAMES #den", "353").await.last(), "watcher");
    let mut next = guest(&server, "gina", &[]).await;
    assert!(next.ask("WHOIS gina", "311").await.param(3).ends_with(".guests"));
    let alice = watcher.run("WHOIS alice").await;
    assert!(alice.iter().all(|m| m.command != "319"), "{alice:?}");
}

#[tokio::test]
async fn what_came_along_is_there_after_a_crash() {
    let mut server = open();
    server.adduser("alice");
    let mut gina = guest(&server, "gina", &[]).await;
    gina.run("JOIN #den").await;
    let mut bob = server.newcomer("bob", &[]).await;
    bob.run("JOIN #den").await;
    sign_in(&mut gina, "alice").await;
    server.kill();
    server.start_again();
    let mut bob = server.login("bob", &[]).await;
    let names = bob.ask("NAMES #den", "353").await;
    let mut names: Vec<&str> = names.last().split(' ').collect();
    names.sort_unstable();
    assert_eq!(names, ["@gina", "bob"]);
    assert_eq!(bob.ask("WHOIS gina", "330").await.param(2), "alice");
}

#[tokio::test]
async fn who_watches_the_away_is_told_that_the_account_is_back() {
    let server = open();
    server.adduser("alice");
    server.login("alice", &[]).await.run("JOIN #hall").await;
    let mut bob = server.newcomer("bob", &["away-notify"]).await;
    bob.run("JOIN #hall").await;
    assert_eq!(bob.ask("PRIVMSG alice :there?", "301").await.last(), "offline");
    bob.sync().await;
    let mut gina = guest(&server, "gina", &[]).await;
    sign_in(&mut gina, "alice").await;
    let seen = bob.sync().await;
    assert_eq!(commands(&seen), ["NICK", "AWAY"], "{seen:?}");
    assert!(seen[1].params.is_empty() && seen[1].nick() == "gina", "{seen:?}");
}
