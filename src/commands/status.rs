//! The server about itself.

use crate::journal::{UserMode, World};
use crate::protocol::numeric as n;
use crate::protocol::{Line, Message, Numeric};
use crate::room::Flag;
use crate::session::Session;

/// `LUSERS`
pub(super) async fn lusers(session: &mut Session, _message: &Message<'_>) {
    let Counts { visible, invisible, operators, rooms, most } =
        count(&session.service.journal.directory().read());
    let unregistered = session.service.roster.unregistered();
    let total = visible + invisible;
    let nick = session.shown_nick().to_owned();
    let reply = |numeric: Numeric| Line::new(numeric.digits()).param(&nick);
    let text = format!("There are {visible} users and {invisible} invisible on 1 server");
    session.send(reply(n::RPL_LUSERCLIENT).param(text));
    session.numeric(n::RPL_LUSEROP, &[&operators.to_string()]);
    session.numeric(n::RPL_LUSERUNKNOWN, &[&unregistered.to_string()]);
    session.numeric(n::RPL_LUSERCHANNELS, &[&rooms.to_string()]);
    session.send(reply(n::RPL_LUSERME).param(format!("I have {total} clients and 0 servers")));
    let text = format!("Current local users {total}, most {most}");
    session.send(reply(n::RPL_LOCALUSERS).param(total).param(most).param(text));
    let text = format!("Current global users {total}, most {most}");
    session.send(reply(n::RPL_GLOBALUSERS).param(total).param(most).param(text));
}

struct Counts {
    visible: usize,
    invisible: usize,
    operators: usize,
    /// Those that may be known to everybody.
    rooms: usize,
    /// Users at one time since the start.
    most: usize,
}

fn count(world: &World) -> Counts {
    let online = || world.users.values().filter(|user| user.is_online());
    let invisible = online().filter(|user| user.has(UserMode::Invisible)).count();
    let named = world.names.values().filter_map(|id| world.rooms.get(id));
    Counts {
        visible: world.presences.online - invisible,
        invisible,
        operators: online().filter(|user| user.is_operator()).count(),
        rooms: named.filter(|room| !room.has(Flag::Secret)).count(),
        most: world.presences.online_max,
    }
}

/// `INFO`
pub(super) async fn info(session: &mut Session, _message: &Message<'_>) {
    let started_at = session.service.started_at;
    let nick = session.shown_nick().to_owned();
    for text in [
        concat!("chat-secure ", env!("CARGO_PKG_VERSION")),
        env!("CARGO_PKG_DESCRIPTION"),
        &format!("This server was started {started_at}"),
        "HELP lists its commands",
    ] {
        session.send(Line::new(n::RPL_INFO.digits()).param(&nick).param(text));
    }
    session.numeric(n::RPL_ENDOFINFO, &[]);
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
