//! Whatever people do, in whatever order: what is on disk has no gaps, everybody sees all that they
//! may, once and in one order, history is what was seen, and nobody sees anything else.
//!
//! `deed` makes sequences, `stage` plays them on a real server, `rooms` is the model, and `judge`
//! compares. A failure is shrunk and tells its seed; `ANY_SEQUENCE_SEED` tries that one again,
//! `ANY_SEQUENCE_CASES` tries more of them.

mod deed;
mod journal;
mod judge;
mod rooms;
mod stage;

use std::cell::Cell;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tokio::runtime::Runtime;

use crate::support::Server;
use deed::Act;
use journal::Journal;
use stage::Stage;

/// Sequences that one run tries, and how long they get.
const CASES: u32 = 24;
const ACTS_MAX: usize = 60;

#[test]
fn whatever_people_do_each_sees_what_they_may_once_and_in_one_order() {
    let seed = number("ANY_SEQUENCE_SEED").unwrap_or_else(|| getrandom::u64().unwrap());
    let cases = number("ANY_SEQUENCE_CASES").map_or(CASES, |cases| cases.try_into().unwrap());
    eprintln!("ANY_SEQUENCE_SEED={seed}");
    let server = Server::with(&[
        "--guests=true",
        "--default-room=",
        "--flood-per-second=0",
        "--history-page-len-max=1000",
        "--sessions-per-address-max=1000",
        "--argon2-memory-kib=8",
        "--argon2-passes=1",
    ]);
    let runtime = Runtime::new().unwrap();
    let config = Config { cases, max_shrink_time: 60_000, failure_persistence: None, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let number = Cell::new(0);
    let outcome = runner.run(&deed::sequences(ACTS_MAX), |acts| {
        number.set(number.get() + 1);
        runtime.block_on(hold(&server, number.get(), &acts)).map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, acts)) => panic!("seed {seed}: {reason}\n{acts:#?}"),
        Err(TestError::Abort(reason)) => panic!("seed {seed}: {reason}"),
    }
    // The server has stood it.
    runtime.block_on(async { server.guest("last").await.sync().await });
}

/// Plays the sequence and judges it.
async fn hold(server: &Server, number: usize, acts: &[Act]) -> Result<(), String> {
    let mut journal = Journal::open(server).await;
    let start = journal.head().await;
    let record = Stage::set(server, number).await.play(acts).await;
    judge::judge(&record, &journal.after(start).await)
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable)
        .ok()
        .map(|value| value.parse().unwrap_or_else(|_| panic!("{variable} is no number")))
}
