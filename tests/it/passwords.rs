//! New passwords: what anybody would try first is refused wherever one is set, in words that help.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::{Message, Server};

const GOOD: &str = "correct-horse-battery";

/// Weak ones for this account, each with a word of why.
fn weak(name: &str) -> [(String, &'static str); 4] {
    [
        ("short".to_owned(), "too short"),
        ("P@ssw0rd1".to_owned(), "first that anybody"),
        ("qwertz123".to_owned(), "pattern"),
        (format!("{name}2026"), "name"),
    ]
}

fn tells(told: &[Message], why: &str) -> bool {
    told.iter().any(|message| message.last().contains(why))
}

#[tokio::test]
async fn a_weak_password_is_refused_wherever_one_is_set() {
    let server = Server::with(&["--guests", "--registration=open", "--flood-per-second=0"]);
    let mut quentin = server.guest("quentin").await;
    for (weak, why) in weak("quentin") {
        assert!(tells(&quentin.run(&format!("NS REGISTER {weak}")).await, why), "NickServ: {weak}");
        let told = quentin.run(&format!("REGISTER * * {weak}")).await;
        assert!(
            told[0].is("FAIL", &["REGISTER", "WEAK_PASSWORD", "quentin"]) && tells(&told, why),
            "{told:?}"
        );
    }
    assert!(tells(&quentin.run(&format!("NS REGISTER {GOOD}")).await, "account quentin now"));
    for (weak, why) in weak("quentin") {
        let told = quentin.run(&format!("PASSWD {} {}", STANDARD.encode(GOOD), STANDARD.encode(&weak))).await;
        assert!(told[0].is("FAIL", &["PASSWD", "WEAK_PASSWORD"]) && tells(&told, why), "{told:?}");
        assert!(tells(&quentin.run(&format!("NS PASSWD {GOOD} {weak}")).await, why), "NickServ: {weak}");
    }
}

#[test]
fn chatctl_sets_no_weak_password_either() {
    let server = Server::start();
    server.adduser("brunhild");
    for (name, command) in [("quentin", "adduser"), ("brunhild", "passwd"), ("localhost", "hash-password")] {
        let arguments = [command, "--password-stdin", name];
        let arguments = if command == "hash-password" { &arguments[..2] } else { &arguments };
        for (weak, why) in weak(name) {
            let told = server.chatctl_with(arguments, &format!("{weak}\n")).failure(1);
            assert!(told.contains(why) && told.contains("four words"), "{command} {weak}: {told}");
        }
    }
}

#[test]
fn a_server_for_tests_takes_weak_passwords() {
    let server = Server::with(&["--weak-passwords", "--password-bytes-min=3"]);
    server.chatctl_with(&["adduser", "quentin", "--password-stdin"], "ab\n").failure(1);
    server.chatctl_with(&["adduser", "quentin", "--password-stdin"], "abc\n").success();
}
