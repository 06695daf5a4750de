//! The command table: what a client may say, one row each.

use std::pin::Pin;

use crate::protocol::Message;
use crate::session::Session;

use super::{account, capability, connection, history, message, mode, people, room, search, status};

/// A command.
#[derive(Debug)]
pub struct Row {
    /// Its name on the wire.
    pub name: &'static str,
    /// Its parameters, as documentation writes them.
    pub syntax: &'static str,
    /// Where it is specified: `source:place`.
    pub specification: &'static str,
    /// Parameters it needs; with fewer the answer is 461.
    pub params_min: usize,
    /// When it may be sent.
    pub when: When,
    /// What it costs in the flood limit; an ordinary command costs 1.
    pub cost: u32,
    /// Whether it may overtake one's own messages that are still on their way to the store.
    pub pipelined: bool,
    /// What it does.
    pub(super) run: Handler,
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
    ($name:literal $syntax:literal, $params:literal, $when:ident, $cost:literal, $run:path, $specification:literal) => {
        Row {
            name: $name,
            syntax: $syntax,
            specification: $specification,
            params_min: $params,
            when: When::$when,
            cost: $cost,
            pipelined: false,
            run: |session, message| Box::pin($run(session, message)),
        }
    };
    (pipelined $($row:tt)*) => {
        Row { pipelined: true, ..row!($($row)*) }
    };
}

/// The command table, in alphabetical order. For `specification` see [`Row::address`].
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row!("AUTHENTICATE" "<mechanism or chunk>", 1, Always, 1, account::authenticate, "ircv3:sasl-3.2"),
    row!("AWAY" "[<text>]", 0, Registered, 1, people::away, "modern:away-message"),
    row!("CAP" "<subcommand> [<parameters>]", 1, Always, 1, capability::cap, "ircv3:capability-negotiation"),
    row!("CHATHISTORY" "<subcommand> <target> <selector>… <limit>", 0, Registered, 2, history::chathistory, "ircv3:chathistory"),
    row!("INVITATION" "<code>", 1, Always, 5, account::invitation, "own:invitation"),
    row!("INVITE" "<nick> <channel>", 2, Registered, 2, room::invite, "modern:invite-message"),
    row!("ISON" "<nick>…", 1, Registered, 1, people::ison, "rfc2812:section-4.9"),
    row!("JOIN" "<channel>{,<channel>} [<key>{,<key>}]", 1, Registered, 2, room::join, "modern:join-message"),
    row!("KICK" "<channel> <nick>{,<nick>} [<reason>]", 2, Registered, 1, room::kick, "modern:kick-message"),
    row!("LIST" "[<channel>{,<channel>}] [<condition>{,<condition>}]", 0, Registered, 3, room::list, "modern:list-message"),
    row!("LUSERS" "", 0, Registered, 1, status::lusers, "modern:lusers-message"),
    row!("MARKREAD" "<target> [timestamp=<time>]", 0, Registered, 1, history::markread, "ircv3:read-marker"),
    row!("MODE" "<target> [<changes> [<parameters>]]", 1, Registered, 1, mode::mode, "modern:mode-message"),
    row!("MOTD" "", 0, Registered, 2, status::motd, "modern:motd-message"),
    row!("NAMES" "[<channel>]", 0, Registered, 2, room::names, "modern:names-message"),
    row!("NICK" "<nick>", 0, Always, 2, connection::nick, "modern:nick-message"),
    row!(pipelined "NOTICE" "<target>{,<target>} <text>", 0, Registered, 1, message::notice, "modern:notice-message"),
    row!("PART" "<channel>{,<channel>} [<reason>]", 1, Registered, 1, room::part, "modern:part-message"),
    row!("PASS" "<password>", 1, Always, 1, connection::pass, "modern:pass-message"),
    row!("PING" "<token>", 0, Always, 1, connection::ping, "modern:ping-message"),
    row!("PONG" "[<server>] <token>", 0, Always, 0, connection::pong, "modern:pong-message"),
    row!(pipelined "PRIVMSG" "<target>{,<target>} <text>", 0, Registered, 1, message::privmsg, "modern:privmsg-message"),
    row!("QUIT" "[<reason>]", 0, Always, 1, connection::quit, "modern:quit-message"),
    row!("REGISTER" "<account or *> <email or *> <password>", 3, Always, 10, account::register, "ircv3:account-registration"),
    row!("SEARCH" "<attributes>", 1, Registered, 4, search::search, "soju:search.md"),
    row!("SETNAME" "<real name>", 1, Registered, 2, people::setname, "ircv3:setname"),
    row!(pipelined "TAGMSG" "<target>{,<target>}", 0, Registered, 1, message::tagmsg, "ircv3:message-tags"),
    row!("TIME" "", 0, Registered, 1, status::time, "modern:time-message"),
    row!("TOPIC" "<channel> [<topic>]", 1, Registered, 1, room::topic, "modern:topic-message"),
    row!("USER" "<user> 0 * <real name>", 4, Always, 1, connection::user, "modern:user-message"),
    row!("USERHOST" "<nick>…", 1, Registered, 1, people::userhost, "modern:userhost-message"),
    row!("VERSION" "", 0, Registered, 1, status::version, "modern:version-message"),
    row!("WHO" "<mask> [%<fields>[,<token>]]", 0, Registered, 3, people::who, "modern:who-message"),
    row!("WHOIS" "[<server>] <nick>", 1, Registered, 2, people::whois, "modern:whois-message"),
];

/// The row of this command.
#[must_use]
pub fn find(command: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name.eq_ignore_ascii_case(command))
}

impl Row {
    /// The address of its specification.
    #[must_use]
    pub fn address(&self) -> String {
        let (source, place) = self.specification.split_once(':').unwrap_or(("own", self.name));
        let base = SOURCES.iter().find(|(name, _)| *name == source).map_or("", |(_, base)| base);
        format!("{base}{place}")
    }
}

/// Where commands are specified, by the short name that the table uses.
const SOURCES: &[(&str, &str)] = &[
    ("ircv3", "https://ircv3.net/specs/extensions/"),
    ("modern", "https://modern.ircdocs.horse/#"),
    ("own", "extensions.md#"),
    ("rfc2812", "https://www.rfc-editor.org/rfc/rfc2812#"),
    ("soju", "https://codeberg.org/emersion/soju/src/branch/master/doc/ext/"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_has_each_command_once() {
        assert!(TABLE.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn each_row_says_where_it_is_specified() {
        for row in TABLE {
            let source = row.specification.split_once(':').map(|(source, _)| source);
            assert!(SOURCES.iter().any(|(name, _)| Some(*name) == source), "{}", row.name);
        }
        assert_eq!(find("TIME").unwrap().address(), "https://modern.ircdocs.horse/#time-message");
    }

    #[test]
    fn a_command_is_found_in_any_spelling() {
        assert_eq!(find("privMSG").map(|row| row.name), Some("PRIVMSG"));
        assert!(find("FLY").is_none());
    }
}
