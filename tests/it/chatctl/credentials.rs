//! Invitations, tokens and client certificates.

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;

use crate::support::{Server, trust};

use super::{json, names, on_both, password};

/// A client's certificate, its key and its fingerprint.
fn identity() -> (trust::Identity, String) {
    let key = KeyPair::generate().unwrap();
    let cert = CertificateParams::new(vec!["alice".to_owned()]).unwrap().self_signed(&key).unwrap();
    let fingerprint = trust::fingerprint(cert.der());
    ((cert.der().clone(), PrivateKeyDer::try_from(key.serialize_der()).unwrap()), fingerprint)
}

/// Signs in by the client certificate; the numeric that answers.
async fn external(server: &Server, identity: &trust::Identity) -> String {
    let mut client = server.connect_as(identity).await;
    client.begin("somebody", &[]).await;
    client.ask("AUTHENTICATE EXTERNAL", "AUTHENTICATE").await;
    client.send("AUTHENTICATE +").await;
    client.expect("the answer", |m| ["903", "904"].contains(&m.command.as_str())).await.command
}

#[test]
fn invitations_are_made_listed_and_revoked() {
    // With an account, a starting server makes no invitation of its own.
    on_both(&[], |server| {
        server.chatctl(&["invite", "revoke", "1"]).success();
        let made = json(server, &["invite", "--admin", "--uses", "3", "--expires", "12h"]);
        let fields = ["code", "created_at", "creator", "expires_at", "id", "role", "uses_left", "valid"];
        assert_eq!(names(&made), fields);
        assert_eq!((&made["role"], &made["uses_left"]), (&json!("admin"), &json!(3)));
        let code = server.chatctl(&["invite", "--expires", "never"]).success();
        assert!(!code.trim().is_empty() && !code.contains(' '), "only the code: {code:?}");
        let listed = json(server, &["invite", "list"]);
        assert_eq!(listed.as_array().unwrap().len(), 2);
        assert_eq!((&listed[1]["expires_at"], &listed[0].get("code")), (&json!(null), &None));
        let id = made["id"].to_string();
        assert_eq!(json(server, &["invite", "revoke", &id])["valid"], false);
        assert!(server.chatctl(&["invite", "revoke", &id]).failure(3).contains("chatctl invite list"));
        let table = server.chatctl(&["invite", "list", "--all"]).success();
        assert!(table.lines().next().unwrap().starts_with("ID  ROLE") && table.contains("never"), "{table}");
    });
}

#[tokio::test]
async fn an_invitation_is_good_as_often_as_it_says_and_not_after_it_is_revoked() {
    let server = Server::with(&["--registration=invite"]);
    let register = async |nick: &str, code: &str| {
        let mut client = server.connect().await;
        client.begin(nick, &[]).await;
        client.send(format!("INVITATION {code}")).await;
        client.send("REGISTER * * :a good long password").await;
        client.expect("the answer", |m| m.params[0] == "SUCCESS" || m.command == "FAIL").await.command
            == "REGISTER"
    };
    let code = server.chatctl(&["invite", "--uses", "2"]).success();
    for (nick, made) in [("alice", true), ("bob", true), ("carol", false)] {
        assert_eq!(register(nick, &code).await, made, "{nick}");
    }
    let made = json(&server, &["invite"]);
    server.chatctl(&["invite", "revoke", &made["id"].to_string()]).success();
    assert!(!register("dave", made["code"].as_str().unwrap()).await);
}

#[test]
fn tokens_are_made_listed_and_revoked() {
    on_both(&[], |server| {
        server.chatctl_with(&["adduser", "bob", "--password-stdin"], &password()).success();
        let made = json(server, &["token", "add", "bob", "--label", "the bot"]);
        assert_eq!(names(&made), ["account", "created_at", "id", "label", "secret", "used_at"]);
        let listed = json(server, &["token", "list", "bob"]);
        assert_eq!(names(&listed[0]), ["account", "created_at", "id", "label", "used_at"]);
        assert_eq!(listed[0]["label"], "the bot");
        let id = made["id"].to_string();
        let revoked = server.chatctl(&["token", "revoke", "bob", &id]).success();
        assert!(revoked.contains("revoked"), "{revoked}");
        server.chatctl(&["token", "revoke", "bob", &id]).failure(3);
        assert_eq!(server.chatctl(&["token", "list", "bob"]).success(), "ID  LABEL  USED  CREATED");
    });
}

#[tokio::test]
async fn a_token_signs_in_until_it_is_revoked() {
    let server = Server::start();
    server.chatctl(&["adduser", "bot", "--no-password"]).success();
    let token = server.chatctl(&["token", "add", "bot", "--label", "ci"]).success();
    let mut bot = server.connect().await;
    bot.login("bot", &token, &[]).await;
    assert_ne!(json(&server, &["token", "list", "bot"])[0]["used_at"], json!(null));
    server.chatctl(&["token", "revoke", "bot", "1", "--end-sessions"]).success();
    bot.closed().await;
    let mut again = server.connect().await;
    again.begin("bot", &[]).await;
    assert_eq!(again.authenticate("bot", &token).await.command, "904");
}

#[test]
fn client_certificates_are_added_listed_and_removed() {
    on_both(&[], |server| {
        server.chatctl_with(&["adduser", "bob", "--password-stdin"], &password()).success();
        let hex = "0a".repeat(32);
        let colons = format!("SHA256:{}", ["0A"; 32].join(":"));
        let added = json(server, &["certfp", "add", "bob", &colons, "--label", "laptop"]);
        assert_eq!(names(&added), ["account", "created_at", "fingerprint", "label"]);
        assert_eq!(added["fingerprint"], *hex);
        server.chatctl(&["certfp", "add", "bob", &hex, "--label", "again"]).failure(4);
        assert_eq!(json(server, &["certfp", "list", "bob"])[0]["label"], "laptop");
        let table = server.chatctl(&["certfp", "list", "bob"]).success();
        assert!(table.starts_with("FINGERPRINT") && table.contains(&hex), "{table}");
        server.chatctl(&["certfp", "remove", "bob", "0a0a"]).success();
        server.chatctl(&["certfp", "remove", "bob", "0a0a"]).failure(3);
    });
}

#[tokio::test]
async fn a_client_certificate_signs_in_until_it_is_removed() {
    let server = Server::start();
    server.adduser("alice");
    let (identity, fingerprint) = identity();
    assert_eq!(external(&server, &identity).await, "904");
    server.chatctl(&["certfp", "add", "alice", &fingerprint, "--label", "laptop"]).success();
    assert_eq!(external(&server, &identity).await, "903");
    server.chatctl(&["certfp", "remove", "alice", &fingerprint]).success();
    assert_eq!(external(&server, &identity).await, "904");
}
