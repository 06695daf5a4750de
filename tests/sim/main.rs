//! The journal, the store and the sessions under faults, everything decided by one seed.
//!
//! One thread, a clock that stands still unless nobody has anything to do, a disk in memory. Journal,
//! directory, tail and sessions are the server's own; clients are at the other end of pipes. A server's
//! life ends with a crash at any moment, and the next one begins with what the disk holds. Holds no
//! rule of the server: only the judge's.
//!
//! `SIM_SEEDS=10000` tries so many seeds, `SIM_SEEDS=500..600` these; `SIM_SEED=123` tries one and
//! tells what happens.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]
#![allow(clippy::wildcard_enum_match_arm, reason = "the judge looks at a few kinds of events only")]

mod chance;
mod client;
mod disk;
mod judge;
#[path = "../../benches/memory/mod.rs"]
#[allow(dead_code, reason = "its store keeps nothing")]
mod memory;
#[path = "../it/support/message.rs"]
#[allow(dead_code, reason = "the judge needs less than others")]
mod message;
#[path = "../../src/store/conformance/model.rs"]
#[allow(dead_code, reason = "one of two ways to ask")]
mod model;
mod pipe;
mod play;
mod script;
mod store_with_faults;
#[path = "../../benches/memory/surroundings.rs"]
mod surroundings;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

// The model speaks of the crate's own modules.
use chat_secure::{ids, range, room, store};

use play::{Play, Tally};
use store_with_faults::Store;
use surroundings::Surroundings;

/// Seeds of a usual run.
const SEEDS: u64 = 200;
/// Seeds that have found something. As long as nobody changes what may happen they would again.
const FOUND: [u64; 3] = [49, 929, 5017];
/// After so many seeds a long run says that it goes on.
const TOLD_EVERY: u64 = 1000;

#[test]
fn whatever_fails_what_was_echoed_is_stored_and_seen_by_all_once_and_in_order() {
    let (seeds, is_told) = asked_for();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let blank: Arc<dyn store::Store> = Arc::new(Store::new(0, Vec::new()));
    let surroundings = runtime.block_on(Surroundings::new(blank, memory::clock()));
    let (mut failed, mut sum) = (Vec::new(), Tally::default());
    let count = seeds.len();
    for seed in seeds {
        if seed % TOLD_EVERY == TOLD_EVERY - 1 {
            eprintln!("seed {seed}");
        }
        match attempt(seed, &surroundings, is_told) {
            Ok(tally) => sum.add(&tally),
            Err(fault) => {
                eprintln!(
                    "seed {seed}: {fault}\n  again: SIM_SEED={seed} cargo test --test sim -- --nocapture"
                );
                failed.push(seed);
            }
        }
    }
    eprintln!("{count} seeds: {sum:?}");
    assert!(failed.is_empty(), "{} of {count} seeds failed: {failed:?}", failed.len());
}

#[test]
fn the_same_seed_leads_to_the_same_course() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let blank: Arc<dyn store::Store> = Arc::new(Store::new(0, Vec::new()));
    let surroundings = runtime.block_on(Surroundings::new(blank, memory::clock()));
    for seed in 0..8 {
        let course = || Play::new(seed, false).run(&surroundings).unwrap().course;
        assert_eq!(course(), course(), "seed {seed}");
    }
}

/// A panic of the play is a failure of this seed.
fn attempt(seed: u64, surroundings: &Surroundings, is_told: bool) -> Result<Tally, String> {
    let play = AssertUnwindSafe(|| Play::new(seed, is_told).run(surroundings));
    catch_unwind(play).unwrap_or_else(|_| Err("a panic".to_owned()))
}

/// Which seeds, and whether their course is told.
fn asked_for() -> (Vec<u64>, bool) {
    let variable = |name: &str| std::env::var(name).ok();
    let number = |text: &str| -> u64 { text.parse().unwrap_or_else(|_| panic!("{text:?} is no number")) };
    if let Some(seed) = variable("SIM_SEED") {
        return (vec![number(&seed)], true);
    }
    let seeds = match variable("SIM_SEEDS") {
        None => (0..SEEDS).chain(FOUND.into_iter().filter(|seed| *seed >= SEEDS)).collect(),
        Some(text) => match text.split_once("..") {
            Some((first, end)) => (number(first)..number(end)).collect(),
            None => (0..number(&text)).collect(),
        },
    };
    (seeds, false)
}
