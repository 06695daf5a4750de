//! Secrets nowhere: a busy server with a full log, and all that it wrote searched for all that it was told.
//!
//! Not searched: standard output, where the server and chatctl tell once what they have made.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chat_secure::auth::Newcomer;
use chat_secure::auth::secret::TokenSecret;
use chat_secure::auth::totp::{Code, TotpSecret};
use chat_secure::client::Identity;
use chat_secure::protocol::sasl::Plain;
use serde_json::json;

use super::second_factor::enrol;
use crate::support::web::{self, Frames};
use crate::support::{PASSWORD, Server};

const WRONG: &str = "kettle-moss-wrong-guess";
/// Typed where the name belongs, as people do.
const AS_NAME: &str = "Typed-As-A-Name";
const GATE: &str = "juniper-gate-for-all";
const NEXT: &str = "velvet-otter-next-time";
const SAID: &str = "marble-cats-were-said";

/// What the server was given or made, and where it may be all the same.
struct Secret {
    name: &'static str,
    text: Vec<u8>,
    /// Whether the database has it, because nothing works without.
    is_stored: bool,
}

/// All of them.
#[derive(Default)]
struct Secrets(Vec<Secret>);

impl Secrets {
    fn add(&mut self, name: &'static str, text: &str) {
        assert!(text.len() >= 8, "{name} would be found by chance");
        self.0.push(Secret { name, text: text.as_bytes().to_vec(), is_stored: false });
    }

    /// Fails if the bytes have one of them, as it is, in base 64 or in hex.
    #[track_caller]
    fn assert_none_in(&self, place: &str, bytes: &[u8], is_store: bool) {
        for secret in self.0.iter().filter(|secret| !(is_store && secret.is_stored)) {
            for form in forms(&secret.text) {
                let found = memchr::memmem::find(bytes, &form);
                if let Some(at) = found {
                    let around = &bytes[at.saturating_sub(200)..(at + form.len() + 40).min(bytes.len())];
                    panic!("{place} has the {}: {}", secret.name, String::from_utf8_lossy(around));
                }
            }
        }
    }
}

