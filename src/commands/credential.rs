//! One's own credentials: tokens, which are made, listed and revoked, and the password.
//!
//! A token's text is told once. Our own commands: docs/extensions.md (TOKEN, PASSWD).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::auth::{self, Proof, secret};
use crate::ids::AccountId;
use crate::limits;
use crate::names::AccountName;
use crate::protocol::numeric as n;
use crate::protocol::{Line, Message};
use crate::session::{Service, Session, sanction};
use crate::store::accounts::Token;
use crate::store::audit::Outcome;

use super::account::Refusal;
use super::audit;
use super::erasure::Eraser;

/// Why a session by the password ends when that is another.
const CHANGED: &str = "Your password was changed: sign in by the new one";
const UNAVAILABLE: &str = "Accounts are unavailable at the moment; try again";

/// `TOKEN NEW <label>`, `TOKEN LIST`, `TOKEN REVOKE <id or *>`. Our own command.
pub(super) async fn token(session: &mut Session, message: &Message<'_>) {
    let Some((account, name)) = session.account().cloned() else {
        return session.fail("TOKEN", "ACCOUNT_REQUIRED", &[], "Tokens belong to accounts: sign in first");
    };
    let what = message.param(0).unwrap_or_default().to_ascii_uppercase();
    match (what.as_str(), message.param(1)) {
        ("NEW", Some(label)) => make(session, account, &name, label).await,
        ("LIST", _) => list(session, account).await,
        ("REVOKE", Some("*")) => revoke_others(session, account, &name).await,
        ("REVOKE", Some(id)) => revoke_one(session, account, &name, id).await,
        ("NEW" | "REVOKE", None) => session.numeric(n::ERR_NEEDMOREPARAMS, &["TOKEN"]),
        _ => session.fail("TOKEN", "UNKNOWN_SUBCOMMAND", &[], "There are NEW, LIST and REVOKE"),
    }
}

async fn make(session: &mut Session, account: AccountId, name: &AccountName, label: &str) {
    let label = label.trim();
    if matches!(session.proof, Some(Proof::Token(_))) {
        // Or who has found one could keep themselves in after it is revoked.
        let text = "A token makes no other: sign in by your password for that";
        return session.fail("TOKEN", "PASSWORD_REQUIRED", &[], text);
    }
    if session.proof != Some(Proof::PasswordAndCode) && has_second_factor(session, account).await {
        // Or who has only the password, or had it before, would need no code by that token.
        let text = "Your account has a second factor: sign in by your password and a code for that";
        return session.fail("TOKEN", "CODE_REQUIRED", &[], text);
    }
    if !secret::is_label(label) {
        let max = limits::CREDENTIAL_LABEL_BYTES_MAX;
        let text = format!("Say in 1 to {max} bytes what it is for, such as the device's name");
        return session.fail("TOKEN", "INVALID_LABEL", &[], &text);
    }
    let Some(tokens) = tokens(session, account).await else { return };
    if tokens.len() >= limits::CREDENTIALS_MAX {
        let text = format!("You have {} tokens, which is the most there can be: revoke some", tokens.len());
        return session.fail("TOKEN", "LIMIT_REACHED", &[], &text);
    }
    let (target, detail) = (Some(name.to_string()), Some(label.to_owned()));
    let Some(entry) = audit::begin(session, "TOKEN", "add_token", target, detail).await else { return };
    let service = Arc::clone(&session.service);
    match service.authenticator.issue_token(account, label).await {
        Ok((text, token)) => {
            audit::end(session, entry, Outcome::Done).await;
            let line = Line::new("TOKEN").param("NEW").param(token.id).param(text.as_str());
            session.send(line.param("Keep it: it is not shown again"));
        }
        Err(error) => {
            audit::end(session, entry, Outcome::Failed).await;
            session.fail("TOKEN", "TEMPORARILY_UNAVAILABLE", &[], &error.to_string());
        }
    }
}

/// What can't be looked at is taken for one.
async fn has_second_factor(session: &Session, account: AccountId) -> bool {
    let factor = session.service.store.second_factor(account).await;
    factor.map_or(true, |factor| factor.is_some_and(|factor| factor.in_force))
}

