//! The work `storm`: what two people who talk notice of many who sign in at full speed.
//!
//! Each round measures the two without and with the storm. The two are guests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::arguments::Storm;
use super::crowd::Door;
use super::figures::Figures;
use super::gate::Clock;
use super::progress::Progress;
use super::rounds::Work;

impl Work for Storm {
    fn connections(&self) -> usize {
        self.logins + 2
    }

    fn parameters(&self) -> Value {
        let mut parameters = self.pair().parameters();
        parameters["logins at one time"] = json!(self.logins);
        parameters["passwords"] = json!(if self.wrong { "wrong" } else { "right" });
        parameters
    }

    async fn round(&self, door: &Door, progress: &Progress) -> Result<Figures> {
        if !door.has_accounts() {
            bail!("a storm of logins needs --sasl or --accounts");
        }
        let without = self.pair().round(&door.for_guests(), progress).await?;
        let wind = Arc::new(Wind::default());
        let start = Clock::start();
        let logins: Vec<_> = (0..self.logins)
            .map(|first| tokio::spawn(blow(door.again(), Arc::clone(&wind), first, self.wrong)))
            .collect();
        let with = self.pair().round(&door.again().for_guests(), progress).await;
        wind.is_over.store(true, Ordering::Relaxed);
        let wall = start.elapsed().as_secs_f64();
        for login in logins {
            login.await??;
        }
        let with = with?;
        let mut figures = Figures::default();
        figures.add_if("latency p99 ms without", without.value("latency p99 ms"));
        figures.add_if("latency p99 ms with", with.value("latency p99 ms"));
        figures.add_if("latency max ms with", with.value("latency max ms"));
        figures.add("logins/s", wind.answered.load(Ordering::Relaxed) as f64 / wall);
        Ok(figures)
    }
}

/// The storm while it lasts.
#[derive(Default)]
struct Wind {
    is_over: AtomicBool,
    /// Logins that were let in or refused.
    answered: AtomicUsize,
}

/// Signs in again and again; only a right password must be accepted.
async fn blow(door: Door, wind: Arc<Wind>, first: usize, wrong: bool) -> Result<()> {
    let mut number = first;
    while !wind.is_over.load(Ordering::Relaxed) {
        let outcome =
            if wrong { door.enter_with(number, "a wrong password").await } else { door.enter(number).await };
        match outcome {
            Ok(mut connection) if !wrong => connection.say("QUIT\r\n").await?,
            Ok(_) => bail!("{} let a wrong password in", door.peer().name),
            Err(error) if !wrong => return Err(error),
            Err(_) => {}
        }
        wind.answered.fetch_add(1, Ordering::Relaxed);
        number += 1;
    }
    Ok(())
}
