//! NickServ and ChanServ: what clients that know nothing else say to them, and who hears it.

use crate::support::{Client, Message, PASSWORD, Server};

fn open() -> Server {
    Server::with(&["--guests", "--registration=open", "--default-room="])
}

/// Says this to a service and returns the words of its answers.
async fn told(client: &mut Client, line: &str) -> Vec<String> {
    let answers = client.run(line).await;
    let notices = answers.into_iter().filter(|m| m.command == "NOTICE" && m.nick().ends_with("Serv"));
    notices.map(|m| m.last().to_owned()).collect()
}

fn says(told: &[String], words: &str) -> bool {
    told.iter().any(|text| text.contains(words))
}

#[tokio::test]
async fn a_guest_identifies_and_takes_the_rooms_along() {
    let server = open();
    server.adduser("alice");
    let mut watcher = server.guest("watcher").await;
    let mut gina = server.guest("gina").await;
    watcher.run("JOIN #den").await;
    gina.run("JOIN #den").await;
    watcher.sync().await;
    let wrong = told(&mut gina, "PRIVMSG NickServ :IDENTIFY alice wrong").await;
    assert!(says(&wrong, "Wrong account or password"), "{wrong:?}");
    let shown = gina.run(&format!("PRIVMSG NickServ :identify alice {PASSWORD}")).await;
    assert!(shown.iter().any(|m| m.command == "900" && m.param(2) == "alice"), "{shown:?}");
    let notice = shown.iter().find(|m| m.command == "NOTICE").unwrap();
    assert_eq!(notice.source, format!("NickServ!NickServ@{}", shown[0].source), "{shown:?}");
    let whois = gina.run("WHOIS gina").await;
    assert!(whois.iter().any(|m| m.is("330", &["gina", "gina", "alice"])), "{whois:?}");
    let names = watcher.ask("NAMES #den", "353").await;
    assert!(names.last().contains("gina"), "{names}");
    let again = told(&mut gina, &format!("NS IDENTIFY alice {PASSWORD}")).await;
    assert!(says(&again, "already"), "{again:?}");
}

#[tokio::test]
async fn the_commands_of_the_services_are_short_forms() {
    let server = open();
    server.adduser("alice");
    let mut gina = server.guest("gina").await;
    for line in ["NICKSERV HELP", "NS :help identify", "PRIVMSG nickserv :help", "NS"] {
        let help = told(&mut gina, line).await;
        assert!(says(&help, "IDENTIFY [<account>] <password>"), "{line}: {help:?}");
    }
    for line in ["CHANSERV HELP", "CS help register", "PRIVMSG ChanServ help"] {
        let help = told(&mut gina, line).await;
        assert!(says(&help, "REGISTER <#room>"), "{line}: {help:?}");
    }
    let unknown = told(&mut gina, "NICKSERV hunter2").await;
    assert!(says(&unknown, "no such command") && !says(&unknown, "hunter2"), "{unknown:?}");
    let short = told(&mut gina, "NICKSERV IDENTIFY").await;
    assert!(says(&short, "IDENTIFY [<account>] <password>"), "{short:?}");
    assert!(gina.run("NOTICE NickServ :HELP").await.is_empty(), "a NOTICE is never answered");
    assert!(gina.run("PRIVMSG NickServ :\u{1}VERSION\u{1}").await.is_empty());
    let done = told(&mut gina, &format!("NICKSERV IDENTIFY alice {PASSWORD}")).await;
    assert!(says(&done, "signed in as alice"), "{done:?}");
}

#[tokio::test]
async fn a_guest_registers_the_nick() {
    let server = open();
    server.adduser("alice");
    let mut gina = server.guest("gina").await;
    let weak = told(&mut gina, "PRIVMSG NickServ :REGISTER short").await;
    assert!(weak.len() == 1 && says(&weak, "password"), "{weak:?}");
    let done = told(&mut gina, "PRIVMSG NickServ :REGISTER quitelongenough me@example.org").await;
    assert!(says(&done, "account gina") && says(&done, "signed in as gina"), "{done:?}");
    let info = told(&mut gina, "PRIVMSG NickServ INFO").await;
    assert!(says(&info, "Account: gina") && says(&info, "ALWAYS-ON: default"), "{info:?}");
    let mut again = server.connect().await;
    again.login("gina", "quitelongenough", &[]).await;
    let closed = Server::with(&["--guests", "--registration=closed"]);
    closed.adduser("alice");
    let mut eve = closed.guest("eve").await;
    let refused = told(&mut eve, "PRIVMSG NickServ :REGISTER quitelongenough").await;
    assert!(says(&refused, "administrators"), "{refused:?}");
}

#[tokio::test]
async fn guesses_are_slowed_down_here_as_with_sasl() {
    let server = open();
    server.adduser("alice");
    let mut eve = server.guest("eve").await;
    let mut tried = 0;
    loop {
        let answer = told(&mut eve, "PRIVMSG NickServ :IDENTIFY alice guess").await;
        if says(&answer, "too many failed attempts") {
            break;
        }
        assert!(says(&answer, "Wrong"), "{answer:?}");
        tried += 1;
        assert!(tried < 10, "nobody is stopped");
    }
    let mut other = server.connect().await;
    other.begin("other", &[]).await;
    assert_eq!(other.authenticate("alice", PASSWORD).await.command, "904");
}

