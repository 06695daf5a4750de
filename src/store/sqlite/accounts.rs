//! Accounts in SQL; what belongs to them is next door in `credentials`.

use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};

use crate::clock::Timestamp;
use crate::ids::AccountId;
use crate::limits;
use crate::names::{AccountName, EmailAddress, Nick, skeleton};
use crate::store::Error;
use crate::store::accounts::{
    Account, AccountRole, Accounts, Certificate, Invitation, NewAccount, NewInvitation, Token,
};

use super::{Sqlite, credentials, damaged, int, uint, uploads};

/// The columns of an account, in the order in which [`read`] wants them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.name, a.nick, a.password_hash, a.role, a.suspended, a.created_at, a.seen_at, a.email, a.always_on ",
            "FROM accounts a ",
            $rest
        )
    };
}

#[async_trait]
impl Accounts for Sqlite {
    async fn create_account(&self, new: NewAccount, invitation: Option<&str>) -> Result<Account, Error> {
        let invitation = invitation.map(str::to_owned);
        self.write(move |connection| {
            Box::pin(async move {
                if let Some(code_hash) = invitation {
                    credentials::use_invitation(connection, &code_hash, new.created_at).await?;
                }
                insert(connection, new).await
            })
        })
        .await
    }

    async fn account(&self, name: &AccountName) -> Result<Account, Error> {
        Ok(one(&self.readers, select!("WHERE a.folded = ?"), &name.folded()).await?)
    }

    async fn accounts(&self) -> Result<Vec<Account>, Error> {
        let rows = sqlx::query(select!("ORDER BY a.folded")).fetch_all(&self.readers).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    async fn look_alike(&self, nick: &str) -> Result<Option<AccountName>, Error> {
        // The same name in another spelling has the same skeleton.
        match one(&self.readers, select!("WHERE a.skeleton = ?"), &skeleton(nick)).await {
            Ok(account) => Ok(Some(account.name)),
            Err(sqlx::Error::RowNotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn set_password_hash(&self, account: AccountId, hash: Option<&str>) -> Result<(), Error> {
        let hash = hash.map(str::to_owned);
        self.write(move |connection| {
            Box::pin(async move {
                let query = sqlx::query("UPDATE accounts SET password_hash = ? WHERE id = ?");
                change(connection, query.bind(hash).bind(int(account.0))).await
            })
        })
        .await
    }

    async fn replace_password_hash(&self, account: AccountId, old: &str, new: &str) -> Result<bool, Error> {
        let (old, new) = (old.to_owned(), new.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                let sql = "UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = ?";
                let query = sqlx::query(sql).bind(new).bind(int(account.0)).bind(old);
                Ok(query.execute(connection).await?.rows_affected() > 0)
            })
        })
        .await
    }

    async fn set_suspended(&self, account: AccountId, suspended: bool) -> Result<(), Error> {
        self.write(move |connection| {
            Box::pin(async move {
                let query = sqlx::query("UPDATE accounts SET suspended = ? WHERE id = ?");
                change(connection, query.bind(suspended).bind(int(account.0))).await
            })
        })
        .await
    }

    async fn set_seen(&self, account: AccountId, at: Timestamp) -> Result<(), Error> {
        self.write(move |connection| {
            Box::pin(async move {
                let query = sqlx::query("UPDATE accounts SET seen_at = ? WHERE id = ?");
                change(connection, query.bind(at.0).bind(int(account.0))).await
            })
        })
        .await
    }

    async fn delete_account(&self, account: AccountId) -> Result<(), Error> {
        let let_go = self
            .write(move |connection| {
                Box::pin(async move {
                    let let_go = uploads::forget_uncarried_of(connection, account).await?;
                    // Everything else that belongs to it goes with it: ON DELETE CASCADE.
                    let query = sqlx::query("DELETE FROM accounts WHERE id = ?");
                    change(connection, query.bind(int(account.0))).await?;
                    Ok(let_go)
                })
            })
            .await?;
        self.let_go.push(let_go);
        // The log still holds the pages with their address and their password's hash.
        self.cut_log_soon();
        Ok(())
    }

    async fn add_token(
        &self,
        account: AccountId,
        hash: &str,
        label: &str,
        at: Timestamp,
    ) -> Result<Token, Error> {
        let (hash, label) = (hash.to_owned(), label.to_owned());
        self.write(move |connection| {
            Box::pin(async move { credentials::add_token(connection, account, &hash, label, at).await })
        })
        .await
    }

    async fn tokens(&self, account: AccountId) -> Result<Vec<Token>, Error> {
        Ok(credentials::tokens(&self.readers, account).await?)
    }

    async fn use_token(&self, hash: &str, at: Timestamp) -> Result<(Account, u64), Error> {
        // Guesses must not cost a write.
        let (id, used_at) = credentials::token(&self.readers, hash).await?.ok_or(Error::NotFound)?;
        if used_at.is_none_or(|used_at| at.0 - used_at >= limits::TOKEN_USE_NOTED_MS) {
            self.write(move |connection| {
                Box::pin(async move {
                    let query = sqlx::query("UPDATE tokens SET used_at = ? WHERE id = ?");
                    change(connection, query.bind(at.0).bind(id)).await
                })
            })
            .await?;
        }
        let sql = select!("JOIN tokens t ON t.account = a.id WHERE t.hash = ?");
        Ok((one(&self.readers, sql, hash).await?, uint(id)))
    }

    async fn delete_token(&self, account: AccountId, id: u64) -> Result<(), Error> {
        self.write(move |connection| {
            Box::pin(async move {
                let query = sqlx::query("DELETE FROM tokens WHERE account = ? AND id = ?");
                change(connection, query.bind(int(account.0)).bind(int(id))).await
            })
        })
        .await
    }

    async fn add_certificate(&self, certificate: Certificate) -> Result<(), Error> {
        self.write(move |connection| {
            Box::pin(async move { credentials::add_certificate(connection, certificate).await })
        })
        .await
    }

    async fn certificates(&self, account: AccountId) -> Result<Vec<Certificate>, Error> {
        Ok(credentials::certificates(&self.readers, account).await?)
    }

    async fn account_by_certificate(&self, fingerprint: &str) -> Result<Account, Error> {
        let sql = select!("JOIN certificates c ON c.account = a.id WHERE c.fingerprint = ?");
        Ok(one(&self.readers, sql, fingerprint).await?)
    }

    async fn delete_certificate(&self, account: AccountId, fingerprint: &str) -> Result<(), Error> {
        let fingerprint = fingerprint.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let query = sqlx::query("DELETE FROM certificates WHERE account = ? AND fingerprint = ?");
                change(connection, query.bind(int(account.0)).bind(fingerprint)).await
            })
        })
        .await
    }

    async fn add_invitation(&self, new: NewInvitation) -> Result<Invitation, Error> {
        self.write(move |connection| {
            Box::pin(async move { credentials::add_invitation(connection, new).await })
        })
        .await
    }

    async fn invitation(&self, code_hash: &str, at: Timestamp) -> Result<Invitation, Error> {
        Ok(credentials::invitation(&self.readers, code_hash, at).await?)
    }

    async fn invitations(&self) -> Result<Vec<Invitation>, Error> {
        Ok(credentials::invitations(&self.readers).await?)
    }

    async fn delete_invitation(&self, id: u64) -> Result<(), Error> {
        self.write(move |connection| {
            Box::pin(async move {
                change(connection, sqlx::query("DELETE FROM invitations WHERE id = ?").bind(int(id))).await
            })
        })
        .await
    }

    async fn read_marker(&self, account: AccountId, target: &str) -> Result<Option<Timestamp>, Error> {
        let at: Option<i64> =
            sqlx::query_scalar("SELECT at FROM read_markers WHERE account = ? AND target = ?")
                .bind(int(account.0))
                .bind(target)
                .fetch_optional(&self.readers)
                .await?;
        Ok(at.map(Timestamp))
    }

    async fn read_markers(&self, account: AccountId) -> Result<Vec<(String, Timestamp)>, Error> {
        Ok(credentials::read_markers(&self.readers, account).await?)
    }

    async fn advance_read_marker(
        &self,
        account: AccountId,
        target: &str,
        at: Timestamp,
    ) -> Result<Timestamp, Error> {
        let target = target.to_owned();
        self.write(move |connection| {
            Box::pin(async move { credentials::advance_read_marker(connection, account, &target, at).await })
        })
        .await
    }
}

