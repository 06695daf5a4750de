//! Real files, real handshakes over a pipe in memory.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, NamedGroup, ProtocolVersion, RootCertStore, ServerConnection};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::clock::{Clock, Timestamp};

use super::{Description, Error, Files, Identity, Key, describe, fingerprint, provider, renew};

const PKCS1: &str = include_str!("../../tests/data/rsa_pkcs1_key.pem");
const RSA_CERTIFICATE: &str = include_str!("../../tests/data/rsa_cert.pem");
const SEC1: &str = include_str!("../../tests/data/ec_sec1_key.pem");
const EC_CERTIFICATE: &str = include_str!("../../tests/data/ec_cert.pem");
const ENCRYPTED: &str = include_str!("../../tests/data/encrypted_key.pem");

struct Folder {
    dir: TempDir,
}

impl Folder {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn load(&self, certificate: &str, key: &str) -> Result<Identity, Error> {
        Identity::load(&self.file("c.pem", certificate), &self.file("k.pem", key))
    }
}

fn made() -> (Identity, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (Identity::make_or_load(&dir.path().join("certs"), &["chat.example".into()], None).unwrap(), dir)
}

fn files_in(folder: &Path) -> Files {
    Files { certificate: folder.join("cert.pem"), key: folder.join("key.pem"), signed: None }
}

/// A client that trusts this one certificate.
fn client(identity: &Identity) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(identity.current.0.load().pair.cert[0].clone()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// What both sides know after a handshake and a word each way.
async fn connect(
    identity: &Identity,
    client: ClientConfig,
    name: &str,
) -> std::io::Result<(ServerConnection, ClientConnection)> {
    let (near, far) = tokio::io::duplex(16 * 1024);
    let acceptor = TlsAcceptor::from(Arc::new(identity.server_config().unwrap()));
    let server = tokio::spawn(async move {
        let mut stream = acceptor.accept(far).await?;
        let mut word = [0; 4];
        stream.read_exact(&mut word).await?;
        stream.write_all(&word).await?;
        stream.flush().await?;
        std::io::Result::Ok(stream.into_inner().1)
    });
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut stream = TlsConnector::from(Arc::new(client)).connect(name, near).await?;
    stream.write_all(b"PING").await?;
    let mut word = [0; 4];
    stream.read_exact(&mut word).await?;
    Ok((server.await.unwrap()?, stream.into_inner().1))
}

#[tokio::test]
async fn a_self_made_certificate_is_good_for_its_names() {
    let (identity, _dir) = made();
    for name in ["chat.example", "localhost", "127.0.0.1", "::1"] {
        let (server, seen) = connect(&identity, client(&identity), name).await.unwrap();
        assert_eq!(server.protocol_version(), Some(ProtocolVersion::TLSv1_3));
        let group = server.negotiated_key_exchange_group().map(rustls::crypto::SupportedKxGroup::name);
        assert_eq!(group, Some(NamedGroup::X25519MLKEM768));
        assert_eq!(server.peer_certificates(), None);
        assert_eq!(fingerprint(&seen.peer_certificates().unwrap()[0]), identity.fingerprint());
    }
    assert!(connect(&identity, client(&identity), "other.example").await.is_err());
    assert_eq!(identity.fingerprint().len(), 64);
}

#[tokio::test]
async fn old_clients_may_use_tls_1_2_and_no_other_alpn_is_answered() {
    let (identity, _dir) = made();
    let mut old = client(&identity);
    old.alpn_protocols = vec![b"irc".to_vec()];
    let (server, _) = connect(&identity, old.clone(), "localhost").await.unwrap();
    assert_eq!(server.alpn_protocol(), Some(b"irc".as_slice()));
    old.alpn_protocols = vec![b"http/1.1".to_vec()];
    assert!(connect(&identity, old, "localhost").await.is_err());
    let roots = {
        let mut roots = RootCertStore::empty();
        roots.add(identity.current.0.load().pair.cert[0].clone()).unwrap();
        roots
    };
    let old = ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let (server, _) = connect(&identity, old, "localhost").await.unwrap();
    assert_eq!(server.protocol_version(), Some(ProtocolVersion::TLSv1_2));
}

#[tokio::test]
async fn a_client_is_known_by_its_certificate_and_must_have_its_key() {
    let (identity, _dir) = made();
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let config = |certificate: &CertificateDer<'static>, key: &KeyPair| {
            let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
            let signer = provider().key_provider.load_private_key(key).unwrap();
            let pair = rustls::sign::CertifiedKey::new(vec![certificate.clone()], signer);
            let mut roots = RootCertStore::empty();
            roots.add(identity.current.0.load().pair.cert[0].clone()).unwrap();
            ClientConfig::builder_with_provider(Arc::new(provider()))
                .with_protocol_versions(&[version])
                .unwrap()
                .with_root_certificates(roots)
                .with_client_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(pair)))
        };
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let params = CertificateParams::new(vec!["alice".into()]).unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        let (server, _) = connect(&identity, config(&certificate, &key), "localhost").await.unwrap();
        assert_eq!(server.peer_certificates().unwrap(), std::slice::from_ref(&certificate));
        assert!(connect(&identity, config(&certificate, &other), "localhost").await.is_err());
    }
}

