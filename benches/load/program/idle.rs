//! The work `idle`: what a connection in a room costs a server in memory while nobody speaks.
//!
//! Memory that a server keeps from an earlier round counts: each round is measured against the
//! server as it was before the first.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::arguments::Idle;
use super::crowd::{Door, each};
use super::figures::Figures;
use super::progress::Progress;
use super::rounds::{Work, settle};

/// Connections that do nothing.
pub(crate) struct Idling {
    connections: usize,
    members: usize,
    /// Each server's memory before the first round, in KiB.
    before_kib: Mutex<HashMap<String, f64>>,
}

impl From<&Idle> for Idling {
    fn from(arguments: &Idle) -> Self {
        let Idle { connections, members, .. } = *arguments;
        Self { connections, members, before_kib: Mutex::default() }
    }
}

impl Work for Idling {
    fn connections(&self) -> usize {
        self.connections
    }

    fn parameters(&self) -> Value {
        json!({ "connections": self.connections, "members of a room": self.members })
    }

    async fn round(&self, door: &Door, progress: &Progress) -> Result<Figures> {
        let name = &door.peer().name;
        let Some(process) = door.peer().process else { bail!("the memory of {name} needs its pid") };
        let now = process.rss_kib()?;
        let before = *self
            .before_kib
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(name.clone())
            .or_insert(now);
        let listeners = each(self.connections, door.concurrency(), |number| {
            let (door, room) = (door.clone(), door.room(number / self.members));
            async move {
                let mut connection = door.enter(number).await?;
                connection.join(&room).await.with_context(|| door.peer().name.clone())?;
                Ok(tokio::spawn(async move { while connection.line().await.is_ok() {} }))
            }
        });
        let listeners = listeners.await?;
        progress.now(&format!("{name}: {} are in, waiting until it is quiet", self.connections));
        settle(door.peer()).await?;
        let after = process.rss_kib()?;
        let gone = listeners.iter().filter(|listener| listener.is_finished()).count();
        listeners.iter().for_each(tokio::task::JoinHandle::abort);
        if gone > 0 {
            bail!("{name} dropped {gone} of {} connections", self.connections);
        }
        let mut figures = Figures::default();
        figures.add("KiB/connection", (after - before) / self.connections as f64);
        figures.add("server memory MiB", after / 1024.0);
        Ok(figures)
    }
}
