//! The heart: everything that happens goes through one writer into one durable journal, and from
//! there to everybody who may see it.
//!
//! ```text
//! submit ──> writer ── decide ──> store ──> directory, tail ──> inboxes
//! ```
//!
//! Knows no IRC and no socket. Nothing is shown to anybody before the store has it.

mod chunk;
mod departed;
mod directory;
mod draft;
mod inbox;
mod intent;
mod metrics;
mod signal;
mod tail;
#[cfg(test)]
mod tests;
mod user;
mod user_mode;
mod watchers;
mod writer;

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::ids::{AccountId, SessionId, UserId};
use crate::limits;
use crate::names;
use crate::room::Denied;
use crate::store::{self, Batch, accounts::Account};

pub use chunk::{CLASSES, Chunk, Encoding, Item, News, Origin};
pub use departed::Departed;
pub use directory::{Directory, World, account_host};
pub use draft::party;
pub use inbox::{Delivery, Drained, Inbox};
pub use intent::{Absence, Asked, Attach, Attached, Intent, Outcome, Presence, SignedIn};
pub use metrics::{Counts, Metrics};
pub use signal::Signal;
pub use user::{OFFLINE, User};
pub use user_mode::{UserMode, UserModes};

use intent::{Reply, Request};
use tail::Tail;
use writer::Writer;

/// What the writer decides by.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Whether accounts stay in their rooms without a session that say nothing else.
    pub always_on: bool,
    /// Rooms a user may be in.
    pub rooms_per_user_max: usize,
    /// Rooms there may be.
    pub rooms_max: usize,
    /// The modes that everybody begins with.
    pub default_user_modes: UserModes,
}

/// The way in: cheap to copy.
#[derive(Clone, Debug)]
pub struct Journal {
    requests: mpsc::Sender<Request>,
    directory: Arc<Directory>,
    metrics: Arc<Metrics>,
}

impl Journal {
    /// Reads the state from the store and starts the writer; `accounts` are all there are. The task ends when the last copy of
    /// the journal is dropped and all it was asked is done; if it panics, the process must end.
    ///
    /// # Errors
    /// [`store::Error`] if the store can't be read.
    pub async fn open(
        store: Arc<dyn store::Journal>,
        accounts: Vec<Account>,
        rules: Rules,
        clock: Clock,
    ) -> Result<(Self, JoinHandle<()>), store::Error> {
        let mut loaded = store.load().await?;
        for account in accounts.iter().filter(|account| names::is_reserved(account.name.as_str())) {
            tracing::warn!(account = %account.name, "this account has the name of a service, which gets its messages: make another and remove it");
        }
        let staying: HashSet<AccountId> = accounts
            .iter()
            .filter(|account| account.always_on.unwrap_or(rules.always_on))
            .map(|account| account.id)
            .collect();
        dismiss_all(&mut loaded, store.as_ref(), &staying).await?;
        loaded.modes.retain(|(account, _)| staying.contains(account));
        let mut world = World::new(loaded, &accounts, rules.default_user_modes);
        let dissolved = world.deserted();
        if !dissolved.is_empty() {
            dissolved.iter().for_each(|room| world.remove(*room));
            store.append(Batch { dissolved, ..Batch::default() }).await?;
        }
        let directory = Arc::new(Directory::new(world));
        let metrics = Arc::new(Metrics::default());
        let (requests, queue) = mpsc::channel(limits::WRITER_QUEUE_LEN_MAX);
        let writer = Writer {
            store,
            directory: Arc::clone(&directory),
            rules,
            clock,
            metrics: Arc::clone(&metrics),
            tail: Tail::default(),
        };
        let task = tokio::spawn(writer.run(queue));
        Ok((Self { requests, directory, metrics }, task))
    }

    /// Rooms and users.
    #[must_use]
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// What the writer has done.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Intents that wait for the writer, at most [`limits::WRITER_QUEUE_LEN_MAX`].
    #[must_use]
    pub fn queued(&self) -> usize {
        self.requests.max_capacity() - self.requests.capacity()
    }

    /// Asks, and waits for the answer. By then everybody concerned has it in their inbox.
    ///
    /// # Errors
    /// [`Denied`] says why it did not happen.
    pub async fn submit(
        &self,
        session: SessionId,
        command: u64,
        user: UserId,
        asked: impl Into<Asked>,
    ) -> Result<Outcome, Denied> {
        let (waiting, answer) = oneshot::channel();
        let request = Request { session, command, user, asked: asked.into(), reply: Reply::Waiting(waiting) };
        self.requests.send(request).await.map_err(|_| Denied::NotConnected)?;
        answer.await.map_err(|_| Denied::NotConnected)?
    }

    /// Asks for an account by way of a program, whether it is there or not, and waits for the answer.
    ///
    /// # Errors
    /// [`Denied`] says why it did not happen.
    pub async fn submit_for_account(&self, account: AccountId, intent: Intent) -> Result<Outcome, Denied> {
        // No session has this number, so all of the account's own are shown what came of it.
        self.submit(SessionId::default(), 0, UserId::Account(account), Asked::ForAccount(intent)).await
    }

    /// Waits until the writer has answered a request that changes nothing; `false`: it is gone.
    pub async fn answers(&self) -> bool {
        // No session has this number.
        let (session, user) = (SessionId::default(), UserId::Guest(SessionId::default()));
        self.submit(session, 0, user, Presence::Unwatch(None)).await.is_ok()
    }

    /// Asks, and has the answer put into the inbox: a receipt before, `Done` after the deliveries.
    ///
    /// # Errors
    /// [`Denied::NotConnected`] if the writer is gone.
    pub async fn submit_to(
        &self,
        inbox: &Arc<Inbox>,
        session: SessionId,
        command: u64,
        user: UserId,
        intent: Intent,
    ) -> Result<(), Denied> {
        let request =
            Request { session, command, user, asked: intent.into(), reply: Reply::Inbox(Arc::clone(inbox)) };
        self.requests.send(request).await.map_err(|_| Denied::NotConnected)
    }
}

/// Ends the memberships that the run before has left, but of those who stay, in the store too: there
/// they would be found again at every start, whatever became of them meanwhile.
async fn dismiss_all(
    loaded: &mut store::Loaded,
    store: &dyn store::Journal,
    staying: &HashSet<AccountId>,
) -> Result<(), store::Error> {
    let mut batch = Batch::default();
    for (room, _) in &mut loaded.rooms {
        let gone = room.dismiss(|account| staying.contains(&account));
        if gone.is_empty() {
            continue;
        }
        batch.members.extend(gone.into_iter().map(|account| (room.id, account, None)));
        batch.rooms.push(Arc::new(room.clone()));
    }
    if batch.is_empty() { Ok(()) } else { store.append(batch).await }
}