async fn insert(connection: &mut SqliteConnection, new: NewAccount) -> Result<Account, sqlx::Error> {
    let name = new.name.as_str();
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO accounts (name, folded, skeleton, nick, password_hash, role, created_at, email) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(name)
    .bind(new.name.folded())
    .bind(skeleton(name))
    .bind(name)
    .bind(new.password_hash.as_deref())
    .bind(new.role.as_str())
    .bind(new.created_at.0)
    .bind(new.email.as_ref().map(EmailAddress::as_str))
    .fetch_one(connection)
    .await?;
    Ok(Account {
        id: AccountId(uint(id)),
        nick: Nick::from(&new.name),
        name: new.name,
        email: new.email,
        password_hash: new.password_hash,
        role: new.role,
        suspended: false,
        created_at: new.created_at,
        seen_at: None,
        always_on: None,
    })
}

async fn one(readers: &SqlitePool, sql: &'static str, key: &str) -> Result<Account, sqlx::Error> {
    let row = sqlx::query(sql).bind(key).fetch_one(readers).await?;
    read(&row)
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

/// Runs a statement that must find its row.
pub(super) async fn change(connection: &mut SqliteConnection, query: Query<'_>) -> Result<(), sqlx::Error> {
    let done = query.execute(connection).await?;
    if done.rows_affected() == 0 { Err(sqlx::Error::RowNotFound) } else { Ok(()) }
}

fn read(row: &SqliteRow) -> Result<Account, sqlx::Error> {
    let id: i64 = row.try_get(0)?;
    let bad = |what: &str| damaged(format!("account {id} has a damaged {what}"));
    Ok(Account {
        id: AccountId(uint(id)),
        name: AccountName::parse(row.try_get(1)?).map_err(|_| bad("name"))?,
        nick: Nick::parse(row.try_get(2)?).map_err(|_| bad("nick"))?,
        email: match row.try_get::<Option<&str>, _>(8)? {
            Some(text) => Some(EmailAddress::parse(text).map_err(|_| bad("e-mail address"))?),
            None => None,
        },
        password_hash: row.try_get(3)?,
        role: read_role(row.try_get(4)?),
        suspended: row.try_get(5)?,
        created_at: Timestamp(row.try_get(6)?),
        seen_at: row.try_get::<Option<i64>, _>(7)?.map(Timestamp),
        always_on: row.try_get(9)?,
    })
}

/// What is not known gives no power.
pub(super) fn read_role(text: &str) -> AccountRole {
    if text == "admin" { AccountRole::Admin } else { AccountRole::Member }
}
