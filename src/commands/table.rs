//! The command table: what a client may say, one row each.

use std::pin::Pin;

use crate::protocol::Message;
use crate::session::Session;

use super::{
    account, amendment, batch, capability, connection, credential, help, history, list, message, metadata,
    mode, monitor, operator, people, room, search, second_factor, services, status, user_mode, whowas,
};

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
    /// Whether its first parameter names several, each beyond the first at the cost of a command.
    pub several: bool,
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
            several: false,
            pipelined: false,
            run: |session, message| Box::pin($run(session, message)),
        }
    };
    (several $($row:tt)*) => {
        Row { several: true, ..row!($($row)*) }
    };
    (pipelined $($row:tt)*) => {
        Row { pipelined: true, ..row!($($row)*) }
    };
}

/// The command table, in alphabetical order. For `specification` see [`Row::address`].
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row!("ACCEPT" "[[-]<nick>{,[-]<nick>}]", 0, Registered, 1, user_mode::accept, "operators:accept"),
    row!("AUTHENTICATE" "<mechanism or chunk>", 1, Always, 1, account::authenticate, "ircv3:sasl-3.2"),
    row!("AWAY" "[<text>]", 0, Always, 1, people::away, "modern:away-message"),
    row!("BAN" "<account:name or address or network> [<duration>] [<reason>]", 1, Registered, 2, operator::ban, "operators:bans"),
    row!("BANS" "", 0, Registered, 2, operator::bans, "operators:bans"),
    row!("BATCH" "+<reference> <type> <target>, or -<reference>", 1, Registered, 1, batch::batch, "ircv3:client-batch"),
    row!("CAP" "<subcommand> [<parameters>]", 1, Always, 1, capability::cap, "ircv3:capability-negotiation"),
    row!("CHANSERV" "<command> [<parameters>]", 0, Registered, 2, services::chanserv, "services:chanserv"),
    row!("CHATHISTORY" "<subcommand> <target> <selector>… <limit>", 0, Registered, 2, history::chathistory, "ircv3:chathistory"),
    row!("CS" "<command> [<parameters>]", 0, Registered, 2, services::chanserv, "services:chanserv"),
    row!("EDIT" "<target> <msgid> <text>", 3, Registered, 2, amendment::edit, "own:edit"),
    row!("HELP" "[<command>]", 0, Registered, 1, help::help, "modern:help-message"),
    row!("HELPOP" "[<command>]", 0, Registered, 1, help::help, "modern:help-message"),
    row!("INFO" "", 0, Registered, 1, status::info, "modern:info-message"),
    row!("INVITATION" "<code>", 1, Always, 5, account::invitation, "own:invitation"),
    row!("INVITE" "[<nick> <channel>]", 0, Registered, 2, room::invite, "modern:invite-message"),
    row!("ISON" "<nick>…", 1, Registered, 1, people::ison, "rfc2812:section-4.9"),
    row!("ISUPPORT" "", 0, Always, 2, connection::isupport, "ircv3:extended-isupport"),
    row!(several "JOIN" "<channel>{,<channel>} [<key>{,<key>}]", 1, Registered, 2, room::join, "modern:join-message"),
    row!("KICK" "<channel>{,<channel>} <nick>{,<nick>} [<reason>]", 2, Registered, 1, room::kick, "modern:kick-message"),
    row!("KILL" "<nick> [<reason>]", 1, Registered, 1, operator::kill, "modern:kill-message"),
    row!("LIST" "[<channel>{,<channel>}] [<condition>{,<condition>}]", 0, Registered, 3, list::list, "modern:list-message"),
    row!("LUSERS" "", 0, Registered, 1, status::lusers, "modern:lusers-message"),
    row!("MARKREAD" "<target> [timestamp=<time>]", 0, Registered, 1, history::markread, "ircv3:read-marker"),
    row!("METADATA" "<target or *> <subcommand> [<parameters>]", 2, Always, 2, metadata::metadata, "ircv3:metadata"),
    row!("MODE" "<target> [<changes> [<parameters>]]", 1, Registered, 1, mode::mode, "modern:mode-message"),
    row!("MONITOR" "<+ or - or C or L or S> [<nick>{,<nick>}]", 1, Registered, 2, monitor::monitor, "ircv3:monitor"),
    row!("MOTD" "", 0, Registered, 2, status::motd, "modern:motd-message"),
    row!("NAMES" "[<channel>{,<channel>}]", 0, Registered, 2, room::names, "modern:names-message"),
    row!("NICK" "<nick>", 0, Always, 2, connection::nick, "modern:nick-message"),
    row!("NICKSERV" "<command> [<parameters>]", 0, Registered, 2, services::nickserv, "services:nickserv"),
    row!(several pipelined "NOTICE" "<target>{,<target>} <text>", 0, Registered, 1, message::notice, "modern:notice-message"),
    row!("NS" "<command> [<parameters>]", 0, Registered, 2, services::nickserv, "services:nickserv"),
    row!("OPER" "<account> <password> [<code>]", 2, Registered, 5, operator::oper, "modern:oper-message"),
    row!(several "PART" "<channel>{,<channel>} [<reason>]", 1, Registered, 1, room::part, "modern:part-message"),
    row!("PASS" "<password>", 1, Always, 1, connection::pass, "modern:pass-message"),
    row!("PASSWD" "<old> <new>", 2, Registered, 10, credential::passwd, "own:passwd"),
    row!("PING" "<token>", 0, Always, 1, connection::ping, "modern:ping-message"),
    row!("PONG" "[<server>] <token>", 0, Always, 0, connection::pong, "modern:pong-message"),
    row!(several pipelined "PRIVMSG" "<target>{,<target>} <text>", 0, Registered, 1, message::privmsg, "modern:privmsg-message"),
    row!("QUIT" "[<reason>]", 0, Always, 1, connection::quit, "modern:quit-message"),
    row!("REDACT" "<target> <msgid> [<reason>]", 2, Registered, 2, amendment::redact, "ircv3:message-redaction"),
    row!("REGISTER" "<account or *> <email or *> <password>", 3, Always, 10, account::register, "ircv3:account-registration"),
    row!("RENAME" "<channel> <new name> [<reason>]", 2, Registered, 10, room::rename, "ircv3:channel-rename"),
    row!("SEARCH" "<attributes>", 1, Registered, 4, search::search, "soju:search.md"),
    row!("SETNAME" "<real name>", 1, Registered, 2, people::setname, "ircv3:setname"),
    row!(several pipelined "TAGMSG" "<target>{,<target>}", 0, Registered, 1, message::tagmsg, "ircv3:message-tags"),
    row!("TIME" "", 0, Registered, 1, status::time, "modern:time-message"),
    row!("TOKEN" "<NEW or LIST or REVOKE> [<label or id>]", 1, Always, 5, credential::token, "own:token"),
    row!("TOPIC" "<channel> [<topic>]", 1, Registered, 1, room::topic, "modern:topic-message"),
    row!("TOTP" "<STATUS or ADD or CONFIRM or REMOVE> [<password or code>] [<code>]", 1, Registered, 10, second_factor::totp, "own:totp"),
    row!("UNBAN" "<account:name or address or network>", 1, Registered, 2, operator::unban, "operators:bans"),
    row!("USER" "<user> 0 * <real name>", 4, Always, 1, connection::user, "modern:user-message"),
    row!("USERHOST" "<nick>…", 1, Registered, 1, people::userhost, "modern:userhost-message"),
    row!("VERIFY" "<account> <code>", 2, Always, 5, account::verify, "ircv3:account-registration"),
    row!("VERSION" "", 0, Registered, 1, status::version, "modern:version-message"),
    row!("WALLOPS" "<text>", 1, Registered, 2, operator::wallops, "modern:wallops-message"),
    row!("WHO" "<mask> [%<fields>[,<token>]]", 0, Registered, 3, people::who, "modern:who-message"),
    row!("WHOIS" "[<server>] <nick>", 1, Registered, 2, people::whois, "modern:whois-message"),
    row!("WHOWAS" "<nick> [<count>]", 0, Registered, 2, whowas::whowas, "modern:whowas-message"),
];

/// The row of this command.
#[must_use]
pub fn find(command: &str) -> Option<&'static Row> {
    let in_order = |row: &Row| row.name.bytes().cmp(command.bytes().map(|byte| byte.to_ascii_uppercase()));
    TABLE.binary_search_by(in_order).ok().map(|place| &TABLE[place])
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
    ("operators", "operators.md#"),
    ("own", "extensions.md#"),
    ("rfc2812", "https://www.rfc-editor.org/rfc/rfc2812#"),
    ("services", "services.md#"),
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
