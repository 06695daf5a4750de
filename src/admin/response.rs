//! What chatctl is told, as one line of JSON.

use serde::{Deserialize, Serialize};

use crate::backup::Sources;

use super::view;

/// What came of an operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// An account was made, changed or removed.
    Account(view::AccountChange),
    /// All accounts, by name.
    Accounts(Vec<view::Account>),
    /// An invitation was made.
    NewInvitation(view::NewInvitation),
    /// Invitations, oldest first.
    Invitations(Vec<view::Invitation>),
    /// This invitation was withdrawn.
    InvitationRevoked(view::Invitation),
    /// A token was made.
    NewToken(view::NewToken),
    /// The tokens of an account, oldest first.
    Tokens(Vec<view::Token>),
    /// This token was revoked.
    TokenRevoked(view::Token),
    /// This client certificate signs in from now on.
    FingerprintAdded(view::Fingerprint),
    /// The client certificates of an account, oldest first.
    Fingerprints(Vec<view::Fingerprint>),
    /// This client certificate signs nobody in any longer.
    FingerprintRemoved(view::Fingerprint),
    /// This account has no second factor any more.
    TotpRemoved(view::TotpRemoved),
    /// Rooms by name, then direct conversations.
    Rooms(Vec<view::Room>),
    /// Files that people sent, the latest first.
    Files(Vec<view::File>),
    /// This file is removed.
    FileRemoved(view::File),
    /// A page of history, oldest first.
    History(Vec<view::Entry>),
    /// The server's own certificate.
    Certificate(view::Certificate),
    /// The server has a new certificate; whether its key is new, too.
    CertificateRenewed(view::Certificate, bool),
    /// How the server is.
    Status(view::Status),
    /// What it measures and warns of.
    Metrics(view::Metrics),
    /// Somebody is kept out from now on.
    Banned(view::NewBan),
    /// The bans in force, oldest first.
    Bans(Vec<view::Ban>),
    /// This ban holds no longer.
    BanLifted(view::Ban),
    /// A webhook was made.
    NewWebhook(view::NewWebhook),
    /// All webhooks, oldest first.
    Webhooks(Vec<view::Webhook>),
    /// This webhook is no more.
    WebhookRemoved(view::Webhook),
    /// Rows of the audit log, the latest last.
    Audit(Vec<view::Record>),
    /// The rules of retention, as they are now.
    Retention(view::Retention),
    /// A part of all that there is of a person.
    Exported(view::Exported),
    /// A person is erased.
    Erased(view::Erased),
    /// What a backup has to hold.
    Backup(Sources),
}
