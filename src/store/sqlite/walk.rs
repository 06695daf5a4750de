//! Along a room's chain, page by page, from its first entry to its last.
//!
//! Takes every value as bytes: what was damaged may be anything. Reports and goes on.

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row as _};

use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::limits;
use crate::room::Earlier;
use crate::store::chain::{Content, Frame, Link};
use crate::store::verify::{Fault, Head, Report, Spot, Wrong};

use super::record::{Erased, KIND_EDITED, KIND_ERASED};
use super::{int, uint};

/// Entries that are read at one time.
const PAGE_LEN: u64 = 250;

pub(super) const COLUMNS: &str = "room, seq, at, kind, version, CAST(source AS BLOB), CAST(account AS BLOB), bot, \
    CAST(target AS BLOB), CAST(body AS BLOB), CAST(tags AS BLOB), CAST(detail AS BLOB)";
const NAMED: &str = "SELECT json_extract(detail, '$.message.seq') FROM entries \
    WHERE room = ?1 AND seq = ?2 AND kind = 20";

/// A room to walk along.
pub(super) struct Room {
    pub(super) id: RoomId,
    pub(super) title: String,
}

/// How rooms of this database are walked along.
pub(super) struct Walk {
    page: String,
    /// Whether rooms may have been cut off in front.
    has_anchors: bool,
}

/// An entry as it is stored.
pub(super) struct Stored {
    pub(super) room: i64,
    pub(super) seq: i64,
    at: i64,
    kind: i64,
    version: i64,
    source: Vec<u8>,
    account: Option<Vec<u8>>,
    bot: bool,
    target: Vec<u8>,
    body: Vec<u8>,
    tags: Option<Vec<u8>>,
    detail: Option<Vec<u8>>,
    salt: Option<Vec<u8>>,
    digest: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
}

/// What is known of the entries so far.
pub(super) struct State {
    seq: i64,
    at: i64,
    /// The last hash; `None`: it is not known, and the next one can't be judged.
    link: Option<Link>,
    /// Whether an entry had one.
    has_begun: bool,
    /// The last place that is gone by the rules of retention.
    forgotten: i64,
    /// An entry whose hash is not the one that it should have, and which that is; the next entry
    /// shows what was changed, entry or hash.
    doubt: Option<(i64, i64, Link)>,
    /// Why entries behind `seq` were passed over.
    unread: Option<(u64, String)>,
}

impl Walk {
    /// What is from before the chain has no columns for it.
    pub(super) async fn new(connection: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let sql = "SELECT EXISTS (SELECT 1 FROM pragma_table_info('entries') WHERE name = 'link')";
        let is_chained: bool = sqlx::query_scalar(sql).fetch_one(&mut *connection).await?;
        let chain = if is_chained { "salt, digest, link" } else { "NULL, NULL, NULL" };
        let page = format!(
            "SELECT {COLUMNS}, {chain} FROM entries WHERE room = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3"
        );
        let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'forgotten')";
        let has_anchors: bool = sqlx::query_scalar(sql).fetch_one(connection).await?;
        Ok(Self { page, has_anchors })
    }

    /// Walks to the end of a room; tells of each page how many entries that were.
    pub(super) async fn room(
        &self,
        connection: &mut SqliteConnection,
        room: &Room,
        report: &mut Report,
        tell: &mut (dyn FnMut(u64) + Send),
    ) {
        let anchor = if self.has_anchors { State::anchor(connection, room).await } else { Ok(None) };
        let mut state = match anchor {
            Ok(anchor) => anchor.unwrap_or_else(State::start),
            Err(error) => {
                report.add(Fault { place: None, what: Wrong::Database(error.to_string()) });
                State::start()
            }
        };
        report.forgotten += uint(state.forgotten);
        let (mut after, mut careful_until, mut walked) = (state.seq, 0, 0);
        report.rooms += 1;
        loop {
            let len = if after < careful_until { 1 } else { PAGE_LEN };
            match self.read(connection, room, after, len).await {
                Ok(page) if page.is_empty() => break,
                Ok(page) => {
                    for stored in page {
                        after = stored.seq;
                        walked += 1;
                        state.take(connection, room, &stored, report).await;
                    }
                    tell(walked);
                }
                Err(_) if len > 1 => careful_until = after.saturating_add(int(PAGE_LEN)),
                Err(error) => {
                    let (count, _) = state.unread.get_or_insert((0, error.to_string()));
                    *count += 1;
                    if *count > limits::UNREADABLE_MAX {
                        break;
                    }
                    after += 1;
                    careful_until = careful_until.max(after + 1);
                }
            }
        }
        state.end(room, report);
    }

    async fn read(
        &self,
        connection: &mut SqliteConnection,
        room: &Room,
        after: i64,
        len: u64,
    ) -> Result<Vec<Stored>, sqlx::Error> {
        let query = sqlx::query(AssertSqlSafe(self.page.as_str())).bind(int(room.id.0));
        let rows = query.bind(after).bind(int(len)).fetch_all(connection).await?;
        rows.iter().map(stored).collect()
    }
}

