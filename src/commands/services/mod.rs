//! NickServ and ChanServ: names to speak to, for clients that know no other way to sign in.
//!
//! They have no rules of their own: each of their commands does what a command of the protocol or
//! an intent does. What they are told holds passwords: it is stored nowhere, and echoed to nobody.

mod chanserv;
mod nickserv;

use std::pin::Pin;

use crate::names::SERVICES;
use crate::protocol::numeric as n;
use crate::protocol::{Line, Message};
use crate::room::Speech;
use crate::session::Session;

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// Accounts.
    NickServ,
    /// Rooms.
    ChanServ,
}

/// A command of a service.
struct Row {
    name: &'static str,
    syntax: &'static str,
    /// What it does, in one line.
    help: &'static str,
    /// Words it needs; with fewer the answer is its syntax.
    words_min: usize,
    /// What it costs in the flood limit.
    cost: u32,
    run: Handler,
}

/// Given what stands behind the command.
type Handler = for<'a> fn(&'a mut Session, &'a str) -> Running<'a>;
type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

macro_rules! row {
    ($name:literal $syntax:literal, $words:literal, $cost:literal, $run:path, $help:literal) => {
        Row {
            name: $name,
            syntax: $syntax,
            help: $help,
            words_min: $words,
            cost: $cost,
            run: |session, rest| Box::pin($run(session, rest)),
        }
    };
}
use row;

/// The service of this name.
pub(super) fn find(name: &str) -> Option<Service> {
    [Service::NickServ, Service::ChanServ].into_iter().find(|one| one.name().eq_ignore_ascii_case(name))
}

impl Service {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NickServ => SERVICES[0],
            Self::ChanServ => SERVICES[1],
        }
    }

    fn rows(self) -> &'static [Row] {
        match self {
            Self::NickServ => nickserv::TABLE,
            Self::ChanServ => chanserv::TABLE,
        }
    }

    fn row(self, word: &str) -> Option<&'static Row> {
        self.rows().iter().find(|row| row.name.eq_ignore_ascii_case(word))
    }

    /// Answers the client.
    fn say(self, session: &mut Session, text: &str) {
        let source = format!("{0}!{0}@{1}", self.name(), session.service.name);
        let line = Line::new("NOTICE").param(session.shown_nick()).param(text);
        let mut bytes = Vec::new();
        line.source(source).fitted().write_to(&mut bytes);
        session.reply_with(&bytes);
    }
}

/// `NICKSERV <command> [<parameters>]`, also as `NS`
pub(super) async fn nickserv(session: &mut Session, message: &Message<'_>) {
    obey(session, Service::NickServ, &message.params().join(" ")).await;
}

/// `CHANSERV <command> [<parameters>]`, also as `CS`
pub(super) async fn chanserv(session: &mut Session, message: &Message<'_>) {
    obey(session, Service::ChanServ, &message.params().join(" ")).await;
}

/// Somebody speaks to a service: a message is a command, anything else needs no answer.
pub(super) async fn hear(session: &mut Session, service: Service, speech: Speech, text: &str) {
    session.open_response();
    if speech == Speech::Message && !text.starts_with('\u{1}') {
        obey(session, service, text).await;
    }
}

async fn obey(session: &mut Session, service: Service, text: &str) {
    if text.contains('\n') {
        return service.say(session, "One command at a time, in one line");
    }
    let (word, rest) = split(text);
    if word.is_empty() || word.eq_ignore_ascii_case("HELP") {
        return help(session, service, rest);
    }
    let Some(row) = service.row(word) else {
        // Not repeated: it may be a password that stands in the wrong place.
        return service.say(session, "There is no such command; HELP lists all");
    };
    if rest.split_whitespace().count() < row.words_min {
        return service.say(session, &format!("Say more: {} {}", row.name, row.syntax));
    }
    (row.run)(session, rest).await;
}

/// `HELP [<command>]`
fn help(session: &mut Session, service: Service, word: &str) {
    let line = |row: &Row| format!("{} {}", row.name, row.syntax).trim_end().to_owned() + ": " + row.help;
    match service.row(split(word).0) {
        Some(row) => service.say(session, &line(row)),
        None => {
            for row in service.rows() {
                service.say(session, &line(row));
            }
        }
    }
}

/// The first word, and what stands behind it.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

/// What the line costs in the flood limit, if it is for a service.
pub(super) fn cost(message: &Message<'_>) -> u32 {
    let first = message.param(0).unwrap_or_default();
    let costs = |service: Service, text| service.row(split(text).0).map_or(0, |row| row.cost);
    if message.is("PRIVMSG") {
        // Whoever names one several times is obeyed as often.
        let text = message.param(1).unwrap_or_default();
        return first.split(',').filter_map(find).map(|service| costs(service, text)).sum();
    }
    if message.is("NICKSERV") || message.is("NS") {
        costs(Service::NickServ, first)
    } else if message.is("CHANSERV") || message.is("CS") {
        costs(Service::ChanServ, first)
    } else {
        0
    }
}

/// What WHOIS tells of a service.
pub(super) fn describe(session: &mut Session, service: Service) {
    let (name, server) = (service.name(), session.service.name.clone());
    let own = session.shown_nick().to_owned();
    let reply = |numeric: crate::protocol::Numeric| Line::new(numeric.digits()).param(&own).param(name);
    let what = match service {
        Service::NickServ => "Signs people in: HELP",
        Service::ChanServ => "Looks after rooms: HELP",
    };
    session.send(reply(n::RPL_WHOISUSER).param(name).param(&server).param("*").param(what));
    let network = session.service.network_name.clone();
    session.send(reply(n::RPL_WHOISSERVER).param(&server).param(network));
    session.send(reply(n::RPL_WHOISOPERATOR).param("is a service of this server"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_and_its_words_are_told_apart() {
        assert_eq!(split("  identify  alice  pass word "), ("identify", "alice  pass word"));
        assert_eq!((split("help"), split("")), (("help", ""), ("", "")));
    }

    #[test]
    fn a_password_costs_as_much_by_way_of_a_service() {
        let cost_of = |line: &str| cost(&Message::parse(line.as_bytes()).unwrap());
        let register = crate::commands::find("REGISTER").unwrap().cost;
        for line in ["PRIVMSG nickserv :register pw", "PRIVMSG a,NickServ :REGISTER pw", "NS :register pw"] {
            assert_eq!(cost_of(line), register, "{line}");
        }
        assert_eq!(cost_of("PRIVMSG NickServ,nickserv :register pw"), 2 * register);
        for line in ["PRIVMSG alice :register pw", "NOTICE NickServ :register pw", "PRIVMSG NickServ"] {
            assert_eq!(cost_of(line), 0, "{line}");
        }
    }
}
