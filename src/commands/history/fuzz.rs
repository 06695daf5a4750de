//! What holds of a request for history, whatever it says.

use crate::clock::Timestamp;
use crate::ids::{MsgId, RoomId, Seq};
use crate::protocol::{Line, Message};
use crate::range::{Point, Range};

use super::{Asked, AskedKind, Malformed, Selector, read_range};

/// What stands behind CHATHISTORY: what is understood has one meaning, which written out is understood again; what
/// is named as wrong was sent.
pub(crate) fn chathistory(bytes: &[u8]) {
    let line = [b"CHATHISTORY ", bytes].concat();
    let Ok(message) = Message::parse(&line) else { return };
    let subcommand = message.param(0).unwrap_or("*").to_ascii_uppercase();
    let (asked, limit) = match read_range(&subcommand, &message) {
        Ok(read) => read,
        Err(Malformed::Request) => return,
        Err(Malformed::Reference(reference)) => {
            assert!(message.params().contains(&reference) && !reference.starts_with("timestamp="));
            return;
        }
    };
    let target = message.param(1).unwrap_or_default();
    assert!(!target.is_empty(), "a target is there");
    let mut line = Line::new("CHATHISTORY").param(&subcommand).param(target);
    if asked.first.is_none() {
        line = line.param("*");
    }
    for selector in asked.first.iter().chain(&asked.second) {
        line = line.param(match selector {
            Selector::Time(at) => format!("timestamp={at}"),
            Selector::Id(Some(id)) => format!("msgid={id}"),
            Selector::Id(None) => "msgid=none".to_owned(),
        });
    }
    let text = line.param(limit).to_string();
    let again = Message::parse(text.as_bytes()).map(|again| read_range(&subcommand, &again).is_ok());
    assert_eq!(again, Ok(true), "{text:?}");
    let Ok(again) = Message::parse(text.as_bytes()) else { return };
    let Ok((again, limit_again)) = read_range(&subcommand, &again) else { return };
    assert_eq!(limit_again, limit);
    for room in rooms(&asked) {
        let range = asked.in_room(room);
        assert_eq!(again.in_room(room), range, "{text:?}");
        if let Some(range) = range {
            is_as_asked(&asked, room, &range);
        }
    }
}

/// Those that are named, and one that is not.
fn rooms(asked: &Asked) -> Vec<RoomId> {
    let named = asked.first.iter().chain(&asked.second).filter_map(|selector| match selector {
        Selector::Id(Some(MsgId { room, .. })) => Some(*room),
        Selector::Id(None) | Selector::Time(_) => None,
    });
    named.chain([RoomId(u64::MAX)]).collect()
}

fn is_as_asked(asked: &Asked, room: RoomId, range: &Range) {
    let points: Vec<Point> = match (&asked.kind, range) {
        (AskedKind::Latest, Range::Latest(after)) => after.iter().copied().collect(),
        (AskedKind::Before, Range::Before(point))
        | (AskedKind::After, Range::After(point))
        | (AskedKind::Around, Range::Around(point)) => vec![*point],
        (AskedKind::Between, Range::Between(one, other)) => vec![*one, *other],
        (_, range) => panic!("{range:?} was not asked for"),
    };
    for point in points {
        match point {
            Point::Time(at) => assert!((0..=Timestamp::MAX.0).contains(&at.0)),
            // A message leads nowhere but in its own room.
            Point::Entry(seq, _) => assert!(room != RoomId(u64::MAX) && seq < Seq(1 << 40)),
            Point::Seq(seq) => panic!("{seq} can't be asked for"),
        }
    }
}
