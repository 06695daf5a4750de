//! Judging what the watch has read. Reads nothing itself, and knows no time but that in the readings.

use std::collections::VecDeque;
use std::time::Duration;

use crate::admin::view::{self, Moment};
use crate::clock::Timestamp;
use crate::journal::Counts;

use crate::server::host::FileLimit;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// What is over is told when it has stayed so for this long.
const CALM: Duration = Duration::from_secs(10 * 60);
const GIB: u64 = 1 << 30;
/// So far a clock may be off before that is told.
const CLOCK_SLACK_MS: i64 = 60_000;
/// 2026-01-01: a clock before it was never set, for this program was not written then.
const NO_EARLIER: Timestamp = Timestamp(1_767_225_600_000);
/// Slow commits in a minute that are worth a warning, if they are a hundredth of all.
const SLOW_MIN: u64 = 3;

/// What is warned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The disk will be full.
    DiskFilling,
    /// The system time can't be right.
    ClockWrong,
    /// Fewer files may be open than there may be sessions.
    FilesLimited,
    /// The disk takes too long.
    CommitsSlow,
    /// The store takes nothing.
    CommitsFailing,
}

/// Room on a disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) struct Disk {
    /// For this user.
    pub(in crate::server) free: u64,
    /// All of it.
    pub(in crate::server) size: u64,
}

/// How things are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// Since the watch began; never runs backwards.
    pub(super) elapsed: Duration,
    /// What the clock says.
    pub(super) now: Timestamp,
    /// When the newest entry was made.
    pub(super) newest: Timestamp,
    pub(super) disk: Option<Disk>,
    pub(super) files: FileLimit,
    pub(super) commits: Counts,
}

/// What is to be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Remark {
    Begun(Kind, String),
    Lasts(Kind, String),
    Over(Kind),
    ClockSetBack { by: Duration },
}

/// What was seen before.
#[derive(Debug, Default)]
pub(super) struct Judge {
    states: [State; Kind::ALL.len()],
    last: Option<(Duration, Timestamp)>,
    /// Commits and slow ones, of the last minute.
    commits: VecDeque<(Duration, u64, u64)>,
    /// Free bytes, once an hour, of the last day.
    free: VecDeque<(Duration, u64)>,
}

/// Of one kind.
#[derive(Debug, Default)]
struct State {
    active: Option<(String, Timestamp)>,
    /// When it was last told, if it was not told that it is over.
    told_at: Option<Duration>,
    calm_since: Option<Duration>,
}

impl Kind {
    pub(super) const ALL: [Self; 5] =
        [Self::DiskFilling, Self::ClockWrong, Self::FilesLimited, Self::CommitsSlow, Self::CommitsFailing];

    /// As metrics and JSON have it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::DiskFilling => "disk_filling",
            Self::ClockWrong => "clock_wrong",
            Self::FilesLimited => "files_limited",
            Self::CommitsSlow => "commits_slow",
            Self::CommitsFailing => "commits_failing",
        }
    }

    /// What is said at the end.
    pub(super) fn over(self) -> &'static str {
        match self {
            Self::DiskFilling => "there is room on the disk again",
            Self::ClockWrong => "the clock can be right again",
            Self::FilesLimited => "enough files may be open again",
            Self::CommitsSlow => "commits are fast again",
            Self::CommitsFailing => "commits succeed again",
        }
    }
}

impl Judge {
    /// Takes a reading; what is to be logged of it.
    pub(super) fn judge(&mut self, reading: &Reading) -> Vec<Remark> {
        let found = [
            self.disk(reading),
            clock(reading),
            files(reading.files),
            self.slow(reading),
            reading.commits.failing.then(|| {
                "the store takes no commits: nothing that is said is stored, and senders are told".to_owned()
            }),
        ];
        let mut remarks: Vec<Remark> = self.set_back(reading).into_iter().collect();
        for ((kind, state), found) in Kind::ALL.into_iter().zip(&mut self.states).zip(found) {
            remarks.extend(state.follow(kind, found, reading));
        }
        remarks
    }

    /// What is wrong now.
    pub(super) fn warnings(&self) -> Vec<view::Warning> {
        let states = Kind::ALL.iter().zip(&self.states);
        let active = states.filter_map(|(kind, state)| Some((kind, state.active.as_ref()?)));
        let shown = active.map(|(kind, (text, since))| view::Warning {
            kind: kind.word().to_owned(),
            text: text.clone(),
            since: Moment(*since),
        });
        shown.collect()
    }

