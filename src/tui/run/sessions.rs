//! The sessions that run, one for each server: their events come out of one queue.

use std::collections::{HashMap, VecDeque};

use tokio::sync::mpsc;

use crate::client::known_hosts::KnownHosts;
use crate::client::session::{Session, Setup, nonce};
use crate::client::trust::Policy;
use crate::client::{Action, Event, Fingerprint, Profile};

use super::super::app::Login;
use super::super::conversation::ServerId;

/// Events that wait to be taken; beyond, the sessions wait.
const EVENTS_LEN_MAX: usize = 256;
/// Actions that wait for a session; beyond, none is taken.
const ACTIONS_LEN_MAX: usize = 1_000;

/// What a session told.
pub(super) type Told = (ServerId, Event);

/// All of them.
pub(super) struct Sessions {
    known_hosts: KnownHosts,
    running: HashMap<ServerId, Running>,
    /// How many were started: a session that was replaced is not heard any more.
    started: u64,
    events_in: mpsc::Sender<(u64, ServerId, Event)>,
    events: mpsc::Receiver<(u64, ServerId, Event)>,
}

struct Running {
    number: u64,
    actions: mpsc::Sender<Action>,
    waiting: VecDeque<Action>,
}

impl Sessions {
    pub(super) fn new(known_hosts: KnownHosts) -> Self {
        let (events_in, events) = mpsc::channel(EVENTS_LEN_MAX);
        Self { known_hosts, running: HashMap::new(), started: 0, events_in, events }
    }

    /// Starts a session; one that runs under this id ends.
    pub(super) fn connect(&mut self, id: ServerId, login: Login) {
        let Login { server, fingerprint, ca, identity, rooms, opens: _, history_len, profile: _ } = login;
        let policy = Policy { fingerprint, ca, known_hosts: self.known_hosts.clone() };
        let profile = Profile { identity, rooms, history_len, reads: false, watches: true, nonce: nonce() };
        let session = Session::start(Setup { server, policy, profile, give_up_after: None });
        self.started += 1;
        let number = self.started;
        let Session { actions, mut events } = session;
        self.running.insert(id, Running { number, actions, waiting: VecDeque::new() });
        let out = self.events_in.clone();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if out.send((number, id, event)).await.is_err() {
                    return;
                }
            }
        });
    }

    /// Remembers the certificate, then connects.
    pub(super) fn trust(
        &mut self,
        id: ServerId,
        login: Login,
        fingerprint: Fingerprint,
    ) -> Result<(), String> {
        let added = self.known_hosts.add(&login.server, fingerprint);
        added.map_err(|error| format!("cannot remember the server: {error}"))?;
        self.connect(id, login);
        Ok(())
    }

    /// Gives a session something to do, in order.
    pub(super) fn act(&mut self, id: ServerId, action: Action) -> Result<(), String> {
        let running = self.running.get_mut(&id).ok_or("there is no connection to this server")?;
        if running.waiting.len() >= ACTIONS_LEN_MAX {
            return Err("too much waits for the server already".into());
        }
        running.waiting.push_back(action);
        self.flush();
        Ok(())
    }

    /// Hands on what waits, as far as there is room.
    pub(super) fn flush(&mut self) {
        for running in self.running.values_mut() {
            while !running.waiting.is_empty() {
                let Ok(permit) = running.actions.try_reserve() else { break };
                if let Some(action) = running.waiting.pop_front() {
                    permit.send(action);
                }
            }
        }
    }

    /// The next thing told.
    pub(super) async fn next(&mut self) -> Told {
        loop {
            match self.events.recv().await {
                Some(told) => {
                    if let Some(told) = self.heard(told) {
                        return told;
                    }
                }
                // Cannot be: one end of the queue is kept here.
                None => std::future::pending().await,
            }
        }
    }

    /// The same, if it is there already.
    pub(super) fn try_next(&mut self) -> Option<Told> {
        while let Ok(told) = self.events.try_recv() {
            if let Some(told) = self.heard(told) {
                return Some(told);
            }
        }
        None
    }

    fn heard(&mut self, (number, id, event): (u64, ServerId, Event)) -> Option<Told> {
        if self.running.get(&id)?.number != number {
            return None;
        }
        if matches!(event, Event::Ended(_)) {
            self.running.remove(&id);
        }
        Some((id, event))
    }
}
