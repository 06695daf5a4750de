//! What must hold, whatever fails: stored before seen, seen by every member once and in the journal's
//! order, no trace of what was refused, the same state after a restart.

use std::collections::{BTreeSet, HashMap};

use chat_secure::clock::Timestamp;
use chat_secure::ids::RoomId;
use chat_secure::names::RoomName;
use chat_secure::room::{Entry, Event, Speech};

use crate::client::{Client, From, Page};
use crate::disk::{Disk, Stored};
use crate::message::Message;
use crate::play::{Fate, Mark};
use crate::world::{Snapshot, World};

/// What a client was just shown is on the disk, as it is there, and comes after what it was shown before.
pub(crate) fn sight(client: &mut Client, index: usize, disk: &Disk) -> Result<(), String> {
    let sight = &client.sights[index];
    let (id, line) = (sight.id, &sight.line);
    let fault = |what: &str| Err(format!("{} was shown {what}: {line:.200}", client.nick));
    let Some(stored) = disk.stored(id.room, id.seq) else { return fault("what is not stored") };
    if stored.commit > sight.commits {
        return fault("what was not stored yet");
    }
    if stored.entry.at != id.at || !is_as_stored(line, &stored.entry) {
        return fault("something else than is stored");
    }
    if client.last.get(&id.room).is_some_and(|last| *last >= id.seq) {
        return fault("something again or out of order");
    }
    client.last.insert(id.room, id.seq);
    client.seen.insert((id.room, id.seq));
    Ok(())
}

fn is_as_stored(line: &Message, entry: &Entry) -> bool {
    match &entry.event {
        Event::Said(said) if said.speech == Speech::Message => {
            line.command == "PRIVMSG" && line.last() == said.text && line.nick() == entry.author.nick.as_str()
        }
        _ => line.command != "PRIVMSG",
    }
}

/// A page of history: what is stored, in order and without a gap.
pub(crate) fn page(page: &Page, disk: &Disk) -> Result<(), String> {
    let fault = |what: &str| Err(format!("the history of {} shows {what}", page.target));
    let ids: Option<Vec<_>> = page.lines.iter().map(msgid).collect();
    let Some(ids) = ids else { return fault("a line without an id") };
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(()) };
    if !ids.is_sorted_by(|a, b| a.seq < b.seq) {
        return fault("something out of order");
    }
    for (id, line) in ids.iter().zip(&page.lines) {
        let stored = disk.stored(id.room, id.seq).filter(|stored| stored.commit <= page.commits);
        let is_right =
            stored.is_some_and(|stored| id.at == stored.entry.at && is_as_stored(line, &stored.entry));
        if !is_right {
            return fault(&format!("what is not stored so: {line:.200}"));
        }
    }
    for stored in disk.entries.get(&first.room).into_iter().flatten() {
        let is_between = (first.seq..=last.seq).contains(&stored.entry.seq);
        let is_lasting = stored.entry.event.is_message() && !stored.is_erased();
        if is_between && is_lasting && !ids.iter().any(|id| id.seq == stored.entry.seq) {
            return fault(&format!("a gap at {}", stored.entry.seq));
        }
    }
    Ok(())
}

fn msgid(line: &Message) -> Option<chat_secure::ids::MsgId> {
    chat_secure::ids::MsgId::parse(&line.tag("msgid")?)
}

/// All of a room's history, read in pages at rest, is what the disk holds.
pub(crate) fn history(room: &str, lines: &[Message], disk: &Disk, world: &World) -> Result<(), String> {
    let name = RoomName::parse(room).unwrap();
    let Some(known) = world.service.journal.directory().room(&name) else { return Ok(()) };
    let stored: Vec<_> = disk.history(known.id).iter().map(Entry::msgid).collect();
    let shown: Vec<_> = lines.iter().filter_map(msgid).collect();
    if shown == stored {
        return Ok(());
    }
    Err(format!("{} messages of {room} are stored and {} shown", stored.len(), shown.len()))
}

/// At rest everybody knows in which rooms they are.
pub(crate) fn rooms(world: &World) -> Result<(), String> {
    for client in world.clients.iter().filter(|client| client.is_live()) {
        let (believed, real) = (client.rooms(), world.rooms_of(&client.nick));
        if believed != real {
            return Err(format!("{} believes to be in {believed:?} and is in {real:?}", client.nick));
        }
    }
    Ok(())
}

/// A restart changes nothing.
pub(crate) fn same(before: &Snapshot, after: &Snapshot) -> Result<(), String> {
    if before == after {
        return Ok(());
    }
    let ids: BTreeSet<&RoomId> = before.keys().chain(after.keys()).collect();
    let other = ids.into_iter().find(|id| before.get(id) != after.get(id)).unwrap();
    Err(format!("a restart changed a room\nbefore: {:?}\nafter:  {:?}", before.get(other), after.get(other)))
}

