//! The writer with any sequence of intents, several at once, and a store that refuses now and then:
//! no gaps, nothing shown that is not stored, the state is what the entries say, and everybody
//! is brought what they may see, once and in order.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::*;
use crate::ids::UserId;
use crate::room::{Actor, Author, Flag, Kind, List, ModeChange, Role, Room, decide};

const NICKS: [&str; 4] = ["ann", "ben", "cat", "dan"];
const ROOMS: [&str; 3] = ["#a", "#b", "#c"];

/// What is asked at once; whether the store refuses it.
#[derive(Clone, Debug)]
struct Round {
    asked: Vec<(usize, usize, room::Intent)>,
    refuses: bool,
}

fn user(number: usize) -> UserId {
    UserId::Guest(SessionId(number as u64 + 1))
}

fn nick(number: usize) -> Nick {
    Nick::parse(NICKS[number]).unwrap()
}

fn intents() -> impl Strategy<Value = room::Intent> {
    let whom = || 0..NICKS.len();
    prop_oneof![
        6 => any::<bool>().prop_map(|key| room::Intent::Join { key: key.then(|| "word".to_owned()) }),
        2 => Just(room::Intent::Part { reason: "bye".into() }),
        6 => "[a-z]{1,5}".prop_map(|text| room::Intent::Say(Said::plain(text))),
        2 => whom().prop_map(|n| room::Intent::Kick { user: user(n), nick: nick(n), reason: "out".into() }),
        2 => whom().prop_map(|n| room::Intent::Invite { user: user(n), nick: nick(n) }),
        1 => "[a-z]{0,3}".prop_map(|topic| room::Intent::SetTopic { topic }),
        5 => prop::collection::vec(changes(), 1..4).prop_map(|changes| room::Intent::ChangeModes { changes }),
    ]
}

fn changes() -> impl Strategy<Value = ModeChange> {
    let flags = [Flag::InviteOnly, Flag::Moderated, Flag::NoExternal, Flag::Secret, Flag::TopicLocked];
    let role = prop::sample::select(vec![Role::Operator, Role::Voice]);
    let mask = prop::sample::select(vec!["ann!*@*", "BEN!*@*", "ben!*@*", "*!*@*"]);
    prop_oneof![
        4 => (prop::sample::select(flags.to_vec()), any::<bool>())
            .prop_map(|(flag, on)| ModeChange::Flag { flag, on }),
        1 => any::<bool>().prop_map(|on| ModeChange::Key(on.then(|| "word".to_owned()))),
        1 => (0..4_u32).prop_map(|limit| ModeChange::Limit((limit > 0).then_some(limit))),
        3 => (role, any::<bool>(), 0..NICKS.len())
            .prop_map(|(role, on, n)| ModeChange::Role { role, on, user: user(n), nick: nick(n) }),
        2 => (mask, any::<bool>())
            .prop_map(|(mask, on)| ModeChange::List { list: List::Ban, on, mask: mask.to_owned() }),
    ]
}

fn rounds() -> impl Strategy<Value = Vec<Round>> {
    let one = (0..NICKS.len(), 0..ROOMS.len(), intents());
    let round = (prop::collection::vec(one, 1..5), prop::bool::weighted(0.1));
    prop::collection::vec(round.prop_map(|(asked, refuses)| Round { asked, refuses }), 1..30)
}

proptest! {
    #[test]
    fn whatever_is_asked_the_journal_holds_and_shows_it(rounds in rounds()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(hold(rounds))?;
    }

    #[test]
    fn what_was_granted_is_so_already_when_it_is_asked_again(
        asked in prop::collection::vec((0..NICKS.len(), intents()), 1..60),
    ) {
        let mut room = Room::new(RoomId(1), Kind::Named(RoomName::parse("#a").unwrap()), Timestamp(0));
        for (seq, (number, intent)) in (1..).zip(asked) {
            let author = Author {
                nick: nick(number),
                user: "u".into(),
                host: "h".into(),
                account: None,
                bot: false,
            };
            let actor = Actor { user: user(number), author: Arc::new(author), real_name: "r".into() };
            let before = room.clone();
            let decided = decide(&room, &actor, intent.clone());
            prop_assert_eq!(&decided, &decide(&before, &actor, intent.clone()), "the same each time");
            let Ok(Some(event)) = decided else { continue };
            let (target, author) = ("#a".into(), Arc::clone(&actor.author));
            room.apply(&Entry { room: room.id, seq: Seq(seq), at: Timestamp(1), author, target, event }, actor.user);
            // Several changes may take back each other.
            let is_one = matches!(&intent, room::Intent::ChangeModes { changes } if changes.len() == 1);
            if is_one || matches!(intent, room::Intent::Join { .. }) {
                let again = decide(&room, &actor, intent.clone());
                // Who has taken the right from oneself is not asked any further.
                let is_so = again == Ok(None) || again == Err(Denied::NotOperator);
                prop_assert!(is_so, "{:?} leads to {:?}", intent, again);
            }
        }
    }
}

