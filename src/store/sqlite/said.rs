//! Reading what one account said in all rooms: step by step through the whole journal, for an index
//! on authors would be paid by every message, and few ask for this.

use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, Row as _};

use crate::clock::Timestamp;
use crate::ids::RoomId;
use crate::limits;
use crate::names::AccountName;
use crate::room::Entry;

use super::row::{self, Row, Rows, columns};
use super::{int, uint};

pub(super) async fn read(
    readers: &SqlitePool,
    account: &AccountName,
    since: Timestamp,
    after: u64,
) -> Result<(Vec<Entry>, Option<u64>), sqlx::Error> {
    let until = after.saturating_add(limits::EXPORT_SPAN_LEN.into());
    let columns = columns!();
    let sql = format!(
        "SELECT (SELECT json_group_array(json_array(id, room, json_array({columns}))) FROM entries \
         WHERE id > ?1 AND id <= ?2 AND account = ?3 AND at >= ?4 AND kind <= 10), \
         (SELECT coalesce(max(id), 0) FROM entries)"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(int(after)).bind(int(until));
    let found = query.bind(account.as_str()).bind(since.0).fetch_one(readers).await?;
    let text = row::text(&found, 0)?;
    let mut entries: Vec<(i64, RoomId, Row<'_>)> = row::parse(&text)?;
    // SQLite promises no order inside an array.
    entries.sort_unstable_by_key(|(id, ..)| *id);
    let mut rows = Rows::new();
    let entries = entries.into_iter().filter_map(|(_, room, row)| rows.entry(room, row)).collect();
    let last = uint(found.try_get(1)?);
    Ok((entries, (until < last).then_some(until)))
}
