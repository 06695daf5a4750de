//! HELP: the command table in words. Source: modern.ircdocs.horse, HELP message.

use crate::protocol::numeric as n;
use crate::protocol::{Line, Message, Numeric};
use crate::session::{Session, cut};

use super::table::{self, Row, TABLE};

/// Bytes of a subject that is repeated in the answer.
const SUBJECT_BYTES_MAX: usize = 64;
/// Bytes of command names in one line.
const NAMES_BYTES_MAX: usize = 300;

/// What each command is for, in one line.
const MEANINGS: &[(&str, &str)] = &[
    (
        "ACCEPT",
        "Lets guests speak to you although your mode R keeps them off; - takes it back, alone it lists",
    ),
    ("AUTHENTICATE", "Signs in to an account (SASL); your client does this for you"),
    ("AWAY", "Says that you are away, and why; without a text that you are back"),
    ("BAN", "Keeps an account or an address out of the server (operators)"),
    ("BANS", "Lists who is kept out of the server (operators)"),
    ("BATCH", "Begins or ends a group of lines; your client does this for you"),
    ("CAP", "Tells what your client can do; it does this for you"),
    ("CHANSERV", "Asks ChanServ, which looks after rooms: CHANSERV HELP"),
    ("CHATHISTORY", "Shows what was said before"),
    ("CS", "Short for CHANSERV"),
    ("EDIT", "Gives one of your messages another text"),
    ("HELP", "Explains a command; alone it lists all"),
    ("HELPOP", "The same as HELP"),
    ("INFO", "Tells about the server's software"),
    ("INVITATION", "Shows the invitation with which you make an account; REGISTER follows"),
    ("INVITE", "Invites somebody into a room; alone it lists where you are invited"),
    ("ISON", "Tells which of these people are there"),
    ("ISUPPORT", "Tells what the server supports; your client does this for you"),
    ("JOIN", "Enters rooms, and makes those that are not there"),
    ("KICK", "Puts somebody out of a room"),
    ("KILL", "Ends the connections of somebody (operators)"),
    ("LIST", "Lists the rooms"),
    ("LUSERS", "Counts who is there"),
    ("MARKREAD", "Tells your other devices how far you have read"),
    ("METADATA", "Reads and changes what people and rooms tell about themselves"),
    ("MODE", "Shows or changes the modes of a room, or your own"),
    ("MONITOR", "Tells you when people come and go"),
    ("MOTD", "Shows the message of the day"),
    ("NAMES", "Lists who is in a room"),
    ("NICK", "Changes what you are called"),
    ("NICKSERV", "Asks NickServ, which signs people in: NICKSERV HELP"),
    ("NOTICE", "Says something that no program answers"),
    ("NS", "Short for NICKSERV"),
    ("OPER", "Makes you an operator by an administrator's name and password"),
    ("PART", "Leaves rooms"),
    ("PASS", "Shows the server's password, before all else"),
    ("PASSWD", "Changes your password"),
    ("PING", "Asks whether the server hears you"),
    ("PONG", "Answers a PING"),
    ("PRIVMSG", "Says something to a room or to somebody"),
    ("QUIT", "Leaves the server"),
    ("REDACT", "Takes a message back"),
    ("REGISTER", "Makes an account"),
    ("RENAME", "Gives a room another name"),
    ("SEARCH", "Finds what was said"),
    ("SETNAME", "Changes your real name"),
    ("TAGMSG", "Sends tags without a text, such as a reaction"),
    ("TIME", "Tells the server's time"),
    ("TOKEN", "Makes, lists and revokes tokens, which sign in a device or a program"),
    ("TOPIC", "Shows or changes the topic of a room"),
    ("TOTP", "Adds and removes your second factor"),
    ("UNBAN", "Lifts a ban (operators)"),
    ("USER", "Tells who you are, when you connect"),
    ("USERHOST", "Shows how people are connected"),
    ("VERIFY", "Shows the code that proves an address is yours"),
    ("VERSION", "Tells the server's version"),
    ("WALLOPS", "Says something to everybody who has mode w (operators)"),
    ("WHO", "Lists people by name, or those in a room"),
    ("WHOIS", "Tells who somebody is"),
    ("WHOWAS", "Tells who somebody was who left lately"),
];

/// `HELP [<command>]`
pub(super) async fn help(session: &mut Session, message: &Message<'_>) {
    match message.filled(0) {
        None => overview(session),
        Some(subject) => match table::find(subject) {
            Some(row) => explain(session, row),
            None => session.numeric(n::ERR_HELPNOTFOUND, &[cut(subject, SUBJECT_BYTES_MAX)]),
        },
    }
}

fn overview(session: &mut Session) {
    let mut lines: Vec<String> = vec![String::new()];
    for row in TABLE {
        match lines.last_mut().filter(|line| line.len() + row.name.len() < NAMES_BYTES_MAX) {
            Some(line) if line.is_empty() => line.push_str(row.name),
            Some(line) => line.extend([" ", row.name]),
            None => lines.push(row.name.to_owned()),
        }
    }
    lines.push("HELP and a command's name explains it.".into());
    answer(session, "*", "The commands of this server", &lines);
}

fn explain(session: &mut Session, row: &Row) {
    let mut lines = vec![meaning(row).to_owned()];
    let address = row.address();
    if address.starts_with("https://") {
        lines.push(format!("More: {address}"));
    }
    let syntax = format!("{} {}", row.name, row.syntax);
    answer(session, row.name, syntax.trim_end(), &lines);
}

fn meaning(row: &Row) -> &'static str {
    MEANINGS.iter().find(|(name, _)| *name == row.name).map_or("", |(_, meaning)| meaning)
}

fn answer(session: &mut Session, subject: &str, first: &str, lines: &[String]) {
    let nick = session.shown_nick().to_owned();
    let line =
        |numeric: Numeric, text: &str| Line::new(numeric.digits()).param(&nick).param(subject).param(text);
    session.send(line(n::RPL_HELPSTART, first));
    for text in lines {
        session.send(line(n::RPL_HELPTXT, text));
    }
    session.numeric(n::RPL_ENDOFHELP, &[subject]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_says_what_it_is_for() {
        for row in TABLE {
            assert!(!meaning(row).is_empty(), "{} has no line in MEANINGS", row.name);
        }
        assert!(MEANINGS.is_sorted_by(|a, b| a.0 < b.0));
    }
}
