//! Reactions and replies: what says to which message it belongs.
//!
//! Source: IRCv3 reply, draft/react.

use crate::client::event::{Event, Origin, Reacted};
use crate::protocol::{Cap, Line, Message};

use super::State;
use super::conversation::About;

pub(super) const REPLY: &str = "+reply";
/// The name of [`REPLY`] while it was a draft; both are sent, because many know only one.
const REPLY_DRAFT: &str = "+draft/reply";
pub(super) const REACT: &str = "+draft/react";
const UNREACT: &str = "+draft/unreact";
/// Bytes of a reaction: whoever needs more has something to say.
const REACTION_BYTES_MAX: usize = 64;

/// The id of the message that this one answers.
pub(super) fn replied_to(message: &Message<'_>) -> Option<String> {
    let msgid = message.tag(REPLY).or_else(|| message.tag(REPLY_DRAFT));
    msgid.filter(|msgid| !msgid.is_empty())
}

/// Adds to which message it belongs.
pub(super) fn replying(line: Line, msgid: &str) -> Line {
    line.tag(REPLY, msgid).tag(REPLY_DRAFT, msgid)
}

/// What a TAGMSG says of another message, if it is a reaction.
pub(super) fn reaction(message: &Message<'_>) -> Option<(About, String)> {
    let msgid = replied_to(message)?;
    let given = message.tag(REACT).map(|reaction| (reaction, true));
    let (reaction, on) = given.or_else(|| message.tag(UNREACT).map(|reaction| (reaction, false)))?;
    let fits = !reaction.is_empty() && reaction.len() <= REACTION_BYTES_MAX;
    fits.then_some((About::Reaction { msgid, on }, reaction))
}

impl State {
    pub(super) fn react(&mut self, conversation: &str, msgid: &str, reaction: &str, on: bool) {
        if !(self.carries(REACT) && self.carries(REPLY)) {
            return self.cannot("this server carries no reactions");
        }
        if reaction.is_empty() || reaction.len() > REACTION_BYTES_MAX {
            return self.cannot("a reaction is an emoji or a short word");
        }
        if !self.is_one_name(conversation) {
            return;
        }
        let tag = if on { REACT } else { UNREACT };
        let line = replying(Line::new("TAGMSG").tag(tag, reaction), msgid);
        self.lines.push_back(line.param(conversation));
        if !self.has(Cap::EchoMessage) {
            // Nobody will say that it was seen.
            self.events.push_back(Event::Reacted(Reacted {
                conversation: conversation.to_owned(),
                from: self.link.nick.clone(),
                msgid: msgid.to_owned(),
                reaction: reaction.to_owned(),
                on,
                at: self.now,
                own: true,
                origin: Origin::Live,
            }));
        }
    }
}
