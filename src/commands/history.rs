//! History and how far one has read it. Source: IRCv3 draft/chathistory, draft/read-marker.

#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod fuzz;

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::ids::{MsgId, RoomId, UserId};
use crate::journal::{Intent, party};
use crate::names::{Nick, RoomName};
use crate::protocol::{Cap, Line, Message};
use crate::range::{Content, Point, Range};
use crate::room::{Entry, Event, Kind, Party, Role, Room};
use crate::session::Session;
use crate::session::render::{self, Class};
use crate::store::{self, Reader};

/// Says on a page that the range holds nothing beyond it. Source: IRCv3 draft/chathistory.
const END_TAG: &str = "draft/chathistory-end";

/// `CHATHISTORY <subcommand> <target> <selector>… <limit>`
pub(super) async fn chathistory(session: &mut Session, message: &Message<'_>) {
    let subcommand = message.param(0).unwrap_or("*").to_ascii_uppercase();
    if subcommand == "TARGETS" {
        return targets(session, message).await;
    }
    let (asked, limit) = match read_range(&subcommand, message) {
        Ok(read) => read,
        Err(Malformed::Request) => {
            let text = "Unknown subcommand, or parameters missing or malformed";
            return session.fail("CHATHISTORY", "INVALID_PARAMS", &[&subcommand], text);
        }
        Err(Malformed::Reference(reference)) => {
            let (target, text) =
                (message.param(1).unwrap_or("*"), "A message is named by msgid= or timestamp=");
            let context = [subcommand.as_str(), target, reference];
            return session.fail("CHATHISTORY", "INVALID_MSGREFTYPE", &context, text);
        }
    };
    let target = message.param(1).unwrap_or_default();
    let content = if session.has(Cap::EventPlayback) { Content::Events } else { Content::Messages };
    let Some(place) = Place::find(session, target, content) else {
        let text = "There is no such conversation, or you are not in it";
        return session.fail("CHATHISTORY", "INVALID_TARGET", &[&subcommand, target], text);
    };
    let Place::Room(room, reader) = place else {
        return session.send_tagged_batch(Some(END_TAG), "chathistory", &[target], &[]);
    };
    let len_max = limit.min(session.service.limits.history_page_len_max);
    let page = match asked.in_room(room) {
        Some(range) => session.service.store.read(room, &reader, range, len_max).await,
        None => Err(store::Error::NotFound),
    };
    let page = match page {
        Ok(page) => session.under_present_names(page),
        Err(error) => {
            let text = match error {
                store::Error::NotFound => "There is no such message in this conversation",
                store::Error::Conflict | store::Error::Unavailable(_) => "Messages could not be retrieved",
            };
            return session.fail("CHATHISTORY", "MESSAGE_ERROR", &[&subcommand, target], text);
        }
    };
    // A page around something has two ends: which one it would mean is not said.
    let is_last = page.len() < len_max && !matches!(asked.kind, AskedKind::Around);
    let class = Class::of(session.caps);
    let known = page.iter().filter(|entry| is_known(session, entry));
    let lines: Vec<Vec<u8>> = known.map(|entry| render::entry(entry, class).to_vec()).collect();
    session.send_tagged_batch(is_last.then_some(END_TAG), "chathistory", &[target], &lines);
}

/// Whether this client knows what the entry is shown as.
fn is_known(session: &Session, entry: &Entry) -> bool {
    match &entry.event {
        Event::Renamed { .. } => session.has(Cap::ChannelRename),
        Event::Redacted(_) => session.has(Cap::MessageRedaction),
        Event::Said(_)
        | Event::Edited(_)
        | Event::Joined { .. }
        | Event::Parted { .. }
        | Event::Quit { .. }
        | Event::Kicked { .. }
        | Event::Invited { .. }
        | Event::TopicSet { .. }
        | Event::ModesChanged { .. }
        | Event::NickChanged { .. } => true,
    }
}

/// A conversation that the session may read.
pub(super) enum Place {
    /// A room, and with whose eyes.
    Room(RoomId, Reader),
    /// Two who have not said anything to each other yet.
    Silent,
}

impl Place {
    /// The conversation that goes by this target, if the session may read it.
    pub(super) fn find(session: &Session, target: &str, content: Content) -> Option<Self> {
        let directory = session.service.journal.directory();
        let own = directory.user(session.user())?;
        let room = if target.starts_with('#') {
            directory.room(&RoomName::parse(target).ok()?)?
        } else {
            let nick = Nick::parse(target).ok()?;
            let world = directory.read();
            let other = match world.user_by_nick(&nick) {
                Some(user) => party(user),
                None => Party::Guest(nick.folded()),
            };
            let Kind::Direct(parties) = Kind::direct(party(&own), other) else { return None };
            let room = world.directs.get(&parties).and_then(|id| world.rooms.get(id)).cloned();
            let Some(room) = room else { return Some(Self::Silent) };
            room
        };
        let reader = session.reader_as(&own, &room, content)?;
        Some(Self::Room(room.id, reader))
    }
}

/// A range as it was asked for: a message id leads to a place only in its own room.
struct Asked {
    kind: AskedKind,
    first: Option<Selector>,
    second: Option<Selector>,
}

