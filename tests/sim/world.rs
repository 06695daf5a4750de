//! One life of the server: the real journal and real sessions, from the start to the crash.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chat_secure::clock::{Clock, Timestamp};
use chat_secure::ids::{AccountId, RoomId, Seq};
use chat_secure::journal::{Journal, Rules, UserModes};
use chat_secure::room::state::Settings;
use chat_secure::session::{Peer, Registering, Service, Session, Stage, run};
use chat_secure::store;
use chat_secure::store::accounts::Account;
use tokio::task::JoinHandle;

use crate::client::Client;
use crate::pipe::pipe;
use crate::store_with_faults::Store;
use crate::surroundings::Surroundings;

/// What the clients of the simulation negotiate.
const CAPS: &str = "message-tags server-time echo-message batch labeled-response draft/chathistory \
                    draft/message-redaction no-implicit-names";

/// A server that runs.
pub(crate) struct World {
    pub(crate) service: Arc<Service>,
    pub(crate) writer: JoinHandle<()>,
    pub(crate) clients: Vec<Client>,
    store: Store,
}

/// What a restart must not change: name, settings, heads, and who is in it of those who stay.
pub(crate) type Snapshot = BTreeMap<RoomId, (String, Settings, Seq, Timestamp, BTreeSet<AccountId>)>;

impl World {
    /// Starts on what the disk holds.
    pub(crate) async fn start(
        store: &Store,
        surroundings: &Surroundings,
        clock: &Clock,
        always_on: bool,
    ) -> Result<Self, store::Error> {
        let rules = Rules {
            always_on,
            rooms_per_user_max: 100,
            rooms_max: 10_000,
            default_user_modes: UserModes::default(),
        };
        let accounts = store.lock().accounts.clone();
        let shared: Arc<dyn store::Store> = Arc::new(store.clone());
        let (journal, writer) =
            Journal::open(Arc::clone(&shared) as _, accounts, rules, clock.clone()).await?;
        let service = Arc::new(surroundings.service(journal, shared, clock.clone(), true));
        Ok(Self { service, writer, clients: Vec::new(), store: store.clone() })
    }

    /// Somebody connects: an account, or else a guest.
    pub(crate) fn connect(&mut self, nick: &str, account: Option<&Account>) {
        let peer = Peer { address: None, port: 0, secure: true, certificate: None, token: None };
        let mut session =
            Box::new(Session::new(self.service.next_session(), Arc::clone(&self.service), peer));
        session.stage = Stage::Registering(Box::new(Registering {
            account: account.map(|account| (account.id, account.name.clone())),
            ..Registering::default()
        }));
        let (pipe, far) = pipe(&self.store);
        let client = Client::new(nick.to_owned(), far, tokio::spawn(run(session, pipe)));
        client.say(&format!("CAP REQ :{CAPS}\r\nNICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nCAP END"));
        self.clients.push(client);
    }

    /// The clients that may be told to do something.
    pub(crate) fn live(&self) -> Vec<usize> {
        (0..self.clients.len()).filter(|index| self.clients[*index].is_live()).collect()
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let world = self.service.journal.directory().read();
        let mut all = Snapshot::new();
        for room in world.rooms.values() {
            let members: BTreeSet<AccountId> =
                room.members.keys().filter_map(|user| user.account()).collect();
            if let (Some(name), false) = (room.name(), members.is_empty()) {
                let head = world.heads.get(&room.id).copied().unwrap_or_default();
                let known = (name.to_string(), room.settings.clone(), head.seq, head.at, members);
                all.insert(room.id, known);
            }
        }
        all
    }

    /// The rooms that a user is in, by name.
    pub(crate) fn rooms_of(&self, nick: &str) -> BTreeSet<String> {
        let directory = self.service.journal.directory();
        let Some(user) = directory.user_by_nick(nick) else { return BTreeSet::new() };
        let rooms = directory.rooms_of(user.id);
        rooms.iter().filter_map(|(room, _)| room.name().map(ToString::to_string)).collect()
    }
}