/// Somebody waits although all works: right only for the echo of what was erased before it was shown.
pub(crate) fn unanswered(client: &Client, disk: &Disk) -> Result<(), String> {
    let erased = |mark: usize| {
        let mut all = disk.entries.values().flatten();
        client.was_slow && all.any(|stored| mark_of(&stored.entry.event) == Some(mark) && stored.is_erased())
    };
    let open: Vec<usize> =
        client.asked.values().map(|asked| asked.mark).filter(|mark| !erased(*mark)).collect();
    if open.is_empty() && !client.asked.is_empty() {
        return Ok(());
    }
    Err(format!("{} waits for ever; without an answer are {open:?}", client.nick))
}

/// What a client was shown in its life: all that it had to be shown, nothing that was not for it.
pub(crate) fn client(client: &Client, rested: bool, disk: &Disk) -> Result<(), String> {
    for (room, entries) in &disk.entries {
        let is_direct = disk.is_direct(*room);
        let mut is_in = false;
        for stored in entries {
            let was_in = is_in;
            is_in = membership(is_in, &client.nick, &stored.entry.event, stored.entry.author.nick.as_str());
            let is_shown = client.seen.contains(&(*room, stored.entry.seq));
            let is_party =
                stored.entry.author.nick.as_str() == client.nick || *stored.entry.target == *client.nick;
            let may = if is_direct { is_party } else { was_in || is_in };
            if is_shown && !may {
                return Err(format!("{} was shown what is not for it: {:?}", client.nick, stored.entry));
            }
            let must = may && is_told(stored) && is_due(client, stored, is_direct);
            // Who is gone was shown all up to some place.
            let is_late = client.last.get(room).is_none_or(|last| *last < stored.entry.seq);
            if must && !is_shown && (!is_late || (rested && client.is_live())) {
                return Err(format!("{} was not shown: {:?}", client.nick, stored.entry));
            }
        }
    }
    Ok(())
}

/// Whether somebody is in the room after this.
fn membership(is_in: bool, nick: &str, event: &Event, author: &str) -> bool {
    match event {
        Event::Joined { .. } if author == nick => true,
        Event::Parted { .. } | Event::Quit { .. } if author == nick => false,
        Event::Kicked { nick: kicked, .. } if kicked.as_str() == nick => false,
        _ => is_in,
    }
}

/// Whether those who are there are shown it as it happens, under its own id. What was erased before it
/// was read back from the store is not, nor what the writer believes not to be stored.
fn is_told(stored: &Stored) -> bool {
    let is_shown = matches!(
        &stored.entry.event,
        Event::Said(_)
            | Event::Redacted(_)
            | Event::Joined { .. }
            | Event::Parted { .. }
            | Event::Kicked { .. }
            | Event::TopicSet { .. }
            | Event::ModesChanged { .. }
    );
    is_shown && !stored.is_erased() && !stored.disowned
}

/// Whether it happened while the client was there.
fn is_due(client: &Client, stored: &Stored, is_direct: bool) -> bool {
    let id = stored.entry.msgid();
    if is_direct {
        return client.welcomed_at.is_some_and(|commits| stored.commit > commits);
    }
    client.stays.iter().any(|stay| {
        let has_begun = match stay.from {
            From::Entry(from) => from.room == id.room && from.seq <= id.seq,
            From::Commit(commits) => stay.room == *stored.entry.target && stored.commit > commits,
        };
        has_begun && stay.until.is_none_or(|until| until.room == id.room && id.seq <= until.seq)
    })
}

/// The journal by itself, and against what people were told of what they asked for.
pub(crate) fn journal(marks: &[Mark], disk: &Disk) -> Result<(), String> {
    let mut found: HashMap<usize, &Stored> = HashMap::new();
    for (room, entries) in &disk.entries {
        let mut last_at = Timestamp::default();
        let mut last_by: HashMap<usize, usize> = HashMap::new();
        for (place, stored) in (1..).zip(entries) {
            if stored.entry.seq.0 != place || stored.entry.at < last_at {
                return Err(format!("room {room} has a gap or a step back at {place}"));
            }
            last_at = stored.entry.at;
            let Some(mark) = mark_of(&stored.entry.event) else { continue };
            if found.insert(mark, stored).is_some() {
                return Err(format!("w{mark} is stored twice"));
            }
            if last_by.insert(marks[mark].by, mark).is_some_and(|last| last > mark) {
                return Err(format!("w{mark} is stored after what was said later"));
            }
        }
    }
    for (number, mark) in marks.iter().enumerate() {
        match (&mark.fate, found.get(&number)) {
            (Fate::Refused(why), Some(stored)) if !stored.disowned => {
                return Err(format!("w{number} was refused and is stored: {why}"));
            }
            (Fate::Granted, Some(stored)) if stored.disowned => {
                return Err(format!("w{number} was granted though the store refused it"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The mark in what somebody said or gave as a reason.
fn mark_of(event: &Event) -> Option<usize> {
    let text = match event {
        Event::Said(said) if said.text.is_empty() => said.tags.rsplit('=').next()?,
        Event::Said(said) => &said.text,
        Event::Redacted(redacted) => &redacted.reason,
        Event::Parted { reason } | Event::Kicked { reason, .. } => reason,
        Event::TopicSet { topic } => topic,
        _ => return None,
    };
    text.strip_prefix('w')?.parse().ok()
}
