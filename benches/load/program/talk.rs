//! People in rooms, some of whom speak: the works `fanout`, `rooms` and `durable`.
//!
//! Each connection is one task that reads, and writes if it speaks. Nothing may be lost, doubled or
//! out of order.

use std::future::{Future as _, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::task::JoinHandle;

use super::crowd::{Door, each};
use super::ear::{Ear, Latencies};
use super::figures::{Figures, merged, new_histogram};
use super::gate::{Clock, Gate, Pace, beat};
use super::link::Link;
use super::mark::Mark;
use super::process::Process;
use super::progress::Progress;
use super::rounds::{Usage, Work, settle};
use super::tally::Faults;

/// Histograms that connections share, so that threads rarely wait for each other.
const SHARDS: usize = 8;
/// How often it is looked whether all is delivered.
const LOOK: Duration = Duration::from_millis(5);
/// Bytes that may wait for being written before a sender pauses.
const UNSENT_BYTES_MAX: usize = 64 * 1024;

/// Who is there and who speaks how.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) rooms: usize,
    pub(crate) members: usize,
    /// In all rooms together.
    pub(crate) senders: usize,
    pub(crate) pace: Pace,
    pub(crate) text_bytes: usize,
    pub(crate) seconds: f64,
    /// All messages together, in place of the time.
    pub(crate) messages: Option<u32>,
    /// Without any delivery for so long, what is missing is lost.
    pub(crate) patience: Duration,
    /// Figures are for each message, and each must come back to its sender.
    pub(crate) is_echo_only: bool,
    /// The last members of each room, who do not read; they must not be senders.
    pub(crate) deaf: usize,
}

/// What all members share.
struct Hall {
    clock: Clock,
    gates: Vec<Arc<Gate>>,
    latencies: Vec<Latencies>,
    text_bytes: usize,
    end: Notify,
}

impl Work for Shape {
    fn connections(&self) -> usize {
        self.rooms * self.members
    }

    fn parameters(&self) -> Value {
        let pace = match self.pace {
            Pace::Window(window) => json!({ "window": window }),
            Pace::Rate(rate) => json!({ "messages/s": rate }),
        };
        json!({
            "rooms": self.rooms, "members": self.members, "senders": self.senders, "pace": pace,
            "text bytes": self.text_bytes,
        })
    }

    async fn round(&self, door: &Door, progress: &Progress) -> Result<Figures> {
        let hall = Arc::new(self.hall()?);
        let (members, has_echo) = self.gather(door, &hall).await?;
        if self.is_echo_only && !has_echo {
            bail!("{} has no echo-message, which this work stands on", door.peer().name);
        }
        let figures = self.run(door, &hall, has_echo, &members, progress).await?;
        hall.end.notify_waiters();
        let mut faults = Faults::default();
        for member in members {
            faults += member.await??;
        }
        if !faults.is_none() {
            let Faults { lost, doubled, reordered, strange } = faults;
            bail!("{lost} lost, {doubled} doubled, {reordered} out of order, {strange} that nobody sent");
        }
        Ok(figures)
    }
}

type Members = Vec<JoinHandle<Result<Faults>>>;

impl Shape {
    fn hall(&self) -> Result<Hall> {
        let most = self.messages.map_or(u32::MAX, |messages| messages.div_ceil(self.senders as u32));
        let gate = |place| Arc::new(Gate::new(self.pace, place, self.senders, most));
        let latencies = (0..SHARDS).map(|_| new_histogram().map(|new| Arc::new(Mutex::new(new))));
        Ok(Hall {
            clock: Clock::start(),
            gates: (0..self.senders).map(gate).collect(),
            latencies: latencies.collect::<Result<_>>()?,
            text_bytes: self.text_bytes,
            end: Notify::new(),
        })
    }

    /// The ids of a room's senders.
    fn senders_of(&self, room: usize) -> std::ops::Range<usize> {
        self.senders * room / self.rooms..self.senders * (room + 1) / self.rooms
    }

