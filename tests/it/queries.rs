//! What everybody may ask of the server: help, counts, who was there.

use crate::support::{Message, Server};

fn commands(told: &[Message]) -> Vec<&str> {
    told.iter().map(|m| m.command.as_str()).collect()
}

#[tokio::test]
async fn help_explains_every_command() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let told = alice.run("HELP").await;
    assert_eq!((told[0].command.as_str(), told.last().unwrap().command.as_str()), ("704", "706"));
    let names: Vec<&str> = told.iter().flat_map(|m| m.last().split(' ')).collect();
    for row in chat_secure::commands::TABLE {
        assert!(names.contains(&row.name), "{}", row.name);
    }
    for word in ["HELP", "HELPOP"] {
        let told = alice.run(&format!("{word} privmsg")).await;
        assert_eq!(commands(&told), ["704", "705", "705", "706"]);
        assert!(told.iter().all(|m| m.param(1) == "PRIVMSG"), "{told:?}");
        assert_eq!(told[0].last(), "PRIVMSG <target>{,<target>} <text>");
        let told = alice.run(&format!("{word} flying")).await;
        assert_eq!((commands(&told), told[0].param(1)), (vec!["524"], "flying"));
    }
}

#[tokio::test]
async fn info_tells_about_the_software() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let told = alice.run("INFO").await;
    assert!(told[0].last().starts_with("chat-secure "), "{told:?}");
    assert_eq!(told.last().unwrap().command, "374");
    assert!(told[..told.len() - 1].iter().all(|m| m.command == "371"));
}

#[tokio::test]
async fn whowas_remembers_who_left_and_who_is_called_differently_now() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", &[]).await;
    let told = alice.run("WHOWAS gina").await;
    assert_eq!(commands(&told), ["406", "369"]);
    let mut gina = server.guest("gina").await;
    gina.run("NICK vera").await;
    gina.send("QUIT").await;
    gina.closed().await;
    let mut again = server.guest("Gina").await;
    again.send("QUIT").await;
    again.closed().await;
    let told = alice.run("WHOWAS GINA").await;
    assert_eq!(commands(&told), ["314", "312", "314", "312", "369"]);
    assert_eq!((told[0].param(1), told[0].param(4), told[0].last()), ("Gina", "*", "Gina the guest"));
    assert_eq!(told[2].param(1), "gina");
    assert_eq!(told.last().unwrap().param(1), "GINA");
    assert_eq!(alice.run("WHOWAS gina 1").await.len(), 3);
    assert_eq!(alice.run("WHOWAS gina 0").await.len(), 5);
    assert_eq!(alice.run("WHOWAS vera").await.len(), 3);
    alice.ask("WHOWAS", "431").await;
}

#[tokio::test]
async fn lusers_counts_exactly() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", &[]).await;
    let _phone = server.login("alice", &[]).await;
    alice.run("JOIN #open").await;
    alice.run("JOIN #secret").await;
    alice.run("MODE #secret +s").await;
    let mut gina = server.guest("gina").await;
    let mut registering = server.connect().await;
    registering.sync().await;
    let told = gina.run("LUSERS").await;
    assert_eq!(commands(&told), ["251", "252", "253", "254", "255", "265", "266"]);
    assert_eq!(told[0].last(), "There are 2 users and 0 invisible on 1 server");
    assert_eq!([told[1].param(1), told[2].param(1), told[3].param(1)], ["0", "1", "2"]);
    assert_eq!(told[4].last(), "I have 2 clients and 0 servers");
    assert_eq!(
        (told[5].params[1..3].join(" "), told[6].params[1..3].join(" ")),
        ("2 2".into(), "2 2".into())
    );
    registering.send("QUIT").await;
    registering.closed().await;
    gina.send("QUIT").await;
    gina.closed().await;
    let told = alice.run("LUSERS").await;
    assert_eq!((told[2].param(1), told[5].params[1..3].join(" ")), ("0", "1 2".into()));
}

#[tokio::test]
async fn a_labelled_question_has_one_labelled_answer() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &["batch", "labeled-response"]).await;
    for (line, end) in [("HELP JOIN", "706"), ("WHOWAS nobody", "369"), ("LUSERS", "266"), ("INFO", "374")] {
        let told = alice.run(&format!("@label=x {line}")).await;
        assert!(told[0].is("BATCH", &[]) && told[0].tag("label").as_deref() == Some("x"), "{told:?}");
        assert_eq!(told[told.len() - 2].command, end);
    }
    let told = alice.run("@label=y MODE alice +i").await;
    assert_eq!((told.len(), told[0].tag("label").as_deref()), (1, Some("y")), "{told:?}");
    let told = alice.run("@label=z BANS").await;
    assert_eq!((told[0].command.as_str(), told[0].tag("label").as_deref()), ("481", Some("z")));
}
