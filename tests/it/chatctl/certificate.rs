//! The server's own certificate, shown and renewed.

use serde_json::json;

use crate::support::{Client, Server};

use super::{json, names, on_both};

#[test]
fn the_certificate_is_shown_whether_the_server_runs_or_not() {
    on_both(&["--server-name=chat.example"], |server| {
        let shown = json(server, &["cert", "show"]);
        assert_eq!(
            names(&shown),
            [
                "acme",
                "expires_at",
                "failure",
                "file",
                "fingerprint",
                "in_force",
                "issuer",
                "key_fingerprint",
                "names",
                "self_made",
                "valid",
                "valid_from"
            ]
        );
        assert_eq!(shown["fingerprint"], server.fingerprint());
        assert_eq!(shown["names"], json!(["chat.example", "localhost", "127.0.0.1", "::1"]));
        assert_eq!((&shown["self_made"], &shown["valid"]), (&json!(true), &json!(true)));
        let text = server.chatctl(&["cert", "show"]).success();
        assert!(text.contains(&format!("sha256:{}", server.fingerprint())), "{text}");
    });
}

#[test]
fn the_certificate_is_shown_without_any_data() {
    let server = Server::start();
    server.stop();
    std::fs::remove_dir_all(server.folder().join("data")).unwrap();
    assert_eq!(json(&server, &["cert", "show"])["in_force"], false);
    std::fs::remove_dir_all(server.folder().join("certs")).unwrap();
    assert!(server.chatctl(&["cert", "show"]).failure(3).contains("certs/cert.pem"));
}

#[tokio::test]
async fn a_running_server_shows_a_renewed_certificate_at_once_and_drops_nobody() {
    let mut server = Server::start();
    let before = server.fingerprint().to_owned();
    let mut alice = server.newcomer("alice", &[]).await;
    let renewed = server.chatctl(&["--json", "cert", "renew"]).success();
    let renewed: serde_json::Value = serde_json::from_str(&renewed).unwrap();
    let renewed = renewed["fingerprint"].as_str().unwrap();
    assert_ne!(renewed, before);
    Client::tls(server.port(), renewed, None).await;
    alice.sync().await;
    let key = json(&server, &["cert", "show"])["key_fingerprint"].clone();
    let said = server.chatctl(&["cert", "renew"]);
    assert!(said.stderr.contains("The key is the same"), "{said:?}");
    assert_eq!(json(&server, &["cert", "show"])["key_fingerprint"], key);
    let said = server.chatctl(&["cert", "renew", "--new-key"]);
    assert!(said.stderr.contains("tell them the new fingerprints"), "{said:?}");
    let said = json(&server, &["cert", "show"])["key_fingerprint"].clone();
    assert_ne!(said, key);
    alice.sync().await;
    let newest = json(&server, &["cert", "show"])["fingerprint"].clone();
    server.restart();
    assert_eq!(newest, server.fingerprint());
}

#[test]
fn a_stopped_server_starts_with_a_renewed_certificate() {
    let mut server = Server::start();
    server.stop();
    let renewed = json(&server, &["cert", "renew"])["fingerprint"].clone();
    server.start_again();
    assert_eq!(renewed, server.fingerprint());
}

#[test]
fn a_given_certificate_is_not_renewed_and_none_is_made_where_none_is() {
    let server = Server::start();
    server.stop();
    let config = "cert = \"certs/cert.pem\"\nkey = \"certs/key.pem\"\n";
    std::fs::write(server.folder().join("given.toml"), config).unwrap();
    let refused = server.chatctl(&["--config", "given.toml", "cert", "renew"]).failure(1);
    assert!(refused.contains("not made by the server") && refused.contains("SIGHUP"), "{refused}");
    assert_eq!(json(&server, &["--config", "given.toml", "cert", "show"])["self_made"], false);
    std::fs::remove_dir_all(server.folder().join("certs")).unwrap();
    server.chatctl(&["cert", "renew"]).failure(3);
    assert!(!server.folder().join("certs").exists());
}
