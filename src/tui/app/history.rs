//! Earlier lines: fetched when the screen comes near an end of what is here, or jumped to.

use std::collections::HashSet;

use crate::client::Action;
use crate::client::action::{Mark, Place, Stretch};
use crate::client::event::{Entry, Page, Said};
use crate::clock::Timestamp;

use super::super::conversation::{Address, Anchor, Conversation, Excursion, Kind, Reach, ServerId};
use super::super::scroll;
use super::super::scrollback::{Scrollback, Sort};
use super::{App, Link};

impl App {
    /// Asks for what is missing around the screen.
    pub(super) fn load(&mut self) {
        let Some(address) = self.current.clone().filter(|current| current.kind != Kind::Console) else {
            return;
        };
        let answers = self.server().is_some_and(|s| s.link == Link::Online && s.abilities.history);
        let Some(place) = answers.then(|| self.missing(&address)).flatten() else { return };
        let Some(conversation) = self.conversations.get_mut(&address) else { return };
        let asked = Reach::Asked(place.clone());
        match (&mut conversation.excursion, &place) {
            (Some(excursion), Place::After(_)) => excursion.newer = asked,
            (Some(excursion), _) => excursion.older = asked,
            (None, _) => conversation.older = asked,
        }
        let conversation = conversation.name.clone();
        self.act(address.server, Action::Page { conversation, place });
    }

    fn missing(&self, address: &Address) -> Option<Place> {
        let conversation = self.conversations.get(address)?;
        let height = usize::from(self.layout().messages.height).max(1);
        let rows = self.rows(conversation);
        // Where there are so many lines there are as many rows: they need not be counted.
        let is_long = |anchor| anchor == Anchor::End && rows.lines.len() > 2 * height;
        let near_start = |anchor| !is_long(anchor) && scroll::is_near_start(rows, anchor, height, height);
        if let Some(excursion) = &conversation.excursion {
            let near_end = scroll::down(rows, excursion.anchor, height) == Anchor::End;
            return match (&excursion.first, &excursion.last) {
                (None, _) | (_, None) => None,
                (Some(first), _) if excursion.older == Reach::Unknown && near_start(excursion.anchor) => {
                    Some(Place::Before(first.clone()))
                }
                (_, Some(last)) if excursion.newer == Reach::Unknown && near_end => {
                    Some(Place::After(last.clone()))
                }
                _ => None,
            };
        }
        // What is told on entering a room is waited for.
        let told = conversation.caught_up || address.kind == Kind::Direct || !conversation.joined;
        if !told || conversation.older != Reach::Unknown || !near_start(conversation.anchor) {
            return None;
        }
        Some(match conversation.first.clone().or_else(|| oldest(&conversation.lines)) {
            Some(first) => Place::Before(first),
            None => Place::Latest,
        })
    }

