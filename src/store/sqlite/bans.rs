//! Bans in SQL.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::clock::Timestamp;
use crate::store::Error;
use crate::store::bans::{Ban, Bans, Target};

use super::{Sqlite, damaged};

#[async_trait]
impl Bans for Sqlite {
    async fn add_ban(&self, ban: Ban) -> Result<(), Error> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query("DELETE FROM bans WHERE target = ? OR expires_at <= ?")
                    .bind(key(&ban.target))
                    .bind(ban.created_at.0)
                    .execute(&mut *connection)
                    .await?;
                sqlx::query(
                    "INSERT INTO bans (target, reason, creator, created_at, expires_at) \
                     VALUES (?, ?, ?, ?, ?)",
                )
                .bind(key(&ban.target))
                .bind(ban.reason)
                .bind(ban.creator)
                .bind(ban.created_at.0)
                .bind(ban.expires_at.map(|at| at.0))
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    async fn bans(&self) -> Result<Vec<Ban>, Error> {
        let sql = "SELECT target, reason, creator, created_at, expires_at FROM bans ORDER BY id";
        let rows = sqlx::query(sql).fetch_all(&self.readers).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    async fn delete_ban(&self, target: &Target) -> Result<(), Error> {
        let target = key(target);
        self.write(move |connection| {
            Box::pin(async move {
                let done =
                    sqlx::query("DELETE FROM bans WHERE target = ?").bind(target).execute(connection).await?;
                if done.rows_affected() == 0 { Err(sqlx::Error::RowNotFound) } else { Ok(()) }
            })
        })
        .await
    }
}

/// The same for two spellings of the same.
fn key(target: &Target) -> String {
    target.to_string().to_ascii_lowercase()
}

fn read(row: &SqliteRow) -> Result<Ban, sqlx::Error> {
    let target: &str = row.try_get(0)?;
    Ok(Ban {
        target: target.parse().map_err(|_| damaged(format!("there is a ban of {target:?}")))?,
        reason: row.try_get(1)?,
        creator: row.try_get(2)?,
        created_at: Timestamp(row.try_get(3)?),
        expires_at: row.try_get::<Option<i64>, _>(4)?.map(Timestamp),
    })
}
