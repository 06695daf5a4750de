//! One's own messages under way: sent to the writer, and not yet known to be stored.
//!
//! Keeps replies in the order of their commands although the session does not wait for each.

use std::collections::{HashMap, VecDeque};

use crate::ids::{MsgId, UserId};
use crate::journal::Intent;
use crate::protocol::Line;
use crate::room::{Denied, Speech};

use super::{Session, render};

/// Messages under way, oldest first.
#[derive(Debug, Default)]
pub(super) struct Speeches {
    under_way: VecDeque<UnderWay>,
    /// Stored messages that were lost in a lag and come from the store, with their labels.
    unseen: HashMap<MsgId, Option<String>>,
}

#[derive(Debug)]
struct UnderWay {
    command: u64,
    label: Option<String>,
    speech: Speech,
    target: String,
    result: Option<Result<Option<MsgId>, Denied>>,
}

impl Speeches {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.under_way.len()
    }
}

impl Session {
    /// Whether some of one's own messages are not known to be stored yet.
    #[must_use]
    pub fn is_speaking(&self) -> bool {
        !self.speeches.under_way.is_empty()
    }

    /// Sends a message on its way without waiting; its echo, its error or its ACK follows.
    pub async fn speak(&mut self, speech: Speech, target: &str, intent: Intent) {
        let label = self.label.take();
        let target = target.to_owned();
        self.speeches.under_way.push_back(UnderWay {
            command: self.command,
            label,
            speech,
            target,
            result: None,
        });
        let journal = self.service.journal.clone();
        let (id, command, user): (_, _, UserId) = (self.id, self.command, self.user());
        if journal.submit_to(&self.inbox, id, command, user, intent).await.is_err() {
            self.close("The server is stopping");
        }
    }

    /// The writer's word on one of them.
    pub(super) fn receipt(&mut self, command: u64, result: Result<Option<MsgId>, Denied>) {
        if let Some(under_way) = self.speeches.under_way.iter_mut().find(|one| one.command == command) {
            under_way.result = Some(result);
        }
    }

    /// The label for the echo of this command, after everything that has to stand before it.
    pub(super) fn label_of_echo(&mut self, command: u64) -> Option<String> {
        while self.speeches.under_way.front().is_some_and(|one| one.command < command) {
            self.settle(false);
        }
        let is_next = self.speeches.under_way.front().is_some_and(|one| one.command == command);
        if is_next { self.speeches.under_way.pop_front()?.label } else { None }
    }

    /// Whether this entry from the store is one of one's own that was lost in a lag, and its label.
    pub(super) fn late_echo(&mut self, id: MsgId) -> Option<Option<String>> {
        // Asked of each message; an empty map would be hashed for all the same.
        if self.speeches.unseen.is_empty() { None } else { self.speeches.unseen.remove(&id) }
    }

    /// Whether some of one's own messages come from the store.
    pub(super) fn expects_late_echoes(&self) -> bool {
        !self.speeches.unseen.is_empty()
    }

    /// The session lags: what is stored and not shown by now comes from the store.
    pub(super) fn expect_late_echoes(&mut self) {
        for one in &mut self.speeches.under_way {
            if let Some(Ok(Some(id))) = one.result {
                self.speeches.unseen.insert(id, one.label.take());
                one.result = Some(Ok(None));
            }
        }
    }

    /// All up to this command are done. `lagging`: echoes may have been dropped and come from the
    /// store.
    pub(super) fn done(&mut self, command: u64, lagging: bool) {
        while self.speeches.under_way.front().is_some_and(|one| one.command <= command) {
            self.settle(lagging);
        }
    }

    /// No lag any more: what was not seen will not be.
    pub(super) fn forget_unseen(&mut self) {
        self.speeches.unseen = HashMap::new();
    }

    /// Ends the oldest: with its error, or with an ACK if it has a label and no echo.
    fn settle(&mut self, lagging: bool) {
        debug_assert!(self.response.is_none(), "messages run ahead only of each other");
        let Some(one) = self.speeches.under_way.pop_front() else { return };
        let UnderWay { label, speech, target, result, .. } = one;
        match result {
            Some(Err(denied)) => {
                self.label = label;
                self.open_response();
                // A NOTICE must never cause an error, except that it was not stored.
                if speech != Speech::Notice || denied == Denied::Unavailable {
                    self.refuse(render::command(speech), &target, &denied);
                }
                self.close_response();
            }
            Some(Ok(Some(id))) if lagging => {
                self.speeches.unseen.insert(id, label);
            }
            Some(Ok(_)) | None => {
                if let Some(label) = label {
                    let ack = self.ack();
                    self.push_labelled(&ack, Some(&label));
                }
            }
        }
    }

    /// Says something by way of the server, outside any command.
    pub(super) fn notice(&mut self, text: &str) {
        let line = Line::new("NOTICE").param(self.shown_nick()).param(text);
        self.send(line);
    }
}
