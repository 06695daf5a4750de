//! The life of a session: reading, running commands, showing what happened, writing, in one loop.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use crate::commands;
use crate::limits;
use crate::protocol::{Line, LineBuffer};

use super::flood::Flood;
use super::outbound::Outbound;
use super::transport::{Exchanged, Transport};
use super::{Session, Stage};

/// How long a session that ends may take to write what is left.
const LAST_WRITE: Duration = Duration::from_secs(2);

/// What the loop keeps beside the session.
struct Life {
    inbound: LineBuffer,
    /// A line that has to wait for one's own messages under way.
    held: Option<BytesMut>,
    flood: Flood,
    /// The same for bytes.
    bytes_flood: Flood,
    begun_at: Instant,
    heard_at: Instant,
    /// Since when the peer takes nothing of what waits, and how much it took before.
    stalled: Option<(Instant, u64)>,
    ping_sent: bool,
    /// Whether the peer has gone: nobody reads why.
    hung_up: bool,
}

/// Serves the client until it leaves, vanishes or has to go.
pub async fn run<T: Transport>(mut session: Box<Session>, mut transport: T) {
    let now = Instant::now();
    let limits = &session.service.limits;
    let mut life = Life {
        inbound: LineBuffer::default(),
        held: None,
        flood: Flood::new(limits.flood_burst, limits.flood_per_second, now),
        bytes_flood: Flood::new(limits.flood_bytes_burst, limits.bytes_per_second(), now),
        begun_at: now,
        heard_at: now,
        stalled: None,
        ping_sent: false,
        hung_up: false,
    };
    let mut alarm = pin!(sleep_until(session.next_deadline(&life)));
    session.check_address();
    while session.closing.is_none() {
        let throttled = step(&mut session, &mut life).await;
        if session.closing.is_some() {
            break;
        }
        wait(&mut session, &mut life, &mut transport, alarm.as_mut(), throttled).await;
        // However busy the socket keeps it.
        if let Some(reason) = session.inbox.stopped().map(str::to_owned) {
            session.close(reason);
        }
    }
    let reason = session.closing.clone().unwrap_or_default();
    session.leave(&reason).await;
    session.seat = None;
    // What was stored before is still echoed.
    session.closing = None;
    session.deliver().await;
    if !life.hung_up {
        let line = Line::new("ERROR").param(format!("Closing link: {reason}"));
        session.out.extend(format!("{line}\r\n").as_bytes());
    }
    // Who does not read the last lines within the time goes without them.
    drop(timeout(LAST_WRITE, last_write(&mut session, &mut transport)).await);
    tracing::debug!(session.id = %session.id, reason, "session ended");
}

/// Shows what waits and runs the commands that may run now. Returns when the next one may, if the
/// client was too fast.
async fn step(session: &mut Session, life: &mut Life) -> Option<Instant> {
    session.deliver().await;
    while session.closing.is_none() && !session.out.is_full() {
        let now = Instant::now();
        let throttled = life.flood.wait_until(now).max(life.bytes_flood.wait_until(now));
        if throttled.is_some() {
            return throttled;
        }
        let line = life.held.take().or_else(|| life.inbound.next_line())?;
        if !session.may_run(&line) {
            life.held = Some(line);
            return None;
        }
        // What waited here was heard just as well.
        life.heard_at = life.heard_at.max(now);
        let cost = session.execute(&line).await;
        life.flood.spend(cost, now);
        life.bytes_flood.spend(u32::try_from(line.len()).unwrap_or(u32::MAX), now);
        session.deliver().await;
    }
    None
}

/// Waits for the socket, the inbox, or a timer. What is rendered is written meanwhile.
async fn wait<T: Transport>(
    session: &mut Session,
    life: &mut Life,
    transport: &mut T,
    mut alarm: Pin<&mut Sleep>,
    throttled: Option<Instant>,
) {
    life.note_progress(&session.out, Instant::now());
    let deadline = session.next_deadline(life);
    let wake_at = throttled.map_or(deadline, |at| at.min(deadline));
    // Most deadlines move on before they come: the alarm goes off too early rather than being set
    // each time.
    if alarm.is_elapsed() || wake_at < alarm.deadline() {
        alarm.as_mut().reset(wake_at);
    }
    let inbox = Arc::clone(&session.inbox);
    tokio::select! {
        biased;
        () = alarm => {
            life.note_progress(&session.out, Instant::now());
            session.check_timers(life);
        }
        exchanged = exchange(session, life, transport, throttled.is_some()) => {
            match exchanged {
                Ok(Exchanged::Read) => {
                    life.heard_at = Instant::now();
                    session.heard_at = session.service.clock.now();
                    life.ping_sent = false;
                    if life.inbound.is_endless() {
                        session.close("Line too long");
                    }
                }
                Ok(Exchanged::Written) => {}
                Ok(Exchanged::Closed) => {
                    life.hung_up = true;
                    session.close("Connection closed");
                }
                Ok(Exchanged::Refused(reason)) => session.close(reason),
                Err(error) => {
                    life.hung_up = true;
                    session.close(format!("Connection lost: {}", error.kind()));
                }
            }
        }
        () = inbox.arrived() => {}
    }
}

