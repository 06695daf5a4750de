//! What a stranger learns of who has an account: nothing, by no door. The right password opens; all else gets the
//! same words, counts the same, and leaves the same behind.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::{Client, Message, PASSWORD, Server, web};

const WRONG: &str = "battery staple horse";
/// One that is there, one without a password, one that is suspended, and nobody; all as long as each other.
const NAMES: [&str; 4] = ["alice", "nopas", "suspd", "erwin"];

/// A server with these; nothing limits how fast one asks.
fn server() -> Server {
    let server = Server::with(&["--guests", "--flood-per-second=0", "--listen-web=localhost:0"]);
    for name in ["alice", "suspd"] {
        server.adduser(name);
    }
    server.chatctl(&["suspend", "suspd"]).success();
    server.chatctl(&["adduser", "nopas", "--no-password"]).success();
    server
}

/// All that was told, in the words of whom it is about; a second passes now and then.
fn words(told: &[Message], name: &str) -> String {
    let lines: Vec<String> = told.iter().map(|m| format!("{} {:?}", m.command, m.params)).collect();
    lines.join("\n").replace(name, "NAME").replace("in 1 s", "in 2 s")
}

async fn sasl(server: &Server, name: &str, password: &str) -> String {
    let mut client = server.connect().await;
    client.begin(name, &[]).await;
    client.send("AUTHENTICATE PLAIN").await;
    client.until("AUTHENTICATE").await;
    client.send(format!("AUTHENTICATE {}", STANDARD.encode(format!("\0{name}\0{password}")))).await;
    words(&client.all_until("904").await, name)
}

/// As a guest, whose nick is always the same.
async fn as_guest(server: &Server, line: &str, name: &str) -> String {
    let mut guest = server.guest("gina").await;
    let told = guest.run(line).await;
    guest.send("QUIT").await;
    guest.closed().await;
    words(&told, name)
}

async fn basic(server: &Server, name: &str, password: &str) -> String {
    let fields = format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{name}:{password}")));
    let answer = web::request(&mut web::tls(server).await, "GET", "/api/rooms", &fields).await;
    let waits = !answer.field("retry-after").is_empty();
    format!("{} {waits} {}", answer.status, answer.text().replace(name, "NAME").replace("in 1 s", "in 2 s"))
}

/// What each of the names gets at this door, the first attempts and those that are too many.
async fn at_door(server: &Server, door: &str, name: &str) -> Vec<String> {
    let mut told = Vec::new();
    for _ in 0..4 {
        told.push(match door {
            "SASL PLAIN" => sasl(server, name, WRONG).await,
            "OPER" => as_guest(server, &format!("OPER {name} :{WRONG}"), name).await,
            "NickServ" => as_guest(server, &format!("NS IDENTIFY {name} {WRONG}"), name).await,
            "Basic" => basic(server, name, WRONG).await,
            _ => panic!("{door}"),
        });
    }
    told
}

#[tokio::test]
async fn at_every_door_a_known_and_an_unknown_name_get_the_same() {
    for door in ["SASL PLAIN", "OPER", "NickServ", "Basic"] {
        let server = server();
        let first = at_door(&server, door, NAMES[0]).await;
        assert_ne!(first[0], first[3], "{door}: the fourth is one too many, {first:?}");
        for name in &NAMES[1..] {
            assert_eq!(at_door(&server, door, name).await, first, "{door}: {name}");
        }
    }
}

#[tokio::test]
async fn a_suspended_account_with_the_right_password_is_none() {
    let server = server();
    assert_eq!(sasl(&server, "suspd", PASSWORD).await, sasl(&server, "erwin", PASSWORD).await);
    assert_eq!(basic(&server, "suspd", PASSWORD).await, basic(&server, "erwin", PASSWORD).await);
    for command in ["OPER", "NS IDENTIFY"] {
        let mut told = Vec::new();
        for name in ["suspd", "erwin"] {
            told.push(as_guest(&server, &format!("{command} {name} {WRONG}"), name).await);
        }
        assert_eq!(told[0], told[1], "{command}");
    }
}

#[tokio::test]
async fn before_one_is_in_no_command_tells_who_is_there() {
    let server = Server::start();
    server.adduser("alice");
    let mut transcripts = Vec::new();
    for name in ["alice", "erwin"] {
        let mut client: Client = server.connect().await;
        client.send("CAP LS 302").await;
        client.until("CAP").await;
        let mut told = Vec::new();
        for line in [
            format!("NICK {name}"),
            format!("WHOIS {name}"),
            format!("METADATA {name} LIST"),
            format!("REGISTER {name} * :{PASSWORD}"),
            format!("VERIFY {name} code"),
            format!("PRIVMSG {name} :hello"),
            format!("MONITOR + {name}"),
            format!("PASS {name}:{PASSWORD}"),
            format!("USER {name} 0 * :somebody"),
        ] {
            told.extend(client.run(&line).await);
        }
        client.send("CAP END").await;
        told.extend(client.closed().await);
        transcripts.push(words(&told, name));
    }
    assert_eq!(transcripts[0], transcripts[1]);
}
