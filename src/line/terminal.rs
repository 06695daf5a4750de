//! The terminal program: a prompt below, the conversation above it.
//!
//! What arrives never disturbs what is being typed. Input stays in memory: nothing that was typed
//! is written to a file.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use crate::client::action::Action;
use crate::client::event::{End, Event};
use crate::client::input::{self, Context, Input};
use crate::client::session::Session;
use crate::clock::Clock;

use super::keyboard::{Keyboard, Saved, Typed};
use super::paint::{Painter, Screen};
use super::{Arguments, Ended};

/// Messages shown on entering a room.
pub(super) const HISTORY_LEN: usize = 20;

/// Texts that wait to be printed; beyond, no event is taken.
const TO_PRINT_LEN_MAX: usize = 64;

/// Runs until the user leaves.
pub(super) async fn run(session: Session, arguments: &Arguments) -> Result<(), Ended> {
    let Session { actions, mut events } = session;
    let saved = Saved::now();
    let mut keyboard =
        Keyboard::start().map_err(|error| Ended::Failure(format!("cannot use this terminal: {error}")))?;
    let mut terminal = Terminal {
        painter: Painter::new(arguments.has_color(true), Screen::Terminal),
        to_print: VecDeque::new(),
        room: String::new(),
        rooms: Vec::new(),
        next: None,
        interrupted: false,
        greeted: false,
        online: false,
        leaving: false,
    };
    terminal.switch(arguments.first_room());
    let ended = loop {
        tokio::select! {
            typed = keyboard.typed.recv(), if terminal.next.is_none() => {
                terminal.typed(typed.unwrap_or(Typed::End));
                if !terminal.leaving {
                    keyboard.prompt(terminal.prompt());
                }
            }
            permit = actions.reserve(), if terminal.next.is_some() => {
                if let (Ok(permit), Some(action)) = (permit, terminal.next.take()) {
                    permit.send(action);
                }
            }
            permit = keyboard.prints.reserve(), if !terminal.to_print.is_empty() && !terminal.leaving => {
                if let (Ok(permit), Some(text)) = (permit, terminal.to_print.pop_front()) {
                    permit.send(text);
                }
            }
            event = events.recv(), if terminal.to_print.len() < TO_PRINT_LEN_MAX || terminal.leaving => match event {
                Some(Event::Ended(End::Quit)) | None => break Ok(()),
                // Whoever was in can't be asked again: the editor still holds the keyboard.
                Some(Event::Ended(End::Fatal(fatal))) if terminal.greeted => {
                    break Err(Ended::Failure(fatal.to_string()));
                }
                Some(Event::Ended(End::Fatal(fatal))) => break Err(Ended::Fatal(fatal)),
                Some(event) => {
                    terminal.event(&event);
                    keyboard.echoes.store(terminal.online, Ordering::Relaxed);
                    if matches!(event, Event::Online { again: false, .. }) {
                        keyboard.prompt(terminal.prompt());
                    }
                }
            }
        }
    };
    saved.restore(terminal.greeted && !terminal.leaving);
    // The editor's thread may not print any more, whether it still edits or not.
    terminal.to_print.iter().for_each(|text| print!("{text}"));
    ended
}

struct Terminal {
    painter: Painter,
    to_print: VecDeque<String>,
    /// The current room.
    room: String,
    /// Those one is in.
    rooms: Vec<String>,
    next: Option<Action>,
    interrupted: bool,
    greeted: bool,
    online: bool,
    leaving: bool,
}

impl Terminal {
    fn prompt(&self) -> String {
        format!("{}> ", crate::client::text::plain(&self.room))
    }

    fn typed(&mut self, typed: Typed) {
        let line = match typed {
            Typed::Line(line) => line,
            Typed::End => return self.quit(String::new()),
            Typed::Interrupt if self.interrupted => return self.quit(String::new()),
            Typed::Interrupt => {
                self.interrupted = true;
                return self.print(&["(Ctrl-C again, Ctrl-D or /quit leaves)".into()]);
            }
        };
        self.interrupted = false;
        let context = Context { room: &self.room, now: Clock::System.now(), shortcuts: true };
        match input::read(&line, context) {
            Input::Nothing => {}
            Input::Do(action) => self.act(action),
            Input::In(room, action) => {
                self.switch(room);
                action.into_iter().for_each(|action| self.act(action));
            }
            Input::Help => self.print(&super::paint::help()),
            Input::Quit(reason) => self.quit(reason),
            Input::Wrong(text) => {
                let line = self.painter.error(&text);
                self.print(&[line]);
            }
        }
    }

    fn act(&mut self, action: Action) {
        self.painter.asked(&action);
        if let (Action::Say { .. }, false) = (&action, self.online) {
            self.print(&["(kept until the connection is back)".into()]);
        }
        self.next = Some(action);
    }

    fn quit(&mut self, reason: String) {
        self.leaving = true;
        self.next = Some(Action::Quit { reason });
    }

    fn event(&mut self, event: &Event) {
        let lines = self.painter.paint(event);
        if let Event::Online { .. } = event {
            self.greeted = true;
            self.online = true;
        } else if let Event::Offline { .. } = event {
            self.online = false;
        } else if let Event::Joined { room, own: true, .. } = event {
            self.rooms.push(room.clone());
        } else if let Event::RoomRenamed { from, to, .. } = event {
            let renamed = self.rooms.iter_mut().filter(|room| room.eq_ignore_ascii_case(from));
            renamed.for_each(|room| room.clone_from(to));
            if from.eq_ignore_ascii_case(&self.room) {
                self.switch(to.clone());
            }
        } else if let Event::Left { room, own: true, .. } = event {
            self.rooms.retain(|other| !other.eq_ignore_ascii_case(room));
            let was_here = room.eq_ignore_ascii_case(&self.room);
            if let Some(other) = self.rooms.last().filter(|_| was_here).cloned() {
                self.switch(other);
            }
        }
        self.print(&lines);
    }

    fn switch(&mut self, room: String) {
        self.painter.room.clone_from(&room);
        self.room = room;
    }

    fn print(&mut self, lines: &[String]) {
        if !lines.is_empty() {
            self.to_print.push_back(lines.join("\n") + "\n");
        }
    }
}
