//! Holds what was shown against what is on disk: everybody saw what they may, once, in one order,
//! and nothing else.

use std::collections::{BTreeMap, HashMap};

use chat_secure::ids::MsgId;

use super::journal::{Entry, Fact};
use super::rooms::Room;
use super::stage::{Page, Record, Spoken, To, Visit};
use crate::support::Message;

/// Lines that only who is in the room may be shown.
const OF_A_ROOM: [&str; 8] = ["JOIN", "PART", "KICK", "TOPIC", "MODE", "PRIVMSG", "NOTICE", "TAGMSG"];

/// Whether a connection is shown an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Must,
    May,
    Never,
}

/// What went wrong, if anything.
pub(super) fn judge(record: &Record, journal: &[Entry]) -> Result<(), String> {
    no_gaps(journal)?;
    let moments = Moments::of(journal);
    for (number, visit) in record.visits.iter().enumerate() {
        let told = |fault: String| format!("visit {number} of {}: {fault}", visit.person);
        live(record, number, journal, &moments).map_err(told)?;
        passing(record, number, &moments).map_err(told)?;
        unnamed(visit).map_err(told)?;
    }
    for page in &record.pages {
        let person = &record.visits[page.visit].person;
        history(record, page, journal, &moments).map_err(|fault| format!("history for {person}: {fault}"))?;
    }
    for page in &record.peeks {
        peek(record, page, &moments)?;
    }
    same_lines(record)
}

/// In each room the places are 1, 2, 3 ….
fn no_gaps(journal: &[Entry]) -> Result<(), String> {
    let mut last: HashMap<i64, i64> = HashMap::new();
    for entry in journal {
        let last = last.entry(entry.room).or_default();
        if entry.seq != *last + 1 {
            return Err(format!("after place {last} of room {} comes {}", entry.room, entry.seq));
        }
        *last = entry.seq;
    }
    Ok(())
}

/// The rooms as they were after each entry.
struct Moments {
    after: BTreeMap<i64, (i64, Room)>,
    names: Vec<(i64, i64, String)>,
}

impl Moments {
    fn of(journal: &[Entry]) -> Self {
        let mut rooms: HashMap<i64, Room> = HashMap::new();
        let (mut after, mut names) = (BTreeMap::new(), Vec::new());
        for entry in journal {
            let room = rooms.entry(entry.room).or_default();
            room.apply(entry);
            after.insert(entry.at, (entry.room, room.clone()));
            names.push((entry.at, entry.room, entry.target.clone()));
        }
        Self { after, names }
    }

    /// The room as it was when the journal ended there.
    fn at(&self, room: i64, place: i64) -> Room {
        let mut until = self.after.range(..=place).rev();
        until.find(|(_, (other, _))| *other == room).map(|(_, (_, room))| room.clone()).unwrap_or_default()
    }

    /// The room of this name at that moment.
    fn named(&self, name: &str, place: i64) -> Option<i64> {
        let mut until = self.names.iter().rev().filter(|(at, _, _)| *at <= place);
        until.find(|(_, _, other)| other == name).map(|(_, room, _)| *room)
    }
}

/// The mark in words or tags.
fn mark(text: &str) -> Option<&str> {
    let start = text.rfind("=w").map_or(0, |at| at + 1);
    text[start..].starts_with('w').then(|| &text[start..])
}

fn spoken<'a>(record: &'a Record, text: &str) -> Result<&'a Spoken, String> {
    let spoken = mark(text).and_then(|mark| record.spoken.get(mark));
    spoken.ok_or_else(|| format!("{text:?} was said by nobody"))
}

