//! The library as a screen uses it: a session whose events are kept, and waited for.

use chat_secure::client::event::{End, Entry, Page};
use chat_secure::client::session::{Session, Setup, nonce};
use chat_secure::client::trust::Policy;
use chat_secure::client::{Action, Event, Identity, Profile, Server as Address, action, known_hosts};
use chat_secure::names::RoomName;
use tokio::time::timeout;

use crate::support::{PASSWORD, PATIENCE, Server};

/// Somebody who watches, and all that was told to them.
pub(super) struct Watcher {
    session: Session,
    told: Vec<Event>,
    /// Events that [`Watcher::until`] has looked at.
    looked_at: usize,
}

impl Watcher {
    /// Signed in to this account, caught up in the default room.
    pub(super) async fn start(server: &Server, account: &str) -> Self {
        let setup = Setup {
            server: Address { host: "localhost".into(), port: server.port() },
            policy: Policy {
                fingerprint: Some(server.fingerprint().parse().unwrap()),
                ca: None,
                known_hosts: known_hosts::KnownHosts::at(server.folder().join("known_hosts")),
            },
            profile: Profile {
                identity: Identity::sign_in(
                    account.parse().unwrap(),
                    zeroize::Zeroizing::new(PASSWORD.into()),
                ),
                rooms: vec![RoomName::parse("#lobby").unwrap()],
                history_len: 50,
                reads: false,
                watches: true,
                nonce: nonce(),
            },
            give_up_after: None,
        };
        let mut watcher = Self { session: Session::start(setup), told: Vec::new(), looked_at: 0 };
        watcher.until("the room", |event| matches!(event, Event::CaughtUp { .. }).then_some(())).await;
        watcher
    }

    pub(super) async fn act(&mut self, action: Action) {
        while self.session.actions.capacity() == 0 {
            self.next("room for an action").await;
        }
        self.session.actions.send(action).await.unwrap();
    }

    pub(super) async fn say(&mut self, target: &str, text: &str) {
        let (target, text, kind) = (target.into(), text.into(), action::Kind::Message);
        self.act(Action::Say { target, text, kind, reply_to: None }).await;
    }

    /// Waits for the next event of which the function makes something.
    pub(super) async fn until<T>(&mut self, what: &str, find: impl Fn(&Event) -> Option<T>) -> T {
        loop {
            while self.looked_at < self.told.len() {
                self.looked_at += 1;
                if let Some(found) = find(&self.told[self.looked_at - 1]) {
                    return found;
                }
            }
            self.next(what).await;
        }
    }

    /// Waits for what was said, by whoever: its id.
    pub(super) async fn until_said(&mut self, text: &str) -> action::Mark {
        let mark = |event: &Event| {
            if let Event::Said(said) = event
                && said.text == text
            {
                Some(said.place())
            } else {
                None
            }
        };
        self.until(text, mark).await
    }

    /// Asks for a page.
    pub(super) async fn page(&mut self, conversation: &str, place: action::Place) -> Page {
        self.act(Action::Page { conversation: conversation.into(), place }).await;
        self.until("a page", |event| if let Event::Page(page) = event { Some(page.clone()) } else { None })
            .await
    }

    /// All that was told.
    pub(super) fn told(&self) -> &[Event] {
        &self.told
    }

    /// Leaves, and waits for the end.
    pub(super) async fn quit(mut self) {
        self.act(Action::Quit { reason: String::new() }).await;
        self.until("the end", |event| matches!(event, Event::Ended(End::Quit)).then_some(())).await;
    }

    async fn next(&mut self, what: &str) {
        match timeout(PATIENCE, self.session.events.recv()).await {
            Ok(Some(event)) => self.told.push(event),
            Ok(None) | Err(_) => panic!("no {what}: {:#?}", &self.told[self.told.len().saturating_sub(30)..]),
        }
    }
}

/// What was said, in a page.
pub(super) fn texts(page: &Page) -> Vec<String> {
    let text = |entry: &Entry| if let Entry::Said(said) = entry { Some(said.text.clone()) } else { None };
    page.entries.iter().filter_map(text).collect()
}
