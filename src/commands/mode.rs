//! MODE: reading and changing the modes of rooms and of oneself.
//!
//! Source: modern.ircdocs.horse, MODE message.

use crate::limits;
use crate::protocol::numeric as n;
use crate::protocol::{Line, Message};
use crate::room::{self, Flag, List, Mode, ModeChange, Room};
use crate::session::Session;

use super::room::{act, known_room, known_user};
use super::user_mode;

/// `MODE <target> [<changes> [<parameters>]]`
pub(super) async fn mode(session: &mut Session, message: &Message<'_>) {
    let target = message.param(0).unwrap_or_default();
    if target.starts_with('#') {
        room_mode(session, target, message).await;
    } else {
        user_mode::change(session, target, message).await;
    }
}

async fn room_mode(session: &mut Session, target: &str, message: &Message<'_>) {
    let Some(room) = known_room(session, target) else { return };
    let Some(name) = room.name().cloned() else { return };
    let Some(letters) = message.filled(1) else { return show_modes(session, &room) };
    let params = message.params().get(2..).unwrap_or_default();
    let Some(changes) = read_changes(session, &room, letters, params) else { return };
    if !changes.is_empty() {
        act(session, "MODE", &name, room::Intent::ChangeModes { changes }).await;
    }
}

fn show_modes(session: &mut Session, room: &Room) {
    let name = room.name().map_or("*", |name| name.as_str());
    let mut letters = String::from("+");
    let mut params = Vec::new();
    letters.extend(room.settings.flags.iter().map(|flag| Mode::Flag(*flag).letter()));
    if let Some(key) = &room.settings.key {
        letters.push('k');
        let is_member = room.members.contains_key(&session.user());
        params.push(if is_member { key.clone() } else { "*".into() });
    }
    if let Some(limit) = room.settings.limit {
        letters.push('l');
        params.push(limit.to_string());
    }
    let mut shown = vec![name, &letters];
    shown.extend(params.iter().map(String::as_str));
    session.numeric(n::RPL_CHANNELMODEIS, &shown);
    session.numeric(n::RPL_CREATIONTIME, &[name, &room.created_at.seconds().to_string()]);
}

/// Reads letters and parameters; lists are answered at once. `None` if the reply was an error.
fn read_changes(
    session: &mut Session,
    room: &Room,
    letters: &str,
    params: &[&str],
) -> Option<Vec<ModeChange>> {
    let mut params = params.iter().copied();
    let mut changes = Vec::new();
    let mut listed = Vec::new();
    let mut on = true;
    for letter in letters.chars() {
        if matches!(letter, '+' | '-') {
            on = letter == '+';
            continue;
        }
        let Some(mode) = Mode::parse(letter) else {
            session.numeric(n::ERR_UNKNOWNMODE, &[&letter.to_string()]);
            continue;
        };
        if changes.len() == limits::MODE_CHANGES_MAX {
            break;
        }
        match mode {
            Mode::Flag(flag) => changes.push(ModeChange::Flag { flag, on }),
            Mode::Role(role) => {
                let nick = param(session, params.next())?;
                let user = known_user(session, nick)?;
                let nick = user.author.nick.clone();
                changes.push(ModeChange::Role { role, on, user: user.id, nick });
            }
            Mode::Key if on => changes.push(key(session, room, params.next())?),
            Mode::Key => {
                // The parameter is often sent, and has no meaning.
                params.next();
                changes.push(ModeChange::Key(None));
            }
            Mode::Limit if on => changes.push(limit(session, room, params.next())?),
            Mode::Limit => changes.push(ModeChange::Limit(None)),
            Mode::List(list) => match params.next().filter(|mask| !mask.is_empty()) {
                Some(mask) => {
                    changes.push(ModeChange::List { list, on, mask: complete(session, room, mask)? });
                }
                None if listed.contains(&list) => {}
                None => {
                    listed.push(list);
                    show_list(session, room, list);
                }
            },
        }
    }
    Some(changes)
}

fn key(session: &mut Session, room: &Room, given: Option<&str>) -> Option<ModeChange> {
    let key = given.unwrap_or_default();
    let fits = !key.is_empty() && key.len() <= limits::KEY_BYTES_MAX && !key.contains([' ', ',']);
    if !fits || key.starts_with(':') {
        let text = "A key has no spaces and no commas, and is not too long";
        invalid(session, room, 'k', "*", text);
        return None;
    }
    Some(ModeChange::Key(Some(key.to_owned())))
}

fn limit(session: &mut Session, room: &Room, given: Option<&str>) -> Option<ModeChange> {
    let given = given.unwrap_or_default();
    match given.parse::<u32>() {
        Ok(limit) if limit > 0 => Some(ModeChange::Limit(Some(limit))),
        _ => {
            let shown = if given.is_empty() || given.contains(' ') { "*" } else { given };
            invalid(session, room, 'l', shown, "A limit is a number above 0");
            None
        }
    }
}

fn invalid(session: &mut Session, room: &Room, letter: char, value: &str, text: &str) {
    let nick = session.shown_nick().to_owned();
    let name = room.name().map_or("*", |name| name.as_str());
    let line = Line::new(n::ERR_INVALIDMODEPARAM.digits()).param(nick).param(name);
    session.send(line.param(letter).param(value).param(text));
}

fn show_list(session: &mut Session, room: &Room, list: List) {
    let name = room.name().map_or("*", |name| name.as_str());
    let (entry, end) = match list {
        List::Ban => (n::RPL_BANLIST, n::RPL_ENDOFBANLIST),
    };
    if !room.has(Flag::Secret) || room.members.contains_key(&session.user()) {
        for mask in room.list(list) {
            session.numeric(entry, &[name, &mask.mask, &mask.setter, &mask.at.seconds().to_string()]);
        }
    }
    session.numeric(end, &[name]);
}

/// A mask with all its three parts: a nick alone stands for everybody of that nick.
fn complete(session: &mut Session, room: &Room, mask: &str) -> Option<String> {
    if mask.len() > limits::MASK_BYTES_MAX || mask.contains([' ', ',']) || mask.starts_with(':') {
        invalid(session, room, 'b', "*", "A mask is nick!user@host without spaces, and is not too long");
        return None;
    }
    Some(match (mask.contains('!'), mask.contains('@')) {
        (true, true) => mask.to_owned(),
        (true, false) => format!("{mask}@*"),
        (false, true) => format!("*!{mask}"),
        (false, false) => format!("{mask}!*@*"),
    })
}

/// A parameter that must be there, or the reply that it is not.
fn param<'a>(session: &mut Session, given: Option<&'a str>) -> Option<&'a str> {
    if given.is_none() {
        session.numeric(n::ERR_NEEDMOREPARAMS, &["MODE"]);
    }
    given
}
