//! `chatctl top`: what a running server does, again and again. On a terminal a screen that is drawn anew, elsewhere a
//! line or an object for each look. Asks the server through the admin socket, and changes nothing there.

mod figures;
mod page;
mod screen;
mod terminal;
#[cfg(test)]
mod tests;

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossterm::event::{Event, EventStream, KeyCode, KeyEventKind, KeyModifiers};
use futures_util::StreamExt as _;
use jiff::tz::TimeZone;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use crate::admin::view::Moment;
use crate::admin::{self, CallError, Request, Response};
use crate::clock::Clock;

use super::{Failure, write_out};
use figures::{Before, Figures};
use terminal::Terminal;

/// How often the certificate's end is asked for.
const CERTIFICATE_EVERY: Duration = Duration::from_secs(60);

/// How it looks.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Options {
    /// Seconds between two looks, 0.1 to 3600
    #[arg(long, short = 'i', value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    interval: Duration,
    /// Shows one interval and ends
    #[arg(long)]
    once: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.1..=3600.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "give seconds, 0.1 to 3600".to_owned())
}

/// Shows the server on this data directory until its user has seen enough.
///
/// # Errors
/// [`Failure`]: there is no server, or it does not answer and nobody watches who could wait for it.
pub(super) async fn run(data_dir: &Path, options: &Options, json: bool) -> Result<(), Failure> {
    let mut looker = Looker::new(data_dir, options.interval);
    if options.once {
        // What is done in an interval is seen at its end.
        looker.look().await?;
        let figures = looker.look().await?;
        return if json {
            write_json(&figures)
        } else {
            write_out(&screen::text(&figures, &TimeZone::system()))
        };
    }
    if !json && io::stdout().is_terminal() && io::stdin().is_terminal() {
        let first = looker.look().await?;
        return live(looker, first).await;
    }
    loop {
        let figures = looker.look().await?;
        if json {
            write_json(&figures)?;
        } else if figures.rates.is_some() {
            write_out(&screen::line(&figures))?;
        }
    }
}

fn write_json(figures: &Figures) -> Result<(), Failure> {
    write_out(&format!("{}\n", serde_json::to_string(figures)?))
}

/// Draws each look, and the last one again when the window changes.
async fn live(mut looker: Looker, first: Figures) -> Result<(), Failure> {
    let (seen, mut looks) = mpsc::channel(1);
    // A server that takes its time must not keep the keys waiting.
    let looking = tokio::spawn(async move { while seen.send(looker.look().await).await.is_ok() {} });
    let mut keys = EventStream::new();
    let mut hangup = signal(SignalKind::hangup())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminal = Terminal::open()?;
    let zone = TimeZone::system();
    let (mut figures, mut trouble) = (first, None);
    loop {
        terminal.draw(|size| screen::screen(&figures, trouble.as_deref(), &zone, size))?;
        tokio::select! {
            seen = looks.recv() => match seen {
                Some(Ok(seen)) => (figures, trouble) = (seen, None),
                Some(Err(failure)) => trouble = failure.text(),
                None => break,
            },
            event = keys.next() => match event.transpose()? {
                Some(event) if !is_end(&event) => {}
                Some(_) | None => break,
            },
            _ = hangup.recv() => break,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    looking.abort();
    Ok(())
}

/// q, Escape or Ctrl-C.
fn is_end(event: &Event) -> bool {
    let Some(key) = event.as_key_event().filter(|key| key.kind == KeyEventKind::Press) else { return false };
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    matches!(
        (key.code, is_control),
        (KeyCode::Char('q' | 'Q') | KeyCode::Esc, false) | (KeyCode::Char('c'), true)
    )
}

/// Who looks.
struct Looker {
    data_dir: PathBuf,
    clock: Clock,
    begun_at: Instant,
    ticks: Interval,
    before: Before,
    certificate: Option<(Instant, Option<Moment>)>,
}

impl Looker {
    fn new(data_dir: &Path, every: Duration) -> Self {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (data_dir, before, certificate) = (data_dir.to_owned(), Before::default(), None);
        Self { data_dir, clock: Clock::System, begun_at: Instant::now(), ticks, before, certificate }
    }

    /// Waits for the next moment, and looks.
    async fn look(&mut self) -> Result<Figures, Failure> {
        self.ticks.tick().await;
        let Response::Metrics(seen) = self.ask(&Request::Metrics).await? else {
            return Err(Failure::failed("the server answered something else", "restart it"));
        };
        let elapsed = self.begun_at.elapsed();
        let certificate_expires_at = self.certificate_expires_at().await?;
        let figures = self.before.compare(elapsed, self.clock.now(), seen);
        Ok(Figures { certificate_expires_at, ..figures })
    }

    async fn certificate_expires_at(&mut self) -> Result<Option<Moment>, Failure> {
        if let Some((_, known)) = self.certificate.filter(|(at, _)| at.elapsed() < CERTIFICATE_EVERY) {
            return Ok(known);
        }
        let expires_at = match self.ask(&Request::Certificate).await {
            Ok(Response::Certificate(certificate)) => Some(certificate.expires_at),
            // All else is of use without it.
            Ok(_) | Err(_) => None,
        };
        self.certificate = Some((Instant::now(), expires_at));
        Ok(expires_at)
    }

    async fn ask(&self, request: &Request) -> Result<Response, Failure> {
        match admin::call(&self.data_dir, request).await {
            Ok(answer) => Ok(answer?),
            Err(CallError::Nobody) => Err(Failure::failed(
                format!("no server runs on {}", self.data_dir.display()),
                "start it, or say with --data-dir or --config which one you mean",
            )),
            Err(error) => Err(error.into()),
        }
    }
}
