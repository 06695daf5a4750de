//! The store as the server sees it: the disk behind faults.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use chat_secure::auth::totp::TotpSecret;
use chat_secure::clock::Timestamp;
use chat_secure::ids::{AccountId, RoomId, Seq};
use chat_secure::names::AccountName;
use chat_secure::range::Range;
use chat_secure::room::{Earlier, Entry};
use chat_secure::store::accounts::{Account, Certificate, Invitation, NewAccount, NewInvitation, Token};
use chat_secure::store::audit::{Deed, Outcome, Record};
use chat_secure::store::bans::{Ban, Target};
use chat_secure::store::retention::{Cutoff, Rule};
use chat_secure::store::second_factors::SecondFactor;
use chat_secure::store::uploads::{ContentHash, Excess, Listed, Quota, Upload, UploadKey, Usage};
use chat_secure::store::webhooks::{NewWebhook, Webhook};
use chat_secure::store::{self, Batch, Error, Loaded, Reader};
use tokio::time::{Instant, sleep_until};

use crate::chance::Chance;
use crate::disk::Disk;

/// How long SQLite waits for a lock.
const BUSY: Duration = Duration::from_secs(5);

/// What the disk does at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Weather {
    #[default]
    Fair,
    /// Nothing can be added.
    Full,
    /// Nothing can be changed.
    ReadOnly,
    /// Another process has the lock: writers wait for it, and not for ever.
    Locked,
    /// Nothing can be read; writing works.
    Unreadable,
}

/// The faults that strike single appends, of a thousand each.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Odds {
    pub(crate) fails: usize,
    /// The error comes although everything was written.
    pub(crate) fails_after: usize,
    pub(crate) slow: usize,
}

/// What is behind the lock.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) disk: Disk,
    pub(crate) weather: Weather,
    pub(crate) odds: Odds,
    pub(crate) chance: Chance,
    /// Faults that struck so far.
    pub(crate) struck: usize,
    pub(crate) accounts: Vec<Account>,
}

/// Outlives every crash.
#[derive(Clone, Debug)]
pub(crate) struct Store(Arc<Mutex<State>>);

