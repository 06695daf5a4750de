//! From pages to figures and from figures to a screen, by tables.

use std::time::Duration;

use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr as _;

use crate::admin::view::{LivelyRoom, Metrics, Moment, Warning};
use crate::clock::Timestamp;

use super::figures::{Before, Figures};
use super::page::Page;
use super::screen::{Tone, bytes, length, line, milliseconds, number, screen, text};

const STARTED_AT: Timestamp = Timestamp(1_795_132_800_000);

/// What a server says that has done so much.
fn page(entries: u32, commits: u32, slow: u32) -> String {
    let fast = commits - slow;
    format!(
        "# HELP chat_sessions_open Sessions.\n# TYPE chat_sessions_open gauge\n\
         chat_sessions_open{{door=\"tls\"}} 3\nchat_sessions_open{{door=\"web\"}} 2\n\
         chat_sessions_max 10000\nchat_sessions_lagging 1\nchat_accounts_online 4\n\
         chat_server_info{{version=\"1.2.3\"}} 1\n\
         chat_entries_committed_total {entries}\nchat_batches_committed_total {commits}\n\
         chat_batch_commit_seconds_sum {}\nchat_batch_commit_seconds_count {commits}\n\
         chat_batch_commit_seconds_bucket{{le=\"0.001\"}} 0\nchat_batch_commit_seconds_bucket{{le=\"0.002\"}} {fast}\n\
         chat_batch_commit_seconds_bucket{{le=\"2.0\"}} {commits}\nchat_batch_commit_seconds_bucket{{le=\"+Inf\"}} {commits}\n\
         chat_batch_entries_sum {entries}\nchat_batch_entries_count {commits}\n\
         chat_logins_refused_total{{cause=\"wrong password\"}} {entries}\n\
         chat_logins_refused_total{{cause=\"throttled\"}} 1\n\
         process_cpu_seconds_total {}\nprocess_resident_memory_bytes 52428800\nprocess_open_fds 20\n\
         process_max_fds 1048576\nchat_disk_free_bytes 1073741824\nchat_disk_bytes 10737418240\n# EOF\n",
        f64::from(fast) * 0.0015 + f64::from(slow) * 1.5,
        f64::from(commits) / 1000.0,
    )
}

fn seen(page: String, rooms: &[(&str, u64)]) -> Metrics {
    let rooms =
        rooms.iter().map(|(name, entries)| LivelyRoom { name: (*name).to_owned(), entries: *entries });
    Metrics { started_at: Moment(STARTED_AT), page, warnings: Vec::new(), rooms: rooms.collect() }
}

fn look(before: &mut Before, seconds: u64, seen: Metrics) -> Figures {
    let now = STARTED_AT.after_ms(i64::try_from(seconds).unwrap() * 1000);
    before.compare(Duration::from_secs(seconds), now, seen)
}

fn close(one: Option<f64>, other: f64) -> bool {
    one.is_some_and(|one| (one - other).abs() < 1e-9)
}

#[test]
fn a_page_is_read_by_name_and_label() {
    let page = Page::parse(&page(7, 4, 0));
    assert_eq!(page.value("chat_accounts_online"), Some(4.0));
    assert_eq!(page.value("chat_accounts"), None);
    assert_eq!(page.sum("chat_sessions_open"), 5.0);
    assert_eq!(page.sum("chat_sessions"), 0.0, "the beginning of a name is another name");
    assert_eq!(
        page.by_label("chat_logins_refused_total").collect::<Vec<_>>(),
        [("throttled", 1.0), ("wrong password", 7.0)]
    );
    assert_eq!(Page::parse("nonsense\n= =\n x 1e3x\n"), Page::default());
}

#[test]
fn rates_are_differences_by_the_second() {
    let mut before = Before::default();
    let first = look(&mut before, 10, seen(page(100, 50, 0), &[]));
    assert_eq!((first.rates, first.uptime_s), (None, 10));
    let figures = look(&mut before, 12, seen(page(140, 60, 0), &[]));
    assert_eq!((figures.sessions["tls"], figures.sessions_lagging, figures.accounts_online), (3, 1, 4));
    let rates = figures.rates.unwrap();
    assert_eq!((rates.entries_per_s, rates.commits_per_s, rates.logins_refused_per_s), (20.0, 5.0, 20.0));
    assert_eq!((rates.deliveries_per_s, rates.batch_mean), (0.0, Some(4.0)));
    assert!(close(rates.commit_mean_ms, 1.5) && close(rates.commit_p99_ms, 1.99), "{rates:?}");
    assert!(close(rates.cpu_percent, 0.5), "{rates:?}");
    // One of a hundred is not above the 99th percentile, two are.
    for (commits, slow, expected_ms) in [(160, 1, 2.0), (260, 3, 1001.0)] {
        let rates = look(&mut before, u64::from(commits), seen(page(140, commits, slow), &[])).rates.unwrap();
        assert!(close(rates.commit_p99_ms, expected_ms), "{rates:?}");
    }
    let calm = look(&mut before, 500, seen(page(140, 260, 3), &[])).rates.unwrap();
    assert_eq!(
        (calm.commit_mean_ms, calm.commit_p99_ms, calm.batch_mean, calm.commits_per_s),
        (None, None, None, 0.0)
    );
}

