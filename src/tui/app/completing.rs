//! Completion of nicks, rooms, commands and emoji.

use super::super::complete::{Completion, Sources};
use super::super::conversation::{Conversation, Kind};
use super::{App, slash};

/// Lines that are looked at for who spoke last.
const SPOKEN_LEN: usize = 200;

impl App {
    /// Completes the word before the cursor; another time: offers the next one, or the one before.
    pub(super) fn complete(&mut self, back: bool) {
        match &mut self.completion {
            Some(completion) => completion.step(!back),
            None => self.completion = self.begin_completion(),
        }
        let Some(completion) = &self.completion else { return };
        let (text, cursor) = (completion.text().to_owned(), completion.cursor());
        self.with_composer(|composer| composer.set_with_cursor(&text, cursor));
    }

    fn begin_completion(&self) -> Option<Completion> {
        let current = self.current.as_ref()?;
        let conversation = self.conversation()?;
        let me = self.nick(current.server);
        let nicks = nicks(conversation, &me);
        let nicks: Vec<&str> = nicks.iter().map(String::as_str).collect();
        let of_server = self.conversations.iter().filter(|(address, _)| address.server == current.server);
        let rooms = of_server.filter(|(address, _)| address.kind == Kind::Room);
        let rooms: Vec<&str> = rooms.map(|(_, conversation)| conversation.name.as_str()).collect();
        let commands: Vec<_> = slash::all().copied().collect();
        let sources = Sources { nicks: &nicks, rooms: &rooms, commands: &commands };
        let composer = &conversation.composer;
        Completion::start(&composer.text(), composer.cursor(), &sources)
    }
}

/// Who may be meant: who spoke last first.
fn nicks(conversation: &Conversation, me: &str) -> Vec<String> {
    let lines = &conversation.lines;
    let mut nicks: Vec<String> = Vec::new();
    let mut add = |nick: &str| {
        let known = nicks.iter().any(|other| other.eq_ignore_ascii_case(nick));
        if !nick.is_empty() && !nick.eq_ignore_ascii_case(me) && !known {
            nicks.push(nick.to_owned());
        }
    };
    let mut place = lines.last();
    for _ in 0..SPOKEN_LEN {
        let Some(line) = place.and_then(|place| lines.line(place)) else { break };
        add(line.nick);
        place = place.and_then(|place| lines.before(place));
    }
    conversation.members.iter().for_each(|member| add(&member.nick));
    nicks
}
