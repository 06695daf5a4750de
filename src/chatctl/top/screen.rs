//! What is shown of the figures: pure, without a terminal. Numbers keep their place from one look to the next.

use jiff::tz::TimeZone;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::chatctl::moment::{minute, second};
use crate::chatctl::table::harmless;

use super::figures::{Figures, Rates};

/// A row of the screen.
pub(super) type Line = Vec<(Tone, String)>;

/// How a text is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Label,
    Title,
    /// Something that an operator should look at.
    Alert,
}

/// A number under its name.
struct Cell {
    name: &'static str,
    value: String,
    tone: Tone,
}

/// Columns for what a row is about.
const LABEL_COLUMNS: usize = 13;
/// Columns for a name and its value; three of these and the label fill eighty.
const CELL_COLUMNS: usize = 19;
const GAP: &str = "   ";
/// Where there is nothing to show yet.
const NONE: &str = "-";

/// More waiting than this is a queue that does not drain.
const INTENTS_MANY: u64 = 256;
const PASSWORDS_MANY: u64 = 32;
const COMMIT_SLOW_MS: f64 = 1000.0;
/// A certificate that ends so soon should have been renewed.
const CERTIFICATE_DAYS_MIN: i64 = 14;
const DAY_S: i64 = 24 * 60 * 60;

/// All of it, for so many columns and rows.
pub(super) fn screen(
    figures: &Figures,
    trouble: Option<&str>,
    zone: &TimeZone,
    (columns, rows): (usize, usize),
) -> Vec<Line> {
    let mut lines = vec![title(figures, zone)];
    lines.push(match trouble {
        Some(trouble) => vec![(Tone::Alert, trouble.to_owned())],
        None => Vec::new(),
    });
    lines.extend(body(figures, zone, columns));
    lines.truncate(rows.saturating_sub(1));
    lines.push(vec![(Tone::Label, "q ends".to_owned())]);
    lines.into_iter().map(|line| cut(line, columns)).collect()
}

/// The same for a file or a pipe.
pub(super) fn text(figures: &Figures, zone: &TimeZone) -> String {
    let lines = [title(figures, zone)].into_iter().chain(body(figures, zone, usize::MAX));
    let texts = lines.map(|line| line.into_iter().map(|(_, text)| text).collect::<String>());
    texts.map(|text| format!("{}\n", text.trim_end())).collect()
}

/// All in one line, as `name=value`, without units: bytes, milliseconds, and by the second.
pub(super) fn line(figures: &Figures) -> String {
    let Some(rates) = &figures.rates else { return String::new() };
    let number = |value: Option<f64>| value.map_or_else(|| NONE.to_owned(), |value| format!("{value:.1}"));
    let whole = |value: Option<u64>| value.map_or_else(|| NONE.to_owned(), |value| value.to_string());
    let pairs = [
        ("at", figures.at.to_string()),
        ("sessions", figures.sessions.values().sum::<u64>().to_string()),
        ("accounts", figures.accounts_online.to_string()),
        ("guests", figures.guests_online.to_string()),
        ("entries", number(Some(rates.entries_per_s))),
        ("deliveries", number(Some(rates.deliveries_per_s))),
        ("commits", number(Some(rates.commits_per_s))),
        ("mean", number(rates.commit_mean_ms)),
        ("p99", number(rates.commit_p99_ms)),
        ("batch", number(rates.batch_mean)),
        ("intents", figures.intents_queued.to_string()),
        ("passwords", figures.passwords_queued.to_string()),
        ("lagging", figures.sessions_lagging.to_string()),
        ("logins", number(Some(rates.logins_accepted_per_s))),
        ("bad_logins", number(Some(rates.logins_refused_per_s))),
        ("refused", number(Some(rates.connections_refused_per_s))),
        ("failed", figures.failed_commits.to_string()),
        ("memory", whole(figures.memory_bytes)),
        ("cpu", number(rates.cpu_percent)),
        ("files", whole(figures.open_files)),
        ("disk_free", whole(figures.disk_free_bytes)),
        ("warnings", figures.warnings.len().to_string()),
    ];
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{}\n", pairs.join(" "))
}

fn title(figures: &Figures, zone: &TimeZone) -> Line {
    let up = length(figures.uptime_s);
    let text = format!("chat-secure {}   up {up}   {}", harmless(&figures.version), second(figures.at, zone));
    vec![(Tone::Title, text)]
}

