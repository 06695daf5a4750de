//! MONITOR: being told who comes and goes. Source: IRCv3 monitor.

use crate::limits;
use crate::names::Nick;
use crate::protocol::Message;
use crate::protocol::numeric as n;
use crate::session::{Session, cut};

/// `MONITOR <+ or - or C or L or S> [<nick>{,<nick>}]`
pub(super) async fn monitor(session: &mut Session, message: &Message<'_>) {
    let modifier = message.param(0).unwrap_or_default();
    match (modifier.to_ascii_uppercase().as_str(), message.filled(1)) {
        ("+", Some(targets)) => add(session, targets).await,
        ("-", Some(targets)) => {
            let nicks = targets.split(',').filter_map(|target| Nick::parse(target).ok());
            session.unwatch(Some(nicks.collect())).await;
        }
        ("+" | "-", None) => session.numeric(n::ERR_NEEDMOREPARAMS, &["MONITOR"]),
        ("C", _) => session.unwatch(None).await,
        ("L", _) => {
            let nicks: Vec<String> = session.watched().iter().map(ToString::to_string).collect();
            session.list(n::RPL_MONLIST, nicks);
            session.numeric(n::RPL_ENDOFMONLIST, &[]);
        }
        ("S", _) => {
            let nicks = session.watched().to_vec();
            session.watch(nicks).await;
        }
        _ => {
            let text = "A list is changed with + and -, cleared with C, shown with L; S shows who is there";
            session.fail("MONITOR", "INVALID_PARAMS", &[cut(modifier, 32)], text);
        }
    }
}

/// As many as there is room for, in their order.
async fn add(session: &mut Session, targets: &str) {
    let mut new: Vec<Nick> = Vec::new();
    let mut left = Vec::new();
    let mut vacant = limits::WATCHED_MAX.saturating_sub(session.watched().len());
    for target in targets.split(',').filter(|target| !target.is_empty()) {
        let Ok(nick) = Nick::parse(target) else {
            session.numeric(n::ERR_ERRONEUSNICKNAME, &[cut(target, 64)]);
            continue;
        };
        if new.contains(&nick) {
            continue;
        }
        let is_known = session.watched().contains(&nick);
        if is_known || vacant > 0 {
            vacant -= usize::from(!is_known);
            new.push(nick);
        } else {
            left.push(nick);
        }
    }
    if !new.is_empty() {
        session.watch(new).await;
    }
    let left: Vec<&str> = left.iter().map(Nick::as_str).collect();
    let limit = limits::WATCHED_MAX.to_string();
    for left in left.chunks(limits::WATCHED_FULL_LEN_MAX) {
        session.numeric(n::ERR_MONLISTFULL, &[&limit, &left.join(",")]);
    }
}
