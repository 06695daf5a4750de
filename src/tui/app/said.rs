//! Messages: said, on their way, changed, taken back, reacted to.

use crate::client::event::{Edited, Entry, Origin, Outgoing, Reacted, Redacted, Said, Stage as Way, Unsent};
use crate::client::{action, text};

use super::super::conversation::{Address, Excursion, Kind, ServerId};
use super::super::notify::{self, Reason, Rules};
use super::super::scrollback::{Marks, New, Place, Reply, Scrollback, Sort, Stage};
use super::{App, Effect};

/// How much of a message stands above its answer, in characters.
const QUOTE_LEN: usize = 80;

impl App {
    /// One's nick on a server.
    pub(super) fn nick(&self, server: ServerId) -> String {
        self.servers
            .iter()
            .find(|other| other.id == server)
            .map(|server| server.nick.clone())
            .unwrap_or_default()
    }

    pub(super) fn said(&mut self, server: ServerId, said: &Said) {
        if said.origin == Origin::Found {
            return self.found(server, said);
        }
        let address = Address::of(server, &said.conversation);
        let me = self.nick(server);
        let shown = self.is_read(&address);
        self.open(&address, &said.conversation);
        if let Some(local) = said.local {
            self.forget_outgoing(&address, local);
        }
        let Some(conversation) = self.conversations.get_mut(&address) else { return };
        if conversation.lines.has_message(said.msgid.as_deref().unwrap_or_default(), said.at) {
            return;
        }
        let answers_me = answers_own(&conversation.lines, said);
        let new = line(said, answers_me, &me, &self.settings.notify);
        let (text, own) = (&said.text, said.own);
        let judged = notify::Said { conversation: &said.conversation, text, answers_me, own, seen: shown };
        let for_me = notify::reason(&self.settings.notify, &me, &judged).is_some();
        let counts = match said.origin {
            Origin::Live => !said.own,
            Origin::Earlier => !said.own && conversation.read.is_some_and(|read| read < said.at),
            Origin::Asked | Origin::Found => false,
        };
        if counts && !shown {
            conversation.unread += 1;
            conversation.mentions += u32::from(for_me);
            conversation.new_from.get_or_insert(said.at);
        }
        if said.own && said.origin == Origin::Live {
            conversation.new_from = None;
        }
        let (muted, live) = (conversation.muted, said.origin == Origin::Live);
        self.add_line(&address, &new);
        if let Some(conversation) = self.conversations.get_mut(&address) {
            note_reply(&mut conversation.lines, said);
            conversation.last_said = conversation.last_said.max(Some(said.at));
            conversation.typing.retain(|nick| !nick.eq_ignore_ascii_case(&said.from));
        }
        self.change_loose(&address, |msgid| said.msgid.as_deref() == Some(msgid));
        if live && !muted && notify::alert(&self.settings.notify, &me, &judged).is_some() {
            let place = match address.kind {
                Kind::Direct | Kind::Console => String::new(),
                Kind::Room => format!(" in {}", said.conversation),
            };
            let title = text::plain(&format!("{}{place}", said.from));
            let (rules, body) = (&self.settings.notify, text::plain(&said.text));
            self.effects.push(Effect::Ring(notify::sequence(rules, &title, &body, self.in_tmux)));
            self.effects.extend(notify::notification(rules, &title, &body).map(Effect::Notify));
        }
    }

    /// A message of one's own is on its way.
    pub(super) fn outgoing(&mut self, server: ServerId, outgoing: &Outgoing) {
        let address = Address::of(server, &outgoing.conversation);
        let me = self.nick(server);
        self.open(&address, &outgoing.conversation);
        let stage = match outgoing.stage {
            Way::Waiting => Stage::Waiting,
            Way::Sent | Way::Doubtful => Stage::Sent,
        };
        let now = self.now;
        let Some(conversation) = self.conversations.get_mut(&address) else { return };
        let lines = &mut conversation.lines;
        let known = conversation.outgoing.iter().find(|(local, _)| *local == outgoing.local);
        if let Some(place) = known.and_then(|(_, key)| lines.find(*key))
            && let Some(marks) = lines.line(place).map(|line| line.marks)
        {
            return lines.change(place, Some(&outgoing.text), Marks { stage, ..marks });
        }
        // It stands at the end, whatever the two clocks say.
        let last = lines.last().and_then(|last| lines.line(last)).map(|line| line.key.at);
        let at = last.map_or(now, |last| last.max(now));
        let marks = Marks { own: true, stage, ..Marks::default() };
        let sort = sort_of(outgoing.kind);
        let key = lines.push(&New { at, nick: &me, text: &outgoing.text, msgid: "", sort, marks });
        if let Some(msgid) = outgoing.reply_to.clone() {
            let reply = quoted(lines, msgid);
            lines.extra_mut(key).reply = Some(reply);
        }
        conversation.outgoing.push((outgoing.local, key));
        self.lines_len += 1;
    }

