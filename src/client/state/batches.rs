//! Lines that belong together: gathered, and handed on once they are complete.
//!
//! Source: IRCv3 batch; the kinds are those of draft/chathistory, draft/multiline and soju.im/search.

use crate::client::action::Mark;
use crate::client::event::Origin;
use crate::clock::Timestamp;
use crate::protocol::Message;

use super::conversation::Heard;
use super::multiline::Letter;
use super::{Arrival, COLLECTED_MAX, State};

/// Batches that are open at one time; a server that opens more is shown line by line.
const BATCHES_MAX: usize = 64;

/// Lines that belong together.
#[derive(Debug)]
pub(super) enum Batch {
    /// The replies to a labelled command.
    Labelled(Option<String>),
    /// A page of history.
    History(Gathered),
    /// A message of several lines.
    Multiline(Letter),
    /// What a search found.
    Found(Vec<Heard>),
    /// Direct conversations, and when each was last spoken in.
    Targets(Vec<(String, Timestamp)>),
    /// Anything else.
    Other,
}

/// A page of history as it comes in.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) conversation: String,
    pub(super) messages: Vec<Heard>,
    /// The first line, whatever it says.
    pub(super) first: Option<Mark>,
    /// The last line, whatever it says.
    pub(super) last: Option<Mark>,
    /// The server said that nothing follows.
    pub(super) complete: bool,
}

impl Gathered {
    fn add(&mut self, mark: Mark, heard: Option<Heard>) {
        self.first.get_or_insert_with(|| mark.clone());
        self.last = Some(mark);
        if let Some(heard) = heard.filter(|_| self.messages.len() < COLLECTED_MAX) {
            self.messages.push(heard);
        }
    }
}

impl State {
    pub(super) fn batch(&mut self, message: &Message<'_>, arrival: &Arrival) {
        let Some(reference) = message.param(0) else {
            return;
        };
        if let Some(id) = reference.strip_prefix('-') {
            if let Some(batch) = self.link.batches.remove(id) {
                self.completed(batch);
            }
            return;
        }
        if self.link.batches.len() >= BATCHES_MAX {
            return;
        }
        let batch = match message.param(1) {
            Some("labeled-response") => Batch::Labelled(arrival.label.clone()),
            Some("chathistory") => Batch::History(Gathered {
                conversation: message.param(2).unwrap_or_default().to_owned(),
                messages: Vec::new(),
                first: None,
                last: None,
                complete: message.tag("draft/chathistory-end").is_some(),
            }),
            Some("draft/chathistory-targets") => Batch::Targets(Vec::new()),
            Some("draft/multiline") => Batch::Multiline(self.letter(message, arrival)),
            Some("soju.im/search") => Batch::Found(Vec::new()),
            _ => Batch::Other,
        };
        self.link.batches.insert(reference.trim_start_matches('+').to_owned(), batch);
    }

    fn completed(&mut self, batch: Batch) {
        match batch {
            Batch::History(gathered) => self.page(gathered),
            Batch::Multiline(letter) => self.delivered(letter),
            Batch::Found(messages) => self.found(messages),
            Batch::Targets(targets) => self.found_targets(&targets),
            Batch::Labelled(_) | Batch::Other => {}
        }
    }

    /// A message of several lines is whole: it goes where one of a single line would.
    fn delivered(&mut self, letter: Letter) {
        let Letter { outer, label, .. } = &letter;
        let (outer, label) = (outer.clone(), label.clone());
        let Some(mut heard) = letter.into_heard() else {
            return;
        };
        match outer.and_then(|outer| self.link.batches.get_mut(&outer)) {
            Some(Batch::History(gathered)) => {
                heard.said.origin = Origin::Earlier;
                gathered.add(heard.said.place(), Some(heard));
            }
            Some(Batch::Found(messages)) => {
                heard.said.origin = Origin::Earlier;
                if messages.len() < COLLECTED_MAX {
                    messages.push(heard);
                }
            }
            Some(Batch::Labelled(_) | Batch::Multiline(_) | Batch::Targets(_) | Batch::Other) | None => {
                let arrival = Arrival { at: heard.said.at, label };
                self.heard(heard, &arrival);
            }
        }
    }

    /// Puts a line into its batch, if it waits there for the batch's end.
    pub(super) fn collect(&mut self, batch: &str, message: &Message<'_>, at: Timestamp) -> bool {
        let heard = self.read(message, at, Origin::Earlier);
        match self.link.batches.get_mut(batch) {
            Some(Batch::History(gathered)) => {
                gathered.add(Mark { msgid: message.tag("msgid"), at }, heard);
                true
            }
            Some(Batch::Found(messages)) => {
                if let Some(heard) = heard.filter(|_| messages.len() < COLLECTED_MAX) {
                    messages.push(heard);
                }
                true
            }
            Some(Batch::Multiline(letter)) => {
                letter.add(message);
                true
            }
            Some(Batch::Targets(targets)) => {
                if let (Some(name), Some(at)) =
                    (message.param(1), message.param(2).and_then(Timestamp::parse))
                    && targets.len() < COLLECTED_MAX
                {
                    targets.push((name.to_owned(), at));
                }
                true
            }
            Some(Batch::Labelled(_) | Batch::Other) | None => false,
        }
    }

    pub(super) fn label_of(&self, batch: &str) -> Option<String> {
        match self.link.batches.get(batch)? {
            Batch::Labelled(label) => label.clone(),
            Batch::History(_) | Batch::Multiline(_) | Batch::Found(_) | Batch::Targets(_) | Batch::Other => {
                None
            }
        }
    }
}
