//! Reading a whole database as the server would read it, entry by entry.
//!
//! Whether pages, places and chains are as they were written is `verify`'s to say. For a copy that nobody uses: it
//! takes as long as it takes.

use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use crate::ids::RoomId;
use crate::limits;
use crate::store::Error;
use crate::store::uploads::ContentHash;

use super::row::{self, Row, Rows, columns};
use super::{Sqlite, int, snapshot, uint};

/// What there is.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// Entries of the journal.
    pub entries: u64,
    /// Those among them that can't be understood.
    pub unreadable: u64,
    /// Accounts.
    pub accounts: u64,
    /// The contents of uploads, each once, with their sizes in bytes.
    pub uploads: Vec<(ContentHash, u64)>,
}

impl Sqlite {
    /// Reads and understands each entry of the journal, and counts the rest.
    ///
    /// # Errors
    /// [`Error::Unavailable`], when it can't be read at all.
    pub async fn inspect(&self) -> Result<Inspection, Error> {
        let mut connection = self.readers.acquire().await.map_err(Error::from)?;
        let mut inspection = Inspection::default();
        inspection.walk(&mut connection).await?;
        let accounts: i64 = sqlx::query_scalar("SELECT count(*) FROM accounts")
            .fetch_one(&mut *connection)
            .await
            .map_err(Error::from)?;
        inspection.accounts = uint(accounts);
        inspection.uploads = snapshot::contents(&mut connection).await?;
        Ok(inspection)
    }
}

impl Inspection {
    async fn walk(&mut self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let sql = concat!(
            "SELECT (SELECT json_group_array(json_array(room, json_array(",
            columns!(),
            "))) FROM entries WHERE id > ?1 AND id <= ?2), (SELECT coalesce(max(id), 0) FROM entries)"
        );
        let mut after = 0;
        loop {
            let until = after + u64::from(limits::EXPORT_SPAN_LEN);
            let query = sqlx::query(AssertSqlSafe(sql)).bind(int(after)).bind(int(until));
            let found = query.fetch_one(&mut *connection).await?;
            let entries: Vec<(RoomId, Row<'_>)> = row::parse(found.get(0))?;
            let mut rows = Rows::new();
            for (room, row) in entries {
                self.entries += 1;
                if rows.entry(room, row).is_none() {
                    self.unreadable += 1;
                }
            }
            after = until;
            if after >= uint(found.get(1)) {
                return Ok(());
            }
        }
    }
}
