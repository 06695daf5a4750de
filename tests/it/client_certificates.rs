//! SASL EXTERNAL: signing in with a client certificate that the account knows.

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::support::trust::{self, Identity};
use crate::support::{Client, Message, Server};

pub(super) fn certificate() -> Identity {
    let key = KeyPair::generate().unwrap();
    let cert = CertificateParams::new(vec!["laptop".to_owned()]).unwrap().self_signed(&key).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    (cert.der().clone(), key)
}

/// The line that decides.
pub(super) async fn external(client: &mut Client, authzid: &str) -> Message {
    client.send("AUTHENTICATE EXTERNAL").await;
    client.send(format!("AUTHENTICATE {authzid}")).await;
    client.expect("the end of SASL", |m| ["903", "904"].contains(&m.command.as_str())).await
}

#[tokio::test]
async fn a_known_certificate_signs_in_and_a_removed_one_does_not() {
    let server = Server::start();
    server.adduser("alice");
    let laptop = certificate();
    let fingerprint = trust::fingerprint(&laptop.0);
    server.chatctl(&["certfp", "add", "alice", &fingerprint, "--label", "laptop"]).success();

    let mut alice = server.connect_as(&laptop).await;
    alice.begin("alice", &[]).await;
    assert_eq!(external(&mut alice, "+").await.command, "903");
    alice.ask("CAP END", "001").await;
    let mut named = server.connect_as(&laptop).await;
    named.begin("alice", &[]).await;
    assert_eq!(external(&mut named, "Ym9i").await.command, "904", "it does not speak for bob");
    assert_eq!(external(&mut named, "YWxpY2U=").await.command, "903");

    server.chatctl(&["certfp", "remove", "alice", &fingerprint]).success();
    let mut late = server.connect_as(&laptop).await;
    late.begin("alice", &[]).await;
    assert_eq!(external(&mut late, "+").await.command, "904");
}

#[tokio::test]
async fn a_stranger_or_nobody_with_a_certificate_is_not_let_in() {
    let server = Server::start();
    server.adduser("alice");
    for mut client in [server.connect_as(&certificate()).await, server.connect().await] {
        client.begin("alice", &[]).await;
        assert_eq!(external(&mut client, "+").await.command, "904");
    }
}

#[tokio::test]
async fn a_guest_who_is_in_signs_in_by_certificate() {
    let server = Server::with(&["--guests"]);
    server.adduser("alice");
    let laptop = certificate();
    let fingerprint = trust::fingerprint(&laptop.0);
    server.chatctl(&["certfp", "add", "alice", &fingerprint, "--label", "laptop"]).success();
    let mut gina = server.connect_as(&laptop).await;
    let offers = gina.run("CAP LS 302").await;
    assert!(offers.iter().any(|m| m.last().split(' ').any(|cap| cap == "sasl=PLAIN,EXTERNAL")), "{offers:?}");
    gina.send("CAP END").await;
    gina.register_guest("gina").await;
    assert_eq!(external(&mut gina, "+").await.command, "903");
    assert_eq!(gina.ask("WHOIS gina", "330").await.param(2), "alice");
    gina.ask("AUTHENTICATE EXTERNAL", "907").await;
}
