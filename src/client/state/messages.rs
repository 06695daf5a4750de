//! Saying and hearing: messages go out one by one, and count when their echo is back.

use crate::client::action::Kind;
use crate::client::event::{Event, Origin, Outgoing, Said, Stage};
use crate::clock::Timestamp;
use crate::limits;
use crate::protocol::{Cap, Line, Message};

use super::conversation::{About, HELD_MAX, Heard};
use super::outbox::{ID_TAG, Pending};
use super::reactions::{REPLY, reaction, replied_to, replying};
use super::{Arrival, State, fold, is_room};

impl State {
    /// Bytes of text that fit into one message for this target, whatever the server puts in front.
    pub(super) fn text_bytes_max(&self, target: &str, kind: Kind) -> usize {
        let source = self.link.source.as_ref().map_or_else(
            || limits::NICK_BYTES_MAX + limits::USER_BYTES_MAX + HOST_BYTES_MAX + 2,
            String::len,
        );
        let frame = ":".len() + source + " PRIVMSG ".len() + target.len() + " :".len() + "\r\n".len();
        let action = if kind == Kind::Action { "\u{1}ACTION \u{1}".len() } else { 0 };
        limits::LINE_BYTES_MAX.saturating_sub(frame + action)
    }

    /// Sends what waits, where the room is entered and its history known.
    pub(super) fn send_pending(&mut self) {
        let mut index = 0;
        while let Some(pending) = self.outbox.pending.get(index) {
            if pending.stage == Stage::Waiting && self.is_open(&pending.target) {
                if pending.is_multiline() {
                    let portions = self.portions(pending);
                    self.outbox.split(index, portions);
                }
                let lines = self.dressed(&self.outbox.pending[index]);
                self.lines.extend(lines);
                let pending = &mut self.outbox.pending[index];
                pending.stage = Stage::Sent;
                self.events.push_back(Event::Outgoing(pending.outgoing()));
            }
            index += 1;
        }
    }

    fn dressed(&self, pending: &Pending) -> Vec<Line> {
        let tagged = |mut line: Line| {
            if self.has(Cap::LabeledResponse) && self.has(Cap::Batch) {
                line = line.tag("label", pending.label());
            }
            if self.has(Cap::MessageTags) {
                line = line.tag(ID_TAG, self.outbox.id(pending.number));
            }
            match pending.reply_to.as_deref().filter(|_| self.carries(REPLY)) {
                Some(msgid) => replying(line, msgid),
                None => line,
            }
        };
        let mut lines = if pending.is_multiline() {
            self.multiline(pending, tagged)
        } else {
            vec![tagged(pending.line())]
        };
        if !self.has(Cap::EchoMessage) {
            // Without an echo a PONG is the best proof that the server has dealt with the message.
            lines.push(Line::new("PING").param(pending.label()));
        }
        lines
    }

    pub(super) fn said(&mut self, message: &Message<'_>, arrival: &Arrival) {
        if let Some(heard) = self.read(message, arrival.at, Origin::Live) {
            self.heard(heard, arrival);
        } else if let Some(target) = message.param(0).filter(|_| message.is("TAGMSG")) {
            let said = self.framed(message, target, arrival.at, Origin::Live);
            if !said.own {
                self.heard_typing(message, &said.conversation, &said.from);
            }
        }
    }

    /// Takes what was said just now.
    pub(super) fn heard(&mut self, mut heard: Heard, arrival: &Arrival) {
        let Heard { said, about } = &mut heard;
        if said.kind == Kind::Notice && (said.from.is_empty() || said.from.contains('.')) {
            return self.events.push_back(Event::Info(heard.said.text));
        }
        if said.own && *about == About::Itself && self.has(Cap::EchoMessage) {
            said.local = self.confirm(said, arrival);
        }
        if !said.own && *about == About::Itself {
            self.stopped_writing(&said.conversation, &said.from);
        }
        let Some(known) = self.conversations.get_mut(&fold(&heard.said.conversation)) else {
            return self.show(heard);
        };
        if known.catching_up && known.held.len() < HELD_MAX {
            known.held.push_back(heard);
        } else {
            self.show(heard);
        }
    }

    /// Reads a PRIVMSG or NOTICE, an EDIT or REDACT, or a reaction; `None` if it is for nobody's eyes,
    /// or none of these.
    pub(super) fn read(&self, message: &Message<'_>, at: Timestamp, origin: Origin) -> Option<Heard> {
        let target = message.param(0)?;
        let (about, text) = match message.command {
            "PRIVMSG" | "NOTICE" => (About::Itself, message.param(1)?),
            "EDIT" => (About::Edit(message.param(1)?.to_owned()), message.param(2)?),
            "REDACT" => {
                (About::Redaction(message.param(1)?.to_owned()), message.param(2).unwrap_or_default())
            }
            "TAGMSG" => {
                let (about, text) = reaction(message)?;
                let said = Said { text, ..self.framed(message, target, at, origin) };
                return Some(Heard { said, about });
            }
            _ => return None,
        };
        let kind = if message.is("NOTICE") { Kind::Notice } else { Kind::Message };
        let (kind, text) = spoken(kind, text)?;
        let said = Said { kind, text: text.to_owned(), ..self.framed(message, target, at, origin) };
        Some(Heard { said, about })
    }

