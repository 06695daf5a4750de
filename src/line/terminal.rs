//! The terminal program: a prompt below, the conversation above it.
//!
//! What arrives never disturbs what is being typed. Input stays in memory: nothing that was typed
//! is written to a file.

use std::io::Write as _;

use rustix::termios::{self, OptionalActions, Termios};
use rustyline::error::ReadlineError;
use rustyline::{Config, DefaultEditor, ExternalPrinter};
use tokio::sync::mpsc;

use crate::client::action::Action;
use crate::client::event::{End, Event};
use crate::client::input::{self, Context, Input};
use crate::client::session::Session;
use crate::clock::Clock;

use super::paint::{Painter, Screen};
use super::{Arguments, Ended};

/// Messages shown on entering a room.
pub(super) const HISTORY_LEN: usize = 20;

const INPUT_HISTORY_LEN: usize = 500;
/// Lines typed ahead of a prompt: one, because there is one prompt.
const TYPED_LEN_MAX: usize = 1;

/// Runs until the user leaves.
pub(super) async fn run(session: Session, arguments: &Arguments) -> Result<(), Ended> {
    let Session { actions, mut events } = session;
    let saved = Saved::now();
    let (mut keyboard, printer) =
        Keyboard::start().map_err(|error| Ended::Failure(format!("cannot use this terminal: {error}")))?;
    let mut terminal = Terminal {
        painter: Painter::new(arguments.has_color(true), Screen::Terminal),
        printer: Box::new(printer),
        room: arguments.first_room(),
        rooms: Vec::new(),
        next: None,
        interrupted: false,
        greeted: false,
        online: false,
        leaving: false,
    };
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
            event = events.recv() => match event {
                Some(Event::Ended(End::Quit)) | None => break Ok(()),
                Some(Event::Ended(End::Fatal(fatal))) => break Err(Ended::Fatal(fatal)),
                Some(event) => {
                    terminal.event(&event);
                    if matches!(event, Event::Online { again: false, .. }) {
                        keyboard.prompt(terminal.prompt());
                    }
                }
            }
        }
    };
    saved.restore(terminal.greeted && !terminal.leaving);
    ended
}

struct Terminal {
    painter: Painter,
    printer: Box<dyn ExternalPrinter + Send>,
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
            // A terminal that is gone ends the input, and with it the program.
            self.printer.print(lines.join("\n") + "\n").ok();
        }
    }
}

/// What came from the keyboard.
enum Typed {
    Line(String),
    Interrupt,
    End,
}

/// The line editor, in a thread of its own: it blocks. It waits for a prompt before each line.
struct Keyboard {
    typed: mpsc::Receiver<Typed>,
    prompts: mpsc::Sender<String>,
}

impl Keyboard {
    fn start() -> rustyline::Result<(Self, impl ExternalPrinter + Send + 'static)> {
        let config = Config::builder().max_history_size(INPUT_HISTORY_LEN)?.auto_add_history(true).build();
        let mut editor = DefaultEditor::with_config(config)?;
        let printer = editor.create_external_printer()?;
        let (typed_in, typed) = mpsc::channel(TYPED_LEN_MAX);
        let (prompts, mut prompts_out) = mpsc::channel::<String>(1);
        std::thread::spawn(move || {
            while let Some(prompt) = prompts_out.blocking_recv() {
                let read = match editor.readline(&prompt) {
                    Ok(line) => Typed::Line(line),
                    Err(ReadlineError::Interrupted) => Typed::Interrupt,
                    Err(_) => Typed::End,
                };
                if typed_in.blocking_send(read).is_err() {
                    return;
                }
            }
        });
        Ok((Self { typed, prompts }, printer))
    }

    /// Asks for the next line. One prompt at a time: a second one finds no room and is not needed.
    fn prompt(&self, prompt: String) {
        self.prompts.try_send(prompt).ok();
    }
}

/// How the terminal was before: the editor's thread may be in the middle of a line at the end.
struct Saved(Option<Termios>);

impl Saved {
    fn now() -> Self {
        Self(termios::tcgetattr(std::io::stdin()).ok())
    }

    fn restore(self, below_prompt: bool) {
        if let Some(saved) = self.0 {
            termios::tcsetattr(std::io::stdin(), OptionalActions::Now, &saved).ok();
        }
        if below_prompt {
            let mut out = std::io::stdout().lock();
            writeln!(out).and_then(|()| out.flush()).ok();
        }
    }
}
