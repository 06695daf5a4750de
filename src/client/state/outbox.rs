//! Messages on their way: kept until the server has shown that they are stored.
//!
//! Never forgets one silently, and never sends one twice that may have arrived.

use std::collections::{BTreeSet, VecDeque};

use crate::client::action::Kind;
use crate::client::event::{Outgoing, Stage, Unsent};
use crate::protocol::Line;

use super::fold;

/// The client tag that carries a message's own id, so that it is found again in the history.
pub(super) const ID_TAG: &str = "+chat-secure/id";

#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) number: u64,
    pub(super) target: String,
    pub(super) kind: Kind,
    pub(super) text: String,
    /// The id of the message that it answers.
    pub(super) reply_to: Option<String>,
    pub(super) stage: Stage,
}

impl Pending {
    pub(super) fn label(&self) -> String {
        format!("m{}", self.number)
    }

    pub(super) fn is_for(&self, target: &str) -> bool {
        fold(&self.target) == fold(target)
    }

    /// Whether it has several lines, to be sent as one message where the server knows such.
    pub(super) fn is_multiline(&self) -> bool {
        self.text.contains('\n')
    }

    /// The line that says it, without tags.
    pub(super) fn line(&self) -> Line {
        let command = if self.kind == Kind::Notice { "NOTICE" } else { "PRIVMSG" };
        let line = Line::new(command).param(&self.target);
        match self.kind {
            Kind::Action => line.param(format!("\u{1}ACTION {}\u{1}", self.text)),
            Kind::Message | Kind::Notice => line.param(&self.text),
        }
    }

    pub(super) fn unsent(self) -> Unsent {
        Unsent { local: self.number, target: self.target, text: self.text }
    }

    pub(super) fn outgoing(&self) -> Outgoing {
        Outgoing {
            local: self.number,
            conversation: self.target.clone(),
            kind: self.kind,
            text: self.text.clone(),
            reply_to: self.reply_to.clone(),
            stage: self.stage,
        }
    }
}

/// All messages under way, in the order in which they were said.
#[derive(Debug)]
pub(super) struct Outbox {
    pub(super) pending: VecDeque<Pending>,
    nonce: String,
    next: u64,
}

impl Outbox {
    pub(super) fn new(nonce: String) -> Self {
        Self { pending: VecDeque::new(), nonce, next: 1 }
    }

    pub(super) fn push(
        &mut self,
        target: &str,
        kind: Kind,
        text: &str,
        reply_to: Option<String>,
    ) -> Outgoing {
        let (target, text) = (target.to_owned(), text.to_owned());
        let stage = Stage::Waiting;
        let pending = Pending { number: self.next, target, kind, text, reply_to, stage };
        let outgoing = pending.outgoing();
        self.pending.push_back(pending);
        self.next += 1;
        outgoing
    }

    /// Puts these texts in the place of one that was not sent yet: the first of them keeps its number.
    pub(super) fn split(&mut self, index: usize, texts: Vec<String>) {
        let Some(whole) = self.pending.get(index).cloned() else {
            return;
        };
        for (offset, text) in texts.into_iter().enumerate() {
            if offset == 0 {
                self.pending[index].text = text;
                continue;
            }
            let piece = Pending { number: self.next, text, reply_to: None, ..whole.clone() };
            self.pending.insert(index + offset, piece);
            self.next += 1;
        }
    }

    /// A room got another name. What waits for it.
    pub(super) fn rename(&mut self, from: &str, to: &str) -> Vec<Outgoing> {
        let pending = self.pending.iter_mut().filter(|pending| pending.is_for(from));
        let renamed = pending.map(|pending| {
            to.clone_into(&mut pending.target);
            pending.outgoing()
        });
        renamed.collect()
    }

    /// The value of [`ID_TAG`]: the same however often a message is sent.
    pub(super) fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.nonce)
    }

    /// Takes out the message with this label.
    pub(super) fn take_label(&mut self, label: &str) -> Option<Pending> {
        let number: u64 = label.strip_prefix('m')?.parse().ok()?;
        self.take(|pending| pending.number == number)
    }

    /// Takes out the message with this id.
    pub(super) fn take_id(&mut self, id: &str) -> Option<Pending> {
        let number: u64 = id.strip_prefix(&self.nonce)?.strip_prefix('-')?.parse().ok()?;
        self.take(|pending| pending.number == number)
    }

    /// Takes out the oldest one at this stage that fits; for servers without labels and tags.
    pub(super) fn take_at(&mut self, stage: Stage, fits: impl Fn(&Pending) -> bool) -> Option<Pending> {
        self.take(|pending| pending.stage == stage && fits(pending))
    }

    /// Takes out all for this target that `fits`.
    pub(super) fn drain(&mut self, fits: impl Fn(&Pending) -> bool) -> Vec<Pending> {
        let (taken, left) = std::mem::take(&mut self.pending).into_iter().partition(|p| fits(p));
        self.pending = left;
        Vec::from_iter::<VecDeque<_>>(taken)
    }

    /// The connection is gone. What is in doubt now.
    pub(super) fn disconnect(&mut self) -> Vec<Outgoing> {
        self.restage(Stage::Doubtful, |pending| pending.stage == Stage::Sent)
    }

    /// History shows that what is doubtful for this target did not arrive: it is to be sent again.
    pub(super) fn retry(&mut self, target: &str) -> Vec<Outgoing> {
        self.restage(Stage::Waiting, |pending| pending.stage == Stage::Doubtful && pending.is_for(target))
    }

    fn restage(&mut self, stage: Stage, fits: impl Fn(&Pending) -> bool) -> Vec<Outgoing> {
        let changed = self.pending.iter_mut().filter(|pending| fits(pending)).map(|pending| {
            pending.stage = stage;
            pending.outgoing()
        });
        changed.collect()
    }

    /// For whom something is in doubt, each once.
    pub(super) fn doubtful_targets(&self) -> BTreeSet<String> {
        let doubtful = self.pending.iter().filter(|pending| pending.stage == Stage::Doubtful);
        doubtful.map(|pending| fold(&pending.target)).collect()
    }

    fn take(&mut self, fits: impl Fn(&Pending) -> bool) -> Option<Pending> {
        let index = self.pending.iter().position(fits)?;
        self.pending.remove(index)
    }
}
