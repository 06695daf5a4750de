//! Who runs the server: by role or by OPER, what that gives, and how it ends.

use crate::support::{Client, Message, PASSWORD, Server};

/// A server with the administrator `root` and guests.
fn server() -> Server {
    let server = Server::with(&["--guests"]);
    add_admin(&server, "root");
    server
}

fn add_admin(server: &Server, name: &str) {
    server
        .chatctl_with(&["adduser", name, "--admin", "--password-stdin"], &format!("{PASSWORD}\n"))
        .success();
}

/// The rows of the audit log as `who action target outcome`.
fn audit(server: &Server) -> Vec<String> {
    let said = server.chatctl(&["audit", "--json"]).success();
    let rows: serde_json::Value = serde_json::from_str(&said).unwrap();
    let text = |row: &serde_json::Value, field: &str| row[field].as_str().unwrap_or("-").to_owned();
    let fields = ["who", "action", "target", "outcome"];
    rows.as_array().unwrap().iter().map(|row| fields.map(|field| text(row, field)).join(" ")).collect()
}

fn has(told: &[Message], command: &str) -> bool {
    told.iter().any(|m| m.command == command)
}

async fn become_operator(client: &mut Client) {
    let told = client.run(&format!("OPER root :{PASSWORD}")).await;
    assert!(has(&told, "381"), "{told:?}");
}

#[tokio::test]
async fn an_administrator_is_an_operator_as_soon_as_they_are_there() {
    let server = server();
    let mut root = server.connect().await;
    let shown = root.login("root", PASSWORD, &[]).await;
    assert_eq!(shown.iter().find(|m| m.command == "221").unwrap().param(1), "+o");
    let mut bob = server.newcomer("bob", &[]).await;
    assert!(has(&bob.run("WHOIS root").await, "313"));
    assert_eq!(bob.ask("WHO root", "352").await.param(6), "H*");
    assert!(bob.ask("USERHOST root", "302").await.last().starts_with("root*="));
    assert_eq!(bob.ask("LUSERS", "252").await.param(1), "1");

    // Given up on one device it is gone on all, until they come again.
    let mut phone = server.login("root", &[]).await;
    assert_eq!(root.ask("MODE root -o", "MODE").await.params, ["root", "-o"]);
    assert_eq!(phone.until("MODE").await.params, ["root", "-o"]);
    assert!(!has(&bob.run("WHOIS root").await, "313"));
    assert_eq!(bob.ask("LUSERS", "252").await.param(1), "0");
    assert!(!has(&root.run("MODE root +o").await, "MODE"), "only OPER gives it");
    root.ask("KILL bob", "481").await;
    for client in [&mut root, &mut phone] {
        client.send("QUIT").await;
        client.closed().await;
    }
    let mut root = server.connect().await;
    let shown = root.login("root", PASSWORD, &[]).await;
    assert_eq!(shown.iter().find(|m| m.command == "221").unwrap().param(1), "+o");
}

#[tokio::test]
async fn oper_makes_an_operator_of_whoever_knows_an_administrators_password() {
    let server = server();
    let mut gina = server.guest("gina").await;
    let mut bob = server.newcomer("bob", &[]).await;
    let mut phone = server.login("bob", &[]).await;
    for client in [&mut gina, &mut bob] {
        let told = client.run(&format!("OPER root :{PASSWORD}")).await;
        let commands: Vec<_> = told.iter().map(|m| m.command.as_str()).collect();
        assert_eq!(commands, ["MODE", "381"], "{told:?}");
        assert_eq!(told[0].param(1), "+o");
        let again = client.run(&format!("OPER root :{PASSWORD}")).await;
        assert!(has(&again, "381") && !has(&again, "MODE"), "{again:?}");
    }
    assert_eq!(phone.until("MODE").await.params, ["bob", "+o"]);
    assert!(has(&phone.run("WHOIS gina").await, "313"));
    let rows = audit(&server);
    assert!(rows.contains(&"gina (guest) oper root done".to_owned()), "{rows:#?}");
    assert!(rows.contains(&"bob oper root done".to_owned()), "{rows:#?}");
}

#[tokio::test]
async fn who_may_not_be_an_operator_is_not_told_why() {
    let server = server();
    server.adduser("bob");
    add_admin(&server, "old");
    server.chatctl(&["suspend", "old"]).success();
    let mut gina = server.guest("gina").await;
    let mut texts = Vec::new();
    for (name, password) in
        [("root", "wrong"), ("nobody", "wrong"), ("bob", PASSWORD), ("old", PASSWORD), ("1 2", "3")]
    {
        let told = gina.run(&format!("OPER {name} :{password}")).await;
        assert_eq!(told.len(), 1, "{told:?}");
        texts.push((told[0].command.clone(), told[0].params.clone()));
    }
    assert_eq!(texts[0].0, "464");
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    gina.ask("OPER root", "461").await;
    gina.ask("KILL gina", "481").await;
    let rows = audit(&server);
    assert!(rows.contains(&"gina (guest) oper root refused".to_owned()), "{rows:#?}");
    assert!(rows.iter().all(|row| !row.contains("nobody") && !row.contains("wrong")), "{rows:#?}");
}

#[tokio::test]
async fn who_guesses_with_oper_has_to_wait_as_with_sasl() {
    let server = server();
    let mut gina = server.guest("gina").await;
    for _ in 0..3 {
        gina.ask("OPER root wrong", "464").await;
    }
    gina.send(format!("OPER root :{PASSWORD}")).await;
    let told = gina.all_until("464").await;
    assert!(told.iter().any(|m| m.is("FAIL", &["OPER", "TEMPORARILY_UNAVAILABLE"])), "{told:?}");
}

