//! People: who is there, who they are, whether they are at hand.
//!
//! Source: modern.ircdocs.horse; IRCv3 setname, WHOX.

use std::net::IpAddr;
use std::sync::Arc;

use crate::journal::{Absence, Intent, User, UserMode};
use crate::limits;
use crate::names::RoomName;
use crate::protocol::numeric as n;
use crate::protocol::{Cap, Line, Message};
use crate::room::{Member, Room, modes};
use crate::session::{Session, cut};

use super::room::{is_visible, known_user};
use super::services;

/// The order in which the fields of WHOX are sent.
const WHOX_ORDER: &str = "tcuihsnfdlaor";

/// Rooms in one line of WHOIS, so that it fits however long their names are.
const ROOMS_PER_LINE: usize = 5;

/// Addresses in one WHOIS.
const ADDRESSES_MAX: usize = 10;

/// A user, and the room they were looked for in.
type Found = (Arc<User>, Option<(String, Member)>);

/// `AWAY [<text>]`, with `*` for a session that nobody looks at. Source: IRCv3 draft/pre-away.
pub(super) async fn away(session: &mut Session, message: &Message<'_>) {
    let knows_idle = session.has(Cap::PreAway);
    let absence = match message.filled(0) {
        None => Absence::Present,
        Some("*") if knows_idle => Absence::Idle,
        Some(text) => Absence::Away(cut(text, limits::AWAY_BYTES_MAX).to_owned()),
    };
    let numeric = if absence == Absence::Present { n::RPL_UNAWAY } else { n::RPL_NOWAWAY };
    if let Some(registering) = session.registering() {
        if !knows_idle {
            return session.numeric(n::ERR_NOTREGISTERED, &[]);
        }
        registering.absence = absence;
        return session.numeric(numeric, &[]);
    }
    match session.submit(Intent::SetAway(absence)).await {
        Ok(_) => session.numeric(numeric, &[]),
        Err(denied) => session.refuse("AWAY", "*", &denied),
    }
}

/// `SETNAME <real name>`
pub(super) async fn setname(session: &mut Session, message: &Message<'_>) {
    let real_name = message.param(0).unwrap_or_default();
    if real_name.is_empty() || real_name.len() > limits::REAL_NAME_BYTES_MAX {
        let text = "A real name is not empty and not too long";
        return session.fail("SETNAME", "INVALID_REALNAME", &[], text);
    }
    if let Err(denied) = session.submit(Intent::SetRealName(real_name.to_owned())).await {
        session.refuse("SETNAME", "*", &denied);
    }
}

/// `USERHOST <nick>…`
pub(super) async fn userhost(session: &mut Session, message: &Message<'_>) {
    let directory = Arc::clone(session.service.journal.directory());
    let shown = message.params().iter().take(5).filter_map(|nick| directory.user_by_nick(nick)).map(|user| {
        let star = if user.is_operator() { "*" } else { "" };
        let sign = if user.away_text().is_some() { '-' } else { '+' };
        format!("{}{star}={sign}{}@{}", user.author.nick, user.author.user, user.author.host)
    });
    let shown: Vec<String> = shown.collect();
    let nick = session.shown_nick().to_owned();
    session.send(Line::new(n::RPL_USERHOST.digits()).param(nick).param(shown.join(" ")));
}

/// `ISON <nick>…`
pub(super) async fn ison(session: &mut Session, message: &Message<'_>) {
    let directory = Arc::clone(session.service.journal.directory());
    let nicks = message.params().iter().flat_map(|param| param.split(' '));
    let present = nicks.filter_map(|nick| match services::find(nick) {
        Some(service) => Some(service.name().to_owned()),
        None => {
            let user = directory.user_by_nick(nick).filter(|user| user.is_online())?;
            Some(user.author.nick.to_string())
        }
    });
    let present: Vec<String> = present.collect();
    let nick = session.shown_nick().to_owned();
    session.send(Line::new(n::RPL_ISON.digits()).param(nick).param(present.join(" ")));
}

/// `WHO <room or mask> [%<fields>[,<token>]]`
pub(super) async fn who(session: &mut Session, message: &Message<'_>) {
    let mask = message.filled(0).unwrap_or("*");
    let fields = message.param(1).and_then(|option| option.strip_prefix('%'));
    let directory = Arc::clone(session.service.journal.directory());
    let found: Vec<Found> = match RoomName::parse(mask) {
        Ok(name) => match directory.room(&name).filter(|room| is_visible(session, room)) {
            Some(room) => members(session, &room),
            None => Vec::new(),
        },
        Err(_) => matching(session, mask).into_iter().map(|user| (user, None)).collect(),
    };
    for (user, place) in found {
        match fields {
            Some(fields) => whox(session, fields, &user, place.as_ref()),
            None => who_reply(session, &user, place.as_ref()),
        }
    }
    session.numeric(n::RPL_ENDOFWHO, &[mask]);
}