/// Whether the visitor is shown this entry when it happens.
fn is_shown(
    record: &Record,
    number: usize,
    entry: &Entry,
    before: &Room,
    after: &Room,
) -> Result<Shown, String> {
    let person = &record.visits[number].person;
    let is_member = before.has_member(person) || after.has_member(person);
    let if_member = if is_member { Shown::Must } else { Shown::Never };
    Ok(match &entry.fact {
        Fact::Said { text, to_operators } => {
            let spoken = spoken(record, text)?;
            match &spoken.to {
                _ if spoken.visit == number => Shown::Must,
                To::Persons(persons) if persons.contains(person) => Shown::Must,
                To::Persons(_) | To::Passing(_) => Shown::Never,
                To::Room if *to_operators && !before.has_operator(person) => Shown::Never,
                To::Room if is_member => Shown::Must,
                // One's other device is not in the room either.
                To::Room if entry.person == *person => Shown::May,
                To::Room => Shown::Never,
            }
        }
        Fact::Joined | Fact::Parted | Fact::Kicked(_) | Fact::TopicSet | Fact::ModesChanged(_) => if_member,
        // The inviter has the reply; whom it names is seen from the line.
        Fact::Invited if entry.person == *person => Shown::Never,
        Fact::Invited if is_member => Shown::Must,
        Fact::Invited => Shown::May,
        // One line for all rooms, without an id.
        Fact::Quit | Fact::NickChanged(_) => Shown::Never,
    })
}

/// Each entry that a visitor may see came once, and all in the journal's order.
fn live(record: &Record, number: usize, journal: &[Entry], moments: &Moments) -> Result<(), String> {
    let visit = &record.visits[number];
    let mut seen: HashMap<i64, Vec<&(Message, bool)>> = HashMap::new();
    for shown in &visit.seen {
        let id = shown.0.tag("msgid").and_then(|id| MsgId::parse(&id));
        if let Some(id) = id.filter(|id| id.seq.0 < 1 << 39) {
            seen.entry(id.room.0.try_into().unwrap()).or_default().push(shown);
        }
    }
    let rooms: std::collections::BTreeSet<i64> =
        journal.iter().map(|entry| entry.room).chain(seen.keys().copied()).collect();
    for room in rooms {
        let mut left = seen.remove(&room).unwrap_or_default().into_iter().peekable();
        let mut before = moments.at(room, visit.from);
        for entry in journal.iter().filter(|e| e.room == room && e.at > visit.from && e.at <= visit.to) {
            let mut after = before.clone();
            after.apply(entry);
            let shown = is_shown(record, number, entry, &before, &after)?;
            let next = left.next_if(|(line, _)| line.tag("msgid").as_ref() == Some(&entry.msgid));
            match (shown, next) {
                (Shown::Must, None) => return Err(format!("{entry:?} was not shown, or not in its place")),
                (Shown::Never, Some((line, _))) => return Err(format!("must not have been shown: {line}")),
                (Shown::May, Some((line, false))) if line.command == "INVITE" => {
                    return Err(format!("is for somebody else: {line}"));
                }
                (Shown::Must, Some(_)) | (Shown::May, _) | (Shown::Never, None) => {}
            }
            before = after;
        }
        if let Some((line, _)) = left.next() {
            return Err(format!("is not in the journal, was shown twice, or out of order: {line}"));
        }
    }
    Ok(())
}

/// What passes without being kept reaches each member once, and nobody else.
fn passing(record: &Record, number: usize, moments: &Moments) -> Result<(), String> {
    let visit = &record.visits[number];
    for (mark, spoken) in &record.spoken {
        let To::Passing(name) = &spoken.to else { continue };
        let times = visit.seen.iter().filter(|(line, _)| line.tag("+typing").as_ref() == Some(mark)).count();
        let room = moments.named(name, spoken.place).map(|room| moments.at(room, spoken.place));
        let is_member = room.is_some_and(|room| room.has_member(&visit.person));
        let is_here = visit.from <= spoken.place && spoken.place <= visit.to;
        let is_author = record.visits[spoken.visit].person == visit.person;
        if times > usize::from(is_here && (is_member || is_author)) {
            return Err(format!("saw what {mark} passed in {name} {times} times"));
        }
    }
    Ok(())
}

/// What bears no id is not of a room, but for one's own entrance.
fn unnamed(visit: &Visit) -> Result<(), String> {
    let mut rooms = Vec::new();
    for (line, _) in visit.seen.iter().filter(|(line, _)| line.tag("msgid").is_none()) {
        let name = line.param(0).trim_start_matches('@');
        if OF_A_ROOM.contains(&line.command.as_str()) && name.starts_with('#') {
            if line.command != "JOIN" {
                return Err(format!("has no id: {line}"));
            }
            rooms.push((name, line.nick().to_owned()));
        }
    }
    let strangers: Vec<_> = rooms.iter().filter(|(_, nick)| rooms[0].1 != *nick).collect();
    if strangers.is_empty() {
        Ok(())
    } else {
        Err(format!("entrances of others without an id: {strangers:?}"))
    }
}

