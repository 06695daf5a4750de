//! A page of history and a search, out of more and more messages, from the store itself.
//!
//! Places and times differ each time, so that what one look has left in memory does not serve the next.

use std::fs::File;
use std::io;
use std::time::Instant;

use anyhow::{Context as _, Result};
use chat_secure::ids::Seq;
use chat_secure::range::{Content, Point, Range};
use chat_secure::room::Role;
use chat_secure::store::search::Query;
use chat_secure::store::{Journal as _, Search as _};
use tokio::runtime::Runtime;

use super::Plan;
use super::databases::{Database, OPEN, PAGE, all_rooms, query, reader, scope};
use super::load::report::median;
use super::table::Table;

/// Messages of the databases.
pub(crate) const MESSAGES: [u64; 4] = [10_000, 100_000, 1_000_000, 10_000_000];

/// Makes the databases that are not there.
pub(crate) fn make(plan: &Plan) -> Result<()> {
    let runtime = Runtime::new()?;
    for messages in plan.sizes(&MESSAGES, 10_000) {
        runtime.block_on(async {
            let database = Database::open_or_make(&plan.database(messages), messages).await;
            close(&database).await;
        });
    }
    Ok(())
}

/// Pages, and searches.
pub(crate) fn measure(plan: &Plan) -> Result<(Table, Table)> {
    let runtime = Runtime::new()?;
    let (mut pages, mut searches) = (Table::new("messages"), Table::new("messages"));
    for messages in plan.sizes(&MESSAGES, 10_000) {
        let folder = plan.database(messages);
        let database = runtime.block_on(Database::open_or_make(&folder, messages));
        for file in ["chat-secure.db", "search.db"] {
            // So that the system has it in memory: what a disk takes is no matter of ours.
            io::copy(&mut File::open(folder.join(file))?, &mut io::sink())?;
        }
        let times = runtime.block_on(page_times(&database, plan.amount(200, 20)))?;
        for (name, times_ms) in PAGES.into_iter().zip(times) {
            pages.add(messages as f64, name, median(&times_ms));
        }
        for (name, query) in queries() {
            let times_ms = runtime.block_on(search_times(&database, &query, plan.amount(50, 5)))?;
            eprintln!("{messages} messages, {name}: {:.2} ms", median(&times_ms));
            searches.add(messages as f64, name, median(&times_ms));
        }
        runtime.block_on(close(&database));
    }
    Ok((pages, searches))
}

/// What is not in the index yet is taken in with the next start.
async fn close(database: &Database) {
    database.index.close().await;
    database.store.close().await;
}

const PAGES: [&str; 3] = ["the latest", "before a message", "after a time"];

async fn page_times(database: &Database, rounds: u64) -> Result<[Vec<f64>; 3]> {
    let reader = reader(Role::Member, Content::Messages);
    let mut times_ms = [const { Vec::new() }; 3];
    for round in 0..rounds {
        // Strides that share no factor with the length come by everywhere.
        let place = PAGE as u64 + (database.open_len - 2 * PAGE as u64) * (round * 37 % rounds) / rounds;
        let at = database.time_of(place);
        let ranges =
            [Range::Latest(None), Range::Before(Point::Seq(Seq(place))), Range::After(Point::Time(at))];
        for (range, times_ms) in ranges.into_iter().zip(&mut times_ms) {
            let begun = Instant::now();
            let page = database.store.read(OPEN, &reader, range, PAGE).await?;
            times_ms.push(begun.elapsed().as_secs_f64() * 1e3);
            anyhow::ensure!(page.len() >= PAGE - 1, "a page of {} messages", page.len());
        }
    }
    Ok(times_ms)
}

/// What is looked for, as people type it: the last word is the beginning of one. Of a hundred messages three
/// have the common word, of a hundred thousand six the rare one.
fn queries() -> Vec<(&'static str, Query)> {
    let one = vec![scope(OPEN, Role::Member)];
    let all: Vec<_> = all_rooms().map(|room| scope(room, Role::Member)).collect();
    vec![
        ("a common word, one room", query(&one, Some("weo"))),
        ("a common word, all 52 rooms", query(&all, Some("weo"))),
        ("two common words, all rooms", query(&all, Some("weo wes"))),
        ("a rare word, all rooms", query(&all, Some("wlwct"))),
        ("a word nobody said, all rooms", query(&all, Some("nothinglikethis"))),
    ]
}

async fn search_times(database: &Database, query: &Query, rounds: u64) -> Result<Vec<f64>> {
    let mut times_ms = Vec::new();
    for _ in 0..rounds {
        let begun = Instant::now();
        let found = database.index.search(query.clone()).await.context("the search")?;
        times_ms.push(begun.elapsed().as_secs_f64() * 1e3);
        anyhow::ensure!(found.len() <= PAGE, "{} found", found.len());
    }
    Ok(times_ms)
}
