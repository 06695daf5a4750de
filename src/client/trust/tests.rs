//! Trust, tried on a real listener: the handshake is TLS's own, only the certificates are made here.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::client::connection::{self, ConnectError, Connection};

/// Somebody who listens under a certificate, and reports how many bytes were said to them.
struct Listener {
    server: Server,
    fingerprint: Fingerprint,
    heard: tokio::task::JoinHandle<usize>,
}

impl Listener {
    async fn start(issued: &Issued) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![issued.certificate.der().clone()],
                PrivateKeyDer::try_from(issued.key.serialize_der()).unwrap(),
            )
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server { host: "localhost".into(), port: listener.local_addr().unwrap().port() };
        let heard = tokio::spawn(async move {
            let (tcp, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(tcp).await else {
                return 0;
            };
            let mut said = Vec::new();
            stream.read_to_end(&mut said).await.ok();
            said.len()
        });
        Self { server, fingerprint: Fingerprint::of(issued.certificate.der()), heard }
    }

    async fn visit(&self, policy: &Policy) -> Result<Connection, ConnectError> {
        connection::connect(&self.server, policy).await
    }

    /// Visits, and expects to be turned away without having said a word.
    async fn refusal(self, policy: &Policy) -> Refusal {
        let error = self.visit(policy).await.unwrap_err();
        assert_eq!(self.heard.await.unwrap(), 0);
        let ConnectError::Untrusted(refusal) = error else { panic!("{error}") };
        *refusal
    }
}

struct Issued {
    certificate: rcgen::Certificate,
    key: rcgen::KeyPair,
}

fn self_signed(name: &str) -> Issued {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec![name.into()]).unwrap().self_signed(&key).unwrap();
    Issued { certificate, key }
}

/// An authority's certificate, and a server's that it vouches for.
fn with_authority(name: &str) -> (Issued, Issued) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, "a test authority");
    let authority = Issued { certificate: params.self_signed(&key).unwrap(), key };
    let issuer = rcgen::Issuer::from_params(&params, &authority.key);
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec![name.into()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    (authority, Issued { certificate, key })
}

fn policy(directory: &Path) -> Policy {
    Policy { fingerprint: None, ca: None, known_hosts: KnownHosts::at(directory.join("known_hosts")) }
}

fn ca_file(directory: &Path, issued: &Issued) -> Option<PathBuf> {
    let path = directory.join("ca.pem");
    std::fs::write(&path, issued.certificate.pem()).unwrap();
    Some(path)
}

#[tokio::test]
async fn an_unknown_server_is_shown_and_hears_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let listener = Listener::start(&self_signed("localhost")).await;
    let (server, fingerprint) = (listener.server.clone(), listener.fingerprint);
    let refusal = listener.refusal(&policy(directory.path())).await;
    let text = refusal.to_string();
    let Refusal::Unknown(presented) = refusal else { panic!("{text}") };
    assert_eq!((presented.server, presented.fingerprint), (server, fingerprint));
    assert_eq!(presented.names, ["localhost"]);
    assert_eq!(presented.key_exchange, "X25519MLKEM768");
    assert!(text.contains(&fingerprint.to_string()), "{text}");
}

#[tokio::test]
async fn a_pinned_server_is_trusted() {
    let directory = tempfile::tempdir().unwrap();
    let listener = Listener::start(&self_signed("elsewhere.example")).await;
    let policy = policy(directory.path());
    policy.known_hosts.add(&listener.server, listener.fingerprint).unwrap();
    let security = listener.visit(&policy).await.unwrap().security;
    assert_eq!((security.trusted, security.version.as_str()), (How::Pin, "TLSv1_3"));
    assert_eq!(security.key_exchange, "X25519MLKEM768");
}

