//! What lets people in: invitations, tokens, client certificates. A secret is told once, when it
//! is made.

use crate::auth::{Proof, secret};
use crate::clock::Timestamp;
use crate::limits;
use crate::names::AccountName;
use crate::session::sanction;
use crate::store;
use crate::store::accounts::{self, Account, AccountRole};

use super::Context;
use super::error::Error;
use super::people::{expel, find};
use super::response::Response;
use super::secret::Secret;
use super::view::{self, Moment};

/// Who makes what an administrator asks for here.
const CREATOR: &str = "chatctl";

pub(super) async fn invite(
    context: &Context,
    role: AccountRole,
    uses: u32,
    expires_at: Option<Timestamp>,
) -> Result<Response, Error> {
    let now = context.clock.now();
    if uses == 0 || uses > limits::INVITATION_USES_MAX {
        let what = format!("an invitation can't be for {uses} uses");
        return Err(Error::failed(what, format!("give 1 to {}", limits::INVITATION_USES_MAX)));
    }
    if expires_at.is_some_and(|at| at <= now) {
        return Err(Error::failed("the invitation would have expired already", "give a later end"));
    }
    make_room(context, now).await?;
    let (code, invitation) = context.authenticator.invite(role, uses, expires_at, CREATOR).await?;
    let invitation = view::Invitation::new(invitation, now);
    Ok(Response::NewInvitation(view::NewInvitation { code: Secret(code), invitation }))
}

