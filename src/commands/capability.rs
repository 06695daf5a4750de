//! CAP: negotiating capabilities. Source: IRCv3 capability-negotiation.

use crate::limits;
use crate::protocol::numeric as n;
use crate::protocol::{Cap, Caps, Line, Message};
use crate::session::{Email, Policy, Registration, Session};

use super::account::{has_accounts, mechanisms};

/// Bytes of capabilities in one line.
const LIST_BYTES_MAX: usize = 400;

/// `CAP <subcommand> [<parameters>]`
pub(super) async fn cap(session: &mut Session, message: &Message<'_>) {
    let subcommand = message.param(0).unwrap_or_default();
    match subcommand.to_ascii_uppercase().as_str() {
        "LS" => list_all(session, message.param(1)),
        "LIST" => {
            let names = session.caps.iter().map(|cap| cap.name().to_owned()).collect();
            reply_in_lines(session, "LIST", names);
        }
        "REQ" => request(session, message.param(1).unwrap_or_default()),
        "END" => {
            if let Some(registering) = session.registering() {
                registering.negotiating = false;
                session.try_register().await;
            }
        }
        _ => session.numeric(n::ERR_INVALIDCAPCMD, &[subcommand]),
    }
}

fn list_all(session: &mut Session, version: Option<&str>) {
    hold_registration(session);
    let version = version.and_then(|version| version.parse::<u32>().ok());
    if version.is_none_or(|version| version < 302) && !session.cap_302 {
        let names = names_in_one_line(session);
        return reply(session, "LS", &names);
    }
    session.cap_302 = true;
    session.caps.set(Cap::CapNotify, true);
    let policy = session.service.policy();
    let mut shown: Vec<String> = offered(session, &policy)
        .map(|cap| match value(session, cap, &policy) {
            Some(value) => format!("{cap}={value}"),
            None => cap.to_string(),
        })
        .collect();
    shown.extend(sts(session).map(|value| format!("{}={value}", Cap::Sts)));
    reply_in_lines(session, "LS", shown);
}

/// What is offered under this policy. `sts` is only announced: who asks for it gets a NAK.
fn offered(session: &Session, policy: &Policy) -> impl Iterator<Item = Cap> + use<> {
    let registers = policy.registration != Registration::Closed || !has_accounts(session);
    let searches = session.service.search.is_some();
    let is_off = move |cap: &Cap| {
        *cap == Cap::Sts
            || (*cap == Cap::AccountRegistration && !registers)
            || (*cap == Cap::Search && !searches)
    };
    Cap::ALL.iter().copied().filter(move |cap| !is_off(cap))
}

/// For clients that expect one line: drafts are left out when there is no room for all.
fn names_in_one_line(session: &Session) -> String {
    let is_draft = |cap: &Cap| cap.name().starts_with("draft/");
    let (drafts, finals): (Vec<Cap>, Vec<Cap>) =
        offered(session, &session.service.policy()).partition(is_draft);
    let mut line = String::new();
    for cap in finals.into_iter().chain(drafts) {
        if line.len() + cap.name().len() < LIST_BYTES_MAX {
            line.extend([if line.is_empty() { "" } else { " " }, cap.name()]);
        }
    }
    line
}

/// What stands behind the `=` in `CAP LS 302`.
fn value(session: &Session, cap: Cap, policy: &Policy) -> Option<String> {
    if cap == Cap::Sasl {
        return Some(mechanisms(session).into());
    }
    if cap == Cap::Multiline {
        let (bytes, lines) = (limits::MULTILINE_BYTES_MAX, limits::MULTILINE_LINES_MAX);
        return Some(format!("max-bytes={bytes},max-lines={lines}"));
    }
    if matches!(cap, Cap::Metadata | Cap::Metadata2) {
        return Some(metadata_limits());
    }
    (cap == Cap::AccountRegistration).then(|| registration_value(policy))
}

/// The keys of IRCv3 draft/account-registration.
fn registration_value(policy: &Policy) -> String {
    let keys = [
        (policy.registration_before_connect, "before-connect"),
        (policy.registration_email == Email::Required, "email-required"),
        (true, "custom-account-name"),
    ];
    let keys: Vec<&str> = keys.iter().filter(|(holds, _)| *holds).map(|(_, key)| *key).collect();
    keys.join(",")
}