#[tokio::test]
async fn the_right_ends_with_the_account_it_came_from() {
    let server = server();
    let mut gina = server.guest("gina").await;
    become_operator(&mut gina).await;
    server.chatctl(&["suspend", "root"]).success();
    assert_eq!(gina.until("MODE").await.params, ["gina", "-o"]);
    gina.ask("WALLOPS :still me", "481").await;
}

#[tokio::test]
async fn kill_ends_all_sessions_of_a_user_and_says_why() {
    let server = server();
    let mut root = server.login("root", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    let mut phone = server.login("bob", &[]).await;
    let mut gina = server.guest("gina").await;
    for client in [&mut bob, &mut gina, &mut root] {
        client.run("JOIN #room").await;
    }
    bob.ask("KILL gina :I do not like you", "481").await;
    root.run("KILL bob :enough is enough").await;
    for client in [&mut bob, &mut phone] {
        let last = client.closed().await;
        let error = last.iter().find(|m| m.command == "ERROR").unwrap();
        assert!(error.last().contains("Killed by root: enough is enough"), "{error}");
    }
    root.send("KILL gina").await;
    gina.closed().await;
    assert_eq!(root.until("QUIT").await.last(), "Killed by root");
    root.ask("KILL bob :again", "401").await;
    root.ask("KILL nobody", "401").await;
    root.ask("KILL", "461").await;

    // An account stays a member, and comes back.
    let mut bob = server.login("bob", &[]).await;
    bob.send("PRIVMSG #room :I'm back").await;
    assert_eq!(root.until("PRIVMSG").await.last(), "I'm back");
    let rows = audit(&server);
    assert!(rows.contains(&"root kill account:bob done".to_owned()), "{rows:#?}");
    assert!(rows.contains(&"root kill gina done".to_owned()), "{rows:#?}");
}

#[tokio::test]
async fn what_operators_do_answers_to_its_label() {
    let server = server();
    let mut root = server.connect().await;
    root.login("root", PASSWORD, &["batch", "labeled-response"]).await;
    let mut gina = server.guest("gina").await;
    for (line, answer) in [
        ("@label=a KILL gina", "ACK"),
        ("@label=a BAN 192.0.2.1", "NOTE"),
        ("@label=a BAN nonsense", "FAIL"),
        ("@label=a UNBAN 192.0.2.1", "NOTE"),
        ("@label=a WALLOPS :hello", "ACK"),
        ("@label=a OPER root wrong", "464"),
    ] {
        let told = root.run(line).await;
        let labelled: Vec<_> = told.iter().filter(|m| m.tag("label").as_deref() == Some("a")).collect();
        assert_eq!((labelled.len(), labelled[0].command.as_str()), (1, answer), "{line}: {told:?}");
    }
    gina.closed().await;
}

#[tokio::test]
async fn wallops_reach_those_who_want_to_hear_them() {
    let server = server();
    let mut root = server.login("root", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    let mut carol = server.newcomer("carol", &[]).await;
    assert_eq!(bob.ask("MODE bob +w", "MODE").await.params, ["bob", "+w"]);
    carol.ask("WALLOPS :hear me", "481").await;
    assert!(!has(&root.run("WALLOPS :the disk is nearly full").await, "WALLOPS"));
    let heard = bob.until("WALLOPS").await;
    assert_eq!((heard.nick(), heard.last()), ("root", "the disk is nearly full"));
    assert!(!has(&carol.sync().await, "WALLOPS"));
    root.ask(&format!("WALLOPS :{}", "x".repeat(490)), "417").await;
    root.run("MODE root +w").await;
    assert_eq!(root.ask("WALLOPS :me too", "WALLOPS").await.last(), "me too");
}

#[tokio::test]
async fn addresses_and_modes_are_shown_to_operators_and_oneself() {
    let server = Server::with(&["--guests", "--listen-plain=127.0.0.1:0"]);
    add_admin(&server, "root");
    let mut gina = Client::plain(&server.plain_addresses()[0]).await;
    gina.register_guest("gina").await;
    gina.run("MODE gina +i").await;
    let mut bob = server.newcomer("bob", &[]).await;
    let mut root = server.login("root", &[]).await;
    for client in [&mut gina, &mut root] {
        let told = client.run("WHOIS gina").await;
        let actually = told.iter().find(|m| m.command == "338").unwrap();
        assert!(actually.param(2).starts_with("gina@") && actually.param(3) == "127.0.0.1", "{actually}");
        assert!(told.iter().any(|m| m.command == "379" && m.last().ends_with("+i")), "{told:?}");
        assert!(told.iter().any(|m| m.command == "378" && m.last().contains("127.0.0.1")), "{told:?}");
        assert_eq!(client.ask("WHO gina %i", "354").await.param(1), "127.0.0.1");
    }
    let told = bob.run("WHOIS gina").await;
    assert!(told.iter().all(|m| !["338", "378", "379"].contains(&m.command.as_str())), "{told:?}");
    assert!(told.iter().all(|m| !m.line.contains("127.0.0.1")), "{told:?}");
    assert_eq!(bob.ask("WHO gina %i", "354").await.param(1), "255.255.255.255");
    // Operators find those who hide from everybody else.
    assert!(!has(&bob.run("WHO gin*").await, "352"));
    assert!(has(&root.run("WHO gin*").await, "352"));
    let idle = told.iter().find(|m| m.command == "317").unwrap();
    assert!(idle.param(2).parse::<u64>().is_ok() && idle.param(3).parse::<u64>().unwrap() > 1_700_000_000);
}
