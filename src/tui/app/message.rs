//! What goes in and what comes out.

use crossterm::event::KeyEvent;

use crate::client::{Action, Event, Fingerprint};
use crate::clock::Timestamp;

use super::super::conversation::ServerId;
use super::super::input::Command;
use super::super::notify::Notification;
use super::Login;

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// Time went on.
    Time(Timestamp),
    /// The screen has another size: columns and rows.
    Resize(u16, u16),
    /// A key of the table.
    Command(Command),
    /// Another key.
    Key(KeyEvent),
    /// Text was put in.
    Paste(String),
    /// The mouse.
    Mouse(Pointer, u16, u16),
    /// The terminal is in front, or not.
    Focus(bool),
    /// A session told something.
    Told(ServerId, Box<Event>),
    /// Something outside did not work.
    Trouble(String),
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// The left button.
    Click,
    /// The wheel, upward.
    Up,
    /// The wheel, downward.
    Down,
}

/// What is to be done outside.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Starts a session; one that runs under this id ends.
    Connect(ServerId, Box<Login>),
    /// Gives a session an action.
    Act(ServerId, Action),
    /// Goes to a server of the settings.
    Profile(String),
    /// Remembers a server's certificate, then connects.
    Trust(ServerId, Box<Login>, Fingerprint),
    /// Gives the terminal these bytes, which call for attention.
    Ring(String),
    /// Has the desktop show this.
    Notify(Notification),
    /// Takes the mouse, or leaves it to the terminal.
    Mouse(bool),
    /// Opens a link.
    Open(String),
    /// Goes to the background.
    Suspend,
    /// Draws everything anew.
    Redraw,
    /// Leaves the program.
    Quit,
}