async fn list(session: &mut Session, account: AccountId) {
    let Some(tokens) = tokens(session, account).await else { return };
    let in_use = session.service.roster.tokens_of(account);
    for Token { id, label, created_at, used_at, .. } in tokens {
        let used_at = used_at.map_or_else(|| "*".to_owned(), |at| at.to_string());
        let place = match session.proof {
            Some(Proof::Token(own)) if own == id => "this",
            _ if in_use.contains(&id) => "connected",
            _ => "*",
        };
        let line = Line::new("TOKEN").param("LIST").param(id).param(created_at).param(used_at);
        session.send(line.param(place).param(label));
    }
    session.send(Line::new("TOKEN").param("END").param("These are your tokens"));
}

async fn revoke_one(session: &mut Session, account: AccountId, name: &AccountName, asked: &str) {
    let Some(tokens) = tokens(session, account).await else { return };
    let Some(token) = tokens.iter().find(|token| token.id.to_string() == asked) else {
        let text = "You have no token of this number: TOKEN LIST shows them";
        return session.fail("TOKEN", "UNKNOWN_TOKEN", &["REVOKE"], text);
    };
    let (target, detail) = (Some(name.to_string()), Some(format!("token {asked}")));
    let Some(entry) = audit::begin(session, "TOKEN", "revoke_token", target, detail).await else { return };
    let outcome = revoke(session, account, token.id).await;
    audit::end(session, entry, outcome).await;
}

/// All but the one that this session came in by.
async fn revoke_others(session: &mut Session, account: AccountId, name: &AccountName) {
    let Some(tokens) = tokens(session, account).await else { return };
    let own = session.proof;
    let others = tokens.into_iter().map(|token| token.id).filter(|id| own != Some(Proof::Token(*id)));
    let others: Vec<u64> = others.collect();
    if !others.is_empty() {
        let shown: Vec<String> = others.iter().map(u64::to_string).collect();
        let (target, detail) = (Some(name.to_string()), Some(format!("tokens {}", shown.join(" "))));
        let Some(entry) = audit::begin(session, "TOKEN", "revoke_token", target, detail).await else {
            return;
        };
        let mut outcome = Outcome::Done;
        for id in others {
            if revoke(session, account, id).await == Outcome::Failed {
                outcome = Outcome::Failed;
            }
        }
        audit::end(session, entry, outcome).await;
    }
    session.send(Line::new("TOKEN").param("END").param("No other token is left"));
}

async fn revoke(session: &mut Session, account: AccountId, id: u64) -> Outcome {
    let service = Arc::clone(&session.service);
    match sanction::revoke_token(&*service.store, &service.roster, account, id).await {
        Ok(()) => {
            let line = Line::new("TOKEN").param("REVOKED").param(id);
            session.send(line.param("It signs nobody in any more"));
            Outcome::Done
        }
        Err(error) => {
            tracing::error!(%error, "a token is not revoked");
            let text = "It is not revoked, try again";
            session.fail("TOKEN", "TEMPORARILY_UNAVAILABLE", &["REVOKE"], text);
            Outcome::Failed
        }
    }
}

async fn tokens(session: &mut Session, account: AccountId) -> Option<Vec<Token>> {
    let tokens = session.service.store.tokens(account).await;
    tokens
        .inspect_err(|error| {
            tracing::error!(%error, "tokens can't be listed");
            session.fail("TOKEN", "TEMPORARILY_UNAVAILABLE", &[], UNAVAILABLE);
        })
        .ok()
}

/// `PASSWD <old> <new>`, both in base64, since passwords have spaces. Our own command.
pub(super) async fn passwd(session: &mut Session, message: &Message<'_>) {
    let (Some(old), Some(new)) = (decoded(message, 0), decoded(message, 1)) else {
        let text = "Both passwords must be UTF-8 in base64";
        return session.fail("PASSWD", "INVALID_ENCODING", &[], text);
    };
    match change_password(session, old, new).await {
        Ok(()) => {
            let line = Line::new("PASSWD").param("CHANGED");
            session.send(line.param("Your other connections by the old password ended; tokens stay"));
        }
        Err((code, text)) => session.fail("PASSWD", code, &[], &text),
    }
}

