//! The writer: the one task that changes anything. Takes what waits, decides it, commits it, and
//! only then lets it be seen.
//!
//! Never waits for a session. A panic here ends the process: its state could not be trusted.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::ids::{IdMap, MsgId, SessionId, UserId};
use crate::limits;
use crate::room::Denied;
use crate::store;

use super::directory::Directory;
use super::draft::{Decided, Draft};
use super::inbox::{Delivery, Inbox};
use super::intent::{Asked, Outcome, Presence, Reply, Request};
use super::tail::Tail;
use super::{Metrics, Rules};

/// The writer and what it owns.
pub(super) struct Writer {
    pub(super) store: Arc<dyn store::Journal>,
    pub(super) directory: Arc<Directory>,
    pub(super) rules: Rules,
    pub(super) clock: Clock,
    pub(super) metrics: Arc<Metrics>,
    pub(super) tail: Tail,
}

/// A request that was decided.
struct Answered {
    session: SessionId,
    command: u64,
    reply: Reply,
    result: Result<Outcome, Denied>,
}

impl Writer {
    /// Works until nobody can ask for anything more.
    pub(super) async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut waiting = Vec::with_capacity(limits::BATCH_LEN_MAX);
        while requests.recv_many(&mut waiting, limits::BATCH_LEN_MAX).await > 0 {
            if let Err(error) = self.commit(waiting.drain(..)).await {
                // The store holds what this state does not know of. A new start reads it.
                tracing::error!(%error, "the store and the journal have parted; the server must start again");
                return;
            }
        }
    }

    async fn commit(&mut self, requests: impl ExactSizeIterator<Item = Request>) -> Result<(), store::Error> {
        let (survivors, mut answered, mut decided) = self.decide(requests);
        let batch = std::mem::take(&mut decided.batch);
        if !batch.is_empty() {
            let (entries, begun_at) = (batch.entries.len(), Instant::now());
            match self.store.append(batch).await {
                Ok(()) => self.committed(entries, begun_at.elapsed()),
                Err(error @ store::Error::Conflict) => return Err(error),
                Err(error) => {
                    self.failed(&error, answered.len());
                    (answered, decided) = self.decide_without_store(answered, survivors);
                }
            }
        }
        decided.changes.apply(&mut self.directory.write());
        let inboxes = hand_receipts(&answered);
        self.metrics.delivered(self.tail.publish(decided.steps));
        for (inbox, command) in inboxes {
            inbox.push(Delivery::Done(command));
        }
        for Answered { reply, result, .. } in answered {
            if let Reply::Waiting(waiting) = reply {
                // Who no longer waits has no use for the answer.
                drop(waiting.send(result));
            }
        }
        Ok(())
    }

    /// Decides all requests. Those that must happen even if the store fails are kept beside, by
    /// their place.
    fn decide(
        &self,
        requests: impl ExactSizeIterator<Item = Request>,
    ) -> (HashMap<usize, (UserId, Presence)>, Vec<Answered>, Decided) {
        let world = self.directory.read();
        let mut draft = Draft::new(&world, &self.rules, self.clock.now(), false);
        let mut survivors = HashMap::new();
        let mut answered = Vec::with_capacity(requests.len());
        for (place, request) in requests.enumerate() {
            let Request { session, command, user, asked, reply } = request;
            if let Asked::Presence(presence) = &asked {
                survivors.insert(place, (user, presence.clone()));
            }
            let result = draft.decide(session, command, user, asked);
            if let Err(denied) = &result {
                self.metrics.refused(denied);
            }
            answered.push(Answered { session, command, reply, result });
        }
        (survivors, answered, draft.finish())
    }

    /// After a failed commit: sessions still come and go, everything else is refused.
    fn decide_without_store(
        &self,
        answered: Vec<Answered>,
        mut survivors: HashMap<usize, (UserId, Presence)>,
    ) -> (Vec<Answered>, Decided) {
        let world = self.directory.read();
        let mut draft = Draft::new(&world, &self.rules, self.clock.now(), true);
        let again = answered.into_iter().enumerate().map(|(place, mut answered)| {
            answered.result = match survivors.remove(&place) {
                Some((user, presence)) => {
                    draft.decide(answered.session, answered.command, user, presence.into())
                }
                None => answered.result.and(Err(Denied::Unavailable)),
            };
            answered
        });
        let again = again.collect();
        let mut decided = draft.finish();
        decided.batch = store::Batch::default();
        (again, decided)
    }

    fn failed(&self, error: &store::Error, intents: usize) {
        if !self.metrics.append_failed() {
            tracing::error!(%error, intents, "the store refuses; senders are told, nothing is shown to anybody");
        }
    }

    fn committed(&self, entries: usize, took: Duration) {
        if self.metrics.committed(entries, took) {
            tracing::info!("the store accepts entries again");
        }
    }
}

/// Leaves the receipts in the inboxes; returns each of these inboxes with its last command.
fn hand_receipts(answered: &[Answered]) -> Vec<(Arc<Inbox>, u64)> {
    let mut last: IdMap<SessionId, (Arc<Inbox>, u64)> = IdMap::default();
    for Answered { session, command, reply, result } in answered {
        let Reply::Inbox(inbox) = reply else { continue };
        let receipt = match result {
            Ok(Outcome::Entered { room, seq, at }) => Ok(Some(MsgId { room: *room, seq: *seq, at: *at })),
            Ok(Outcome::Unchanged | Outcome::Changed | Outcome::Attached(_) | Outcome::Watching(_)) => {
                Ok(None)
            }
            Err(denied) => Err(denied.clone()),
        };
        inbox.push(Delivery::Receipt(*command, receipt));
        last.insert(*session, (Arc::clone(inbox), *command));
    }
    last.into_values().collect()
}
