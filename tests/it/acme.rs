//! Certificates of an authority: got and renewed by the server itself, and what happens when they can't be.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::support::acme::Authority;
use crate::support::{Server, challenge, process, web};

const NAME: &str = "chat.test";
const REFUSED: &str = "chat_connections_refused_total{cause=\"tls_handshake\"}";

fn start(authority: &Authority) -> Server {
    let directory = format!("--acme-directory={}", authority.directory);
    let domain = format!("--acme-domain={NAME}");
    let metrics = "--listen-metrics=127.0.0.1:0";
    let flags = ["--guests", "--acme-agree-terms", "--acme-ca=ca.pem", metrics, &directory, &domain];
    Server::with_folder(&flags, |folder| fs::write(folder.join("ca.pem"), authority.pem()).unwrap())
}

fn shown(server: &Server) -> Value {
    serde_json::from_str(&server.chatctl(&["--json", "cert", "show"]).success()).unwrap()
}

async fn metric(server: &Server, name: &str) -> String {
    let mut stream = web::plain(&server.metrics_addresses()[0]).await;
    let page = web::request(&mut stream, "GET", "/metrics", "").await.text();
    let value = page.lines().find_map(|line| line.strip_prefix(name));
    value.unwrap_or_else(|| panic!("{name} is not in {page}")).trim().to_owned()
}

fn until_got(server: &Server, count: usize) {
    server.until_logged("the certificate", |lines| {
        (lines.iter().filter(|line| line.contains("a certificate was got")).count() >= count).then_some(())
    });
}

fn until_failed(server: &Server, cause: &str) {
    server.until_logged(cause, |lines| {
        lines.iter().any(|line| line.contains("no certificate was got") && line.contains(cause)).then_some(())
    });
}

/// A visit of somebody who trusts the authority alone.
async fn visit(server: &Server, authority: &Authority) -> std::io::Result<()> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.root()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address()).await?;
    let name = ServerName::try_from(NAME).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_got_kept_and_renewed_for_the_same_key_without_dropping_anybody() {
    let authority = Authority::start().await;
    let mut server = start(&authority);
    let mut gina = server.guest("gina").await;
    let key = shown(&server)["key_fingerprint"].clone();
    assert!(visit(&server, &authority).await.is_err(), "until it is there the self-made one is shown");
    authority.look_at(server.port());
    until_got(&server, 1);
    visit(&server, &authority).await.unwrap();
    gina.sync().await;
    assert_eq!(metric(&server, REFUSED).await, "1", "the visit before; who challenges is not refused");
    assert_eq!(metric(&server, "chat_certificate_renewals_total{outcome=\"done\"}").await, "1");
    let first = shown(&server);
    assert_eq!(first["key_fingerprint"], key, "pins stay true");
    assert_eq!((&first["self_made"], &first["failure"]), (&Value::Bool(false), &Value::Null));
    assert!(first["issuer"].as_str().unwrap().contains("a test authority"), "{first}");
    let acme = server.folder().join("data/acme");
    for (path, mode) in
        [(acme.clone(), 0o700), (acme.join("account.json"), 0o600), (acme.join("cert.pem"), 0o600)]
    {
        let found = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{}", path.display());
    }
    assert!(challenge::look(server.port(), NAME, &[0; 32]).await.is_err(), "nothing is proved any longer");

    server.chatctl(&["backup", "backup.chat"]).success();
    let mut chatctl = process::command(env!("CARGO_BIN_EXE_chatctl"), &server.folder());
    process::run(&mut chatctl, &["restore", "backup.chat", "--data-dir", "restored"], "").success();
    for file in ["account.json", "cert.pem"] {
        let back = server.folder().join("restored/acme").join(file);
        assert_eq!(fs::read(&back).unwrap(), fs::read(acme.join(file)).unwrap(), "{file} is in a backup");
        assert_eq!(fs::metadata(&back).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }

    server.chatctl(&["cert", "renew"]).success();
    until_got(&server, 2);
    let second = shown(&server);
    assert_ne!(second["fingerprint"], first["fingerprint"]);
    assert_eq!(second["key_fingerprint"], key);
    visit(&server, &authority).await.unwrap();
    gina.sync().await;

    // Two thirds of its time are over: it is shown at the start, and the next one is got.
    server.restart();
    assert_eq!(server.fingerprint(), second["fingerprint"]);
    until_got(&server, 1);
    assert_eq!(authority.counts(), (1, 3), "one account for all");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_certificate_away_is_told_and_the_server_goes_on() {
    let authority = Authority::start().await;
    authority.set_offline(true);
    let server = start(&authority);
    until_failed(&server, "is acme_directory right");
    server.guest("gina").await;
    let status = server.chatctl(&["status"]).success();
    assert!(status.contains("a new one could not be got: the authority can't be asked"), "{status}");

    authority.set_offline(false);
    authority.set_limited(true);
    server.chatctl(&["cert", "renew"]).success();
    until_failed(&server, "too much was asked");
    authority.set_limited(false);
    // Nobody listens there.
    authority.look_at(1);
    server.chatctl(&["cert", "renew"]).success();
    until_failed(&server, "did not find this server under chat.test");
    assert!(server.chatctl(&["cert", "show"]).success().contains("FAILED"));

    authority.look_at(server.port());
    server.chatctl(&["cert", "renew"]).success();
    until_got(&server, 1);
    assert_eq!(shown(&server)["failure"], Value::Null);
    visit(&server, &authority).await.unwrap();
}
