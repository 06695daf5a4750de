//! Revoked means gone: within a second, for who is there and for who comes.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::client_certificates::{certificate, external};
use crate::support::{Client, PASSWORD, Server, trust, web};

/// In this time sessions end that have no right to be there any more.
const AT_ONCE_MS: u128 = 1000;

/// How a session of bob came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Password,
    Token,
    Certificate,
}

use Way::{Certificate, Password, Token};

/// A server where bob is in three ways.
struct Fixture {
    server: Server,
    token: String,
    fingerprint: String,
    laptop: trust::Identity,
    sessions: Vec<(Way, Client)>,
}

async fn fixture() -> Fixture {
    let server = Server::with(&["--flood-per-second=0", "--listen-web=localhost:0"]);
    server.adduser("bob");
    let token = server.chatctl(&["token", "add", "bob", "--label", "phone"]).success().trim().to_owned();
    let laptop = certificate();
    let fingerprint = trust::fingerprint(&laptop.0);
    server.chatctl(&["certfp", "add", "bob", &fingerprint, "--label", "laptop"]).success();
    let mut fixture = Fixture { server, token, fingerprint, laptop, sessions: Vec::new() };
    for way in [Password, Token, Certificate] {
        let mut client = fixture.come(way).await.unwrap_or_else(|| panic!("{way:?}"));
        client.ask("CAP END", "001").await;
        client.sync().await;
        fixture.sessions.push((way, client));
    }
    fixture
}

impl Fixture {
    /// A session that has signed in so, if that was possible.
    async fn come(&self, way: Way) -> Option<Client> {
        let mut client = match way {
            Certificate => self.server.connect_as(&self.laptop).await,
            Password | Token => self.server.connect().await,
        };
        client.begin("bob", &[]).await;
        let told = match way {
            Password => client.authenticate("bob", PASSWORD).await,
            Token => client.authenticate("bob", &self.token).await,
            Certificate => external(&mut client, "+").await,
        };
        (told.command == "903").then_some(client)
    }

    /// Whether bob may ask over HTTP by his token.
    async fn asks(&self) -> u16 {
        let fields = format!("Authorization: Bearer {}\r\n", self.token);
        web::request(&mut web::tls(&self.server).await, "GET", "/api/rooms", &fields).await.status
    }
}

#[tokio::test]
async fn who_is_there_ends_at_once_and_who_comes_is_refused() {
    let all = &[Password, Token, Certificate][..];
    for (deed, ended, refused) in [
        (&["suspend", "bob"][..], all, all),
        (&["ban", "add", "account:bob"], all, all),
        (&["deluser", "bob", "--yes"], all, all),
        (&["token", "revoke", "bob", "1"], &[Token], &[Token]),
        (&["certfp", "remove", "bob", "FINGERPRINT"], &[Certificate], &[Certificate]),
        (&["passwd", "bob", "--password-stdin", "--end-sessions"], all, &[Password]),
        (&["totp", "remove", "bob"], &[], &[]),
    ] {
        let mut fixture = fixture().await;
        let words: Vec<&str> = deed
            .iter()
            .map(|word| if *word == "FINGERPRINT" { &fixture.fingerprint } else { *word })
            .collect();
        drop(fixture.server.chatctl_with(&words, "another good one\n"));
        let since = Instant::now();
        for (way, mut client) in std::mem::take(&mut fixture.sessions) {
            if ended.contains(&way) {
                client.closed().await;
                assert!(since.elapsed().as_millis() < AT_ONCE_MS, "{deed:?} {way:?}: {:?}", since.elapsed());
            } else {
                client.sync().await;
            }
        }
        for way in all {
            let is_refused = fixture.come(*way).await.is_none();
            assert_eq!(is_refused, refused.contains(way), "{deed:?} {way:?}");
        }
        assert_eq!(fixture.asks().await == 200, !refused.contains(&Token), "{deed:?} over HTTP");
    }
}

#[tokio::test]
async fn a_new_password_of_ones_own_ends_what_came_in_by_the_old_one() {
    let mut fixture = fixture().await;
    let mut own = fixture.server.login("bob", &[]).await;
    let words = [PASSWORD, "another good one"].map(|text| STANDARD.encode(text)).join(" ");
    own.ask(&format!("PASSWD {words}"), "PASSWD").await;
    let since = Instant::now();
    for (way, client) in &mut fixture.sessions {
        if *way == Password {
            client.closed().await;
            assert!(since.elapsed().as_millis() < AT_ONCE_MS, "{:?}", since.elapsed());
        } else {
            client.sync().await;
        }
    }
    assert!(fixture.come(Password).await.is_none());
}

#[tokio::test]
async fn an_invitation_that_was_shown_already_is_good_no_longer_when_it_is_revoked() {
    let server = Server::start();
    let code = server.chatctl(&["invite"]).success().trim().to_owned();
    let mut eve = server.connect().await;
    eve.begin("eve", &[]).await;
    eve.ask(&format!("INVITATION {code}"), "INVITATION").await;
    let listed = server.chatctl(&["invite", "list", "--json"]).success();
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    for invitation in listed.as_array().unwrap() {
        server.chatctl(&["invite", "revoke", &invitation["id"].to_string()]).success();
    }
    let told = eve.ask("REGISTER eve * :a good long password", "FAIL").await;
    assert!(told.last().contains("not valid"), "{told}");
}