#[test]
fn a_server_that_started_again_counts_from_nothing() {
    let mut before = Before::default();
    look(&mut before, 10, seen(page(100, 50, 0), &[]));
    let again = Metrics { started_at: Moment(STARTED_AT.after_ms(1)), ..seen(page(1, 1, 0), &[]) };
    assert_eq!(look(&mut before, 11, again.clone()).rates, None);
    assert_eq!(look(&mut before, 12, again).rates.unwrap().entries_per_s, 0.0);
}

#[test]
fn rooms_are_shown_by_the_entries_of_a_minute() {
    let mut before = Before::default();
    let mut at = |seconds, rooms: &[(&str, u64)]| {
        let figures = look(&mut before, seconds, seen(String::new(), rooms));
        figures.lively_rooms.into_iter().map(|room| (room.room, room.entries_per_minute)).collect::<Vec<_>>()
    };
    let expect =
        |rooms: &[(&str, u64)]| rooms.iter().map(|(room, n)| ((*room).to_owned(), *n)).collect::<Vec<_>>();
    assert_eq!(at(0, &[("#a", 100)]), expect(&[]));
    assert_eq!(at(1, &[("#a", 103), ("#b", 50)]), expect(&[("#a", 3), ("#b", 1)]));
    assert_eq!(at(30, &[("#a", 103), ("#b", 60)]), expect(&[("#b", 11), ("#a", 3)]));
    assert_eq!(at(61, &[("#b", 61)]), expect(&[("#b", 11)]));
    assert_eq!(at(200, &[]), expect(&[]));
}

#[test]
fn numbers_are_short() {
    for (value, expected) in [
        (0.0, "0"),
        (0.04, "0.0"),
        (1.0, "1"),
        (12.34, "12.3"),
        (99.9, "99.9"),
        (99.96, "100"),
        (4800.0, "4800"),
        (99_999.0, "99999"),
        (1_048_576.0, "1049k"),
        (123_456_789.0, "123M"),
    ] {
        assert_eq!(number(value), expected, "{value}");
    }
    for (value, expected) in [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (1 << 20, "1.0 MiB"),
        (52_428_800, "50 MiB"),
        (u64::MAX, "16777216 TiB"),
    ] {
        assert_eq!(bytes(value), expected);
    }
    for (value, expected) in [(0.25, "0.25 ms"), (12.4, "12 ms"), (999.6, "1.0 s"), (65_000.0, "65.0 s")] {
        assert_eq!(milliseconds(value), expected);
    }
    for (value, expected) in
        [(0, "0 min 0 s"), (3599, "59 min 59 s"), (3600, "1 h 0 min"), (90_000, "1 d 1 h")]
    {
        assert_eq!(length(value), expected);
    }
}

/// A server with something of everything.
fn full() -> Figures {
    let mut before = Before::default();
    look(&mut before, 90_000, seen(page(100, 50, 0), &[("#lobby", 10)]));
    let warning = Warning {
        kind: "disk_filling".into(),
        text: "the disk is filling up: 9 % of the disk, 900 GiB, are free".into(),
        since: Moment(STARTED_AT),
    };
    let now = Metrics {
        warnings: vec![warning],
        ..seen(page(160, 60, 1), &[("#lobby", 20), ("#\u{1b}日本", 3)])
    };
    let certificate_expires_at = Some(Moment(STARTED_AT.after_ms(40 * 86_400_000)));
    Figures { certificate_expires_at, ..look(&mut before, 90_001, now) }
}

#[test]
fn a_screen_holds_all_of_it_in_eighty_columns_and_fits_into_less() {
    let text = text(&full(), &TimeZone::UTC);
    insta::assert_snapshot!(text);
    for size in [(80, 24), (40, 10), (13, 1), (0, 0), (200, 60)] {
        let lines = screen(&full(), Some("no server runs"), &TimeZone::UTC, size);
        assert!(lines.len() <= size.1.max(1), "{size:?}");
        for line in &lines {
            let width: usize = line.iter().map(|(_, text)| text.width()).sum();
            assert!(width <= size.0, "{size:?} {line:?}");
        }
    }
    let shown = screen(&full(), Some("no server runs"), &TimeZone::UTC, (80, 40));
    assert_eq!(shown[1][0].1, "no server runs");
    let alerts: Vec<&str> = shown
        .iter()
        .flatten()
        .filter(|(tone, _)| *tone == Tone::Alert)
        .map(|(_, text)| text.trim())
        .collect();
    let expected = [
        "no server runs",
        "1",
        "1.8 s",
        "1.0 GiB",
        "10 %",
        "warning      the disk is filling up: 9 % of the disk, 900 GiB, are free (since",
        "2026-11-20 00:00:00)",
    ];
    assert_eq!(alerts, expected);
}

#[test]
fn a_line_is_made_of_names_and_values() {
    let line = line(&full());
    assert!(
        line.starts_with("at=2026-11-21T01:00:01.000Z sessions=5 accounts=4 guests=0 entries=60.0 "),
        "{line}"
    );
    assert!(
        line.ends_with(" warnings=1\n") && line.trim().split(' ').all(|pair| pair.contains('=')),
        "{line}"
    );
}