    /// It is on its way no longer.
    pub(super) fn forget_outgoing(&mut self, address: &Address, local: u64) {
        let Some(conversation) = self.conversations.get_mut(address) else { return };
        let Some(index) = conversation.outgoing.iter().position(|(other, _)| *other == local) else { return };
        let (_, key) = conversation.outgoing.remove(index);
        if let Some(place) = conversation.lines.find(key) {
            conversation.lines.remove(place);
            self.lines_len -= 1;
        }
    }

    /// It was refused: it stays to be seen, and goes back into an empty input.
    pub(super) fn unsent(&mut self, server: ServerId, unsent: &Unsent, reason: &str) {
        let address = Address::of(server, &unsent.target);
        let typed = self.undressed(&unsent.text);
        let Some(conversation) = self.conversations.get_mut(&address) else {
            let near = self.near(server);
            return self.note_in(&near, &format!("{reason} — not sent: {}", unsent.text), Sort::Failure);
        };
        let known = conversation.outgoing.iter().position(|(local, _)| *local == unsent.local);
        let key = known.map(|index| conversation.outgoing.remove(index).1);
        if self.leaving {
            return self.lose(unsent);
        }
        let lines = &mut conversation.lines;
        if let Some(place) = key.and_then(|key| lines.find(key))
            && let Some(marks) = lines.line(place).map(|line| line.marks)
        {
            lines.change(place, None, Marks { stage: Stage::Refused, ..marks });
        }
        if conversation.composer.is_empty() {
            conversation.composer.set(&typed);
        }
        self.note_in(&address, reason, Sort::Failure);
    }

    /// Changes a message, or keeps the change until the message is here.
    pub(super) fn change(&mut self, server: ServerId, entry: Entry) {
        let name = match &entry {
            Entry::Said(_) => return,
            Entry::Edited(edited) => &edited.said.conversation,
            Entry::Redacted(redacted) => &redacted.conversation,
            Entry::Reacted(reacted) => &reacted.conversation,
        };
        let Some(conversation) = self.conversations.get_mut(&Address::of(server, name)) else { return };
        let mut found = apply(&mut conversation.lines, &entry);
        if let Some(excursion) = &mut conversation.excursion {
            found |= apply(&mut excursion.lines, &entry);
        }
        if !found {
            conversation.keep(entry);
        }
    }

    /// Makes the changes that were kept of messages that are here now.
    pub(super) fn change_loose(&mut self, address: &Address, is_here: impl Fn(&str) -> bool) {
        let Some(conversation) = self.conversations.get_mut(address) else { return };
        let (lines, excursion) = (&mut conversation.lines, &mut conversation.excursion);
        conversation.loose.retain(|entry| {
            let due = is_here(subject(entry));
            let elsewhere = |excursion: &mut Excursion| apply(&mut excursion.lines, entry);
            !(due && (apply(lines, entry) || excursion.as_mut().is_some_and(elsewhere)))
        });
    }
}

/// The id of the message that this is about.
fn subject(entry: &Entry) -> &str {
    match entry {
        Entry::Said(said) => said.msgid.as_deref().unwrap_or_default(),
        Entry::Edited(edited) => &edited.original,
        Entry::Redacted(redacted) => &redacted.msgid,
        Entry::Reacted(reacted) => &reacted.msgid,
    }
}

