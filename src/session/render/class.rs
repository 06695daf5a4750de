//! Capability classes: who is shown the same lines.

use crate::journal::{CLASSES, Item, News};
use crate::protocol::{Cap, Caps};
use crate::room::Event;

/// The capabilities that the form of any line depends on.
const TAGGING: [Cap; 3] = [Cap::MessageTags, Cap::ServerTime, Cap::AccountTag];
/// Those and the ones that the form of some lines depends on; see [`shaping`].
pub(super) const FORMING: [Cap; 6] =
    [TAGGING[0], TAGGING[1], TAGGING[2], Cap::ExtendedJoin, Cap::Multiline, Cap::MessageEdit];

/// A capability class: one bit for each capability that a form depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Class(usize);

impl Class {
    /// The class of a session with these capabilities.
    #[must_use]
    pub fn of(caps: Caps) -> Self {
        // Without batches a message of several lines is no batch either.
        let has = |cap| caps.has(cap) && (cap != Cap::Multiline || caps.has(Cap::Batch));
        Self(FORMING.iter().enumerate().map(|(bit, cap)| usize::from(has(*cap)) << bit).sum())
    }

    pub(super) fn has(self, cap: Cap) -> bool {
        FORMING.iter().position(|forming| *forming == cap).is_some_and(|bit| self.0 >> bit & 1 == 1)
    }
}

/// The one capability beside the tags that the event's form depends on. Because it is one for each,
/// and because a run of messages has none, a chunk has as many encodings as if there were four
/// forming capabilities in all.
fn shaping(event: &Event) -> Option<Cap> {
    match event {
        Event::Said(said) => said.is_multiline().then_some(Cap::Multiline),
        Event::Edited(_) => Some(Cap::MessageEdit),
        Event::Redacted(redacted) => (!redacted.edits.is_empty()).then_some(Cap::MessageEdit),
        Event::Joined { .. } => Some(Cap::ExtendedJoin),
        Event::Parted { .. }
        | Event::Quit { .. }
        | Event::Kicked { .. }
        | Event::Invited { .. }
        | Event::TopicSet { .. }
        | Event::ModesChanged { .. }
        | Event::NickChanged { .. }
        | Event::Renamed { .. } => None,
    }
}

/// Where the encoding of a chunk that begins like this is kept for this class: a number below
/// [`CLASSES`].
pub(super) fn slot(first: &Item, class: Class) -> usize {
    let tags = class.0 & ((1 << TAGGING.len()) - 1);
    let shape = match &first.news {
        News::Entry(_) if first.plain().is_some() => false,
        News::Entry(entry) => shaping(&entry.event).is_some_and(|cap| class.has(cap)),
        News::Signal(_) | News::Watched(_) => false,
    };
    tags | usize::from(shape) << TAGGING.len()
}

const _: () = assert!(CLASSES == 1 << (TAGGING.len() + 1));
