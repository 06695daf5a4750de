//! Erasing a person: the account with all that belongs to it, and what it said if that is wished.
//!
//! What is said is taken back by redactions, as its author could have done one by one: whoever is there is shown them, and
//! the history keeps its places. Never more at one time than leaves others their turn.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::clock::{Clock, Timestamp};
use crate::ids::{RoomId, SessionId, UserId};
use crate::journal::{Intent, Journal, Outcome, Presence};
use crate::limits;
use crate::range::{Content, Range};
use crate::room::{self, Denied, Earlier, Entry, Event, Redacted};
use crate::store::accounts::Account;
use crate::store::{self, Batch, Store};

/// What the sessions are told.
const REASON: &str = "Your account was removed";

/// What is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Messages and reactions.
    pub messages: u64,
    /// Files.
    pub uploads: u64,
    /// Sessions that ended.
    pub sessions: usize,
}

/// Why not all of it is gone. What is gone is gone; the same again goes on with the rest.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The journal.
    #[error("the journal does not take it ({0})")]
    Denied(Denied),
}

/// Who erases, and where.
pub struct Eraser<'a> {
    /// What is shown.
    pub journal: &'a Journal,
    /// What is stored.
    pub store: &'a Arc<dyn Store>,
    /// The time.
    pub clock: &'a Clock,
}

impl Eraser<'_> {
    /// Erases the account. Its name is free from then on; what stays of its words is not its next owner's.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn erase(&self, account: &Account, with_messages: bool) -> Result<Erased, Error> {
        let mut erased = Erased { sessions: self.sessions(account), ..Erased::default() };
        if with_messages {
            // Nobody says more of what is being erased.
            self.store.set_suspended(account.id, true).await?;
            self.expel(account, false).await?;
            erased.messages = self.take_back_all(account).await?;
        }
        erased.uploads = self.remove_uploads(account).await?;
        // First from the store: nobody can come in between.
        self.store.delete_account(account.id).await?;
        self.expel(account, true).await?;
        Ok(erased)
    }

    fn sessions(&self, account: &Account) -> usize {
        let user = self.journal.directory().user(UserId::Account(account.id));
        user.map_or(0, |user| user.sessions.len())
    }

    async fn expel(&self, account: &Account, forget: bool) -> Result<(), Error> {
        let presence = Presence::Expel { account: account.id, reason: REASON.into(), forget };
        let user = UserId::Account(account.id);
        self.journal.submit(SessionId::default(), 0, user, presence).await.map(drop).map_err(Error::Denied)
    }

    async fn remove_uploads(&self, account: &Account) -> Result<u64, Error> {
        let mut removed = 0;
        loop {
            let uploads = self.store.uploads(Some(account.id), limits::ADMIN_FILES_LEN_MAX).await?;
            if uploads.is_empty() {
                return Ok(removed);
            }
            for listed in uploads {
                match self.store.remove_upload(&listed.upload.key).await {
                    // Gone with its message meanwhile.
                    Ok(()) | Err(store::Error::NotFound) => removed += 1,
                    Err(error @ (store::Error::Conflict | store::Error::Unavailable(_))) => {
                        return Err(error.into());
                    }
                }
            }
        }
    }

    async fn take_back_all(&self, account: &Account) -> Result<u64, Error> {
        let (mut taken_back, mut next) = (0, Some(0));
        while let Some(after) = next {
            let (entries, goes_on) = self.store.said_by(&account.name, account.created_at, after).await?;
            next = goes_on;
            // An edit goes with its message.
            let said = entries.into_iter().filter(|entry| matches!(entry.event, Event::Said(_)));
            let rest = self.take_back(account, said, &mut taken_back).await?;
            let mut gone: BTreeMap<RoomId, Vec<Entry>> = BTreeMap::new();
            for entry in rest {
                gone.entry(entry.room).or_default().push(entry);
            }
            for (room, entries) in gone {
                taken_back += self.take_back_where_nobody_is(room, &entries).await?;
            }
        }
        Ok(taken_back)
    }

    /// Some at a time, so that they are committed together and the writer has time for others; those whose room is no
    /// more are given back.
    async fn take_back(
        &self,
        account: &Account,
        said: impl Iterator<Item = Entry>,
        taken_back: &mut u64,
    ) -> Result<Vec<Entry>, Error> {
        let mut under_way: JoinSet<(Entry, Result<Outcome, Denied>)> = JoinSet::new();
        let mut gone = Vec::new();
        let mut settle = |(entry, result): (Entry, Result<Outcome, Denied>)| match result {
            Ok(_) => {
                *taken_back += 1;
                Ok(())
            }
            Err(Denied::NoSuchMessage) => Ok(()),
            Err(Denied::NoSuchRoom | Denied::NotMember) => {
                gone.push(entry);
                Ok(())
            }
            Err(denied) => Err(Error::Denied(denied)),
        };
        for entry in said {
            if under_way.len() >= limits::ERASURES_UNDER_WAY_MAX
                && let Some(Ok(done)) = under_way.join_next().await
            {
                settle(done)?;
            }
            let redacted = self.redaction(&entry).await?;
            let intent = Intent::InConversation { room: entry.room, intent: room::Intent::Erase(redacted) };
            let (journal, account) = (self.journal.clone(), account.id);
            under_way.spawn(async move { (entry, journal.submit_for_account(account, intent).await) });
        }
        while let Some(joined) = under_way.join_next().await {
            // A task of ours neither panics nor is it broken off.
            let Ok(done) = joined else { return Err(Error::Denied(Denied::Unavailable)) };
            settle(done)?;
        }
        Ok(gone)
    }

    async fn redaction(&self, entry: &Entry) -> Result<Redacted, Error> {
        Ok(Redacted {
            message: Earlier { seq: entry.seq, at: entry.at },
            edits: self.store.edits(entry.room, entry.seq, limits::REDACTED_EDITS_MAX).await?,
            audience: entry.event.audience(),
            reason: String::new(),
        })
    }

    /// A room that is no more has no state that the writer could decide on, and nobody writes there: the redactions are
    /// put behind its last entry.
    async fn take_back_where_nobody_is(&self, room: RoomId, said: &[Entry]) -> Result<u64, Error> {
        let last =
            self.store.range(room, Default::default(), Range::Latest(None), Content::Events, 1).await?;
        let Some(last) = last.last() else { return Ok(0) };
        let at: Timestamp = self.clock.now().max(last.at);
        let mut seq = last.seq;
        let mut entries = Vec::new();
        for entry in said {
            seq = seq.next();
            let event = Event::Redacted(self.redaction(entry).await?);
            entries.push(Arc::new(Entry { seq, at, event, ..entry.clone() }));
        }
        self.store.append(Batch { entries, ..Batch::default() }).await?;
        Ok(said.len() as u64)
    }
}
