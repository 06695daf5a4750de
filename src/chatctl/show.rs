//! Answers as people and programs read them.

mod state;

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::admin::Response;
use crate::admin::view::{
    Account, AccountChange, Ban, Erased, File, Fingerprint, Invitation, Moment, NewBan, NewInvitation,
    Record, Retention, Room, Token, Webhook,
};
use crate::store::audit::Outcome;

use super::moment::{minute, second};
use super::table::{Table, harmless};
use state::{certificate, status};

/// What goes where.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Standard output.
    pub(super) out: String,
    /// Standard error: what a person should know besides.
    pub(super) note: String,
}

/// One line of JSON, without the name of the answer's kind.
pub(super) fn json(response: &Response) -> Result<Shown, serde_json::Error> {
    fn line(value: &impl Serialize) -> Result<String, serde_json::Error> {
        serde_json::to_string(value)
    }
    let mut out = match response {
        Response::Account(change) => line(change),
        Response::Accounts(accounts) => line(accounts),
        Response::NewInvitation(invitation) => line(invitation),
        Response::Invitations(invitations) => line(invitations),
        Response::InvitationRevoked(invitation) => line(invitation),
        Response::NewToken(token) => line(token),
        Response::Tokens(tokens) => line(tokens),
        Response::TokenRevoked(token) => line(token),
        Response::FingerprintAdded(one) | Response::FingerprintRemoved(one) => line(one),
        Response::Fingerprints(fingerprints) => line(fingerprints),
        Response::TotpRemoved(one) => line(one),
        Response::Rooms(rooms) => line(rooms),
        Response::Files(files) => line(files),
        Response::FileRemoved(file) => line(file),
        Response::History(entries) => line(entries),
        Response::Certificate(certificate) | Response::CertificateRenewed(certificate, _) => {
            line(certificate)
        }
        Response::Status(status) => line(status),
        Response::Metrics(metrics) => line(metrics),
        Response::Banned(ban) => line(ban),
        Response::Bans(bans) => line(bans),
        Response::BanLifted(ban) => line(ban),
        Response::NewWebhook(webhook) => line(webhook),
        Response::Webhooks(webhooks) => line(webhooks),
        Response::WebhookRemoved(webhook) => line(webhook),
        Response::Audit(records) => line(records),
        Response::Retention(rules) => line(rules),
        Response::Backup(sources) => line(sources),
        Response::Exported(part) => line(part),
        Response::Erased(erased) => line(erased),
    }?;
    out.push('\n');
    Ok(Shown { out, note: String::new() })
}

/// Tables and sentences.
pub(super) fn text(response: &Response) -> Shown {
    let zone = TimeZone::system();
    let out = match response {
        Response::Account(change) => account(change),
        Response::Accounts(all) => accounts(all, &zone),
        Response::NewInvitation(new) => return new_invitation(new, &zone),
        Response::Invitations(all) => invitations(all, &zone),
        Response::InvitationRevoked(one) => format!("Invitation {} is revoked.\n", one.id),
        Response::NewToken(new) => {
            let note = format!(
                "Token {} of {}. It is shown only now, and accepted wherever the password is.",
                new.token.id, new.token.account
            );
            return Shown { out: format!("{}\n", new.secret.0.as_str()), note };
        }
        Response::Tokens(all) => tokens(all, &zone),
        Response::TokenRevoked(one) => format!("Token {} of {} is revoked.\n", one.id, one.account),
        Response::FingerprintAdded(one) => {
            format!("This client certificate signs in {} from now on.\n", one.account)
        }
        Response::FingerprintRemoved(one) => {
            format!("This client certificate signs {} in no longer: {}\n", one.account, one.fingerprint)
        }
        Response::Fingerprints(all) => fingerprints(all, &zone),
        Response::TotpRemoved(one) => format!("The password alone signs {} in now.\n", one.account),
        Response::Rooms(all) => rooms(all, &zone),
        Response::Files(all) => files(all, &zone),
        Response::FileRemoved(one) => format!("The file {} is removed.\n", harmless(&one.name)),
        Response::History(entries) => format!("{} entries\n", entries.len()),
        Response::Certificate(one) => certificate(one, &zone),
        Response::CertificateRenewed(one, new_key) => {
            let note = if *new_key {
                "Whoever pinned the old key or certificate is warned now: tell them the new fingerprints."
            } else {
                "The key is the same, so nobody who pinned it is asked. Programs that pin the certificate (WeeChat, \
                 irssi) need its new fingerprint."
            };
            return Shown { out: certificate(one, &zone), note: note.into() };
        }
        Response::Status(one) => status(one, &zone),
        Response::Metrics(one) => one.page.clone(),
        Response::Banned(new) => banned(new, &zone),
        Response::Bans(all) => bans(all, &zone),
        Response::BanLifted(one) => format!("The ban of {} is lifted.\n", one.target),
        Response::NewWebhook(new) => {
            let one = &new.webhook;
            let note = format!(
                "Webhook {} speaks as {} in {}. Its address is shown only now; whoever has it may use it:\n\
                 curl -d 'payload={{\"text\":\"hello\"}}' ADDRESS",
                one.id,
                one.account,
                one.room.as_deref().unwrap_or_default(),
            );
            return Shown { out: format!("{}\n", new.address.0.as_str()), note };
        }
        Response::Webhooks(all) => webhooks(all, &zone),
        Response::WebhookRemoved(one) => format!("Webhook {} is removed.\n", one.id),
        Response::Audit(all) => audit(all, &zone),
        Response::Retention(rules) => retention(rules),
        Response::Erased(one) => erased(one),
        // Not for people: chatctl goes on with it.
        Response::Backup(_) | Response::Exported(_) => String::new(),
    };
    Shown { out, note: String::new() }
}