#[tokio::test]
async fn a_changed_certificate_is_refused_loudly() {
    let directory = tempfile::tempdir().unwrap();
    let listener = Listener::start(&self_signed("localhost")).await;
    let policy = policy(directory.path());
    let before = Fingerprint::of(b"the certificate of the first visit");
    policy.known_hosts.add(&listener.server, before).unwrap();
    let now = listener.fingerprint;
    let refusal = listener.refusal(&policy).await;
    let text = refusal.to_string();
    assert!(matches!(refusal, Refusal::Changed { .. }), "{text}");
    let path = policy.known_hosts.path().display().to_string();
    for part in ["HAS CHANGED", &before.to_string(), &now.to_string(), &path, "line 1", "chatctl cert show"] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
}

#[tokio::test]
async fn the_authority_given_decides() {
    let directory = tempfile::tempdir().unwrap();
    let (authority, issued) = with_authority("localhost");
    let trusting = Policy { ca: ca_file(directory.path(), &authority), ..policy(directory.path()) };
    let security = Listener::start(&issued).await.visit(&trusting).await.unwrap().security;
    assert_eq!(security.trusted, How::Authority);

    // Of another authority, or for another name.
    let (_, strange) = with_authority("localhost");
    let issuer_named_alike = Listener::start(&strange).await.refusal(&trusting).await;
    assert!(matches!(issuer_named_alike, Refusal::Authority { .. }), "{issuer_named_alike}");
    let (authority, misnamed) = with_authority("elsewhere.example");
    let trusting = Policy { ca: ca_file(directory.path(), &authority), ..policy(directory.path()) };
    let refusal = Listener::start(&misnamed).await.refusal(&trusting).await;
    assert!(matches!(refusal, Refusal::Authority { .. }), "{refusal}");
}

#[tokio::test]
async fn a_servers_own_certificate_serves_as_its_authority_under_its_name() {
    let directory = tempfile::tempdir().unwrap();
    for (name, trusted) in [("localhost", true), ("elsewhere.example", false)] {
        let issued = self_signed(name);
        let policy = Policy { ca: ca_file(directory.path(), &issued), ..policy(directory.path()) };
        let visit = Listener::start(&issued).await.visit(&policy).await;
        assert_eq!(visit.is_ok(), trusted, "{name}");
    }
}

#[tokio::test]
async fn the_fingerprint_given_decides_over_pins_and_authorities() {
    let directory = tempfile::tempdir().unwrap();
    let issued = self_signed("elsewhere.example");
    let listener = Listener::start(&issued).await;
    let policy = policy(directory.path());
    policy.known_hosts.add(&listener.server, Fingerprint::of(b"another")).unwrap();
    let right = Policy { fingerprint: Some(listener.fingerprint), ..policy.clone() };
    assert_eq!(listener.visit(&right).await.unwrap().security.trusted, How::Fingerprint);

    let listener = Listener::start(&issued).await;
    let shown = listener.fingerprint.to_string();
    let wrong = Policy { fingerprint: Some(Fingerprint::of(b"wrong")), ..policy };
    let refusal = listener.refusal(&wrong).await;
    assert!(matches!(refusal, Refusal::OtherFingerprint { .. }));
    assert!(refusal.to_string().contains(&shown));
}

#[tokio::test]
async fn an_authority_that_can_not_be_read_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let empty = directory.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    for path in [directory.path().join("missing.pem"), empty] {
        let listener = Listener::start(&self_signed("localhost")).await;
        let policy = Policy { ca: Some(path.clone()), ..policy(directory.path()) };
        let error = listener.visit(&policy).await.unwrap_err().to_string();
        assert!(error.contains(&path.display().to_string()), "{error}");
    }
}

#[tokio::test]
async fn a_port_without_tls_is_told_from_a_closed_one() {
    let directory = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server { host: "127.0.0.1".into(), port: listener.local_addr().unwrap().port() };
    let plain = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut tcp, b":irc.example NOTICE * :hello\r\n").await.unwrap();
        let mut hello = Vec::new();
        tcp.read_to_end(&mut hello).await.ok();
    });
    let error = connection::connect(&server, &policy(directory.path())).await.unwrap_err();
    assert!(matches!(error, ConnectError::NotTls { .. }), "{error}");
    plain.await.unwrap();
    let error = connection::connect(&server, &policy(directory.path())).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
}
