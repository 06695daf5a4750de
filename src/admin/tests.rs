//! The operations and the socket, without a server around them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use zeroize::Zeroizing;

use crate::auth::{Cost, PasswordRules, Passwords};
use crate::journal::Rules;
use crate::limits;
use crate::names::AccountName;
use crate::store::accounts::AccountRole;
use crate::store::sqlite::Sqlite;

use super::socket::call_within;
use super::*;

struct Fixture {
    dir: TempDir,
    context: Arc<Context>,
    clock: Arc<AtomicI64>,
}

async fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&dir.path().join("chat.db")).await.unwrap();
    let ms = Arc::new(AtomicI64::new(1_763_640_000_000));
    let clock = Clock::Manual(Arc::clone(&ms));
    let store: Arc<dyn Store> = Arc::new(store);
    let rules = Rules {
        always_on: true,
        rooms_per_user_max: 10,
        rooms_max: 100,
        default_user_modes: Default::default(),
    };
    let (journal, _) =
        Journal::open(Arc::clone(&store) as _, Vec::new(), rules, clock.clone()).await.unwrap();
    let passwords = Passwords::start(Cost { memory_kib: 64, passes: 1, lanes: 1 }, 1).unwrap();
    let rules = PasswordRules { bytes_min: 8, ..PasswordRules::default() };
    let authenticator =
        Arc::new(Authenticator::new(Arc::clone(&store) as _, passwords, clock.clone(), rules));
    let certificate = Certificate::given(dir.path().join("none.pem"), None);
    let bans = Arc::new(BanList::open(Arc::clone(&store) as _, clock.clone()).await.unwrap());
    let roster = Arc::default();
    let (retention, sources, running) = (Default::default(), Sources::default(), None);
    let context = Context {
        store,
        journal,
        authenticator,
        roster,
        bans,
        clock,
        certificate,
        retention,
        sources,
        running,
    };
    Fixture { dir, context: Arc::new(context), clock: ms }
}

fn name(text: &str) -> AccountName {
    AccountName::parse(text).unwrap()
}

fn add(text: &str) -> Request {
    let password = Some(Secret(Zeroizing::new("correct horse".into())));
    Request::AddAccount { name: name(text), role: AccountRole::Member, password }
}

impl Fixture {
    async fn perform(&self, request: Request) -> Result<Response, Error> {
        perform(&self.context, &Asker::of_uid(0), request).await
    }

    fn listen(&self) {
        tokio::spawn(serve(bind(self.dir.path()).unwrap(), Arc::clone(&self.context)));
    }

    /// What the socket answers to these bytes.
    async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = UnixStream::connect(self.dir.path().join(SOCKET_FILE)).await.unwrap();
        // It may be refused before all of it is sent.
        drop(stream.write_all(bytes).await);
        drop(stream.shutdown().await);
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer).await);
        String::from_utf8(answer).unwrap()
    }
}

