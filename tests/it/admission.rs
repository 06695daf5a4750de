//! Who may connect: strangers apart from who is in, new connections no faster than so, and what the refused are told.

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{Client, PASSWORD, PATIENCE, Server, web};

const PLAIN: &str = "--listen-plain=127.0.0.1:0";
const METRICS: &str = "--listen-metrics=127.0.0.1:0";
const LOOPBACK: &str = "--limit-loopback=true";
/// What stands for a handshake that is refused. Source: RFC 8446, section 6.
const ACCESS_DENIED: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 49];

/// A connection on which nothing was said.
async fn stranger(server: &Server) -> Client {
    Client::plain(&server.plain_addresses()[0]).await
}

/// What is said to who connects and is refused.
async fn refusal(server: &Server) -> String {
    let told = stranger(server).await.closed().await;
    assert_eq!(told[0].command, "ERROR", "{told:?}");
    told[0].last().to_owned()
}

async fn refused(server: &Server, cause: &str) -> f64 {
    let mut stream = web::plain(&server.metrics_addresses()[0]).await;
    let page = web::request(&mut stream, "GET", "/metrics", "").await.text();
    let name = format!("chat_connections_refused_total{{cause=\"{cause}\"}} ");
    page.lines().find_map(|line| line.strip_prefix(&name)).expect("the metric").parse().unwrap()
}

/// Tries until there is a place.
async fn admitted(server: &Server) -> Client {
    let trying = async {
        loop {
            let mut client = stranger(server).await;
            client.send("PING a").await;
            if let Some("PONG") = client.next_command().await.as_deref() {
                return client;
            }
        }
    };
    timeout(PATIENCE, trying).await.expect("a place in time")
}

#[tokio::test]
async fn strangers_of_one_address_have_few_places_and_take_none_of_who_is_in() {
    let server = Server::with(&["--guests", PLAIN, METRICS, LOOPBACK, "--unregistered-per-address-max=2"]);
    let mut inside = Vec::new();
    for number in 0..4 {
        let mut client = admitted(&server).await;
        client.register_guest(&format!("guest-{number}")).await;
        inside.push(client);
    }
    let mut first = admitted(&server).await;
    let _second = admitted(&server).await;
    let text = "Too many connections from your address are not signed in; try again in 10 s";
    assert_eq!(refusal(&server).await, text);
    assert!(refused(&server, "address_unregistered").await >= 1.0);
    // Where TLS is spoken they are told before any work is done.
    let address = format!("127.0.0.1:{}", server.port());
    let mut tls = TcpStream::connect(address).await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, tls.read_to_end(&mut answer)).await.expect("it is closed in time").unwrap();
    assert_eq!(answer, ACCESS_DENIED);
    for client in &mut inside {
        client.sync().await;
    }
    first.register_guest("another").await;
    admitted(&server).await.register_guest("yet-another").await;
}

#[tokio::test]
async fn strangers_of_all_addresses_leave_places_for_who_is_in() {
    let server = Server::with(&["--guests", PLAIN, METRICS, "--unregistered-max=1"]);
    let mut first = admitted(&server).await;
    assert_eq!(refusal(&server).await, "Too many people are signing in; try again in 10 s");
    assert!(refused(&server, "unregistered").await >= 1.0);
    first.register_guest("gina").await;
    admitted(&server).await.register_guest("hank").await;
}

#[tokio::test]
async fn an_address_connects_no_faster_than_so_and_the_log_is_short() {
    let server = Server::with(&[
        "--guests",
        PLAIN,
        METRICS,
        LOOPBACK,
        "--connects-burst=3",
        "--connects-per-second=1",
    ]);
    let mut gina = stranger(&server).await;
    gina.register_guest("gina").await;
    let mut times = 0;
    let mut kept = Vec::new();
    while times < 50 {
        let mut client = stranger(&server).await;
        client.send("PING a").await;
        match client.next_command().await.as_deref() {
            Some("ERROR") | None => times += 1,
            Some(_) => kept.push(client),
        }
    }
    assert_eq!(refusal(&server).await, "Your address connects too often; try again in 1 s");
    assert!(refused(&server, "too_fast").await >= 50.0);
    gina.sync().await;
    admitted(&server).await.register_guest("hank").await;
    let lines = server.until_logged("a refusal", |lines| {
        let lines: Vec<_> = lines.iter().filter(|line| line.contains("a connection refused")).collect();
        (!lines.is_empty()).then_some(lines.len())
    });
    assert!(lines <= 3, "{lines} lines for one burst");
}

#[tokio::test]
async fn this_machine_connects_as_fast_as_it_likes_unless_that_is_said() {
    let server = Server::with(&["--guests", PLAIN, "--connects-burst=1", "--connects-per-second=1"]);
    for _ in 0..20 {
        stranger(&server).await.sync().await;
    }
}

#[tokio::test]
async fn behind_a_proxy_each_client_has_a_pace_of_its_own() {
    let server = Server::with(&[
        "--guests",
        "--listen-plain=proxy://127.0.0.1:0",
        "--connects-burst=1",
        "--connects-per-second=1",
    ]);
    let address = server.plain_addresses()[0].trim_start_matches("proxy://").to_owned();
    let mut told = Vec::new();
    for last in [1, 1, 1, 2] {
        let mut client = Client::plain(&address).await;
        client.send(format!("PROXY TCP4 192.0.2.{last} 127.0.0.1 1 2")).await;
        client.send("PING a").await;
        told.push(client.next_command().await.unwrap_or_default());
    }
    assert_eq!(told, ["PONG", "PONG", "ERROR", "PONG"]);
}

#[tokio::test]
async fn the_companion_says_that_there_is_no_place() {
    let server = Server::with(&[PLAIN, "--unregistered-max=1"]);
    server.adduser("alice");
    let _first = admitted(&server).await;
    let args = ["--user", "alice", "--fingerprint", server.fingerprint(), "--password-stdin"];
    let said = server.companion(&args, &format!("{PASSWORD}\nhello\n"));
    assert!(said.stderr.contains("it takes no more connections from here"), "{said:?}");
    assert_ne!(said.code, Some(0));
}