/// How long to stay with TLS, or where to find it. Source: IRCv3 sts.
fn sts(session: &Session) -> Option<String> {
    let duration = session.service.sts_duration_s;
    match session.service.tls_port.get() {
        _ if duration == 0 || session.peer.address.is_none() => None,
        _ if session.peer.secure => Some(format!("duration={duration}")),
        Some(port) => Some(format!("port={port}")),
        None => None,
    }
}

/// Tells a client that knows of changes what is offered anew, with another value, or no longer.
/// Source: IRCv3 cap-notify.
pub fn tell_changes(session: &mut Session, before: &Policy, now: &Policy) {
    let cap = Cap::AccountRegistration;
    let shown = |policy: &Policy| {
        let is_offered = offered(session, policy).any(|offered| offered == cap);
        is_offered.then(|| registration_value(policy))
    };
    let (before, now) = (shown(before), shown(now));
    let (knows_values, is_told) = (session.cap_302, session.cap_302 || session.has(Cap::CapNotify));
    if now.is_none() {
        session.caps.set(cap, false);
    }
    match (before, now) {
        (Some(_), None) if is_told => reply(session, "DEL", cap.name()),
        (before, Some(now)) if knows_values && before.as_ref() != Some(&now) => {
            reply(session, "NEW", &format!("{cap}={now}"));
        }
        (None, Some(_)) if is_told => reply(session, "NEW", cap.name()),
        (_, _) => {}
    }
}

fn metadata_limits() -> String {
    let (subs, keys) = (limits::METADATA_SUBS_MAX, limits::METADATA_KEYS_MAX);
    let bytes = limits::METADATA_VALUE_BYTES_MAX;
    format!("before-connect,max-subs={subs},max-keys={keys},max-value-bytes={bytes}")
}

fn request(session: &mut Session, list: &str) {
    hold_registration(session);
    let (list, mut caps) = (list.trim(), session.caps);
    let granted = list.split_whitespace().all(|word| change(session, &mut caps, word));
    if !granted {
        let cut = crate::session::cut(list, LIST_BYTES_MAX);
        return reply(session, "NAK", cut);
    }
    session.caps = caps;
    if list.len() <= LIST_BYTES_MAX {
        return reply(session, "ACK", list);
    }
    for line in lines_of(list.split_whitespace().map(str::to_owned).collect()) {
        reply(session, "ACK", &line);
    }
}

/// Switches what one word asks for; `false` if there is no such capability.
fn change(session: &Session, caps: &mut Caps, word: &str) -> bool {
    let (name, on) = word.strip_prefix('-').map_or((word, true), |name| (name, false));
    let Some(cap) = Cap::parse(name) else { return false };
    if on && !offered(session, &session.service.policy()).any(|offered| offered == cap) {
        return false;
    }
    if !on && cap == Cap::CapNotify && session.cap_302 {
        // Who understands values is told of changes.
        return false;
    }
    caps.set(cap, on);
    true
}

fn hold_registration(session: &mut Session) {
    if let Some(registering) = session.registering() {
        registering.negotiating = true;
    }
}

/// In as many lines as it takes; all but the last have a `*`.
fn reply_in_lines(session: &mut Session, subcommand: &str, words: Vec<String>) {
    let mut lines = lines_of(words);
    let last = lines.pop().unwrap_or_default();
    for line in lines {
        let nick = session.shown_nick().to_owned();
        session.send(Line::new("CAP").param(nick).param(subcommand).param("*").param(line));
    }
    reply(session, subcommand, &last);
}

/// The words in texts of one line each.
fn lines_of(words: Vec<String>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < LIST_BYTES_MAX => line.extend([" ", &word]),
            Some(_) | None => lines.push(word),
        }
    }
    lines
}

/// The list is always the trailing parameter, also when it is empty or one word.
fn reply(session: &mut Session, subcommand: &str, list: &str) {
    let nick = session.shown_nick().to_owned();
    session.send(Line::new("CAP").param(nick).param(subcommand).param(list));
}
