//! Second factors in SQL.

use async_trait::async_trait;

use crate::auth::totp::TotpSecret;
use crate::clock::Timestamp;
use crate::ids::AccountId;
use crate::store::Error;
use crate::store::second_factors::{SecondFactor, SecondFactors};

use super::accounts::change;
use super::{Sqlite, int, uint};

#[async_trait]
impl SecondFactors for Sqlite {
    async fn second_factor(&self, account: AccountId) -> Result<Option<SecondFactor>, Error> {
        let sql = "SELECT secret, confirmed_at IS NOT NULL, \
                   (SELECT count(*) FROM recovery_codes r WHERE r.account = t.account) \
                   FROM totp t WHERE account = ?";
        let row: Option<(Vec<u8>, bool, i64)> =
            sqlx::query_as(sql).bind(int(account.0)).fetch_optional(&self.readers).await?;
        Ok(row.map(|(secret, in_force, codes)| SecondFactor {
            secret: TotpSecret::of(secret),
            in_force,
            recovery_codes: usize::try_from(uint(codes)).unwrap_or_default(),
        }))
    }

    async fn set_second_factor(&self, account: AccountId, secret: &TotpSecret) -> Result<(), Error> {
        let secret = secret.clone();
        self.write(move |connection| {
            Box::pin(async move {
                let sql = "INSERT INTO totp (account, secret) SELECT id, ?2 FROM accounts WHERE id = ?1 \
                           ON CONFLICT (account) DO UPDATE SET secret = excluded.secret WHERE confirmed_at IS NULL";
                change(connection, sqlx::query(sql).bind(int(account.0)).bind(secret.reveal())).await
            })
        })
        .await
    }

    async fn confirm_second_factor(
        &self,
        account: AccountId,
        step: i64,
        recovery_hashes: Vec<String>,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.write(move |connection| {
            Box::pin(async move {
                let sql =
                    "UPDATE totp SET confirmed_at = ?, step = ? WHERE account = ? AND confirmed_at IS NULL";
                let query = sqlx::query(sql).bind(at.0).bind(step).bind(int(account.0));
                change(connection, query).await?;
                for hash in recovery_hashes {
                    let query = sqlx::query("INSERT INTO recovery_codes (account, hash) VALUES (?, ?)");
                    change(connection, query.bind(int(account.0)).bind(hash)).await?;
                }
                Ok(())
            })
        })
        .await
    }

    async fn use_step(&self, account: AccountId, step: i64) -> Result<(), Error> {
        self.write(move |connection| {
            Box::pin(async move {
                let sql = "UPDATE totp SET step = ?2 WHERE account = ?1 AND step < ?2";
                change(connection, sqlx::query(sql).bind(int(account.0)).bind(step)).await
            })
        })
        .await
    }

    async fn use_recovery_code(&self, account: AccountId, hash: &str) -> Result<(), Error> {
        let hash = hash.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let query = sqlx::query("DELETE FROM recovery_codes WHERE account = ? AND hash = ?");
                change(connection, query.bind(int(account.0)).bind(hash)).await
            })
        })
        .await
    }

    async fn delete_second_factor(&self, account: AccountId) -> Result<(), Error> {
        self.write(move |connection| {
            Box::pin(async move {
                let query = sqlx::query("DELETE FROM totp WHERE account = ?");
                change(connection, query.bind(int(account.0))).await
            })
        })
        .await
    }
}
