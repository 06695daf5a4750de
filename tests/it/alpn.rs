//! One port for IRC and for browsers: who offers what is answered in what.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use axum::body::{Body, to_bytes};
use hyper::Request;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::web::{self, Bytes, Frames};
use crate::support::{PASSWORD, Server};

const WEB: &str = "--listen-web=localhost:0";

/// A connection to this port that offers these protocols, and the one that was chosen.
async fn connect(server: &Server, port: u16, offered: &[&str]) -> std::io::Result<(Bytes, Option<String>)> {
    let stream = TcpStream::connect(("localhost", port)).await.unwrap();
    web::offering(stream, server, offered).await
}

/// The first bytes of what is answered.
async fn answered(mut stream: Bytes, asked: &str) -> String {
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn what_a_client_offers_decides_what_is_spoken_on_each_port() {
    let server = Server::with(&[WEB]);
    let irc = "CAP LS 302\r\n";
    let http = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (offered, on_irc, on_web) in [
        (&[][..], "irc", "http"),
        (&["irc"], "irc", "irc"),
        (&["http/1.1"], "http", "http"),
        (&["irc", "http/1.1"], "irc", "http"),
        (&["http/1.1", "acme-tls/1"], "http", "http"),
    ] {
        for (port, spoken) in [(server.port(), on_irc), (server.web_port(), on_web)] {
            let (stream, chosen) = connect(&server, port, offered).await.unwrap();
            let named = if spoken == "irc" { "irc" } else { "http/1.1" };
            assert_eq!(chosen.as_deref(), (!offered.is_empty()).then_some(named), "{offered:?}");
            let (asked, begins) = if spoken == "irc" { (irc, ":") } else { (http, "HTTP/1.1 200") };
            let answer = answered(stream, asked).await;
            assert!(answer.starts_with(begins), "{offered:?}: {answer}");
        }
    }
    for port in [server.port(), server.web_port()] {
        assert!(connect(&server, port, &["imap"]).await.is_err(), "nobody speaks that here");
    }
}

#[tokio::test]
async fn a_web_client_signs_in_on_the_port_of_irc() {
    let server = Server::with(&[WEB]);
    server.adduser("bob");
    let (stream, _) = connect(&server, server.port(), &["http/1.1"]).await.unwrap();
    let mut bob = Frames::over(stream, "text.ircv3.net").await.lines();
    bob.login("bob", PASSWORD, &[]).await;
    bob.run("JOIN #room").await;
}

#[tokio::test]
async fn where_there_is_no_web_it_is_on_no_port() {
    let server = Server::with(&["--listen-web="]);
    assert!(connect(&server, server.port(), &["h2", "http/1.1"]).await.is_err());
    assert_eq!(connect(&server, server.port(), &["irc"]).await.unwrap().1.as_deref(), Some("irc"));
}

#[tokio::test]
async fn a_browser_fetches_all_files_on_one_connection_of_http_2() {
    let server = Server::with(&[WEB]);
    let (stream, spoken) = connect(&server, server.web_port(), &["h2", "http/1.1"]).await.unwrap();
    assert_eq!(spoken.as_deref(), Some("h2"));
    let (mut sender, connection) =
        http2::handshake::<_, _, Body>(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let address = format!("https://localhost:{}", server.web_port());
    let page = sender.send_request(Request::get(format!("{address}/")).body(Body::empty()).unwrap());
    let page = page.await.unwrap();
    assert_eq!(page.status(), 200);
    let page = to_bytes(Body::new(page.into_body()), usize::MAX).await.unwrap();
    let page = String::from_utf8(page.to_vec()).unwrap();
    let places = page.split('"').filter(|part| part.starts_with("/assets/"));
    let asked: Vec<_> = places
        .map(|place| {
            sender.send_request(Request::get(format!("{address}{place}")).body(Body::empty()).unwrap())
        })
        .collect();
    assert!(asked.len() > 20);
    for answer in asked {
        assert_eq!(answer.await.unwrap().status(), 200);
    }
    // A page of our own is known by its host, which HTTP/2 names elsewhere.
    for (origin, status) in [(address.as_str(), 415), ("https://evil.example", 403)] {
        let request = Request::post(format!("{address}/session")).header("origin", origin);
        let answer = sender.send_request(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), status, "{origin}");
    }
    connection.abort();
}

#[tokio::test]
async fn tls_is_promised_for_a_certificate_that_somebody_vouches_for() {
    let promised = async |server: &Server| {
        let answer = web::request(&mut web::tls(server).await, "GET", "/", "").await;
        answer.field("strict-transport-security").to_owned()
    };
    assert_eq!(promised(&Server::with(&[WEB])).await, "", "nobody vouches for what the server made");
    let vouched = ["--cert=own.pem", "--key=own.key", WEB];
    let server = Server::with_folder(&vouched, vouch);
    assert_eq!(promised(&server).await, "max-age=15552000");
    let server = Server::with_folder(&[vouched.as_slice(), &["--hsts-duration-s=0"]].concat(), vouch);
    assert_eq!(promised(&server).await, "");
}

/// A certificate that another has signed, and its key.
fn vouch(folder: &Path) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "An authority");
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    fs::write(folder.join("own.pem"), certificate.pem()).unwrap();
    fs::write(folder.join("own.key"), key.serialize_pem()).unwrap();
    fs::set_permissions(folder.join("own.key"), Permissions::from_mode(0o600)).unwrap();
}
