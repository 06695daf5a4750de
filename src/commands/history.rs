//! History and how far one has read it. Source: IRCv3 draft/chathistory, draft/read-marker.

use crate::clock::Timestamp;
use crate::ids::{MsgId, RoomId, Seq, UserId};
use crate::journal::{Intent, party};
use crate::names::{Nick, RoomName};
use crate::protocol::{Cap, Line, Message};
use crate::range::{Content, Point, Range};
use crate::room::{Entry, Event, Kind, Party, Speech};
use crate::session::Session;
use crate::session::render::{self, Class};
use crate::store;

/// `CHATHISTORY <subcommand> <target> <selector>… <limit>`
pub(super) async fn chathistory(session: &mut Session, message: &Message<'_>) {
    let subcommand = message.param(0).unwrap_or("*").to_ascii_uppercase();
    if subcommand == "TARGETS" {
        return targets(session, message).await;
    }
    let Some((range, limit)) = read_range(&subcommand, message) else {
        let text = "Unknown subcommand, or parameters missing or malformed";
        return session.fail("CHATHISTORY", "INVALID_PARAMS", &[&subcommand], text);
    };
    let target = message.param(1).unwrap_or_default();
    let Some(found) = Place::find(session, target) else {
        let text = "There is no such conversation, or you are not in it";
        return session.fail("CHATHISTORY", "INVALID_TARGET", &[&subcommand, target], text);
    };
    let Some(room) = found.room else {
        return session.send_batch("chathistory", &[target], &[]);
    };
    let unavailable = "Messages could not be retrieved";
    let range = match range.in_room(session, room).await {
        Ok(Some(range)) => range,
        Ok(None) => {
            let text = "There is no such message in this conversation";
            return session.fail("CHATHISTORY", "MESSAGE_ERROR", &[&subcommand, target], text);
        }
        Err(_) => return session.fail("CHATHISTORY", "MESSAGE_ERROR", &[&subcommand, target], unavailable),
    };
    let content = if session.has(Cap::EventPlayback) { Content::Events } else { Content::Messages };
    let len_max = limit.min(session.service.limits.history_page_len_max);
    let page = session.service.store.range(room, Seq(0), range, content, len_max).await;
    let Ok(page) = page else {
        return session.fail("CHATHISTORY", "MESSAGE_ERROR", &[&subcommand, target], unavailable);
    };
    let page = session.under_present_name(room, page);
    let class = Class::of(session.caps);
    let readable = page.iter().filter(|entry| entry.at >= found.since && is_shown(session, entry));
    let lines: Vec<Vec<u8>> = readable.map(|entry| render::entry(entry, class).to_vec()).collect();
    session.send_batch("chathistory", &[target], &lines);
}

/// Whether this entry belongs into this client's history.
fn is_shown(session: &Session, entry: &Entry) -> bool {
    let is_tags = matches!(&entry.event, Event::Said(said) if said.speech == Speech::Tags);
    let is_renaming = matches!(&entry.event, Event::Renamed { .. });
    let is_redaction = matches!(&entry.event, Event::Redacted(_));
    (!is_tags || session.has(Cap::MessageTags))
        && (!is_renaming || session.has(Cap::ChannelRename))
        && (!is_redaction || session.has(Cap::MessageRedaction))
        && session.may_read(entry)
}

/// A conversation that may be read.
pub(super) struct Place {
    /// `None`: nothing was said in it yet.
    pub(super) room: Option<RoomId>,
    /// Nothing before is for this user.
    pub(super) since: Timestamp,
}

impl Place {
    /// The conversation that goes by this target, if the session may read it.
    pub(super) fn find(session: &Session, target: &str) -> Option<Self> {
        let directory = session.service.journal.directory();
        let own = directory.user(session.user())?;
        if target.starts_with('#') {
            let room = directory.room(&RoomName::parse(target).ok()?)?;
            let is_member = room.members.contains_key(&own.id);
            return is_member.then_some(Self { room: Some(room.id), since: Timestamp::default() });
        }
        let nick = Nick::parse(target).ok()?;
        // What an earlier guest of this nick said is not for this one.
        let since = if own.id.account().is_some() { Timestamp::default() } else { own.since };
        let world = directory.read();
        let other = match world.user_by_nick(&nick) {
            Some(user) => party(user),
            None => Party::Guest(nick.folded()),
        };
        let Kind::Direct(parties) = Kind::direct(party(&own), other) else { return None };
        Some(Self { room: world.directs.get(&parties).copied(), since })
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

fn read_range(subcommand: &str, message: &Message<'_>) -> Option<(Asked, usize)> {
    let (kind, selectors) = match subcommand {
        "LATEST" => (AskedKind::Latest, 1),
        "BEFORE" => (AskedKind::Before, 1),
        "AFTER" => (AskedKind::After, 1),
        "AROUND" => (AskedKind::Around, 1),
        "BETWEEN" => (AskedKind::Between, 2),
        _ => return None,
    };
    let first = message.filled(2)?;
    let first = if subcommand == "LATEST" && first == "*" { None } else { Some(Selector::parse(first)?) };
    let second = if selectors == 2 { Some(Selector::parse(message.filled(3)?)?) } else { None };
    let limit = read_limit(message.param(2 + selectors)?)?;
    Some((Asked { kind, first, second }, limit))
}

/// A number, however large.
fn read_limit(text: &str) -> Option<usize> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(usize::MAX))
}