fn new_invitation(new: &NewInvitation, zone: &TimeZone) -> Shown {
    let one = &new.invitation;
    let note = format!(
        "Invitation {} for {} ({}), valid until {}. The code is shown only now.\n\
         It is used with: chat-secure-client --host SERVER --invite CODE",
        one.id,
        counted(one.uses_left as usize, "new account"),
        one.role.as_str(),
        one.expires_at.map_or_else(|| "it is revoked".into(), |at| minute(at, zone)),
    );
    Shown { out: format!("{}\n", new.code.0.as_str()), note }
}

fn erased(one: &Erased) -> String {
    let said = match one.messages {
        Some(messages) => {
            format!("{} erased", counted(usize::try_from(messages).unwrap_or(usize::MAX), "message"))
        }
        None => "what it said stays".into(),
    };
    let files = counted(usize::try_from(one.files).unwrap_or(usize::MAX), "file");
    format!("{} is removed: {files} removed, {said}.\n", one.name)
}

fn account(change: &AccountChange) -> String {
    let AccountChange { account, sessions_ended } = change;
    let state = if account.suspended { ", suspended" } else { "" };
    let ended = match sessions_ended {
        0 => String::new(),
        ended => format!(" {} ended.", counted(*ended, "session")),
    };
    format!("Done: {} ({}{state}).{ended}\n", account.name, account.role.as_str())
}

fn accounts(all: &[Account], zone: &TimeZone) -> String {
    let mut titles = vec!["NAME", "ROLE", "STATE", "SESSIONS", "SEEN", "CREATED"];
    let has_email = all.iter().any(|account| account.email.is_some());
    titles.extend(has_email.then_some("EMAIL"));
    let is_set = all.iter().any(|account| account.always_on.is_some());
    titles.extend(is_set.then_some("ALWAYS ON"));
    let mut table = Table::new(&titles);
    for account in all {
        let state = match account {
            Account { suspended: true, .. } => "suspended",
            Account { sessions: 0, .. } => "offline",
            Account { .. } => "online",
        };
        let sessions = account.sessions.to_string();
        let (seen, made) = (optional(account.seen_at, zone, "never"), minute(account.created_at, zone));
        let mut row = vec![account.name.as_str(), account.role.as_str(), state, &sessions, &seen, &made];
        row.extend(has_email.then_some(account.email.as_deref().unwrap_or("")));
        row.extend(is_set.then_some(match account.always_on {
            Some(true) => "on",
            Some(false) => "off",
            None => "default",
        }));
        table.row(&row);
    }
    table.to_string()
}

fn invitations(all: &[Invitation], zone: &TimeZone) -> String {
    let mut table = Table::new(&["ID", "ROLE", "USES LEFT", "EXPIRES", "CREATED", "BY"]);
    for invitation in all {
        table.row(&[
            &invitation.id.to_string(),
            invitation.role.as_str(),
            &invitation.uses_left.to_string(),
            &optional(invitation.expires_at, zone, "never"),
            &minute(invitation.created_at, zone),
            &invitation.creator,
        ]);
    }
    table.to_string()
}

fn tokens(all: &[Token], zone: &TimeZone) -> String {
    let mut table = Table::new(&["ID", "LABEL", "USED", "CREATED"]);
    for token in all {
        let used = optional(token.used_at, zone, "never");
        table.row(&[&token.id.to_string(), &token.label, &used, &minute(token.created_at, zone)]);
    }
    table.to_string()
}

