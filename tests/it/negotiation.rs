//! What clients may know before they are in, and the corners of CAP, SASL, NICK and USER.

use chat_secure::protocol::Cap;

use crate::support::{PASSWORD, Server};

/// All but what is only announced.
fn grantable() -> impl Iterator<Item = &'static str> {
    Cap::ALL.iter().filter(|cap| **cap != Cap::Sts).map(|cap| cap.name())
}

#[tokio::test]
async fn an_old_list_leaves_out_drafts_before_anything_else() {
    let server = Server::start();
    let mut client = server.connect().await;
    let line = client.ask("CAP LS 301", "CAP").await;
    assert!(line.line.len() <= 510, "{line}");
    let names: Vec<&str> = line.last().split(' ').collect();
    let finals = grantable().filter(|name| !name.starts_with("draft/"));
    for name in finals {
        assert!(names.contains(&name), "{name}: {line}");
    }
}

#[tokio::test]
async fn what_does_not_fit_into_a_line_takes_several() {
    let server = Server::start();
    let mut client = server.connect().await;
    client.run("CAP LS 302").await;
    let all: Vec<&str> = grantable().collect();
    for half in all.chunks(all.len().div_ceil(2)) {
        client.run(&format!("CAP REQ :{}", half.join(" "))).await;
    }
    let lines = client.run("CAP LIST").await;
    let (last, before) = lines.split_last().unwrap();
    assert!(before.iter().all(|line| line.params[1..3] == ["LIST", "*"]), "{lines:?}");
    assert!(lines.iter().all(|line| line.line.len() <= 510), "{lines:?}");
    assert_eq!(last.params.len(), 3);
    let listed: usize = lines.iter().map(|line| line.last().split(' ').count()).sum();
    assert_eq!(listed, all.len());
    // A request as long as a line can be has an answer that is no longer.
    let long = format!("CAP REQ :{}", "batch ".repeat(83).trim_end());
    let answers = client.run(&long).await;
    assert!(answers.iter().all(|m| m.param(1) == "ACK" && m.line.len() <= 510), "{answers:?}");
    assert_eq!(answers.iter().map(|m| m.last().split(' ').count()).sum::<usize>(), 83);
}

#[tokio::test]
async fn who_understands_values_is_told_of_changes_for_good() {
    let server = Server::start();
    let mut client = server.connect().await;
    client.run("CAP LS 302").await;
    assert_eq!(client.ask("CAP LIST", "CAP").await.last(), "cap-notify");
    assert_eq!(client.ask("CAP REQ -cap-notify", "CAP").await.param(1), "NAK");
    let mut old = server.connect().await;
    old.ask("CAP REQ cap-notify", "CAP").await;
    assert_eq!(old.ask("CAP REQ -cap-notify", "CAP").await.param(1), "ACK");
}

#[tokio::test]
async fn what_the_server_supports_can_be_asked_for_early() {
    let server = Server::start();
    server.adduser("alice");
    let mut client = server.connect().await;
    client.ask("ISUPPORT", "451").await;
    client.begin("alice", &["draft/extended-isupport", "batch"]).await;
    client.send("ISUPPORT").await;
    let opened = client.until("BATCH").await;
    assert_eq!(opened.param(1), "draft/isupport");
    let lines = client.all_until("BATCH").await;
    let (_, numerics) = lines.split_last().unwrap();
    let batch = opened.param(0).strip_prefix('+').map(str::to_owned);
    assert!(numerics.iter().all(|m| m.command == "005" && m.tag("batch") == batch), "{lines:?}");
    assert!(numerics.iter().flat_map(|m| &m.params).any(|token| token == "CASEMAPPING=ascii"));
    client.authenticate("alice", PASSWORD).await;
    let welcome = {
        client.send("CAP END").await;
        client.all_until("422").await
    };
    let at = welcome.iter().position(|m| m.command == "005").unwrap();
    assert!(
        welcome[at].tag("batch").is_some() && welcome[at - 1].param(1) == "draft/isupport",
        "{welcome:?}"
    );
    let mut plain = server.login("alice", &[]).await;
    assert!(plain.run("ISUPPORT").await.iter().all(|m| m.command == "005"));
}

