//! History, page by page: nothing of a long one is held in memory.

use jiff::tz::TimeZone;

use crate::admin::view::{Entry, Event, Words};
use crate::admin::{Conversation, Request, Response};
use crate::clock::{Clock, Timestamp};
use crate::ids::Seq;
use crate::limits;
use crate::range::{Content, Point, Range};

use super::arguments::Stretch;
use super::door::Door;
use super::moment::second;
use super::table::harmless;
use super::{Failure, write_out};

/// What of a room's history is wanted.
pub(super) struct Query {
    room: Conversation,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    content: Content,
    limit: usize,
}

impl Query {
    pub(super) fn new(
        room: Conversation,
        stretch: &Stretch,
        limit: Option<u32>,
        clock: &Clock,
    ) -> Result<Self, Failure> {
        let zone = TimeZone::system();
        let resolve = |moment: super::moment::Instant| moment.resolve(clock.now(), &zone);
        let moment = |moment: Option<_>| moment.map(resolve).transpose().map_err(Failure::Usage);
        Ok(Self {
            room,
            after: moment(stretch.after)?,
            before: moment(stretch.before)?,
            content: if stretch.messages { Content::Messages } else { Content::Events },
            limit: limit.map_or(usize::MAX, |limit| limit as usize),
        })
    }

    async fn page(&self, door: &Door, range: Range, len_max: usize) -> Result<Vec<Entry>, Failure> {
        let len_max = len_max.min(limits::ADMIN_PAGE_LEN_MAX);
        let (room, content) = (self.room.clone(), self.content);
        let answer = door.ask(Request::History { room, range, content, len_max }).await?;
        let Response::History(entries) = answer else {
            return Err(Failure::failed("the server answered something else", "restart it"));
        };
        Ok(entries)
    }

    /// Hands over the pages from the oldest on.
    async fn forward(
        &self,
        door: &Door,
        mut take: impl FnMut(&[Entry]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut left = self.limit;
        let mut point = self.after.map_or(Point::Seq(Seq::default()), Point::Time);
        while left > 0 {
            let mut page = self.page(door, Range::After(point), left).await?;
            let Some(last) = page.last() else { break };
            point = Point::Seq(Seq(last.seq));
            let read = page.len();
            if let Some(before) = self.before {
                page.retain(|entry| entry.at.0 < before);
            }
            left -= page.len();
            take(&page)?;
            if page.len() < read {
                break;
            }
        }
        Ok(())
    }

    /// The newest ones, oldest first.
    async fn newest(&self, door: &Door) -> Result<Vec<Entry>, Failure> {
        let mut pages = Vec::new();
        let mut left = self.limit;
        let mut range = self.before.map_or(Range::Latest(None), |time| Range::Before(Point::Time(time)));
        while left > 0 {
            let page = self.page(door, range, left).await?;
            let Some(first) = page.first() else { break };
            range = Range::Before(Point::Seq(Seq(first.seq)));
            left -= page.len();
            pages.push(page);
        }
        Ok(pages.into_iter().rev().flatten().collect())
    }
}

/// For people; or as an export, if JSON is wanted.
pub(super) async fn show(door: &Door, query: Query, json: bool) -> Result<(), Failure> {
    let zone = TimeZone::system();
    let write = |entries: &[Entry]| {
        if json {
            return write_lines(entries);
        }
        let lines: String = entries.iter().map(|entry| line(entry, &zone)).collect();
        write_out(&lines)
    };
    if query.after.is_some() {
        return query.forward(door, write).await;
    }
    write(&query.newest(door).await?)
}

/// One JSON object a line, oldest first.
pub(super) async fn export(door: &Door, query: Query) -> Result<(), Failure> {
    query.forward(door, write_lines).await
}

fn write_lines(entries: &[Entry]) -> Result<(), Failure> {
    let mut lines = String::new();
    for entry in entries {
        lines.push_str(&serde_json::to_string(entry)?);
        lines.push('\n');
    }
    write_out(&lines)
}

fn line(entry: &Entry, zone: &TimeZone) -> String {
    let said = match &entry.event {
        Event::Message(words) => match action(&words.text) {
            Some(action) => format!("* {} {action}{}", entry.nick, audience(words)),
            None => format!("<{}> {}{}", entry.nick, one_line(words), audience(words)),
        },
        Event::Notice(words) => format!("-{}- {}{}", entry.nick, one_line(words), audience(words)),
        Event::Edited { words, .. } => {
            format!("<{}> (edited) {}{}", entry.nick, one_line(words), audience(words))
        }
        Event::Redacted { reason, .. } => {
            format!("--- {} took a message back{}", entry.nick, because(reason))
        }
        Event::Tags(words) => format!("* {} sent {}", entry.nick, words.tags),
        Event::Joined { .. } => format!("--> {} joined", entry.nick),
        Event::Parted { reason } => format!("<-- {} left{}", entry.nick, because(reason)),
        Event::Quit { reason } => format!("<-- {} left the server{}", entry.nick, because(reason)),
        Event::Kicked { whom, reason } => {
            format!("<-- {whom} was removed by {}{}", entry.nick, because(reason))
        }
        Event::Invited { whom } => format!("--- {} invited {whom}", entry.nick),
        Event::TopicSet { topic } if topic.is_empty() => format!("--- {} removed the topic", entry.nick),
        Event::TopicSet { topic } => format!("--- {} set the topic: {topic}", entry.nick),
        Event::ModesChanged { changes } => format!("--- {} set {}", entry.nick, changes.join(", ")),
        Event::NickChanged { new_nick } => format!("--- {} is now called {new_nick}", entry.nick),
        Event::Renamed { from, to, reason } => {
            format!("--- {} renamed {from} to {to}{}", entry.nick, because(reason))
        }
    };
    format!("{}  {}\n", second(entry.at, zone), harmless(&said))
}

/// The text, line ends as people mark them where there is room for one line.
fn one_line(words: &Words) -> String {
    words.text.replace('\n', " / ")
}

/// What `/me` says. Source: modern.ircdocs.horse, CTCP ACTION.
fn action(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("\u{1}ACTION ")?;
    Some(rest.strip_suffix('\u{1}').unwrap_or(rest))
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}

fn audience(words: &Words) -> String {
    words.audience.as_ref().map(|role| format!(" (to {role} and above)")).unwrap_or_default()
}