/// As it is, in hex, and in base 64 wherever it begins in a group of three bytes.
fn forms(text: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = text.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![text.to_vec(), hex.clone().into_bytes(), hex.to_uppercase().into_bytes()];
    for before in 0..3 {
        let encoded = STANDARD.encode([&vec![0; before][..], text].concat());
        // The letters that hold bits of what stands around it are not its own.
        let own = &encoded[(before * 8).div_ceil(6)..(before + text.len()) * 8 / 6];
        forms.push(own.as_bytes().to_vec());
        forms.push(own.replace('+', "-").replace('/', "_").into_bytes());
    }
    forms
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Wrong and right passwords at every door, and tokens.
async fn sign_in_everywhere(server: &Server, secrets: &mut Secrets) {
    let mut client = server.connect().await;
    client.begin("somebody", &[]).await;
    assert_eq!(client.authenticate(AS_NAME, WRONG).await.command, "904");
    assert_eq!(client.authenticate("alice", WRONG).await.command, "904");
    assert_eq!(client.authenticate("alice", PASSWORD).await.command, "903");
    let mut guest = server.connect().await;
    guest.send(format!("PASS {GATE}")).await;
    guest.begin("gina", &[]).await;
    guest.ask("CAP END", "001").await;
    guest.sync().await;
    for line in [
        format!("OPER {AS_NAME} {WRONG}"),
        format!("OPER alice :{PASSWORD}"),
        format!("PRIVMSG NickServ :IDENTIFY {AS_NAME}"),
        format!("NS IDENTIFY alice {WRONG}"),
    ] {
        guest.run(&line).await;
    }
    let token = server.chatctl(&["token", "add", "alice", "--label", "laptop"]).success().trim().to_owned();
    for credentials in
        [format!("Basic {}", STANDARD.encode(format!("alice:{PASSWORD}"))), format!("Bearer {token}")]
    {
        let fields = format!("Authorization: {credentials}\r\n");
        let answer = web::request(&mut web::tls(server).await, "GET", "/api/rooms", &fields).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let body = json!({ "token": token }).to_string();
    let fields = format!(
        "Origin: https://localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
        body.len()
    );
    let mut stream = web::tls(server).await;
    web::send(&mut stream, "POST", "/session", &fields, body.as_bytes()).await;
    assert_eq!(web::answer(&mut stream, "POST").await.status, 204);
    let cookie = format!("__Host-chat-session={token}");
    let fields = [("Cookie", cookie.as_str()), ("Origin", "https://localhost")];
    let page = Frames::ask(web::tls(server).await, "wss://localhost/", &fields).await.expect("no upgrade");
    let mut page = page.lines();
    page.begin("alice", &[]).await;
    assert_eq!(page.authenticate("alice", PASSWORD).await.command, "903");
    page.send("CAP END").await;
    page.until("001").await;
    page.run(&format!("PRIVMSG #lobby :{SAID}")).await;
    secrets.add("token", &token);
}

/// New passwords, tokens, a second factor, an invitation, a webhook.
async fn make_everything(server: &Server, secrets: &mut Secrets) {
    let mut alice = server.login("alice", &[]).await;
    let made = alice.ask("TOKEN NEW :phone", "TOKEN").await;
    secrets.add("own token", made.param(2));
    let next = [PASSWORD, NEXT].map(|text| STANDARD.encode(text)).join(" ");
    alice.ask(&format!("PASSWD {next}"), "PASSWD").await;
    let back = [NEXT, PASSWORD].map(|text| STANDARD.encode(text)).join(" ");
    alice.ask(&format!("PASSWD {back}"), "PASSWD").await;
    let mut app = enrol(&mut alice).await;
    let mut client = server.connect().await;
    client.begin("alice", &[]).await;
    let words = app.words();
    assert_eq!(client.authenticate("alice", &words).await.command, "903");
    assert_eq!(client.authenticate("alice", WRONG).await.command, "907");
    secrets.add("second factor's secret", &app.secret);
    secrets.add("used recovery code", words.rsplit(' ').next().unwrap());
    app.recovery.iter().for_each(|code| secrets.add("recovery code", code));
    let raw = app.bytes();
    secrets.0.push(Secret { name: "second factor's bytes", text: raw, is_stored: true });

    let invitation = server.chatctl(&["invite"]).success().trim().to_owned();
    let mut bob = server.connect().await;
    bob.begin("bob", &[]).await;
    bob.ask(&format!("INVITATION {}", invitation.to_uppercase()), "INVITATION").await;
    bob.ask("REGISTER bob * short", "FAIL").await;
    bob.ask(&format!("REGISTER bob * {NEXT}"), "REGISTER").await;
    secrets.add("invitation", &invitation);
    secrets.add("invitation, as typed", &invitation.to_uppercase());
    let hook = server.chatctl(&["webhook", "add", "lobby", "ci"]).success();
    let (_, hook) = hook.trim().rsplit_once('/').unwrap();
    let answer = web::request(&mut web::tls(server).await, "GET", &format!("/hooks/{hook}"), "").await;
    assert_ne!(answer.status, 200);
    secrets.add("webhook", hook);
}

#[tokio::test]
async fn no_secret_is_in_anything_that_a_busy_server_writes() {
    let hash = Server::start().chatctl_with(&["hash-password", "--password-stdin"], GATE).success();
    let arguments = [
        "--guests",
        "--flood-per-second=0",
        "--listen-web=localhost:0",
        "--listen-metrics=127.0.0.1:0",
        &format!("--server-password-hash={}", hash.trim()),
    ];
    let server = Server::logging(&arguments, "trace");
    server.chatctl_with(&["adduser", "alice", "--admin", "--password-stdin"], PASSWORD).success();
    let mut secrets = Secrets::default();
    for (name, text) in [
        ("password", PASSWORD),
        ("wrong password", WRONG),
        ("password in the place of a name", AS_NAME),
        ("server's password", GATE),
        ("next password", NEXT),
    ] {
        secrets.add(name, text);
    }
    sign_in_everywhere(&server, &mut secrets).await;
    make_everything(&server, &mut secrets).await;

    for words in [
        &["users"][..],
        &["token", "list", "alice"],
        &["certfp", "list", "alice"],
        &["invite", "list", "--all"],
        &["webhook", "list"],
        &["audit"],
        &["status"],
    ] {
        let told = server.chatctl(&[words, &["--json"]].concat()).success();
        secrets.assert_none_in(&words.join(" "), told.as_bytes(), false);
    }
    let metrics =
        web::request(&mut web::plain(&server.metrics_addresses()[0]).await, "GET", "/metrics", "").await;
    secrets.assert_none_in("metrics", &metrics.body, false);
    #[cfg(target_os = "linux")]
    for file in ["cmdline", "environ"] {
        let path = format!("/proc/{}/{file}", server.pid());
        // Not dumpable: to others than root the environment is closed as well.
        secrets.assert_none_in(&path, &fs::read(&path).unwrap_or_default(), false);
    }
    let data = server.folder().join("data");
    let look = || {
        for path in files(&data) {
            let bytes = fs::read(&path).unwrap_or_default();
            secrets.assert_none_in(&path.display().to_string(), &bytes, true);
        }
    };
    look();
    server.stop();
    look();
    let stored = files(&data)
        .iter()
        .any(|path| has(&fs::read(path).unwrap(), &secrets.0.iter().find(|one| one.is_stored).unwrap().text));
    assert!(stored, "nothing would be found if it were there");
    let log = server.log();
    assert!(log.contains("login refused") && log.contains("TRACE"), "{log}");
    secrets.assert_none_in("log", log.as_bytes(), false);
    assert!(!log.contains(SAID), "a message is in the log");
}

fn has(bytes: &[u8], wanted: &[u8]) -> bool {
    memchr::memmem::find(bytes, wanted).is_some()
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_leaves_no_core_dump() {
    let server = Server::start();
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.pid())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{core}");
    if !rustix::process::geteuid().is_root() {
        let environment = fs::read(format!("/proc/{}/environ", server.pid()));
        assert!(environment.is_err(), "it is dumpable");
    }
}

#[test]
fn what_holds_a_secret_does_not_show_it() {
    let secret = || zeroize::Zeroizing::new(WRONG.to_owned());
    let token = format!("cst_{}", "a1".repeat(16));
    let newcomer = Newcomer { name: "bob".parse().unwrap(), email: None, invitation: Some(WRONG.to_owned()) };
    let sign_up =
        Identity::SignUp { name: "bob".parse().unwrap(), password: secret(), invitation: WRONG.into() };
    let sign_in = Identity::SignIn { name: "bob".parse().unwrap(), password: secret(), code: Some(secret()) };
    let shown = [
        format!("{:?}", Plain { name: "bob".into(), password: secret() }),
        format!("{:?}", TokenSecret::parse(&token).unwrap()),
        format!("{:?}", TotpSecret::of(WRONG.as_bytes().to_vec())),
        format!("{:?} {:?}", Code::parse("123456").unwrap(), Code::parse("k3x9p-0v7wz").unwrap()),
        format!("{newcomer:?} {sign_up:?} {sign_in:?}"),
        format!("{:?}", chat_secure::admin::Secret(secret())),
    ];
    let bytes = format!("{:?}", WRONG.as_bytes());
    for text in shown {
        for hidden in [WRONG, &token, "123456", "k3x9p", bytes.trim_matches(['[', ']'])] {
            assert!(!text.contains(hidden), "{text}");
        }
    }
}

#[test]
fn a_secret_is_found_in_every_form() {
    let mut secrets = Secrets::default();
    secrets.add("password", WRONG);
    for before in ["", "a", "ab", "abc"] {
        let text = format!("{before}{WRONG}{before}");
        for written in [STANDARD.encode(&text), text] {
            let found =
                std::panic::catch_unwind(|| secrets.assert_none_in("here", written.as_bytes(), false));
            assert!(found.is_err(), "{written}");
        }
    }
    secrets.assert_none_in("here", b"kettle-moss-wrong-guest", false);
}