#[tokio::test]
async fn the_socket_is_its_owners_and_replaces_a_dead_one() {
    let fixture = fixture().await;
    let path = fixture.dir.path();
    fs::create_dir(path.join(".admin")).unwrap();
    fs::write(path.join(".admin/s"), "left by a crash").unwrap();
    drop(bind(path).unwrap());
    assert!(matches!(probe(path).await, Err(CallError::Nobody)));
    fixture.listen();
    probe(path).await.unwrap();
    let mode = fs::metadata(path.join(SOCKET_FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!path.join(".admin").exists());
}

#[tokio::test]
async fn a_request_is_answered_over_the_socket_as_it_is_without() {
    let fixture = fixture().await;
    fixture.listen();
    let made = call(fixture.dir.path(), &add("bob")).await.unwrap().unwrap();
    assert!(matches!(made, Response::Account(change) if change.account.name == "bob"));
    let again = call(fixture.dir.path(), &add("bob")).await.unwrap().unwrap_err();
    assert_eq!(again, fixture.perform(add("bob")).await.unwrap_err());
    assert_eq!(again.kind, ErrorKind::Exists);
}

#[tokio::test]
async fn a_bad_request_gets_an_error_that_repeats_nothing_and_harms_nobody() {
    let fixture = fixture().await;
    fixture.listen();
    let long = [b"\"secret-word".repeat(limits::ADMIN_REQUEST_BYTES_MAX / 8), b"\n".to_vec()].concat();
    for bytes in [
        b"GET / HTTP/1.1\r\n\r\n".as_slice(),
        b"{\"add_account\":{\"name\":\"b b\",\"role\":\"member\",\"password\":\"secret-word\"}}\n",
        b"{\"set_password\":\"secret-word\"}\n",
        b"{\"launch\":{}}\n",
        b"\"status\"",
        b"\xff\xfe\n",
        b"[[[[[[[[[[\n",
        &long,
    ] {
        let answer = fixture.raw(bytes).await;
        assert!(answer.contains("does not understand"), "{answer}");
        assert!(!answer.contains("secret-word"), "{answer}");
    }
    assert_eq!(fixture.raw(b"").await, "");
    assert!(fixture.raw(b"\"status\"\n").await.contains("\"running\":false"));
}

#[tokio::test]
async fn a_crowd_at_the_socket_waits_its_turn() {
    let fixture = fixture().await;
    fixture.listen();
    let path = fixture.dir.path();
    let mut idle = Vec::new();
    for _ in 0..limits::ADMIN_CONNECTIONS_MAX {
        idle.push(UnixStream::connect(path.join(SOCKET_FILE)).await.unwrap());
    }
    let waiting = tokio::spawn({
        let path = path.to_owned();
        async move { call(&path, &Request::Status).await }
    });
    drop(idle);
    waiting.await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_server_that_hangs_is_told_from_none() {
    let fixture = fixture().await;
    let _silent = bind(fixture.dir.path()).unwrap();
    let asked = call_within(fixture.dir.path(), &Request::Status, Duration::from_millis(20)).await;
    assert!(matches!(asked, Err(CallError::Silent)));
}

#[tokio::test]
async fn a_weak_password_an_empty_label_and_a_bad_fingerprint_say_how_to_mend_them() {
    let fixture = fixture().await;
    fixture.perform(add("bob")).await.unwrap();
    let bob = || name("bob");
    let weak = Some(Secret(Zeroizing::new("short".into())));
    let hex = "ab".repeat(32);
    let cases = [
        (Request::AddAccount { name: name("al"), role: AccountRole::Member, password: weak }, "four words"),
        (add("B0B"), "another name"),
        (Request::AddToken { name: bob(), label: " ".into() }, "--label"),
        (Request::AddToken { name: bob(), label: "x".repeat(101) }, "--label"),
        (Request::AddFingerprint { name: bob(), fingerprint: "ab".into(), label: "x".into() }, "openssl"),
        (
            Request::AddFingerprint { name: bob(), fingerprint: hex.replace('a', "z"), label: "x".into() },
            "openssl",
        ),
        (Request::AddInvitation { role: AccountRole::Member, uses: 0, expires_at: None }, "1 to"),
        (
            Request::AddInvitation { role: AccountRole::Member, uses: 1, expires_at: Some(Timestamp(1)) },
            "later",
        ),
        (Request::DeleteAccount { name: name("nobody") }, "chatctl users"),
        (Request::RevokeToken { name: bob(), id: 7, end_sessions: false }, "chatctl token list bob"),
        (Request::RevokeInvitation { id: 7 }, "chatctl invite list"),
        (
            Request::RemoveFingerprint { name: bob(), fingerprint: String::new(), end_sessions: false },
            "certfp list",
        ),
        (Request::Certificate, "put it there"),
        (Request::RenewCertificate { new_key: false }, "SIGHUP"),
    ];
    for (request, remedy) in cases {
        let shown = format!("{request:?}");
        let error = fixture.perform(request).await.unwrap_err();
        assert!(error.remedy.contains(remedy), "{shown}: {error}");
    }
}

#[tokio::test]
async fn a_client_certificate_belongs_to_one_account_and_is_removed_by_its_first_digits() {
    let fixture = fixture().await;
    for account in ["alice", "bob"] {
        fixture.perform(add(account)).await.unwrap();
    }
    let add = |account: &str, fingerprint: String| Request::AddFingerprint {
        name: name(account),
        fingerprint,
        label: "laptop".into(),
    };
    let (one, other) = ("ab".repeat(32), format!("ab{}", "cd".repeat(31)));
    fixture.perform(add("alice", format!("SHA256:{}", one.to_uppercase()))).await.unwrap();
    fixture.perform(add("alice", other.clone())).await.unwrap();
    let taken = fixture.perform(add("bob", one)).await.unwrap_err();
    assert_eq!(taken.kind, ErrorKind::Exists);
    assert!(taken.remedy.contains("certfp remove alice abababab"), "{taken}");
    let remove = |digits: &str| Request::RemoveFingerprint {
        name: name("alice"),
        fingerprint: digits.into(),
        end_sessions: false,
    };
    assert!(fixture.perform(remove("ab")).await.unwrap_err().what.contains("several"));
    fixture.perform(remove("abcd")).await.unwrap();
    let Response::Fingerprints(left) =
        fixture.perform(Request::Fingerprints { name: name("alice") }).await.unwrap()
    else {
        panic!("no fingerprints")
    };
    assert_eq!(left.len(), 1);
    assert_ne!(left[0].fingerprint, other);
}

#[tokio::test]
async fn tokens_of_an_account_are_limited() {
    let fixture = fixture().await;
    fixture.perform(add("bob")).await.unwrap();
    let token = || Request::AddToken { name: name("bob"), label: "x".into() };
    for _ in 0..limits::CREDENTIALS_MAX {
        fixture.perform(token()).await.unwrap();
    }
    assert!(fixture.perform(token()).await.unwrap_err().remedy.contains("revoke one"));
}

#[tokio::test]
async fn an_expired_invitation_is_listed_only_with_all() {
    let fixture = fixture().await;
    let now = fixture.clock.load(Ordering::Relaxed);
    let expires_at = Some(Timestamp(now + 1000));
    let invite = Request::AddInvitation { role: AccountRole::Member, uses: 2, expires_at };
    fixture.perform(invite).await.unwrap();
    fixture.clock.store(now + 1000, Ordering::Relaxed);
    for (all, count) in [(false, 0), (true, 1)] {
        let listed = fixture.perform(Request::Invitations { all }).await.unwrap();
        assert!(matches!(listed, Response::Invitations(list) if list.len() == count), "{all}");
    }
}

#[test]
fn secrets_are_not_shown_by_accident() {
    let shown = format!("{:?}", add("bob"));
    assert!(!shown.contains("horse"), "{shown}");
}

#[test]
fn conversations_are_named_as_people_write_them() {
    for (text, shown) in [
        ("#lobby", "#lobby"),
        ("lobby", "#lobby"),
        ("alice+bob", "alice+bob"),
        ("#a+b", "#a+b"),
        ("17", "17"),
    ] {
        let parsed: Conversation = text.parse().unwrap();
        assert_eq!(parsed.to_string(), shown);
        assert_eq!(shown.parse::<Conversation>(), Ok(parsed));
    }
    for text in ["", "#", "a b", "alice+", "+bob", "a+1b"] {
        assert!(text.parse::<Conversation>().is_err(), "{text}");
    }
}