impl Store {
    pub(crate) fn new(seed: u64, accounts: Vec<Account>) -> Self {
        Self(Arc::new(Mutex::new(State {
            disk: Disk::default(),
            weather: Weather::Fair,
            odds: Odds::default(),
            chance: Chance::new(seed),
            struck: 0,
            accounts,
        })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    async fn wait(&self, per_mille: usize) {
        let delay = {
            let mut state = self.lock();
            state.chance.happens(per_mille).then(|| 1 + state.chance.below(3000))
        };
        if let Some(ms) = delay {
            sleep_until(Instant::now() + Duration::from_millis(ms.try_into().unwrap())).await;
        }
    }

    /// Waits for the lock as long as SQLite does.
    async fn acquire(&self) -> Result<(), Error> {
        let begun = Instant::now();
        loop {
            let weather = self.lock().weather;
            match weather {
                Weather::Fair | Weather::Unreadable => return Ok(()),
                Weather::Locked if begun.elapsed() < BUSY => {
                    sleep_until(Instant::now() + Duration::from_millis(100)).await;
                }
                Weather::Full | Weather::ReadOnly | Weather::Locked => {
                    self.lock().struck += 1;
                    return Err(Error::Unavailable(format!("{weather:?}")));
                }
            }
        }
    }

    fn readable(&self) -> Result<(), Error> {
        let mut state = self.lock();
        if state.weather == Weather::Unreadable {
            state.struck += 1;
            return absent("unreadable");
        }
        Ok(())
    }
}

fn absent<T>(what: &str) -> Result<T, Error> {
    Err(Error::Unavailable(what.to_owned()))
}

#[async_trait]
impl store::Journal for Store {
    async fn load(&self) -> Result<Loaded, Error> {
        self.readable()?;
        Ok(self.lock().disk.load())
    }

    async fn append(&self, batch: Batch) -> Result<(), Error> {
        let odds = self.lock().odds;
        self.wait(odds.slow).await;
        self.acquire().await?;
        let disowned = {
            let mut state = self.lock();
            let fails = state.chance.happens(odds.fails);
            let disowned = !fails && state.chance.happens(odds.fails_after);
            if fails {
                state.struck += 1;
                return absent("input/output error");
            }
            state.disk.commit(batch, disowned)?;
            disowned
        };
        // A crash in between is one after the write and before anybody knows of it.
        self.wait(odds.slow).await;
        if disowned {
            self.lock().struck += 1;
            return absent("input/output error after the write");
        }
        Ok(())
    }

    async fn read(
        &self,
        room: RoomId,
        reader: &Reader,
        range: Range,
        len_max: usize,
    ) -> Result<Vec<Entry>, Error> {
        let slow = self.lock().odds.slow;
        self.wait(slow).await;
        self.readable()?;
        self.lock().disk.read(room, reader, range, len_max)
    }

    async fn said_by(
        &self,
        _: &AccountName,
        _: Timestamp,
        _: u64,
    ) -> Result<(Vec<Entry>, Option<u64>), Error> {
        absent("said_by")
    }

    async fn probe(&self) -> Result<(), Error> {
        self.acquire().await
    }

    async fn edits(&self, room: RoomId, message: Seq, len_max: usize) -> Result<Vec<Earlier>, Error> {
        self.readable()?;
        Ok(self.lock().disk.edits(room, message, len_max))
    }
}

/// A side of the store that nobody here asks for anything, but for what stands in front.
macro_rules! silent {
    ($side:path { $($answers:tt)* } $(fn $name:ident($($argument:ty),*) -> $value:ty;)*) => {
        #[async_trait]
        impl $side for Store {
            $($answers)*
            $(async fn $name(&self, $(_: $argument),*) -> Result<$value, Error> {
                absent(stringify!($name))
            })*
        }
    };
}

silent! { store::Accounts {
        async fn account(&self, name: &AccountName) -> Result<Account, Error> {
            self.readable()?;
            let accounts = &self.lock().accounts;
            accounts.iter().find(|account| account.name == *name).cloned().ok_or(Error::NotFound)
        }

        async fn set_seen(&self, account: AccountId, at: Timestamp) -> Result<(), Error> {
            self.acquire().await?;
            let mut state = self.lock();
            let found = state.accounts.iter_mut().find(|one| one.id == account).ok_or(Error::NotFound)?;
            found.seen_at = Some(at);
            Ok(())
        }
    }
    fn create_account(NewAccount, Option<&str>) -> Account;
    fn accounts() -> Vec<Account>;
    fn look_alike(&str) -> Option<AccountName>;
    fn set_password_hash(AccountId, Option<&str>) -> ();
    fn replace_password_hash(AccountId, &str, &str) -> bool;
    fn set_suspended(AccountId, bool) -> ();
    fn delete_account(AccountId) -> ();
    fn add_token(AccountId, &str, &str, Timestamp) -> Token;
    fn tokens(AccountId) -> Vec<Token>;
    fn use_token(&str, Timestamp) -> (Account, u64);
    fn delete_token(AccountId, u64) -> ();
    fn add_certificate(Certificate) -> ();
    fn certificates(AccountId) -> Vec<Certificate>;
    fn account_by_certificate(&str) -> Account;
    fn delete_certificate(AccountId, &str) -> ();
    fn add_invitation(NewInvitation) -> Invitation;
    fn invitation(&str, Timestamp) -> Invitation;
    fn invitations() -> Vec<Invitation>;
    fn delete_invitation(u64) -> ();
    fn read_marker(AccountId, &str) -> Option<Timestamp>;
    fn advance_read_marker(AccountId, &str, Timestamp) -> Timestamp;
    fn read_markers(AccountId) -> Vec<(String, Timestamp)>;
}

silent! { store::SecondFactors {}
    fn second_factor(AccountId) -> Option<SecondFactor>;
    fn set_second_factor(AccountId, &TotpSecret) -> ();
    fn confirm_second_factor(AccountId, i64, Vec<String>, Timestamp) -> ();
    fn use_step(AccountId, i64) -> ();
    fn use_recovery_code(AccountId, &str) -> ();
    fn delete_second_factor(AccountId) -> ();
}

silent! { store::Retention {
        async fn retention_rule_set(&self) {
            std::future::pending::<()>().await;
        }
    }
    fn retention_rules() -> Vec<(RoomId, Rule)>;
    fn set_retention_rule(RoomId, Option<Rule>) -> ();
    fn rooms_with_entries() -> Vec<RoomId>;
    fn forget(RoomId, Cutoff, usize) -> usize;
    fn give_back() -> bool;
}

silent! { store::Bans {
        async fn bans(&self) -> Result<Vec<Ban>, Error> {
            Ok(Vec::new())
        }
    }
    fn add_ban(Ban) -> ();
    fn delete_ban(&Target) -> ();
}

silent! { store::Audit {}
    fn record(Deed, Outcome) -> u64;
    fn set_outcome(u64, Outcome) -> ();
    fn records(usize) -> Vec<Record>;
}

silent! { store::Uploads {
        async fn contents_let_go(&self) -> Vec<ContentHash> {
            Vec::new()
        }
    }
    fn upload_usage(AccountId) -> Usage;
    fn add_upload(Upload, Quota) -> Option<Excess>;
    fn upload(&UploadKey) -> Upload;
    fn listed_upload(&UploadKey) -> Listed;
    fn upload_places(&UploadKey, usize) -> Vec<(RoomId, Seq)>;
    fn uploads(Option<AccountId>, usize) -> Vec<Listed>;
    fn remove_upload(&UploadKey) -> ();
    fn is_content_kept(&ContentHash) -> bool;
}

silent! { store::Webhooks {}
    fn add_webhook(NewWebhook) -> Webhook;
    fn webhook(&str) -> Webhook;
    fn use_webhook(u64, Timestamp) -> ();
    fn webhooks() -> Vec<Webhook>;
    fn delete_webhook(u64) -> ();
}