#[tokio::test]
async fn who_is_banned_is_not_signed_in_here_either() {
    let server = open();
    server.adduser("alice");
    server.chatctl(&["ban", "add", "account:alice"]).success();
    let mut gina = server.guest("gina").await;
    let answer = told(&mut gina, &format!("PRIVMSG NickServ :IDENTIFY alice {PASSWORD}")).await;
    assert!(says(&answer, "banned"), "{answer:?}");
    let whois = gina.run("WHOIS gina").await;
    assert!(whois.iter().all(|m| m.command != "330"), "{whois:?}");
}

#[tokio::test]
async fn what_a_service_is_told_is_kept_nowhere_and_shown_to_nobody() {
    const SECRET: &str = "kept-by-nobody-at-all";
    let server = open();
    server.adduser("alice");
    let caps = ["echo-message", "labeled-response", "batch", "message-tags"];
    let mut phone = server.login("alice", &caps).await;
    let mut laptop = server.login("alice", &caps).await;
    let shown = phone.run(&format!("@label=x PRIVMSG NickServ :IDENTIFY bob {SECRET}")).await;
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!((shown[0].command.as_str(), shown[0].tag("label").as_deref()), ("NOTICE", Some("x")));
    let ignored = phone.run(&format!("@label=y NOTICE NickServ :{SECRET}")).await;
    assert!(ignored.len() == 1 && ignored[0].command == "ACK", "{ignored:?}");
    let labelled = phone.run("@label=z NS HELP").await;
    assert!(
        labelled[0].command == "BATCH" && labelled[0].tag("label").as_deref() == Some("z"),
        "{labelled:?}"
    );
    assert!(laptop.sync().await.is_empty(), "the other devices learn nothing");
    let mut gina = server.guest("gina").await;
    told(&mut gina, &format!("PRIVMSG NickServ :IDENTIFY alice {SECRET}")).await;
    told(&mut gina, &format!("PRIVMSG NickServ :{SECRET}")).await;
    server.stop();
    let mut files = 0;
    for file in std::fs::read_dir(server.folder().join("data")).unwrap().flatten() {
        let Ok(bytes) = std::fs::read(file.path()) else { continue };
        files += 1;
        let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!found, "{:?}", file.path());
    }
    assert!(files > 0);
    server.until_logged("the log", |lines| {
        assert!(lines.iter().all(|line| !line.contains(SECRET)), "{lines:?}");
        (!lines.is_empty()).then_some(())
    });
}

#[tokio::test]
async fn nobody_has_the_name_of_a_service() {
    let server = open();
    server.adduser("alice");
    let mut gina = server.guest("gina").await;
    for nick in ["NickServ", "nickserv", "N1ckServ", "ChanServ", "CHANSERV"] {
        assert_eq!(gina.ask(&format!("NICK {nick}"), "433").await.param(1), nick);
        server.chatctl_with(&["adduser", nick, "--password-stdin"], &format!("{PASSWORD}\n")).failure(4);
    }
    let mut alice = server.login("alice", &[]).await;
    alice.ask("NICK NickServ", "433").await;
    let mut eve = server.connect().await;
    eve.send("NICK NickServ").await;
    eve.send("USER eve 0 * :Eve").await;
    eve.until("433").await;
    let whois = alice.run("WHOIS nickserv").await;
    assert!(whois.iter().any(|m| m.command == "311" && m.param(1) == "NickServ"), "{whois:?}");
    assert_eq!(whois.last().map(|m| m.command.as_str()), Some("318"));
    assert_eq!(alice.ask("ISON nickserv nobody", "303").await.last(), "NickServ");
}

fn mode<'a>(shown: &'a [Message], params: &[&str]) -> Option<&'a Message> {
    shown.iter().find(|m| m.command == "MODE" && m.params == params)
}

#[tokio::test]
async fn chanserv_gives_and_takes_for_operators_alone() {
    let server = open();
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    alice.sync().await;
    let refused = told(&mut bob, "CHANSERV OP #room").await;
    assert!(says(&refused, "not an operator"), "{refused:?}");
    for (line, change) in [
        ("CS VOICE #room bob", "+v"),
        ("CS DEVOICE #room bob", "-v"),
        ("PRIVMSG ChanServ :op #room bob", "+o"),
        ("CHANSERV DEOP #room bob", "-o"),
    ] {
        let shown = alice.run(line).await;
        assert!(mode(&shown, &["#room", change, "bob"]).is_some(), "{line}: {shown:?}");
    }
    assert!(says(&told(&mut alice, "CS DEOP #room bob").await, "so already"));
    assert!(says(&told(&mut alice, "CS OP #room nobody").await, "Nobody"));
    assert!(says(&told(&mut alice, "CS OP room bob").await, "no room"));
    let info = told(&mut bob, "CS INFO #room").await;
    assert!(says(&info, "nobody has registered it"), "{info:?}");
    alice.run("MODE #room +s").await;
    bob.run("PART #room").await;
    let hidden = told(&mut bob, "CS INFO #room").await;
    assert!(says(&hidden, "no room #room"), "{hidden:?}");
    assert!(says(&told(&mut bob, "CS REGISTER #room").await, "no such room"));
}
