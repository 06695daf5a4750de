//! The loop: terminal and sessions in, effects out, drawing when something changed.
//!
//! The terminal is restored on every way out: the end, an error, a panic, a signal.

mod desktop;
mod keeper;
mod question;
mod repair;
mod screen;
mod sessions;

use std::process::ExitCode;
use std::time::Duration;

use crossterm::event::{Event as Input, EventStream};
use futures_util::StreamExt as _;
use jiff::tz::TimeZone;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::client::arguments::Arguments;
use crate::client::known_hosts::KnownHosts;
use crate::client::text::plain;
use crate::clock::Clock;

use super::app::{App, Effect, Message, Start, update};
use super::dialog::Dialog;
use super::input::{self, Keys};
use super::settings::{Settings, ThemeChoice};
use super::theme::{Depth, Ground, Theme};
use super::{start, view};
use desktop::Desktop;
use keeper::Keeper;
use question::{Question, Taken};
use repair::Rows;
use screen::Screen;
use sessions::Sessions;

/// The shortest time between two pictures.
const FRAME: Duration = Duration::from_millis(16);
/// Events of sessions that are taken between two pictures at most.
const EVENTS_AT_ONCE_MAX: usize = 1_000;
/// How often the time goes on.
const TICK: Duration = Duration::from_secs(1);

/// Everything went well.
const OK: u8 = 0;
/// Something failed; standard error says what.
const FAILURE: u8 = 1;

/// Runs the program until its user leaves.
#[must_use]
pub fn run(arguments: &Arguments, settings: Settings) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(serve(arguments, settings));
            // A thread that waits for keys must not hold up the end.
            runtime.shutdown_background();
            ended
        }
        Err(error) => Err(format!("cannot start: {error}")),
    };
    match ended {
        Ok(()) => ExitCode::from(OK),
        Err(error) => {
            eprintln!("chat-secure-client: {error}");
            ExitCode::from(FAILURE)
        }
    }
}

async fn serve(arguments: &Arguments, settings: Settings) -> Result<(), String> {
    let known_hosts = KnownHosts::of_user().map_err(|error| error.to_string())?;
    let depth = depth(arguments);
    let asks = depth != Depth::Mono && is_unknown(&settings.theme);
    let theme = theme(depth, &settings.theme)?;
    let keys = Keys::with(&settings.keys)?;
    let plan = start::plan(arguments, &settings)?;
    let mut screen =
        Screen::open(settings.mouse).map_err(|error| format!("cannot use this terminal: {error}"))?;
    let in_tmux = std::env::var_os("TMUX").is_some();
    let (now, zone, size) = (Clock::System.now(), TimeZone::system(), screen.size());
    let mut app = App::new(Start { now, zone, size, theme, keys, settings, in_tmux });
    let keeper = Keeper::new(app.settings.remember);
    let recalled = keeper.load();
    app.remember(recalled.as_ref().cloned().unwrap_or_default());
    let effects: Vec<_> = plan.logins.into_iter().flat_map(|login| app.connect(login)).collect();
    app.dialogs.extend(plan.forms.into_iter().rev().map(|form| Dialog::Connect(Box::new(form))));
    let sessions = Sessions::new(known_hosts);
    let (question, arguments) = (Question::unasked(), arguments.clone());
    let desktop = Desktop::new();
    let mut program =
        Program { app, arguments, sessions, keeper, desktop, asks, question, depth, over: false };
    program.perform(effects, &mut screen);
    if let Err(error) = recalled {
        program.trouble(format!("what was there the last time is lost: {error}"));
    }
    let ended = program.go_on(&mut screen).await;
    program.keep();
    drop(screen);
    for line in program.app.lost() {
        eprintln!("not sent to {}", line.split('\n').map(plain).collect::<Vec<_>>().join("\n  "));
    }
    ended.map_err(|error| format!("the terminal is gone: {error}"))?;
    match &program.app.distrusted {
        Some(server) => Err(format!("{server} is not trusted; nothing was sent to it")),
        None => Ok(()),
    }
}

/// How many colours are to be used.
fn depth(arguments: &Arguments) -> Depth {
    if arguments.has_color(true) { Depth::of_environment(variable) } else { Depth::Mono }
}

/// Whether only the terminal itself knows its ground. The kernel's own is dark, and answers nothing.
fn is_unknown(choice: &ThemeChoice) -> bool {
    let is_kernels = variable("TERM").is_some_and(|term| term == "linux");
    *choice == ThemeChoice::Auto && !is_kernels && Ground::of_environment(variable).is_none()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The colours of this terminal.
fn theme(depth: Depth, choice: &ThemeChoice) -> Result<Theme, String> {
    Ok(match choice {
        ThemeChoice::Auto => Theme::of(Ground::of_environment(variable).unwrap_or_default(), depth),
        ThemeChoice::Dark => Theme::of(Ground::Dark, depth),
        ThemeChoice::Light => Theme::of(Ground::Light, depth),
        ThemeChoice::File(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("theme: {}: {error}", path.display()))?;
            Theme::parse(&text, path, depth).map_err(|fault| fault.to_string())?
        }
    })
}

struct Program {
    app: App,
    arguments: Arguments,
    sessions: Sessions,
    keeper: Keeper,
    desktop: Desktop,
    /// Whether the terminal is still to be asked for its ground.
    asks: bool,
    question: Question,
    depth: Depth,
    over: bool,
}

