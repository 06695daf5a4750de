//! TLS as strangers meet it: what is negotiated, what is refused, and that a client's certificate
//! is its own choice.

use std::sync::Arc;

use rustls::crypto::{SupportedKxGroup, aws_lc_rs};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, NamedGroup, ProtocolVersion, SupportedProtocolVersion, version};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::{Client, Message, PASSWORD, PATIENCE, Server, trust};

/// A handshake as this client has it.
async fn handshake(server: &Server, config: ClientConfig) -> TlsStream<TcpStream> {
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

/// The same trust with these versions and groups only.
fn config(
    server: &Server,
    versions: &[&'static SupportedProtocolVersion],
    groups: &[NamedGroup],
) -> ClientConfig {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = aws_lc_rs::ALL_KX_GROUPS.to_vec();
    if !groups.is_empty() {
        provider.kx_groups.retain(|group| groups.contains(&group.name()));
    }
    trust::pinned_with(provider, versions, server.fingerprint())
}

/// What the server says to these bytes where a handshake is expected, until it closes.
async fn answer(server: &Server, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A reset is an end as well.
    drop(timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("it is closed in time"));
    answer
}

/// A ClientHello of TLS 1.1 (2) or 1.2 (3), with all else that TLS 1.2 needs.
fn hello(version: u8) -> Vec<u8> {
    let mut body = vec![3, version];
    body.extend([7; 32]);
    // No session; two suites; no compression.
    body.extend([0, 0, 4, 0xc0, 0x2b, 0xc0, 0x13, 1, 0]);
    let extensions = [
        &[0, 13, 0, 4, 0, 2, 4, 3][..], // ECDSA with P-256 and SHA-256
        &[0, 10, 0, 4, 0, 2, 0, 29],    // X25519
        &[0, 11, 0, 2, 1, 0],           // points as they are
    ]
    .concat();
    body.extend([0, extensions.len().try_into().unwrap()]);
    body.extend(extensions);
    let mut handshake = vec![1, 0, 0, body.len().try_into().unwrap()];
    handshake.extend(body);
    let mut record = vec![22, 3, 1, 0, handshake.len().try_into().unwrap()];
    record.extend(handshake);
    record
}

#[tokio::test]
async fn tls_1_3_and_1_2_are_spoken() {
    let server = Server::with(&["--guests"]);
    for (version, expected) in
        [(&version::TLS13, ProtocolVersion::TLSv1_3), (&version::TLS12, ProtocolVersion::TLSv1_2)]
    {
        let mut stream = handshake(&server, config(&server, &[version], &[])).await;
        assert_eq!(stream.get_ref().1.protocol_version(), Some(expected));
        stream.write_all(b"PING here\r\n").await.unwrap();
        let mut bytes = [0; 64];
        let read = timeout(PATIENCE, stream.read(&mut bytes)).await.unwrap().unwrap();
        assert!(String::from_utf8_lossy(&bytes[..read]).contains("PONG"), "{expected:?}");
    }
    let stream = handshake(&server, config(&server, &[&version::TLS12, &version::TLS13], &[])).await;
    assert_eq!(stream.get_ref().1.protocol_version(), Some(ProtocolVersion::TLSv1_3), "the better one");
}

#[tokio::test]
async fn the_key_exchange_stands_a_quantum_computer_where_the_client_can() {
    let server = Server::start();
    let both = [NamedGroup::X25519MLKEM768, NamedGroup::X25519];
    for (groups, expected) in [
        (&both[..], NamedGroup::X25519MLKEM768),
        (&both[..1], NamedGroup::X25519MLKEM768),
        (&both[1..], NamedGroup::X25519),
    ] {
        let stream = handshake(&server, config(&server, &[&version::TLS13], groups)).await;
        let group = stream.get_ref().1.negotiated_key_exchange_group().map(SupportedKxGroup::name);
        assert_eq!(group, Some(expected), "offered {groups:?}");
    }
}

#[tokio::test]
async fn what_is_older_or_no_handshake_is_refused_and_others_go_on() {
    let server = Server::with(&["--guests", "--handshake-timeout-s=1"]);
    let mut gina = server.guest("gina").await;
    assert_eq!(answer(&server, &hello(3)).await.first(), Some(&22), "a handshake begins");
    let old = answer(&server, &hello(2)).await;
    assert_eq!(old, [21, 3, 3, 0, 2, 2, 70], "a fatal alert: the version");

    let mut broken = hello(3);
    broken[9..11].fill(0xff);
    let mut endless = vec![22, 3, 1, 0xff, 0xff];
    endless.extend([1; 70_000]);
    let mut cut = hello(3);
    cut.truncate(20);
    for bytes in
        [broken, endless, cut, vec![22], vec![0; 2000], b"NICK gina\r\nUSER g 0 * :g\r\nPING x\r\n".to_vec()]
    {
        let told = answer(&server, &bytes).await;
        let words = String::from_utf8_lossy(&told);
        assert!(!words.contains("PONG") && !words.contains("001"), "nothing without TLS: {words:?}");
        assert!(gina.sync().await.is_empty());
    }
    server.guest("hank").await;
}

/// Signs in with a password, with or without a certificate that nobody knows.
async fn sign_in(client: &mut Client) -> Vec<Message> {
    client.login("alice", PASSWORD, &[]).await
}

#[tokio::test]
async fn a_client_certificate_is_taken_and_never_demanded() {
    let server = Server::start();
    server.adduser("alice");
    let stranger = trust::identity();
    for mut client in [server.connect().await, server.connect_as(&stranger).await] {
        let greeting = sign_in(&mut client).await;
        assert!(greeting.iter().any(|line| line.command == "001"), "{greeting:?}");
    }
    // Only who has one is offered to sign in with it.
    for (identity, offered) in [(None, "sasl=PLAIN"), (Some(&stranger), "sasl=PLAIN,EXTERNAL")] {
        let mut client = Client::tls(server.port(), server.fingerprint(), identity).await;
        let list = client.ask("CAP LS 302", "CAP").await;
        assert!(list.last().split(' ').any(|word| word == offered), "{list}");
    }
}
