//! The second factor: added and removed by its owner, asked for at every door once the password was right, and
//! known to nobody before.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chat_secure::auth::totp::TotpSecret;
use chat_secure::clock::Clock;

use crate::support::{Client, Message, PASSWORD, Server, web};

const WRONG: &str = "battery staple horse";

/// What alice has: the secret of her app, and her recovery codes.
pub(crate) struct App {
    pub(crate) secret: String,
    pub(crate) recovery: Vec<String>,
    step: i64,
}

impl App {
    /// A code that was not used yet: of now, or of the moment to come.
    pub(crate) fn code(&mut self) -> String {
        let now = Clock::System.now().0 / 30_000;
        self.step = now.max(self.step + 1);
        assert!(self.step <= now + 1, "there are two codes at a time");
        TotpSecret::of(self.bytes()).code(self.step).to_string()
    }

    /// The secret as it is stored.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        from_base32(&self.secret)
    }

    /// `password code`, with a recovery code, of which there are more.
    pub(crate) fn words(&mut self) -> String {
        format!("{PASSWORD} {}", self.recovery.pop().unwrap())
    }
}

fn from_base32(text: &str) -> Vec<u8> {
    let bits: String = text
        .bytes()
        .map(|c| format!("{:05b}", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|a| *a == c).unwrap()))
        .collect();
    bits.as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect()
}

pub(crate) fn server() -> Server {
    let server = Server::with(&["--guests", "--flood-per-second=0", "--listen-web=localhost:0"]);
    server.chatctl_with(&["adduser", "alice", "--admin", "--password-stdin"], PASSWORD).success();
    server
}

/// Adds one for who is signed in.
pub(crate) async fn enrol(client: &mut Client) -> App {
    let told = client.run(&format!("TOTP ADD {}", STANDARD.encode(PASSWORD))).await;
    assert!(told[0].is("TOTP", &["SECRET"]), "{told:?}");
    let secret = told[0].param(1).to_owned();
    assert!(told[0].param(2).starts_with("otpauth://totp/ChatSecure:alice?secret="), "{told:?}");
    assert!(told[0].param(2).contains(&secret));
    let mut app = App { secret, recovery: Vec::new(), step: 0 };
    let told = client.run(&format!("TOTP CONFIRM {}", app.code())).await;
    assert!(told.last().unwrap().is("TOTP", &["ON", "10"]), "{told:?}");
    app.recovery =
        told.iter().filter(|m| m.is("TOTP", &["RECOVERY"])).map(|m| m.param(1).to_owned()).collect();
    assert_eq!(app.recovery.len(), 10);
    app
}

/// SASL PLAIN: the code of a FAIL, if there is one, and the numeric.
async fn sasl(server: &Server, name: &str, password: &str) -> String {
    let mut client = server.connect().await;
    client.begin(name, &[]).await;
    client.send("AUTHENTICATE PLAIN").await;
    client.send(format!("AUTHENTICATE {}", STANDARD.encode(format!("\0{name}\0{password}")))).await;
    let told = client.expect("an answer", |m| ["FAIL", "903", "904"].contains(&m.command.as_str())).await;
    if told.command != "FAIL" {
        return told.command;
    }
    let numeric = client.until("904").await;
    format!("{} {}", told.param(1), numeric.command)
}

fn codes(told: &[Message]) -> Vec<String> {
    told.iter().map(|m| if m.command == "FAIL" { m.param(1) } else { &m.command }.to_owned()).collect()
}

#[tokio::test]
async fn the_password_alone_is_not_enough_any_more_and_each_code_is_good_once() {
    let server = server();
    let mut alice = server.login("alice", &[]).await;
    assert!(alice.run("TOTP STATUS").await[0].is("TOTP", &["OFF"]));
    let mut other = server.login("alice", &[]).await;
    let mut app = enrol(&mut alice).await;
    assert!(alice.run("TOTP STATUS").await[0].is("TOTP", &["ON", "10"]));
    assert_eq!(sasl(&server, "alice", PASSWORD).await, "CODE_REQUIRED 904");
    let code = app.code();
    assert_eq!(sasl(&server, "alice", &format!("{PASSWORD} {code}")).await, "903");
    assert_eq!(sasl(&server, "alice", &format!("{PASSWORD} {code}")).await, "INVALID_CODE 904");
    let recovery = app.recovery.pop().unwrap();
    assert_eq!(sasl(&server, "alice", &format!("{PASSWORD} {}", recovery.to_uppercase())).await, "903");
    assert_eq!(sasl(&server, "alice", &format!("{PASSWORD} {recovery}")).await, "INVALID_CODE 904");
    // Those who were in stay in.
    other.sync().await;
    let left = alice.run("TOTP STATUS").await;
    assert!(left[0].is("TOTP", &["ON", "9"]), "{left:?}");
}

#[tokio::test]
async fn who_does_not_know_the_password_learns_nothing_of_it() {
    let server = server();
    server.adduser("bobby");
    let mut alice = server.login("alice", &[]).await;
    enrol(&mut alice).await;
    for words in [WRONG.to_owned(), format!("{WRONG} 123456"), format!("{WRONG} k3x9p-0v7wz")] {
        let (one, other) = (sasl(&server, "alice", &words).await, sasl(&server, "bobby", &words).await);
        assert_eq!((one.as_str(), other.as_str()), ("904", "904"), "{words}");
    }
    // All of it counted, for both.
    for name in ["alice", "bobby"] {
        assert_eq!(sasl(&server, name, WRONG).await, "TEMPORARILY_UNAVAILABLE 904", "{name}");
    }
}

