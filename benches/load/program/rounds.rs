//! Servers take turns: the first round of each, then the second of each; medians at the end.
//!
//! A round that finds a fault ends the run.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::arguments::Common;
use super::crowd::Door;
use super::figures::Figures;
use super::link;
use super::peer::Peer;
use super::process::{self, Process};
use super::progress::Progress;
use super::report::{self, Column};

/// A look at a server's CPU time while it settles.
const LOOK: Duration = Duration::from_millis(100);
/// A server that is busy for longer after all connections have gone is measured all the same.
const SETTLE_LOOKS: usize = 100;

/// Something that is done at one server for one round.
pub(crate) trait Work {
    /// Connections at one time.
    fn connections(&self) -> usize;
    /// What was asked for, for the JSON.
    fn parameters(&self) -> Value;
    /// Does it once.
    async fn round(&self, door: &Door, progress: &Progress) -> Result<Figures>;
}

/// Does the work at all servers, and prints what came out.
pub(crate) async fn run(name: &str, common: &Common, work: &impl Work) -> Result<()> {
    process::allow_connections(work.connections())?;
    let spawned = common.spawn()?;
    let mut peers: Vec<Peer> = spawned.iter().map(|spawned| spawned.peer().clone()).collect();
    peers.extend(common.peers()?);
    if peers.is_empty() {
        bail!("which server? --peer NAME=HOST:PORT[,pid=N] or --spawn ours");
    }
    let progress = Progress::new();
    let tls = link::config(common.classic)?;
    let mut columns: Vec<Column> = peers.iter().map(|peer| (peer.name.clone(), Vec::new())).collect();
    for round in 0..common.rounds {
        for (peer, (_, rounds)) in peers.iter().zip(&mut columns) {
            let what = format!("{name}: round {} of {} at {}", round + 1, common.rounds, peer.name);
            progress.now(&what);
            let door = Door::new(peer, tls.clone(), common, tag(rounds.len()))?;
            let figures = work.round(&door, &progress).await.with_context(|| what.clone())?;
            progress.done(&format!("{what}: {}", summary(&figures)));
            rounds.push(figures);
            settle(peer).await?;
        }
    }
    println!("{name} {}, medians of {}", described(&work.parameters()), common.rounds);
    print!("{}", report::table(&columns));
    if let Some(path) = &common.json {
        let json = report::json(name, &work.parameters(), &columns);
        fs::write(path, format!("{json:#}\n")).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Waits until the server has nothing more to do for those who came or left.
pub(crate) async fn settle(peer: &Peer) -> Result<()> {
    let Some(process) = peer.process else { return Ok(()) };
    let mut before = process.cpu_us()?;
    for _ in 0..SETTLE_LOOKS {
        tokio::time::sleep(LOOK).await;
        let now = process.cpu_us()?;
        if now <= before {
            break;
        }
        before = now;
    }
    Ok(())
}

/// Letters that no other round of this machine has at the time: a few, because nicks are short.
fn tag(round: usize) -> String {
    let letter = |number: usize| char::from(b'a' + (number % 26) as u8);
    let own = Process::this().0 as usize;
    [letter(own), letter(own / 26), letter(own / 676), letter(round)].iter().collect()
}

fn summary(figures: &Figures) -> String {
    let first = figures.all().iter().take(4).map(|(name, value)| format!("{name} {value:.2}"));
    first.collect::<Vec<_>>().join(", ")
}

fn described(parameters: &Value) -> String {
    let pairs = parameters.as_object().into_iter().flatten();
    pairs.map(|(key, value)| format!("{key} {value}")).collect::<Vec<_>>().join(", ")
}

/// What a server and this process used between two moments.
pub(crate) struct Usage {
    server: Option<(Process, f64)>,
    own_us: f64,
}

impl Usage {
    pub(crate) fn begin(peer: &Peer) -> Result<Self> {
        let server = peer.process.map(|process| process.cpu_us().map(|cpu| (process, cpu)));
        Ok(Self { server: server.transpose()?, own_us: Process::this().cpu_us()? })
    }

    /// CPU time since the beginning, in µs: the server's, where its process is known, and one's own.
    pub(crate) fn end(&self) -> Result<(Option<f64>, f64)> {
        let server = self.server.map(|(process, before)| process.cpu_us().map(|now| now - before));
        Ok((server.transpose()?, Process::this().cpu_us()? - self.own_us))
    }
}