/// A message as a line.
pub(super) fn line<'a>(said: &'a Said, answers_me: bool, me: &str, rules: &Rules) -> New<'a> {
    let (text, own) = (&said.text, said.own);
    let judged = notify::Said { conversation: &said.conversation, text, answers_me, own, seen: false };
    let mention = matches!(notify::reason(rules, me, &judged), Some(Reason::Mention | Reason::Keyword));
    New {
        at: said.at,
        nick: &said.from,
        text: &said.text,
        msgid: said.msgid.as_deref().unwrap_or_default(),
        sort: sort_of(said.kind),
        marks: Marks { own: said.own, mention, ..Marks::default() },
    }
}

/// Whether it answers a message of one's own that is here.
pub(super) fn answers_own(lines: &Scrollback, said: &Said) -> bool {
    let answered = said.reply_to.as_deref().and_then(|msgid| lines.line(lines.find_message(msgid)?));
    answered.is_some_and(|line| line.marks.own)
}

fn sort_of(kind: action::Kind) -> Sort {
    match kind {
        action::Kind::Message => Sort::Message,
        action::Kind::Notice => Sort::Notice,
        action::Kind::Action => Sort::Action,
    }
}

/// Notes what a message answers.
pub(super) fn note_reply(lines: &mut Scrollback, said: &Said) {
    let Some(msgid) = said.reply_to.clone() else { return };
    let own = said.msgid.as_deref().and_then(|msgid| lines.find_message(msgid));
    if let Some(key) = own.and_then(|place| lines.line(place)).map(|line| line.key) {
        let reply = quoted(lines, msgid);
        lines.extra_mut(key).reply = Some(reply);
    }
}

fn quoted(lines: &Scrollback, msgid: String) -> Reply {
    let line = lines.find_message(&msgid).and_then(|place| lines.line(place));
    let (nick, text) = match line {
        Some(line) => {
            let text = line.text.chars().take(QUOTE_LEN).map(|c| if c == '\n' { ' ' } else { c }).collect();
            (line.nick.to_owned(), text)
        }
        None => (String::new(), "an earlier message".to_owned()),
    };
    Reply { msgid, nick, text }
}

/// Changes the message that this is about; `false` if it is not here.
fn apply(lines: &mut Scrollback, entry: &Entry) -> bool {
    match entry {
        Entry::Said(_) => true,
        Entry::Edited(edited) => {
            with(lines, &edited.original, |lines, place, marks| edit(lines, place, marks, edited))
        }
        Entry::Redacted(redacted) => {
            with(lines, &redacted.msgid, |lines, place, marks| redact(lines, place, marks, redacted))
        }
        Entry::Reacted(reacted) => {
            with(lines, &reacted.msgid, |lines, place, _| react(lines, place, reacted))
        }
    }
}

fn with(lines: &mut Scrollback, msgid: &str, change: impl FnOnce(&mut Scrollback, Place, Marks)) -> bool {
    let Some(place) = lines.find_message(msgid) else { return false };
    if let Some(marks) = lines.line(place).map(|line| line.marks) {
        change(lines, place, marks);
    }
    true
}

fn edit(lines: &mut Scrollback, place: Place, marks: Marks, edited: &Edited) {
    if !marks.redacted {
        lines.change(place, Some(&edited.said.text), Marks { edited: true, ..marks });
    }
}

fn redact(lines: &mut Scrollback, place: Place, marks: Marks, redacted: &Redacted) {
    let reason = if redacted.reason.is_empty() { String::new() } else { format!(": {}", redacted.reason) };
    let text = format!("(taken back by {}{reason})", redacted.by);
    lines.change(place, Some(&text), Marks { redacted: true, mention: false, ..marks });
    lines.change_replies(&redacted.msgid, "(taken back)");
}

fn react(lines: &mut Scrollback, place: Place, reacted: &Reacted) {
    let Some(key) = lines.line(place).map(|line| line.key) else { return };
    let reactions = &mut lines.extra_mut(key).reactions;
    let known = reactions.iter().position(|(reaction, _)| *reaction == reacted.reaction);
    let index = match known {
        Some(index) => index,
        None if !reacted.on => return,
        None => {
            reactions.push((reacted.reaction.clone(), Vec::new()));
            reactions.len() - 1
        }
    };
    let nicks = &mut reactions[index].1;
    nicks.retain(|nick| !nick.eq_ignore_ascii_case(&reacted.from));
    if reacted.on {
        nicks.push(reacted.from.clone());
    } else if nicks.is_empty() {
        reactions.remove(index);
    }
}
