//! A room in which one talks and others listen: real sessions, without sockets, in one runtime.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chat_secure::session::{Peer, Registering, Service, Session, Stage, run};
use chat_secure::store::Store;
use chat_secure::store::sqlite::Sqlite;
use tempfile::TempDir;

use crate::memory::{self, Accepting};
use crate::pipe::{Far, Round, pipe};
use crate::surroundings::Surroundings;

const CAPS: &str = "message-tags server-time account-tag batch labeled-response";
/// A line of usual length: 100 bytes of text.
const LINE: &str = "PRIVMSG #room :The quick brown fox jumps over the lazy dog, and nobody at all is surprised by it any more, not now.\r\n";

/// Everybody in the room.
pub(crate) struct Party {
    store: Arc<Accepting>,
    speaker: Arc<Far>,
    listeners: usize,
    round: Arc<Round>,
    /// What runs as long as it is kept.
    _kept: (Surroundings, TempDir),
}

impl Party {
    /// One who talks, and so many who listen, all in the room, which somebody else founded.
    pub(crate) async fn gather(listeners: usize) -> Self {
        let store = Arc::<Accepting>::default();
        let people = listeners as u64 + 2;
        let folder = tempfile::tempdir().unwrap();
        // For what is not the journal's; not in the way of a message.
        let sqlite = Sqlite::open(&folder.path().join("chat-secure.db")).await.unwrap();
        let sqlite: Arc<dyn Store> = Arc::new(sqlite);
        let surroundings = Surroundings::new(Arc::clone(&sqlite), memory::clock()).await;
        let journal = memory::journal(Arc::clone(&store), people).await;
        let service = Arc::new(surroundings.service(journal, sqlite, memory::clock(), false));
        let mut far_ends = Vec::new();
        for number in 1..=people {
            let far = enter(&service, number);
            far.hear(" PONG ").await;
            far_ends.push(far);
        }
        let founder = far_ends.remove(0);
        founder.say(b"PART #room\r\nPING out\r\n");
        founder.hear(" PONG ").await;
        let round = Arc::<Round>::default();
        for far in &far_ends {
            // Behind all that was heard of the others.
            far.say(b"PING all\r\n");
            far.hear(" PONG ").await;
            far.count(&round);
        }
        let speaker = far_ends.remove(0);
        Self { store, speaker, listeners, round, _kept: (surroundings, folder) }
    }

    /// The speaker says so many messages, so many of them at once; each time everything that comes
    /// of it is waited for.
    pub(crate) async fn talk(&self, messages: usize, at_once: usize) {
        let said = LINE.repeat(at_once);
        for _ in 0..messages / at_once {
            self.round.begin(self.listeners * at_once + 1);
            self.speaker.owe(&self.store, self.store.entries.load(Ordering::Relaxed) + at_once);
            self.speaker.say(said.as_bytes());
            self.round.end().await;
        }
    }
}

/// A session of this account, signed in and in the room.
fn enter(service: &Arc<Service>, number: u64) -> Arc<Far> {
    let account = memory::account(number);
    let peer = Peer { address: None, port: 0, secure: true, certificate: None, token: None };
    let mut session = Box::new(Session::new(service.next_session(), Arc::clone(service), peer));
    let name = account.name.clone();
    session.stage = Stage::Registering(Box::new(Registering {
        account: Some((account.id, account.name)),
        ..Registering::default()
    }));
    let (pipe, far) = pipe();
    // It ends with the runtime.
    drop(tokio::spawn(run(session, pipe)));
    far.say(format!("CAP REQ :{CAPS}\r\nNICK {name}\r\nUSER {name} 0 * :{name}\r\nCAP END\r\n").as_bytes());
    far.say(b"JOIN #room\r\nPING in\r\n");
    far
}
