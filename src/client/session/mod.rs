//! The driver: one task that keeps a connection and moves lines, actions and events.
//!
//! All decisions are [`State`]'s; here are the socket, the timers and the pauses. Queues are
//! bounded: who gives actions must go on taking events meanwhile, or both stand still.

mod link;
mod transfers;

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use rustls::crypto::aws_lc_rs;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until};

use crate::clock::Clock;

use super::action::Action;
use super::connection::{self, ConnectError, Connection, Server};
use super::event::{End, Event, Fatal};
use super::profile::Profile;
use super::reconnect::Pauses;
use super::state::State;
use super::trust::Policy;
use link::{Link, send};
use transfers::Transfers;

const ACTIONS_LEN_MAX: usize = 64;
const EVENTS_LEN_MAX: usize = 256;
/// Events that may wait inside; beyond, the server is not read from.
const EVENTS_WAITING_MAX: usize = 512;

/// What a session needs to begin.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Where to.
    pub server: Server,
    /// Whom to trust.
    pub policy: Policy,
    /// Who comes.
    pub profile: Profile,
    /// How long an outage may last; `None`: for ever.
    pub give_up_after: Option<Duration>,
}

/// A running session.
#[derive(Debug)]
pub struct Session {
    /// What to do; dropping it quits.
    pub actions: mpsc::Sender<Action>,
    /// What happened; the last one is [`Event::Ended`].
    pub events: mpsc::Receiver<Event>,
}

impl Session {
    /// Starts the task.
    #[must_use]
    pub fn start(setup: Setup) -> Self {
        let (actions, actions_in) = mpsc::channel(ACTIONS_LEN_MAX);
        let (events_out, events) = mpsc::channel(EVENTS_LEN_MAX);
        let driver = Driver {
            state: State::new(setup.profile.clone()),
            setup,
            actions: Some(actions_in),
            events: events_out,
            clock: Clock::System,
            pauses: Pauses::default(),
            transfers: Transfers::default(),
            broken: None,
            hurries: false,
        };
        tokio::spawn(driver.run());
        Self { actions, events }
    }
}

