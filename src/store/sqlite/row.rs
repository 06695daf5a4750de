//! From the rows of the journal to entries.

use std::borrow::Cow;
use std::sync::Arc;

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::names::{AccountName, Nick};
use crate::room::{Author, Entry};

use super::record::{self, Record};
use super::uint;

/// What a statement selects, in this order and first, for [`Rows`] to read.
macro_rules! columns {
    () => {
        "seq, at, kind, version, source, account, bot, target, body, tags, detail"
    };
}
pub(super) use columns;

/// How many columns these are: the place of the first that a statement selects beside them.
pub(super) const COLUMNS: usize = 11;

/// Reads row after row. Neighbours mostly share author and target: they are parsed once.
pub(super) struct Rows {
    last: Option<(String, Arc<Author>)>,
    target: Arc<str>,
}

impl Rows {
    pub(super) fn new() -> Self {
        Self { last: None, target: "".into() }
    }

    /// The entry of a row. One that can't be understood is left out and reported: the rest of the
    /// history is worth more than its completeness.
    pub(super) fn entry(&mut self, room: RoomId, row: &SqliteRow) -> Option<Entry> {
        let entry = self.read(room, row);
        if let Err(cause) = &entry {
            let (seq, kind): (i64, i64) = (row.get(0), row.get(2));
            tracing::error!(room.id = %room, entry.seq = seq, entry.kind = kind, %cause, "a stored entry can't be read");
        }
        entry.ok()
    }

    fn read(&mut self, room: RoomId, row: &SqliteRow) -> Result<Entry, String> {
        let record = Record {
            kind: row.get(2),
            version: row.get(3),
            body: Cow::Owned(row.get(8)),
            tags: row.get::<Option<String>, _>(9).map(Cow::Owned),
            detail: row.get::<Option<String>, _>(10).map(Cow::Owned),
        };
        let event = record::decode(record).map_err(|error| error.to_string())?;
        let author = self.author(row.get(4), row.get(5), row.get(6)).ok_or("bad source")?;
        let target: &str = row.get(7);
        if *self.target != *target {
            self.target = target.into();
        }
        Ok(Entry {
            room,
            seq: Seq(uint(row.get(0))),
            at: Timestamp(row.get(1)),
            author,
            target: Arc::clone(&self.target),
            event,
        })
    }

    fn author(&mut self, source: &str, account: Option<&str>, bot: bool) -> Option<Arc<Author>> {
        if let Some((last, author)) = &self.last
            && last == source
            && author.account.as_ref().map(AccountName::as_str) == account
            && author.bot == bot
        {
            return Some(Arc::clone(author));
        }
        let (nick, rest) = source.split_once('!')?;
        let (user, host) = rest.rsplit_once('@')?;
        let account = match account {
            Some(name) => Some(AccountName::parse(name).ok()?),
            None => None,
        };
        let author = Arc::new(Author {
            nick: Nick::parse(nick).ok()?,
            user: user.into(),
            host: host.into(),
            account,
            bot,
        });
        self.last = Some((source.into(), Arc::clone(&author)));
        Some(author)
    }
}
