//! Reading a room's messages page by page, with the eyes of a session of the account.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;

use crate::clock::Timestamp;
use crate::disposition::UNRESERVED;
use crate::ids::{MsgId, RoomId};
use crate::range::{Content, Point, Range};
use crate::room::Entry;
use crate::session::Service;
use crate::session::reading::reader_of;
use crate::web::Problem;

use super::place::{Place, user_of};
use super::rate_limit::RateLimited;
use super::view::{Message, Page};

const LIMIT_DEFAULT: usize = 50;

/// Which page.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    limit: Option<usize>,
    before: Option<String>,
    after: Option<String>,
}

/// `GET /api/rooms/{room}/messages`: the latest first; with `after` alone the oldest.
pub(super) async fn page(
    State(service): State<Arc<Service>>,
    caller: RateLimited,
    path: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Page>, Problem> {
    let place = Place::parse(&service, &super::part(path)?)?;
    let asked = super::query(asked)?;
    let limit = asked.limit.unwrap_or(LIMIT_DEFAULT).min(service.limits.history_page_len_max);
    if limit == 0 {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "limit must be 1 at least"));
    }
    let own = user_of(&service, caller.account.id)?;
    let Some(room) = place.room(&service, &own)? else {
        return Ok(Json(Page { messages: Vec::new(), next: None }));
    };
    let forbidden = || Problem::new(StatusCode::FORBIDDEN, "you are not in that room");
    let reader = reader_of(&own, &room, Content::Messages);
    let reader = reader.ok_or_else(forbidden)?;
    let (range, end) = asked.range(room.id)?;
    let mut entries = service.store.read(room.id, &reader, range, limit + 1).await?;
    let onward = matches!(range, Range::After(_));
    if !onward {
        entries.reverse();
    }
    if let Some(end) = end {
        entries.retain(|entry| is_behind(entry, end));
    }
    let has_more = entries.len() > limit;
    entries.truncate(limit);
    let messages: Vec<Message> =
        entries.iter().filter_map(|entry| Message::of_entry(entry, place.name())).collect();
    let last = messages.last().filter(|_| has_more);
    let next = last.map(|last| asked.next(&place.name(), &last.id, limit, onward));
    Ok(Json(Page { messages, next }))
}

impl Asked {
    /// Where to read, and behind what only where that is towards the beginning.
    fn range(&self, room: RoomId) -> Result<(Range, Option<Point>), Problem> {
        let point = |text: &Option<String>| text.as_deref().map(|text| point(text, room)).transpose();
        Ok(match (point(&self.before)?, point(&self.after)?) {
            (None, None) => (Range::Latest(None), None),
            (None, Some(after)) => (Range::After(after), None),
            (Some(before), end) => (Range::Before(before), end),
        })
    }

    /// Where the list goes on.
    fn next(&self, room: &str, last: &str, limit: usize, onward: bool) -> String {
        let room = utf8_percent_encode(room, UNRESERVED);
        let bound = match (&self.after, onward) {
            (_, true) => format!("after={last}"),
            (Some(after), false) => format!("before={last}&after={}", utf8_percent_encode(after, UNRESERVED)),
            (None, false) => format!("before={last}"),
        };
        format!("/api/rooms/{room}/messages?{bound}&limit={limit}")
    }
}

fn is_behind(entry: &Entry, point: Point) -> bool {
    match point {
        Point::Seq(seq) | Point::Entry(seq, _) => entry.seq > seq,
        Point::Time(at) => entry.at > at,
    }
}

fn point(text: &str, room: RoomId) -> Result<Point, Problem> {
    match (MsgId::parse(text), Timestamp::parse(text)) {
        (Some(id), _) if id.room == room => Ok(Point::Entry(id.seq, id.at)),
        (Some(_), _) => Err(Problem::new(StatusCode::NOT_FOUND, "there is no such message here")),
        (None, Some(at)) => Ok(Point::Time(at)),
        (None, None) => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "before and after must be the id of a message or a time such as 2025-11-20T12:00:00Z",
        )),
    }
}
