//! The words a user types, made into actions. One table of commands for every front end.
//!
//! Does nothing itself and knows no terminal.

mod moderate;
mod search;

use jiff::Zoned;
use jiff::civil;
use jiff::tz::TimeZone;

use crate::clock::Timestamp;
use crate::suggest;

use super::action::{Action, Kind, Stretch};
use moderate::{in_room, moderate};

/// What a line means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Nothing was typed.
    Nothing,
    /// To be done.
    Do(Action),
    /// To be done in this room, which becomes the current one.
    In(String, Option<Action>),
    /// The list of commands is wanted.
    Help,
    /// The user leaves.
    Quit(String),
    /// Not understood: why, and what to type instead.
    Wrong(String),
}

/// What a line is read against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The current room.
    pub room: &'a str,
    /// The present moment.
    pub now: Timestamp,
    /// Whether `#room text`, `@user text` and bare words like `quit` mean something; in a pipe
    /// every line that does not begin with a slash is a message.
    pub shortcuts: bool,
}

/// A command's name, its arguments, and what it does.
pub const COMMANDS: &[(&str, &str, &str)] = &[
    ("history", "[#ROOM|@USER] [N]", "earlier messages"),
    ("history", "since TIME", "the same: since 14:00, 2h, yesterday, 2026-11-19"),
    ("join", "ROOM [KEY]", "enters a room and speaks there"),
    ("part", "[ROOM]", "leaves a room for good"),
    ("msg", "TARGET TEXT", "says something; also: #room text, @user text"),
    ("me", "TEXT", "says what you do"),
    ("edit", "[#ROOM|@USER] TEXT", "gives your last message another text"),
    ("delete", "[#ROOM|@USER]", "takes your last message back"),
    ("search", "WORDS", "finds what was said in all you may read"),
    ("search", "… from:NICK in:#ROOM|@USER", "what one said, in one conversation"),
    ("search", "… after:TIME before:TIME", "in this time, such as after:yesterday before:2h"),
    ("users", "[ROOM]", "who is in the room, and who is there"),
    ("rooms", "", "which rooms there are"),
    ("topic", "[TEXT|-]", "shows the room's topic, sets it, or removes it"),
    ("invite", "USER [ROOM]", "invites somebody into the room"),
    ("whois", "USER", "what is known about somebody"),
    ("nick", "NAME", "changes your nick"),
    ("kick", "USER [REASON]", "takes somebody out of the room"),
    ("ban", "USER|MASK", "keeps somebody out of the room; /unban undoes it"),
    ("op", "USER", "makes an operator; also: /deop, /voice, /devoice"),
    ("modes", "[#ROOM] [CHANGE]", "shows or sets the room's modes, such as +m or +o bob"),
    ("notice", "TARGET TEXT", "says something that programs do not answer"),
    ("raw", "LINE", "gives the server a line as it is, and shows what it answers"),
    ("away", "[TEXT]", "you are away; without a text: back"),
    ("help", "", "this list"),
    ("quit", "[TEXT]", "leaves; also: /exit, quit, exit, bye"),
];

const BARE_WORDS: &[&str] = &["quit", "exit", "bye"];
const HISTORY_LEN: usize = 20;

/// Reads one line.
#[must_use]
pub fn read(line: &str, context: Context<'_>) -> Input {
    let line = line.trim_end_matches(['\r', '\n']);
    if line.trim().is_empty() {
        return Input::Nothing;
    }
    if let Some(text) = line.strip_prefix("//") {
        return Input::Do(say(context.room, &format!("/{text}"), Kind::Message));
    }
    if let Some(command) = line.strip_prefix('/') {
        return read_command(command, context);
    }
    if !context.shortcuts {
        return Input::Do(say(context.room, line, Kind::Message));
    }
    if BARE_WORDS.contains(&line.trim().to_ascii_lowercase().as_str()) {
        return Input::Quit(String::new());
    }
    let (word, text) = cut(line);
    if word.len() > 1 && word.starts_with('#') {
        if let Some(wrong) = several(word) {
            return wrong;
        }
        let action = if text.is_empty() {
            Action::Join { room: word.into(), key: None }
        } else {
            say(word, text, Kind::Message)
        };
        return Input::In(word.into(), Some(action));
    }
    match word.strip_prefix('@').filter(|nick| !nick.is_empty()) {
        Some(nick) if text.is_empty() => Input::Wrong(format!("to say something to {nick}: @{nick} TEXT")),
        Some(nick) => Input::Do(say(nick, text, Kind::Message)),
        None => Input::Do(say(context.room, line, Kind::Message)),
    }
}

