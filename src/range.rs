//! A stretch of a room's history, as CHATHISTORY and our own readers ask for it.

use crate::clock::Timestamp;
use crate::ids::Seq;

/// A place in a room's history that bounds a range; it is itself never inside, except in
/// [`Range::Around`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Point {
    /// The entry at this place.
    Seq(Seq),
    /// The same, which was accepted at this time; it may be erased by now.
    Entry(Seq, Timestamp),
    /// All entries of this millisecond.
    Time(Timestamp),
}

/// Which entries; the number is limited apart. The answer is always in ascending order.
///
/// Source: IRCv3 draft/chathistory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Range {
    /// The last ones, all after the point if there is one.
    Latest(Option<Point>),
    /// The nearest before.
    Before(Point),
    /// The nearest after.
    After(Point),
    /// The point in the middle.
    Around(Point),
    /// Between the two; counted from the first one, whichever is earlier.
    Between(Point, Point),
}

/// Which kinds of entries count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Content {
    /// PRIVMSG and NOTICE.
    Messages,
    /// Everything that happened.
    Events,
}
