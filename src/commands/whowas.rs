//! WHOWAS: who left lately. Source: modern.ircdocs.horse, WHOWAS message.

use crate::journal::Departed;
use crate::limits;
use crate::names::Nick;
use crate::protocol::numeric as n;
use crate::protocol::{Line, Message};
use crate::session::{Session, cut};

/// Answers for one nick, however often it left.
const ANSWERS_MAX: usize = 20;

/// `WHOWAS <nick> [<count>]`
pub(super) async fn whowas(session: &mut Session, message: &Message<'_>) {
    let Some(nick) = message.filled(0) else {
        return session.numeric(n::ERR_NONICKNAMEGIVEN, &[]);
    };
    let nick = cut(nick, limits::MASK_BYTES_MAX);
    let count = message.param(1).and_then(|count| count.parse::<usize>().ok()).filter(|count| *count > 0);
    let found = departed(session, nick, count.unwrap_or(ANSWERS_MAX).min(ANSWERS_MAX));
    if found.is_empty() {
        session.numeric(n::ERR_WASNOSUCHNICK, &[nick]);
    }
    let own = session.shown_nick().to_owned();
    let (server, network) = (session.service.name.clone(), session.service.network_name.clone());
    for Departed { author, real_name, at } in found {
        let line = Line::new(n::RPL_WHOWASUSER.digits()).param(&own).param(&author.nick);
        session.send(line.param(&author.user).param(&author.host).param("*").param(real_name));
        let line = Line::new(n::RPL_WHOISSERVER.digits()).param(&own).param(&author.nick);
        session.send(line.param(&server).param(format!("{network}, until {at}")));
    }
    session.numeric(n::RPL_ENDOFWHOWAS, &[nick]);
}

/// The latest first.
fn departed(session: &Session, nick: &str, len_max: usize) -> Vec<Departed> {
    let Ok(nick) = Nick::parse(nick) else { return Vec::new() };
    let world = session.service.journal.directory().read();
    let all = world.presences.departed.iter().rev();
    all.filter(|departed| departed.author.nick == nick).take(len_max).cloned().collect()
}