enum AskedKind {
    Latest,
    Before,
    After,
    Around,
    Between,
}

#[derive(Clone, Copy)]
enum Selector {
    Id(Option<MsgId>),
    Time(Timestamp),
}

/// Why a request is none.
#[derive(Debug, PartialEq, Eq)]
enum Malformed<'m> {
    /// The subcommand, the number of parameters, or the form of one.
    Request,
    /// Something else than a message id or a time, by which a message can't be named.
    Reference(&'m str),
}

fn read_range<'m>(subcommand: &str, message: &'m Message<'_>) -> Result<(Asked, usize), Malformed<'m>> {
    let (kind, selectors) = match subcommand {
        "LATEST" => (AskedKind::Latest, 1),
        "BEFORE" => (AskedKind::Before, 1),
        "AFTER" => (AskedKind::After, 1),
        "AROUND" => (AskedKind::Around, 1),
        "BETWEEN" => (AskedKind::Between, 2),
        _ => return Err(Malformed::Request),
    };
    if message.params().len() != 3 + selectors || message.filled(1).is_none() {
        return Err(Malformed::Request);
    }
    let limit = message.param(2 + selectors).and_then(read_limit).ok_or(Malformed::Request)?;
    let first = message.filled(2).ok_or(Malformed::Request)?;
    let is_open = subcommand == "LATEST" && first == "*";
    let first = if is_open { None } else { Some(Selector::parse(first)?) };
    let second = match message.filled(3) {
        Some(second) if selectors == 2 => Some(Selector::parse(second)?),
        Some(_) | None => None,
    };
    Ok((Asked { kind, first, second }, limit))
}

/// A number, however large.
pub(super) fn read_limit(text: &str) -> Option<usize> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(usize::MAX))
}

impl Selector {
    fn parse(text: &str) -> Result<Self, Malformed<'_>> {
        match text.split_once('=') {
            Some(("timestamp", time)) => Timestamp::parse(time).map(Self::Time).ok_or(Malformed::Request),
            Some(("msgid", id)) => Ok(Self::Id(MsgId::parse(id))),
            Some(_) => Err(Malformed::Reference(text)),
            None => Err(Malformed::Request),
        }
    }

    /// The place in this room; `None` for a message id that is of another one, or of none.
    fn in_room(self, room: RoomId) -> Option<Point> {
        match self {
            Self::Time(at) => Some(Point::Time(at)),
            Self::Id(id) => id.filter(|id| id.room == room).map(|id| Point::Entry(id.seq, id.at)),
        }
    }
}

impl Asked {
    /// The range; `None` if it names a message that can't be in this room.
    fn in_room(&self, room: RoomId) -> Option<Range> {
        let point = |selector: Option<Selector>| selector?.in_room(room);
        match self.kind {
            AskedKind::Latest => match self.first {
                Some(first) => first.in_room(room).map(|point| Range::Latest(Some(point))),
                None => Some(Range::Latest(None)),
            },
            AskedKind::Before => point(self.first).map(Range::Before),
            AskedKind::After => point(self.first).map(Range::After),
            AskedKind::Around => point(self.first).map(Range::Around),
            AskedKind::Between => Some(Range::Between(point(self.first)?, point(self.second)?)),
        }
    }
}

/// `CHATHISTORY TARGETS <timestamp> <timestamp> <limit>`
async fn targets(session: &mut Session, message: &Message<'_>) {
    let time = |index| match Selector::parse(message.filled(index)?) {
        Ok(Selector::Time(at)) => Some(at),
        Ok(Selector::Id(_)) | Err(_) => None,
    };
    let limit = message.param(3).and_then(read_limit).filter(|_| message.params().len() == 4);
    let (Some(from), Some(to), Some(limit)) = (time(1), time(2), limit) else {
        let text = "Two timestamps and a number are needed";
        return session.fail("CHATHISTORY", "INVALID_PARAMS", &["TARGETS"], text);
    };
    let limit = limit.min(session.service.limits.history_page_len_max);
    let Ok(mut found) = visible_targets(session, from.min(to)).await else {
        let text = "Conversations could not be retrieved";
        return session.fail("CHATHISTORY", "MESSAGE_ERROR", &["TARGETS"], text);
    };
    found.retain(|(at, _)| *at > from.min(to) && *at < from.max(to));
    found.sort();
    if from > to {
        found.drain(..found.len().saturating_sub(limit));
    }
    found.truncate(limit);
    let server = session.service.name.clone();
    let line = |(at, name): (Timestamp, String)| {
        let mut bytes = Vec::new();
        let line = Line::new("CHATHISTORY").source(&server).param("TARGETS").param(name).param(at);
        line.write_to(&mut bytes);
        bytes
    };
    let lines: Vec<Vec<u8>> = found.into_iter().map(line).collect();
    session.send_batch("draft/chathistory-targets", &[], &lines);
}