#[tokio::test]
async fn a_new_certificate_is_taken_on_and_a_bad_one_is_not() {
    let (identity, dir) = made();
    let folder = dir.path().join("certs");
    let config = TlsAcceptor::from(Arc::new(identity.server_config().unwrap()));
    let before = identity.fingerprint();
    let key_before = fs::read(folder.join("key.pem")).unwrap();
    renew(&folder, &[], Key::New).unwrap();
    let renewed = describe(&folder.join("cert.pem")).unwrap().fingerprint;
    assert_ne!(renewed, before);
    assert_ne!(fs::read(folder.join("key.pem")).unwrap(), key_before);
    assert_eq!(identity.fingerprint(), before);
    identity.reload().unwrap();
    assert_eq!(identity.fingerprint(), renewed);
    // A listener's configuration from before shows the new one.
    let (near, far) = tokio::io::duplex(16 * 1024);
    let server = tokio::spawn(async move { config.accept(far).await.map(|_| ()) });
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(client(&identity))).connect(name, near).await.unwrap();
    assert_eq!(fingerprint(&stream.get_ref().1.peer_certificates().unwrap()[0]), renewed);
    server.await.unwrap().unwrap();
    fs::write(folder.join("cert.pem"), EC_CERTIFICATE).unwrap();
    assert!(matches!(identity.reload(), Err(Error::Mismatch { .. })));
    assert_eq!(identity.fingerprint(), renewed);
}

#[test]
fn a_self_made_pair_is_private_and_stays() {
    let (identity, dir) = made();
    let folder = dir.path().join("certs");
    let mode = |path: &str| fs::metadata(folder.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("key.pem"), mode("")), (0o600, 0o700));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    let again = Identity::make_or_load(&folder, &[], None).unwrap();
    assert_eq!(again.fingerprint(), identity.fingerprint());
    // As after a crash between the two files: the key is used.
    fs::remove_file(folder.join("cert.pem")).unwrap();
    let key = fs::read(folder.join("key.pem")).unwrap();
    Identity::make_or_load(&folder, &[], None).unwrap();
    assert_eq!(fs::read(folder.join("key.pem")).unwrap(), key);
    fs::remove_file(folder.join("key.pem")).unwrap();
    let error = Identity::make_or_load(&folder, &[], None).unwrap_err().to_string();
    assert!(error.contains("key.pem"), "{error}");
}

#[test]
fn a_pair_has_its_time() {
    let (made, dir) = made();
    let now = Clock::System.now();
    let at = |ms: i64| {
        let clock = Clock::Manual(Arc::new(AtomicI64::new(ms)));
        let folder = dir.path().join("certs");
        Identity::load_at(files_in(&folder), None, clock)
    };
    const YEAR: i64 = 365 * 24 * 3_600_000;
    let expired = at(now.0 + 11 * YEAR).unwrap_err();
    assert!(matches!(expired, Error::Expired { .. }) && expired.to_string().contains("renew"), "{expired}");
    let early = at(now.0 - YEAR).unwrap_err();
    assert!(matches!(early, Error::NotYetValid { .. }) && early.to_string().contains("clock"), "{early}");
    assert!(at(now.0 + 9 * YEAR).is_ok());
    drop(made);
}

#[test]
fn a_certificate_that_expires_meanwhile_is_not_loaded_again() {
    let (_made, dir) = made();
    let folder = dir.path().join("certs");
    let ms = Arc::new(AtomicI64::new(Clock::System.now().0));
    let clock = Clock::Manual(Arc::clone(&ms));
    let identity = Identity::load_at(files_in(&folder), None, clock).unwrap();
    ms.store(Timestamp::MAX.0, Ordering::Relaxed);
    assert!(matches!(identity.reload(), Err(Error::Expired { .. })));
}

#[test]
fn a_self_made_certificate_is_renewed_before_its_end_and_after_it_for_the_same_key() {
    const DAY: i64 = 24 * 3_600_000;
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("certs");
    let ms = Arc::new(AtomicI64::new(Clock::System.now().0));
    let load = || {
        let clock = Clock::Manual(Arc::clone(&ms));
        Identity::make_or_load_at(&folder, &["chat.example".into()], None, clock).unwrap()
    };
    let identity = load();
    let first = identity.describe().unwrap();
    let renewed_at = |left_ms: i64, old: &Description| {
        ms.store(old.not_after.0 - left_ms, Ordering::Relaxed);
        let renewed = identity.renew_if_due().unwrap();
        assert_eq!(renewed, identity.fingerprint() != old.fingerprint);
        renewed
    };
    assert!(!renewed_at(31 * DAY, &first));
    assert!(renewed_at(29 * DAY, &first));
    let second = identity.describe().unwrap();
    assert_eq!((&second.key_fingerprint, &second.names), (&first.key_fingerprint, &first.names));
    assert!(
        second.not_after.0 - ms.load(Ordering::Relaxed) > 9 * 365 * DAY && !identity.renew_if_due().unwrap()
    );
    // Whoever starts late gets a new one, too; nobody's serial number is used twice.
    ms.store(second.not_after.0 + DAY, Ordering::Relaxed);
    let third = load().describe().unwrap();
    assert_eq!(third.key_fingerprint, first.key_fingerprint);
    assert_ne!(third.fingerprint, second.fingerprint);
    ms.store(Clock::System.now().0, Ordering::Relaxed);
    assert!(identity.renew(Key::New).unwrap());
    assert_ne!(identity.describe().unwrap().key_fingerprint, first.key_fingerprint);
}

