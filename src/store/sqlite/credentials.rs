//! Tokens, certificates, invitations and read markers in SQL. Never sees a secret, only hashes.

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};

use crate::clock::Timestamp;
use crate::ids::AccountId;
use crate::limits;
use crate::store::accounts::{Certificate, Invitation, NewInvitation, Token};

use super::accounts::read_role;
use super::{int, uint};

pub(super) async fn add_token(
    connection: &mut SqliteConnection,
    account: AccountId,
    hash: &str,
    label: String,
    at: Timestamp,
) -> Result<Token, sqlx::Error> {
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO tokens (account, hash, label, created_at) VALUES (?, ?, ?, ?) RETURNING id",
    )
    .bind(int(account.0))
    .bind(hash)
    .bind(label.as_str())
    .bind(at.0)
    .fetch_one(connection)
    .await?;
    Ok(Token { id: uint(id), account, label, created_at: at, used_at: None })
}

pub(super) async fn tokens(readers: &SqlitePool, account: AccountId) -> Result<Vec<Token>, sqlx::Error> {
    let rows: Vec<(i64, String, i64, Option<i64>)> =
        sqlx::query_as("SELECT id, label, created_at, used_at FROM tokens WHERE account = ? ORDER BY id")
            .bind(int(account.0))
            .fetch_all(readers)
            .await?;
    let read = |(id, label, created_at, used_at): (i64, String, i64, Option<i64>)| Token {
        id: uint(id),
        account,
        label,
        created_at: Timestamp(created_at),
        used_at: used_at.map(Timestamp),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The number of the token of this hash, and when it was used.
pub(super) async fn token(
    readers: &SqlitePool,
    hash: &str,
) -> Result<Option<(i64, Option<i64>)>, sqlx::Error> {
    sqlx::query_as("SELECT id, used_at FROM tokens WHERE hash = ?").bind(hash).fetch_optional(readers).await
}

pub(super) async fn add_certificate(
    connection: &mut SqliteConnection,
    certificate: Certificate,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO certificates (fingerprint, account, label, created_at) VALUES (?, ?, ?, ?)")
        .bind(certificate.fingerprint)
        .bind(int(certificate.account.0))
        .bind(certificate.label)
        .bind(certificate.created_at.0)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn certificates(
    readers: &SqlitePool,
    account: AccountId,
) -> Result<Vec<Certificate>, sqlx::Error> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT fingerprint, label, created_at FROM certificates WHERE account = ? ORDER BY rowid",
    )
    .bind(int(account.0))
    .fetch_all(readers)
    .await?;
    let read = |(fingerprint, label, created_at): (String, String, i64)| Certificate {
        account,
        fingerprint,
        label,
        created_at: Timestamp(created_at),
    };
    Ok(rows.into_iter().map(read).collect())
}

pub(super) async fn add_invitation(
    connection: &mut SqliteConnection,
    new: NewInvitation,
) -> Result<Invitation, sqlx::Error> {
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO invitations (code_hash, role, uses_left, expires_at, created_at, creator) \
         VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(new.code_hash)
    .bind(new.role.as_str())
    .bind(i64::from(new.uses))
    .bind(new.expires_at.map(|at| at.0))
    .bind(new.created_at.0)
    .bind(new.creator.as_str())
    .fetch_one(connection)
    .await?;
    Ok(Invitation {
        id: uint(id),
        role: new.role,
        uses_left: new.uses,
        expires_at: new.expires_at,
        created_at: new.created_at,
        creator: new.creator,
    })
}

pub(super) async fn use_invitation(
    connection: &mut SqliteConnection,
    code_hash: &str,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let done = sqlx::query(
        "UPDATE invitations SET uses_left = uses_left - 1 \
         WHERE code_hash = ? AND uses_left > 0 AND (expires_at IS NULL OR expires_at > ?)",
    )
    .bind(code_hash)
    .bind(at.0)
    .execute(connection)
    .await?;
    if done.rows_affected() == 0 { Err(sqlx::Error::RowNotFound) } else { Ok(()) }
}

pub(super) async fn invitation(
    readers: &SqlitePool,
    code_hash: &str,
    at: Timestamp,
) -> Result<Invitation, sqlx::Error> {
    sqlx::query(
        "SELECT id, role, uses_left, expires_at, created_at, creator FROM invitations \
         WHERE code_hash = ? AND uses_left > 0 AND (expires_at IS NULL OR expires_at > ?)",
    )
    .bind(code_hash)
    .bind(at.0)
    .fetch_one(readers)
    .await
    .map(|row| read_invitation(&row))
}

pub(super) async fn invitations(readers: &SqlitePool) -> Result<Vec<Invitation>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT id, role, uses_left, expires_at, created_at, creator FROM invitations ORDER BY id",
    )
    .fetch_all(readers)
    .await?;
    Ok(rows.iter().map(read_invitation).collect())
}

fn read_invitation(row: &SqliteRow) -> Invitation {
    Invitation {
        id: uint(row.get(0)),
        role: read_role(row.get(1)),
        uses_left: u32::try_from(row.get::<i64, _>(2)).unwrap_or_default(),
        expires_at: row.get::<Option<i64>, _>(3).map(Timestamp),
        created_at: Timestamp(row.get(4)),
        creator: row.get(5),
    }
}

pub(super) async fn advance_read_marker(
    connection: &mut SqliteConnection,
    account: AccountId,
    target: &str,
    at: Timestamp,
) -> Result<Timestamp, sqlx::Error> {
    let at: i64 = sqlx::query_scalar(
        "INSERT INTO read_markers (account, target, at) SELECT ?1, ?2, ?3 \
         WHERE EXISTS (SELECT 1 FROM read_markers WHERE account = ?1 AND target = ?2) \
         OR (SELECT COUNT(*) FROM read_markers WHERE account = ?1) < ?4 \
         ON CONFLICT (account, target) DO UPDATE SET at = MAX(at, excluded.at) RETURNING at",
    )
    .bind(int(account.0))
    .bind(target)
    .bind(at.0)
    .bind(int(limits::READ_MARKERS_MAX as u64))
    .fetch_one(connection)
    .await?;
    Ok(Timestamp(at))
}

pub(super) async fn read_markers(
    readers: &SqlitePool,
    account: AccountId,
) -> Result<Vec<(String, Timestamp)>, sqlx::Error> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT target, at FROM read_markers WHERE account = ? ORDER BY target")
            .bind(int(account.0))
            .fetch_all(readers)
            .await?;
    Ok(rows.into_iter().map(|(target, at)| (target, Timestamp(at))).collect())
}
