//! The pipe program: lines in, messages out, an exit code that can be believed.
//!
//! Standard output holds messages and answers, standard error everything else. It asks nothing.

use std::io::{BufRead as _, Write as _};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::client::action::Action;
use crate::client::event::{End, Event};
use crate::client::input::{self, Context, Input};
use crate::client::session::Session;
use crate::clock::Clock;

use super::paint::{Painter, Screen};
use super::{Arguments, Ended};

/// How long a script waits for a server that is gone.
pub(super) const OUTAGE_MAX: Duration = Duration::from_secs(300);

const LINES_LEN_MAX: usize = 64;

/// Runs until the input ends and all of it is done.
pub(super) async fn run(session: Session, arguments: &Arguments) -> Result<(), Ended> {
    let Session { actions, mut events } = session;
    let room = arguments.first_room();
    let mut pipe = Pipe {
        painter: Painter::new(arguments.has_color(false), Screen::Pipe),
        room,
        next: None,
        then: None,
        input_ended: false,
        failures: 0,
    };
    let mut lines = read_lines();
    loop {
        tokio::select! {
            line = lines.recv(), if pipe.reads() => pipe.line(line),
            permit = actions.reserve(), if pipe.next.is_some() => {
                if let (Ok(permit), Some(action)) = (permit, pipe.next.take()) {
                    permit.send(action);
                }
            }
            event = events.recv() => match event {
                Some(Event::Ended(End::Quit)) => return pipe.verdict(),
                Some(Event::Ended(End::Fatal(fatal))) => return Err(Ended::Fatal(fatal)),
                Some(event) => pipe.event(&event),
                None => return Err(Ended::Failure("the session ended".into())),
            }
        }
    }
}

struct Pipe {
    painter: Painter,
    room: String,
    /// What is to be done next; nothing is read meanwhile.
    next: Option<Action>,
    /// What is to be done once everything before it is.
    then: Option<Action>,
    input_ended: bool,
    failures: usize,
}

impl Pipe {
    fn reads(&self) -> bool {
        self.next.is_none() && self.then.is_none() && !self.input_ended
    }

    fn line(&mut self, line: Option<Vec<u8>>) {
        let Some(line) = line else {
            return self.finish();
        };
        let Ok(line) = String::from_utf8(line) else {
            return self.fail("a line is not valid UTF-8 and was not sent");
        };
        let context = Context { room: &self.room, now: Clock::System.now(), shortcuts: false };
        match input::read(&line, context) {
            Input::Nothing => {}
            Input::Do(action) => self.act(action),
            Input::In(room, action) => {
                self.room = room;
                action.into_iter().for_each(|action| self.act(action));
            }
            Input::Help => super::paint::help().iter().for_each(|line| eprintln!("{line}")),
            Input::Quit(_) => self.finish(),
            Input::Wrong(text) => self.fail(&text),
        }
    }

    fn act(&mut self, action: Action) {
        self.painter.asked(&action);
        if let Action::Say { .. } = action {
            self.next = Some(action);
        } else {
            // Messages follow each other closely; a command sees all of them done.
            self.settle_then(action);
        }
    }

    /// No more input: what was begun is finished first.
    fn finish(&mut self) {
        self.input_ended = true;
        self.settle_then(Action::Quit { reason: String::new() });
    }

    fn settle_then(&mut self, action: Action) {
        self.next = Some(Action::Settle);
        self.then = Some(action);
    }

    fn event(&mut self, event: &Event) {
        let lines = self.painter.paint(event);
        if let Event::RoomRenamed { from, to, .. } = event
            && from.eq_ignore_ascii_case(&self.room)
        {
            self.room.clone_from(to);
        }
        match event {
            Event::Settled => self.next = self.then.take(),
            Event::Failed { .. } | Event::ShutOut { .. } => lines.iter().for_each(|line| self.fail(line)),
            Event::Said(_)
            | Event::Edited(_)
            | Event::Redacted(_)
            | Event::Members { .. }
            | Event::Rooms(_)
            | Event::Whois { .. }
            | Event::Modes { .. }
            | Event::Topic { .. } => {
                let mut out = std::io::stdout().lock();
                for line in lines {
                    // Who reads no more still wants their messages sent.
                    writeln!(out, "{line}").ok();
                }
                out.flush().ok();
            }
            Event::Secured(_)
            | Event::Online { .. }
            | Event::Abilities(_)
            | Event::Lag(_)
            | Event::SignedUp { .. }
            | Event::Outgoing(_)
            | Event::Reacted(_)
            | Event::Typing { .. }
            | Event::Marked { .. }
            | Event::Conversations(_)
            | Event::CaughtUp { .. }
            | Event::Page(_)
            | Event::NoPage { .. }
            | Event::Account { .. }
            | Event::Mode { .. }
            | Event::Role { .. }
            | Event::TopicSetter { .. }
            | Event::Transfer(_)
            | Event::Offline { .. }
            | Event::Joined { .. }
            | Event::Left { .. }
            | Event::Quit { .. }
            | Event::Renamed { .. }
            | Event::Changed { .. }
            | Event::HistoryEnd { .. }
            | Event::SearchEnd { .. }
            | Event::RoomRenamed { .. }
            | Event::Invited { .. }
            | Event::Info(_)
            | Event::Ended(_) => lines.iter().for_each(|line| eprintln!("{line}")),
        }
    }

    fn fail(&mut self, text: &str) {
        eprintln!("{text}");
        self.failures += 1;
    }

    fn verdict(&self) -> Result<(), Ended> {
        match (self.failures, self.input_ended) {
            (0, true) => Ok(()),
            (0, false) => Err(Ended::Failure("the session ended before the input did".into())),
            (1, _) => Err(Ended::Failure("one thing was not done, see above".into())),
            (count, _) => Err(Ended::Failure(format!("{count} things were not done, see above"))),
        }
    }
}

/// Reads standard input in a thread of its own: it can't be read without blocking.
fn read_lines() -> mpsc::Receiver<Vec<u8>> {
    let (lines, receiver) = mpsc::channel(LINES_LEN_MAX);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().split(b'\n') {
            let Ok(line) = line else { return };
            if lines.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
