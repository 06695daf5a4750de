//! The command table: what a client may say, one row each, and how a line finds its row.
//!
//! A handler replies to its own session, or submits an intent. There is no third way.

mod account;
mod capability;
mod connection;
mod history;
mod message;
mod mode;
mod people;
mod room;
mod status;

use std::pin::Pin;

use crate::limits;
use crate::protocol::numeric as n;
use crate::protocol::{Cap, Message, ParseError, framing};
use crate::session::{Session, cut};

/// A command.
#[derive(Debug)]
pub struct Row {
    /// Its name on the wire.
    pub name: &'static str,
    /// Parameters it needs; with fewer the answer is 461.
    pub params_min: usize,
    /// When it may be sent.
    pub when: When,
    /// What it costs in the flood limit; an ordinary command costs 1.
    pub cost: u32,
    /// Whether it may overtake one's own messages that are still on their way to the store.
    pub pipelined: bool,
    /// What it does.
    run: Handler,
}

/// When a command may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At any time.
    Always,
    /// Once the client is in.
    Registered,
}

type Handler = for<'a> fn(&'a mut Session, &'a Message<'a>) -> Running<'a>;
type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

macro_rules! row {
    ($name:literal, $params:literal, $when:ident, $cost:literal, $run:path) => {
        Row {
            name: $name,
            params_min: $params,
            when: When::$when,
            cost: $cost,
            pipelined: false,
            run: |session, message| Box::pin($run(session, message)),
        }
    };
    ($name:literal, $params:literal, $when:ident, $cost:literal, $run:path, pipelined) => {
        Row { pipelined: true, ..row!($name, $params, $when, $cost, $run) }
    };
}

/// The command table, in alphabetical order.
pub const TABLE: &[Row] = &[
    row!("AUTHENTICATE", 1, Always, 1, account::authenticate),
    row!("AWAY", 0, Registered, 1, people::away),
    row!("CAP", 1, Always, 1, capability::cap),
    row!("CHATHISTORY", 0, Registered, 2, history::chathistory),
    row!("INVITATION", 1, Always, 5, account::invitation),
    row!("INVITE", 2, Registered, 2, room::invite),
    row!("ISON", 1, Registered, 1, people::ison),
    row!("JOIN", 1, Registered, 2, room::join),
    row!("KICK", 2, Registered, 1, room::kick),
    row!("LIST", 0, Registered, 3, room::list),
    row!("LUSERS", 0, Registered, 1, status::lusers),
    row!("MARKREAD", 0, Registered, 1, history::markread),
    row!("MODE", 1, Registered, 1, mode::mode),
    row!("MOTD", 0, Registered, 2, status::motd),
    row!("NAMES", 0, Registered, 2, room::names),
    row!("NICK", 0, Always, 2, connection::nick),
    row!("NOTICE", 0, Registered, 1, message::notice, pipelined),
    row!("PART", 1, Registered, 1, room::part),
    row!("PASS", 1, Always, 1, connection::pass),
    row!("PING", 0, Always, 1, connection::ping),
    row!("PONG", 0, Always, 0, connection::pong),
    row!("PRIVMSG", 0, Registered, 1, message::privmsg, pipelined),
    row!("QUIT", 0, Always, 1, connection::quit),
    row!("REGISTER", 3, Always, 10, account::register),
    row!("SETNAME", 1, Registered, 2, people::setname),
    row!("TAGMSG", 0, Registered, 1, message::tagmsg, pipelined),
    row!("TIME", 0, Registered, 1, status::time),
    row!("TOPIC", 1, Registered, 1, room::topic),
    row!("USER", 4, Always, 1, connection::user),
    row!("USERHOST", 1, Registered, 1, people::userhost),
    row!("VERSION", 0, Registered, 1, status::version),
    row!("WHO", 0, Registered, 3, people::who),
    row!("WHOIS", 1, Registered, 2, people::whois),
];

/// The row of this command.
#[must_use]
pub fn find(command: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name.eq_ignore_ascii_case(command))
}

/// Whether the line may run before one's own messages under way are done: it is a message too, and
/// nothing will come of it but its own echo, error or ACK.
#[must_use]
pub fn runs_ahead(session: &Session, line: &[u8]) -> bool {
    framing::check_client_line(line).and_then(|()| Message::parse(line)).is_ok_and(|message| {
        find(message.command).is_some_and(|row| row.pipelined) && message::is_plain(session, &message)
    })
}

/// Runs one line of a client. Returns what it costs in the flood limit.
pub async fn run(session: &mut Session, line: &[u8]) -> u32 {
    let checked = framing::check_client_line(line).and_then(|()| Message::parse(line));
    let message = match checked {
        Ok(message) => message,
        Err(error) => {
            misread(session, line, error);
            return 1;
        }
    };
    session.take_label(&message);
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
    row.cost
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_has_each_command_once() {
        assert!(TABLE.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn a_command_is_found_in_any_spelling() {
        assert_eq!(find("privMSG").map(|row| row.name), Some("PRIVMSG"));
        assert!(find("FLY").is_none());
    }
}
