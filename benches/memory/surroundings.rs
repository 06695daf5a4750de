//! What sessions need beside the journal and the store: made once, in the way of no message.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use chat_secure::auth::{Authenticator, BanList, Cost, PasswordRules, Passwords};
use chat_secure::clock::Clock;
use chat_secure::journal::Journal;
use chat_secure::limits::Limits;
use chat_secure::session::{Email, Metrics, Policy, Registration, Service};
use chat_secure::store::Store;
use chat_secure::store::uploads::Quota;
use chat_secure::uploads::{Audience, FileStorage, Rules};
use tempfile::TempDir;
use tokio::sync::watch;

/// All of it; a service lives no longer.
pub(crate) struct Surroundings {
    authenticator: Arc<Authenticator>,
    bans: Arc<BanList>,
    files: Arc<FileStorage>,
    policy: watch::Sender<Arc<Policy>>,
    shutdown: watch::Sender<Option<String>>,
    /// Where files would be; it goes with this.
    _folder: TempDir,
}

impl Surroundings {
    /// Nobody signs in by a password, nobody is banned and no file is taken; `store` is asked nothing
    /// later. To be called in a runtime.
    pub(crate) async fn new(store: Arc<dyn Store>, clock: Clock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let passwords = Passwords::start(Cost { memory_kib: 8, passes: 1, lanes: 1 }, 1).unwrap();
        let rules = Rules {
            file_bytes_max: 0,
            quota: Quota { account_bytes_max: 0, bytes_max: 0 },
            audience: Audience::Members,
        };
        let policy = Policy {
            registration: Registration::Closed,
            registration_before_connect: false,
            registration_email: Email::None,
            server_password_hash: None,
        };
        let authenticator =
            Authenticator::new(Arc::clone(&store) as _, passwords, clock.clone(), PasswordRules::default());
        Self {
            authenticator: Arc::new(authenticator),
            bans: Arc::new(BanList::open(Arc::clone(&store) as _, clock).await.unwrap()),
            files: Arc::new(FileStorage::open(folder.path(), store, rules).await.unwrap()),
            policy: watch::Sender::new(Arc::new(policy)),
            shutdown: watch::Sender::new(None),
            _folder: folder,
        }
    }

    /// A service around this journal and this store.
    pub(crate) fn service(
        &self,
        journal: Journal,
        store: Arc<dyn Store>,
        clock: Clock,
        guests: bool,
    ) -> Service {
        Service {
            name: "chat.example".into(),
            network_name: "Example".into(),
            journal,
            store,
            search: None,
            files: Arc::clone(&self.files),
            authenticator: Arc::clone(&self.authenticator),
            bans: Arc::clone(&self.bans),
            started_at: clock.now(),
            clock,
            limits: Limits { flood_per_second: 0, ..Limits::default() },
            policy: self.policy.subscribe(),
            sts_duration_s: 0,
            tls_port: OnceLock::new(),
            web_url: OnceLock::new(),
            guests,
            guest_prefix: "guest".into(),
            default_room: None,
            motd: Vec::new(),
            host_key: [0; 32],
            shutdown: self.shutdown.subscribe(),
            roster: Arc::default(),
            metrics: Metrics::default(),
            last_session: AtomicU64::new(0),
        }
    }
}