    fn disk(&mut self, reading: &Reading) -> Option<String> {
        let Disk { free, size } = reading.disk?;
        let is_due = self.free.back().is_none_or(|(at, _)| reading.elapsed >= *at + HOUR);
        if is_due {
            self.free.push_back((reading.elapsed, free));
        }
        while self.free.front().is_some_and(|(at, _)| *at + DAY < reading.elapsed) {
            self.free.pop_front();
        }
        let (share, gib) = (free / (size / 100).max(1), free / GIB);
        let room = format!("{share} % of the disk, {gib} GiB, are free");
        if free < GIB {
            return Some(format!("the disk is filling up: less than 1 GiB is free ({share} %)"));
        }
        if free < size / 10 {
            return Some(format!("the disk is filling up: {room}"));
        }
        let (at, before) = self.free.front()?;
        let seconds = (reading.elapsed - *at).as_secs();
        let used = u128::from(before.saturating_sub(free)) * u128::from(DAY.as_secs());
        // What an hour or more has taken, a day would take so many times.
        let is_short = seconds >= HOUR.as_secs() && used / u128::from(seconds) > u128::from(free);
        is_short.then(|| format!("the disk is filling up: {room}, and at this pace it is full within a day"))
    }

    fn slow(&mut self, reading: &Reading) -> Option<String> {
        let Counts { commits, slow, .. } = reading.commits;
        self.commits.push_back((reading.elapsed, commits, slow));
        // The first one left is from a minute ago.
        while self.commits.get(1).is_some_and(|(at, ..)| *at + MINUTE <= reading.elapsed) {
            self.commits.pop_front();
        }
        let (_, commits_before, slow_before) = *self.commits.front()?;
        let (commits, slow) = (commits - commits_before, slow - slow_before);
        (slow >= SLOW_MIN && slow * 100 > commits).then(|| {
            format!("commits are slow: {slow} of {commits} in the last minute took longer than a second; look at the disk")
        })
    }

    /// Whether the clock stands further back than the time that has gone by.
    fn set_back(&mut self, reading: &Reading) -> Option<Remark> {
        let (elapsed, now) = self.last.replace((reading.elapsed, reading.now))?;
        let passed_ms = i64::try_from((reading.elapsed - elapsed).as_millis()).unwrap_or(i64::MAX);
        let back_ms = now.after_ms(passed_ms).0 - reading.now.0;
        let by = Duration::from_millis(back_ms.unsigned_abs());
        (back_ms > CLOCK_SLACK_MS).then_some(Remark::ClockSetBack { by })
    }
}

impl State {
    fn follow(&mut self, kind: Kind, found: Option<String>, reading: &Reading) -> Option<Remark> {
        let elapsed = reading.elapsed;
        let Some(text) = found else {
            self.active = None;
            let calm_since = *self.calm_since.get_or_insert(elapsed);
            let is_over = self.told_at.is_some() && elapsed >= calm_since + CALM;
            return is_over.then(|| {
                self.told_at = None;
                Remark::Over(kind)
            });
        };
        self.calm_since = None;
        let since = self.active.take().map_or(reading.now, |(_, since)| since);
        self.active = Some((text.clone(), since));
        let remark = match self.told_at {
            None => Remark::Begun(kind, text),
            Some(told_at) if elapsed >= told_at + DAY => Remark::Lasts(kind, text),
            Some(_) => return None,
        };
        self.told_at = Some(elapsed);
        Some(remark)
    }
}

fn clock(reading: &Reading) -> Option<String> {
    let Reading { now, newest, .. } = reading;
    if *now < NO_EARLIER {
        return Some(format!(
            "the clock is wrong: {now} is before this program was written; is it set from the network?"
        ));
    }
    (newest.0 > now.0 + CLOCK_SLACK_MS).then(|| {
        format!("the clock is wrong: the newest entry is of {newest}, which is still to come; new ones bear that time")
    })
}

fn files(FileLimit { allowed, needed }: FileLimit) -> Option<String> {
    let allowed = allowed.filter(|allowed| *allowed < needed)?;
    Some(format!(
        "only {allowed} open files are allowed, and sessions_max needs {needed}: raise ulimit -n, or LimitNOFILE in systemd"
    ))
}
