//! With whose eyes history is read: what of a room is for somebody, and what counts.
//!
//! Given to the store, so that a page is filled with what its reader is shown. Decides nothing: who
//! may read what is the session's to say.

use crate::clock::Timestamp;
use crate::ids::Seq;
use crate::names::AccountName;
use crate::range::Content;
use crate::room::{Entry, Event, Role, Speech};

/// Who reads, as far as the store must know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Nothing at or before this place is theirs.
    pub floor: Seq,
    /// Nothing before this time is theirs.
    pub since: Timestamp,
    /// They are shown what was meant for this role and those below.
    pub role: Role,
    /// They are shown what this account said, whomever it was meant for.
    pub account: Option<AccountName>,
    /// Since when the account is theirs: what it said before was another's.
    pub account_since: Timestamp,
    /// Which kinds of entries count.
    pub content: Content,
    /// Whether tags alone count among the events.
    pub tags: bool,
}

impl Reader {
    /// One who is shown everything from the beginning.
    #[must_use]
    pub fn of_all(content: Content) -> Self {
        Self {
            floor: Seq(0),
            since: Timestamp::default(),
            role: Role::Operator,
            account: None,
            account_since: Timestamp::default(),
            content,
            tags: true,
        }
    }

    /// Whether the entry is for this reader, in plain words; a store's answers hold nothing else.
    #[must_use]
    pub fn is_shown(&self, entry: &Entry) -> bool {
        let counts = match self.content {
            Content::Messages => entry.event.is_message(),
            Content::Events => self.tags || !is_tags_alone(&entry.event),
        };
        let is_own =
            self.account.is_some() && entry.author.account == self.account && entry.at >= self.account_since;
        let is_theirs = entry.seq > self.floor && entry.at >= self.since;
        counts && is_theirs && (is_own || entry.event.audience() <= self.role)
    }
}

fn is_tags_alone(event: &Event) -> bool {
    matches!(event, Event::Said(said) if said.speech == Speech::Tags)
}