    /// All of a message but how it is said and its text.
    pub(super) fn framed(&self, message: &Message<'_>, target: &str, at: Timestamp, origin: Origin) -> Said {
        let from = message.nick().unwrap_or_default();
        let account = message.tag("account");
        let own = self.is_me(from) || account.as_deref().is_some_and(|name| self.is_my_account(name));
        let room = target.trim_start_matches(['@', '%', '~', '+']);
        let conversation = if is_room(room) {
            room
        } else if own {
            target
        } else {
            from
        };
        Said {
            conversation: conversation.to_owned(),
            from: from.to_owned(),
            kind: Kind::Message,
            text: String::new(),
            at,
            msgid: message.tag("msgid"),
            own,
            origin,
            account,
            reply_to: replied_to(message),
            mark: message.tag(ID_TAG),
            local: None,
        }
    }

    /// Shows a message, unless it was shown before.
    pub(super) fn show(&mut self, heard: Heard) {
        self.note_own(&heard);
        let said = &heard.said;
        let fresh = said.msgid.as_deref().is_none_or(|msgid| self.seen.insert(msgid));
        if said.origin == Origin::Asked {
            return self.events.push_back(heard.into_event());
        }
        if !fresh {
            return;
        }
        if self.profile.watches && !is_room(&said.conversation) {
            self.watch(&heard.said.conversation);
        }
        let said = &heard.said;
        let reads = self.profile.reads && self.has(Cap::ReadMarker);
        let known = self.conversation(&said.conversation);
        // A reaction can't be found in history by who did not ask for such.
        if !matches!(heard.about, About::Reaction { .. }) {
            known.advance(said.place());
            if reads {
                known.unmarked = known.unmarked.max(Some(said.at));
            }
        }
        self.events.push_back(heard.into_event());
    }

    /// The echo is back: the number of the message.
    fn confirm(&mut self, said: &Said, arrival: &Arrival) -> Option<u64> {
        let tagged = self.has(Cap::MessageTags);
        let by_label = arrival.label.as_deref().and_then(|label| self.outbox.take_label(label));
        let by_id = by_label.or_else(|| said.mark.as_deref().and_then(|id| self.outbox.take_id(id)));
        // The server may have changed the text, so a bare echo confirms the oldest for its target.
        let bare = || self.outbox.take_at(Stage::Sent, |pending| pending.is_for(&said.conversation));
        let pending = if tagged { by_id } else { by_id.or_else(bare) };
        pending.map(|pending| pending.number)
    }

    /// Tells how far messages of one's own are.
    pub(super) fn tell_outgoing(&mut self, outgoing: Vec<Outgoing>) {
        self.events.extend(outgoing.into_iter().map(Event::Outgoing));
    }

    /// `ACK` to a message means that it was taken without an echo.
    pub(super) fn acknowledged(&mut self, arrival: &Arrival) {
        if !self.has(Cap::EchoMessage)
            && let Some(label) = arrival.label.clone()
        {
            self.confirm_by_pong(&label, arrival);
        }
    }

    pub(super) fn confirm_by_pong(&mut self, label: &str, arrival: &Arrival) {
        let Some(pending) = self.outbox.take_label(label) else {
            return;
        };
        let Pending { number, target: conversation, kind, text, reply_to, .. } = pending;
        self.show(Heard::itself(Said {
            conversation,
            from: self.link.nick.clone(),
            kind,
            text,
            at: arrival.at,
            msgid: None,
            own: true,
            origin: Origin::Live,
            account: None,
            reply_to,
            mark: None,
            local: Some(number),
        }));
    }

    /// A message was refused.
    pub(super) fn fail_one(&mut self, pending: Pending, reason: &str) {
        self.events.push_back(Event::Failed { reason: reason.to_owned(), unsent: Some(pending.unsent()) });
    }

    /// Everything for this target was refused.
    pub(super) fn fail_all(&mut self, target: &str, reason: &str) {
        for pending in self.outbox.drain(|pending| pending.is_for(target)) {
            self.fail_one(pending, reason);
        }
    }

    /// What is in doubt in a room that one left since can't be looked for.
    pub(super) fn fail_abandoned(&mut self) {
        for target in self.outbox.doubtful_targets() {
            if is_room(&target) && !self.conversation(&target).wanted {
                self.fail_doubtful(&target);
            }
        }
    }

    /// Nobody can tell any more whether these arrived; sending them again could double them.
    pub(super) fn fail_doubtful(&mut self, target: &str) {
        let reason = "the connection broke before the server confirmed it; it may have arrived or not";
        for pending in self.outbox.drain(|p| p.stage == Stage::Doubtful && p.is_for(target)) {
            self.fail_one(pending, reason);
        }
    }
}

/// How something is said, and what; `None` for what only programs read.
pub(super) fn spoken(kind: Kind, text: &str) -> Option<(Kind, &str)> {
    let Some(ctcp) = text.strip_prefix('\u{1}') else {
        return Some((kind, text));
    };
    let action = ctcp.strip_prefix("ACTION")?;
    Some((Kind::Action, action.strip_suffix('\u{1}').unwrap_or(action).trim_start_matches(' ')))
}

/// The longest host that a server shows.
const HOST_BYTES_MAX: usize = 63;
