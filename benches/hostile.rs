//! `cargo bench --bench hostile [-- NAME… | --seconds N]`: attacks on a server with its usual settings, each for some
//! seconds, and what a pair that talks there notices of it. Prints the table of docs/attacks.md.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic ends the attack and says why")]

#[path = "../tests/hostile/program/mod.rs"]
mod program;
#[path = "../tests/it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "it is for the tests as well")]
mod support;

use std::time::Duration;

use program::{ATTACKS, HEAD, MEMORY_MIB_MAX, Plan};

/// An attack lasts longer than the deadline of a handshake, and than its burst.
const SECONDS: u64 = 12;

fn main() {
    let mut names: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let mut seconds = SECONDS;
    if let Some(at) = names.iter().position(|arg| arg == "--seconds") {
        seconds = names.get(at + 1).and_then(|text| text.parse().ok()).expect("--seconds N");
        names.drain(at..at + 2);
    }
    let calm = Duration::from_secs((seconds / 3).max(2));
    let plan = Plan { calm, attack: Duration::from_secs(seconds), is_quick: false };
    println!("{HEAD}");
    for attack in ATTACKS {
        if names.is_empty() || names.iter().any(|name| name == attack.name) {
            let report = program::perform(attack, plan);
            println!("{}", report.row());
            assert!(report.rss_kib[1] < MEMORY_MIB_MAX * 1024, "too much memory");
            assert!(report.latencies.iter().all(|part| part.count > 0), "the pair does not go on");
        }
    }
}