/// History is what was there to be seen; who is not in a room is told nothing.
fn history(record: &Record, page: &Page, journal: &[Entry], moments: &Moments) -> Result<(), String> {
    let person = &record.visits[page.visit].person;
    let told: Vec<String> = page.lines.iter().filter_map(|line| line.tag("msgid")).collect();
    let is_earlier = |entry: &&Entry| entry.at <= page.place;
    if !page.of.starts_with('#') {
        return conversation(record, page, journal, &told);
    }
    let room = moments.named(&page.of, page.place);
    let now = room.map(|room| moments.at(room, page.place)).unwrap_or_default();
    if !now.has_member(person) {
        let refused = page.lines.iter().all(|line| line.is("FAIL", &["CHATHISTORY", "INVALID_TARGET"]));
        return if refused {
            Ok(())
        } else {
            Err(format!("an outsider of {} got {:?}", page.of, page.lines))
        };
    }
    let may_read = |entry: &&Entry| {
        let is_own = entry.is_account && entry.person == *person;
        !matches!(&entry.fact, Fact::Said { to_operators: true, .. }) || is_own || now.has_operator(person)
    };
    let all = journal.iter().filter(is_earlier).filter(|entry| Some(entry.room) == room).filter(may_read);
    let expected: Vec<String> = all.map(|entry| entry.msgid.clone()).collect();
    if told == expected { Ok(()) } else { Err(format!("of {}: {told:?} instead of {expected:?}", page.of)) }
}

/// Nothing that was not to or from this very person; between accounts, all of it.
fn conversation(record: &Record, page: &Page, journal: &[Entry], told: &[String]) -> Result<(), String> {
    let person = &record.visits[page.visit].person;
    let mut expected = Vec::new();
    for entry in journal.iter().filter(|entry| entry.at <= page.place && !entry.target.starts_with('#')) {
        let Fact::Said { text, .. } = &entry.fact else { continue };
        let To::Persons(persons) = &spoken(record, text)?.to else { continue };
        let is_theirs = persons.contains(person);
        if !is_theirs && told.contains(&entry.msgid) {
            return Err(format!("{text} between {persons:?} was told"));
        }
        if is_theirs && persons.contains(&page.of) {
            expected.push(entry.msgid.clone());
        }
    }
    let are_accounts = !person.starts_with('x') && !page.of.starts_with('x') && *person != page.of;
    if are_accounts && expected != told {
        return Err(format!("with {}: {told:?} instead of {expected:?}", page.of));
    }
    Ok(())
}

/// Who is not in a secret room does not learn that it is there.
fn peek(record: &Record, page: &Page, moments: &Moments) -> Result<(), String> {
    let person = &record.visits[page.visit].person;
    let Some(room) = moments.named(&page.of, page.place) else { return Ok(()) };
    let now = moments.at(room, page.place);
    let told = page.lines.iter().find(|line| ["353", "352", "322", "332", "333"].contains(&&*line.command));
    match told.filter(|_| now.is_secret() && !now.has_member(person)) {
        Some(line) => Err(format!("{person} is told of a secret room: {line}")),
        None => Ok(()),
    }
}

/// A message looks the same to all, live and later.
fn same_lines(record: &Record) -> Result<(), String> {
    let live = record.visits.iter().flat_map(|visit| visit.seen.iter().map(|(line, _)| line));
    let later = record.pages.iter().flat_map(|page| &page.lines);
    let mut known: HashMap<String, String> = HashMap::new();
    for line in live.chain(later) {
        let Some(id) = line.tag("msgid") else { continue };
        let tags: Vec<&str> = line.tags.split(';').filter(|tag| !tag.starts_with("batch=")).collect();
        let shown = format!("{tags:?} {} {} {:?}", line.source, line.command, line.params);
        let first = known.entry(id).or_insert_with(|| shown.clone());
        if *first != shown {
            return Err(format!("one message in two forms:\n{first}\n{shown}"));
        }
    }
    Ok(())
}
