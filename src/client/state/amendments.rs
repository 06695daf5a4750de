//! One's own messages afterwards: another text, or taken back.
//!
//! Source: docs/extensions.md for EDIT, IRCv3 draft/message-redaction.

use crate::client::action::Kind;
use crate::client::event::Event;
use crate::protocol::{Cap, Line, Message};

use super::conversation::{About, Heard, Own};
use super::{State, fold};

/// Marks the answers; what they say stands in them.
const LABEL: &str = "amend";

impl State {
    /// Gives this message of one's own, or the last one in this conversation, another text.
    pub(super) fn edit(&mut self, conversation: &str, msgid: Option<String>, text: &str) {
        if !self.has(Cap::MessageEdit) {
            return self.cannot("this server can't edit messages");
        }
        if text.contains(['\r', '\n']) {
            return self.cannot("the new text must be one line");
        }
        let Some((msgid, kind)) = self.meant(conversation, msgid) else {
            return;
        };
        let bytes_max = self.text_bytes_max(conversation, kind);
        let excess =
            (msgid.len() + 1 + text.len()).saturating_sub(bytes_max + "PRIVMSG".len() - "EDIT".len());
        if excess > 0 {
            return self.cannot(&format!("the new text is too long by {excess} bytes"));
        }
        let line = self.amending("EDIT").param(conversation).param(&msgid);
        self.lines.push_back(match kind {
            Kind::Action => line.param(format!("\u{1}ACTION {text}\u{1}")),
            Kind::Message | Kind::Notice => line.param(text),
        });
    }

    /// Takes this message, or one's last one in this conversation, back.
    pub(super) fn redact(&mut self, conversation: &str, msgid: Option<String>) {
        if !self.has(Cap::MessageRedaction) {
            return self.cannot("this server can't take messages back");
        }
        if let Some((msgid, _)) = self.meant(conversation, msgid) {
            let line = self.amending("REDACT").param(conversation).param(msgid);
            self.lines.push_back(line);
        }
    }

    fn amending(&self, command: &'static str) -> Line {
        let line = Line::new(command);
        if self.has(Cap::LabeledResponse) && self.has(Cap::Batch) { line.tag("label", LABEL) } else { line }
    }

    /// The message that is meant and how it was said: this one, or the last one of one's own.
    fn meant(&mut self, conversation: &str, msgid: Option<String>) -> Option<(String, Kind)> {
        let Some(msgid) = msgid else {
            return self.last_own(conversation).map(|own| (own.msgid, own.kind));
        };
        let known = self.conversations.get(&fold(conversation));
        let own = known.and_then(|known| known.own.iter().find(|own| own.msgid == msgid));
        let kind = own.map_or(Kind::Message, |own| own.kind);
        Some((msgid, kind))
    }

    /// The last message of one's own; says why if it is not known.
    fn last_own(&mut self, conversation: &str) -> Option<Own> {
        let known = self.conversations.get(&fold(conversation));
        let unsettled = self.outbox.pending.iter().any(|pending| pending.is_for(conversation));
        if unsettled || known.is_some_and(|known| known.catching_up) {
            self.cannot("your last message there is still on its way; try again in a moment");
            return None;
        }
        let own = known.and_then(|known| known.own.back().cloned());
        if own.is_none() {
            self.cannot(&format!(
                "no message of yours is known in {conversation}; /history shows earlier ones"
            ));
        }
        own
    }

    /// Notes what one can edit and take back, and what one can no longer.
    pub(super) fn note_own(&mut self, heard: &Heard) {
        let said = &heard.said;
        match (&heard.about, &said.msgid) {
            (About::Itself, Some(msgid)) if said.own => {
                let own = Own { at: said.at, msgid: msgid.clone(), kind: said.kind };
                self.conversation(&said.conversation).note_own(own);
            }
            (About::Redaction(msgid), _) => self.forget_own(&said.conversation, msgid),
            (About::Itself | About::Edit(_) | About::Reaction { .. }, _) => {}
        }
    }

    fn forget_own(&mut self, conversation: &str, msgid: &str) {
        if let Some(known) = self.conversations.get_mut(&fold(conversation)) {
            known.own.retain(|own| own.msgid != msgid);
        }
    }

    /// `FAIL EDIT UNKNOWN_MSGID <target> <msgid> :text`: that message is there no longer.
    pub(super) fn amendment_failed(&mut self, message: &Message<'_>, text: &str) {
        if let (Some("UNKNOWN_MSGID"), Some(target), Some(msgid)) =
            (message.param(1), message.param(2), message.param(3))
        {
            self.forget_own(target, msgid);
        }
        self.cannot(text);
    }

    pub(super) fn cannot(&mut self, reason: &str) {
        self.events.push_back(Event::Failed { reason: reason.to_owned(), unsent: None });
    }
}