pub(super) fn stored(row: &SqliteRow) -> Result<Stored, sqlx::Error> {
    Ok(Stored {
        room: row.try_get(0)?,
        seq: row.try_get(1)?,
        at: row.try_get(2)?,
        kind: row.try_get(3)?,
        version: row.try_get(4)?,
        source: row.try_get(5)?,
        account: row.try_get(6)?,
        bot: row.try_get(7)?,
        target: row.try_get(8)?,
        body: row.try_get(9)?,
        tags: row.try_get(10)?,
        detail: row.try_get(11)?,
        salt: row.try_get(12)?,
        digest: row.try_get(13)?,
        link: row.try_get(14)?,
    })
}

impl State {
    /// Before the first entry of a room.
    fn start() -> Self {
        Self {
            seq: 0,
            at: i64::MIN,
            link: Some(Link::START),
            has_begun: false,
            forgotten: 0,
            doubt: None,
            unread: None,
        }
    }

    /// Behind what was deleted by the rules of retention, if anything was.
    async fn anchor(connection: &mut SqliteConnection, room: &Room) -> Result<Option<Self>, sqlx::Error> {
        let query = sqlx::query_as("SELECT seq, at, link FROM forgotten WHERE room = ?").bind(int(room.id.0));
        let anchor: Option<(i64, i64, Option<Vec<u8>>)> = query.fetch_optional(connection).await?;
        Ok(anchor.map(|(seq, at, link)| Self { forgotten: seq, ..Self::behind(seq, at, link) }))
    }

    /// Behind an entry.
    fn behind(seq: i64, at: i64, link: Option<Vec<u8>>) -> Self {
        match link {
            None => Self { seq, at, ..Self::start() },
            Some(link) => Self { seq, at, link: Link::from_bytes(&link), has_begun: true, ..Self::start() },
        }
    }

    /// Before this place, by what is stored of the entry there.
    pub(super) async fn before(
        connection: &mut SqliteConnection,
        room: &Room,
        seq: i64,
    ) -> Result<Self, sqlx::Error> {
        let query = sqlx::query_as("SELECT at, link FROM entries WHERE room = ? AND seq = ?");
        let before: Option<(i64, Option<Vec<u8>>)> =
            query.bind(int(room.id.0)).bind(seq.saturating_sub(1)).fetch_optional(&mut *connection).await?;
        let anchor = Self::anchor(connection, room).await?;
        let forgotten = anchor.as_ref().map_or(0, |anchor| anchor.forgotten);
        Ok(match before {
            Some((at, link)) => Self { forgotten, ..Self::behind(seq.saturating_sub(1), at, link) },
            None => anchor.unwrap_or_else(Self::start),
        })
    }

    /// Judges the next entry.
    pub(super) async fn take(
        &mut self,
        connection: &mut SqliteConnection,
        room: &Room,
        stored: &Stored,
        report: &mut Report,
    ) {
        report.entries += 1;
        let fault = |seq: i64, what| at_place(room, seq, Some(stored.at), what);
        let missing = |state: &Self| uint(stored.seq.saturating_sub(state.seq).saturating_sub(1));
        if missing(self) > 0 {
            self.catch_up(connection, room, stored.seq).await;
        }
        let missing = missing(self);
        if missing > 0 {
            let what = match self.unread.take() {
                Some((_, cause)) => Wrong::Unreadable { count: missing, cause },
                None => Wrong::Gap(missing),
            };
            report.add(at_place(room, self.seq + 1, None, what));
            self.settle(room, None, report);
            self.link = None;
        }
        self.unread = None;
        if stored.at < self.at {
            report.add(fault(stored.seq, Wrong::Backwards));
        }
        if stored.kind == KIND_ERASED {
            report.erased += 1;
        }
        match stored.link.as_deref().map(Link::from_bytes) {
            None if self.has_begun => {
                report.add(fault(stored.seq, Wrong::NoLink));
                self.settle(room, None, report);
                self.link = None;
            }
            None => report.before_chain += 1,
            Some(link) => {
                self.has_begun = true;
                self.judge(room, stored, link, report);
                if stored.kind == KIND_ERASED {
                    match self.is_named(connection, stored).await {
                        Ok(true) => {}
                        Ok(false) => report.add(fault(stored.seq, Wrong::Erased)),
                        Err(error) => {
                            let what = Wrong::Unreadable { count: 1, cause: error.to_string() };
                            report.add(fault(stored.seq, what));
                        }
                    }
                }
            }
        }
        (self.seq, self.at) = (stored.seq, stored.at);
    }

