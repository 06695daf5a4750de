//! Keys and mouse made into messages, by one table: every action has a name, its keys, and a line in the help.
//!
//! Knows key presses, not what the screen shows; does nothing itself.

use std::collections::HashMap;

use crossterm::event::{Event, KeyEvent, KeyEventKind, MouseButton, MouseEventKind};

use super::app::{Message, Pointer};
use super::settings::chord::Chord;

/// What a key of the table does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Shows all keys.
    Help,
    /// Sends what is typed; in a dialog: yes.
    Send,
    /// Another line.
    NewLine,
    /// Completes a word.
    Complete,
    /// The other way round.
    CompleteBack,
    /// Closes what is open, gives up what was begun.
    Cancel,
    /// Up: in the text, among earlier input; on an empty input: edits the last message.
    Up,
    /// Down.
    Down,
    /// Input typed before.
    Older,
    /// Input typed after that.
    Newer,
    /// Goes to a conversation by its name.
    Switch,
    /// The conversation below.
    Next,
    /// The one above.
    Previous,
    /// The one with this number in the list; 0 stands for all of them.
    Numbered(u8),
    /// The next one with something new.
    NextUnread,
    /// The one before the current one.
    Last,
    /// A screen up.
    PageUp,
    /// A screen down.
    PageDown,
    /// Some rows up.
    RowUp,
    /// Some rows down.
    RowDown,
    /// To the first new message.
    ToNew,
    /// To the latest message.
    ToEnd,
    /// Chooses the message above.
    ChooseUp,
    /// Chooses the message below.
    ChooseDown,
    /// Answers the chosen message, or the last one of somebody else.
    Reply,
    /// Reacts to it.
    React,
    /// Edits it, or one's last one.
    Edit,
    /// Takes it back.
    Delete,
    /// Opens a link in it.
    OpenLink,
    /// Gives it to the clipboard.
    Copy,
    /// Looks for messages.
    Search,
    /// Goes to a date.
    Goto,
    /// Shows or hides the conversations.
    List,
    /// Shows or hides the people.
    People,
    /// Shows nothing but messages, and leaves the mouse to the terminal; or all again.
    Bare,
    /// Tells of nothing from here, or does again.
    Mute,
    /// Goes to another server.
    Connect,
    /// Draws everything anew.
    Redraw,
    /// Goes to the background.
    Suspend,
    /// Gives up what is typed; twice: leaves.
    Interrupt,
    /// Leaves.
    Quit,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// What is done.
    pub command: Command,
    /// Its name, for the settings.
    pub name: &'static str,
    /// The keys that do it, if nobody says otherwise.
    pub keys: &'static [&'static str],
    /// What it does, for the help.
    pub help: &'static str,
}

const fn row(
    command: Command,
    name: &'static str,
    keys: &'static [&'static str],
    help: &'static str,
) -> Binding {
    Binding { command, name, keys, help }
}

