//! What the index is asked, in FTS5's language. Source: sqlite.org/fts5.html, section 3.
//!
//! No text of a user gets into it: only words that are letters, digits and symbols, in quotation
//! marks, and names in hexadecimal. What is no word of a text begins with [`MARK`].

use std::fmt::Write as _;

use crate::ids::RoomId;
use crate::room::Role;
use crate::store::search::{Query, Scope, Words};

/// The first sight of messages (migration 3 of the journal's database).
const MESSAGES: u8 = 3;

/// A letter of words to the tokenizer, and to [`segment`](crate::store::search::words::segment) none.
const MARK: char = '§';

/// The words that stand for a room's messages of this sight, and for who said it.
pub(super) fn attributes(room: RoomId, sight: i64, nick: &str, account: Option<&str>) -> String {
    let mut words = room_word(room, sight);
    let names = [('n', Some(nick)), ('a', account)];
    for (kind, name) in names.into_iter().filter_map(|(kind, name)| Some((kind, name?))) {
        words.push(' ');
        words.push_str(&name_word(kind, name));
    }
    words
}

/// The sight of a message for these and higher roles.
pub(super) fn sight(audience: Role) -> i64 {
    i64::from(MESSAGES + level(audience))
}

fn level(role: Role) -> u8 {
    match role {
        Role::Member => 0,
        Role::Voice => 1,
        Role::Operator | Role::Founder => 2,
    }
}

fn room_word(room: RoomId, sight: i64) -> String {
    format!("{MARK}r{room}s{sight}")
}

fn name_word(kind: char, name: &str) -> String {
    let mut word = String::from_iter([MARK, kind]);
    for byte in name.bytes() {
        // Writing to a String can't fail.
        write!(word, "{:02x}", byte.to_ascii_lowercase()).unwrap_or_default();
    }
    word
}

/// What matches the query in these of its scopes, of which there is at least one.
pub(super) fn expression(query: &Query, scopes: &[&Scope]) -> String {
    let (mut open, mut own) = (Vec::new(), Vec::new());
    let mut account = None;
    for Scope { room, reader } in scopes {
        let role = level(reader.role);
        for audience in 0..=2 {
            let word = room_word(*room, i64::from(MESSAGES + audience));
            if audience <= role {
                open.push(word);
            } else if reader.account.is_some() {
                own.push(word);
            }
        }
        account = account.or(reader.account.as_ref());
    }
    let mut expression = format!("(({})", open.join(" OR "));
    if let (false, Some(account)) = (own.is_empty(), account) {
        let author = name_word('a', account.as_str());
        expression += &format!(" OR (({}) AND {author})", own.join(" OR "));
    }
    expression.push(')');
    if let Some(from) = &query.from {
        let (nick, account) = (name_word('n', from.as_str()), name_word('a', from.as_str()));
        expression += &format!(" AND ({nick} OR {account})");
    }
    for phrase in query.words.iter().flat_map(Words::phrases) {
        let words = phrase.words.join(" ").replace('"', "");
        let open = if phrase.is_open { " *" } else { "" };
        expression += &format!(" AND \"{words}\"{open}");
    }
    expression
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{AccountName, Nick};
    use crate::range::Content;
    use crate::store::Reader;

    fn scope(room: u64, role: Role, account: Option<&str>) -> Scope {
        let account = account.map(|name| AccountName::parse(name).unwrap());
        Scope { room: RoomId(room), reader: Reader { role, account, ..Reader::of_all(Content::Messages) } }
    }

    fn query(text: &str, from: Option<&str>) -> Query {
        let from = from.map(|nick| Nick::parse(nick).unwrap());
        let words = Words::parse(text).ok();
        Query { words, from, after: None, before: None, scopes: Vec::new(), len_max: 1 }
    }

    #[test]
    fn the_reader_stands_in_the_expression() {
        let (member, operator) = (scope(5, Role::Member, Some("Al")), scope(7, Role::Operator, Some("Al")));
        let guest = scope(9, Role::Voice, None);
        for (scopes, from, expected) in [
            (vec![&member], None, "((§r5s3) OR ((§r5s4 OR §r5s5) AND §a616c)) AND \"hi\" *"),
            (vec![&operator], None, "((§r7s3 OR §r7s4 OR §r7s5)) AND \"hi\" *"),
            (vec![&guest], Some("[B"), "((§r9s3 OR §r9s4)) AND (§n5b62 OR §a5b62) AND \"hi\" *"),
        ] {
            assert_eq!(expression(&query("hi", from), &scopes), expected);
        }
    }

    #[test]
    fn no_syntax_comes_from_the_text() {
        let member = scope(5, Role::Member, None);
        for text in
            ["x\" OR §r6s3 \"", "§r6s3", "a* NEAR(b c, 2)", "body:x ^y -z {q}", "x AND NOT y + z", "'; DROP"]
        {
            let expression = expression(&query(text, None), &[&member]);
            let outside: String = expression.split('"').step_by(2).collect();
            let outside = outside.replace("((§r5s3))", "").replace(" AND ", "").replace(" *", "");
            assert_eq!(outside, "", "{text}: {expression}");
            assert_eq!(expression.matches(MARK).count(), 1, "{text}: {expression}");
        }
    }

    #[test]
    fn names_are_told_apart_whatever_they_are_made_of() {
        assert_eq!(attributes(RoomId(5), 3, "Bob", Some("bob")), "§r5s3 §n626f62 §a626f62");
        assert_eq!(attributes(RoomId(5), 3, "[a]", None), "§r5s3 §n5b615d");
        assert_ne!(name_word('n', "a-b"), name_word('n', "a_b"));
    }
}