fn webhooks(all: &[Webhook], zone: &TimeZone) -> String {
    let mut table = Table::new(&["ID", "ROOM", "SPEAKS AS", "LABEL", "USED", "CREATED"]);
    for one in all {
        table.row(&[
            &one.id.to_string(),
            one.room.as_deref().unwrap_or("(gone)"),
            &one.account,
            &one.label,
            &optional(one.used_at, zone, "never"),
            &minute(one.created_at, zone),
        ]);
    }
    table.to_string()
}

fn fingerprints(all: &[Fingerprint], zone: &TimeZone) -> String {
    let mut table = Table::new(&["FINGERPRINT", "LABEL", "CREATED"]);
    for one in all {
        table.row(&[&one.fingerprint, &one.label, &minute(one.created_at, zone)]);
    }
    table.to_string()
}

fn files(all: &[File], zone: &TimeZone) -> String {
    let mut table = Table::new(&["KEY", "NAME", "BYTES", "TYPE", "FROM", "MESSAGES", "SENT"]);
    for one in all {
        let from = one.account.as_deref().unwrap_or("-");
        let (bytes, messages) = (one.bytes.to_string(), one.messages.to_string());
        let sent = minute(one.stored_at, zone);
        table.row(&[&one.key, &one.name, &bytes, &one.media_type, from, &messages, &sent]);
    }
    table.to_string()
}

fn rooms(all: &[Room], zone: &TimeZone) -> String {
    let mut table =
        Table::new(&["ID", "ROOM", "MEMBERS", "ONLINE", "ENTRIES", "LAST MESSAGE", "MODES", "TOPIC"]);
    for room in all {
        table.row(&[
            &room.id.to_string(),
            &room.name,
            &room.members.to_string(),
            &room.online.to_string(),
            &room.entries.to_string(),
            &optional(room.message_at, zone, "never"),
            if room.direct { "" } else { &room.modes },
            room.topic.as_deref().unwrap_or_default(),
        ]);
    }
    table.to_string()
}

fn banned(new: &NewBan, zone: &TimeZone) -> String {
    let until = optional(new.ban.expires_at, zone, "it is lifted");
    let ended = match new.sessions_ended {
        0 => String::new(),
        ended => format!(" {} ended.", counted(ended, "session")),
    };
    format!("{} is banned until {until}.{ended}\n", new.ban.target)
}

fn bans(all: &[Ban], zone: &TimeZone) -> String {
    let mut table = Table::new(&["TARGET", "UNTIL", "CREATED", "BY", "REASON"]);
    for ban in all {
        table.row(&[
            &ban.target,
            &optional(ban.expires_at, zone, "lifted"),
            &minute(ban.created_at, zone),
            &ban.creator,
            ban.reason.as_deref().unwrap_or_default(),
        ]);
    }
    table.to_string()
}

fn audit(all: &[Record], zone: &TimeZone) -> String {
    let mut table = Table::new(&["AT", "WHO", "ACTION", "TARGET", "OUTCOME", "DETAIL"]);
    for one in all {
        table.row(&[
            &second(one.at, zone),
            &one.who,
            &one.action,
            one.target.as_deref().unwrap_or_default(),
            outcome(one.outcome),
            one.detail.as_deref().unwrap_or_default(),
        ]);
    }
    table.to_string()
}

fn retention(rules: &Retention) -> String {
    let mut table = Table::new(&["ROOM", "DAYS", "ENTRIES"]);
    let own = rules.rooms.iter().map(|room| (room.name.as_str(), room.rule));
    for (name, rule) in own.chain([("(all others)", rules.general)]) {
        let number = |number: u64| if number == 0 { "all".to_owned() } else { number.to_string() };
        table.row(&[name, &number(rule.days_max), &number(rule.entries_max)]);
    }
    table.to_string()
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Begun => "unknown",
        Outcome::Done => "done",
        Outcome::Failed => "failed",
        Outcome::Refused => "refused",
    }
}

/// Names and values, one a line.
fn fields(all: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in all {
        // Writing to a string can't fail.
        writeln!(text, "{name:<13}{}", harmless(value)).unwrap_or_default();
    }
    text
}

fn optional(moment: Option<Moment>, zone: &TimeZone, none: &str) -> String {
    moment.map_or_else(|| none.to_owned(), |moment| minute(moment, zone))
}

fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn counted_u64(entries: u64) -> String {
    if entries == 1 { "1 entry".into() } else { format!("{entries} entries") }
}
