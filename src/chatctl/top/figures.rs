//! What two pages of metrics, some time apart, say of a server: pure. Its form is that of `chatctl top --json`, where
//! names and meanings stay the same.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::Serialize;

use crate::admin::view::{LivelyRoom, Metrics, Moment, Warning};
use crate::clock::Timestamp;

use super::page::Page;

/// Rooms that are shown.
const ROOMS_MAX: usize = 10;
const MINUTE: Duration = Duration::from_secs(60);

/// How the server is, and what it did since the look before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Figures {
    pub(super) at: Moment,
    pub(super) version: String,
    pub(super) uptime_s: i64,
    pub(super) sessions: BTreeMap<String, u64>,
    pub(super) sessions_max: u64,
    pub(super) sessions_lagging: u64,
    pub(super) accounts_online: u64,
    pub(super) guests_online: u64,
    pub(super) rooms_open: u64,
    pub(super) intents_queued: u64,
    pub(super) passwords_queued: u64,
    pub(super) failed_commits: u64,
    pub(super) memory_bytes: Option<u64>,
    pub(super) open_files: Option<u64>,
    pub(super) open_files_max: Option<u64>,
    pub(super) database_bytes: u64,
    pub(super) database_log_bytes: u64,
    pub(super) search_index_bytes: u64,
    pub(super) disk_free_bytes: Option<u64>,
    pub(super) disk_bytes: Option<u64>,
    /// In no page: told beside.
    pub(super) certificate_expires_at: Option<Moment>,
    /// Nothing at the first look.
    #[serde(flatten)]
    pub(super) rates: Option<Rates>,
    pub(super) lively_rooms: Vec<Lively>,
    pub(super) warnings: Vec<Warning>,
}

/// What was done between two looks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Rates {
    pub(super) entries_per_s: f64,
    pub(super) deliveries_per_s: f64,
    pub(super) denied_per_s: f64,
    pub(super) commits_per_s: f64,
    pub(super) failed_commits_per_s: f64,
    pub(super) commit_mean_ms: Option<f64>,
    pub(super) commit_p99_ms: Option<f64>,
    pub(super) batch_mean: Option<f64>,
    pub(super) logins_accepted_per_s: f64,
    pub(super) logins_refused_per_s: f64,
    pub(super) connections_refused_per_s: f64,
    pub(super) lags_per_s: f64,
    pub(super) cpu_percent: Option<f64>,
}

/// A room, and its entries of the last minute, or of as much of it as was watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Lively {
    pub(super) room: String,
    pub(super) entries_per_minute: u64,
}

/// What was seen before.
#[derive(Debug, Default)]
pub(super) struct Before {
    last: Option<(Duration, Timestamp, Page)>,
    /// Entries of each room, of the last minute.
    rooms: VecDeque<(Duration, BTreeMap<String, u64>)>,
}

impl Before {
    /// What the server says now; `elapsed`: by a clock that never runs backwards.
    pub(super) fn compare(&mut self, elapsed: Duration, now: Timestamp, seen: Metrics) -> Figures {
        let Metrics { started_at, page, warnings, rooms } = seen;
        let page = Page::parse(&page);
        // One that started again counts from nothing.
        if self.last.as_ref().is_some_and(|(_, started_before, _)| *started_before != started_at.0) {
            *self = Self::default();
        }
        let rates = self.last.as_ref().and_then(|(at, _, before)| {
            let seconds = elapsed.checked_sub(*at)?.as_secs_f64();
            (seconds > 0.0).then(|| Rates::between(before, &page, seconds))
        });
        let lively_rooms = self.lively(elapsed, rooms);
        let figures = Figures { rates, lively_rooms, warnings, ..Figures::of(&page, now, started_at) };
        self.last = Some((elapsed, started_at.0, page));
        figures
    }