    /// Brings all in; tells whether they hear themselves.
    async fn gather(&self, door: &Door, hall: &Arc<Hall>) -> Result<(Members, bool)> {
        let members = each(self.connections(), door.concurrency(), |number| {
            let (room, place) = (number / self.members, number % self.members);
            let senders = self.senders_of(room);
            let (door, hall) = (door.clone(), Arc::clone(hall));
            let is_deaf = place >= self.members - self.deaf;
            async move {
                let door = if is_deaf { door.narrow() } else { door };
                let mut connection = door.enter(number).await?;
                let name = door.room(room);
                connection.join(&name).await.with_context(|| door.peer().name.clone())?;
                let has_echo = connection.has_echo();
                let speaks = (place < senders.len()).then_some(place);
                let gates: Arc<[_]> = hall.gates[senders.clone()].into();
                let latencies = Arc::clone(&hall.latencies[number % SHARDS]);
                let who = connection.nick().to_owned();
                let ear = Ear::new(who, hall.text_bytes, hall.clock, senders.start as u32, gates, latencies);
                let (link, early) = connection.into_link();
                if is_deaf {
                    return Ok((tokio::spawn(not_read(link, hall)), has_echo));
                }
                let member = Member { link, ear, room: name, first: senders.start, speaks, has_echo };
                Ok((tokio::spawn(member.live(early, hall)), has_echo))
            }
        });
        let (members, echoes): (Vec<_>, Vec<_>) = members.await?.into_iter().unzip();
        Ok((members, echoes.iter().all(|has_echo| *has_echo)))
    }

    /// Lets them speak, and waits until everything has arrived.
    async fn run(
        &self,
        door: &Door,
        hall: &Arc<Hall>,
        has_echo: bool,
        members: &Members,
        progress: &Progress,
    ) -> Result<Figures> {
        let receivers = self.members - self.deaf - usize::from(!has_echo);
        settle(door.peer()).await?;
        let usage = Usage::begin(door.peer())?;
        let start = Clock::start();
        let stop = Arc::new(AtomicBool::new(false));
        hall.gates.iter().for_each(|gate| gate.open(hall.clock, receivers));
        if let Pace::Rate(rate) = self.pace {
            let turns = self.messages.map_or((rate * self.seconds) as u64, u64::from);
            beat(hall.gates.clone(), rate, turns, Arc::clone(&stop));
        }
        let wall = self.wait(door, hall, start, members, progress).await;
        stop.store(true, Ordering::Relaxed);
        let wall = wall?.as_secs_f64();
        let (server_us, own_us) = usage.end()?;
        let sent: f64 = hall.gates.iter().map(|gate| f64::from(gate.sent())).sum();
        let delivered: f64 = hall.gates.iter().map(|gate| gate.delivered() as f64).sum();
        let mut figures = Figures::default();
        if self.is_echo_only {
            figures.add_if("server CPU µs/message", server_us.map(|us| us / sent));
            figures.add("messages/s", sent / wall);
        } else {
            figures.add_if("server CPU µs/delivery", server_us.map(|us| us / delivered));
            figures.add("deliveries/s", delivered / wall);
            figures.add("messages/s", sent / wall);
        }
        figures.add_latency(&merged(&hall.latencies)?);
        let memory_kib = door.peer().process.map(Process::rss_kib).transpose()?;
        figures.add_if("server memory MiB", memory_kib.map(|kib| kib / 1024.0));
        figures.add("own CPU µs/delivery", own_us / delivered.max(1.0));
        Ok(figures)
    }

    /// Waits for the end of the time, and then for what is under way.
    async fn wait(
        &self,
        door: &Door,
        hall: &Hall,
        start: Clock,
        members: &Members,
        progress: &Progress,
    ) -> Result<Duration> {
        let mut last = (0, start.elapsed());
        let mut shown = 0;
        loop {
            tokio::time::sleep(LOOK).await;
            let now = start.elapsed();
            let delivered: u64 = hall.gates.iter().map(|gate| gate.delivered()).sum();
            if delivered > last.0 {
                last = (delivered, now);
            }
            if now.as_secs() > shown {
                shown = now.as_secs();
                progress.now(&format!("{}: {delivered} deliveries after {shown} s", door.peer().name));
            }
            if self.messages.is_none() && now.as_secs_f64() >= self.seconds {
                hall.gates.iter().for_each(|gate| gate.close());
            }
            let is_over = hall.gates.iter().all(|gate| gate.has_all_delivered());
            // Who ended already found a reason, which is told when the members are asked.
            let is_broken = members.iter().any(JoinHandle::is_finished);
            if is_over || is_broken || now - last.1 > self.patience {
                return Ok(last.1);
            }
        }
    }
}

