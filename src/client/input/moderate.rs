//! What operators of a room do: roles, modes, kicks and bans.

use crate::client::action::Action;

use super::{Context, Input, cut, room_name, usage};

/// Reads a command of these; `None` if it is another one.
pub(super) fn moderate(name: &str, rest: &str, context: Context<'_>) -> Option<Input> {
    let (usual, sign, mode) = match name {
        "op" => ("op", '+', 'o'),
        "deop" => ("op", '-', 'o'),
        "voice" => ("op", '+', 'v'),
        "devoice" => ("op", '-', 'v'),
        "ban" => ("ban", '+', 'b'),
        "unban" => ("ban", '-', 'b'),
        "kick" => return Some(kick(rest, context)),
        "modes" | "mode" => return Some(modes(rest, context)),
        _ => return None,
    };
    let whom: Vec<_> = rest.split_whitespace().map(|nick| nick.trim_start_matches('@')).collect();
    let whom: Vec<_> =
        whom.into_iter().map(|nick| if mode == 'b' { mask(nick) } else { nick.into() }).collect();
    Some(match in_room(context) {
        _ if whom.is_empty() => usage(usual),
        Err(wrong) => *wrong,
        Ok(room) => {
            let letters: String = whom.iter().map(|_| mode).collect();
            let change = Some(format!("{sign}{letters} {}", whom.join(" ")));
            Input::Do(Action::Modes { room, change })
        }
    })
}

/// The room that one is in; a conversation with one user is none.
pub(super) fn in_room(context: Context<'_>) -> Result<String, Box<Input>> {
    if context.room.starts_with(['#', '&']) {
        return Ok(context.room.to_owned());
    }
    let wrong = "this is no room: go to one first, or name it where the command takes a name";
    Err(Box::new(Input::Wrong(wrong.into())))
}

fn kick(rest: &str, context: Context<'_>) -> Input {
    let (nick, reason) = cut(rest);
    match in_room(context) {
        _ if nick.is_empty() => usage("kick"),
        Err(wrong) => *wrong,
        Ok(room) => {
            let reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
            Input::Do(Action::Kick { room, nick: nick.trim_start_matches('@').into(), reason })
        }
    }
}

fn modes(rest: &str, context: Context<'_>) -> Input {
    let (word, after) = cut(rest);
    let (room, change) =
        if word.starts_with('#') { (Ok(room_name(word)), after) } else { (in_room(context), rest) };
    match room {
        Err(wrong) => *wrong,
        Ok(room) => {
            let change = Some(change.to_owned()).filter(|change| !change.is_empty());
            Input::Do(Action::Modes { room, change })
        }
    }
}

/// A nick stands for everybody of that nick.
fn mask(nick: &str) -> String {
    if nick.contains(['!', '@', ':', '*', '?', '$', '~']) { nick.to_owned() } else { format!("{nick}!*@*") }
}
