//! One order: the account, the proof that the names are ours, the certificate.
//!
//! The account is kept in a file that only its owner can read. Never asks for a certificate of another key than the
//! server's own, so that whoever pinned that is not asked again.
//! Source: RFC 8555; RFC 8737.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::time::Duration;

use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder, Order,
    OrderStatus, RetryPolicy,
};

use crate::identity::{self, Identity};

use super::Settings;

/// How long the authority may take to look, and to sign.
const PATIENCE: RetryPolicy =
    RetryPolicy::new().initial_delay(Duration::from_millis(500)).timeout(Duration::from_secs(120));
/// The account in its folder.
const ACCOUNT_FILE: &str = "account.json";
/// What an authority says that does not know an account, at the end of the type.
const NO_ACCOUNT: &str = ":accountDoesNotExist";
const RATE_LIMITED: &str = ":rateLimited";

/// Why there is no certificate, and what to do.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the authority can't be asked: {0}; is acme_directory right, and may this machine reach it?")]
    Unreachable(String),
    #[error("the authority refuses: {0}")]
    Refused(String),
    #[error("too much was asked of the authority lately: {0}; it is asked again later")]
    RateLimited(String),
    #[error(
        "the authority did not find this server under {name}: {cause}; port 443 of {name} must lead to a listener with TLS here"
    )]
    Unproved { name: String, cause: String },
    #[error(
        "the authority has no way to prove {0} that is known here (TLS-ALPN-01); get a certificate by other means and give cert and key"
    )]
    NoChallenge(String),
    #[error("the account can't be kept in {path}: {cause}")]
    Account { path: String, cause: io::Error },
    #[error(transparent)]
    Identity(#[from] identity::Error),
}

impl From<instant_acme::Error> for Failure {
    fn from(error: instant_acme::Error) -> Self {
        if let instant_acme::Error::Api(problem) = &error {
            let limited = problem.r#type.as_ref().is_some_and(|kind| kind.ends_with(RATE_LIMITED));
            let words = problem.to_string();
            return if limited { Self::RateLimited(words) } else { Self::Refused(words) };
        }
        Self::Unreachable(words(&error))
    }
}

/// Gets a certificate and shows it.
///
/// # Errors
/// [`Failure`]; then everything is as before.
pub(super) async fn obtain(settings: &Settings, identity: &Identity) -> Result<(), Failure> {
    let account = account(settings).await?;
    let names: Vec<_> = settings.domains.iter().cloned().map(Identifier::Dns).collect();
    let order = account.new_order(&NewOrder::new(&names)).await;
    if let Err(instant_acme::Error::Api(problem)) = &order
        && problem.r#type.as_ref().is_some_and(|kind| kind.ends_with(NO_ACCOUNT))
    {
        // The next attempt makes another one.
        drop(fs::remove_file(settings.folder.join(ACCOUNT_FILE)));
    }
    let mut order = order?;
    prove(&mut order, identity).await?;
    let ready = order.poll_ready(&PATIENCE).await;
    if !matches!(ready, Ok(OrderStatus::Ready)) {
        if let Some(failure) = unproved(&mut order).await {
            return Err(failure);
        }
        ready?;
        return Err(Failure::Refused("the order is invalid".into()));
    }
    order.finalize_csr(&identity.request(&settings.domains)?).await?;
    let chain = order.poll_certificate(&PATIENCE).await?;
    identity.adopt(&chain)?;
    Ok(())
}

/// Answers each challenge, and has the authority look.
async fn prove(order: &mut Order, identity: &Identity) -> Result<(), Failure> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let name = authorization.identifier().to_string();
        let Some(mut challenge) = authorization.challenge(ChallengeType::TlsAlpn01) else {
            return Err(Failure::NoChallenge(name));
        };
        let authorization = challenge.key_authorization();
        let digest = authorization.digest();
        let digest: &[u8; 32] = digest.as_ref().try_into().map_err(|_| Failure::NoChallenge(name.clone()))?;
        identity.answer_challenge(&name, digest)?;
        challenge.set_ready().await?;
    }
    Ok(())
}

/// Which name was not found to be ours, and why.
async fn unproved(order: &mut Order) -> Option<Failure> {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let Ok(state) = authorization.refresh().await else { continue };
        let name = state.identifier().to_string();
        if let Some(problem) = state.challenges.iter().find_map(|challenge| challenge.error.as_ref()) {
            return Some(Failure::Unproved { name, cause: problem.to_string() });
        }
    }
    None
}

/// The account that is kept, or a new one.
async fn account(settings: &Settings) -> Result<Account, Failure> {
    let path = settings.folder.join(ACCOUNT_FILE);
    let builder = || match &settings.ca {
        Some(ca) => Account::builder_with_root(ca),
        None => Account::builder(),
    };
    if let Some(kept) = kept(&path, &settings.directory) {
        return Ok(builder()?.from_credentials(kept).await?);
    }
    let contact: Vec<_> = settings.contact.iter().map(String::as_str).collect();
    let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
    let (account, credentials) = builder()?.create(&new, settings.directory.clone(), None).await?;
    keep(&path, &credentials)
        .map_err(|cause| Failure::Account { path: path.display().to_string(), cause })?;
    Ok(account)
}

/// An account with this authority; one with another is of no use.
fn kept(path: &Path, directory: &str) -> Option<AccountCredentials> {
    let value: serde_json::Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    if value["directory"] != directory {
        return None;
    }
    serde_json::from_value(value).ok()
}

fn keep(path: &Path, credentials: &AccountCredentials) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    identity::write_private(path, &serde_json::to_string(credentials).map_err(io::Error::other)?)
}

/// An error with all that is behind it.
fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    words
}
