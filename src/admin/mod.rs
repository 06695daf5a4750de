//! Administration: what chatctl can ask for, done in one place, whether a server runs or not.
//!
//! A running server does it behind a unix socket that only its own user and root can use; for a
//! stopped one chatctl does it in its own process. Adds no rules of its own, and never logs or
//! keeps a secret.

mod audit;
mod bans;
mod certificate;
mod conversation;
mod credentials;
mod error;
mod files;
mod history;
mod people;
mod person;
mod request;
mod response;
mod retention;
mod secret;
mod socket;
mod status;
#[cfg(test)]
mod tests;
pub mod view;
mod webhooks;

use std::sync::Arc;

use crate::auth::{Authenticator, BanList};
use crate::backup::Sources;
use crate::clock::{Clock, Timestamp};
use crate::identity::Key;
use crate::ids::SessionId;
use crate::journal::{Journal, Presence};
use crate::session::Roster;
use crate::store::Store;
use crate::store::retention::Rule;

pub use audit::Asker;
pub use certificate::Certificate;
pub use conversation::Conversation;
pub use error::{Error, ErrorKind};
pub use request::{NewBan, Request};
pub use response::Response;
pub use secret::Secret;
pub use socket::{CallError, SOCKET_FILE, bind, call, call_within, probe, serve};
pub use status::Insight;

/// What the operations work with.
pub struct Context {
    /// What is stored.
    pub store: Arc<dyn Store>,
    /// The way to change what is shown.
    pub journal: Journal,
    /// Who makes credentials.
    pub authenticator: Arc<Authenticator>,
    /// The connections; none without a server.
    pub roster: Arc<Roster>,
    /// Who is kept out.
    pub bans: Arc<BanList>,
    /// The time.
    pub clock: Clock,
    /// The server's own certificate.
    pub certificate: Certificate,
    /// The rule of retention for rooms that have none of their own.
    pub retention: Rule,
    /// What the server is made of.
    pub sources: Sources,
    /// The server that does this; `None`: none runs.
    pub running: Option<Running>,
}

/// What there is to tell about a running server.
#[derive(Clone, Debug)]
pub struct Running {
    /// When it started.
    pub started_at: Timestamp,
    /// Where it listens.
    pub addresses: Vec<String>,
    /// What it knows of itself.
    pub insight: Arc<dyn Insight>,
}

/// Does what was asked for. What it changes is on disk when the call returns, and in effect; it
/// stands in the audit log from before it is done.
///
/// # Errors
/// [`Error`] says what did not happen, and how to mend it.
pub async fn perform(context: &Context, asker: &Asker, request: Request) -> Result<Response, Error> {
    if request.is_harmless() {
        return carry_out(context, asker, request).await;
    }
    let entry = audit::begin(context, asker, &request).await?;
    let result = carry_out(context, asker, request).await;
    audit::end(context, entry, &result).await;
    result
}

async fn carry_out(context: &Context, asker: &Asker, request: Request) -> Result<Response, Error> {
    match request {
        Request::AddAccount { name, role, password } => people::add(context, name, role, password).await,
        Request::SetPassword { name, password, end_sessions } => {
            people::set_password(context, &name, password, end_sessions).await
        }
        Request::DeleteAccount { name } => people::delete(context, &name).await,
        Request::Suspend { name } => people::set_suspended(context, &name, true).await,
        Request::Resume { name } => people::set_suspended(context, &name, false).await,
        Request::SetAlwaysOn { name, always_on } => people::set_always_on(context, &name, always_on).await,
        Request::Accounts => people::list(context).await,
        Request::AddInvitation { role, uses, expires_at } => {
            credentials::invite(context, role, uses, expires_at).await
        }
        Request::Invitations { all } => credentials::invitations(context, all).await,
        Request::RevokeInvitation { id } => credentials::revoke_invitation(context, id).await,
        Request::AddToken { name, label } => credentials::add_token(context, &name, label).await,
        Request::Tokens { name } => credentials::tokens(context, &name).await,
        Request::RevokeToken { name, id, end_sessions } => {
            credentials::revoke_token(context, &name, id, end_sessions).await
        }
        Request::AddFingerprint { name, fingerprint, label } => {
            credentials::add_fingerprint(context, &name, &fingerprint, label).await
        }
        Request::Fingerprints { name } => credentials::fingerprints(context, &name).await,
        Request::RemoveFingerprint { name, fingerprint, end_sessions } => {
            credentials::remove_fingerprint(context, &name, &fingerprint, end_sessions).await
        }
        Request::RemoveTotp { name } => credentials::remove_totp(context, &name).await,
        Request::Rooms { all } => Ok(history::rooms(context, all)),
        Request::Files { name } => files::list(context, name.as_ref()).await,
        Request::RemoveFile { file } => files::remove(context, &file).await,
        Request::History { room, range, content, len_max } => {
            history::page(context, &room, range, content, len_max).await
        }
        Request::Certificate => certificate::show(context),
        Request::RenewCertificate { new_key } => {
            certificate::renew(context, if new_key { Key::New } else { Key::Keep })
        }
        Request::Status => status::status(context).await,
        Request::Metrics => status::metrics(context),
        Request::AddBan(new) => bans::add(context, new, asker.as_str()).await,
        Request::Bans => Ok(bans::list(context)),
        Request::LiftBan { target } => bans::lift(context, &target).await,
        Request::AddWebhook { room, name, label } => webhooks::add(context, &room, &name, label).await,
        Request::Webhooks => webhooks::list(context).await,
        Request::RemoveWebhook { id } => webhooks::remove(context, id).await,
        Request::Retention => retention::list(context).await,
        Request::SetRetention { room, rule } => retention::set(context, &room, rule).await,
        Request::Audit { len_max } => audit::list(context, len_max).await,
        Request::ExportUser { name, after } => person::export(context, &name, after).await,
        Request::EraseUser { name, with_messages } => person::erase(context, &name, with_messages).await,
        // chatctl makes it: it takes long, and the server has other things to do.
        Request::Backup { .. } => Ok(Response::Backup(context.sources.clone())),
    }
}

impl Context {
    /// Has the journal do something that is nobody's wish in particular.
    async fn submit(&self, presence: Presence, user: crate::ids::UserId) -> Result<(), Error> {
        match self.journal.submit(SessionId::default(), 0, user, presence).await {
            Ok(_) => Ok(()),
            Err(denied) => Err(Error::failed(
                format!("it is stored, but the journal does not take it on ({denied})"),
                "restart the server",
            )),
        }
    }
}
