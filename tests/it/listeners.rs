//! Doors: TLS, loopback without TLS, unix sockets; and what is no IRC at all.

use std::os::unix::fs::PermissionsExt as _;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{Client, PATIENCE, Server};

#[tokio::test]
async fn without_tls_the_loopback_and_unix_sockets_are_there_when_asked_for() {
    let server = Server::with(&["--guests", "--listen-plain=127.0.0.1:0", "--listen-plain=unix:chat.sock"]);
    let mut gina = Client::plain(&server.plain_addresses()[0]).await;
    gina.register_guest("gina").await;
    let socket = server.folder().join("chat.sock");
    let mode = std::fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "others can't open the socket: {mode:o}");
    let mut hank = Client::plain(&format!("unix:{}", socket.display())).await;
    hank.register_guest("hank").await;
    gina.send("PRIVMSG hank :hello").await;
    assert_eq!(hank.until("PRIVMSG").await.last(), "hello");
    let told = gina.run("WHOIS gina").await;
    assert!(told.iter().all(|m| m.command != "671"), "this is no secure connection: {told:?}");
}

#[tokio::test]
async fn a_socket_left_behind_is_no_obstacle() {
    let mut server = Server::with(&["--guests", "--listen-plain=unix:chat.sock"]);
    server.kill();
    server.start_again();
    let socket = server.folder().join("chat.sock");
    Client::plain(&format!("unix:{}", socket.display())).await.register_guest("gina").await;
}

#[tokio::test]
async fn two_listeners_serve_one_chat() {
    let server = Server::with(&["--guests", "--listen=127.0.0.1:0"]);
    let mut clients = Vec::new();
    for (address, nick) in server.addresses().iter().zip(["gina", "hank"]) {
        let port = address.rsplit(':').next().unwrap().parse().unwrap();
        let mut client = Client::tls(port, server.fingerprint(), None).await;
        client.register_guest(nick).await;
        clients.push(client);
    }
    clients[0].send("PRIVMSG hank :hello").await;
    assert_eq!(clients[1].until("PRIVMSG").await.last(), "hello");
}

#[tokio::test]
async fn who_speaks_no_tls_is_closed_and_others_go_on() {
    let server = Server::with(&["--guests", "--handshake-timeout-s=1"]);
    for greeting in [&b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..], b""] {
        let mut stream = TcpStream::connect(("localhost", server.port())).await.unwrap();
        stream.write_all(greeting).await.unwrap();
        let mut answer = Vec::new();
        // A reset is an end as well.
        drop(timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("it is closed in time"));
    }
    server.guest("gina").await;
}

#[tokio::test]
async fn a_hundred_come_at_once() {
    let server = Server::with(&["--guests", "--sessions-per-address-max=200"]);
    let (port, fingerprint) = (server.port(), server.fingerprint().to_owned());
    let tasks: Vec<_> = (0..100)
        .map(|n| {
            let fingerprint = fingerprint.clone();
            tokio::spawn(async move {
                let mut client = Client::tls(port, &fingerprint, None).await;
                client.register_guest(&format!("visitor-{n}")).await;
                client.run("JOIN #crowd").await;
                client
            })
        })
        .collect();
    let mut clients = Vec::new();
    for task in tasks {
        clients.push(task.await.unwrap());
    }
    clients[0].send("PRIVMSG #crowd :welcome all").await;
    for client in &mut clients[1..] {
        assert_eq!(client.until("PRIVMSG").await.last(), "welcome all");
    }
}
