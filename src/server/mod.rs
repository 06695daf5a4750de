//! The server: puts the parts together, starts them in order, and stops them in order.

mod acme;
mod admission;
mod announcement;
mod arrival;
mod check;
mod doors;
mod health;
mod host;
mod inherited;
mod listener;
mod metrics;
mod process;
mod proxy;
mod reload;
mod renewal;
mod retention;
mod signals;
mod supervisor;
mod tls;
mod warnings;
mod web;

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context as _;
use rustix::fs::Mode;
use tokio::net::UnixListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::admin;
use crate::auth::{Authenticator, BanList, Passwords};
use crate::clock::Clock;
use crate::config::{self, Certificate, Config, Database};
use crate::identity::Identity;
use crate::journal::{Journal, Rules};
use crate::limits::Limits;
use crate::permissions::writable_by_others;
use crate::session::{self, Policy, Service};
use crate::store::sqlite::{DataLock, SearchIndex, Sqlite};
use crate::store::{Search, Store};

use crate::uploads::FileStorage;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use proxy::fuzz::proxy as fuzz_proxy;

use admission::Admission;
use announcement::Announcement;
use arrival::Door;
use health::Health;
use inherited::Inherited;
use metrics::{Connections, DataPaths};
use reload::{InForce, policy_of};
use renewal::Renewal;
use signals::{Signals, Told};
use supervisor::Supervisor;
use warnings::Insights;

pub use check::check;

/// How long sessions have to take leave when the server stops.
const FAREWELL: Duration = Duration::from_secs(3);
/// How long the writer has to commit what is queued.
const LAST_COMMIT: Duration = Duration::from_secs(1);

/// The search index, in the data directory.
const SEARCH_FILE: &str = "search.db";

/// Runs the server until it is told to stop. `reload` reads the configuration again.
///
/// # Errors
/// What keeps it from starting, in words that say how to mend it.
pub async fn run(config: Config, reload: impl Fn() -> Result<Config, config::Error>) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let supervisor = Arc::new(Supervisor::from_environment(|name| std::env::var_os(name)));
    let mut inherited = Inherited::from_environment()?;
    // What is made without a mode of its own is nobody else's business.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    host::forbid_core_dumps();
    let files = host::raise_file_limit(config.limits().sessions_max);
    let data_dir = config.data_dir.clone();
    host::make_private_dir(&data_dir)?;
    let _lock = DataLock::acquire(&data_dir)?;
    let Database::Sqlite(path) = config.database();
    let store = Arc::new(open_store(&config, &path).await?);
    let identity = Arc::new(load_identity(&config)?);
    let index = search_index(&config, &store).await;
    let (running, mut writer) = start(&config, Arc::clone(&store) as Arc<dyn Store>, index.clone()).await?;
    let mut followers = JoinSet::new();
    followers.spawn(Arc::clone(&running.service.files).follow());
    followers.spawn(retention::follow(Arc::clone(&store) as _, config.retention(), Clock::System));
    if let Some(index) = index.clone() {
        followers.spawn(index.follow());
    }
    let (alive, mut all_gone) = mpsc::channel(1);
    let door = Door {
        service: Arc::clone(&running.service),
        admission: Admission::new(&config.limits()),
        connections: Connections::default(),
        answers: crate::web::Metrics::default(),
        alive,
    };
    let mut doors = JoinSet::new();
    let mut announcement = Announcement::new(&config, identity.describe()?);
    doors::open(&config, &identity, &door, &mut inherited, &mut doors, &mut announcement)?;
    let paths = DataPaths { database: path, search: data_dir.join(SEARCH_FILE) };
    let renewal = Renewal::new(&identity);
    let insights = Arc::new(Insights::new(&door, paths, &renewal));
    drop(door);
    let service = Arc::downgrade(&running.service);
    // To the end: who watches is told that the server stops.
    let health = Health::new(service, &insights);
    let (_watched, addresses) = health::open(&config.listen_metrics, &mut inherited, health)?;
    announcement.metrics = addresses;
    inherited.check_empty()?;
    let context = admin_context(&config, &running.service, &identity, announcement.addresses(), &insights)?;
    doors.spawn(admin::serve(bind_admin(&data_dir)?, Arc::new(context)));
    announcement.invitation = first_invitation(&running.service, &data_dir).await?;
    doors.spawn(Arc::clone(&supervisor).watch(running.service.journal.clone()));
    renewal.start(&config, &mut doors);
    doors.spawn(insights.watch(Arc::clone(&running.service), files, data_dir));
    announcement.print();
    supervisor.ready(&announcement.addresses());
    let mut in_force = InForce::new(config);
    let mut again = || {
        supervisor.reloading();
        in_force.read_again(&renewal, &running, &reload);
        supervisor.ready(&announcement.addresses());
    };
    let reason = wait_for_end(&mut signals, &mut again, &mut writer).await?;
    tracing::info!(reason, "stopping");
    supervisor.stopping();
    doors.shutdown().await;
    running.stop(&format!("The server is stopping: {reason}"));
    if timeout(FAREWELL, all_gone.recv()).await.is_err() {
        tracing::warn!("some sessions did not take leave in time");
    }
    // The writer ends with the last way to it, after all it was asked is done.
    drop(running);
    finish(writer, followers, index, &store).await;
    tracing::info!("stopped");
    Ok(())
}

