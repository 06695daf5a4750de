//! What the screen takes from the last time, and leaves for the next.

use super::super::conversation::{Address, Conversation, Kind, ServerId};
use super::super::memory::{Kept, Memory, Place};
use super::{App, Server};

/// What there was the last time, and what will be the next.
#[derive(Debug, Default)]
pub(super) struct Remembering {
    before: Memory,
    /// Of servers that were left.
    left: Memory,
    /// Somebody did something here already.
    pub(super) is_touched: bool,
}

impl App {
    /// Takes what there was the last time; to be called before anything else.
    pub fn remember(&mut self, memory: Memory) {
        self.remembering.before = memory;
    }

    /// A server or a conversation is left: what is to be remembered of it must be kept now.
    pub(super) fn remember_now(&mut self) {
        let memory = self.memory();
        self.remembering.before.servers.extend(memory.servers.clone());
        self.remembering.left = memory;
    }

    /// All that is to be there again the next time.
    #[must_use]
    pub fn memory(&self) -> Memory {
        let mut memory = self.remembering.left.clone();
        for server in &self.servers {
            let mut place = self.remembering.before.servers.get(&key(server)).cloned().unwrap_or_default();
            let own = self.conversations.iter().filter(|(address, _)| address.server == server.id);
            for (address, conversation) in own.filter(|(address, _)| address.kind != Kind::Console) {
                let Conversation { composer, muted, .. } = conversation;
                let kept = Kept::of(&address.name, composer.draft(), composer.past(), *muted);
                place.keep(address.name.clone(), kept);
            }
            if let Some(here) = self.current.as_ref().filter(|current| current.server == server.id) {
                place.last = Some(here.name.clone()).filter(|name| !name.is_empty()).or(place.last);
            }
            memory.servers.insert(key(server), place);
        }
        memory
    }

    /// A new conversation, with what is remembered of it.
    pub(super) fn recall(&self, address: &Address, name: &str) -> Conversation {
        let mut conversation = Conversation::new(name);
        if let Some(kept) =
            self.place(address.server).and_then(|place| place.conversations.get(&address.name))
        {
            conversation.muted = kept.muted;
            conversation.composer.recall(&kept.draft, &kept.past);
        }
        conversation
    }

    /// Goes where one wants to be, or was the last time, until somebody does something here.
    pub(super) fn go_back_to(&mut self, address: &Address) {
        let place = self.first_place(address.server);
        if !self.remembering.is_touched && place.as_ref() == Some(&address.name) {
            self.switch(address.clone());
        }
    }

    /// Where one wants to be on this server, or was the last time.
    pub(super) fn first_place(&self, id: ServerId) -> Option<String> {
        let server = self.servers.iter().find(|server| server.id == id)?;
        let wanted = server.login.opens.as_ref().map(|room| Address::of(id, room.as_str()).name);
        wanted.or_else(|| self.place(id)?.last.clone())
    }

    fn place(&self, id: ServerId) -> Option<&Place> {
        let server = self.servers.iter().find(|server| server.id == id)?;
        self.remembering.before.servers.get(&key(server))
    }
}

/// Names an account on a server.
fn key(server: &Server) -> String {
    format!("{}@{}", server.login.identity.user(), server.login.server)
}
