//! The PROXY protocol: on listeners that expect it, and nowhere else.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use crate::support::web::{self, Bytes, Frames};
use crate::support::{Client, PATIENCE, Server};

const ADDRESS: &str = "192.0.2.7";

fn words() -> Vec<u8> {
    format!("PROXY TCP4 {ADDRESS} 127.0.0.1 65533 6697\r\n").into_bytes()
}

/// Version 2; command 1 speaks for a client, 0 for the proxy itself.
fn bytes(command: u8) -> Vec<u8> {
    let addresses = [192, 0, 2, 7, 127, 0, 0, 1, 0xff, 0xfd, 26, 41];
    [&b"\r\n\r\n\0\r\nQUIT\n"[..], &[0x20 | command, 0x11, 0, 12], &addresses].concat()
}

/// HOST:PORT without what stands before.
fn target(announced: &str) -> &str {
    announced.trim_start_matches("proxy://")
}

async fn open(announced: &str, header: &[u8]) -> Bytes {
    let mut stream: Bytes = match target(announced).strip_prefix("unix:") {
        Some(path) => Box::new(UnixStream::connect(path).await.unwrap()),
        None => Box::new(TcpStream::connect(target(announced)).await.unwrap()),
    };
    stream.write_all(header).await.unwrap();
    stream
}

/// The address that the server tells a guest of itself.
async fn address_of(client: &mut Client, nick: &str) -> Option<String> {
    client.register_guest(nick).await;
    let told = client.run(&format!("WHOIS {nick}")).await;
    let own = told.iter().find(|m| m.command == "338")?;
    assert_eq!((own.params.len(), own.param(1)), (5, nick));
    assert!(own.param(2).contains('@'), "{own:?}");
    Some(own.param(3).to_owned())
}

fn start() -> Server {
    Server::with(&[
        "--guests",
        "--listen=proxy://127.0.0.1:0",
        "--listen-plain=proxy://127.0.0.1:0",
        "--listen-web=proxy://127.0.0.1:0",
        "--listen-web-plain=proxy://127.0.0.1:0",
    ])
}

#[tokio::test]
async fn on_each_listener_the_header_says_who_it_is() {
    let server = start();
    for (number, header) in [words(), bytes(1)].iter().enumerate() {
        let nick = |kind: &str| format!("{kind}{number}");
        let stream = open(&server.plain_addresses()[0], header).await;
        let mut client = Client::over(stream, 0);
        assert_eq!(address_of(&mut client, &nick("plain")).await.as_deref(), Some(ADDRESS));

        let stream = open(&server.addresses()[1], header).await;
        let mut client = Client::tls_over(stream, server.fingerprint()).await;
        assert_eq!(address_of(&mut client, &nick("tls")).await.as_deref(), Some(ADDRESS));

        let stream = open(&server.web_plain_addresses()[0], header).await;
        let mut client = Frames::over(stream, "text.ircv3.net").await.lines();
        assert_eq!(address_of(&mut client, &nick("web-plain")).await.as_deref(), Some(ADDRESS));

        let stream = open(&format!("127.0.0.1:{}", server.web_port()), header).await;
        let stream = web::over_tls(stream, &server).await;
        let mut client = Frames::over(stream, "text.ircv3.net").await.lines();
        assert_eq!(address_of(&mut client, &nick("web")).await.as_deref(), Some(ADDRESS));
        // Nobody else is told.
        let told = client.run(&format!("WHOIS {}", nick("plain"))).await;
        assert!(told.iter().all(|m| m.command != "338"), "{told:?}");
    }
}