fn body(figures: &Figures, zone: &TimeZone, columns: usize) -> Vec<Line> {
    let mut lines = rows(figures, zone);
    if !figures.warnings.is_empty() {
        lines.push(Vec::new());
    }
    for warning in &figures.warnings {
        let text = format!("{} (since {})", harmless(&warning.text), second(warning.since, zone));
        let labels = std::iter::once("warning").chain(std::iter::repeat(""));
        let parts = labels.zip(wrap(&text, columns.saturating_sub(LABEL_COLUMNS)));
        lines
            .extend(parts.map(|(label, part)| vec![(Tone::Alert, format!("{label:<LABEL_COLUMNS$}{part}"))]));
    }
    if !figures.lively_rooms.is_empty() {
        lines.push(Vec::new());
        lines.push(vec![(Tone::Label, format!("{:<LABEL_COLUMNS$}entries in the last minute", "rooms"))]);
        lines.extend(figures.lively_rooms.iter().map(|lively| {
            let text = format!("{:>LABEL_COLUMNS$}   {}", lively.entries_per_minute, harmless(&lively.room));
            vec![(Tone::Plain, text)]
        }));
    }
    lines
}

fn rows(figures: &Figures, zone: &TimeZone) -> Vec<Line> {
    let mut lines = people(figures);
    lines.extend(work(figures, figures.rates.as_ref()));
    lines.extend(machine(figures));
    lines.push(certificate(figures, zone));
    lines
}

/// Who is there.
fn people(figures: &Figures) -> Vec<Line> {
    let open: u64 = figures.sessions.values().sum();
    let is_full = open * 10 >= figures.sessions_max * 9;
    let doors = figures.sessions.iter().map(|(door, sessions)| format!("{} {sessions}", harmless(door)));
    let doors = doors.collect::<Vec<_>>().join(", ");
    let [limit, lagging] = [figures.sessions_max, figures.sessions_lagging];
    let sessions = [
        alert("open", open.to_string(), is_full),
        plain("limit", limit.to_string()),
        alert("lagging", lagging.to_string(), lagging > 0),
    ];
    let present = [
        plain("accounts", figures.accounts_online.to_string()),
        plain("guests", figures.guests_online.to_string()),
        plain("rooms", figures.rooms_open.to_string()),
    ];
    let doors = vec![(Tone::Label, format!("{:<LABEL_COLUMNS$}{doors}", ""))];
    vec![row("sessions", sessions), doors, row("present", present)]
}

/// What is done, and what waits.
fn work(figures: &Figures, rates: Option<&Rates>) -> Vec<Line> {
    let rate = |name, of: fn(&Rates) -> f64| plain(name, shown(rates.map(of), per_second));
    let p99 = rates.and_then(|rates| rates.commit_p99_ms);
    let is_slow = p99.is_some_and(|ms| ms > COMMIT_SLOW_MS);
    let is_failing = rates.is_some_and(|rates| rates.failed_commits_per_s > 0.0);
    let [intents, passwords] = [figures.intents_queued, figures.passwords_queued];
    let journal = [
        rate("entries", |rates| rates.entries_per_s),
        rate("deliveries", |rates| rates.deliveries_per_s),
        rate("lags", |rates| rates.lags_per_s),
    ];
    let commits = [
        rate("done", |rates| rates.commits_per_s),
        plain("mean", shown(rates.and_then(|rates| rates.commit_mean_ms), milliseconds)),
        alert("p99", shown(p99, milliseconds), is_slow),
    ];
    let batches = [
        plain("batch", shown(rates.and_then(|rates| rates.batch_mean), |mean| format!("{mean:.1}"))),
        alert("failed", figures.failed_commits.to_string(), is_failing),
    ];
    let queues = [
        alert("intents", intents.to_string(), intents > INTENTS_MANY),
        alert("passwords", passwords.to_string(), passwords > PASSWORDS_MANY),
    ];
    let logins =
        [rate("good", |rates| rates.logins_accepted_per_s), rate("bad", |rates| rates.logins_refused_per_s)];
    let refused = [
        rate("connections", |rates| rates.connections_refused_per_s),
        rate("intents", |rates| rates.denied_per_s),
    ];
    vec![
        row("journal", journal),
        row("commits", commits),
        row("", batches),
        row("queues", queues),
        row("logins", logins),
        row("refused", refused),
    ]
}