fn members(session: &Session, room: &Room) -> Vec<Found> {
    let world = session.service.journal.directory().read();
    let name = room.name().map(ToString::to_string).unwrap_or_default();
    let own = world.users.get(&session.user());
    let found = room.members.iter().filter_map(|(id, member)| Some((world.users.get(id)?, member)));
    let found = found.filter(|(user, _)| own.is_some_and(|own| user.is_found_by(own)));
    let mut found: Vec<_> =
        found.map(|(user, member)| (Arc::clone(user), Some((name.clone(), *member)))).collect();
    found.sort_by_cached_key(|(user, _)| user.author.nick.folded());
    found
}

/// Users of this nick, or those present who match a mask and may be found by it.
fn matching(session: &Session, mask: &str) -> Vec<Arc<User>> {
    let directory = session.service.journal.directory();
    if let Some(user) = directory.user_by_nick(mask) {
        return vec![user];
    }
    let mask = if mask == "0" { "*" } else { mask };
    let own = directory.user(session.user());
    let world = directory.read();
    let may_find = |user: &User| user.is_online() && own.as_ref().is_some_and(|own| user.is_found_by(own));
    let matches = |user: &User| {
        let author = &user.author;
        let texts = [author.nick.as_str(), &author.user, &author.host, &user.real_name];
        texts.iter().any(|text| modes::matches(mask, text))
    };
    let mut found: Vec<_> =
        world.users.values().filter(|user| may_find(user) && matches(user)).cloned().collect();
    found.sort_by_cached_key(|user| user.author.nick.folded());
    found
}

fn who_reply(session: &mut Session, user: &User, place: Option<&(String, Member)>) {
    let flags = who_flags(session, user, place);
    let room = place.map_or("*", |(name, _)| name.as_str());
    let (nick, server) = (session.shown_nick().to_owned(), session.service.name.clone());
    let line = Line::new(n::RPL_WHOREPLY.digits()).param(nick).param(room);
    let line = line.param(&user.author.user).param(&user.author.host).param(server);
    session.send(line.param(&user.author.nick).param(flags).param(format!("0 {}", user.real_name)));
}

fn whox(session: &mut Session, fields: &str, user: &User, place: Option<&(String, Member)>) {
    let (fields, token) = fields.split_once(',').unwrap_or((fields, "0"));
    let flags = who_flags(session, user, place);
    let address = addresses(session, user).into_iter().next();
    let address = address.map_or_else(|| "255.255.255.255".to_owned(), shown_address);
    let nick = session.shown_nick().to_owned();
    let mut line = Line::new(n::RPL_WHOSPCRPL.digits()).param(nick);
    for field in WHOX_ORDER.chars().filter(|field| fields.contains(*field)) {
        line = match field {
            't' => line.param(token),
            'c' => line.param(place.map_or("*", |(name, _)| name.as_str())),
            'u' => line.param(&user.author.user),
            'i' => line.param(&address),
            'h' => line.param(&user.author.host),
            's' => line.param(&session.service.name),
            'n' => line.param(&user.author.nick),
            'f' => line.param(&flags),
            'd' => line.param("0"),
            'l' => line.param(idle_s(session, user)),
            'a' => line.param(user.author.account.as_ref().map_or("0", |name| name.as_str())),
            'o' => line.param("n/a"),
            _ => line.param(&user.real_name),
        };
    }
    session.send(line);
}

fn who_flags(session: &Session, user: &User, place: Option<&(String, Member)>) -> String {
    let mut flags = String::from(if user.away_text().is_some() { "G" } else { "H" });
    if user.is_operator() {
        flags.push('*');
    }
    if user.author.bot {
        flags.push('B');
    }
    if let Some((_, member)) = place {
        flags.push_str(&session.prefix(*member));
    }
    flags
}

/// `WHOIS [<server>] <nick>`
pub(super) async fn whois(session: &mut Session, message: &Message<'_>) {
    let asked = message.filled(1).or(message.param(0)).unwrap_or_default();
    if let Some(service) = services::find(asked) {
        services::describe(session, service);
    } else if let Some(user) = known_user(session, asked) {
        describe(session, &user);
    }
    session.numeric(n::RPL_ENDOFWHOIS, &[asked]);
}