/// The user's rooms and conversations in which something was said to them after this time, with the
/// time of the last.
async fn visible_targets(
    session: &Session,
    after: Timestamp,
) -> Result<Vec<(Timestamp, String)>, store::Error> {
    let mut found = Vec::new();
    for (room, at, name) in recent_targets(session, after) {
        let Some(reader) = session.reader(&room, Content::Messages) else { continue };
        // Of a conversation all is for both. In a room the last words may have been for operators.
        if room.name().is_none() || reader.role >= Role::Operator {
            found.push((at, name));
            continue;
        }
        let last = session.service.store.read(room.id, &reader, Range::Latest(None), 1).await?;
        found.extend(last.last().map(|entry| (entry.at, name)));
    }
    Ok(found)
}

/// Rooms and conversations in which something was said after this time, to whomever.
fn recent_targets(session: &Session, after: Timestamp) -> Vec<(Arc<Room>, Timestamp, String)> {
    let directory = session.service.journal.directory();
    let Some(own) = directory.user(session.user()) else { return Vec::new() };
    let own_party = party(&own);
    let world = directory.read();
    let rooms = own.rooms.union(&own.conversations).filter_map(|id| {
        let at = world.head(*id).message_at.filter(|at| *at > after)?;
        Some((world.rooms.get(id)?, at))
    });
    let named = rooms.filter_map(|(room, at)| {
        let name = match &room.kind {
            Kind::Named(name) => name.to_string(),
            Kind::Direct([one, other]) => match if *one == own_party { other } else { one } {
                Party::Account(id) => world.users.get(&UserId::Account(*id))?.author.nick.to_string(),
                Party::Guest(nick) => nick.clone(),
            },
        };
        Some((Arc::clone(room), at, name))
    });
    named.collect()
}

/// `MARKREAD <target> [timestamp=<time>]`
pub(super) async fn markread(session: &mut Session, message: &Message<'_>) {
    let Some(target) = message.filled(0).map(str::to_owned) else {
        return session.fail("MARKREAD", "NEED_MORE_PARAMS", &[], "Missing parameters");
    };
    if RoomName::parse(&target).is_err() && Nick::parse(&target).is_err() {
        let text = "A target is a room or a nick";
        return session.fail("MARKREAD", "INVALID_PARAMS", &[&target], text);
    }
    let Some(given) = message.param(1) else { return session.read_marker(&target).await };
    let Some(at) = given.strip_prefix("timestamp=").and_then(Timestamp::parse) else {
        return session.fail(
            "MARKREAD",
            "INVALID_PARAMS",
            &[&target],
            "A time is written timestamp=YYYY-MM-DDThh:mm:ss.sssZ",
        );
    };
    if session.advance_read_marker(&target, at).await {
        // The others learn of it when they ask; nothing else depends on it.
        drop(session.submit(Intent::MarkRead { target, at }).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Seq;

    #[test]
    fn requests_for_history_are_read_or_refused() {
        let id = MsgId { room: RoomId(1), seq: Seq(7), at: Timestamp(5) };
        let table = [
            ("LATEST #a * 10".to_owned(), Some(10)),
            (format!("BEFORE #a msgid={id} 1"), Some(1)),
            ("AROUND #a timestamp=1970-01-01T00:00:01.000Z 3".into(), Some(3)),
            ("BETWEEN #a timestamp=1970-01-01T00:00:01Z timestamp=1970-01-01T00:00:01Z 3".into(), Some(3)),
            ("BEFORE #a * 10".into(), None),
            ("LATEST #a * many".into(), None),
            ("LATEST #a * -1".into(), None),
            ("LATEST #a".into(), None),
            ("LATEST #a * 0".into(), Some(0)),
            ("LATEST #a * 99999999999999999999999".into(), Some(usize::MAX)),
            ("LATEST #a * 10 more".into(), None),
            ("BEFORE #a timestamp=yesterday 1".into(), None),
            ("BEFORE #a colour=red 1".into(), None),
            ("BEFORE #a timestamp=2262-04-12T00:00:00.000Z 1".into(), Some(1)),
            ("BETWEEN #a timestamp=1970-01-01T00:00:01Z * 3".into(), None),
            ("NEWEST #a * 10".into(), None),
            ("BETWEEN #a timestamp=1970-01-01T00:00:01Z 3".into(), None),
        ];
        for (request, expected) in table {
            let line = format!("CHATHISTORY {request}");
            let message = Message::parse(line.as_bytes()).unwrap();
            let limit = read_range(message.param(0).unwrap(), &message).map(|(_, limit)| limit);
            assert_eq!(limit.ok(), expected, "{request}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_request_for_history_is_read_or_refused(
            subcommand in "LATEST|BEFORE|AFTER|AROUND|BETWEEN|TARGETS|\\PC{0,9}",
            words in proptest::collection::vec(
                "\\*|timestamp=\\PC{0,30}|msgid=[A-Za-z0-9_-]{0,24}|[0-9]{0,30}|\\PC{0,20}", 0..6,
            ),
        ) {
            let line = format!("CHATHISTORY {subcommand} #a {}", words.join(" "));
            if let Ok(message) = Message::parse(line.as_bytes()) {
                let read = read_range(message.param(0).unwrap_or_default(), &message);
                proptest::prop_assert!(read.is_err() || message.params().len() >= 4);
            }
        }
    }
}