/// What was asked for is committed, what follows the journal ends, and the store is closed.
async fn finish(
    writer: JoinHandle<()>,
    mut followers: JoinSet<()>,
    index: Option<SearchIndex>,
    store: &Sqlite,
) {
    if timeout(LAST_COMMIT, writer).await.is_err() {
        tracing::warn!(
            "the store did not take the last messages in time; their senders were not told they are stored"
        );
    }
    followers.shutdown().await;
    if let Some(index) = index {
        index.finish().await;
    }
    store.close().await;
}

/// What runs once everything is put together.
struct Running {
    service: Arc<Service>,
    policy: watch::Sender<Arc<Policy>>,
    shutdown: watch::Sender<Option<String>>,
}

impl Running {
    /// Has everybody who is connected, or about to be, leave.
    fn stop(&self, reason: &str) {
        self.shutdown.send_replace(Some(reason.to_owned()));
        self.service.roster.stop(reason);
    }

    /// From now on this policy counts; if it is another one, everybody is told.
    fn adopt(&self, policy: Arc<Policy>) {
        let is_new = self.policy.send_if_modified(|old| {
            *old != policy && {
                *old = policy;
                true
            }
        });
        if is_new {
            self.service.roster.tell_policy();
        }
    }
}

/// The database, unless its newest entries are not those that were written and the settings do not
/// say that this is known.
async fn open_store(config: &Config, path: &Path) -> anyhow::Result<Sqlite> {
    let store = Sqlite::open(path).await?;
    if let Err(error) = store.check_newest(path).await {
        anyhow::ensure!(
            config.accept_damage,
            "{error}; or start with --accept-damage, which keeps what is there"
        );
        tracing::error!(%error, "started all the same, as accept_damage says");
    }
    Ok(store)
}

/// The index beside the database. Without it the server is of use too.
async fn search_index(config: &Config, store: &Sqlite) -> Option<SearchIndex> {
    let path = config.data_dir.join(SEARCH_FILE);
    if !config.search {
        // An index that follows nothing would keep what is taken back meanwhile.
        let removed = SearchIndex::remove(&path);
        removed.unwrap_or_else(|error| tracing::error!(%error, "an old search index stays"));
        return None;
    }
    let index = SearchIndex::open(&path, store).await;
    index.inspect_err(|error| tracing::error!(%error, "there is no search")).ok()
}

async fn start(
    config: &Config,
    store: Arc<dyn Store>,
    index: Option<SearchIndex>,
) -> anyhow::Result<(Running, JoinHandle<()>)> {
    let clock = Clock::System;
    let limits: Limits = config.limits();
    let rules = Rules {
        always_on: config.always_on,
        rooms_per_user_max: limits.rooms_per_user_max,
        rooms_max: limits.rooms_max,
        default_user_modes: config.default_user_modes.0,
    };
    let (journal, writer) =
        Journal::open(Arc::clone(&store) as _, store.accounts().await?, rules, clock.clone()).await?;
    let authenticator = authenticator(config, Arc::clone(&store), clock.clone())?;
    let bans = BanList::open(Arc::clone(&store) as _, clock.clone()).await?;
    let (shutdown, told) = watch::channel(None);
    let (policy, wanted) = watch::channel(Arc::new(policy_of(config)));
    let mut host_key = [0; 32];
    getrandom::fill(&mut host_key).context("the system gives no random numbers")?;
    let files = FileStorage::open(&config.data_dir, Arc::clone(&store), config.upload_rules());
    let files = files.await.context("can't open the folder of files in the data directory")?;
    let service = Service {
        name: config.server_name.to_string(),
        network_name: config.network_name.to_string(),
        journal,
        store,
        search: index.map(|index| Arc::new(index) as Arc<dyn Search>),
        files: Arc::new(files),
        authenticator: Arc::new(authenticator),
        started_at: clock.now(),
        clock,
        limits,
        policy: wanted,
        sts_duration_s: config.sts_duration_s,
        tls_port: OnceLock::new(),
        web_url: OnceLock::new(),
        guests: config.guests,
        guest_prefix: config.guest_prefix.to_string(),
        default_room: config.default_room.clone(),
        motd: motd(config)?,
        host_key,
        shutdown: told,
        roster: Arc::default(),
        metrics: session::Metrics::default(),
        bans: Arc::new(bans),
        last_session: AtomicU64::new(0),
    };
    Ok((Running { service: Arc::new(service), policy, shutdown }, writer))
}

