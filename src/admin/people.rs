//! Accounts: made, changed, removed. What a running server shows follows the store at once.

use crate::ids::UserId;
use crate::journal::Presence;
use crate::names::{AccountName, is_reserved};
use crate::store::accounts::{Account, AccountRole};
use crate::{auth, store};

use super::Context;
use super::error::Error;
use super::response::Response;
use super::secret::Secret;
use super::view::{self, Moment};

pub(super) async fn add(
    context: &Context,
    name: AccountName,
    role: AccountRole,
    password: Option<Secret>,
) -> Result<Response, Error> {
    if let Some(holder) = context.journal.directory().user_by_nick(name.as_str())
        && holder.author.account.as_ref() != Some(&name)
    {
        let what = format!("somebody goes by the nick {name} at the moment");
        return Err(Error::exists(what, "choose another name, or try again when they have another nick"));
    }
    let made =
        context.authenticator.create_account(name.clone(), password.map(|secret| secret.0), role).await;
    let account = match made {
        Ok(account) => account,
        Err(auth::Error::NameTaken) => return Err(taken(context, &name).await),
        Err(error) => return Err(error.into()),
    };
    context.submit(Presence::Introduce(account.clone()), UserId::Account(account.id)).await?;
    Ok(changed(context, &account, 0))
}

async fn taken(context: &Context, name: &AccountName) -> Error {
    let what = match context.store.look_alike(name.as_str()).await {
        _ if is_reserved(name.as_str()) => format!("{name} is, or looks like, the name of a service"),
        Ok(Some(other)) if other != *name => format!("{name} looks like {other}, who is here already"),
        Ok(_) | Err(_) => format!("there is an account {name} already"),
    };
    Error::exists(what, "choose another name, or see chatctl users")
}

pub(super) async fn set_password(
    context: &Context,
    name: &AccountName,
    password: Secret,
    end_sessions: bool,
) -> Result<Response, Error> {
    let account = find(context, name).await?;
    context.authenticator.set_password(&account, password.0).await?;
    let ended =
        if end_sessions { expel(context, &account, "Your password was changed", false).await? } else { 0 };
    Ok(changed(context, &Account { password_hash: Some(String::new()), ..account }, ended))
}

/// First from the store: from then on nobody can sign in, so nobody comes between.
pub(super) async fn delete(context: &Context, name: &AccountName) -> Result<Response, Error> {
    let account = find(context, name).await?;
    let shown = view(context, &account);
    let deleted = context.store.delete_account(account.id).await;
    deleted.map_err(|error| Error::from_store(error, || unknown(name)))?;
    let ended = expel(context, &account, "Your account was removed", true).await?;
    Ok(Response::Account(view::AccountChange {
        account: view::Account { sessions: 0, ..shown },
        sessions_ended: ended,
    }))
}

pub(super) async fn set_suspended(
    context: &Context,
    name: &AccountName,
    suspended: bool,
) -> Result<Response, Error> {
    let account = find(context, name).await?;
    let set = context.store.set_suspended(account.id, suspended).await;
    set.map_err(|error| Error::from_store(error, || unknown(name)))?;
    let reason = "Your account is suspended";
    let ended = if suspended { expel(context, &account, reason, false).await? } else { 0 };
    Ok(changed(context, &Account { suspended, ..account }, ended))
}

pub(super) async fn set_always_on(
    context: &Context,
    name: &AccountName,
    always_on: Option<bool>,
) -> Result<Response, Error> {
    let account = find(context, name).await?;
    let presence = Presence::SetAlwaysOn { account: account.id, always_on };
    context.submit(presence, UserId::Account(account.id)).await?;
    Ok(changed(context, &Account { always_on, ..account }, 0))
}

pub(super) async fn list(context: &Context) -> Result<Response, Error> {
    let accounts = context.store.accounts().await?;
    Ok(Response::Accounts(accounts.iter().map(|account| view(context, account)).collect()))
}

pub(super) async fn find(context: &Context, name: &AccountName) -> Result<Account, Error> {
    context
        .store
        .account(name)
        .await
        .map_err(|error: store::Error| Error::from_store(error, || unknown(name)))
}

/// Ends all sessions of an account, and says how many there were.
pub(super) async fn expel(
    context: &Context,
    account: &Account,
    reason: &str,
    forget: bool,
) -> Result<usize, Error> {
    let sessions = sessions(context, account);
    let presence = Presence::Expel { account: account.id, reason: reason.to_owned(), forget };
    context.submit(presence, UserId::Account(account.id)).await?;
    Ok(sessions)
}

fn sessions(context: &Context, account: &Account) -> usize {
    let user = context.journal.directory().user(UserId::Account(account.id));
    user.map_or(0, |user| user.sessions.len())
}

fn unknown(name: &AccountName) -> Error {
    Error::not_found(format!("there is no account {name}"), "chatctl users lists all")
}

fn changed(context: &Context, account: &Account, sessions_ended: usize) -> Response {
    let mut account = view(context, account);
    account.sessions = account.sessions.saturating_sub(sessions_ended);
    Response::Account(view::AccountChange { account, sessions_ended })
}

fn view(context: &Context, account: &Account) -> view::Account {
    view::Account {
        name: account.name.to_string(),
        nick: account.nick.to_string(),
        email: account.email.as_ref().map(ToString::to_string),
        role: account.role,
        suspended: account.suspended,
        password: account.password_hash.is_some(),
        sessions: sessions(context, account),
        created_at: Moment(account.created_at),
        seen_at: account.seen_at.map(Moment),
        always_on: account.always_on,
    }
}
