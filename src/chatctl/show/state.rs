//! The server's state and its certificate, as people read them.

use jiff::tz::TimeZone;

use crate::admin::view::{Certificate, Status};
use crate::clock::Clock;
use crate::identity::ENDS_SOON_MS;

use super::super::moment::{minute, second};
use super::{counted, counted_u64, fields};

pub(super) fn certificate(one: &Certificate, zone: &TimeZone) -> String {
    let state = match (one.valid, one.in_force) {
        (false, _) => "NOT VALID at this time",
        (true, true) => "shown by the running server",
        (true, false) => "no server runs",
    };
    let maker = match (one.self_made, one.acme) {
        (true, false) => "made by the server",
        (true, true) => "made by the server, until there is one of the authority",
        (false, true) => "got from the authority",
        (false, false) => "given by the operator",
    };
    let mut shown = fields(&[
        ("fingerprint", &format!("sha256:{}", one.fingerprint)),
        ("public key", &format!("spki-sha256:{}", one.key_fingerprint)),
        ("names", &one.names.join(", ")),
        ("issuer", &one.issuer),
        ("valid from", &minute(one.valid_from, zone)),
        ("expires", &minute(one.expires_at, zone)),
        ("file", &format!("{} ({maker})", one.file)),
        ("state", state),
    ]);
    if let Some(failure) = &one.failure {
        shown.push_str(&fields(&[("renewal", &format!("FAILED: {failure}"))]));
    }
    shown
}

pub(super) fn status(one: &Status, zone: &TimeZone) -> String {
    let accounts = format!("{} ({} online, {} suspended)", one.accounts, one.accounts_online, one.suspended);
    let rooms = format!("{}, and {}", one.rooms, counted(one.conversations, "direct conversation"));
    if !one.running {
        return fields(&[("server", "not running"), ("accounts", &accounts), ("rooms", &rooms)]);
    }
    let pid = one.pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default();
    let commits = format!("{} with {}, {} failed", one.commits, counted_u64(one.entries), one.failed_commits);
    let mut text = fields(&[
        ("server", &format!("running, version {}{pid}", one.version)),
        ("since", &one.started_at.map(|at| second(at, zone)).unwrap_or_default()),
        ("listening", &one.addresses.join(", ")),
        ("fingerprint", &one.fingerprint.as_ref().map(|hex| format!("sha256:{hex}")).unwrap_or_default()),
        ("certificate", &certificate_state(one, zone)),
        ("sessions", &one.sessions.to_string()),
        ("accounts", &accounts),
        ("guests", &one.guests.to_string()),
        ("rooms", &rooms),
        ("commits", &commits),
    ]);
    for warning in &one.warnings {
        let told = format!("{} (since {})", warning.text, second(warning.since, zone));
        text.push_str(&fields(&[("warning", &told)]));
    }
    text
}

/// Until when the certificate is good, and what is wrong.
fn certificate_state(one: &Status, zone: &TimeZone) -> String {
    let Some(expires_at) = one.certificate_expires_at else { return String::new() };
    let soon = expires_at.0.0 - Clock::System.now().0 < ENDS_SOON_MS;
    let mut state = format!("ends {}{}", minute(expires_at, zone), if soon { ", SOON" } else { "" });
    if let Some(failure) = &one.certificate_failure {
        state.push_str(&format!("; a new one could not be got: {failure}"));
    }
    state
}