impl Program {
    async fn go_on(&mut self, screen: &mut Screen) -> std::io::Result<()> {
        let mut inputs = EventStream::new();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let mut rows = Rows::default();
        let (mut changed, mut drawn) = (true, Instant::now() - FRAME);
        while !self.over {
            if changed && drawn.elapsed() >= FRAME {
                screen.draw(|frame| {
                    view::draw(&self.app, frame);
                    rows.repair(frame.buffer_mut());
                })?;
                if std::mem::take(&mut self.asks) {
                    screen.ring(Ground::QUESTION)?;
                    self.question = Question::default();
                }
                (changed, drawn) = (false, Instant::now());
            }
            self.sessions.flush();
            let (is_held, given_up) = match self.question.until() {
                Some(until) => (true, until),
                None => (false, drawn),
            };
            tokio::select! {
                () = sleep_until(drawn + FRAME), if changed => {}
                input = inputs.next() => match input {
                    Some(Ok(input)) => changed |= self.came(input, screen),
                    Some(Err(error)) => return Err(error),
                    None => self.over = true,
                },
                told = self.sessions.next() => {
                    self.time(screen);
                    self.hear(told, screen);
                    changed = true;
                }
                _ = tick.tick() => {
                    changed |= self.time(screen);
                    if self.keeper.is_due() {
                        self.keep();
                    }
                }
                () = sleep_until(given_up), if is_held => {
                    let inputs = self.question.give_up();
                    changed |= self.typed_all(inputs, screen);
                }
                trouble = self.desktop.refused() => {
                    self.trouble(trouble);
                    changed = true;
                }
                () = either(&mut terminate, &mut hang_up) => self.over = true,
            }
        }
        Ok(())
    }

    /// Takes what came from the terminal, its answer apart.
    fn came(&mut self, input: Input, screen: &mut Screen) -> bool {
        match self.question.take(input) {
            Taken::Held => false,
            Taken::Pass(inputs) => self.typed_all(inputs, screen),
            Taken::Answer(ground) => {
                if let Some(ground) = ground {
                    self.app.theme = Theme::of(ground, self.depth);
                }
                ground.is_some()
            }
        }
    }

    fn typed_all(&mut self, inputs: Vec<Input>, screen: &mut Screen) -> bool {
        inputs.into_iter().fold(false, |changed, input| self.typed(input, screen) | changed)
    }

    fn typed(&mut self, input: Input, screen: &mut Screen) -> bool {
        self.time(screen);
        let Some(message) = input::read(input, &self.app.keys) else {
            return false;
        };
        self.update(message, screen);
        true
    }

    /// Takes what came, and what else is there already.
    fn hear(&mut self, told: sessions::Told, screen: &mut Screen) {
        let mut told = Some(told);
        for _ in 0..EVENTS_AT_ONCE_MAX {
            let Some((server, event)) = told else { return };
            self.update(Message::Told(server, Box::new(event)), screen);
            told = self.sessions.try_next();
        }
        if let Some((server, event)) = told {
            self.update(Message::Told(server, Box::new(event)), screen);
        }
    }

    /// Lets the time go on; whether that is to be seen.
    fn time(&mut self, screen: &mut Screen) -> bool {
        self.update(Message::Time(Clock::System.now()), screen);
        self.app.shows_time()
    }

    fn update(&mut self, message: Message, screen: &mut Screen) {
        let effects = update(&mut self.app, message);
        self.perform(effects, screen);
    }

    fn perform(&mut self, effects: Vec<Effect>, screen: &mut Screen) {
        for effect in effects {
            let trouble = match effect {
                Effect::Connect(id, login) => {
                    self.sessions.connect(id, *login);
                    None
                }
                Effect::Profile(name) => self.go_to(&name, screen).err(),
                Effect::Act(id, action) => self.sessions.act(id, action).err(),
                Effect::Trust(id, login, fingerprint) => self.sessions.trust(id, *login, fingerprint).err(),
                Effect::Ring(bytes) => screen.ring(&bytes).err().map(|error| error.to_string()),
                Effect::Notify(notification) => {
                    self.desktop.show(&notification);
                    None
                }
                Effect::Mouse(on) => screen.take_mouse(on).err().map(|error| error.to_string()),
                Effect::Open(link) => screen::open_link(&link).err().map(|error| error.to_string()),
                Effect::Suspend => screen.suspend().err().map(|error| error.to_string()),
                Effect::Redraw => screen.clear().err().map(|error| error.to_string()),
                Effect::Quit => {
                    self.over = true;
                    None
                }
            };
            if let Some(trouble) = trouble {
                self.trouble(trouble);
            }
        }
    }

    /// Says what went wrong outside.
    fn trouble(&mut self, trouble: String) {
        // It has no effects but a line.
        drop(update(&mut self.app, Message::Trouble(trouble)));
    }

    /// Writes what is to be there the next time.
    fn keep(&mut self) {
        if let Err(error) = self.keeper.save(self.app.memory()) {
            self.trouble(format!("cannot remember for the next time: {error}"));
        }
    }
}

impl Program {
    /// Goes to a server of the settings; a program that asks for the password has the terminal meanwhile.
    fn go_to(&mut self, profile: &str, screen: &mut Screen) -> Result<(), String> {
        let planned = screen.aside(|| start::go_to(profile, &self.arguments, &self.app.settings));
        let plan = planned.map_err(|error| error.to_string())??;
        let effects: Vec<_> = plan.logins.into_iter().flat_map(|login| self.app.visit(login)).collect();
        self.app.dialogs.extend(plan.forms.into_iter().map(|form| Dialog::Connect(Box::new(form))));
        self.perform(effects, screen);
        Ok(())
    }
}

async fn either(one: &mut Signal, other: &mut Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}