/// Writes and reads until something has come in, or there is room again for what could not be
/// rendered.
async fn exchange<T: Transport>(
    session: &mut Session,
    life: &mut Life,
    transport: &mut T,
    throttled: bool,
) -> std::io::Result<Exchanged> {
    let was_full = session.out.is_full();
    let reads = life.held.is_none() && !throttled && !was_full;
    poll_fn(|cx| {
        loop {
            let inbound = reads.then_some(&mut life.inbound);
            let exchanged = ready!(transport.poll_exchange(cx, inbound, &mut session.out));
            if matches!(exchanged, Ok(Exchanged::Written)) {
                life.stalled = None;
                if !was_full {
                    continue;
                }
            }
            return Poll::Ready(exchanged);
        }
    })
    .await
}

async fn last_write<T: Transport>(session: &mut Session, transport: &mut T) -> std::io::Result<()> {
    while !session.out.is_empty() {
        poll_fn(|cx| transport.poll_exchange(cx, None, &mut session.out)).await?;
    }
    poll_fn(|cx| transport.poll_close(cx)).await
}

impl Life {
    /// Notes whether the peer takes what waits to be written.
    fn note_progress(&mut self, out: &Outbound, now: Instant) {
        self.stalled = match self.stalled {
            _ if out.is_empty() => None,
            Some((since, taken)) if taken == out.taken() => Some((since, taken)),
            Some(_) | None => Some((now, out.taken())),
        };
    }
}

impl Session {
    /// Whether this line may run before one's own messages under way are done.
    fn may_run(&self, line: &[u8]) -> bool {
        let under_way = self.speeches.len();
        under_way == 0 || (under_way < limits::IN_FLIGHT_MAX && commands::runs_ahead(self, line))
    }

    /// Runs one line. Returns what it costs.
    async fn execute(&mut self, line: &[u8]) -> u32 {
        self.command += 1;
        let cost = commands::run(self, line).await + std::mem::take(&mut self.surcharge);
        self.close_response();
        if let Some(label) = self.label.take() {
            let ack = self.ack();
            self.push_labelled(&ack, Some(&label));
        }
        cost
    }

    fn next_deadline(&self, life: &Life) -> Instant {
        let limits = &self.service.limits;
        let seconds = Duration::from_secs;
        let mut next = match (&self.stage, life.ping_sent) {
            (Stage::Registering(_), _) => life.begun_at + seconds(limits.registration_timeout_s),
            (Stage::Registered(_), false) => life.heard_at + seconds(limits.ping_interval_s),
            (Stage::Registered(_), true) => {
                life.heard_at + seconds(limits.ping_interval_s + limits.ping_timeout_s)
            }
        };
        if let Some((since, _)) = life.stalled {
            next = next.min(since + seconds(limits.ping_timeout_s));
        }
        self.composition_deadline().map_or(next, |deadline| next.min(deadline))
    }

    fn check_timers(&mut self, life: &mut Life) {
        let now = Instant::now();
        if now < self.next_deadline(life) || self.expire_composition(now) {
            return;
        }
        let limits = &self.service.limits;
        let silent = now.saturating_duration_since(life.heard_at);
        let interval = Duration::from_secs(limits.ping_interval_s);
        let patience = Duration::from_secs(limits.ping_timeout_s);
        match &self.stage {
            Stage::Registering(_) => self.close("Registration timed out"),
            Stage::Registered(_) if silent >= interval + patience => {
                self.close(format!("Ping timeout: {} seconds", silent.as_secs()));
            }
            Stage::Registered(_) if silent >= interval && !life.ping_sent => {
                life.ping_sent = true;
                let name = self.service.name.clone();
                self.send(Line::new("PING").param(name));
            }
            Stage::Registered(_) => self.close("Not reading"),
        }
    }
}