#[tokio::test]
async fn who_wants_no_names_gets_none_with_a_join() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &["no-implicit-names"]).await;
    let shown = alice.run("JOIN #room").await;
    assert!(shown.iter().all(|m| !["353", "366"].contains(&m.command.as_str())), "{shown:?}");
    let names = alice.run("NAMES #room").await;
    assert!(names.iter().any(|m| m.command == "353"), "{names:?}");
    let mut again = server.connect().await;
    let greeting = again.login("alice", PASSWORD, &["no-implicit-names"]).await;
    assert!(greeting.iter().any(|m| m.command == "JOIN"), "{greeting:?}");
    assert!(greeting.iter().all(|m| m.command != "353"), "{greeting:?}");
}

#[tokio::test]
async fn a_session_that_nobody_looks_at_makes_nobody_present() {
    let server = Server::start();
    let mut bob = server.newcomer("bob", &["away-notify"]).await;
    server.adduser("alice");
    server.login("alice", &[]).await.run("JOIN #lobby").await;
    bob.expect("alice to be gone", |m| m.nick() == "alice" && m.is("AWAY", &["offline"])).await;
    let mut robot = server.connect().await;
    robot.ask("AWAY *", "451").await;
    robot.begin("alice", &["draft/pre-away"]).await;
    robot.ask("AWAY *", "306").await;
    robot.authenticate("alice", PASSWORD).await;
    robot.send("CAP END").await;
    robot.until("422").await;
    assert!(bob.sync().await.iter().all(|m| m.command != "AWAY"));
    bob.send("PRIVMSG alice :there?").await;
    assert_eq!(bob.until("301").await.last(), "offline");
    assert_eq!(robot.until("PRIVMSG").await.last(), "there?");

    let mut phone = server.login("alice", &[]).await;
    assert_eq!(bob.until("AWAY").await.params.len(), 0, "somebody is there now");
    // The robot's word does not count against the phone's, in either order.
    robot.ask("AWAY *", "306").await;
    assert!(bob.run("PRIVMSG alice :now?").await.iter().all(|m| m.command != "301"));
    phone.send("QUIT").await;
    phone.closed().await;
    assert_eq!(bob.until("AWAY").await.last(), "offline");
    robot.ask("AWAY", "305").await;
    assert_eq!(bob.until("AWAY").await.params.len(), 0);
}

#[tokio::test]
async fn an_away_text_may_be_set_before_one_is_in() {
    let server = Server::with(&["--guests"]);
    let mut gina = server.connect().await;
    gina.begin("gina", &["draft/pre-away"]).await;
    gina.ask("AWAY :at lunch", "306").await;
    gina.ask("CAP END", "001").await;
    let mut hank = server.guest("hank").await;
    hank.send("PRIVMSG gina :hungry?").await;
    assert_eq!(hank.until("301").await.last(), "at lunch");
}

#[tokio::test]
async fn another_user_name_is_told_to_those_who_ask() {
    let server = Server::start();
    server.adduser("alice");
    let mut alice = server.login("alice", &[]).await;
    alice.run("JOIN #room").await;
    let mut bob = server.newcomer("bob", &["chghost", "setname"]).await;
    let mut plain = server.newcomer("plain", &[]).await;
    for client in [&mut bob, &mut plain] {
        client.run("JOIN #room").await;
    }
    alice.send("QUIT").await;
    alice.closed().await;
    bob.sync().await;
    plain.sync().await;
    let mut back = server.connect().await;
    back.send("CAP REQ sasl").await;
    back.send("NICK alice").await;
    back.send("USER other 0 * :Somebody else").await;
    back.authenticate("alice", PASSWORD).await;
    back.ask("CAP END", "001").await;
    let changed = bob.until("CHGHOST").await;
    assert_eq!(
        (changed.source.as_str(), &changed.params[..]),
        ("alice!alice@alice.users", &["other".to_owned(), "alice.users".to_owned()][..])
    );
    let named = bob.until("SETNAME").await;
    assert_eq!((named.source.as_str(), named.last()), ("alice!other@alice.users", "Somebody else"));
    assert!(plain.sync().await.iter().all(|m| m.nick() != "alice"));
}

