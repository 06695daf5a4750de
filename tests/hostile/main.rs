//! The hostile tester, in short: each attack for a second or two, on a server whose limits are met by then.
//!
//! What it asserts depends on no machine's speed: the pair loses nothing and goes on, the server stays below
//! its bound of memory, attackers are ended by the limit that is meant for them, and afterwards somebody
//! signs in. `cargo bench --bench hostile` measures the same at length.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

mod program;
#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "it is for the other tests as well")]
mod support;

use std::time::Duration;

use program::{ATTACKS, HEAD, MEMORY_MIB_MAX, Plan};

const PLAN: Plan =
    Plan { calm: Duration::from_millis(400), attack: Duration::from_millis(1500), is_quick: true };

/// Signing in afterwards takes less, on the slowest of machines.
const SIGN_IN_MAX: Duration = Duration::from_secs(10);

fn withstand(names: &[&str]) {
    for name in names {
        let attack = ATTACKS.iter().find(|attack| attack.name == *name).expect("an attack of this name");
        let report = program::perform(attack, PLAN);
        let row = format!("{HEAD}\n{}\n{:?}", report.row(), report.told);
        println!("{row}");
        assert!(attack.is_told(&report.told), "nobody was told {:?}\n{row}", attack.told);
        assert!(report.rss_kib[1] < MEMORY_MIB_MAX * 1024, "too much memory\n{row}");
        assert!(report.latencies.iter().all(|part| part.count > 0), "the pair does not go on\n{row}");
        assert!(report.sign_in < SIGN_IN_MAX, "nobody can sign in afterwards\n{row}");
    }
}

#[test]
fn who_is_slow_is_ended_in_time() {
    withstand(&["slow-handshake", "slow-registration", "slow-http-head", "slow-websocket"]);
}

#[test]
fn who_does_nothing_is_ended_in_time() {
    withstand(&["half-open", "vanished"]);
}

#[test]
fn who_comes_and_goes_at_full_speed_is_turned_away() {
    withstand(&["handshakes", "hang-ups"]);
}

#[test]
fn garbage_does_no_harm() {
    withstand(&["garbage-before-tls", "garbage-after-tls"]);
}

#[test]
fn floods_of_lines_are_slowed_or_ended() {
    withstand(&["endless-lines", "tags", "batches"]);
}

#[test]
fn rooms_have_a_bound_and_deaf_readers_slow_nobody() {
    withstand(&["thousand-rooms", "deaf-readers"]);
}

#[test]
fn guessing_passwords_is_slowed_and_locks_nobody_out() {
    withstand(&["wrong-passwords", "wrong-passwords-api", "http2-broken-logins"]);
}

#[test]
fn http_has_the_same_limits() {
    withstand(&["huge-heads", "http2-streams", "http2-resets", "endless-uploads"]);
}

#[test]
fn bombs_do_not_go_off() {
    withstand(&["picture-bombs"]);
}

#[test]
fn questions_are_answered_no_faster_than_so() {
    withstand(&["history", "searches"]);
}

#[test]
fn each_attack_is_made() {
    let source = include_str!("main.rs");
    for attack in ATTACKS {
        assert!(source.contains(&format!("\"{}\"", attack.name)), "{} is never made", attack.name);
    }
}