#[tokio::test]
async fn wrong_codes_are_slowed_down() {
    let server = server();
    let mut alice = server.login("alice", &[]).await;
    enrol(&mut alice).await;
    for _ in 0..3 {
        // Not there is not wrong.
        assert_eq!(sasl(&server, "alice", PASSWORD).await, "CODE_REQUIRED 904");
    }
    for _ in 0..3 {
        assert_eq!(sasl(&server, "alice", &format!("{PASSWORD} aaaaa-aaaaa")).await, "INVALID_CODE 904");
    }
    let answer = sasl(&server, "alice", &format!("{PASSWORD} aaaaa-aaaaa")).await;
    assert_eq!(answer, "TEMPORARILY_UNAVAILABLE 904");
}

#[tokio::test]
async fn every_door_asks_for_a_code_and_takes_one() {
    let server = server();
    let mut app = enrol(&mut server.login("alice", &[]).await).await;
    let basic = async |words: &str| {
        let fields = format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("alice:{words}")));
        let answer = web::request(&mut web::tls(&server).await, "GET", "/api/rooms", &fields).await;
        (answer.status, answer.text())
    };
    let mut gina = server.guest("gina").await;
    assert_eq!(codes(&gina.run(&format!("OPER alice {}", "wrong")).await), ["464"]);
    assert_eq!(codes(&gina.run(&format!("OPER alice :{PASSWORD}")).await), ["CODE_REQUIRED", "464"]);
    let told = gina.run(&format!("NS IDENTIFY alice {PASSWORD}")).await;
    assert!(told[0].last().contains("code"), "{told:?}");
    let (status, text) = basic(PASSWORD).await;
    assert!(status == 401 && text.contains("code"), "{status} {text}");
    assert_eq!(basic(&app.words()).await.0, 200);
    let told = gina.run(&format!("OPER alice {}", app.words())).await;
    assert!(told.iter().any(|m| m.command == "381"), "{told:?}");
    let told = gina.run(&format!("NS IDENTIFY alice {}", app.words())).await;
    assert!(told.iter().any(|m| m.last().contains("signed in as alice")), "{told:?}");
}

#[tokio::test]
async fn devices_come_in_by_tokens_which_only_a_session_with_a_code_makes() {
    let server = server();
    let (mut alice, mut early) = (server.login("alice", &[]).await, server.login("alice", &[]).await);
    let mut app = enrol(&mut alice).await;
    let made = alice.ask("TOKEN NEW :WeeChat", "TOKEN").await;
    assert_eq!(sasl(&server, "alice", made.param(2)).await, "903");
    assert_eq!(codes(&early.run("TOKEN NEW :mine").await), ["CODE_REQUIRED"], "it was in before");
    let mut late = server.connect().await;
    late.login("alice", &app.words(), &[]).await;
    assert!(late.ask("TOKEN NEW :phone", "TOKEN").await.is("TOKEN", &["NEW"]));
    assert!(sasl(&server, "alice", &format!("{} 123456", made.param(2))).await.ends_with("904"));
}

#[tokio::test]
async fn it_is_removed_by_password_and_code_or_by_the_operator() {
    let server = server();
    let mut alice = server.login("alice", &[]).await;
    let password = STANDARD.encode(PASSWORD);
    assert_eq!(codes(&alice.run(&format!("TOTP ADD {}", STANDARD.encode(WRONG))).await), ["WRONG_PASSWORD"]);
    for (line, code) in [
        ("TOTP ADD !".to_owned(), "INVALID_ENCODING"),
        ("TOTP ADD".to_owned(), "461"),
        ("TOTP CONFIRM 123456".to_owned(), "INVALID_CODE"),
        (format!("TOTP REMOVE {password} 123456"), "WRONG_PASSWORD"),
        ("TOTP WHAT".to_owned(), "UNKNOWN_SUBCOMMAND"),
    ] {
        assert_eq!(codes(&alice.run(&line).await), [code], "{line}");
    }
    let app = enrol(&mut alice).await;
    assert_eq!(codes(&alice.run(&format!("TOTP ADD {password}")).await), ["ALREADY_ON"]);
    assert_eq!(codes(&alice.run(&format!("TOTP REMOVE {password} aaaaa-aaaaa")).await), ["INVALID_CODE"]);
    let told = alice.run(&format!("TOTP REMOVE {password} {}", app.recovery[0])).await;
    assert!(told[0].is("TOTP", &["OFF"]), "{told:?}");
    assert_eq!(sasl(&server, "alice", PASSWORD).await, "903");

    enrol(&mut alice).await;
    let told = server.chatctl(&["totp", "remove", "alice"]).success();
    assert!(told.contains("The password alone signs alice in now"), "{told}");
    assert_eq!(sasl(&server, "alice", PASSWORD).await, "903");
    alice.sync().await;
    server.chatctl(&["totp", "remove", "alice"]).failure(3);
    let log = server.chatctl(&["audit", "--json"]).success();
    for word in ["add_totp", "remove_totp"] {
        assert!(log.contains(word), "{word}: {log}");
    }
    assert!(!log.contains(&app.secret) && app.recovery.iter().all(|code| !log.contains(code.as_str())));
}

#[tokio::test]
async fn the_companion_says_that_a_code_is_needed_and_takes_one_with_the_password() {
    let server = server();
    let mut app = enrol(&mut server.login("alice", &[]).await).await;
    let fingerprint = server.fingerprint().to_owned();
    let arguments = ["--user", "alice", "--password-stdin", "--fingerprint", &fingerprint];
    let told = server.companion(&arguments, &format!("{PASSWORD}\n"));
    assert!(told.stderr.contains("a code is needed"), "{}", told.stderr);
    server.companion(&arguments, &format!("{}\nhello\n", app.words())).success();
}