pub(super) fn decoded(message: &Message<'_>, at: usize) -> Option<Zeroizing<String>> {
    let bytes = Zeroizing::new(STANDARD.decode(message.param(at)?).ok()?);
    Some(Zeroizing::new(std::str::from_utf8(&bytes).ok()?.to_owned()))
}

/// Changes the password of who has signed in. Their other sessions by the old one end; those by a token or
/// a certificate stay, as these do.
pub(super) async fn change_password(
    session: &mut Session,
    old: Zeroizing<String>,
    new: Zeroizing<String>,
) -> Result<(), Refusal> {
    let Some((_, name)) = session.account().cloned() else {
        return Err(("ACCOUNT_REQUIRED", "You are not signed in".into()));
    };
    let service = Arc::clone(&session.service);
    let unavailable = || ("TEMPORARILY_UNAVAILABLE", UNAVAILABLE.to_owned());
    let account = service.store.account(&name).await.map_err(|error| {
        tracing::error!(%error, "a password is not changed");
        unavailable()
    })?;
    let deed = audit::deed(session, "set_password", Some(name.to_string()), None);
    let entry = service.store.record(deed, Outcome::Begun).await.map_err(|error| {
        tracing::error!(%error, "a password is not changed, for the audit log can't be written");
        unavailable()
    })?;
    let changed = service.authenticator.change_password(&account, old, new, session.peer.address).await;
    let outcome = if changed.is_ok() { Outcome::Done } else { Outcome::Failed };
    audit::end(session, entry, outcome).await;
    changed.map_err(|error| refusal(&error))?;
    let own = session.id;
    service.roster.sign_out(account.id, CHANGED, |id, proof| id != own && proof.is_by_password());
    Ok(())
}

/// Removes the account of who has signed in, with all that belongs to it; what it said stays.
pub(super) async fn erase_account(session: &mut Session, password: Zeroizing<String>) -> Result<(), Refusal> {
    let Some((_, name)) = session.account().cloned() else {
        return Err(("ACCOUNT_REQUIRED", "You are not signed in".into()));
    };
    let service = Arc::clone(&session.service);
    let unavailable = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "an account is not removed");
        ("TEMPORARILY_UNAVAILABLE", UNAVAILABLE.to_owned())
    };
    let account = service.store.account(&name).await.map_err(|error| unavailable(&error))?;
    let proven = service.authenticator.prove(&account, password, session.peer.address).await;
    proven.map_err(|error| refusal(&error))?;
    let deed = audit::deed(session, "erase_user", Some(name.to_string()), Some("by themselves".into()));
    let entry = service.store.record(deed, Outcome::Begun).await.map_err(|error| unavailable(&error))?;
    // In a task of its own: this session is among those that end.
    let erasing = tokio::spawn(async move {
        let Service { journal, store, clock, .. } = &*service;
        let erased = Eraser { journal, store, clock }.erase(&account, false).await;
        let outcome = if erased.is_ok() { Outcome::Done } else { Outcome::Failed };
        if let Err(error) = store.set_outcome(entry, outcome).await {
            tracing::error!(%error, entry, ?outcome, "the audit log does not know what came of it");
        }
        erased
    });
    match erasing.await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(unavailable(&error)),
        Err(error) => Err(unavailable(&error)),
    }
}

/// Why the password is the old one still.
fn refusal(error: &auth::Error) -> Refusal {
    let code = match error {
        auth::Error::Rejected => return ("WRONG_PASSWORD", "This is not your password".into()),
        auth::Error::WeakPassword(_) => "WEAK_PASSWORD",
        auth::Error::PasswordTooLong => "UNACCEPTABLE_PASSWORD",
        auth::Error::NameTaken
        | auth::Error::CodeRequired
        | auth::Error::CodeWrong
        | auth::Error::InvitationInvalid
        | auth::Error::Throttled { .. }
        | auth::Error::Busy
        | auth::Error::Unavailable(_) => "TEMPORARILY_UNAVAILABLE",
    };
    (code, error.to_string())
}
