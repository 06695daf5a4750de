//! The work `connect`: TLS handshakes without resumption, each with a registration.
//!
//! A connection that does not get in fails the run.

use anyhow::Result;
use serde_json::{Value, json};

use super::arguments::Connect;
use super::crowd::{Door, each};
use super::figures::{Figures, new_histogram};
use super::gate::Clock;
use super::progress::Progress;
use super::rounds::{Usage, Work};

impl Work for Connect {
    fn connections(&self) -> usize {
        self.common.concurrency
    }

    fn parameters(&self) -> Value {
        json!({ "connects": self.total, "at one time": self.common.concurrency })
    }

    async fn round(&self, door: &Door, _: &Progress) -> Result<Figures> {
        let usage = Usage::begin(door.peer())?;
        let start = Clock::start();
        let times_us = each(self.total, self.common.concurrency, |number| {
            let door = door.clone();
            async move {
                let begin = Clock::start();
                let mut connection = door.enter(number).await?;
                let taken_us = begin.now_us();
                connection.say("QUIT\r\n").await?;
                Ok(taken_us)
            }
        })
        .await?;
        let wall = start.elapsed().as_secs_f64();
        let (server_us, own_us) = usage.end()?;
        let total = self.total as f64;
        let mut latency = new_histogram()?;
        times_us.into_iter().for_each(|us| latency.saturating_record(u64::from(us)));
        let mut figures = Figures::default();
        figures.add_if("server CPU µs/connect", server_us.map(|us| us / total));
        figures.add("connects/s", total / wall);
        figures.add_latency(&latency);
        figures.add("own CPU µs/connect", own_us / total);
        Ok(figures)
    }
}
