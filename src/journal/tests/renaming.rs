//! A room that gets another name is the room it was.

use super::*;

/// Gives the room another name.
fn rename(name: &str) -> room::Intent {
    room::Intent::Rename { name: RoomName::parse(name).unwrap(), reason: String::new() }
}

#[tokio::test]
async fn a_room_keeps_its_identity_when_it_gets_another_name() {
    let bench = Bench::new().await;
    let (a, b) = (bench.guest(1, "ann").await, bench.guest(2, "ben").await);
    bench.join(&a, "#r").await.unwrap();
    bench.join(&b, "#taken").await.unwrap();
    let taken = RoomName::parse("#TAKEN").unwrap();
    let denied = bench.in_room(&a, "#r", rename("#TAKEN")).await.unwrap_err();
    assert_eq!(denied, Denied::RoomNameInUse(taken));
    assert_eq!(bench.in_room(&b, "#r", rename("#x")).await.unwrap_err(), Denied::NotMember);
    let Ok(Outcome::Entered { room, .. }) = bench.in_room(&a, "#r", rename("#new")).await else { panic!() };
    assert_eq!(bench.say(&a, "#r", "lost").await.unwrap_err(), Denied::NoSuchRoom);
    let said = bench.say(&a, "#new", "found").await.unwrap();
    assert!(matches!(said, Outcome::Entered { room: same, .. } if same == room), "{said:?}");
    bench.join(&b, "#r").await.unwrap();
    let there = bench.journal.directory().room(&RoomName::parse("#r").unwrap()).unwrap();
    assert_ne!(there.id, room);
}

#[tokio::test]
async fn a_room_is_not_renamed_all_the_time() {
    let bench = Bench::new().await;
    let a = bench.guest(1, "ann").await;
    bench.join(&a, "#r").await.unwrap();
    bench.in_room(&a, "#r", rename("#R")).await.unwrap();
    let soon = bench.in_room(&a, "#r", rename("#new")).await.unwrap_err();
    assert_eq!(soon, Denied::RenamedRecently(RoomName::parse("#new").unwrap()));
    bench.clock.fetch_add(limits::RENAMING_INTERVAL_S * 1000, Ordering::SeqCst);
    bench.in_room(&a, "#r", rename("#new")).await.unwrap();
    assert!(matches!(bench.in_room(&a, "#new", rename("#new")).await, Ok(Outcome::Unchanged)));
}

#[tokio::test]
async fn names_that_change_hands_in_one_batch_reach_the_store_as_they_are_in_the_end() {
    let bench = Bench::new().await;
    let (a, b) = (bench.guest(1, "ann").await, bench.guest(2, "ben").await);
    bench.store.rooms.lock().unwrap().clear();
    let (made, renamed, made_anew) =
        tokio::join!(bench.join(&a, "#r"), bench.in_room(&a, "#r", rename("#new")), bench.join(&b, "#r"));
    assert!(made.is_ok() && renamed.is_ok() && made_anew.is_ok(), "{made:?} {renamed:?} {made_anew:?}");
    let stored = bench.store.rooms.lock().unwrap().clone();
    assert_eq!(stored, [(1, "#new".to_owned()), (2, "#r".to_owned())]);
}
