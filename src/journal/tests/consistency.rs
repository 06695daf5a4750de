//! Whatever people do, the directory and the tail agree on who is who and where.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::ids::AccountId;
use crate::store::accounts::{Account, AccountRole};

const SESSIONS: u64 = 4;
const ROOMS: [&str; 4] = ["#a", "#b", "#c", "#d"];
const ACCOUNTS: [&str; 2] = ["alice", "bob"];

#[derive(Clone, Debug)]
enum Step {
    Enter(u64, Option<usize>),
    Leave(u64),
    Join(u64, usize),
    Part(u64, usize),
    SignIn(u64, usize),
    Rename(u64, u64),
}

fn step() -> impl Strategy<Value = Step> {
    let session = 0..SESSIONS;
    let room = 0..ROOMS.len();
    let account = 0..ACCOUNTS.len();
    prop_oneof![
        2 => (session.clone(), proptest::option::weighted(0.3, account.clone())).prop_map(|(s, a)| Step::Enter(s, a)),
        1 => session.clone().prop_map(Step::Leave),
        4 => (session.clone(), room.clone()).prop_map(|(s, r)| Step::Join(s, r)),
        1 => (session.clone(), room).prop_map(|(s, r)| Step::Part(s, r)),
        3 => (session.clone(), account).prop_map(|(s, a)| Step::SignIn(s, a)),
        1 => (session.clone(), session).prop_map(|(s, n)| Step::Rename(s, n)),
    ]
}

/// Who the sessions that are in are, and where they hear.
#[derive(Default)]
struct People(BTreeMap<u64, (UserId, Arc<Inbox>)>);

async fn take(bench: &Bench, people: &mut People, step: &Step) {
    let in_room =
        |room: usize, intent| Intent::InRoom { room: RoomName::parse(ROOMS[room]).unwrap(), intent };
    match step {
        Step::Enter(session, account) => enter(bench, people, *session, *account).await,
        Step::Leave(session) => {
            if let Some((user, _)) = people.0.remove(session) {
                let detach = Presence::Detach { reason: "bye".into() };
                bench.journal.submit(SessionId(*session), 1, user, detach).await.unwrap();
            }
        }
        Step::Join(session, room) => {
            ask(bench, people, *session, in_room(*room, room::Intent::Join { key: None })).await;
        }
        Step::Part(session, room) => {
            ask(bench, people, *session, in_room(*room, room::Intent::Part { reason: String::new() })).await;
        }
        Step::SignIn(session, account) => {
            let Some((_, inbox)) = people.0.get(session) else { return };
            let account = AccountId(*account as u64 + 1);
            let intent = Intent::SignIn { account, inbox: Arc::clone(inbox) };
            if ask(bench, people, *session, intent).await {
                people.0.get_mut(session).unwrap().0 = UserId::Account(account);
            }
        }
        Step::Rename(session, number) => {
            let nick = Nick::parse(&format!("other{number}")).unwrap();
            ask(bench, people, *session, Intent::ChangeNick(nick)).await;
        }
    }
}

async fn ask(bench: &Bench, people: &People, session: u64, intent: Intent) -> bool {
    let Some((user, _)) = people.0.get(&session) else { return false };
    bench.journal.submit(SessionId(session), 1, *user, intent).await.is_ok()
}

async fn enter(bench: &Bench, people: &mut People, session: u64, account: Option<usize>) {
    if people.0.contains_key(&session) {
        return;
    }
    let (id, inbox) = (SessionId(session), Arc::<Inbox>::default());
    let attach = Attach {
        inbox: Arc::clone(&inbox),
        account: account.map(|account| AccountId(account as u64 + 1)),
        nick: Nick::parse(&format!("guest{session}")).unwrap(),
        user: "u".into(),
        real_name: "r".into(),
        host: "h".into(),
        is_secure: false,
        absence: Absence::Present,
    };
    let attached = bench.journal.submit(id, 1, UserId::Guest(id), Presence::Attach(attach)).await;
    if let Ok(Outcome::Attached(attached)) = attached {
        people.0.insert(session, (attached.user.id, inbox));
    }
}

/// The directory does not contradict itself.
fn check_directory(bench: &Bench, people: &People) {
    let world = bench.journal.directory().read();
    for (id, user) in &world.users {
        assert_eq!(world.nicks.get(&user.author.nick), Some(id), "{user:?}");
        assert!(user.is_online() || id.account().is_some(), "{user:?}");
        for room in &user.rooms {
            assert!(world.rooms[room].members.contains_key(id), "{user:?}");
        }
    }
    assert_eq!(world.nicks.len(), world.users.len());
    for (id, room) in &world.rooms {
        assert!(!room.is_deserted(), "{room:?}");
        assert!(room.members.keys().all(|member| world.users[member].rooms.contains(id)), "{room:?}");
    }
    let sessions =
        world.users.values().flat_map(|user| user.sessions.iter().map(|session| (session.0, user.id)));
    let sessions: BTreeSet<_> = sessions.collect();
    assert_eq!(sessions, people.0.iter().map(|(session, (user, _))| (*session, *user)).collect());
}

/// What is said in a room is heard once by each session of each member, and by nobody else.
async fn check_tail(bench: &Bench, people: &People) {
    for name in ROOMS {
        let Some(room) = bench.journal.directory().room(&RoomName::parse(name).unwrap()) else { continue };
        let is_in = |user: &UserId| room.members.contains_key(user);
        let Some((session, (user, _))) = people.0.iter().find(|(_, (user, _))| is_in(user)) else { continue };
        people.0.values().for_each(|(_, inbox)| drop(inbox.drain()));
        let intent = room::Intent::Say(Said::plain("x"));
        let intent = Intent::InRoom { room: RoomName::parse(name).unwrap(), intent };
        bench.journal.submit(SessionId(*session), 1, *user, intent).await.unwrap();
        for (session, (user, inbox)) in &people.0 {
            let heard = inbox.drain().deliveries.len();
            assert_eq!(heard, usize::from(is_in(user)), "session {session} in {name}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_directory_and_the_tail_agree(steps in proptest::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let bench = Bench::new().await;
            for (number, name) in ACCOUNTS.iter().enumerate() {
                let name = crate::names::AccountName::parse(name).unwrap();
                let account = Account {
                    id: AccountId(number as u64 + 1),
                    nick: Nick::from(&name),
                    name,
                    email: None,
                    password_hash: None,
                    role: AccountRole::Member,
                    suspended: false,
                    created_at: Timestamp(0),
                    seen_at: None,
                    always_on: None,
                };
                let nobody = UserId::Guest(SessionId(99));
                bench.journal.submit(SessionId(99), 1, nobody, Presence::Introduce(account)).await.unwrap();
            }
            let mut people = People::default();
            for step in &steps {
                take(&bench, &mut people, step).await;
                check_directory(&bench, &people);
                check_tail(&bench, &people).await;
            }
        });
    }
}
