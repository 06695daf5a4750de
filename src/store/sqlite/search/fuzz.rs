//! What holds of a question to the index, whatever is looked for.

use crate::ids::RoomId;
use crate::names::Nick;
use crate::range::Content;
use crate::room::Role;
use crate::store::Reader;
use crate::store::search::{Query, Scope, Words};

use super::expression::expression;

/// No text of a user is anything but words in quotation marks, whatever the index's language makes of it.
pub(crate) fn expressed(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(words) = Words::parse(&text) else { return };
    let scope = Scope {
        room: RoomId(5),
        reader: Reader { role: Role::Member, account: None, ..Reader::of_all(Content::Messages) },
    };
    let from = Nick::parse("bob").ok();
    let query = Query { words: Some(words), from, after: None, before: None, scopes: Vec::new(), len_max: 1 };
    let expression = expression(&query, &[&scope]);
    let Some(asked) = expression.strip_prefix("((§r5s3)) AND (§n626f62 OR §a626f62) AND ") else {
        panic!("{expression}");
    };
    assert_eq!(asked.matches('"').count() % 2, 0, "{asked}");
    let outside: String = asked.split('"').step_by(2).collect();
    assert_eq!(outside.replace(" AND ", "").replace(" *", ""), "", "{asked}");
    assert!(!asked.contains('§'), "{asked}");
}