#[test]
fn what_the_server_did_not_make_it_does_not_renew() {
    let folder = Folder::new();
    let identity = folder.load(EC_CERTIFICATE, SEC1).unwrap();
    assert!(!identity.renew(Key::Keep).unwrap() && !identity.renew_if_due().unwrap());
    // Signed by somebody else, in the folder of self-made ones.
    let (authority, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "an authority");
    let issuer = rcgen::Issuer::from_params(&params, &authority);
    let mut params = CertificateParams::new(vec!["localhost".into()]).unwrap();
    let now = Clock::System.now().0;
    params.not_after =
        std::time::SystemTime::from(jiff::Timestamp::from_millisecond(now + 3_600_000).unwrap()).into();
    let certificate = params.signed_by(&key, &issuer).unwrap().pem();
    folder.file("cert.pem", &certificate);
    folder.file("key.pem", &key.serialize_pem());
    let identity = Identity::make_or_load(folder.dir.path(), &[], None).unwrap();
    assert!(!identity.renew_if_due().unwrap());
    assert_eq!(fs::read_to_string(folder.dir.path().join("cert.pem")).unwrap(), certificate);
}

#[tokio::test]
async fn keys_of_all_three_forms_are_read() {
    let folder = Folder::new();
    for (certificate, key) in [(RSA_CERTIFICATE, PKCS1), (EC_CERTIFICATE, SEC1)] {
        let identity = folder.load(certificate, key).unwrap();
        connect(&identity, client(&identity), "localhost").await.unwrap();
    }
    let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let params = CertificateParams::new(vec!["localhost".into()]).unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    let identity = folder.load(&format!("{EC_CERTIFICATE}{pem}"), &key.serialize_pem());
    assert!(matches!(identity, Err(Error::WrongOrder(_))));
    // Both in one file, and a chain.
    let all = format!("{}{pem}{EC_CERTIFICATE}", key.serialize_pem());
    let identity = folder.load(&all, &all).unwrap();
    assert_eq!(identity.current.0.load().pair.cert.len(), 2);
}

#[test]
fn what_is_wrong_is_said_with_its_remedy() {
    let folder = Folder::new();
    let (good, key) = (EC_CERTIFICATE, SEC1);
    let legacy = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    let table = [
        (good, "", "private key", "empty"),
        (" \n", key, "certificate", "empty"),
        (key, key, "c.pem holds a private key", "exchanged"),
        (good, good, "k.pem holds a certificate", "exchanged"),
        (ENCRYPTED, key, "c.pem holds a private key", "exchanged"),
        (good, ENCRYPTED, "an encrypted key", "openssl pkey"),
        (good, legacy, "an encrypted key", "openssl pkey"),
        ("hello", key, "no certificate", "BEGIN CERTIFICATE"),
        (good, "hello", "no private key", "BEGIN PRIVATE KEY"),
        (&good[..good.len() - 30], key, "c.pem", "cut off"),
        (good, PKCS1, "does not belong", "one pair"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", key, "c.pem can't be read", ""),
        (good, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "can't be used", "P-256"),
    ];
    for (certificate, key, cause, remedy) in table {
        let error = folder.load(certificate, key).unwrap_err().to_string();
        assert!(error.contains(cause) && error.contains(remedy), "{cause:?} {remedy:?}: {error}");
    }
    let error = Identity::load(&folder.dir.path().join("none.pem"), &folder.file("k.pem", key)).unwrap_err();
    assert!(matches!(&error, Error::Unreadable { .. }) && error.to_string().contains("none.pem"), "{error}");
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let folder = Folder::new();
    folder.load(EC_CERTIFICATE, SEC1).unwrap();
    let (certificate, key) = (folder.file("c.pem", EC_CERTIFICATE), folder.file("k.pem", SEC1));
    for mode in [0o640, 0o604, 0o644] {
        fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
        let error = Identity::load(&certificate, &key).unwrap_err();
        assert!(matches!(error, Error::KeyExposed { .. }), "{error}");
        assert!(error.to_string().contains(&format!("chmod 600 {}", key.display())), "{error}");
    }
    fs::set_permissions(&key, Permissions::from_mode(0o400)).unwrap();
    Identity::load(&certificate, &key).unwrap();
}