    pub(super) fn page(&mut self, server: ServerId, page: &Page) {
        let address = Address::of(server, &page.conversation);
        let entries: Vec<_> =
            page.entries.iter().filter(|entry| !self.is_ignored_entry(entry)).cloned().collect();
        let Some(conversation) = self.conversations.get_mut(&address) else { return };
        let place = page.place.clone();
        let of_excursion = conversation.excursion.as_ref().is_some_and(|excursion| {
            let asked = Reach::Asked(place.clone());
            excursion.older == asked || excursion.newer == asked
        });
        if !of_excursion && conversation.older != Reach::Asked(place) {
            return;
        }
        let (messages, changes): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| matches!(entry, Entry::Said(_)));
        let messages: Vec<Said> = messages.into_iter().filter_map(into_said).collect();
        if of_excursion {
            self.page_of_excursion(&address, page, &messages);
        } else {
            if conversation.first.is_none() || matches!(page.place, Place::Before(_)) {
                conversation.first = page.first.clone().or_else(|| conversation.first.take());
            }
            // A page that looked at nothing can't be gone on from.
            let goes_on = page.older && page.first.is_some();
            conversation.older = if goes_on { Reach::Unknown } else { Reach::Complete };
            let numbers = self.insert_page(&address, &messages, false);
            self.lines_len += numbers;
        }
        for change in changes {
            self.change(server, change);
        }
        let here: HashSet<&str> = messages.iter().filter_map(|said| said.msgid.as_deref()).collect();
        self.change_loose(&address, |msgid| here.contains(msgid));
    }

    fn page_of_excursion(&mut self, address: &Address, page: &Page, messages: &[Said]) {
        self.insert_page(address, messages, true);
        let Some(conversation) = self.conversations.get_mut(address) else { return };
        let Some(excursion) = &mut conversation.excursion else { return };
        let reach = |more: bool| if more { Reach::Unknown } else { Reach::Complete };
        let reaches_older = !matches!(page.place, Place::After(_));
        let reaches_newer = !matches!(page.place, Place::Before(_));
        if reaches_older {
            excursion.older = reach(page.older && page.first.is_some());
            excursion.first = page.first.clone().or_else(|| excursion.first.take());
        }
        if reaches_newer {
            excursion.newer = reach(page.newer && page.last.is_some());
            excursion.last = page.last.clone().or_else(|| excursion.last.take());
        }
        self.arrive(address);
        self.merge(address);
    }

    /// What one jumped to is here: it comes to the middle of the screen.
    fn arrive(&mut self, address: &Address) {
        let Some(conversation) = self.conversations.get_mut(address) else { return };
        let Some(excursion) = &mut conversation.excursion else { return };
        let Some(wanted) = excursion.wanted.take() else { return };
        let lines = &excursion.lines;
        let named = wanted.msgid.as_deref().and_then(|msgid| lines.find_message(msgid));
        let Some(place) = named.or_else(|| lines.at_or_after(wanted.at)).or_else(|| lines.last()) else {
            conversation.excursion = None;
            self.hint = "nothing was said then".into();
            return;
        };
        let key = lines.line(place).map(|line| line.key);
        if named.is_some() {
            conversation.selected = key;
        }
        if self.current.as_ref() == Some(address) {
            self.show_line(place);
        } else if let (Some(excursion), Some(key)) = (&mut conversation.excursion, key) {
            excursion.anchor = Anchor::Line(key, 0);
        }
    }

    /// An excursion that reached the last lines is none any more.
    fn merge(&mut self, address: &Address) {
        let Some(conversation) = self.conversations.get_mut(address) else { return };
        let Some(excursion) = &conversation.excursion else { return };
        let first = conversation.lines.first().and_then(|first| conversation.lines.line(first));
        let last = excursion.lines.last().and_then(|last| excursion.lines.line(last));
        let reached = match (first, last) {
            (Some(first), Some(last)) => last.key.at >= first.key.at,
            _ => false,
        };
        if !(reached || excursion.newer == Reach::Complete) {
            return;
        }
        let Some(excursion) = conversation.excursion.take() else { return };
        let anchored = |key| excursion.lines.find(key).and_then(|place| excursion.lines.line(place));
        let anchor = match excursion.anchor {
            Anchor::Line(key, hidden) => {
                anchored(key).map(|line| (line.key.at, line.msgid.to_owned(), hidden))
            }
            Anchor::End => {
                let last = excursion.lines.last().and_then(|last| excursion.lines.line(last));
                last.map(|line| (line.key.at, line.msgid.to_owned(), 0))
            }
        };
        let selected = conversation.selected.take().and_then(anchored).map(|line| line.msgid.to_owned());
        let before = conversation.lines.len();
        absorb(&mut conversation.lines, &excursion.lines);
        let added = conversation.lines.len() - before;
        conversation.older = excursion.older;
        conversation.first = excursion.first;
        let lines = &conversation.lines;
        let key_of =
            |msgid: &str| lines.find_message(msgid).and_then(|place| lines.line(place)).map(|l| l.key);
        conversation.selected = selected.and_then(|msgid| key_of(&msgid));
        if let Some((at, msgid, hidden)) = anchor {
            let near = || lines.at_or_after(at).and_then(|place| lines.line(place)).map(|line| line.key);
            conversation.anchor =
                key_of(&msgid).or_else(near).map_or(Anchor::End, |key| Anchor::Line(key, hidden));
        }
        self.lines_len += added;
    }

    /// Puts a page's messages into the lines, each once; says how many.
    fn insert_page(&mut self, address: &Address, messages: &[Said], of_excursion: bool) -> usize {
        let server = address.server;
        let me = self.nick(server);
        let rules = &self.settings.notify;
        let Some(conversation) = self.conversations.get_mut(address) else { return 0 };
        let lines = match &mut conversation.excursion {
            Some(excursion) if of_excursion => &mut excursion.lines,
            Some(_) | None => &mut conversation.lines,
        };
        let known = |said: &&Said| lines.has_message(said.msgid.as_deref().unwrap_or_default(), said.at);
        let mut fresh: Vec<&Said> = messages.iter().filter(|said| !known(said)).collect();
        // The order of the history is that of its times; a server that errs must not break ours.
        fresh.sort_by_key(|said| said.at);
        let first = lines.first().and_then(|first| lines.line(first)).map(|line| line.key.at);
        let fits = fresh.last().is_some_and(|last| first.is_none_or(|first| last.at <= first));
        let new: Vec<_> = {
            let answers = |said: &Said| super::said::answers_own(lines, said);
            fresh.iter().map(|said| super::said::line(said, answers(said), &me, rules)).collect()
        };
        if fits {
            lines.prepend(&new);
        } else {
            for new in &new {
                lines.push(new);
            }
        }
        for said in &fresh {
            super::said::note_reply(lines, said);
        }
        let locals: Vec<u64> = fresh.iter().filter_map(|said| said.local).collect();
        let added = new.len();
        for local in locals {
            self.forget_outgoing(address, local);
        }
        added
    }

    pub(super) fn no_page(&mut self, server: ServerId, name: &str, place: Place, reason: &str) {
        let address = Address::of(server, name);
        let online = self.servers.iter().any(|other| other.id == server && other.link == Link::Online);
        let end = if online { Reach::Complete } else { Reach::Unknown };
        let Some(conversation) = self.conversations.get_mut(&address) else { return };
        let asked = Reach::Asked(place);
        if conversation.older == asked {
            conversation.older = end;
        } else if let Some(excursion) = &mut conversation.excursion {
            if excursion.wanted.is_some() {
                conversation.excursion = None;
                self.note_in(&address, &format!("cannot go there: {reason}"), Sort::Failure);
            } else if excursion.older == asked {
                excursion.older = end;
            } else if excursion.newer == asked {
                excursion.newer = end;
            }
        }
    }

    /// Goes to earlier messages: the screen fetches what it shows.
    pub(super) fn show_history(&mut self, server: ServerId, name: &str, stretch: Stretch) {
        let address = Address::of(server, name);
        if name.is_empty() {
            return self.note("whose history? /history #ROOM or /history @USER", Sort::Failure);
        }
        self.open(&address, name);
        self.switch(address.clone());
        match stretch {
            Stretch::Last(_) => self.scroll_up(self.page_rows()),
            Stretch::Since(at) => self.jump_to(&address, Mark { msgid: None, at }),
        }
    }

    /// Brings a moment or a message of a conversation to the screen.
    pub(super) fn jump_to(&mut self, address: &Address, mark: Mark) {
        self.switch(address.clone());
        let Some(conversation) = self.conversations.get_mut(address) else { return };
        conversation.excursion = None;
        let lines = &conversation.lines;
        let named = mark.msgid.as_deref().and_then(|msgid| lines.find_message(msgid));
        let covered = lines.first().and_then(|first| lines.line(first)).is_some_and(|l| l.key.at <= mark.at);
        let place = named.or_else(|| {
            let here = mark.msgid.is_none() && (covered || conversation.older == Reach::Complete);
            lines.at_or_after(mark.at).filter(|_| here)
        });
        if let Some(place) = place {
            conversation.selected = lines.line(place).map(|line| line.key).filter(|_| named.is_some());
            return self.show_line(place);
        }
        let answers = self.servers.iter().any(|s| s.id == address.server && s.abilities.history);
        if !answers {
            self.hint = "this server tells no earlier messages".into();
            return;
        }
        let place = Place::Around(mark.clone());
        let (older, newer) = (Reach::Asked(place.clone()), Reach::Asked(place.clone()));
        conversation.excursion = Some(Excursion { wanted: Some(mark), older, newer, ..Excursion::default() });
        let conversation = conversation.name.clone();
        self.act(address.server, Action::Page { conversation, place });
    }

    /// A connection is back, or gone: what was asked for over the old one is asked for again.
    pub(super) fn ask_anew(&mut self, server: ServerId) {
        let of_server = self.conversations.iter_mut().filter(|(address, _)| address.server == server);
        for (_, conversation) in of_server {
            conversation.caught_up = false;
            conversation.typing.clear();
            forget_asked(&mut conversation.older);
            if let Some(excursion) = &mut conversation.excursion {
                forget_asked(&mut excursion.older);
                forget_asked(&mut excursion.newer);
            }
        }
    }

    /// Where one has read to, told by the server: what is behind it is new.
    pub(super) fn marked(&mut self, server: ServerId, name: &str, at: Option<Timestamp>) {
        let address = Address::of(server, name);
        let shown = self.is_read(&address);
        let Some(conversation) = self.conversations.get_mut(&address) else { return };
        conversation.read = conversation.read.max(at);
        conversation.marked = conversation.marked.max(at);
        let Some(read) = conversation.read else { return };
        recount(conversation, read, address.kind == Kind::Direct, shown);
    }
}

