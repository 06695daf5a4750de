//! From the rows of the journal to entries.
//!
//! Rows come out of the database as one text, a JSON array: sqlx hands each row of an answer from
//! thread to thread by itself, and that costs as much as all else that is done for it.
//! Decision: docs/decisions/0024-what-a-page-costs.md.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::names::{AccountName, Nick};
use crate::room::{Author, Entry};

use super::damaged;
use super::record::{self, Record};

/// The columns of [`Row`].
macro_rules! columns {
    () => {
        "seq, at, kind, version, source, account, bot, target, body, tags, detail"
    };
}
pub(super) use columns;

/// An entry as it is stored: a JSON array of [`columns!`].
#[derive(Deserialize)]
pub(super) struct Row<'a> {
    seq: Seq,
    at: Timestamp,
    kind: i64,
    version: i64,
    #[serde(borrow)]
    source: Cow<'a, str>,
    account: Option<String>,
    bot: u8,
    #[serde(borrow)]
    target: Cow<'a, str>,
    body: String,
    tags: Option<String>,
    detail: Option<String>,
}

/// The text of many rows, or of one. What is damaged may not be UTF-8: the rest can be read all the same.
pub(super) fn text(row: &SqliteRow, column: usize) -> Result<Cow<'_, str>, sqlx::Error> {
    row.try_get::<&[u8], _>(column).map(String::from_utf8_lossy)
}

/// Reads the text of many rows.
pub(super) fn parse<'a, T: Deserialize<'a>>(rows: &'a str) -> Result<Vec<T>, sqlx::Error> {
    serde_json::from_str(rows).map_err(|error| damaged(error.to_string()))
}

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
    pub(super) fn entry(&mut self, room: RoomId, row: Row<'_>) -> Option<Entry> {
        let (seq, kind) = (row.seq, row.kind);
        let entry = self.read(room, row);
        if let Err(cause) = &entry {
            tracing::error!(room.id = %room, entry.seq = seq.0, entry.kind = kind, %cause, "a stored entry can't be read");
        }
        entry.ok()
    }

    fn read(&mut self, room: RoomId, row: Row<'_>) -> Result<Entry, String> {
        let author = self.author(&row.source, row.account.as_deref(), row.bot != 0).ok_or("bad source")?;
        if *self.target != *row.target {
            self.target = row.target.into();
        }
        let record = Record {
            kind: row.kind,
            version: row.version,
            body: Cow::Owned(row.body),
            tags: row.tags.map(Cow::Owned),
            detail: row.detail.map(Cow::Owned),
        };
        let event = record::decode(record).map_err(|error| error.to_string())?;
        Ok(Entry { room, seq: row.seq, at: row.at, author, target: Arc::clone(&self.target), event })
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
