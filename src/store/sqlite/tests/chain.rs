//! The chain of a real file: whole whatever is appended, and every change of it is found.

use std::path::Path;

use sqlx::AssertSqlSafe;

use super::{Sqlite, batch, place, stranger};
use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::room::{Earlier, Edited, Entry, Event, Redacted, Role, Said, Speech};
use crate::store::retention::{Cutoff, Retention as _};
use crate::store::sqlite::verify;
use crate::store::verify::{Choice, Head, Report, Request, Wrong};
use crate::store::{Batch, Error, Journal as _};

/// An entry of the room like those of [`batch`].
fn entry(seq: u64, event: Event) -> std::sync::Arc<Entry> {
    let one = batch(seq, seq, "").entries.remove(0);
    std::sync::Arc::new(Entry { event, ..(*one).clone() })
}

fn earlier(seq: u64) -> Earlier {
    Earlier { seq: Seq(seq), at: Timestamp(1) }
}

fn edited(seq: u64, original: u64) -> std::sync::Arc<Entry> {
    let (speech, audience) = (Speech::Message, Role::Member);
    let text = "secret edit".into();
    entry(seq, Event::Edited(Edited { original: earlier(original), speech, audience, text }))
}

fn redacted(seq: u64, message: u64) -> std::sync::Arc<Entry> {
    let (audience, reason) = (Role::Member, String::new());
    let event = Redacted { message: earlier(message), edits: Vec::new(), audience, reason };
    entry(seq, Event::Redacted(event))
}

/// Ten entries, of which 2 and its edit 4 were redacted by 5.
async fn written(store: &Sqlite) {
    store.append(batch(1, 3, "secret word")).await.unwrap();
    let more = vec![edited(4, 2), redacted(5, 2), entry(6, Event::Said(Said::plain("x")))];
    store.append(Batch { entries: more, ..Batch::default() }).await.unwrap();
    store.append(batch(7, 10, "y")).await.unwrap();
}

async fn look(path: &Path) -> Report {
    look_for(path, &Request::default()).await
}

async fn look_for(path: &Path, request: &Request) -> Report {
    verify(path, request, &mut |_| ()).await.unwrap()
}

fn faults(report: &Report) -> Vec<(u64, &Wrong)> {
    let place = |fault: &crate::store::verify::Fault| fault.place.as_ref().map_or(0, |place| place.seq.0);
    report.faults.iter().map(|fault| (place(fault), &fault.what)).collect()
}

#[tokio::test]
async fn a_chain_goes_on_over_redactions_failures_and_restarts() {
    let (path, _dir) = place();
    let store = Sqlite::open(&path).await.unwrap();
    written(&store).await;
    // A place that is taken; what came before it in the batch is not written either.
    assert!(matches!(store.append(batch(9, 11, "z")).await, Err(Error::Conflict)));
    let taken = Batch {
        entries: [batch(11, 11, "z").entries, batch(3, 3, "z").entries].concat(),
        ..Batch::default()
    };
    assert!(matches!(store.append(taken).await, Err(Error::Conflict)));
    store.append(batch(11, 300, "z")).await.unwrap();
    let running = look(&path).await;
    store.close().await;
    let store = Sqlite::open(&path).await.unwrap();
    store.append(batch(301, 301, "z")).await.unwrap();
    store
        .append(Batch { entries: vec![redacted(302, 1), redacted(303, 7)], ..Batch::default() })
        .await
        .unwrap();
    let again = look(&path).await;
    for (report, entries, erased) in [(running, 300, 2), (again, 303, 4)] {
        assert!(report.is_sound(), "{report:?}");
        assert_eq!(
            (report.rooms, report.entries, report.erased, report.before_chain),
            (1, entries, erased, 0)
        );
        assert_eq!(report.heads[0].0.seq, Seq(entries));
    }
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM entries WHERE kind = 21 AND salt IS NOT NULL")
        .fetch_one(&store.readers)
        .await
        .unwrap();
    assert_eq!(left, 0, "what would tell a guess of an erased text from another");
}

#[tokio::test]
async fn each_change_of_history_is_found_where_it_is() {
    for (sql, expected) in [
        ("UPDATE entries SET body = 'other' WHERE seq = 3", vec![(3, Wrong::Changed)]),
        ("UPDATE entries SET tags = '' WHERE seq = 3", vec![(3, Wrong::Changed)]),
        ("UPDATE entries SET source = 'eve!u@h' WHERE seq = 10", vec![(10, Wrong::Changed)]),
        ("UPDATE entries SET account = 'eve' WHERE seq = 10", vec![(10, Wrong::Changed)]),
        ("UPDATE entries SET at = 2 WHERE seq = 10", vec![(10, Wrong::Changed)]),
        ("UPDATE entries SET salt = NULL WHERE seq = 3", vec![(3, Wrong::Changed)]),
        ("UPDATE entries SET source = 'eve!u@h' WHERE seq = 2", vec![(2, Wrong::Changed)]),
        ("UPDATE entries SET digest = zeroblob(32) WHERE seq = 2", vec![(2, Wrong::Changed)]),
        ("UPDATE entries SET link = zeroblob(32) WHERE seq = 3", vec![(3, Wrong::Link)]),
        ("UPDATE entries SET link = x'00' WHERE seq = 3", vec![(3, Wrong::Changed)]),
        ("UPDATE entries SET link = NULL WHERE seq = 3", vec![(3, Wrong::NoLink)]),
        ("UPDATE entries SET link = NULL WHERE seq <= 3", vec![(4, Wrong::Changed)]),
        ("DELETE FROM entries WHERE seq IN (3, 4)", vec![(3, Wrong::Gap(2))]),
        ("DELETE FROM entries WHERE seq = 1", vec![(1, Wrong::Gap(1))]),
        ("UPDATE entries SET seq = 11 WHERE seq = 10", vec![(10, Wrong::Gap(1))]),
        (
            "UPDATE entries SET kind = 21, body = '', detail = '{\"kind\":1,\"redaction\":5}', salt = NULL, \
             digest = zeroblob(32) WHERE seq = 3",
            vec![(3, Wrong::Erased), (3, Wrong::Changed)],
        ),
        ("UPDATE entries SET at = 0 WHERE seq = 6", vec![(6, Wrong::Backwards), (6, Wrong::Changed)]),
    ] {
        let (path, _dir) = place();
        let store = Sqlite::open(&path).await.unwrap();
        written(&store).await;
        let mut other = stranger(&path).await;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut other).await.unwrap();
        let report = look(&path).await;
        assert_eq!(
            faults(&report),
            expected.iter().map(|(seq, what)| (*seq, what)).collect::<Vec<_>>(),
            "{sql}"
        );
        assert!(!report.is_sound());
    }
}