/// Counts what is new behind what was read.
fn recount(conversation: &mut Conversation, read: Timestamp, is_direct: bool, shown: bool) {
    let (mut unread, mut mentions, mut first) = (0, 0, None);
    let lines = &conversation.lines;
    let mut place = lines.last();
    while let Some(line) = place.and_then(|place| lines.line(place)).filter(|line| line.key.at > read) {
        if matches!(line.sort, Sort::Message | Sort::Action | Sort::Notice) && !line.marks.own {
            unread += 1;
            mentions += u32::from(is_direct || line.marks.mention);
            first = Some(line.key.at);
        }
        place = place.and_then(|place| lines.before(place));
    }
    (conversation.unread, conversation.mentions) = (unread, mentions);
    // The line stays where somebody sees it.
    if !shown || conversation.new_from.is_none() {
        conversation.new_from = first;
    }
}

fn forget_asked(reach: &mut Reach) {
    if matches!(reach, Reach::Asked(_)) {
        *reach = Reach::Unknown;
    }
}

fn oldest(lines: &Scrollback) -> Option<Mark> {
    let mut place = lines.first();
    while let Some(line) = place.and_then(|place| lines.line(place)) {
        if !line.msgid.is_empty() {
            return Some(Mark { msgid: Some(line.msgid.to_owned()), at: line.key.at });
        }
        place = place.and_then(|place| lines.after(place));
    }
    None
}

/// Takes lines that are not there yet, with what they have.
fn absorb(lines: &mut Scrollback, others: &Scrollback) {
    let mut place = others.first();
    while let Some(line) = place.and_then(|place| others.line(place)) {
        if !lines.has_message(line.msgid, line.key.at) {
            let key = lines.push(&line.to_new());
            if let Some(extra) = others.extra(line.key) {
                *lines.extra_mut(key) = extra.clone();
            }
        }
        place = place.and_then(|place| others.after(place));
    }
}

fn into_said(entry: Entry) -> Option<Said> {
    match entry {
        Entry::Said(said) => Some(said),
        Entry::Edited(_) | Entry::Redacted(_) | Entry::Reacted(_) => None,
    }
}