    /// A server that runs may have forgotten more meanwhile.
    async fn catch_up(&mut self, connection: &mut SqliteConnection, room: &Room, seq: i64) {
        // There is no such table in an older database.
        let Ok(Some(anchor)) = Self::anchor(connection, room).await else { return };
        if anchor.seq > self.seq {
            *self = anchor;
        }
        // Even this entry is gone by now.
        if self.seq >= seq {
            (self.seq, self.at, self.link) = (seq.saturating_sub(1), i64::MIN, None);
        }
    }

    /// Whether the redaction that erased it says so, or is gone by the rules of retention.
    async fn is_named(
        &self,
        connection: &mut SqliteConnection,
        stored: &Stored,
    ) -> Result<bool, sqlx::Error> {
        let Some(erased) = stored.erased() else { return Ok(false) };
        let redaction = int(erased.redaction.0);
        if redaction <= self.forgotten {
            return Ok(true);
        }
        let message = erased.of.map_or(stored.seq, |seq| int(seq.0));
        let query = sqlx::query_scalar(NAMED).bind(stored.room).bind(redaction);
        let named: Option<Option<i64>> = query.fetch_optional(connection).await?;
        Ok(named.flatten() == Some(message))
    }

    /// Holds an entry's hash against the one that it should have.
    fn judge(&mut self, room: &Room, stored: &Stored, link: Option<Link>, report: &mut Report) {
        self.settle(room, link.map(|link| (stored, link)), report);
        let Some(previous) = self.link else {
            self.link = link;
            return;
        };
        match (link, stored.link_behind(&previous)) {
            (Some(link), Some(computed)) if link == computed => {}
            (Some(_), Some(computed)) => self.doubt = Some((stored.seq, stored.at, computed)),
            (None, _) | (_, None) => report.add(at_place(room, stored.seq, Some(stored.at), Wrong::Changed)),
        }
        self.link = link;
    }

    /// Says what was changed where there was a doubt: what follows was written behind the right hash.
    fn settle(&mut self, room: &Room, next: Option<(&Stored, Link)>, report: &mut Report) {
        let Some((seq, at, computed)) = self.doubt.take() else { return };
        let is_link = next.is_some_and(|(stored, link)| stored.link_behind(&computed) == Some(link));
        if is_link {
            self.link = Some(computed);
        }
        let what = if is_link { Wrong::Link } else { Wrong::Changed };
        report.add(at_place(room, seq, Some(at), what));
    }

    pub(super) fn end(mut self, room: &Room, report: &mut Report) {
        self.settle(room, None, report);
        if let Some((count, cause)) = self.unread.take() {
            report.add(at_place(room, self.seq + 1, None, Wrong::Unreadable { count, cause }));
        }
        if let Some(link) = self.link.filter(|_| self.has_begun) {
            let head = Head { room: room.id, seq: Seq(uint(self.seq)), link };
            report.heads.push((head, room.title.clone()));
        }
    }
}

fn at_place(room: &Room, seq: i64, at: Option<i64>, what: Wrong) -> Fault {
    let spot = Spot { room: room.id, title: room.title.clone(), seq: Seq(uint(seq)), at: at.map(Timestamp) };
    Fault { place: Some(spot), what }
}

impl Stored {
    /// The hash that it should have; `None`: what that takes is not there.
    fn link_behind(&self, previous: &Link) -> Option<Link> {
        let (digest, kind, of) = if self.kind == KIND_ERASED {
            let erased = self.erased()?;
            let digest = self.digest.as_deref()?.try_into().ok()?;
            (digest, erased.kind, erased.of.map(|seq| int(seq.0)))
        } else {
            let content = Content {
                salt: self.salt.as_deref()?,
                version: self.version,
                body: &self.body,
                tags: self.tags.as_deref(),
                detail: self.detail.as_deref(),
            };
            (content.digest(), self.kind, if self.kind == KIND_EDITED { Some(self.edited()?) } else { None })
        };
        let frame = Frame {
            room: self.room,
            seq: self.seq,
            at: self.at,
            kind,
            of,
            source: &self.source,
            account: self.account.as_deref(),
            bot: self.bot,
            target: &self.target,
        };
        Some(frame.link(previous, &digest))
    }

    fn erased(&self) -> Option<Erased> {
        serde_json::from_slice(self.detail.as_deref()?).ok()
    }

    /// The message that this edit edits.
    fn edited(&self) -> Option<i64> {
        #[derive(serde::Deserialize)]
        struct Detail {
            original: Earlier,
        }
        let detail: Detail = serde_json::from_slice(self.detail.as_deref()?).ok()?;
        Some(int(detail.original.seq.0))
    }
}