/// When there are too many invitations, those that are of no more use go.
async fn make_room(context: &Context, now: Timestamp) -> Result<(), Error> {
    let all = context.store.invitations().await?;
    if all.len() < limits::INVITATIONS_MAX {
        return Ok(());
    }
    let (valid, spent): (Vec<_>, Vec<_>) =
        all.into_iter().map(|one| view::Invitation::new(one, now)).partition(|one| one.valid);
    for invitation in spent {
        match context.store.delete_invitation(invitation.id).await {
            Ok(()) | Err(store::Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if valid.len() >= limits::INVITATIONS_MAX {
        let what = format!("there are {} open invitations, which is the most there can be", valid.len());
        return Err(Error::failed(what, "revoke some (chatctl invite list), or make one with --uses"));
    }
    Ok(())
}

pub(super) async fn invitations(context: &Context, all: bool) -> Result<Response, Error> {
    let mut invitations = all_invitations(context).await?;
    invitations.retain(|invitation| all || invitation.valid);
    Ok(Response::Invitations(invitations))
}

pub(super) async fn revoke_invitation(context: &Context, id: u64) -> Result<Response, Error> {
    let unknown = || {
        Error::not_found(format!("there is no invitation {id}"), "chatctl invite list shows their numbers")
    };
    let invitation =
        all_invitations(context).await?.into_iter().find(|one| one.id == id).ok_or_else(unknown)?;
    let deleted = context.store.delete_invitation(id).await;
    deleted.map_err(|error| Error::from_store(error, unknown))?;
    Ok(Response::InvitationRevoked(view::Invitation { valid: false, ..invitation }))
}

async fn all_invitations(context: &Context) -> Result<Vec<view::Invitation>, Error> {
    let now = context.clock.now();
    let all = context.store.invitations().await?;
    Ok(all.into_iter().map(|invitation| view::Invitation::new(invitation, now)).collect())
}

pub(super) async fn add_token(
    context: &Context,
    name: &AccountName,
    label: String,
) -> Result<Response, Error> {
    check_label(&label)?;
    let account = find(context, name).await?;
    if context.store.tokens(account.id).await?.len() >= limits::CREDENTIALS_MAX {
        let what = format!(
            "{} has {} tokens, which is the most there can be",
            account.name,
            limits::CREDENTIALS_MAX
        );
        return Err(Error::failed(what, format!("revoke one (chatctl token list {})", account.name)));
    }
    let (secret, token) = context.authenticator.issue_token(account.id, &label).await?;
    Ok(Response::NewToken(view::NewToken { secret: Secret(secret), token: token_view(token, &account) }))
}

pub(super) async fn tokens(context: &Context, name: &AccountName) -> Result<Response, Error> {
    let account = find(context, name).await?;
    let tokens = context.store.tokens(account.id).await?;
    Ok(Response::Tokens(tokens.into_iter().map(|token| token_view(token, &account)).collect()))
}

pub(super) async fn revoke_token(
    context: &Context,
    name: &AccountName,
    id: u64,
    end_sessions: bool,
) -> Result<Response, Error> {
    let account = find(context, name).await?;
    let unknown = || {
        let remedy = format!("chatctl token list {name} shows their numbers");
        Error::not_found(format!("{name} has no token {id}"), remedy)
    };
    let tokens = context.store.tokens(account.id).await?;
    let token = tokens.into_iter().find(|token| token.id == id).ok_or_else(unknown)?;
    let revoked = sanction::revoke_token(&*context.store, &context.roster, account.id, id).await;
    revoked.map_err(|error| Error::from_store(error, unknown))?;
    if end_sessions {
        expel(context, &account, "A token of yours was revoked", false).await?;
    }
    Ok(Response::TokenRevoked(token_view(token, &account)))
}

pub(super) async fn add_fingerprint(
    context: &Context,
    name: &AccountName,
    fingerprint: &str,
    label: String,
) -> Result<Response, Error> {
    check_label(&label)?;
    let fingerprint = digits(fingerprint);
    if fingerprint.len() != 64 || !is_hex(&fingerprint) {
        return Err(Error::failed(
            "this is no SHA-256 fingerprint, which has 64 hexadecimal digits",
            "openssl x509 -in CERTIFICATE -noout -fingerprint -sha256 shows it",
        ));
    }
    let account = find(context, name).await?;
    if context.store.certificates(account.id).await?.len() >= limits::CREDENTIALS_MAX {
        let most = limits::CREDENTIALS_MAX;
        let what = format!("{} has {most} client certificates, which is the most there can be", account.name);
        return Err(Error::failed(what, format!("remove one (chatctl certfp list {})", account.name)));
    }
    let created_at = context.clock.now();
    let certificate = accounts::Certificate { account: account.id, fingerprint, label, created_at };
    match context.store.add_certificate(certificate.clone()).await {
        Ok(()) => Ok(Response::FingerprintAdded(fingerprint_view(certificate, &account))),
        Err(store::Error::Conflict) => Err(belongs(context, &certificate.fingerprint).await),
        Err(error) => Err(error.into()),
    }
}

async fn belongs(context: &Context, fingerprint: &str) -> Error {
    let owner = context.store.account_by_certificate(fingerprint).await;
    let owner = owner.map_or_else(|_| "an account".to_owned(), |account| account.name.to_string());
    Error::exists(
        format!("this client certificate signs in {owner} already"),
        format!("remove it there first: chatctl certfp remove {owner} {}", &fingerprint[..16]),
    )
}

pub(super) async fn fingerprints(context: &Context, name: &AccountName) -> Result<Response, Error> {
    let account = find(context, name).await?;
    let certificates = context.store.certificates(account.id).await?;
    let shown = certificates.into_iter().map(|certificate| fingerprint_view(certificate, &account));
    Ok(Response::Fingerprints(shown.collect()))
}

pub(super) async fn remove_fingerprint(
    context: &Context,
    name: &AccountName,
    fingerprint: &str,
    end_sessions: bool,
) -> Result<Response, Error> {
    let account = find(context, name).await?;
    let beginning = digits(fingerprint);
    let unknown = || {
        let what = format!("{name} has no client certificate whose fingerprint begins with {beginning:?}");
        Error::not_found(what, format!("chatctl certfp list {name} shows them"))
    };
    let all = context.store.certificates(account.id).await?;
    let mut found =
        all.into_iter().filter(|one| !beginning.is_empty() && one.fingerprint.starts_with(&beginning));
    let certificate = found.next().ok_or_else(unknown)?;
    if found.next().is_some() {
        let what = format!("several fingerprints begin with {beginning}");
        return Err(Error::failed(what, "give more of its digits"));
    }
    let deleted = context.store.delete_certificate(account.id, &certificate.fingerprint).await;
    deleted.map_err(|error| Error::from_store(error, unknown))?;
    // Which of several it was is not known of them; the others come back by theirs.
    let is_by_certificate = |_, proof| proof == Proof::Certificate;
    context.roster.sign_out(account.id, sanction::CERTIFICATE_REMOVED, is_by_certificate);
    if end_sessions {
        expel(context, &account, "A client certificate of yours was removed", false).await?;
    }
    Ok(Response::FingerprintRemoved(fingerprint_view(certificate, &account)))
}

pub(super) async fn remove_totp(context: &Context, name: &AccountName) -> Result<Response, Error> {
    let account = find(context, name).await?;
    let unknown = || Error::not_found(format!("{name} has no second factor"), "the password alone signs in");
    let deleted = context.store.delete_second_factor(account.id).await;
    deleted.map_err(|error| Error::from_store(error, unknown))?;
    Ok(Response::TotpRemoved(view::TotpRemoved { account: account.name.to_string() }))
}

/// A fingerprint as the tools of this world write it: `SHA256:AB:CD…`, `ab cd…`, `abcd…`.
fn digits(text: &str) -> String {
    let text = text.trim().to_ascii_lowercase();
    let text = text.rsplit_once('=').map_or(text.as_str(), |(_, digits)| digits);
    let text = text.strip_prefix("sha256:").unwrap_or(text);
    text.chars().filter(|c| *c != ':' && *c != ' ').collect()
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn check_label(label: &str) -> Result<(), Error> {
    if !secret::is_label(label) {
        let max = limits::CREDENTIAL_LABEL_BYTES_MAX;
        let remedy = format!("give --label 1 to {max} bytes, such as the device's name");
        return Err(Error::failed("this label can't be", remedy));
    }
    Ok(())
}

fn token_view(token: accounts::Token, account: &Account) -> view::Token {
    view::Token {
        id: token.id,
        account: account.name.to_string(),
        label: token.label,
        created_at: Moment(token.created_at),
        used_at: token.used_at.map(Moment),
    }
}

fn fingerprint_view(certificate: accounts::Certificate, account: &Account) -> view::Fingerprint {
    view::Fingerprint {
        fingerprint: certificate.fingerprint,
        account: account.name.to_string(),
        label: certificate.label,
        created_at: Moment(certificate.created_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_may_be_written_as_the_tools_do() {
        for text in ["abcd", "AB:CD", "sha256:abcd", "SHA256:AB:CD", " ab cd ", "sha256 Fingerprint=AB:CD"] {
            assert_eq!(digits(text), "abcd", "{text}");
        }
    }
}
