//! Rooms: entering, leaving, topic, who is in, who may not be. Source: modern.ircdocs.horse.

use std::sync::Arc;

use crate::journal::{Intent, Outcome, User};
use crate::limits;
use crate::names::RoomName;
use crate::protocol::numeric as n;
use crate::protocol::{Line, Message};
use crate::room::{self, Flag, Room};
use crate::session::{Session, cut};

/// `JOIN <room>{,<room>} [<key>{,<key>}]`, or `JOIN 0` to leave all.
pub(super) async fn join(session: &mut Session, message: &Message<'_>) {
    if message.param(0) == Some("0") {
        for (room, _) in session.service.journal.directory().rooms_of(session.user()) {
            if let Some(name) = room.name() {
                leave(session, name, String::new()).await;
            }
        }
        return;
    }
    let mut keys = message.param(1).unwrap_or_default().split(',');
    for name in message.param(0).unwrap_or_default().split(',').filter(|name| !name.is_empty()) {
        let key = keys.next().filter(|key| !key.is_empty()).map(str::to_owned);
        match RoomName::parse(name) {
            Ok(room) => session.join(&room, key).await,
            Err(_) if name.starts_with('#') => session.numeric(n::ERR_BADCHANMASK, &[name]),
            Err(_) => session.numeric(n::ERR_NOSUCHCHANNEL, &[name]),
        }
    }
}

/// `PART <room>{,<room>} [<reason>]`
pub(super) async fn part(session: &mut Session, message: &Message<'_>) {
    let reason = cut(message.param(1).unwrap_or_default(), limits::REASON_BYTES_MAX);
    for name in message.param(0).unwrap_or_default().split(',').filter(|name| !name.is_empty()) {
        match RoomName::parse(name) {
            Ok(room) => leave(session, &room, reason.to_owned()).await,
            Err(_) => session.numeric(n::ERR_NOSUCHCHANNEL, &[name]),
        }
    }
}

async fn leave(session: &mut Session, room: &RoomName, reason: String) {
    act(session, "PART", room, room::Intent::Part { reason }).await;
}

/// `TOPIC <room> [<topic>]`
pub(super) async fn topic(session: &mut Session, message: &Message<'_>) {
    let Some(room) = known_room(session, message.param(0).unwrap_or_default()) else { return };
    let Some(name) = room.name().cloned() else { return };
    if let Some(topic) = message.param(1) {
        let topic = cut(topic, limits::TOPIC_BYTES_MAX).to_owned();
        act(session, "TOPIC", &name, room::Intent::SetTopic { topic }).await;
    } else if room.has(Flag::Secret) && !room.members.contains_key(&session.user()) {
        session.numeric(n::ERR_NOTONCHANNEL, &[name.as_str()]);
    } else {
        session.topic(&room);
    }
}

/// `NAMES [<room>]`
pub(super) async fn names(session: &mut Session, message: &Message<'_>) {
    let shown = message.filled(0).unwrap_or("*");
    let room = RoomName::parse(shown).ok().and_then(|name| session.service.journal.directory().room(&name));
    match room.filter(|room| is_visible(session, room)) {
        Some(room) => session.names(&room),
        None => session.numeric(n::RPL_ENDOFNAMES, &[shown]),
    }
}

/// `LIST [<room>{,<room>}]`
pub(super) async fn list(session: &mut Session, message: &Message<'_>) {
    let wanted: Option<Vec<RoomName>> = message
        .filled(0)
        .map(|names| names.split(',').filter_map(|name| RoomName::parse(name).ok()).collect());
    let mut rooms: Vec<Arc<Room>> = {
        let world = session.service.journal.directory().read();
        world.names.values().filter_map(|id| world.rooms.get(id).cloned()).collect()
    };
    rooms.sort_by_key(|room| room.name().map(RoomName::folded));
    session.numeric(n::RPL_LISTSTART, &["Channel"]);
    for room in rooms {
        let Some(name) = room.name() else { continue };
        let is_wanted = wanted.as_ref().is_none_or(|wanted| wanted.contains(name));
        if is_wanted && is_visible(session, &room) {
            let topic = room.settings.topic.as_ref().map_or("", |topic| topic.text.as_str());
            let nick = session.shown_nick().to_owned();
            let line = Line::new(n::RPL_LIST.digits()).param(nick).param(name);
            session.send(line.param(room.members.len()).param(topic));
        }
    }
    session.numeric(n::RPL_LISTEND, &[]);
}

/// `KICK <room>{,<room>} <nick>{,<nick>} [<reason>]`: each nick from the room in its place, or
/// all from the last one.
pub(super) async fn kick(session: &mut Session, message: &Message<'_>) {
    let reason = message.filled(2).unwrap_or(session.shown_nick()).to_owned();
    let reason = cut(&reason, limits::REASON_BYTES_MAX).to_owned();
    let rooms: Vec<&str> = message.param(0).unwrap_or_default().split(',').collect();
    let nicks = message.param(1).unwrap_or_default().split(',').filter(|nick| !nick.is_empty());
    for (number, nick) in nicks.enumerate() {
        let Some(room) = rooms.get(number).or(rooms.last()) else { return };
        let Some(room) = known_room(session, room) else { return };
        let Some(name) = room.name().cloned() else { return };
        if let Some(user) = known_user(session, nick) {
            let nick = user.author.nick.clone();
            let intent = room::Intent::Kick { user: user.id, nick, reason: reason.clone() };
            act(session, "KICK", &name, intent).await;
        }
    }
}

/// `INVITE <nick> <room>`
pub(super) async fn invite(session: &mut Session, message: &Message<'_>) {
    let Some(user) = known_user(session, message.param(0).unwrap_or_default()) else { return };
    let Some(room) = known_room(session, message.param(1).unwrap_or_default()) else { return };
    let Some(name) = room.name().cloned() else { return };
    let nick = user.author.nick.clone();
    let intent = room::Intent::Invite { user: user.id, nick: nick.clone() };
    if act(session, "INVITE", &name, intent).await {
        session.numeric(n::RPL_INVITING, &[nick.as_str(), name.as_str()]);
    }
}

/// Submits what a room is asked for; a refusal becomes the reply. Returns whether it happened.
pub(super) async fn act(session: &mut Session, command: &str, room: &RoomName, intent: room::Intent) -> bool {
    match session.submit(Intent::InRoom { room: room.clone(), intent }).await {
        Ok(outcome) => matches!(outcome, Outcome::Entered { .. }),
        Err(denied) => {
            session.refuse(command, room.as_str(), &denied);
            false
        }
    }
}

/// The room of this name, or the reply that there is none; nobody learns of a secret one so.
pub(super) fn known_room(session: &mut Session, name: &str) -> Option<Arc<Room>> {
    let room = RoomName::parse(name).ok().and_then(|name| session.service.journal.directory().room(&name));
    let room = room.filter(|room| is_visible(session, room));
    if room.is_none() {
        session.numeric(n::ERR_NOSUCHCHANNEL, &[name]);
    }
    room
}

/// The user of this nick, or the reply that there is none.
pub(super) fn known_user(session: &mut Session, nick: &str) -> Option<Arc<User>> {
    let user = session.service.journal.directory().user_by_nick(nick);
    if user.is_none() {
        session.numeric(n::ERR_NOSUCHNICK, &[nick]);
    }
    user
}

/// Whether the room may be shown to this client.
pub(super) fn is_visible(session: &Session, room: &Room) -> bool {
    !room.has(Flag::Secret) || room.members.contains_key(&session.user())
}