/// What it costs.
fn machine(figures: &Figures) -> Vec<Line> {
    let cpu = figures.rates.as_ref().and_then(|rates| rates.cpu_percent);
    let (open, max) = (figures.open_files, figures.open_files_max);
    let few_files = open.zip(max).is_some_and(|(open, max)| open >= max / 10 * 9);
    let process = [
        plain("memory", shown(figures.memory_bytes, bytes)),
        plain("cpu", shown(cpu, |percent| format!("{percent:.1} %"))),
        alert("files", shown(open, |open| open.to_string()), few_files),
    ];
    let data = [
        plain("database", bytes(figures.database_bytes)),
        plain("log", bytes(figures.database_log_bytes)),
        plain("search", bytes(figures.search_index_bytes)),
    ];
    let is_filling = figures.warnings.iter().any(|warning| warning.kind == "disk_filling");
    let share =
        figures.disk_free_bytes.zip(figures.disk_bytes).map(|(free, size)| free / (size / 100).max(1));
    let disk = [
        alert("free", shown(figures.disk_free_bytes, bytes), is_filling),
        alert("share", shown(share, |share| format!("{share} %")), is_filling),
        plain("size", shown(figures.disk_bytes, bytes)),
    ];
    vec![row("process", process), row("data", data), row("disk", disk)]
}

fn certificate(figures: &Figures, zone: &TimeZone) -> Line {
    let Some(expires_at) = figures.certificate_expires_at else {
        return row("certificate", [plain("ends", NONE.to_owned())]);
    };
    let days = (expires_at.0.seconds() - figures.at.0.seconds()).div_euclid(DAY_S);
    let is_near = days < CERTIFICATE_DAYS_MIN;
    let text = if days < 0 { "has ended".to_owned() } else { format!("ends in {days} days") };
    let tone = if is_near { Tone::Alert } else { Tone::Plain };
    vec![
        (Tone::Label, format!("{:<LABEL_COLUMNS$}", "certificate")),
        (tone, format!("{text}, {}", minute(expires_at, zone))),
    ]
}

fn row<const N: usize>(label: &str, cells: [Cell; N]) -> Line {
    let mut line = vec![(Tone::Label, format!("{label:<LABEL_COLUMNS$}"))];
    for Cell { name, value, tone } in cells {
        line.push((Tone::Label, format!("{name} ")));
        let room = CELL_COLUMNS.saturating_sub(name.len() + 1);
        line.push((tone, format!("{value:>room$}")));
        line.push((Tone::Plain, GAP.to_owned()));
    }
    line
}

fn plain(name: &'static str, value: String) -> Cell {
    Cell { name, value, tone: Tone::Plain }
}

fn alert(name: &'static str, value: String, is_bad: bool) -> Cell {
    Cell { name, value, tone: if is_bad { Tone::Alert } else { Tone::Plain } }
}

fn shown<T>(value: Option<T>, form: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| NONE.to_owned(), form)
}

fn per_second(rate: f64) -> String {
    format!("{}/s", number(rate))
}

/// At most six characters up to 10^12.
pub(super) fn number(value: f64) -> String {
    const UNITS: [&str; 4] = ["", "k", "M", "G"];
    if value > 0.0 && value < 99.95 && value.fract() != 0.0 {
        return format!("{value:.1}");
    }
    let (mut value, mut unit) = (value, 0);
    while value >= 99_999.5 && unit + 1 < UNITS.len() {
        (value, unit) = (value / 1000.0, unit + 1);
    }
    format!("{value:.0}{}", UNITS[unit])
}

pub(super) fn milliseconds(ms: f64) -> String {
    match ms {
        ms if ms < 9.995 => format!("{ms:.2} ms"),
        ms if ms < 999.5 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1000.0),
    }
}

pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1023.5 && unit + 1 < UNITS.len() {
        (value, unit) = (value / 1024.0, unit + 1);
    }
    let digits = usize::from(unit > 0 && value < 9.95);
    format!("{value:.digits$} {}", UNITS[unit])
}

/// A length of time in its two largest units.
pub(super) fn length(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / DAY_S);
    match (days, hours) {
        (0, 0) => format!("{minutes} min {} s", seconds % 60),
        (0, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// By words, in parts that fit; a word that does not is cut with its line.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match parts.last_mut() {
            Some(part) if part.width() + 1 + word.width() <= columns => {
                part.push(' ');
                part.push_str(word);
            }
            Some(_) | None => parts.push(word.to_owned()),
        }
    }
    parts
}

/// As much of it as fits.
fn cut(line: Line, columns: usize) -> Line {
    let mut left = columns;
    let mut shown = Line::new();
    for (tone, text) in line {
        if text.width() <= left {
            left -= text.width();
            shown.push((tone, text));
            continue;
        }
        let mut part = String::new();
        for c in text.chars() {
            let width = c.width().unwrap_or_default();
            if width > left {
                break;
            }
            left -= width;
            part.push(c);
        }
        shown.push((tone, part));
        break;
    }
    shown
}