/// Letters and digits that nobody else draws: for [`Profile::nonce`].
#[must_use]
pub fn nonce() -> String {
    let mut bytes = [0; 8];
    fill_random(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fill_random(bytes: &mut [u8]) {
    let drawn = aws_lc_rs::default_provider().secure_random.fill(bytes);
    // Without randomness there would have been no TLS either.
    debug_assert!(drawn.is_ok());
}

struct Driver {
    setup: Setup,
    state: State,
    actions: Option<mpsc::Receiver<Action>>,
    events: mpsc::Sender<Event>,
    clock: Clock,
    pauses: Pauses,
    transfers: Transfers,
    /// Since when there is no connection, after there was one.
    broken: Option<Instant>,
    /// The user wants the next attempt now.
    hurries: bool,
}

impl Driver {
    async fn run(mut self) {
        while !self.state.has_ended() {
            let (server, policy) = (self.setup.server.clone(), self.setup.policy.clone());
            let connected = self.meanwhile(connection::connect(&server, &policy)).await;
            match connected {
                Some(Ok(connection)) => {
                    let reason = self.serve(connection).await;
                    self.lost(reason).await;
                }
                Some(Err(error)) => self.not_connected(error).await,
                None => {}
            }
        }
        while let Some(event) = self.state.take_event() {
            if self.events.send(event).await.is_err() {
                return;
            }
        }
    }

    /// Does something that takes time, and goes on taking actions; `None` once all is over, or if the user
    /// would rather have it anew.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            self.hand_out();
            if self.state.has_ended() || std::mem::take(&mut self.hurries) {
                return None;
            }
            let waiting = self.state.events_len();
            tokio::select! {
                done = &mut work => return Some(done),
                action = next_action(&mut self.actions), if self.state.has_room() => self.act(action),
                told = self.transfers.next(), if waiting < EVENTS_WAITING_MAX => self.state.tell(told),
                heard = someone_takes(&self.events), if waiting > 0 => self.taken(heard),
            }
        }
    }

    async fn not_connected(&mut self, error: ConnectError) {
        match error {
            ConnectError::Untrusted(refusal) => self.end(Fatal::Untrusted(refusal)),
            ConnectError::Name(_) | ConnectError::Policy(_) => {
                self.end(Fatal::Unreachable(error.to_string()));
            }
            ConnectError::Unreachable { .. } | ConnectError::NotTls { .. } => {
                self.retry(error.to_string()).await;
            }
        }
    }

    /// A connection ended.
    async fn lost(&mut self, reason: String) {
        if self.state.is_quitting() {
            self.state.end(End::Quit);
        }
        if self.state.has_ended() {
            return;
        }
        if self.state.is_online() {
            self.pauses.reset();
            self.broken = None;
        }
        let reason = self.state.error().map_or(reason, |error| format!("the server closed: {error}"));
        self.state.disconnected();
        self.retry(reason).await;
    }

    /// Waits for the next attempt, if there is to be one.
    async fn retry(&mut self, reason: String) {
        let broken = *self.broken.get_or_insert_with(Instant::now);
        let too_long = self.setup.give_up_after.is_some_and(|limit| broken.elapsed() >= limit);
        if !self.state.was_online() || too_long {
            return self.end(Fatal::Unreachable(reason));
        }
        let mut jitter = [0];
        fill_random(&mut jitter);
        let retry_in = self.pauses.next(jitter[0]);
        self.state.tell(Event::Offline { reason, retry_in });
        self.hurries = false;
        self.meanwhile(sleep(retry_in)).await;
    }

    fn end(&mut self, fatal: Fatal) {
        self.state.end(End::Fatal(fatal));
    }

    fn act(&mut self, action: Option<Action>) {
        match action {
            Some(Action::Retry) => self.hurries = true,
            Some(action) => self.state.act(action, self.clock.now()),
            None => {
                self.actions = None;
                if !self.state.is_quitting() {
                    self.state.act(Action::Quit { reason: String::new() }, self.clock.now());
                }
            }
        }
    }

    fn taken(&mut self, someone_takes: bool) {
        if !someone_takes {
            self.state.end(End::Quit);
        }
    }

    /// Gives out the events that find room, the rest waits; and the files that are to be sent or fetched.
    fn hand_out(&mut self) {
        while let Some(transfer) = self.transfers.has_room().then(|| self.state.take_transfer()).flatten() {
            self.transfers.start(transfer, self.setup.server.clone(), self.setup.policy.clone());
        }
        while self.state.events_len() > 0 {
            let Ok(permit) = self.events.try_reserve() else {
                return;
            };
            if let Some(event) = self.state.take_event() {
                permit.send(event);
            }
        }
    }

    /// Speaks over a connection until it ends, and says why it did.
    async fn serve(&mut self, connection: Connection) -> String {
        self.state.tell(Event::Secured(connection.security));
        self.state.connected();
        let mut line = Link::new(connection.stream);
        loop {
            self.hand_out();
            line.take_lines(&mut self.state);
            if self.state.has_ended() {
                return String::new();
            }
            let until = match line.deadline(&mut self.state) {
                Ok(until) => until,
                Err(reason) => return reason,
            };
            let (waiting, has_room) = (self.state.events_len(), self.state.has_room());
            tokio::select! {
                read = line.reader.read(&mut line.inbox), if waiting < EVENTS_WAITING_MAX => {
                    match read {
                        Ok(0) => return "the server closed the connection".into(),
                        Ok(len) => line.received(len, &mut self.state, &self.clock),
                        Err(error) => return why_broken(&error),
                    }
                }
                wrote = send(&mut line.writer, &line.outgoing), if line.has_outgoing() => line.wrote(wrote.ok()),
                action = next_action(&mut self.actions), if has_room && line.has_room() => self.act(action),
                told = self.transfers.next(), if waiting < EVENTS_WAITING_MAX => self.state.tell(told),
                heard = someone_takes(&self.events), if waiting > 0 => self.taken(heard),
                () = sleep_until(until.into()) => {}
                _ = line.tick.tick() => self.state.tick(self.clock.now()),
            }
        }
    }
}

/// Waits for ever once nobody can give actions any more.
async fn next_action(actions: &mut Option<mpsc::Receiver<Action>>) -> Option<Action> {
    match actions {
        Some(actions) => actions.recv().await,
        None => std::future::pending().await,
    }
}

fn why_broken(error: &std::io::Error) -> String {
    // Many servers close without TLS's goodbye; nothing depends on it, since lines end in CR LF.
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        return "the server closed the connection".into();
    }
    format!("the connection broke: {error}")
}

/// Whether there is room for an event; `false` once nobody takes them any more.
async fn someone_takes(events: &mpsc::Sender<Event>) -> bool {
    events.reserve().await.is_ok()
}