#[tokio::test]
async fn sasl_has_an_answer_to_whatever_comes() {
    let server = Server::start();
    server.adduser("alice");
    let mut client = server.connect().await;
    client.begin("alice", &["labeled-response", "batch"]).await;
    let known = client.ask("AUTHENTICATE SCRAM-SHA-256", "908").await;
    assert_eq!(known.param(1), "PLAIN");
    assert_eq!(client.next().await.params.len(), 2);
    let answered = client.ask("@label=a AUTHENTICATE PLAIN", "AUTHENTICATE").await;
    assert_eq!(answered.tag("label").as_deref(), Some("a"));
    let chunk = "a".repeat(400);
    assert_eq!(
        client.ask(&format!("@label=b AUTHENTICATE {chunk}"), "ACK").await.tag("label").as_deref(),
        Some("b")
    );
    client.ask("@label=c AUTHENTICATE *", "906").await;
    // Ended by coming in.
    client.ask("AUTHENTICATE PLAIN", "AUTHENTICATE").await;
    client.send("CAP END").await;
    client.until("906").await;
    assert_eq!(client.until("FAIL").await.param(1), "ACCOUNT_REQUIRED");
}

#[tokio::test]
async fn a_thousand_chunks_that_nobody_reads_the_answers_of_block_nobody() {
    let server = Server::with(&["--guests", "--flood-per-second=0"]);
    let mut rude = server.connect().await;
    rude.send("AUTHENTICATE PLAIN").await;
    let chunks = format!("AUTHENTICATE {}\r\n", "a".repeat(400)).repeat(1000);
    rude.send_raw(chunks.as_bytes()).await;
    let mut polite = server.guest("polite").await;
    polite.ask("PING here", "PONG").await;
    rude.sync().await;
    rude.register_guest("rude").await;
}

#[tokio::test]
async fn nicks_and_users_in_the_corners() {
    let server = Server::with(&["--guests"]);
    let mut gina = server.connect().await;
    gina.send("USER").await;
    gina.until("461").await;
    assert_eq!(gina.ask("USER gina 0 * :", "461").await.param(1), "USER");
    gina.send("USER \u{1f60a} 0 * :Gina").await;
    gina.send("NICK *").await;
    gina.until("432").await;
    gina.ask("NICK gina", "001").await;
    assert!(gina.ask("WHOIS gina", "311").await.source.ends_with("localhost"));
    let mut hank = server.guest("hank").await;
    for client in [&mut gina, &mut hank] {
        client.run("JOIN #room").await;
    }
    gina.sync().await;
    assert!(gina.run("NICK gina").await.is_empty(), "it is so already");
    gina.send("NICK GINA").await;
    for client in [&mut gina, &mut hank] {
        let changed = client.until("NICK").await;
        assert_eq!((changed.nick(), changed.last()), ("gina", "GINA"));
    }
    gina.run("NICK ginger").await;
    hank.send("NICK gina").await;
    assert_eq!(
        hank.expect("the free nick", |m| m.command == "NICK" && m.nick() == "hank").await.last(),
        "gina"
    );
}

#[tokio::test]
async fn userhost_tells_who_is_away_and_who_runs_the_server() {
    let server = Server::start();
    server.chatctl_with(&["adduser", "root", "--admin", "--password-stdin"], PASSWORD).success();
    let mut root = server.login("root", &[]).await;
    root.run("AWAY :busy").await;
    let mut alice = server.newcomer("alice", &[]).await;
    let shown = alice.ask("USERHOST alice root nobody", "302").await;
    let words: Vec<&str> = shown.last().split(' ').collect();
    assert_eq!(words, ["alice=+alice@alice.users", "root*=-root@root.users"]);
}