impl Selector {
    fn parse(text: &str) -> Option<Self> {
        match text.split_once('=')? {
            ("timestamp", time) => Timestamp::parse(time).map(Self::Time),
            ("msgid", id) => Some(Self::Id(MsgId::parse(id))),
            _ => None,
        }
    }

    /// The place in this room; `None` for a message id that is none of its entries.
    async fn in_room(self, session: &Session, room: RoomId) -> Result<Option<Point>, store::Error> {
        let id = match self {
            Self::Time(at) => return Ok(Some(Point::Time(at))),
            Self::Id(id) => id,
        };
        let Some(id) = id.filter(|id| id.room == room) else { return Ok(None) };
        let point = Point::Seq(id.seq);
        let found =
            session.service.store.range(room, Seq(0), Range::Around(point), Content::Events, 1).await?;
        if found.iter().any(|entry| entry.msgid() == id) {
            return Ok(Some(point));
        }
        // A client that pages on from a message does not lose its place when that is redacted.
        let erased_at = session.service.store.erased_at(room, id.seq).await?;
        Ok((erased_at == Some(id.at)).then_some(point))
    }
}

impl Asked {
    /// The range; `None` if it names a message that is not in this room.
    async fn in_room(&self, session: &Session, room: RoomId) -> Result<Option<Range>, store::Error> {
        let mut points = Vec::new();
        for selector in [self.first, self.second].into_iter().flatten() {
            match selector.in_room(session, room).await? {
                Some(point) => points.push(point),
                None => return Ok(None),
            }
        }
        Ok(match (&self.kind, points.as_slice()) {
            (AskedKind::Latest, points) => Some(Range::Latest(points.first().copied())),
            (AskedKind::Before, [point]) => Some(Range::Before(*point)),
            (AskedKind::After, [point]) => Some(Range::After(*point)),
            (AskedKind::Around, [point]) => Some(Range::Around(*point)),
            (AskedKind::Between, [first, second]) => Some(Range::Between(*first, *second)),
            _ => None,
        })
    }
}

/// `CHATHISTORY TARGETS <timestamp> <timestamp> <limit>`
async fn targets(session: &mut Session, message: &Message<'_>) {
    let time = |index| match Selector::parse(message.filled(index)?)? {
        Selector::Time(at) => Some(at),
        Selector::Id(_) => None,
    };
    let limit = message.param(3).and_then(read_limit);
    let (Some(from), Some(to), Some(limit)) = (time(1), time(2), limit) else {
        let text = "Two timestamps and a number are needed";
        return session.fail("CHATHISTORY", "INVALID_PARAMS", &["TARGETS"], text);
    };
    let limit = limit.min(session.service.limits.history_page_len_max);
    let mut found = visible_targets(session);
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

/// The user's rooms and conversations in which something was said, with the time of the last.
fn visible_targets(session: &Session) -> Vec<(Timestamp, String)> {
    let directory = session.service.journal.directory();
    let Some(own) = directory.user(session.user()) else { return Vec::new() };
    let own_party = party(&own);
    let world = directory.read();
    let rooms = own
        .rooms
        .union(&own.conversations)
        .filter_map(|id| Some((world.rooms.get(id)?, world.head(*id).message_at?)));
    let named = rooms.filter_map(|(room, at)| {
        let name = match &room.kind {
            Kind::Named(name) => name.to_string(),
            Kind::Direct([one, other]) => match if *one == own_party { other } else { one } {
                Party::Account(id) => world.users.get(&UserId::Account(*id))?.author.nick.to_string(),
                Party::Guest(nick) => nick.clone(),
            },
        };
        Some((at, name))
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
            ("NEWEST #a * 10".into(), None),
            ("BETWEEN #a timestamp=1970-01-01T00:00:01Z 3".into(), None),
        ];
        for (request, expected) in table {
            let line = format!("CHATHISTORY {request}");
            let message = Message::parse(line.as_bytes()).unwrap();
            let limit = read_range(message.param(0).unwrap(), &message).map(|(_, limit)| limit);
            assert_eq!(limit, expected, "{request}");
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
                proptest::prop_assert!(read.is_none() || message.params().len() >= 4);
            }
        }
    }
}
