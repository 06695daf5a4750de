//! Saying something in the name of an account: the same intents, limits and refusals as in a session.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::ids::{AccountId, MsgId};
use crate::journal::{Intent, Outcome, User};
use crate::limits;
use crate::names::RoomName;
use crate::room::{self, Said, Speech};
use crate::session::composition::{Fault, Letter};
use crate::session::{Service, line_fits};
use crate::web::Problem;

use super::place::{Place, user_of};
use super::rate_limit::RateLimited;
use super::view::Message;

/// What a program says.
#[derive(Debug, Deserialize)]
struct Words {
    text: String,
    reply_to: Option<String>,
}

/// `POST /api/rooms/{room}/messages`
pub(super) async fn post(
    State(service): State<Arc<Service>>,
    caller: RateLimited,
    path: Result<Path<String>, PathRejection>,
    fields: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let place = Place::parse(&service, &super::part(path)?)?;
    let words = read(&super::kind(&fields), &super::body(body)?)?;
    let own = user_of(&service, caller.account.id)?;
    let said = composed(&own, &place_target(&place), &words.text, &reply_tag(words.reply_to.as_deref())?)?;
    // The first line is paid for with the request.
    let more = said.lines().count().saturating_sub(1);
    caller.spend(u32::try_from(more).unwrap_or(u32::MAX), &service.limits)?;
    let (id, own) = match &place {
        Place::Room(name) => say_in(&service, caller.account.id, name, said.clone()).await?,
        Place::User(user) => {
            let intent = Intent::Say { user: user.id, said: said.clone() };
            submit(&service, caller.account.id, intent).await?
        }
    };
    let message = Message::said(id, place.name(), &own, &said);
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(message)).into_response())
}

/// Says it in a room; the message is on disk by then.
pub(in crate::web) async fn say_in(
    service: &Service,
    account: AccountId,
    room: &RoomName,
    said: Said,
) -> Result<(MsgId, Arc<User>), Problem> {
    let intent = Intent::InRoom { room: room.clone(), intent: room::Intent::Say(said) };
    submit(service, account, intent).await
}

async fn submit(
    service: &Service,
    account: AccountId,
    intent: Intent,
) -> Result<(MsgId, Arc<User>), Problem> {
    let outcome = service.journal.submit_for_account(account, intent).await?;
    let own = user_of(service, account)?;
    match outcome {
        Outcome::Entered { room, seq, at } => Ok((MsgId { room, seq, at }, own)),
        Outcome::Unchanged | Outcome::Changed | Outcome::Attached(_) | Outcome::Watching(_) => {
            tracing::error!("what was said by HTTP is in no journal");
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the message was not stored"))
        }
    }
}

fn place_target(place: &Place) -> String {
    match place {
        Place::Room(name) => name.to_string(),
        Place::User(user) => user.author.nick.to_string(),
    }
}

fn read(kind: &str, body: &[u8]) -> Result<Words, Problem> {
    let wrong = |text: String| Problem::new(StatusCode::BAD_REQUEST, text);
    match kind {
        "application/json" => serde_json::from_slice(body)
            .map_err(|error| wrong(format!("the body must be {{\"text\": \"…\"}}: {error}"))),
        "text/plain" => match std::str::from_utf8(body) {
            Ok(text) => Ok(Words { text: text.to_owned(), reply_to: None }),
            Err(_) => Err(wrong("the text must be UTF-8".into())),
        },
        _ => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Content-Type must be application/json or text/plain",
        )),
    }
}

/// The client-only tag that names what is answered.
fn reply_tag(reply_to: Option<&str>) -> Result<String, Problem> {
    let Some(id) = reply_to else { return Ok(String::new()) };
    let Some(id) = MsgId::parse(id) else {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "reply_to must be the id of a message"));
    };
    Ok(format!("+draft/reply={id}"))
}

/// The message as a session would send it: in lines that fit, a longer one in several that continue it.
pub(in crate::web) fn composed(own: &User, target: &str, text: &str, tags: &str) -> Result<Said, Problem> {
    let text = text.replace("\r\n", "\n");
    let text = text.strip_suffix('\n').unwrap_or(&text);
    if text.contains(['\0', '\r']) {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "the text must be without NUL and CR"));
    }
    let source_len = own.author.shown_len();
    let mut letter = Letter::new(target, tags.to_owned());
    for line in text.split('\n') {
        let mut rest = line;
        loop {
            let (piece, behind) = rest.split_at(fitting(source_len, target, rest));
            let continues = rest.len() < line.len();
            letter.add(Speech::Message, target, piece, continues)?;
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
    }
    Ok(letter.finish()?.1)
}

/// How much of the line fits, up to a space if there is one.
fn fitting(source_len: usize, target: &str, line: &str) -> usize {
    if line_fits(source_len, target, line) {
        return line.len();
    }
    let fits = |end: &usize| line_fits(source_len, target, &line[..*end]);
    let ends = || line.char_indices().map(|(start, c)| (start + c.len_utf8(), c));
    let end = ends().map(|(end, _)| end).take_while(fits).last();
    let at_space = ends().filter(|(_, c)| *c == ' ').map(|(end, _)| end).take_while(fits).last();
    // A name leaves room for one character at least.
    at_space.or(end).unwrap_or(line.len())
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let (lines, bytes) = (limits::MULTILINE_LINES_MAX, limits::MULTILINE_BYTES_MAX);
        match fault {
            Fault::TooManyLines | Fault::TooManyBytes => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("a message has at most {bytes} bytes in {lines} lines"),
            ),
            Fault::Invalid(text) => Self::new(StatusCode::BAD_REQUEST, text),
            Fault::OtherTarget { .. } => {
                Self::new(StatusCode::BAD_REQUEST, "all lines of a message go to one place")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_where_it_fits_and_at_a_space_if_there_is_one() {
        // Of 512 bytes, 14 are around and 2 are the target.
        let room = 512 - 14 - 2;
        let fitting = |source_len, line: &str| fitting(source_len, "#a", line);
        assert_eq!(fitting(100, "short"), 5);
        assert_eq!(fitting(100, &"x".repeat(1000)), room - 100);
        assert_eq!(fitting(100, &"ä".repeat(500)), (room - 100) / 2 * 2);
        let words = "word ".repeat(200);
        let end = fitting(100, &words);
        assert!(end % 5 == 0 && end <= room - 100 && end > room - 106, "{end}");
    }
}
