//! Rooms: entering, leaving, topic, name, who is in, who may not be.
//!
//! Source: modern.ircdocs.horse; IRCv3 draft/channel-rename.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::journal::{Intent, Outcome, User};
use crate::limits;
use crate::names::RoomName;
use crate::protocol::Message;
use crate::protocol::numeric as n;
use crate::room::{self, Denied, Room};
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
            Err(_) if name.starts_with('#') => session.numeric(n::ERR_BADCHANMASK, &[shown(name)]),
            Err(_) => session.numeric(n::ERR_NOSUCHCHANNEL, &[shown(name)]),
        }
    }
}

/// `PART <room>{,<room>} [<reason>]`
pub(super) async fn part(session: &mut Session, message: &Message<'_>) {
    let reason = cut(message.param(1).unwrap_or_default(), limits::REASON_BYTES_MAX);
    for name in message.param(0).unwrap_or_default().split(',').filter(|name| !name.is_empty()) {
        match RoomName::parse(name) {
            Ok(room) => leave(session, &room, reason.to_owned()).await,
            Err(_) => session.numeric(n::ERR_NOSUCHCHANNEL, &[shown(name)]),
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
    } else {
        session.topic(&room);
    }
}

/// `NAMES [<room>{,<room>}]`: one end for all of them.
pub(super) async fn names(session: &mut Session, message: &Message<'_>) {
    let asked = message.filled(0).unwrap_or("*");
    for (count, one) in asked.split(',').enumerate() {
        if count == limits::NAMES_TARGETS_MAX {
            return session.numeric(n::ERR_TOOMANYTARGETS, &[shown(one)]);
        }
        let room = RoomName::parse(one).ok().and_then(|name| session.service.journal.directory().room(&name));
        if let Some(room) = room.filter(|room| is_visible(session, room)) {
            session.members(&room);
        }
    }
    session.numeric(n::RPL_ENDOFNAMES, &[shown(asked)]);
}

/// `KICK <room>{,<room>} <nick>{,<nick>} [<reason>]`: each nick from the room in its place, or
/// all from the last one. A room that refuses once is not asked again.
pub(super) async fn kick(session: &mut Session, message: &Message<'_>) {
    let reason = message.filled(2).unwrap_or(session.shown_nick()).to_owned();
    let reason = cut(&reason, limits::REASON_BYTES_MAX).to_owned();
    let rooms: Vec<&str> = message.param(0).unwrap_or_default().split(',').collect();
    let nicks = message.param(1).unwrap_or_default().split(',').filter(|nick| !nick.is_empty());
    let mut refusing = BTreeSet::new();
    for (count, nick) in nicks.enumerate() {
        if count == limits::TARGETS_MAX {
            return session.numeric(n::ERR_TOOMANYTARGETS, &[shown(nick)]);
        }
        let Some(asked) = rooms.get(count).or(rooms.last()) else { return };
        if refusing.contains(&asked.to_ascii_lowercase()) {
            continue;
        }
        let room = known_room(session, asked);
        let Some(name) = room.as_ref().and_then(|room| room.name().cloned()) else {
            refusing.insert(asked.to_ascii_lowercase());
            continue;
        };
        let Some(user) = known_user(session, nick) else { continue };
        let nick = user.author.nick.clone();
        let intent = room::Intent::Kick { user: user.id, nick, reason: reason.clone() };
        if let Err(Denied::NotOperator | Denied::NotMember | Denied::NoSuchRoom) =
            try_act(session, "KICK", &name, intent).await
        {
            refusing.insert(asked.to_ascii_lowercase());
        }
    }
}

/// `INVITE [<nick> <room>]`: without parameters it shows one's own invitations.
pub(super) async fn invite(session: &mut Session, message: &Message<'_>) {
    let Some(nick) = message.param(0) else { return invitations(session) };
    let Some(room) = message.param(1) else {
        return session.numeric(n::ERR_NEEDMOREPARAMS, &["INVITE"]);
    };
    let Some(user) = known_user(session, nick) else { return };
    let Some(room) = known_room(session, room) else { return };
    let Some(name) = room.name().cloned() else { return };
    let nick = user.author.nick.clone();
    let intent = room::Intent::Invite { user: user.id, nick: nick.clone() };
    if act(session, "INVITE", &name, intent).await {
        session.numeric(n::RPL_INVITING, &[nick.as_str(), name.as_str()]);
    }
}

/// The rooms that one was invited to by an operator and has not entered yet.
fn invitations(session: &mut Session) {
    let user = session.user();
    let mut names: Vec<RoomName> = {
        let world = session.service.journal.directory().read();
        let inviting = world.rooms.values().filter(|room| room.settings.invited.contains(&user));
        inviting.filter_map(|room| room.name().cloned()).collect()
    };
    names.sort_by_key(RoomName::folded);
    for name in names {
        session.numeric(n::RPL_INVITELIST, &[name.as_str()]);
    }
    session.numeric(n::RPL_ENDOFINVITELIST, &[]);
}

/// `RENAME <room> <name> [<reason>]`
pub(super) async fn rename(session: &mut Session, message: &Message<'_>) {
    let (old, new) = (message.param(0).unwrap_or_default(), message.param(1).unwrap_or_default());
    let reason = cut(message.param(2).unwrap_or_default(), limits::RENAMING_REASON_BYTES_MAX).to_owned();
    let Some(room) = known_room(session, old) else { return };
    let Some(from) = room.name().cloned() else { return };
    let Ok(name) = RoomName::parse(new) else {
        let text = "A room's name begins with # and has no spaces, commas, colons or wildcards";
        return session.fail("RENAME", "CANNOT_RENAME", &[from.as_str(), shown(new)], text);
    };
    // New accounts enter it by this name; whoever made a room of it anew would greet them all.
    if session.service.default_room.as_ref() == Some(&from) && name != from {
        let text = "New accounts enter this room by its name, which is a setting of the server";
        return session.fail("RENAME", "CANNOT_RENAME", &[from.as_str(), shown(new)], text);
    }
    act(session, "RENAME", &from, room::Intent::Rename { name, reason }).await;
}

/// Submits what a room is asked for; a refusal becomes the reply. Returns whether it happened.
pub(super) async fn act(session: &mut Session, command: &str, room: &RoomName, intent: room::Intent) -> bool {
    try_act(session, command, room, intent).await.is_ok_and(|happened| happened)
}

/// The same; the refusal, which was replied already, is the error.
async fn try_act(
    session: &mut Session,
    command: &str,
    room: &RoomName,
    intent: room::Intent,
) -> Result<bool, Denied> {
    match session.submit(Intent::InRoom { room: room.clone(), intent }).await {
        Ok(outcome) => Ok(matches!(outcome, Outcome::Entered { .. })),
        Err(denied) => {
            session.refuse(command, room.as_str(), &denied);
            Err(denied)
        }
    }
}

/// The room of this name, or the reply that there is none; nobody learns of a secret one so.
pub(super) fn known_room(session: &mut Session, name: &str) -> Option<Arc<Room>> {
    let room = RoomName::parse(name).ok().and_then(|name| session.service.journal.directory().room(&name));
    let room = room.filter(|room| is_visible(session, room));
    if room.is_none() {
        session.numeric(n::ERR_NOSUCHCHANNEL, &[shown(name)]);
    }
    room
}

/// What was given for a name, as far as a reply has room for it.
fn shown(name: &str) -> &str {
    cut(name, limits::ROOM_NAME_BYTES_MAX)
}

/// The user of this nick, or the reply that there is none.
pub(super) fn known_user(session: &mut Session, nick: &str) -> Option<Arc<User>> {
    let user = session.service.journal.directory().user_by_nick(nick);
    if user.is_none() {
        session.numeric(n::ERR_NOSUCHNICK, &[shown(nick)]);
    }
    user
}

/// Whether the room may be shown to this client.
pub(super) fn is_visible(session: &Session, room: &Room) -> bool {
    !room.is_hidden_from(session.user())
}
