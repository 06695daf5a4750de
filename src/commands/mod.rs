//! Commands: how a line of a client finds its row in the table, and runs.
//!
//! A handler replies to its own session, or submits an intent. There is no third way.

mod account;
mod amendment;
mod audit;
mod batch;
mod capability;
mod connection;
mod credential;
mod erasure;
mod help;
mod history;
mod list;
mod message;
mod metadata;
mod mode;
mod monitor;
mod operator;
mod people;
mod room;
mod search;
mod second_factor;
mod services;
mod status;
mod table;
mod user_mode;
mod whowas;

use crate::limits;
use crate::protocol::numeric as n;
use crate::protocol::{Cap, Message, ParseError, framing};
use crate::session::{Session, cut};

pub use capability::tell_changes;
pub use erasure::{Erased, Eraser, Error as ErasureError};
pub use table::{Row, TABLE, When, find};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use {history::fuzz::chathistory as fuzz_chathistory, search::fuzz::search as fuzz_search};

/// Whether the line may run before one's own messages under way are done: it is a message too, and
/// nothing will come of it but its own echo, error or ACK.
#[must_use]
pub fn runs_ahead(session: &Session, line: &[u8]) -> bool {
    framing::check_client_line(line).and_then(|()| Message::parse(line)).is_ok_and(|message| {
        find(message.command).is_some_and(|row| row.pipelined)
            && batch::reference_of(session, &message).is_none()
            && message::is_plain(session, &message)
    })
}

/// Runs one line of a client. Returns what it costs in the flood limit.
pub async fn run(session: &mut Session, line: &[u8]) -> u32 {
    let checked = framing::check_client_line(line).and_then(|()| Message::parse(line));
    let message = match checked {
        Ok(message) => message,
        Err(error) => {
            misread(session, line, error);
            if matches!(error, ParseError::TooLong | ParseError::NotUtf8) {
                batch::spoil(session);
            }
            return 1;
        }
    };
    session.take_label(&message);
    if let Some(reference) = batch::reference_of(session, &message) {
        batch::add(session, &message, &reference);
        return 1;
    }
    let Some(row) = find(message.command) else {
        session.open_response();
        if session.registered().is_some() {
            session.numeric(n::ERR_UNKNOWNCOMMAND, &[cut(message.command, 64)]);
        } else {
            session.numeric(n::ERR_NOTREGISTERED, &[]);
        }
        return 1;
    };
    if !row.pipelined {
        session.open_response();
    }
    if row.when == When::Registered && session.registered().is_none() {
        session.open_response();
        session.numeric(n::ERR_NOTREGISTERED, &[]);
    } else if message.params().len() < row.params_min {
        session.open_response();
        session.numeric(n::ERR_NEEDMOREPARAMS, &[row.name]);
    } else {
        (row.run)(session, &message).await;
    }
    row.cost.max(services::cost(&message)) + if row.several { more_targets(&message) } else { 0 }
}

/// How many the first parameter names beyond one.
fn more_targets(message: &Message<'_>) -> u32 {
    let targets = message.param(0).unwrap_or_default().split(',').filter(|target| !target.is_empty());
    u32::try_from(targets.count().saturating_sub(1)).unwrap_or(u32::MAX)
}

/// Answers a line that is no message.
fn misread(session: &mut Session, line: &[u8], error: ParseError) {
    match error {
        ParseError::Empty | ParseError::NoCommand => {}
        ParseError::TooLong if line.len() > limits::ENDLESS_LINE_BYTES_MAX => session.close("Line too long"),
        ParseError::TooLong => session.numeric(n::ERR_INPUTTOOLONG, &[]),
        ParseError::NotUtf8 => {
            let lossy = String::from_utf8_lossy(line).replace(['\0', '\r', '\n'], "");
            let message = Message::parse(lossy.as_bytes()).ok();
            if let Some(message) = &message {
                session.take_label(message);
                session.open_response();
            }
            let command = message.map_or("*", |message| message.command);
            let command = if find(command).is_some() { command } else { "*" };
            session.fail(command, "INVALID_UTF8", &[], "Messages must be valid UTF-8 without NUL and CR");
        }
    }
}

impl Session {
    /// Notes the line's label. Source: IRCv3 labeled-response.
    fn take_label(&mut self, message: &Message<'_>) {
        let knows = self.has(Cap::LabeledResponse) && self.has(Cap::Batch);
        let label = message.tag("label").filter(|label| knows && !label.is_empty());
        self.set_label(label.filter(|label| label.len() <= limits::LABEL_BYTES_MAX));
    }
}