fn read_command(command: &str, context: Context<'_>) -> Input {
    let (name, rest) = cut(command);
    let name = name.to_ascii_lowercase();
    let room = || context.room.to_owned();
    let first = || cut(rest).0.to_owned();
    let text = || Some(rest.to_owned()).filter(|text| !text.is_empty());
    match name.as_str() {
        "help" | "h" | "?" => Input::Help,
        "quit" | "exit" | "bye" => Input::Quit(rest.into()),
        "rooms" | "list" => Input::Do(Action::Rooms),
        "away" => Input::Do(Action::Away { text: text() }),
        "back" => Input::Do(Action::Away { text: None }),
        "topic" => in_room(context).map_or_else(|wrong| *wrong, |room| topic(room, rest)),
        "users" | "who" | "names" if rest.is_empty() => {
            in_room(context).map_or_else(|wrong| *wrong, |room| Input::Do(Action::Members { room }))
        }
        "users" | "who" | "names" => Input::Do(Action::Members { room: room_name(&first()) }),
        "part" | "leave" if rest.is_empty() => Input::Do(Action::Part { room: room() }),
        "part" | "leave" => Input::Do(Action::Part { room: room_name(&first()) }),
        "history" => history(rest, context),
        "search" | "find" => search::search(rest, context),
        "edit" => match place(rest, context) {
            (_, "") => usage("edit"),
            (conversation, text) => Input::Do(Action::Edit { conversation, msgid: None, text: text.into() }),
        },
        "delete" | "redact" => match place(rest, context) {
            (conversation, "") => Input::Do(Action::Redact { conversation, msgid: None }),
            _ => usage("delete"),
        },
        "join" | "j" | "me" | "msg" | "notice" | "nick" | "invite" | "whois" | "raw" | "quote"
            if rest.is_empty() =>
        {
            usage(usual(&name))
        }
        "raw" | "quote" => Input::Do(Action::Raw { line: rest.into() }),
        "join" | "j" => {
            let (name, key) = cut(rest);
            if let Some(wrong) = several(name) {
                return wrong;
            }
            let name = room_name(name);
            let key = Some(key.to_owned()).filter(|key| !key.is_empty());
            Input::In(name.clone(), Some(Action::Join { room: name, key }))
        }
        "me" => Input::Do(say(context.room, rest, Kind::Action)),
        "msg" | "notice" => {
            let kind = if name == "msg" { Kind::Message } else { Kind::Notice };
            match cut(rest) {
                (_, "") => usage(&name),
                (target, text) => Input::Do(say(target.trim_start_matches('@'), text, kind)),
            }
        }
        "nick" => Input::Do(Action::Nick { nick: first() }),
        "whois" => Input::Do(Action::Whois { nick: first().trim_start_matches('@').into() }),
        "invite" => {
            let (nick, other) = cut(rest);
            let room = if other.is_empty() { room() } else { room_name(other) };
            Input::Do(Action::Invite { nick: nick.trim_start_matches('@').into(), room })
        }
        other => moderate(other, rest, context).unwrap_or_else(|| {
            let meant = suggest::nearest(other, COMMANDS.iter().map(|row| row.0));
            Input::Wrong(unknown(other, meant))
        }),
    }
}

/// The name in the table.
fn usual(name: &str) -> &str {
    match name {
        "j" => "join",
        "quote" => "raw",
        other => other,
    }
}

fn topic(room: String, rest: &str) -> Input {
    let text = match rest {
        "" => None,
        "-" => Some(String::new()),
        text => Some(text.to_owned()),
    };
    Input::Do(Action::Topic { room, text })
}