    fn lively(&mut self, elapsed: Duration, rooms: Vec<LivelyRoom>) -> Vec<Lively> {
        self.rooms.push_back((elapsed, rooms.into_iter().map(|room| (room.name, room.entries)).collect()));
        while self.rooms.get(1).is_some_and(|(at, _)| *at + MINUTE <= elapsed) {
            self.rooms.pop_front();
        }
        let Some((_, now)) = self.rooms.back() else { return Vec::new() };
        let mut lively: Vec<Lively> = now
            .iter()
            .map(|(room, entries)| {
                // One that was quiet before is first seen with its first entry.
                let first = self
                    .rooms
                    .iter()
                    .enumerate()
                    .find_map(|(look, (_, seen))| Some((look, *seen.get(room)?)));
                let (look, before) = first.unwrap_or((0, *entries));
                let unseen = u64::from(look > 0);
                Lively { room: room.clone(), entries_per_minute: entries.saturating_sub(before) + unseen }
            })
            .filter(|lively| lively.entries_per_minute > 0)
            .collect();
        lively.sort_by(|one, other| {
            other.entries_per_minute.cmp(&one.entries_per_minute).then_with(|| one.room.cmp(&other.room))
        });
        lively.truncate(ROOMS_MAX);
        lively
    }
}

impl Figures {
    /// All but what needs a look before.
    fn of(page: &Page, now: Timestamp, started_at: Moment) -> Self {
        let value = |name: &str| page.value(name).map(whole);
        let or_zero = |name: &str| value(name).unwrap_or_default();
        let sessions = page.by_label("chat_sessions_open");
        Self {
            at: Moment(now),
            version: page.by_label("chat_server_info").map(|(version, _)| version.to_owned()).collect(),
            uptime_s: (now.0 - started_at.0.0).max(0) / 1000,
            sessions: sessions.map(|(door, sessions)| (door.to_owned(), whole(sessions))).collect(),
            sessions_max: or_zero("chat_sessions_max"),
            sessions_lagging: or_zero("chat_sessions_lagging"),
            accounts_online: or_zero("chat_accounts_online"),
            guests_online: or_zero("chat_guests_online"),
            rooms_open: or_zero("chat_rooms_open"),
            intents_queued: or_zero("chat_intents_queued"),
            passwords_queued: or_zero("chat_passwords_queued"),
            failed_commits: or_zero("chat_batches_failed_total"),
            memory_bytes: value("process_resident_memory_bytes"),
            open_files: value("process_open_fds"),
            open_files_max: value("process_max_fds"),
            database_bytes: or_zero("chat_database_bytes"),
            database_log_bytes: or_zero("chat_database_log_bytes"),
            search_index_bytes: or_zero("chat_search_index_bytes"),
            disk_free_bytes: value("chat_disk_free_bytes"),
            disk_bytes: value("chat_disk_bytes"),
            certificate_expires_at: None,
            rates: None,
            lively_rooms: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl Rates {
    fn between(before: &Page, now: &Page, seconds: f64) -> Self {
        let rate = |name: &str| (now.sum(name) - before.sum(name)).max(0.0) / seconds;
        let commit =
            now.histogram("chat_batch_commit_seconds").since(&before.histogram("chat_batch_commit_seconds"));
        let batch = now.histogram("chat_batch_entries").since(&before.histogram("chat_batch_entries"));
        let has_cpu = now.value("process_cpu_seconds_total").is_some();
        Self {
            entries_per_s: rate("chat_entries_committed_total"),
            deliveries_per_s: rate("chat_items_delivered_total"),
            denied_per_s: rate("chat_intents_denied_total"),
            commits_per_s: rate("chat_batches_committed_total"),
            failed_commits_per_s: rate("chat_batches_failed_total"),
            commit_mean_ms: commit.mean().map(|seconds| seconds * 1000.0),
            commit_p99_ms: commit.quantile(0.99).map(|seconds| seconds * 1000.0),
            batch_mean: batch.mean(),
            logins_accepted_per_s: rate("chat_logins_accepted_total"),
            logins_refused_per_s: rate("chat_logins_refused_total"),
            connections_refused_per_s: rate("chat_connections_refused_total"),
            lags_per_s: rate("chat_sessions_lagged_total"),
            cpu_percent: has_cpu.then(|| rate("process_cpu_seconds_total") * 100.0),
        }
    }
}

/// A number of the server's that is one of whole things.
pub(super) fn whole(value: f64) -> u64 {
    // Saturates.
    value.round() as u64
}
