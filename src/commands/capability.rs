//! CAP: negotiating capabilities. Source: IRCv3 capability-negotiation.

use crate::protocol::numeric as n;
use crate::protocol::{Cap, Caps, Line, Message};
use crate::session::{Registration, Session};

use super::account::mechanisms;

/// Bytes of capabilities in one line of `CAP LS 302`.
const LIST_BYTES_MAX: usize = 400;

/// `CAP <subcommand> [<parameters>]`
pub(super) async fn cap(session: &mut Session, message: &Message<'_>) {
    let subcommand = message.param(0).unwrap_or_default();
    match subcommand.to_ascii_uppercase().as_str() {
        "LS" => list_all(session, message.param(1)),
        "LIST" => {
            let names: Vec<&str> = session.caps.iter().map(Cap::name).collect();
            reply(session, "LIST", &names.join(" "));
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
    let modern =
        version.and_then(|version| version.parse::<u32>().ok()).is_some_and(|version| version >= 302);
    if !modern && !session.cap_302 {
        let names: Vec<&str> = offered(session).map(Cap::name).collect();
        return reply(session, "LS", &names.join(" "));
    }
    session.cap_302 = true;
    session.caps.set(Cap::CapNotify, true);
    let mut lines = vec![String::new()];
    for cap in offered(session) {
        let shown = match value(session, cap) {
            Some(value) => format!("{cap}={value}"),
            None => cap.to_string(),
        };
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(&shown),
            Some(line) if line.len() + shown.len() < LIST_BYTES_MAX => line.extend([" ", &shown]),
            _ => lines.push(shown),
        }
    }
    let last = lines.pop().unwrap_or_default();
    for line in lines {
        let nick = session.shown_nick().to_owned();
        session.send(Line::new("CAP").param(nick).param("LS").param("*").param(line));
    }
    reply(session, "LS", &last);
}

/// The capabilities that this server has.
fn offered(session: &Session) -> impl Iterator<Item = Cap> + use<> {
    let searches = session.service.search.is_some();
    Cap::ALL.iter().copied().filter(move |cap| searches || *cap != Cap::Search)
}

/// What stands behind the `=` in `CAP LS 302`.
fn value(session: &Session, cap: Cap) -> Option<String> {
    if cap == Cap::Sasl {
        return Some(mechanisms(session).into());
    }
    let registers = session.service.registration != Registration::Closed;
    (cap == Cap::AccountRegistration && registers).then(|| "before-connect,custom-account-name".into())
}

fn request(session: &mut Session, list: &str) {
    hold_registration(session);
    let mut caps = session.caps;
    let granted = list.split_whitespace().all(|word| change(session, &mut caps, word));
    if granted {
        session.caps = caps;
    }
    reply(session, if granted { "ACK" } else { "NAK" }, list.trim());
}

/// Switches what one word asks for; `false` if there is no such capability.
fn change(session: &Session, caps: &mut Caps, word: &str) -> bool {
    let (name, on) = word.strip_prefix('-').map_or((word, true), |name| (name, false));
    let Some(cap) = offered(session).find(|cap| cap.name() == name) else { return false };
    caps.set(cap, on);
    true
}

fn hold_registration(session: &mut Session) {
    if let Some(registering) = session.registering() {
        registering.negotiating = true;
    }
}

/// The list is always the trailing parameter, also when it is empty or one word.
fn reply(session: &mut Session, subcommand: &str, list: &str) {
    let nick = session.shown_nick().to_owned();
    session.send(Line::new("CAP").param(nick).param(subcommand).param(list));
}