/// One connection in a room.
struct Member {
    link: Link,
    ear: Ear,
    room: String,
    /// The id of the room's first sender.
    first: usize,
    /// Its place among the room's senders, if it speaks.
    speaks: Option<usize>,
    has_echo: bool,
}

/// A member that never reads: the server may do with it what it likes.
async fn not_read(link: Link, hall: Arc<Hall>) -> Result<Faults> {
    hall.end.notified().await;
    drop(link);
    Ok(Faults::default())
}

/// What wakes a member.
enum Wake {
    Heard {
        is_open: bool,
    },
    /// It may send so many messages from this number on.
    Turn(u32, u32),
    End,
}

impl Member {
    /// Listens, and speaks when it is its turn, until the end; what was wrong.
    async fn live(mut self, early: Vec<u8>, hall: Arc<Hall>) -> Result<Faults> {
        let gate = self.speaks.map(|place| Arc::clone(&hall.gates[self.first + place]));
        let mut end = pin!(hall.end.notified());
        self.ear.hear(&early);
        let mut lines = Vec::new();
        loop {
            match poll_fn(|cx| self.poll(cx, gate.as_deref(), end.as_mut())).await? {
                Wake::Heard { is_open } => {
                    self.ear.tell_gates();
                    if let Some(failure) = self.ear.failure() {
                        bail!("{failure}");
                    }
                    if !is_open {
                        bail!("the server closed the connection of {}", self.ear.name());
                    }
                    if !self.ear.replies().is_empty() {
                        let replies = std::mem::take(self.ear.replies());
                        self.link.send(&replies)?;
                    }
                }
                Wake::Turn(first, count) => {
                    let Some(gate) = &gate else { continue };
                    lines.clear();
                    for seq in first..first + count {
                        self.write(seq, gate.due_us(seq, hall.clock), &mut lines);
                    }
                    self.link.send(&lines)?;
                }
                Wake::End => {
                    let silent = self.speaks.filter(|_| !self.has_echo);
                    return Ok(self.ear.faults(silent));
                }
            }
        }
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        gate: Option<&Gate>,
        end: Pin<&mut Notified<'_>>,
    ) -> Poll<Result<Wake>> {
        if self.link.unsent_bytes() > 0
            && let Poll::Ready(Err(error)) = self.link.poll_flush(cx)
        {
            return Poll::Ready(Err(error));
        }
        let ear = &mut self.ear;
        if let Poll::Ready(heard) = self.link.poll_receive(cx, &mut |bytes| ear.hear(bytes)) {
            return Poll::Ready(
                heard.map(|is_open| Wake::Heard { is_open }).context(self.ear.name().to_owned()),
            );
        }
        if let Some(gate) = gate
            && self.link.unsent_bytes() < UNSENT_BYTES_MAX
            && let Poll::Ready((first, count)) = gate.poll_turn(cx)
        {
            return Poll::Ready(Ok(Wake::Turn(first, count)));
        }
        end.poll(cx).map(|()| Ok(Wake::End))
    }

    fn write(&self, seq: u32, due_us: u32, lines: &mut Vec<u8>) {
        let sender = (self.first + self.speaks.unwrap_or(0)) as u32;
        lines.extend_from_slice(b"PRIVMSG ");
        lines.extend_from_slice(self.room.as_bytes());
        lines.extend_from_slice(b" :");
        Mark { sender, seq, due_us }.write(self.ear.text_bytes(), lines);
        lines.extend_from_slice(b"\r\n");
    }
}