fn say(target: &str, text: &str, kind: Kind) -> Action {
    Action::Say { target: target.into(), text: text.into(), kind, reply_to: None }
}

/// The first word and what follows it.
fn cut(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).map_or((text.trim_end(), ""), |(word, rest)| (word, rest.trim()))
}

fn room_name(name: &str) -> String {
    if name.starts_with(['#', '&']) { name.into() } else { format!("#{name}") }
}

/// What is wrong with a list where one room is to be named.
fn several(name: &str) -> Option<Input> {
    let (first, rest) = name.split_once(',')?;
    let (first, next) = (room_name(first), room_name(rest.split(',').next().unwrap_or_default()));
    Some(Input::Wrong(format!("one room at a time: /join {first} and then /join {next}")))
}

fn usage(name: &str) -> Input {
    let rows = COMMANDS.iter().filter(|row| row.0 == name);
    let forms: Vec<_> = rows.map(|(name, arguments, _)| format!("/{name} {arguments}")).collect();
    Input::Wrong(format!("usage: {}", forms.join("  or  ")))
}

/// The conversation that is named first, `#room` or `@user`, else the current room; and what follows.
fn place<'a>(rest: &'a str, context: Context<'_>) -> (String, &'a str) {
    let (word, after) = cut(rest);
    match word.strip_prefix('@') {
        Some(nick) if !nick.is_empty() => (nick.to_owned(), after),
        None if word.len() > 1 && word.starts_with('#') => (word.to_owned(), after),
        Some(_) | None => (context.room.to_owned(), rest),
    }
}

fn history(rest: &str, context: Context<'_>) -> Input {
    let (conversation, rest) = place(rest, context);
    let stretch = match cut(rest) {
        ("", _) => Some(Stretch::Last(HISTORY_LEN)),
        ("since", time) => moment(time, context.now).map(Stretch::Since),
        (count, "") => count.parse().ok().filter(|count| *count > 0).map(Stretch::Last),
        _ => None,
    };
    match stretch {
        Some(stretch) => Input::Do(Action::History { conversation, stretch }),
        None => usage("history"),
    }
}

/// Reads a moment: `14:00`, `2026-11-19`, `2026-11-19 14:00`, `today`, `yesterday`, `30m`, `2h`, `3d`; local
/// time.
#[must_use]
pub fn moment(text: &str, now: Timestamp) -> Option<Timestamp> {
    let zone = TimeZone::system();
    let today = jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(zone.clone());
    let stamp = |zoned: Zoned| Timestamp(zoned.timestamp().as_millisecond());
    let midnight = |date: civil::Date| date.to_zoned(zone.clone()).ok().map(stamp);
    let text = text.trim();
    match text {
        "today" => return midnight(today.date()),
        "yesterday" => return midnight(today.date().yesterday().ok()?),
        _ => {}
    }
    let unit_ms = match text.chars().last()? {
        'm' => Some(60_000),
        'h' => Some(3_600_000),
        'd' => Some(24 * 3_600_000),
        _ => None,
    };
    if let Some(unit_ms) = unit_ms {
        let count: i64 = text[..text.len() - 1].parse().ok().filter(|count| *count > 0)?;
        return Some(Timestamp((now.0 - count.checked_mul(unit_ms)?).max(0)));
    }
    if let Ok(moment) = text.replacen(' ', "T", 1).parse::<civil::DateTime>() {
        return moment.to_zoned(zone).ok().map(stamp);
    }
    if let Ok(date) = text.parse::<civil::Date>() {
        return midnight(date);
    }
    let (hour, minute) = text.split_once(':')?;
    let time = civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
    today.date().to_datetime(time).to_zoned(zone).ok().map(stamp)
}

/// What is said of a command that nobody knows, and of the one that was meant by it.
#[must_use]
pub fn unknown(name: &str, meant: Option<&str>) -> String {
    match meant {
        Some(meant) => format!("unknown command /{name}; did you mean /{meant}? (//{name} says it as text)"),
        None => format!("unknown command /{name}; /help shows all (//{name} says it as text)"),
    }
}

#[cfg(test)]
mod tests;