fn authenticator(config: &Config, store: Arc<dyn Store>, clock: Clock) -> anyhow::Result<Authenticator> {
    let passwords = Passwords::start(config.argon2_cost(), config.hash_threads())?;
    Ok(Authenticator::new(store, passwords, clock, config.password_rules()))
}

fn motd(config: &Config) -> anyhow::Result<Vec<String>> {
    let Some(path) = &config.motd else { return Ok(Vec::new()) };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("motd: can't read {} as UTF-8 text", path.display()))?;
    if let Some(mode) = writable_by_others(&std::fs::metadata(path)?) {
        anyhow::bail!(
            "motd: others can write {} (mode {mode:03o}); run: chmod go-w {}",
            path.display(),
            path.display()
        );
    }
    Ok(text.lines().map(str::to_owned).collect())
}

fn bind_admin(data_dir: &Path) -> anyhow::Result<UnixListener> {
    admin::bind(data_dir).with_context(|| {
        let path = data_dir.join(admin::SOCKET_FILE);
        format!("can't listen for chatctl on {}; choose a data directory with a shorter path", path.display())
    })
}

fn admin_context(
    config: &Config,
    service: &Service,
    identity: &Arc<Identity>,
    addresses: Vec<String>,
    insights: &Arc<Insights>,
) -> anyhow::Result<admin::Context> {
    let shown = Some(Arc::clone(identity));
    let certificate = match config.certificate() {
        Certificate::Given { cert, .. } => admin::Certificate::given(cert, shown),
        Certificate::SelfMade { dir, signed } => {
            admin::Certificate::self_made(dir, names(config), signed, shown)
        }
    };
    Ok(admin::Context {
        store: Arc::clone(&service.store),
        journal: service.journal.clone(),
        authenticator: Arc::clone(&service.authenticator),
        roster: Arc::clone(&service.roster),
        bans: Arc::clone(&service.bans),
        clock: service.clock.clone(),
        certificate,
        retention: config.retention(),
        sources: config.backup_sources().context("the working directory is gone")?,
        running: Some(admin::Running {
            started_at: service.started_at,
            addresses,
            insight: Arc::clone(insights) as _,
        }),
    })
}

/// The names for which the server makes its own certificate.
fn names(config: &Config) -> Vec<String> {
    vec![config.server_name.to_string()]
}

/// With no account there is a fresh invitation for the first administrator, printed and written
/// to a file that only its owner can read.
async fn first_invitation(service: &Service, data_dir: &Path) -> anyhow::Result<Option<String>> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    const CREATOR: &str = "server";
    let path = data_dir.join("invitation");
    if !service.store.accounts().await?.is_empty() {
        if path.exists() {
            std::fs::remove_file(&path)?;
        }
        return Ok(None);
    }
    for old in service.store.invitations().await?.iter().filter(|old| old.creator == CREATOR) {
        service.store.delete_invitation(old.id).await?;
    }
    let role = crate::store::accounts::AccountRole::Admin;
    let (code, _) = service.authenticator.invite(role, 1, None, CREATOR).await?;
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    writeln!(file, "{}", code.as_str())?;
    Ok(Some(code.to_string()))
}

/// Serves until a signal says stop. A writer that ends by itself takes the process with it.
async fn wait_for_end(
    signals: &mut Signals,
    read_again: &mut impl FnMut(),
    writer: &mut JoinHandle<()>,
) -> anyhow::Result<&'static str> {
    loop {
        tokio::select! {
            told = signals.next() => match told {
                Told::Stop(reason) => return Ok(reason),
                Told::Reload => read_again(),
            },
            ended = &mut *writer => {
                let cause = ended.err().map_or_else(|| "it ended".to_owned(), |error| error.to_string());
                anyhow::bail!("the journal's writer failed ({cause}); start again, nothing that was shown is lost");
            }
        }
    }
}

fn load_identity(config: &Config) -> anyhow::Result<Identity> {
    Ok(match config.certificate() {
        Certificate::Given { cert, key } => Identity::load(&cert, &key)?,
        Certificate::SelfMade { dir, signed } => Identity::make_or_load(&dir, &names(config), signed)?,
    })
}
