//! Who the server is: certificates given, self-made, renewed while it runs, and refused.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustix::process::Signal;

use crate::support::{Client, PASSWORD, Server, start_server, trust};

/// Flags that name the pair which [`write_pair`] writes.
const FLAGS: &[&str] = &["--guests", "--cert=own.pem", "--key=own.key"];

/// Writes a fresh pair into the folder; returns the certificate's fingerprint.
fn write_pair(folder: &Path, change: impl FnOnce(&mut CertificateParams)) -> String {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let cert = params.self_signed(&key).unwrap();
    fs::write(folder.join("own.pem"), cert.pem()).unwrap();
    fs::write(folder.join("own.key"), key.serialize_pem()).unwrap();
    fs::set_permissions(folder.join("own.key"), Permissions::from_mode(0o600)).unwrap();
    trust::fingerprint(cert.der())
}

#[tokio::test]
async fn a_given_certificate_is_shown() {
    let mut fingerprint = String::new();
    let server = Server::with_folder(FLAGS, |folder| fingerprint = write_pair(folder, |_| {}));
    assert_eq!(server.fingerprint(), fingerprint);
    server.guest("gina").await;
    assert!(!server.folder().join("certs").exists(), "nothing is made that nobody needs");
}

#[tokio::test]
async fn the_self_made_pair_is_kept_and_its_key_is_ones_own() {
    let mut server = Server::with(&["--guests"]);
    let first = server.fingerprint().to_owned();
    let mode = fs::metadata(server.folder().join("certs/key.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
    server.restart();
    assert_eq!(server.fingerprint(), first);
}

/// A certificate of the server's own key that ends in a few days, where the server keeps it.
fn ends_soon(certs: &Path) -> String {
    let key = KeyPair::from_pem(&fs::read_to_string(certs.join("key.pem")).unwrap()).unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_after = trust::in_days(3).into();
    let certificate = params.self_signed(&key).unwrap();
    fs::write(certs.join("cert.pem"), certificate.pem()).unwrap();
    trust::fingerprint(certificate.der())
}

#[tokio::test]
async fn the_self_made_certificate_is_renewed_before_it_ends_and_whoever_pinned_it_goes_straight_in() {
    let mut server = Server::start();
    server.adduser("alice");
    let certs = server.folder().join("certs");
    let old = ends_soon(&certs);
    let home = server.folder().join(".config/chat-secure");
    fs::create_dir_all(&home).unwrap();
    // As the first versions wrote it: the certificate, by which a renewal can't be told from an attack.
    fs::write(home.join("known_hosts"), format!("localhost:{} sha256:{old}\n", server.port())).unwrap();
    let visit = |server: &Server| {
        server.companion(&["--user", "alice", "--password-stdin"], &format!("{PASSWORD}\nhi\n"))
    };
    let mut alice = server.login("alice", &[]).await;
    server.signal(Signal::HUP);
    let renewed = |lines: &[String]| {
        let line = lines.iter().rev().find(|line| line.contains("is renewed"))?;
        let (_, rest) = line.split_once("fingerprint=")?;
        Some(rest.trim_matches('"')[..64].to_owned())
    };
    let first = server.until_logged("the renewal", renewed);
    assert_ne!(first, old);
    alice.sync().await;
    // It never saw the old certificate with this pin, so it can't know.
    assert!(visit(&server).failure(1).contains("HAS CHANGED"));
    fs::write(home.join("known_hosts"), format!("localhost:{} sha256:{first}\n", server.port())).unwrap();
    visit(&server).success();
    let pin = fs::read_to_string(home.join("known_hosts")).unwrap();
    assert!(pin.contains(" spki-sha256:"), "the key is remembered now: {pin}");

    server.stop();
    let old = ends_soon(&certs);
    server.start_again();
    assert_ne!(server.fingerprint(), old, "it is renewed at the start, too");
    visit(&server).success();
    server.chatctl(&["cert", "renew"]).success();
    visit(&server).success();
    assert_eq!(fs::read_to_string(home.join("known_hosts")).unwrap(), pin);
    server.chatctl(&["cert", "renew", "--new-key"]).success();
    let told = visit(&server).failure(1);
    assert!(told.contains("HAS CHANGED") && told.contains("before: spki-sha256:"), "{told}");
}

#[tokio::test]
async fn a_given_certificate_that_ends_soon_is_told_of() {
    let server = Server::with_folder(FLAGS, |folder| {
        write_pair(folder, |params| {
            params.not_after = trust::in_days(3).into();
        });
    });
    let told = |lines: &[String]| {
        let line = lines.iter().find(|line| line.contains("the certificate ends soon"))?;
        Some(line.clone())
    };
    let line = server.until_logged("the warning", told);
    assert!(line.contains("days=2") && line.contains("SIGHUP"), "{line}");
}

#[tokio::test]
async fn a_new_certificate_is_taken_on_without_dropping_anybody() {
    let server = Server::with_folder(FLAGS, |folder| {
        write_pair(folder, |_| {});
    });
    let mut gina = server.guest("gina").await;
    let renewed = write_pair(&server.folder(), |_| {});
    server.signal(Signal::HUP);
    server.until_logged("the new certificate", |lines| {
        lines.iter().any(|line| line.contains(&renewed)).then_some(())
    });
    let mut hank = Client::tls(server.port(), &renewed, None).await;
    hank.register_guest("hank").await;
    hank.send("PRIVMSG gina :still there?").await;
    assert_eq!(gina.until("PRIVMSG").await.last(), "still there?");
}

#[tokio::test]
async fn a_bad_new_certificate_is_told_and_the_old_one_stays() {
    let server = Server::with_folder(FLAGS, |folder| {
        write_pair(folder, |_| {});
    });
    fs::write(server.folder().join("own.pem"), "no certificate").unwrap();
    server.signal(Signal::HUP);
    server.until_logged("the refusal", |lines| {
        lines.iter().any(|line| line.contains("ERROR") && line.contains("own.pem")).then_some(())
    });
    server.guest("gina").await;
}

#[test]
fn a_pair_that_cannot_serve_is_refused_at_the_start() {
    let refused = |change: fn(&mut CertificateParams), spoil: fn(&Path), part: &str| {
        let prepare = |folder: &Path| {
            write_pair(folder, change);
            spoil(folder);
        };
        let told = start_server(FLAGS, prepare).failure(1);
        assert!(told.contains(part), "{part}: {told}");
    };
    refused(|_| {}, |folder| set_mode(&folder.join("own.key"), 0o644), "chmod 600");
    refused(|params| params.not_after = date_time_ymd(2020, 1, 1), |_| {}, "expired");
    refused(|params| params.not_before = date_time_ymd(2090, 1, 1), |_| {}, "not valid before");
    refused(|_| {}, |folder| fs::remove_file(folder.join("own.key")).unwrap(), "own.key");
    refused(
        |_| {},
        |folder| {
            let cert = fs::read(folder.join("own.pem")).unwrap();
            write_pair(folder, |_| {});
            fs::write(folder.join("own.pem"), cert).unwrap();
        },
        "does not belong",
    );
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}
