//! From the journal to everybody in a room: decided, handed to the inboxes, taken out and rendered.

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;

use chat_secure::ids::{AccountId, SessionId, UserId};
use chat_secure::journal::{Absence, Attach, Delivery, Inbox, Intent, Journal, Presence};
use chat_secure::names::RoomName;
use chat_secure::protocol::Cap;
use chat_secure::room::{self, Said};
use chat_secure::session::render::{self, Class};
use divan::Bencher;
use divan::counter::ItemsCount;
use tokio::runtime::{Builder, Runtime};

use crate::{TEXT, memory};

const BURSTS: [usize; 3] = [1, 8, 64];

/// The rate is that of deliveries; the store accepts at once, and nothing is written.
#[divan::bench(args = BURSTS, consts = [10, 200, 1000], max_time = 2)]
fn fan_out<const RECEIVERS: usize>(bencher: Bencher<'_, '_>, burst: usize) {
    let runtime = Builder::new_current_thread().build().unwrap();
    let mut room = runtime.block_on(Room::of(RECEIVERS));
    bencher.counter(ItemsCount::new(RECEIVERS * burst)).bench_local(|| {
        room.say(&runtime, burst);
        assert_eq!(room.hear(), RECEIVERS * burst);
    });
}

/// Everybody in one room; the first of them speaks.
struct Room {
    journal: Journal,
    inboxes: Vec<Arc<Inbox>>,
    commands: u64,
    class: Class,
    /// What the speaker has got.
    heard: VecDeque<Delivery>,
}

impl Room {
    async fn of(receivers: usize) -> Self {
        let journal = memory::journal(Arc::default(), receivers as u64).await;
        let inboxes = vec![(); receivers].into_iter().map(|()| Arc::<Inbox>::default()).collect();
        let caps = [Cap::MessageTags, Cap::ServerTime, Cap::AccountTag].into_iter().collect();
        let room = Self { journal, inboxes, commands: 0, class: Class::of(caps), heard: VecDeque::new() };
        for (number, inbox) in (1..).zip(&room.inboxes) {
            room.enter(number, inbox).await;
        }
        for inbox in &room.inboxes {
            drop(inbox.drain());
        }
        room
    }

    async fn enter(&self, number: u64, inbox: &Arc<Inbox>) {
        let account = memory::account(number);
        let attach = Attach {
            inbox: Arc::clone(inbox),
            account: Some(account.id),
            nick: account.nick,
            user: "user".into(),
            real_name: "User".into(),
            host: String::new(),
            is_secure: true,
            absence: Absence::Present,
        };
        let (session, user) = (SessionId(number), UserId::Account(account.id));
        self.journal.submit(session, 0, user, Presence::Attach(attach)).await.unwrap();
        let join = in_room(room::Intent::Join { key: None });
        self.journal.submit(session, 0, user, join).await.unwrap();
    }

    /// So many messages at once; returns when everybody has them in their inbox.
    fn say(&mut self, runtime: &Runtime, burst: usize) {
        let (session, user) = (SessionId(1), UserId::Account(AccountId(1)));
        runtime.block_on(async {
            for _ in 0..burst {
                self.commands += 1;
                let say = in_room(room::Intent::Say(Said::plain(TEXT)));
                let inbox = &self.inboxes[0];
                self.journal.submit_to(inbox, session, self.commands, user, say).await.unwrap();
            }
            // Stands in the speaker's inbox behind what all have got.
            let is_done =
                |delivery: &Delivery| matches!(delivery, Delivery::Done(done) if *done == self.commands);
            while !self.heard.back().is_some_and(is_done) {
                self.inboxes[0].arrived().await;
                self.heard.extend(self.inboxes[0].drain().deliveries);
            }
        });
    }

    /// How many messages were there.
    fn hear(&mut self) -> usize {
        let others = self.inboxes[1..].iter().flat_map(|inbox| inbox.drain().deliveries);
        let mut heard = 0;
        for delivery in others.chain(self.heard.drain(..)) {
            let Delivery::Chunk(chunk) = delivery else { continue };
            black_box(render::chunk(&chunk, self.class));
            heard += chunk.items().len();
        }
        heard
    }
}

fn in_room(intent: room::Intent) -> Intent {
    Intent::InRoom { room: RoomName::parse("#room").unwrap(), intent }
}
