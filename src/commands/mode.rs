//! MODE: reading and changing the modes of rooms and of oneself.
//!
//! Source: modern.ircdocs.horse, MODE message.

use crate::limits;
use crate::protocol::numeric as n;
use crate::protocol::{Line, Message};
use crate::room::{self, List, Mode, ModeChange, Room, masks};
use crate::session::{Session, cut, render};

use super::room::{act, known_room, known_user};
use super::user_mode;

/// Bytes that are shown of a number that is none.
const SHOWN_BYTES_MAX: usize = 20;
/// Bytes of changes in one line of MODE.
const CHANGES_BYTES_MAX: usize = 320;

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
    for changes in in_lines(changes) {
        if !act(session, "MODE", &name, room::Intent::ChangeModes { changes }).await {
            return;
        }
    }
}

/// Changes of one command, as many together as surely fit into one line that shows them.
fn in_lines(changes: Vec<ModeChange>) -> Vec<Vec<ModeChange>> {
    let mut lines: Vec<Vec<ModeChange>> = Vec::new();
    let mut bytes = 0;
    for change in changes {
        let more = render::mode_changes(std::slice::from_ref(&change)).len();
        match lines.last_mut().filter(|_| bytes + more <= CHANGES_BYTES_MAX) {
            Some(line) => line.push(change),
            None => {
                lines.push(vec![change]);
                bytes = 0;
            }
        }
        bytes += more;
    }
    lines
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
                    // As it stands there, so that clients find it in theirs.
                    let mut listed = room.list(list).iter().map(|other| &other.mask);
                    let mask = match listed.find(|other| other.eq_ignore_ascii_case(mask)) {
                        Some(listed) => listed.clone(),
                        None => complete(session, room, list, mask)?,
                    };
                    changes.push(ModeChange::List { list, on, mask });
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
            let shown =
                if given.is_empty() || given.contains(' ') { "*" } else { cut(given, SHOWN_BYTES_MAX) };
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
        List::BanException => (n::RPL_EXCEPTLIST, n::RPL_ENDOFEXCEPTLIST),
        List::InviteException => (n::RPL_INVEXLIST, n::RPL_ENDOFINVEXLIST),
    };
    for mask in room.list(list) {
        session.numeric(entry, &[name, &mask.mask, &mask.setter, &mask.at.seconds().to_string()]);
    }
    session.numeric(end, &[name]);
}

/// A mask with all its parts, or the reply that it is none.
fn complete(session: &mut Session, room: &Room, list: List, mask: &str) -> Option<String> {
    let fits = mask.len() <= limits::MASK_BYTES_MAX && !mask.contains([' ', ',']) && !mask.starts_with(':');
    let complete = masks::complete(list, mask).filter(|_| fits);
    if complete.is_none() {
        let text = match list {
            List::Ban | List::BanException => {
                "A mask is nick!user@host, a:account, or m: and one of these, without spaces and not too long"
            }
            List::InviteException => "A mask is nick!user@host or a:account, without spaces and not too long",
        };
        invalid(session, room, Mode::List(list).letter(), "*", text);
    }
    complete
}

/// A parameter that must be there, or the reply that it is not.
fn param<'a>(session: &mut Session, given: Option<&'a str>) -> Option<&'a str> {
    if given.is_none() {
        session.numeric(n::ERR_NEEDMOREPARAMS, &["MODE"]);
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::isupport;

    #[test]
    fn the_announced_modes_are_those_of_the_table() {
        let limits = limits::Limits::default();
        let network =
            isupport::Network { name: "n", account_required: true, limits: &limits, file_host: None };
        let tokens = isupport::lines(&network).concat();
        let groups = tokens.iter().find_map(|token| token.strip_prefix("CHANMODES=")).unwrap();
        let groups: Vec<&str> = groups.split(',').collect();
        for (letter, mode) in room::modes::MODES {
            let group = match mode {
                Mode::List(_) => 0,
                Mode::Key => 1,
                Mode::Limit => 2,
                Mode::Flag(_) => 3,
                Mode::Role(_) => continue,
            };
            assert!(groups[group].contains(*letter), "{letter}");
        }
        assert_eq!(groups.concat().len() + 3, room::modes::MODES.len());
    }

    #[test]
    fn changes_are_parted_where_a_line_is_full() {
        let ban = |number: usize| {
            let mask = format!("{number}{}!*@*", "x".repeat(100));
            ModeChange::List { list: List::Ban, on: true, mask }
        };
        let changes: Vec<ModeChange> = (0..4).map(ban).collect();
        let lines = in_lines(changes.clone());
        assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
        assert_eq!(lines.concat(), changes);
        assert!(in_lines(Vec::new()).is_empty());
    }
}