#[tokio::test]
async fn a_history_that_was_cut_or_made_anew_lacks_the_head_that_was_noted() {
    let (path, _dir) = place();
    let store = Sqlite::open(&path).await.unwrap();
    written(&store).await;
    let noted: Vec<Head> = look(&path).await.heads.into_iter().map(|(head, _)| head).collect();
    assert_eq!(noted[0].to_string().parse(), Ok(noted[0]));
    store.append(batch(11, 20, "later")).await.unwrap();
    let request = Request { expected: noted, ..Request::default() };
    let report = look_for(&path, &request).await;
    assert!(report.is_sound() && report.expected_found == 1, "{report:?}");
    let mut other = stranger(&path).await;
    super::run(&mut other, "DELETE FROM entries WHERE seq > 8").await;
    assert_eq!(faults(&look_for(&path, &request).await), [(10, &Wrong::Cut)]);
    // By who knows how the hashes are made.
    drop(store);
    let store = Sqlite::open(&path).await.unwrap();
    store.append(batch(9, 30, "as if")).await.unwrap();
    assert!(look(&path).await.is_sound(), "it can't be seen from within");
    assert_eq!(faults(&look_for(&path, &request).await), [(10, &Wrong::Rewritten)]);
}

#[tokio::test]
async fn the_chain_begins_behind_what_is_from_before_it() {
    let (path, _dir) = place();
    let store = Sqlite::open(&path).await.unwrap();
    store.append(batch(1, 5, "old")).await.unwrap();
    let mut other = stranger(&path).await;
    super::run(&mut other, "UPDATE entries SET link = NULL, salt = NULL").await;
    store.close().await;
    let store = Sqlite::open(&path).await.unwrap();
    let entries = [batch(6, 6, "new").entries, vec![redacted(7, 2)], batch(8, 9, "new").entries].concat();
    store.append(Batch { entries, ..Batch::default() }).await.unwrap();
    let report = look(&path).await;
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.entries, report.erased, report.before_chain), (9, 1, 5));
}

#[tokio::test]
async fn what_is_forgotten_leaves_a_whole_chain_behind_it() {
    let (path, _dir) = place();
    let store = Sqlite::open(&path).await.unwrap();
    written(&store).await;
    let noted = |seq| {
        let link = sqlx::query_scalar("SELECT link FROM entries WHERE seq = ?").bind(seq);
        let readers = store.readers.clone();
        async move {
            let link: Vec<u8> = link.fetch_one(&readers).await.unwrap();
            let link = crate::store::chain::Link::from_bytes(&link).unwrap();
            Head { room: RoomId(1), seq: Seq(u64::try_from(seq).unwrap()), link }
        }
    };
    let expected = vec![noted(2_i64).await, noted(3).await, noted(9).await];
    // The redacted message goes before the redaction, its edit with it.
    let first = Cutoff { before: None, entries_max: 7 };
    assert_eq!(store.forget(RoomId(1), first, 100).await.unwrap(), 3);
    let request = Request { expected, ..Request::default() };
    let report = look_for(&path, &request).await;
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.entries, report.forgotten), (7, 3));
    assert_eq!((report.expected_found, report.expected_forgotten), (1, 2));
    // What is in memory, and what is read at the next start.
    store.append(batch(11, 12, "later")).await.unwrap();
    store.close().await;
    let store = Sqlite::open(&path).await.unwrap();
    let all_but_one = Cutoff { before: None, entries_max: 1 };
    assert_eq!(store.forget(RoomId(1), all_but_one, 100).await.unwrap(), 8);
    store.append(batch(13, 14, "later")).await.unwrap();
    store.check_newest(&path).await.unwrap();
    assert!(look_for(&path, &request).await.is_sound());
    super::run(&mut stranger(&path).await, "UPDATE forgotten SET link = zeroblob(32)").await;
    assert_eq!(faults(&look(&path).await), [(12, &Wrong::Changed)]);
}

#[tokio::test]
async fn one_room_is_looked_at_by_number() {
    let (path, _dir) = place();
    let store = Sqlite::open(&path).await.unwrap();
    written(&store).await;
    let of = |room| Request { rooms: Choice::Number(RoomId(room)), ..Request::default() };
    assert_eq!(look_for(&path, &of(2)).await.rooms, 0);
}
