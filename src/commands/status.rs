//! The server about itself.

use crate::journal::World;
use crate::protocol::numeric as n;
use crate::protocol::{Line, Message, Numeric};
use crate::session::Session;

/// `LUSERS`
pub(super) async fn lusers(session: &mut Session, _message: &Message<'_>) {
    let (visible, invisible, admins, rooms) = count(&session.service.journal.directory().read());
    let total = visible + invisible;
    let nick = session.shown_nick().to_owned();
    let reply = |numeric: Numeric| Line::new(numeric.digits()).param(&nick);
    let text = format!("There are {visible} users and {invisible} invisible on 1 server");
    session.send(reply(n::RPL_LUSERCLIENT).param(text));
    session.numeric(n::RPL_LUSEROP, &[&admins.to_string()]);
    session.numeric(n::RPL_LUSERCHANNELS, &[&rooms.to_string()]);
    session.send(reply(n::RPL_LUSERME).param(format!("I have {total} clients and 0 servers")));
}

fn count(world: &World) -> (usize, usize, usize, usize) {
    let online = || world.users.values().filter(|user| user.is_online());
    let invisible = online().filter(|user| user.invisible).count();
    let admins = online().filter(|user| user.admin).count();
    (online().count() - invisible, invisible, admins, world.names.len())
}

/// `MOTD`
pub(super) async fn motd(session: &mut Session, _message: &Message<'_>) {
    session.motd();
}

/// `TIME`
pub(super) async fn time(session: &mut Session, _message: &Message<'_>) {
    let (nick, server) = (session.shown_nick().to_owned(), session.service.name.clone());
    let now = session.service.clock.now();
    session.send(Line::new(n::RPL_TIME.digits()).param(nick).param(server).param(now));
}

/// `VERSION`
pub(super) async fn version(session: &mut Session, _message: &Message<'_>) {
    let (nick, server) = (session.shown_nick().to_owned(), session.service.name.clone());
    let version = concat!("chat-secure-", env!("CARGO_PKG_VERSION"));
    session.send(Line::new(n::RPL_VERSION.digits()).param(nick).param(version).param(server));
}
