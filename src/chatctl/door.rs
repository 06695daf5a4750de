//! The way to a server's data: through the server if it runs, else by our own hands, under the
//! lock that keeps a server out meanwhile.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::admin::{self, Asker, CallError, Context, Request, Response};
use crate::auth::{Authenticator, BanList, Passwords};
use crate::clock::Clock;
use crate::config::{Certificate, Config, Database};
use crate::journal::{Journal, Rules};
use crate::limits;
use crate::store::Store;
use crate::store::sqlite::{DataLock, LockError, Sqlite};

use super::Failure;

/// How long another process may hold the data directory without listening: a server that starts
/// or stops, another chatctl.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// The way.
pub(super) enum Door {
    /// Through the server on this data directory.
    Server(PathBuf),
    /// By our own hands.
    Own(Box<Own>),
}

pub(super) struct Own {
    context: Context,
    writer: JoinHandle<()>,
    store: Sqlite,
    /// Given back last.
    _lock: DataLock,
}

impl Door {
    pub(super) async fn open(config: &Config) -> Result<Self, Failure> {
        match server_or_lock(config).await? {
            None => Ok(Self::Server(config.data_dir.clone())),
            Some(lock) => Ok(Self::Own(Box::new(Own::open(config, lock).await?))),
        }
    }

    pub(super) async fn ask(&self, request: Request) -> Result<Response, Failure> {
        match self {
            Self::Server(dir) => {
                let erases = matches!(request, Request::EraseUser { with_messages: true, .. });
                let seconds =
                    if erases { limits::ADMIN_ERASURE_TIMEOUT_S } else { limits::ADMIN_ANSWER_TIMEOUT_S };
                Ok(admin::call_within(dir, &request, Duration::from_secs(seconds)).await??)
            }
            Self::Own(own) => Ok(admin::perform(&own.context, &Asker::of_process(), request).await?),
        }
    }

    /// Lets go of everything in order.
    pub(super) async fn close(self) {
        let Self::Own(own) = self else { return };
        let Own { context, writer, store, _lock } = *own;
        // The writer ends with the last way to it.
        drop(context);
        if let Err(error) = writer.await {
            tracing::error!(%error, "the journal's writer failed");
        }
        store.close().await;
    }
}

/// Whether a server runs (none), or else the lock that keeps one out.
pub(super) async fn server_or_lock(config: &Config) -> Result<Option<DataLock>, Failure> {
    let dir = &config.data_dir;
    if !dir.is_dir() {
        return Err(Failure::failed(
            format!("there is no data directory {}", dir.display()),
            "start chat-secure-server first, or say with --data-dir or --config which server you mean",
        ));
    }
    wait_for_one(dir).await
}

/// Waits for a server that listens (none) or for the lock.
async fn wait_for_one(dir: &Path) -> Result<Option<DataLock>, Failure> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        match admin::probe(dir).await {
            Ok(()) => return Ok(None),
            Err(CallError::Nobody) => {}
            Err(error) => return Err(error.into()),
        }
        check_owner(dir)?;
        match DataLock::acquire(dir) {
            Ok(lock) => return Ok(Some(lock)),
            Err(LockError::Taken { .. }) if Instant::now() < deadline => sleep(LOCK_PAUSE).await,
            Err(LockError::Taken { dir, holder }) => {
                let what = format!("{} is held by {holder}, which does not answer chatctl", dir.display());
                let remedy = "wait until it has started or is done; if it is a server that hangs, restart it";
                return Err(Failure::failed(what, remedy));
            }
            Err(error @ LockError::Unusable { .. }) => return Err(Failure::from_text(&error.to_string())),
        }
    }
}

/// What root makes in there, the server could not open.
pub(super) fn check_owner(dir: &Path) -> Result<(), Failure> {
    let owner = fs::metadata(dir)?.uid();
    let me = rustix::process::geteuid().as_raw();
    if owner == me {
        return Ok(());
    }
    Err(Failure::failed(
        format!("the server is stopped, and its data directory {} belongs to another user", dir.display()),
        format!("run chatctl as that user: sudo -u '#{owner}' chatctl …"),
    ))
}

impl Own {
    async fn open(config: &Config, lock: DataLock) -> Result<Self, Failure> {
        let Database::Sqlite(path) = config.database();
        let store = Sqlite::open(&path).await.map_err(|error| Failure::from_text(&error.to_string()))?;
        let shared: Arc<dyn Store> = Arc::new(store.clone());
        let limits = config.limits();
        let rules = Rules {
            always_on: config.always_on,
            rooms_per_user_max: limits.rooms_per_user_max,
            rooms_max: limits.rooms_max,
            default_user_modes: config.default_user_modes.0,
        };
        let accounts = shared.accounts().await.map_err(admin::Error::from)?;
        let (journal, writer) = Journal::open(Arc::clone(&shared) as _, accounts, rules, Clock::System)
            .await
            .map_err(admin::Error::from)?;
        let passwords = Passwords::start(config.argon2_cost(), 1)
            .map_err(|error| Failure::failed(error.to_string(), "change the settings"))?;
        let authenticator =
            Authenticator::new(Arc::clone(&shared) as _, passwords, Clock::System, config.password_rules());
        let bans =
            BanList::open(Arc::clone(&shared) as _, Clock::System).await.map_err(admin::Error::from)?;
        let context = Context {
            roster: Arc::default(),
            bans: Arc::new(bans),
            store: shared,
            journal,
            authenticator: Arc::new(authenticator),
            clock: Clock::System,
            certificate: server_certificate(config),
            retention: config.retention(),
            sources: config.backup_sources()?,
            running: None,
        };
        Ok(Self { context, writer, store, _lock: lock })
    }
}

/// The server's certificate: from the server if it runs, else from the file; needs no database.
pub(super) async fn certificate(config: &Config) -> Result<Response, Failure> {
    match admin::call(&config.data_dir, &Request::Certificate).await {
        Ok(answer) => Ok(answer?),
        Err(CallError::Nobody) => Ok(Response::Certificate(server_certificate(config).view(&Clock::System)?)),
        Err(error) => Err(error.into()),
    }
}

fn server_certificate(config: &Config) -> admin::Certificate {
    match config.certificate() {
        Certificate::Given { cert, .. } => admin::Certificate::given(cert, None),
        Certificate::SelfMade { dir, signed } => {
            admin::Certificate::self_made(dir, vec![config.server_name.to_string()], signed, None)
        }
    }
}