async fn hold(rounds: Vec<Round>) -> Result<(), TestCaseError> {
    let bench = Bench::new().await;
    let mut guests = Vec::new();
    for (number, nick) in (1..).zip(NICKS) {
        guests.push(bench.guest(number, nick).await);
    }
    let mut brought: Vec<Vec<(u64, u64)>> = vec![Vec::new(); NICKS.len()];
    for round in rounds {
        let before = (bench.places().len(), rooms(&bench));
        bench.store.refuses.store(round.refuses, Ordering::SeqCst);
        bench.clock.fetch_add(7, Ordering::SeqCst);
        let outcomes = ask_at_once(&bench, &guests, round.asked).await;
        bench.store.refuses.store(false, Ordering::SeqCst);
        if round.refuses {
            let entered = outcomes.iter().any(|outcome| matches!(outcome, Ok(Outcome::Entered { .. })));
            prop_assert!(!entered, "{:?}", outcomes);
            prop_assert_eq!(&before, &(bench.places().len(), rooms(&bench)), "nothing has happened");
        }
        let stored = bench.places();
        for outcome in outcomes.into_iter().flatten() {
            if let Outcome::Entered { room, seq, at } = outcome {
                prop_assert!(stored.contains(&(room.0, seq.0, at.0)));
            }
        }
        for (guest, brought) in guests.iter().zip(&mut brought) {
            let drained = guest.inbox.drain();
            prop_assert!(!drained.lagging);
            for delivery in drained.deliveries {
                let Delivery::Chunk(chunk) = delivery else { continue };
                brought.extend(chunk.items().iter().filter_map(|item| match &item.news {
                    News::Entry(entry) => Some((entry.room.0, entry.seq.0)),
                    News::Signal(_) | News::Watched(_) => None,
                }));
            }
        }
    }
    judge(&bench, &brought)
}

/// The rooms as everybody may see them.
fn rooms(bench: &Bench) -> BTreeMap<RoomId, Arc<Room>> {
    bench.journal.directory().read().rooms.iter().map(|(id, room)| (*id, Arc::clone(room))).collect()
}

async fn ask_at_once(
    bench: &Bench,
    guests: &[Guest],
    asked: Vec<(usize, usize, room::Intent)>,
) -> Vec<Result<Outcome, Denied>> {
    let mut tasks = Vec::new();
    for (who, room, intent) in asked {
        let (journal, session) = (bench.journal.clone(), guests[who].session);
        let intent = Intent::InRoom { room: RoomName::parse(ROOMS[room]).unwrap(), intent };
        tasks.push(tokio::spawn(async move { journal.submit(session, 1, user(who), intent).await }));
    }
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

/// Compares what is stored with the state and with what everybody was brought.
fn judge(bench: &Bench, brought: &[Vec<(u64, u64)>]) -> Result<(), TestCaseError> {
    let entries = bench.store.entries.lock().unwrap().clone();
    let mut folded: HashMap<RoomId, (Room, u64, i64)> = HashMap::new();
    let mut expected: Vec<Vec<(u64, u64)>> = vec![Vec::new(); NICKS.len()];
    for entry in entries {
        let name = RoomName::parse(&entry.target).unwrap();
        let new = || (Room::new(entry.room, Kind::Named(name), entry.at), 0, 0);
        let (room, seq, at) = folded.entry(entry.room).or_insert_with(new);
        prop_assert_eq!(entry.seq.0, *seq + 1, "no gap");
        prop_assert!(entry.at.0 >= *at, "time does not run backwards");
        (*seq, *at) = (entry.seq.0, entry.at.0);
        let author = NICKS.iter().position(|nick| *nick == entry.author.nick.as_str()).unwrap();
        let before = room.members.clone();
        room.apply(&entry, user(author));
        for (number, expected) in expected.iter_mut().enumerate() {
            let id = user(number);
            let is_member = before.contains_key(&id) || room.members.contains_key(&id);
            let is_invited = matches!(entry.event, Event::Invited { user, .. } if user == id);
            if is_member || is_invited || author == number {
                expected.push((entry.room.0, entry.seq.0));
            }
        }
    }
    for (id, room) in rooms(bench) {
        let (fold, _, _) = &folded[&id];
        prop_assert_eq!(&fold.members, &room.members, "the state is what the entries say");
        prop_assert_eq!(&fold.settings, &room.settings, "the state is what the entries say");
    }
    for (number, brought) in brought.iter().enumerate() {
        prop_assert_eq!(brought, &expected[number], "{} is brought what there is", NICKS[number]);
    }
    Ok(())
}
