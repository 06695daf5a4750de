//! Looking at the whole history: by our own hands, beside a running server too, and only to read.

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Serialize;
use tokio::time::Instant;

use crate::admin::Conversation;
use crate::admin::view::Moment;
use crate::config::{Config, Database};
use crate::store::sqlite;
use crate::store::verify::{Choice, Fault, Head, Progress, Report, Request};

use super::arguments::VerifyCommand;
use super::moment::second;
use super::table::harmless;
use super::{Failure, door, write_out};

/// How often the progress is told.
const TOLD_EVERY: Duration = Duration::from_millis(200);

/// What is wanted.
pub(super) struct Query {
    request: Request,
    heads: bool,
}

impl Query {
    pub(super) fn new(command: VerifyCommand) -> Result<Self, Failure> {
        let VerifyCommand { room, heads, expect } = command;
        let rooms = match room {
            None => Choice::All,
            Some(Conversation::Named(name)) => Choice::Named(name),
            Some(Conversation::Number(id)) => Choice::Number(id),
            Some(Conversation::Direct(nicks)) => Choice::Direct(nicks.map(|nick| nick.folded())),
        };
        let expected = expect.as_deref().map(read_heads).transpose()?.unwrap_or_default();
        Ok(Self { request: Request { rooms, expected, is_at_rest: false }, heads })
    }
}

fn read_heads(path: &Path) -> Result<Vec<Head>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::failed(
            format!("can't read {} ({error})", path.display()),
            "name a file that verify --heads wrote",
        )
    })?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let heads = lines.map(|(number, line)| {
        line.parse().map_err(|error| Failure::Usage(format!("{}, line {number}: {error}", path.display())))
    });
    heads.collect()
}

pub(super) async fn run(config: &Config, mut query: Query, json: bool) -> Result<(), Failure> {
    // Of a stopped server the lock keeps another from starting meanwhile.
    let lock = door::server_or_lock(config).await?;
    query.request.is_at_rest = lock.is_some();
    let Database::Sqlite(path) = config.database();
    let mut line = ProgressLine::new(!json);
    let report = sqlite::verify(&path, &query.request, &mut |progress| line.tell(progress)).await;
    line.wipe();
    let report = report.map_err(|error| Failure::from_text(&error.to_string()))?;
    drop(lock);
    if query.request.rooms != Choice::All && report.rooms == 0 && report.is_sound() {
        let error = crate::admin::Error::not_found(
            "there is no such room",
            "chatctl rooms --all lists what there is",
        );
        return Err(error.into());
    }
    if json {
        write_out(&(serde_json::to_string(&View::new(&report, query.heads))? + "\n"))?;
    } else if query.heads {
        write_out(&heads(&report))?;
        eprint!("{}", text(&report));
    } else {
        write_out(&text(&report))?;
    }
    if report.is_sound() {
        return Ok(());
    }
    Err(Failure::failed(
        "the history is not as it was written",
        "keep a copy of the file as it is, and restore a backup (docs/operations.md)",
    ))
}

/// For people: what is wrong, and how much was looked at.
pub(super) fn text(report: &Report) -> String {
    let zone = TimeZone::system();
    let mut lines: Vec<String> = report.faults.iter().map(|fault| fault_line(fault, &zone)).collect();
    if report.faults_left_out > 0 {
        lines.push(format!("… and {} more", report.faults_left_out));
    }
    let faults = report.faults.len() as u64 + report.faults_left_out;
    let mut parts = vec![
        counted(report.rooms, "room", "rooms"),
        counted(report.entries, "entry", "entries"),
        format!("{} erased", report.erased),
    ];
    let more = [
        (report.before_chain, "from before the chain"),
        (report.forgotten, "forgotten by the rules of retention"),
        (report.expected_found, "expected and found"),
        (report.expected_forgotten, "expected and forgotten by the rules of retention"),
    ];
    parts.extend(more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    let verdict = if faults == 0 { "no fault".into() } else { counted(faults, "fault", "faults") };
    lines.push(format!("{}: {verdict}", parts.join(", ")));
    lines.join("\n") + "\n"
}

fn fault_line(fault: &Fault, zone: &TimeZone) -> String {
    let Some(spot) = &fault.place else { return harmless(&fault.what.to_string()) };
    let at = spot.at.map(|at| format!(" ({})", second(Moment(at), zone))).unwrap_or_default();
    harmless(&format!("{} (room {}), entry {}{at}: {}", spot.title, spot.room, spot.seq, fault.what))
}

/// One line for each room, for `--expect`.
fn heads(report: &Report) -> String {
    report.heads.iter().map(|(head, title)| format!("{head} {}\n", harmless(title))).collect()
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// For programs.
#[derive(Serialize)]
struct View<'a> {
    sound: bool,
    rooms: u64,
    entries: u64,
    erased: u64,
    before_chain: u64,
    forgotten: u64,
    expected_found: u64,
    expected_forgotten: u64,
    faults: Vec<FaultView<'a>>,
    faults_left_out: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    heads: Option<Vec<HeadView<'a>>>,
}

#[derive(Serialize)]
struct FaultView<'a> {
    room: Option<u64>,
    name: Option<&'a str>,
    seq: Option<u64>,
    at: Option<Moment>,
    what: &'static str,
    text: String,
}

#[derive(Serialize)]
struct HeadView<'a> {
    room: u64,
    name: &'a str,
    seq: u64,
    hash: String,
}

impl<'a> View<'a> {
    fn new(report: &'a Report, heads: bool) -> Self {
        let head = |(head, title): &'a (Head, String)| HeadView {
            room: head.room.0,
            name: title,
            seq: head.seq.0,
            hash: head.link.to_string(),
        };
        Self {
            sound: report.is_sound(),
            rooms: report.rooms,
            entries: report.entries,
            erased: report.erased,
            before_chain: report.before_chain,
            forgotten: report.forgotten,
            expected_found: report.expected_found,
            expected_forgotten: report.expected_forgotten,
            faults: report.faults.iter().map(FaultView::new).collect(),
            faults_left_out: report.faults_left_out,
            heads: heads.then(|| report.heads.iter().map(head).collect()),
        }
    }
}

impl<'a> FaultView<'a> {
    fn new(fault: &'a Fault) -> Self {
        let spot = fault.place.as_ref();
        Self {
            room: spot.map(|spot| spot.room.0),
            name: spot.map(|spot| spot.title.as_str()),
            seq: spot.map(|spot| spot.seq.0),
            at: spot.and_then(|spot| spot.at).map(Moment),
            what: fault.what.word(),
            text: fault.what.to_string(),
        }
    }
}

/// A line on the terminal that is written over.
struct ProgressLine {
    is_shown: bool,
    told_at: Instant,
}

impl ProgressLine {
    fn new(is_wanted: bool) -> Self {
        let is_shown = is_wanted && std::io::stderr().is_terminal();
        if is_shown {
            eprint!("\rLooking at the database …");
        }
        Self { is_shown, told_at: Instant::now() }
    }

    fn tell(&mut self, progress: Progress) {
        if self.is_shown && self.told_at.elapsed() >= TOLD_EVERY {
            self.told_at = Instant::now();
            eprint!("\r\x1b[K{} of {} entries", progress.entries, progress.total);
        }
    }

    fn wipe(&self) {
        if self.is_shown {
            eprint!("\r\x1b[K");
        }
    }
}