/// All of them, in the order of the help.
pub const TABLE: &[Binding] = &[
    row(Command::Help, "help", &["f1"], "this help"),
    row(Command::Send, "send", &["enter"], "sends what is typed; in a dialog: yes"),
    row(
        Command::NewLine,
        "new-line",
        &["alt-enter", "shift-enter", "ctrl-j"],
        "another line in the same message",
    ),
    row(Command::Complete, "complete", &["tab"], "completes a nick, room, command or :emoji:"),
    row(Command::CompleteBack, "complete-back", &["shift-tab"], "the one before"),
    row(Command::Cancel, "cancel", &["esc"], "closes what is open, gives up a reply or an edit"),
    row(Command::Up, "up", &["up"], "with nothing typed: edits your last message; else earlier input"),
    row(Command::Down, "down", &["down"], "later input"),
    row(Command::Older, "older-input", &["ctrl-up"], "what you typed before"),
    row(Command::Newer, "newer-input", &["ctrl-down"], "what you typed after that"),
    row(Command::Switch, "switch", &["ctrl-k"], "goes to a conversation by its name"),
    row(Command::Next, "next", &["alt-down", "ctrl-n"], "the conversation below"),
    row(Command::Previous, "previous", &["alt-up", "ctrl-p"], "the conversation above"),
    row(
        Command::Numbered(0),
        "numbered",
        &["alt-1", "alt-2", "alt-3", "alt-4", "alt-5", "alt-6", "alt-7", "alt-8", "alt-9"],
        "the conversation with this number: the first key goes to the first",
    ),
    row(Command::NextUnread, "next-unread", &["alt-a"], "the next conversation with something new"),
    row(Command::Last, "last", &["alt-l"], "back to the conversation before this one"),
    row(Command::PageUp, "page-up", &["pageup"], "a screen up; further up older messages are fetched"),
    row(Command::PageDown, "page-down", &["pagedown"], "a screen down"),
    row(Command::RowUp, "scroll-up", &["alt-pageup"], "three rows up"),
    row(Command::RowDown, "scroll-down", &["alt-pagedown"], "three rows down"),
    row(Command::ToNew, "to-new", &["alt-n"], "to the first new message"),
    row(Command::ToEnd, "to-end", &["ctrl-end", "alt-end"], "to the latest message"),
    row(Command::ChooseUp, "choose-up", &["shift-up", "alt-k"], "chooses a message to answer, edit …"),
    row(Command::ChooseDown, "choose-down", &["shift-down", "alt-j"], "chooses the message below"),
    row(Command::Reply, "reply", &["alt-r"], "answers the chosen message, or the last one"),
    row(Command::React, "react", &["alt-e"], "reacts to it"),
    row(Command::Edit, "edit", &["alt-c"], "changes it, if it is yours"),
    row(Command::Delete, "delete", &["alt-delete"], "takes it back, if it is yours"),
    row(Command::OpenLink, "open-link", &["alt-o"], "opens a link in it"),
    row(Command::Copy, "copy", &["alt-y"], "gives its text to the terminal's clipboard"),
    row(Command::Search, "search", &["ctrl-f"], "finds messages by their words"),
    row(Command::Goto, "goto", &["ctrl-g"], "goes to a date"),
    row(Command::List, "list", &["f7"], "shows or hides the conversations"),
    row(Command::People, "people", &["f8"], "shows or hides the people"),
    row(
        Command::Bare,
        "bare",
        &["f9"],
        "shows messages only and frees the mouse, to select text; or all again",
    ),
    row(Command::Mute, "mute", &["alt-m"], "no bell from this conversation, or again"),
    row(Command::Connect, "connect", &["f2"], "goes to another server"),
    row(Command::Redraw, "redraw", &["ctrl-l"], "draws the screen anew"),
    row(Command::Suspend, "suspend", &["ctrl-z"], "to the background; `fg` returns"),
    row(Command::Interrupt, "interrupt", &["ctrl-c"], "gives up what is typed; twice: leaves"),
    row(Command::Quit, "quit", &["ctrl-q"], "leaves"),
];

/// Of more keys for one thing only the first and the last are shown.
const SHOWN_LEN_MAX: usize = 4;

/// Which key does what.
#[derive(Clone, Debug)]
pub struct Keys {
    commands: HashMap<Chord, Command>,
    chords: HashMap<Command, Vec<Chord>>,
}

impl Default for Keys {
    fn default() -> Self {
        let chords = |row: &Binding| row.keys.iter().filter_map(|key| key.parse().ok()).collect();
        let chords: HashMap<Command, Vec<Chord>> =
            TABLE.iter().map(|row| (row.command, chords(row))).collect();
        Self { commands: by_chord(&chords), chords }
    }
}

impl Keys {
    /// The table with other keys for these actions; a key that another action had is that one's no longer.
    ///
    /// # Errors
    /// One of the names is no action's.
    pub fn with(settings: &[(String, Vec<Chord>)]) -> Result<Self, String> {
        let mut keys = Self::default();
        for (name, chords) in settings {
            let row = TABLE.iter().find(|row| row.name == name);
            let command = row.ok_or_else(|| format!("there is no action {name}"))?.command;
            keys.chords.values_mut().for_each(|others| others.retain(|other| !chords.contains(other)));
            keys.chords.insert(command, chords.clone());
        }
        keys.commands = by_chord(&keys.chords);
        Ok(keys)
    }

