//! The audit log of what chatctl does: a row before each change, and what came of it after.
//!
//! What can't be written down is not done. Never holds a password, a code or a message.

use crate::limits;
use crate::names::AccountName;
use crate::session::cut;
use crate::store::audit::{Deed, Outcome};

use super::error::Error;
use super::request::Request;
use super::response::Response;
use super::{Context, bans, view};

/// Who asks: the user of the operating system that chatctl runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker(String);

impl Asker {
    /// The user of this number.
    #[must_use]
    pub fn of_uid(uid: u32) -> Self {
        match user_name(uid) {
            Some(name) => Self(format!("chatctl, {name} (uid {uid})")),
            None => Self(format!("chatctl, uid {uid}")),
        }
    }

    /// The user of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self::of_uid(rustix::process::getuid().as_raw())
    }

    /// As the log names them.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// From the file of users; those of a directory service have only their number.
fn user_name(uid: u32) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

/// Writes down what is about to be done.
pub(super) async fn begin(context: &Context, asker: &Asker, request: &Request) -> Result<u64, Error> {
    let (target, detail) = describe(request);
    let detail = detail.map(|detail| cut(&detail, limits::AUDIT_TEXT_BYTES_MAX).to_owned());
    let (at, who, action) = (context.clock.now(), asker.as_str().to_owned(), request.word().to_owned());
    let deed = Deed { at, who, action, target, detail };
    Ok(context.store.record(deed, Outcome::Begun).await?)
}

/// Notes what came of it. It was done whether or not this works.
pub(super) async fn end(context: &Context, entry: u64, result: &Result<Response, Error>) {
    let outcome = if result.is_ok() { Outcome::Done } else { Outcome::Failed };
    if let Err(error) = context.store.set_outcome(entry, outcome).await {
        tracing::error!(%error, entry, ?outcome, "the audit log does not know what came of it");
    }
}

pub(super) async fn list(context: &Context, len_max: usize) -> Result<Response, Error> {
    let records = context.store.records(len_max.min(limits::ADMIN_AUDIT_LEN_MAX)).await?;
    Ok(Response::Audit(records.into_iter().map(view::Record::new).collect()))
}

/// What a change is aimed at, and more about it; nothing of those that only look.
fn describe(request: &Request) -> (Option<String>, Option<String>) {
    let account = request.account().map(AccountName::to_string);
    match request {
        Request::AddAccount { role, password, .. } => {
            let password = if password.is_some() { "" } else { ", no password" };
            (account, Some(format!("{}{password}", role.as_str())))
        }
        Request::SetAlwaysOn { always_on, .. } => {
            let word = match always_on {
                Some(true) => "on",
                Some(false) => "off",
                None => "default",
            };
            (account, Some(word.to_owned()))
        }
        Request::SetPassword { end_sessions, .. } => (account, ended(*end_sessions)),
        Request::AddInvitation { role, uses, expires_at } => {
            (None, Some(format!("{}, uses: {uses}, {}", role.as_str(), bans::until(*expires_at))))
        }
        Request::RevokeInvitation { id } => (Some(format!("invitation {id}")), None),
        Request::AddToken { label, .. } => (account, Some(label.clone())),
        Request::RevokeToken { id, end_sessions, .. } => {
            let ended = ended(*end_sessions).map_or_else(String::new, |text| format!(", {text}"));
            (account, Some(format!("token {id}{ended}")))
        }
        Request::AddFingerprint { fingerprint, .. } | Request::RemoveFingerprint { fingerprint, .. } => {
            (account, Some(fingerprint.clone()))
        }
        Request::AddBan(new) => {
            let reason = new.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
            (Some(new.target.to_string()), Some(format!("{}{reason}", bans::until(new.expires_at))))
        }
        Request::AddWebhook { room, label, .. } => (account, Some(format!("{room}: {label}"))),
        Request::RemoveWebhook { id } => (Some(format!("webhook {id}")), None),
        Request::EraseUser { with_messages: true, .. } => (account, Some("with messages".into())),
        Request::Backup { to } => (Some(to.clone()), None),
        Request::LiftBan { target } => (Some(target.to_string()), None),
        Request::RemoveFile { file } => (Some(file.clone()), None),
        Request::SetRetention { room, rule } => {
            let rule = rule.map(|rule| format!("days: {}, entries: {}", rule.days_max, rule.entries_max));
            (Some(room.to_string()), Some(rule.unwrap_or_else(|| "cleared".into())))
        }
        Request::DeleteAccount { .. }
        | Request::RemoveTotp { .. }
        | Request::ExportUser { .. }
        | Request::EraseUser { .. }
        | Request::Suspend { .. }
        | Request::Resume { .. }
        | Request::Accounts
        | Request::Invitations { .. }
        | Request::Tokens { .. }
        | Request::Fingerprints { .. }
        | Request::Rooms { .. }
        | Request::Files { .. }
        | Request::History { .. }
        | Request::Certificate
        | Request::RenewCertificate { .. }
        | Request::Status
        | Request::Metrics
        | Request::Bans
        | Request::Webhooks
        | Request::Retention
        | Request::Audit { .. } => (account, None),
    }
}

fn ended(end_sessions: bool) -> Option<String> {
    end_sessions.then(|| "sessions ended".to_owned())
}