#[tokio::test]
async fn on_a_unix_socket_it_is_the_only_address() {
    let server = Server::with(&[
        "--guests",
        "--listen-plain=proxy://unix:proxied.sock",
        "--listen-plain=unix:own.sock",
    ]);
    let path = |name: &str| format!("unix:{}", server.folder().join(name).display());
    let mut proxied = Client::over(open(&path("proxied.sock"), &words()).await, 0);
    assert_eq!(address_of(&mut proxied, "gina").await.as_deref(), Some(ADDRESS));
    let mut own = Client::plain(&path("own.sock")).await;
    assert_eq!(address_of(&mut own, "hank").await, None);
}

#[tokio::test]
async fn a_proxy_that_speaks_for_itself_has_its_own_address() {
    let server = start();
    for (header, nick) in [(bytes(0), "gina"), (b"PROXY UNKNOWN\r\n".to_vec(), "hank")] {
        let mut client = Client::over(open(&server.plain_addresses()[0], &header).await, 0);
        assert_eq!(address_of(&mut client, nick).await.as_deref(), Some("127.0.0.1"));
    }
}

#[tokio::test]
async fn without_a_header_there_is_no_session() {
    let server = Server::with(&["--guests", "--listen-plain=proxy://127.0.0.1:0", "--handshake-timeout-s=1"]);
    let endless = [&b"PROXY TCP4 "[..], &[b'1'; 500]].concat();
    for header in [
        &b"NICK gina\r\nUSER gina 0 * :gina\r\n"[..],
        b"PROXY TCP4 nobody 127.0.0.1 1 2\r\nNICK gina\r\n",
        &endless,
        // Too slow.
        b"PROXY TCP4",
        b"",
    ] {
        let mut stream = open(&server.plain_addresses()[0], header).await;
        let mut answer = Vec::new();
        // A reset is an end as well.
        drop(timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("it is closed in time"));
        assert_eq!(answer, b"", "{header:?}");
    }
}

#[tokio::test]
async fn elsewhere_a_header_is_not_believed() {
    let server = Server::with(&["--guests", "--listen-plain=127.0.0.1:0", "--listen-web-plain=127.0.0.1:0"]);
    let mut client = Client::over(open(&server.plain_addresses()[0], &words()).await, 0);
    assert_eq!(address_of(&mut client, "gina").await.as_deref(), Some("127.0.0.1"));
    let mut client = Client::plain(&server.plain_addresses()[0]).await;
    let forwarded = [("X-Forwarded-For", ADDRESS), ("Forwarded", "for=192.0.2.7"), ("X-Real-IP", ADDRESS)];
    assert_eq!(address_of(&mut client, "hank").await.as_deref(), Some("127.0.0.1"));
    let stream = web::plain(&server.web_plain_addresses()[0]).await;
    let mut client = Frames::ask(stream, "ws://localhost/", &forwarded).await.ok().unwrap().lines();
    assert_eq!(address_of(&mut client, "ivy").await.as_deref(), Some("127.0.0.1"));
    let mut tls = TcpStream::connect(server.address()).await.unwrap();
    tls.write_all(&words()).await.unwrap();
    let mut answer = Vec::new();
    drop(timeout(PATIENCE, tls.read_to_end(&mut answer)).await.expect("it is closed in time"));
}

#[tokio::test]
async fn limits_count_who_is_behind_the_proxy() {
    let server =
        Server::with(&["--guests", "--listen-plain=proxy://127.0.0.1:0", "--sessions-per-address-max=1"]);
    let header = |last: u8| format!("PROXY TCP4 192.0.2.{last} 127.0.0.1 1 2\r\n").into_bytes();
    let mut clients = Vec::new();
    for last in 1..4 {
        let mut client = Client::over(open(&server.plain_addresses()[0], &header(last)).await, 0);
        client.register_guest(&format!("guest-{last}")).await;
        clients.push(client);
    }
    let mut second = Client::over(open(&server.plain_addresses()[0], &header(2)).await, 0);
    let told = second.closed().await;
    assert!(told.iter().any(|m| m.last().starts_with("Too many connections from your")), "{told:?}");
    // The proxy's own address has not been counted.
    server.guest("local").await;
}
