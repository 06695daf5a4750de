//! The audit log in SQL.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::clock::Timestamp;
use crate::limits;
use crate::store::Error;
use crate::store::audit::{Audit, Deed, Outcome, Record};

use super::{Sqlite, damaged, int, uint};

/// Old rows are looked for at every so many new ones.
const PRUNED_EVERY: u64 = 100;

#[async_trait]
impl Audit for Sqlite {
    async fn record(&self, deed: Deed, outcome: Outcome) -> Result<u64, Error> {
        self.write(move |connection| {
            Box::pin(async move {
                let id: i64 = sqlx::query_scalar(
                    "INSERT INTO audit (at, who, action, target, detail, outcome) \
                     VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                )
                .bind(deed.at.0)
                .bind(deed.who)
                .bind(deed.action)
                .bind(deed.target)
                .bind(deed.detail)
                .bind(text(outcome))
                .fetch_one(&mut *connection)
                .await?;
                if uint(id).is_multiple_of(PRUNED_EVERY) {
                    prune(connection).await?;
                }
                Ok(uint(id))
            })
        })
        .await
    }

    async fn set_outcome(&self, id: u64, outcome: Outcome) -> Result<(), Error> {
        self.write(move |connection| {
            Box::pin(async move {
                let query = sqlx::query("UPDATE audit SET outcome = ? WHERE id = ?");
                let done = query.bind(text(outcome)).bind(int(id)).execute(connection).await?;
                if done.rows_affected() == 0 { Err(sqlx::Error::RowNotFound) } else { Ok(()) }
            })
        })
        .await
    }

    async fn records(&self, len_max: usize) -> Result<Vec<Record>, Error> {
        let sql = "SELECT id, at, who, action, target, detail, outcome FROM audit ORDER BY id DESC LIMIT ?";
        let rows = sqlx::query(sql).bind(int(len_max as u64)).fetch_all(&self.readers).await?;
        Ok(rows.iter().rev().map(read).collect::<Result<_, _>>()?)
    }
}

/// What people do with their own credentials.
const IS_OWN: &str =
    "who IS target AND action IN ('add_token', 'revoke_token', 'set_password', 'add_totp', 'remove_totp')";

/// Each kind has its own share, so that strangers and members can push out only what their like did.
async fn prune(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    for (kind, rows_max) in [
        (format!("outcome <> 'refused' AND NOT ({IS_OWN})"), limits::AUDIT_ROWS_MAX),
        (format!("outcome <> 'refused' AND {IS_OWN}"), limits::AUDIT_OWN_ROWS_MAX),
        ("outcome = 'refused'".to_owned(), limits::AUDIT_REFUSED_ROWS_MAX),
    ] {
        let sql = format!(
            "DELETE FROM audit WHERE {kind} AND id <= \
             (SELECT id FROM audit WHERE {kind} ORDER BY id DESC LIMIT 1 OFFSET ?)"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql));
        query.bind(int(rows_max as u64)).execute(&mut *connection).await?;
    }
    Ok(())
}

const TEXTS: [(Outcome, &str); 4] = [
    (Outcome::Begun, "begun"),
    (Outcome::Done, "done"),
    (Outcome::Failed, "failed"),
    (Outcome::Refused, "refused"),
];

fn text(outcome: Outcome) -> &'static str {
    TEXTS.iter().find(|(one, _)| *one == outcome).map_or("begun", |(_, text)| text)
}

fn read(row: &SqliteRow) -> Result<Record, sqlx::Error> {
    let stored: &str = row.get(6);
    let outcome = TEXTS.iter().find(|(_, text)| *text == stored).map(|(outcome, _)| *outcome);
    Ok(Record {
        id: uint(row.get(0)),
        deed: Deed {
            at: Timestamp(row.get(1)),
            who: row.get(2),
            action: row.get(3),
            target: row.get(4),
            detail: row.get(5),
        },
        outcome: outcome.ok_or_else(|| damaged(format!("the audit log has an outcome {stored:?}")))?,
    })
}