    /// What the key does, if it is one of the table.
    #[must_use]
    pub fn command(&self, key: KeyEvent) -> Option<Command> {
        self.commands.get(&Chord::of(&key)).copied()
    }

    /// The keys of a command, as they are written.
    #[must_use]
    pub fn of(&self, command: Command) -> String {
        let chords = self.chords.get(&command).map(Vec::as_slice).unwrap_or_default();
        match chords {
            [first, .., last] if chords.len() > SHOWN_LEN_MAX => format!("{first} … {last}"),
            chords => chords.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        }
    }
}

fn by_chord(chords: &HashMap<Command, Vec<Chord>>) -> HashMap<Chord, Command> {
    let pairs = chords.iter().flat_map(|(command, chords)| {
        let numbered = (1..).zip(chords);
        numbered.map(move |(number, chord)| {
            let is_numbered = matches!(command, Command::Numbered(_));
            (*chord, if is_numbered { Command::Numbered(number) } else { *command })
        })
    });
    pairs.collect()
}

/// The names of all actions, for the settings.
#[must_use]
pub fn names() -> Vec<&'static str> {
    TABLE.iter().map(|row| row.name).collect()
}

/// What an event of the terminal means; `None`: nothing.
#[must_use]
pub fn read(event: Event, keys: &Keys) -> Option<Message> {
    match event {
        Event::Key(key) if key.kind == KeyEventKind::Release => None,
        Event::Key(key) => Some(keys.command(key).map_or(Message::Key(key), Message::Command)),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(columns, rows) => Some(Message::Resize(columns, rows)),
        Event::FocusGained => Some(Message::Focus(true)),
        Event::FocusLost => Some(Message::Focus(false)),
        Event::Mouse(mouse) => {
            let pointer = match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => Pointer::Click,
                MouseEventKind::ScrollUp => Pointer::Up,
                MouseEventKind::ScrollDown => Pointer::Down,
                MouseEventKind::Down(MouseButton::Right | MouseButton::Middle)
                | MouseEventKind::Up(_)
                | MouseEventKind::Drag(_)
                | MouseEventKind::Moved
                | MouseEventKind::ScrollLeft
                | MouseEventKind::ScrollRight => return None,
            };
            Some(Message::Mouse(pointer, mouse.column, mouse.row))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyModifiers};

    #[test]
    fn every_row_has_a_name_of_its_own_and_keys_that_nothing_else_has() {
        let mut names: Vec<_> = TABLE.iter().map(|row| row.name).collect();
        let mut keys: Vec<_> = TABLE
            .iter()
            .flat_map(|row| row.keys)
            .map(|key| key.parse::<Chord>().unwrap().to_string())
            .collect();
        let (names_len, keys_len) = (names.len(), keys.len());
        names.sort_unstable();
        names.dedup();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!((names.len(), keys.len()), (names_len, keys_len));
        assert!(TABLE.iter().all(|row| !row.help.is_empty() && !row.keys.is_empty()));
    }

    #[test]
    fn a_key_means_the_same_in_all_its_forms() {
        let keys = Keys::default();
        for (code, modifiers, command) in [
            (KeyCode::Char('k'), KeyModifiers::CONTROL, Some(Command::Switch)),
            (KeyCode::Char('K'), KeyModifiers::CONTROL | KeyModifiers::SHIFT, Some(Command::Switch)),
            (KeyCode::BackTab, KeyModifiers::SHIFT, Some(Command::CompleteBack)),
            (KeyCode::Char('k'), KeyModifiers::NONE, None),
        ] {
            assert_eq!(keys.command(KeyEvent::new(code, modifiers)), command, "{code:?}");
        }
    }
}
