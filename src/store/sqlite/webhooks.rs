//! Webhooks in SQL.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::clock::Timestamp;
use crate::ids::{AccountId, RoomId};
use crate::store::Error;
use crate::store::webhooks::{NewWebhook, Webhook, Webhooks};

use super::{Sqlite, int, uint};

#[async_trait]
impl Webhooks for Sqlite {
    async fn add_webhook(&self, new: NewWebhook) -> Result<Webhook, Error> {
        self.write(move |connection| {
            Box::pin(async move {
                let row = sqlx::query(
                    "INSERT INTO webhooks (hash, room, account, label, created_at) VALUES (?, ?, ?, ?, ?) \
                     RETURNING id, room, account, label, created_at, used_at",
                )
                .bind(new.hash)
                .bind(int(new.room.0))
                .bind(int(new.account.0))
                .bind(new.label)
                .bind(new.created_at.0)
                .fetch_one(connection)
                .await?;
                Ok(read(&row))
            })
        })
        .await
    }

    async fn webhook(&self, hash: &str) -> Result<Webhook, Error> {
        let sql = "SELECT id, room, account, label, created_at, used_at FROM webhooks WHERE hash = ?";
        Ok(read(&sqlx::query(sql).bind(hash).fetch_one(&self.readers).await?))
    }

    async fn use_webhook(&self, id: u64, at: Timestamp) -> Result<(), Error> {
        self.change("UPDATE webhooks SET used_at = ?2 WHERE id = ?1", id, Some(at)).await
    }

    async fn webhooks(&self) -> Result<Vec<Webhook>, Error> {
        let sql = "SELECT id, room, account, label, created_at, used_at FROM webhooks ORDER BY id";
        let rows = sqlx::query(sql).fetch_all(&self.readers).await?;
        Ok(rows.iter().map(read).collect())
    }

    async fn delete_webhook(&self, id: u64) -> Result<(), Error> {
        self.change("DELETE FROM webhooks WHERE id = ?1", id, None).await
    }
}

impl Sqlite {
    async fn change(&self, sql: &'static str, id: u64, at: Option<Timestamp>) -> Result<(), Error> {
        self.write(move |connection| {
            Box::pin(async move {
                let mut query = sqlx::query(sql).bind(int(id));
                if let Some(at) = at {
                    query = query.bind(at.0);
                }
                let done = query.execute(connection).await?;
                if done.rows_affected() == 0 { Err(sqlx::Error::RowNotFound) } else { Ok(()) }
            })
        })
        .await
    }
}

fn read(row: &SqliteRow) -> Webhook {
    Webhook {
        id: uint(row.get(0)),
        room: RoomId(uint(row.get(1))),
        account: AccountId(uint(row.get(2))),
        label: row.get(3),
        created_at: Timestamp(row.get(4)),
        used_at: row.get::<Option<i64>, _>(5).map(Timestamp),
    }
}
