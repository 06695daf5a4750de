//! The modes of oneself, and whom one lets speak to one whatever they are.
//!
//! Source: modern.ircdocs.horse, MODE message; ACCEPT as hybrid and solanum have it (RPL 281, 282).

use std::sync::Arc;

use crate::ids::UserId;
use crate::journal::{Intent, UserMode};
use crate::limits;
use crate::protocol::numeric as n;
use crate::protocol::{Line, Message};
use crate::session::Session;

use super::room::known_user;

/// Bytes of nicks in one line of 281.
const NICKS_BYTES_MAX: usize = 300;

/// `MODE <nick> [<changes>]`
pub(super) async fn change(session: &mut Session, target: &str, message: &Message<'_>) {
    if !target.eq_ignore_ascii_case(session.shown_nick()) {
        if known_user(session, target).is_some() {
            session.numeric(n::ERR_USERSDONTMATCH, &[]);
        }
        return;
    }
    let Some(letters) = message.param(1) else {
        let user = session.service.journal.directory().user(session.user());
        let modes = user.map(|user| user.modes).unwrap_or_default();
        return session.numeric(n::RPL_UMODEIS, &[&modes.to_string()]);
    };
    let (mut changes, mut unknown, mut on) = (Vec::new(), false, true);
    for letter in letters.chars().take(limits::MODE_CHANGES_MAX) {
        match (letter, UserMode::parse(letter)) {
            ('+' | '-', _) => on = letter == '+',
            // OPER gives it; here it can only be given up.
            (_, Some(UserMode::Operator)) if on => {}
            (_, Some(mode)) => changes.push((mode, on)),
            (_, None) => unknown = true,
        }
    }
    if !changes.is_empty() {
        // What changed is shown to all of one's sessions, this one included.
        let intent = Intent::SetUserModes { changes, operator_by: None };
        if let Err(denied) = session.submit(intent).await {
            return session.refuse("MODE", target, &denied);
        }
    }
    if unknown {
        session.numeric(n::ERR_UMODEUNKNOWNFLAG, &[]);
    }
}

/// `ACCEPT [[-]<nick>{,[-]<nick>}]`; alone, or with `*`, it lists.
pub(super) async fn accept(session: &mut Session, message: &Message<'_>) {
    let named = message.filled(0).unwrap_or("*");
    for (count, name) in named.split(',').filter(|name| !name.is_empty()).enumerate() {
        if count == limits::TARGETS_MAX {
            return session.numeric(n::ERR_TOOMANYTARGETS, &[name]);
        }
        if name == "*" {
            list(session);
            continue;
        }
        let (nick, on) = name.strip_prefix('-').map_or((name, true), |nick| (nick, false));
        let Some(user) = known_user(session, nick) else { continue };
        // Who has an account needs no leave.
        if matches!(user.id, UserId::Account(_)) {
            continue;
        }
        if let Err(denied) = session.submit(Intent::Accept { user: user.id, on }).await {
            session.refuse("ACCEPT", nick, &denied);
        }
    }
}

fn list(session: &mut Session) {
    let directory = Arc::clone(session.service.journal.directory());
    let accepted = directory.user(session.user()).map(|user| user.accepted.clone()).unwrap_or_default();
    let mut lines: Vec<String> = Vec::new();
    for user in accepted.iter().filter_map(|id| directory.user(*id)) {
        let nick = user.author.nick.as_str();
        match lines.last_mut().filter(|line| line.len() + nick.len() < NICKS_BYTES_MAX) {
            Some(line) => line.extend([" ", nick]),
            None => lines.push(nick.to_owned()),
        }
    }
    let own = session.shown_nick().to_owned();
    for line in lines {
        session.send(Line::new(n::RPL_ACCEPTLIST.digits()).param(&own).param(line));
    }
    session.numeric(n::RPL_ENDOFACCEPT, &[]);
}
