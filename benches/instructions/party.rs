//! A room in which one talks and others listen: real sessions, without sockets, in one runtime.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use chat_secure::auth::{Authenticator, BanList, Cost, PasswordRules, Passwords};
use chat_secure::limits::Limits;
use chat_secure::session::{
    Email, Metrics, Peer, Policy, Registering, Registration, Service, Session, Stage, run,
};
use chat_secure::store::sqlite::Sqlite;
use chat_secure::store::uploads::Quota;
use chat_secure::uploads::{Audience, FileStorage, Rules};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::memory::{self, Accepting};
use crate::pipe::{Far, Round, pipe};

const CAPS: &str = "message-tags server-time account-tag batch labeled-response";
/// A line of usual length: 100 bytes of text.
const LINE: &str = "PRIVMSG #room :The quick brown fox jumps over the lazy dog, and nobody at all is surprised by it any more, not now.\r\n";

/// Everybody in the room.
pub(crate) struct Party {
    store: Arc<Accepting>,
    speaker: Arc<Far>,
    listeners: usize,
    round: Arc<Round>,
    /// What runs as long as it is kept.
    _kept: (watch::Sender<Arc<Policy>>, watch::Sender<Option<String>>, TempDir),
}

impl Party {
    /// One who talks, and so many who listen, all in the room, which somebody else founded.
    pub(crate) async fn gather(listeners: usize) -> Self {
        let store = Arc::<Accepting>::default();
        let people = listeners as u64 + 2;
        let (service, kept) = service(&store, people).await;
        let service = Arc::new(service);
        let mut far_ends = Vec::new();
        for number in 1..=people {
            let far = enter(&service, number);
            far.hear(" PONG ").await;
            far_ends.push(far);
        }
        let founder = far_ends.remove(0);
        founder.say(b"PART #room\r\nPING out\r\n");
        founder.hear(" PONG ").await;
        let round = Arc::<Round>::default();
        for far in &far_ends {
            // Behind all that was heard of the others.
            far.say(b"PING all\r\n");
            far.hear(" PONG ").await;
            far.count(&round);
        }
        let speaker = far_ends.remove(0);
        Self { store, speaker, listeners, round, _kept: kept }
    }

    /// The speaker says so many messages, so many of them at once; each time everything that comes
    /// of it is waited for.
    pub(crate) async fn talk(&self, messages: usize, at_once: usize) {
        let said = LINE.repeat(at_once);
        for _ in 0..messages / at_once {
            self.round.begin(self.listeners * at_once + 1);
            self.speaker.owe(&self.store, self.store.entries.load(Ordering::Relaxed) + at_once);
            self.speaker.say(said.as_bytes());
            self.round.end().await;
        }
    }
}

/// A session of this account, signed in and in the room.
fn enter(service: &Arc<Service>, number: u64) -> Arc<Far> {
    let account = memory::account(number);
    let peer = Peer { address: None, port: 0, secure: true, certificate: None, token: None };
    let mut session = Box::new(Session::new(service.next_session(), Arc::clone(service), peer));
    let name = account.name.clone();
    session.stage = Stage::Registering(Box::new(Registering {
        account: Some((account.id, account.name)),
        ..Registering::default()
    }));
    let (pipe, far) = pipe();
    // It ends with the runtime.
    drop(tokio::spawn(run(session, pipe)));
    far.say(format!("CAP REQ :{CAPS}\r\nNICK {name}\r\nUSER {name} 0 * :{name}\r\nCAP END\r\n").as_bytes());
    far.say(b"JOIN #room\r\nPING in\r\n");
    far
}

async fn service(
    store: &Arc<Accepting>,
    accounts: u64,
) -> (Service, (watch::Sender<Arc<Policy>>, watch::Sender<Option<String>>, TempDir)) {
    let folder = tempfile::tempdir().unwrap();
    let clock = memory::clock();
    // For what is not the journal's; not in the way of a message.
    let sqlite = Arc::new(Sqlite::open(&folder.path().join("chat-secure.db")).await.unwrap());
    let passwords = Passwords::start(Cost { memory_kib: 8, passes: 1, lanes: 1 }, 1).unwrap();
    let (policy, wanted) = watch::channel(Arc::new(Policy {
        registration: Registration::Closed,
        registration_before_connect: false,
        registration_email: Email::None,
        server_password_hash: None,
    }));
    let (shutdown, told) = watch::channel(None);
    let rules = Rules {
        file_bytes_max: 0,
        quota: Quota { account_bytes_max: 0, bytes_max: 0 },
        audience: Audience::Members,
    };
    let files = FileStorage::open(folder.path(), Arc::clone(&sqlite) as _, rules).await.unwrap();
    let service = Service {
        name: "chat.example".into(),
        network_name: "Example".into(),
        journal: memory::journal(Arc::clone(store), accounts).await,
        authenticator: Arc::new(Authenticator::new(
            Arc::clone(&sqlite) as _,
            passwords,
            clock.clone(),
            PasswordRules::default(),
        )),
        bans: Arc::new(BanList::open(Arc::clone(&sqlite) as _, clock.clone()).await.unwrap()),
        files: Arc::new(files),
        store: sqlite,
        search: None,
        started_at: clock.now(),
        clock,
        limits: Limits { flood_per_second: 0, ..Limits::default() },
        policy: wanted,
        sts_duration_s: 0,
        tls_port: OnceLock::new(),
        web_url: OnceLock::new(),
        guests: false,
        guest_prefix: "guest".into(),
        default_room: None,
        motd: Vec::new(),
        host_key: [0; 32],
        shutdown: told,
        roster: Arc::default(),
        metrics: Metrics::default(),
        last_session: AtomicU64::new(0),
    };
    (service, (policy, shutdown, folder))
}
