//! The keys of the settings: what each is called, means, and does. Read by the parser, `--help` and
//! the manual.

use std::path::{Path, PathBuf};

use super::{Server, Settings, ThemeChoice};
use crate::names::{NameError, RoomName};
use crate::tui::document::{Document, Entry, Fault, Table};
use crate::tui::notify::{Desktop, Rules};

/// A key of a table of the file.
pub(super) struct Row<T> {
    pub(super) name: &'static str,
    /// What is written behind it, in short.
    value: &'static str,
    /// What it is if it is not written, as it would be; empty: nothing.
    pub(super) default: &'static str,
    meaning: &'static str,
    set: fn(&mut T, &Entry<'_>) -> Result<(), Fault>,
}

macro_rules! rows {
    ($name:ident: $type:ty { $(
        $(#[doc = $meaning:literal])*
        $key:ident: $value:literal = $default:literal, $set:expr;
    )* }) => {
        pub(super) const $name: &[Row<$type>] = &[$(Row {
            name: stringify!($key),
            value: $value,
            default: $default,
            meaning: concat!($($meaning,)*),
            set: |target, entry| { target.$key = $set(entry)?; Ok(()) },
        },)*];
    };
}

rows! { GENERAL: Settings {
    /// How everything looks: the theme that fits the terminal (auto), dark, light, or the file of an own one.
    theme: "auto|dark|light|FILE" = "\"auto\"", theme;
    /// No frames and one line a message, for screen readers.
    plain: "true|false" = "false", Entry::switch;
    /// Whether the mouse is the program's; if not, the terminal selects text with it.
    mouse: "true|false" = "true", Entry::switch;
    /// Whether others are told that you are typing, and you who is.
    typing: "true|false" = "true", Entry::switch;
    /// Whether the server is told how far you have read, for your other devices.
    read_marks: "true|false" = "true", Entry::switch;
    /// Whether :name: becomes an emoji when it is sent.
    emoji: "true|false" = "true", Entry::switch;
    /// Whether **bold**, *italic*, ~~strike~~, `code` and {red} become formatting when they are sent.
    marks: "true|false" = "true", Entry::switch;
    /// Whether drafts, what you typed before, what is muted and where you were are there again the next time.
    remember: "true|false" = "true", Entry::switch;
    /// People, by nick or account, of whom you want to hear nothing.
    ignore: "[NICK]" = "[]", texts;
    /// Minutes without a key after which you are away; 0 for never.
    away_minutes: "MINUTES" = "15", |entry: &Entry<'_>| entry.number(MINUTES_MAX);
}}

rows! { NOTIFY: Rules {
    /// Whether your nick rings.
    mentions: "true|false" = "true", Entry::switch;
    /// Whether messages to you alone ring.
    direct: "true|false" = "true", Entry::switch;
    /// Words that ring as well.
    keywords: "[WORDS]" = "[]", texts;
    /// Rooms and people that never ring.
    mute: "[ROOM|NICK]" = "[]", texts;
    /// Whether ringing is heard: the terminal's bell.
    bell: "true|false" = "true", Entry::switch;
    /// Whether the terminal shows a notification, and how it is asked: by OSC 9 or OSC 777; or the desktop itself.
    desktop: "off|osc9|osc777|system" = "\"off\"", desktop;
}}

rows! { SERVER: Server {
    /// The server's name or address; the only key that must be there.
    host: "HOST" = "", |entry: &Entry<'_>| entry.read(host);
    /// Its port.
    port: "PORT" = "6697", port;
    /// Your account, on a bouncer with its network: alice/libera; as a guest, your nick.
    user: "NAME" = "", |entry: &Entry<'_>| entry.read(str::parse).map(Some);
    /// Comes without an account, if the server admits guests.
    guest: "true|false" = "false", Entry::switch;
    /// Trusts only the certificate, or with `spki-sha256:` in front the public key, with this SHA-256 fingerprint.
    fingerprint: "SHA256" = "", |entry: &Entry<'_>| entry.read(str::parse).map(Some);
    /// Trusts only certificates that the authorities in this PEM file vouch for.
    ca: "FILE" = "", |entry: &Entry<'_>| entry.read(|text| file(entry, text)).map(Some);
    /// Rooms to enter, beside those that you are in.
    rooms: "[ROOM]" = "[]", |entry: &Entry<'_>| entry.read_all(room);
    /// Whether it is connected to whenever the program starts without a host or a profile.
    autoconnect: "true|false" = "false", Entry::switch;
    /// The program that prints your password or token, with its arguments: ["pass", "show", "chat"].
    password_command: "[PROGRAM, ARGUMENT]" = "[]", texts;
}}

/// A week.
const MINUTES_MAX: u32 = 7 * 24 * 60;

fn theme(entry: &Entry<'_>) -> Result<ThemeChoice, Fault> {
    entry.read(|text| match text {
        "auto" => Ok(ThemeChoice::Auto),
        "dark" => Ok(ThemeChoice::Dark),
        "light" => Ok(ThemeChoice::Light),
        path if path.ends_with(".toml") => file(entry, path).map(ThemeChoice::File),
        other => Err(format!("{other:?} is none of auto, dark, light, and no file of the form NAME.toml")),
    })
}

/// A path, which begins in the settings' folder if it begins nowhere else.
fn file(entry: &Entry<'_>, text: &str) -> Result<PathBuf, String> {
    match text.strip_prefix("~/") {
        _ if text.is_empty() => Err("must name a file".into()),
        Some(_) => {
            Err("~ is not understood here: write the whole path, or one from this file's folder on".into())
        }
        None => Ok(entry.folder().join(text)),
    }
}

fn texts(entry: &Entry<'_>) -> Result<Vec<String>, Fault> {
    entry.read_all(|text| match text.trim() {
        "" => Err("must not be empty"),
        _ => Ok(text.to_owned()),
    })
}

fn desktop(entry: &Entry<'_>) -> Result<Desktop, Fault> {
    entry.read(|text| {
        let found = Desktop::ALL.iter().find(|(name, _)| *name == text);
        match found.map(|(_, desktop)| *desktop) {
            Some(Desktop::System) if !cfg!(feature = "desktop") => {
                Err("\"system\" needs a program that is built with --features desktop".to_owned())
            }
            Some(desktop) => Ok(desktop),
            None => Err(format!("{text:?} is none of off, osc9, osc777, system")),
        }
    })
}

fn host(text: &str) -> Result<String, String> {
    let host = text.trim_start_matches('[').trim_end_matches(']');
    let is_host = !host.is_empty()
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%'));
    if is_host {
        Ok(host.to_owned())
    } else {
        Err(format!("{text:?} is no host name; the port is a key of its own"))
    }
}

fn port(entry: &Entry<'_>) -> Result<u16, Fault> {
    let number = entry.number(u32::from(u16::MAX))?;
    u16::try_from(number).ok().filter(|port| *port > 0).ok_or_else(|| entry.fault("must be from 1 to 65535"))
}

/// A room's name, with or without its `#`, as on the command line.
fn room(text: &str) -> Result<RoomName, NameError> {
    if text.starts_with('#') { RoomName::parse(text) } else { RoomName::parse(&format!("#{text}")) }
}

/// Sets all that a table says.
pub(super) fn apply<T>(rows: &[Row<T>], target: &mut T, table: Table<'_>, others: &str) -> Result<(), Fault> {
    table.entries().iter().try_for_each(|entry| set(rows, target, entry, others))
}

/// Sets what one entry says; `others` are keys that exist beside the rows.
pub(super) fn set<T>(rows: &[Row<T>], target: &mut T, entry: &Entry<'_>, others: &str) -> Result<(), Fault> {
    match rows.iter().find(|row| row.name == entry.name) {
        Some(row) => (row.set)(target, entry),
        None if entry.name == "password" => Err(entry.fault(
            "passwords are not kept in this file: name a program that prints it, such as \
             password_command = [\"pass\", \"show\", \"chat\"]",
        )),
        None => Err(entry.unknown(rows.iter().map(|row| row.name).chain(others.split_whitespace()))),
    }
}

/// Sets what the environment says.
pub(super) fn apply_variables<T>(
    rows: &[Row<T>],
    target: &mut T,
    prefix: &str,
    var: &impl Fn(&str) -> Option<String>,
) -> Result<(), Fault> {
    for row in rows {
        let name = format!("CHAT_SECURE_CLIENT_{prefix}{}", row.name.to_ascii_uppercase());
        let Some(text) = var(&name) else { continue };
        let quoted = |text: &str| toml::Value::String(text.trim().to_owned()).to_string();
        let value = match row.default.as_bytes().first() {
            Some(b'[') => {
                let items = text.split(',').filter(|item| !item.trim().is_empty()).map(quoted);
                format!("[{}]", items.collect::<Vec<_>>().join(", "))
            }
            Some(b'"') | None => quoted(&text),
            // A switch or a number; what is neither is a fault in the key's own words.
            Some(_) if is_bare(&text) => text,
            Some(_) => quoted(&text),
        };
        let text = format!("{} = {value}", row.name);
        let table = Document::parse(&text, Path::new(&name))?;
        apply(rows, target, table, "")?;
    }
    Ok(())
}

fn is_bare(text: &str) -> bool {
    matches!(text, "true" | "false") || text.parse::<u32>().is_ok_and(|number| number.to_string() == text)
}

/// All keys, for `--help`.
#[must_use]
pub fn help() -> String {
    let mut text = String::new();
    let mut add = |title: &str, rows: Vec<(String, &str, &str)>| {
        text.push_str(&format!("{title}\n"));
        for (left, meaning, default) in rows {
            let default = if default.is_empty() { String::new() } else { format!(" [default: {default}]") };
            text.push_str(&format!("  {left}\n          {}{default}\n", meaning.trim()));
        }
    };
    add("Settings:", told(GENERAL));
    add("[notify]", told(NOTIFY));
    add("[server.NAME], for --profile NAME", told(SERVER));
    add(
        "[keys]",
        vec![("ACTION = \"KEY\" or [\"KEY\", …]".into(), "Which keys do what; F1 shows the actions.", "")],
    );
    text
}

fn told<T>(rows: &[Row<T>]) -> Vec<(String, &'static str, &'static str)> {
    rows.iter().map(|row| (format!("{} = {}", row.name, row.value), row.meaning, row.default)).collect()
}

/// All keys, as tables of the manual.
#[must_use]
pub fn page() -> String {
    let mut page = String::new();
    let mut add = |title: &str, rows: Vec<[String; 4]>| {
        let gap = if page.is_empty() { "" } else { "\n" };
        page.push_str(&format!(
            "{gap}### {title}\n\n| key | value | default | meaning |\n|---|---|---|---|\n"
        ));
        for cells in rows {
            page.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
    };
    add("Everywhere", cells(GENERAL));
    add("`[notify]`", cells(NOTIFY));
    add("`[server.NAME]`", cells(SERVER));
    page
}

fn cells<T>(rows: &[Row<T>]) -> Vec<[String; 4]> {
    let code =
        |text: &str| if text.is_empty() { "–".into() } else { format!("`{}`", text.replace('|', "\\|")) };
    let row = |row: &Row<T>| {
        [
            code(row.name),
            code(row.value),
            code(row.default),
            row.meaning.trim().replace('*', "\\*").replace('~', "\\~"),
        ]
    };
    rows.iter().map(row).collect()
}

/// The names of all keys, for tests.
#[cfg(test)]
pub(super) fn names() -> Vec<&'static str> {
    let server = SERVER.iter().map(|row| row.name);
    GENERAL.iter().map(|row| row.name).chain(NOTIFY.iter().map(|row| row.name)).chain(server).collect()
}

/// A file that says what is so without it, for tests.
#[cfg(test)]
pub(super) fn defaults() -> String {
    format!("{}[notify]\n{}", written(GENERAL), written(NOTIFY))
}

/// The same of a server but its host, for tests.
#[cfg(test)]
pub(super) fn server_defaults() -> String {
    written(SERVER)
}

#[cfg(test)]
fn written<T>(rows: &[Row<T>]) -> String {
    let given = rows.iter().filter(|row| !row.default.is_empty());
    given.map(|row| format!("{} = {}\n", row.name, row.default)).collect()
}
