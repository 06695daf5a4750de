//! Flipped bytes in real files: nothing panics, start-up refuses what it reads, and a look at the
//! whole finds the rest.

use std::fs;
use std::path::Path;

use super::{OpenError, Sqlite, batch, place, run, stranger};
use crate::store::sqlite::verify;
use crate::store::verify::{Report, Request};
use crate::store::{Batch, Journal as _};

/// A database at rest, with a room of so many messages.
async fn made(path: &Path, messages: u64) {
    let store = Sqlite::open(path).await.unwrap();
    store.append(batch(1, messages, "what was said")).await.unwrap();
    store.close().await;
}

/// As a server starts.
async fn start(path: &Path) -> Result<(), OpenError> {
    let store = Sqlite::open(path).await?;
    let checked = store.check_newest(path).await;
    let loaded = store.load().await;
    store.close().await;
    checked?;
    if let Err(error) = loaded {
        return Err(OpenError::Damaged { path: path.into(), cause: error.to_string() });
    }
    Ok(())
}

async fn look(path: &Path) -> Result<Report, OpenError> {
    let request = Request { is_at_rest: true, ..Request::default() };
    verify(path, &request, &mut |_| ()).await
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x15;
    fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_header_that_is_not_as_it_was_is_refused() {
    let (path, _dir) = place();
    made(&path, 3).await;
    let sound = fs::read(&path).unwrap();
    // Counters that SQLite keeps for itself, and what we do not use.
    let free = [24..28, 40..44, 48..52, 55..56, 60..64, 92..100];
    for at in (0..100).filter(|at| !free.iter().any(|range| range.contains(at))) {
        // A file of its own: what opened the one before may still be closing it.
        let (path, _dir) = place();
        fs::write(&path, &sound).unwrap();
        flip(&path, at);
        let refused = start(&path).await;
        let is_right = matches!(&refused, Err(OpenError::Damaged { .. } | OpenError::NotADatabase(_)));
        assert!(is_right, "byte {at}: {refused:?}");
    }
}

#[tokio::test]
async fn a_file_that_was_cut_short_is_refused_wherever_it_was_cut() {
    let (path, _dir) = place();
    made(&path, 300).await;
    let sound = fs::read(&path).unwrap();
    for len in [50, 100, 4000, 4096, sound.len() / 2, sound.len() - 4096, sound.len() - 1] {
        let (path, _dir) = place();
        fs::write(&path, &sound[..len]).unwrap();
        let refused = start(&path).await.unwrap_err();
        let is_right = matches!(&refused, OpenError::Damaged { .. } | OpenError::NotADatabase(_));
        assert!(is_right, "{len}: {refused}");
        assert!(refused.to_string().contains("chatctl restore"), "{refused}");
        assert!(!look(&path).await.is_ok_and(|report| report.is_sound()), "{len}");
    }
}

/// Once at the head of each page and once within it.
#[tokio::test]
async fn a_byte_that_flipped_anywhere_makes_nobody_panic_and_is_found() {
    let (path, _dir) = place();
    made(&path, 300).await;
    let sound = fs::read(&path).unwrap();
    for page in (4096..sound.len()).step_by(4096) {
        // What is free holds nothing.
        let is_used = sound[page..page + 4096].iter().any(|byte| *byte != 0);
        for (at, must_be_found) in [(page, is_used), (page + 3, is_used), (page + 2500, false)] {
            let (path, _dir) = place();
            fs::write(&path, &sound).unwrap();
            flip(&path, at);
            let found = !look(&path).await.is_ok_and(|report| report.is_sound());
            assert!(found || !must_be_found, "byte {at}");
            // Takes long: of every fourth page.
            if page % (4 * 4096) == 0 {
                drop(start(&path).await);
            }
        }
    }
}

#[tokio::test]
async fn the_newest_entries_are_looked_at_and_older_ones_by_who_asks() {
    let (path, _dir) = place();
    made(&path, 1500).await;
    for (seq, is_refused) in [("1499", true), ("501", true), ("500", false)] {
        let mut other = stranger(&path).await;
        let spoil = format!("UPDATE entries SET body = 'other' WHERE seq = {seq}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(spoil)).execute(&mut other).await.unwrap();
        let started = start(&path).await;
        assert_eq!(started.is_err(), is_refused, "{seq}: {started:?}");
        if let Err(error) = started {
            assert!(error.to_string().contains(&format!("entry {seq}: the entry was changed")), "{error}");
        }
        assert_eq!(look(&path).await.unwrap().faults.len(), 1);
        run(&mut other, "UPDATE entries SET body = 'what was said'").await;
    }
}

#[tokio::test]
async fn a_schema_that_lacks_something_is_refused() {
    for sql in ["DROP INDEX entries_sight", "ALTER TABLE accounts RENAME COLUMN nick TO nice"] {
        let (path, _dir) = place();
        made(&path, 1).await;
        run(&mut stranger(&path).await, sql).await;
        let refused = start(&path).await.unwrap_err();
        assert!(matches!(&refused, OpenError::Damaged { .. }), "{refused}");
    }
}

#[tokio::test]
async fn a_damaged_row_spoils_no_other() {
    let (path, _dir) = place();
    let store = Sqlite::open(&path).await.unwrap();
    store.append(batch(1, 5, "x")).await.unwrap();
    let spoil = "UPDATE entries SET body = CAST(x'6dff' AS TEXT) WHERE seq = 2; \
        UPDATE entries SET source = CAST(x'ff' AS TEXT) WHERE seq = 3";
    run(&mut stranger(&path).await, spoil).await;
    assert_eq!(super::stored(&store).await, 4);
    store.append(Batch { entries: batch(6, 6, "x").entries, ..Batch::default() }).await.unwrap();
    assert_eq!(super::stored(&store).await, 5);
}
