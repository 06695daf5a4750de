//! Whatever people do, in whatever order: what is on disk has no gaps, everybody sees all that they
//! may, once and in one order, history is what was seen, and nobody sees anything else.
//!
//! `deed` makes sequences, `stage` plays them on a real server, `rooms` is the model, and `judge`
//! compares.

mod deed;
mod journal;
mod judge;
mod rooms;
mod stage;

use std::cell::Cell;

use tokio::runtime::Runtime;

use crate::support::{Server, chance};
use deed::Act;
use journal::Journal;
use stage::Stage;

/// Sequences that one run tries, and how long they get.
const CASES: u32 = 24;
const ACTS_MAX: usize = 60;

#[test]
fn whatever_people_do_each_sees_what_they_may_once_and_in_one_order() {
    let server = Server::with(&[
        "--guests=true",
        "--default-room=",
        "--flood-per-second=0",
        "--history-page-len-max=1000",
        "--sessions-per-address-max=1000",
    ]);
    let runtime = Runtime::new().unwrap();
    let number = Cell::new(0);
    chance::try_all(CASES, &deed::sequences(ACTS_MAX), |acts| {
        number.set(number.get() + 1);
        runtime.block_on(hold(&server, number.get(), &acts))
    });
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
