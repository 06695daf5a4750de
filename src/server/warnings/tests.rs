//! What is worth a warning, by tables, and how often it is said.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::journal::Counts;

use super::judge::{Disk, Judge, Kind, Reading, Remark};
use crate::server::host::FileLimit;

const GIB: u64 = 1 << 30;
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// 2026-11-20.
const BEGINNING_MS: i64 = 1_795_132_800_000;

/// A good one, so many seconds after the beginning.
fn good(seconds: u64) -> Reading {
    Reading {
        elapsed: Duration::from_secs(seconds),
        now: Timestamp(BEGINNING_MS + i64::try_from(seconds).unwrap() * 1000),
        newest: Timestamp(BEGINNING_MS),
        disk: Some(Disk { free: 500 * GIB, size: 1000 * GIB }),
        files: FileLimit { allowed: Some(65_536), needed: 10_064 },
        commits: Counts::default(),
    }
}

fn kinds(judge: &Judge) -> Vec<String> {
    judge.warnings().into_iter().map(|warning| warning.kind).collect()
}

#[test]
fn one_look_is_enough_for_what_is_wrong_already() {
    let disk = |free, size| Reading { disk: Some(Disk { free, size }), ..good(0) };
    let clock = |ms| Reading { now: Timestamp(BEGINNING_MS + ms), ..good(0) };
    let files = |allowed| Reading { files: FileLimit { allowed, needed: 1000 }, ..good(0) };
    let failing = |failing| Reading { commits: Counts { failing, ..Counts::default() }, ..good(0) };
    let table: [(Reading, &[Kind]); 16] = [
        (good(0), &[]),
        (disk(100 * GIB, 1000 * GIB), &[]),
        (disk(99 * GIB, 1000 * GIB), &[Kind::DiskFilling]),
        (disk(GIB, 8 * GIB), &[]),
        (disk(GIB - 1, 8 * GIB), &[Kind::DiskFilling]),
        (disk(0, 0), &[Kind::DiskFilling]),
        (Reading { disk: None, ..good(0) }, &[]),
        (clock(-60_000), &[]),
        (clock(-60_001), &[Kind::ClockWrong]),
        (Reading { now: Timestamp(0), newest: Timestamp(0), ..good(0) }, &[Kind::ClockWrong]),
        (files(Some(1000)), &[]),
        (files(Some(999)), &[Kind::FilesLimited]),
        (files(None), &[]),
        (failing(true), &[Kind::CommitsFailing]),
        (failing(false), &[]),
        (
            Reading { disk: Some(Disk { free: 1, size: GIB }), ..files(Some(9)) },
            &[Kind::DiskFilling, Kind::FilesLimited],
        ),
    ];
    for (reading, expected) in table {
        let mut judge = Judge::default();
        let remarks = judge.judge(&reading);
        let words: Vec<&str> = expected.iter().map(|kind| kind.word()).collect();
        assert_eq!(kinds(&judge), words, "{reading:?}");
        let begun =
            |(remark, kind): (&Remark, &Kind)| matches!(remark, Remark::Begun(begun, _) if begun == kind);
        assert!(remarks.len() == expected.len() && remarks.iter().zip(expected).all(begun), "{remarks:?}");
    }
}

#[test]
fn a_warning_is_told_when_it_begins_daily_and_when_it_is_over() {
    let mut judge = Judge::default();
    let mut told = |seconds: u64, failing: bool| {
        let commits = Counts { failing, ..Counts::default() };
        let remarks = judge.judge(&Reading { commits, ..good(seconds) });
        let words = remarks.iter().map(|remark| match remark {
            Remark::Begun(kind, _) => ("begun", *kind),
            Remark::Lasts(kind, _) => ("lasts", *kind),
            Remark::Over(kind) => ("over", *kind),
            Remark::ClockSetBack { .. } => panic!("{remark:?}"),
        });
        let words: Vec<_> = words.collect();
        (words.iter().map(|(word, _)| *word).collect::<Vec<_>>(), judge.warnings().len())
    };
    assert_eq!(told(0, true), (vec!["begun"], 1));
    assert_eq!(told(10, true), (vec![], 1));
    assert_eq!(told(DAY - 1, true), (vec![], 1));
    assert_eq!(told(DAY, true), (vec!["lasts"], 1));
    assert_eq!(told(DAY + HOUR, true), (vec![], 1));
    // What comes and goes is not told each time, but the list is always right.
    assert_eq!(told(DAY + HOUR + 10, false), (vec![], 0));
    assert_eq!(told(DAY + HOUR + 20, true), (vec![], 1));
    assert_eq!(told(DAY + HOUR + 30, false), (vec![], 0));
    assert_eq!(told(DAY + HOUR + 30 + 10 * MINUTE, false), (vec!["over"], 0));
    assert_eq!(told(2 * DAY, false), (vec![], 0));
    assert_eq!(told(2 * DAY + 10, true), (vec!["begun"], 1));
}

#[test]
fn a_disk_that_is_full_within_a_day_is_warned_of_after_an_hour() {
    for (gib_an_hour, warns) in [(0, false), (10, false), (25, true)] {
        let mut judge = Judge::default();
        let mut look = |hours: u64, free_gib: u64| {
            let disk = Some(Disk { free: free_gib * GIB, size: 1000 * GIB });
            judge.judge(&Reading { disk, ..good(hours * HOUR) });
            !judge.warnings().is_empty()
        };
        assert!(!look(0, 500));
        assert_eq!(look(1, 500 - gib_an_hour), warns, "{gib_an_hour} GiB an hour");
        // Somebody made room.
        assert!(!look(2, 900));
    }
}

#[test]
fn one_hour_of_much_does_not_count_when_the_day_was_calm() {
    let mut judge = Judge::default();
    for hour in 0..24 {
        let disk = Some(Disk { free: 500 * GIB, size: 1000 * GIB });
        judge.judge(&Reading { disk, ..good(hour * HOUR) });
    }
    let disk = Some(Disk { free: 450 * GIB, size: 1000 * GIB });
    judge.judge(&Reading { disk, ..good(24 * HOUR) });
    assert_eq!(kinds(&judge), [""; 0]);
}

#[test]
fn slow_commits_are_counted_by_the_minute() {
    let mut judge = Judge::default();
    let mut look = |seconds: u64, commits: u64, slow: u64| {
        let commits = Counts { commits, slow, ..Counts::default() };
        judge.judge(&Reading { commits, ..good(seconds) });
        !judge.warnings().is_empty()
    };
    assert!(!look(0, 1000, 900), "those before the watch began");
    assert!(!look(10, 1010, 902), "two are few");
    assert!(look(20, 1020, 903));
    assert!(look(60, 1030, 905));
    assert!(look(70, 1040, 906));
    assert!(!look(90, 2000, 907), "less than a hundredth");
    assert!(!look(300, 2001, 907));
}

#[test]
fn a_clock_that_is_set_back_while_the_server_runs_is_told_once() {
    let mut judge = Judge::default();
    let mut look = |seconds: u64, off_ms: i64| {
        let now = Timestamp(good(seconds).now.0 + off_ms);
        judge.judge(&Reading { now, newest: Timestamp(0), ..good(seconds) })
    };
    assert_eq!(look(0, 0), []);
    assert_eq!(look(10, -60_000), []);
    assert_eq!(look(20, -60_000), []);
    let by = Duration::from_secs(100);
    assert_eq!(look(30, -160_000), [Remark::ClockSetBack { by }]);
    assert_eq!(look(40, -160_000), []);
    assert_eq!(look(50, 3_600_000), []);
}