fn describe(session: &mut Session, user: &User) {
    let author = &user.author;
    let nick = author.nick.as_str();
    let own = session.shown_nick().to_owned();
    let reply = |numeric: crate::protocol::Numeric| Line::new(numeric.digits()).param(&own).param(nick);
    let line = reply(n::RPL_WHOISUSER).param(&author.user).param(&author.host).param("*");
    session.send(line.param(&user.real_name));
    for rooms in shared_rooms(session, user).chunks(ROOMS_PER_LINE) {
        session.send(reply(n::RPL_WHOISCHANNELS).param(rooms.join(" ")));
    }
    let (server, network) = (session.service.name.clone(), session.service.network_name.clone());
    session.send(reply(n::RPL_WHOISSERVER).param(server).param(network));
    if user.is_operator() {
        session.numeric(n::RPL_WHOISOPERATOR, &[nick]);
    }
    if let Some(account) = &author.account {
        session.numeric(n::RPL_WHOISACCOUNT, &[nick, account.as_str()]);
    }
    if author.bot {
        session.numeric(n::RPL_WHOISBOT, &[nick]);
    }
    if let Some(text) = user.away_text() {
        session.send(reply(n::RPL_AWAY).param(text));
    }
    super::metadata::describe(session, user);
    if user.is_online() {
        describe_presence(session, user);
    }
}

/// What there is to tell of somebody who is there; addresses and modes for operators and oneself.
fn describe_presence(session: &mut Session, user: &User) {
    let author = &user.author;
    let nick = author.nick.as_str();
    let own = session.shown_nick().to_owned();
    if user.is_secure {
        session.numeric(n::RPL_WHOISSECURE, &[nick]);
    }
    let (idle, since) = (idle_s(session, user).to_string(), user.since.seconds().to_string());
    session.numeric(n::RPL_WHOISIDLE, &[nick, &idle, &since]);
    if !knows_all_of(session, user) {
        return;
    }
    let account = format!("{}@{}", author.user, author.host);
    for address in addresses(session, user) {
        let shown = shown_address(address);
        session.numeric(n::RPL_WHOISACTUALLY, &[nick, &account, &shown]);
        let text = format!("is connecting from *@{shown} {shown}");
        session.send(Line::new(n::RPL_WHOISHOST.digits()).param(&own).param(nick).param(text));
    }
    let text = format!("is using modes {}", user.modes);
    session.send(Line::new(n::RPL_WHOISMODES.digits()).param(own).param(nick).param(text));
}

/// Whether this client may know where the user is from: oneself, or an operator.
fn knows_all_of(session: &Session, user: &User) -> bool {
    let own = session.service.journal.directory().user(session.user());
    own.is_some_and(|own| own.id == user.id || own.is_operator())
}

/// Where the user is from, as far as this client may know; the first few of many devices.
fn addresses(session: &Session, user: &User) -> Vec<IpAddr> {
    if !knows_all_of(session, user) {
        return Vec::new();
    }
    let mut addresses = session.service.roster.addresses(&user.sessions);
    addresses.truncate(ADDRESSES_MAX);
    addresses
}

/// An address that can stand before the last parameter, which may not begin with a colon.
fn shown_address(address: IpAddr) -> String {
    let text = address.to_string();
    if text.starts_with(':') { format!("0{text}") } else { text }
}

/// Seconds since the user last spoke.
fn idle_s(session: &Session, user: &User) -> i64 {
    let spoke_at = session.service.roster.spoke_at(&user.sessions).unwrap_or(user.since);
    (session.service.clock.now().seconds() - spoke_at.seconds()).max(0)
}

/// The user's rooms that this client may see, with prefixes.
fn shared_rooms(session: &Session, user: &User) -> Vec<String> {
    let own = session.user();
    let world = session.service.journal.directory().read();
    let rooms = user.rooms.iter().filter_map(|id| world.rooms.get(id));
    let visible = rooms.filter(|room| {
        let shared = room.members.contains_key(&own);
        shared || (!user.has(UserMode::Invisible) && !room.has(crate::room::Flag::Secret))
    });
    let shown = visible.filter_map(|room| {
        let member = room.members.get(&user.id)?;
        Some(format!("{}{}", session.prefix(*member), room.name()?))
    });
    shown.collect()
}
