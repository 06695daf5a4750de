//! Edits, redactions, renamings, searches: heard and asked for.

use super::*;
use crate::client::action::Search;
use crate::client::event::{Edited, Redacted};

const CAPS: &str = "chat-secure/message-edit draft/message-redaction draft/channel-rename soju.im/search";

fn edit(text: &str) -> Action {
    Action::Edit { conversation: "#lobby".into(), msgid: None, text: text.into() }
}

fn redact(conversation: &str) -> Action {
    Action::Redact { conversation: conversation.into(), msgid: None }
}

fn reasons(script: &mut Script) -> Vec<String> {
    let reason = |event| if let Event::Failed { reason, unsent: None } = event { Some(reason) } else { None };
    script.events().into_iter().filter_map(reason).collect()
}

#[test]
fn edits_and_redactions_are_told_live_and_from_history() {
    let mut script = Script::with(CAPS);
    let edit = "@msgid=e;time=2025-11-20T12:00:02.000Z :bob!b@h EDIT #lobby a :the text";
    let redact = "@msgid=r;time=2025-11-20T12:00:03.000Z :bob!b@h REDACT #lobby a :a slip";
    script.server(&[edit, redact, edit]);
    let told = script.events();
    let [Event::Edited(Edited { original, said }), Event::Redacted(redacted)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!((original.as_str(), said.from.as_str(), said.text.as_str()), ("a", "bob", "the text"));
    let Redacted { conversation, by, msgid, reason, .. } = redacted;
    assert_eq!([conversation, by, msgid, reason], ["#lobby", "bob", "a", "a slip"]);
    script.act(Action::History { conversation: "#lobby".into(), stretch: Stretch::Last(5) });
    let in_page = [edit, redact].map(|line| format!("@batch=h;{}", &line[1..]));
    script.server(&["BATCH +h chathistory #lobby", &in_page[0], &in_page[1], "BATCH -h"]);
    let asked = script.events();
    assert!(matches!(&asked[0], Event::Edited(edited) if edited.said.origin == Origin::Asked), "{asked:?}");
    assert!(matches!(&asked[1], Event::Redacted(redacted) if redacted.origin == Origin::Asked), "{asked:?}");
    assert!(matches!(asked[2], Event::HistoryEnd { count: 2, .. }));
}

#[test]
fn ones_last_message_is_edited_and_taken_back_one_after_the_other() {
    let mut script = Script::with(CAPS);
    script.server(&[
        "@msgid=1;time=2025-11-20T12:00:01.000Z :alice!a@h PRIVMSG #lobby :first",
        "@msgid=3;time=2025-11-20T12:00:03.000Z :alice!a@h PRIVMSG #lobby :\u{1}ACTION waves\u{1}",
        "@msgid=4;time=2025-11-20T12:00:04.000Z :bob!b@h PRIVMSG #lobby :not mine",
        "@msgid=5;time=2025-11-20T12:00:05.000Z :alice!a@h PRIVMSG bob :elsewhere",
    ]);
    script.act(edit("smiles"));
    assert_eq!(script.lines(), ["@label=amend EDIT #lobby 3 :\u{1}ACTION smiles\u{1}"]);
    script.server(&["@label=amend;msgid=6 :alice!a@h EDIT #lobby 3 :\u{1}ACTION smiles\u{1}"]);
    script.act(redact("bob"));
    script.act(redact("#LOBBY"));
    assert_eq!(script.lines(), ["@label=amend REDACT bob 5", "@label=amend REDACT #LOBBY 3"]);
    script.server(&["@label=amend :alice!a@h REDACT #lobby 3"]);
    script.act(redact("#lobby"));
    assert_eq!(script.lines(), ["@label=amend REDACT #lobby 1"]);
    script.events();
    script.server(&["@label=amend FAIL REDACT UNKNOWN_MSGID #lobby 1 :There is no such message"]);
    script.act(edit("x"));
    let reasons = reasons(&mut script);
    assert_eq!(reasons[0], "There is no such message");
    assert!(reasons[1].contains("no message of yours is known in #lobby"), "{reasons:?}");
}

#[test]
fn an_older_message_from_history_does_not_become_the_last() {
    let mut script = Script::with(CAPS);
    script.server(&["@msgid=9;time=2025-11-20T12:00:09.000Z :alice!a@h PRIVMSG #lobby :last"]);
    script.act(Action::History { conversation: "#lobby".into(), stretch: Stretch::Last(5) });
    script.lines();
    script.server(&[
        "BATCH +h chathistory #lobby",
        "@batch=h;msgid=1;time=2025-11-20T12:00:01.000Z :alice!a@h PRIVMSG #lobby :first",
        "BATCH -h",
    ]);
    script.act(edit("x"));
    assert_eq!(script.lines(), ["@label=amend EDIT #lobby 9 x"]);
}

#[test]
fn what_can_not_be_amended_is_said_and_nothing_is_sent() {
    let mut script = Script::with("");
    script.server(&["@msgid=1 :alice!a@h PRIVMSG #lobby :mine"]);
    script.events();
    script.act(edit("x"));
    script.act(redact("#lobby"));
    script.act(Action::Search(Search { words: Some("x".into()), ..Search::default() }));
    assert_eq!(script.lines(), [""; 0]);
    let cannot =
        ["edit messages", "take messages back", "search"].map(|what| format!("this server can't {what}"));
    assert_eq!(reasons(&mut script), cannot);

    let mut script = Script::with(CAPS);
    script.server(&["@msgid=1 :alice!a@h PRIVMSG #lobby :mine"]);
    script.events();
    script.act(edit("two\nlines"));
    script.act(edit(&"x".repeat(500)));
    script.say("#lobby", "on its way");
    script.lines();
    script.act(edit("x"));
    assert_eq!(script.lines(), [""; 0]);
    let told = reasons(&mut script);
    for (told, part) in told.iter().zip(["one line", "too long by", "still on its way"]) {
        assert!(told.contains(part), "{told}");
    }
    // The message under way is not what the refusal of an edit is about.
    script.server(&["FAIL EDIT EDIT_FORBIDDEN #lobby 1 :not yours"]);
    assert_eq!((reasons(&mut script), script.state.unsent_len()), (vec!["not yours".to_owned()], 1));
}

#[test]
fn a_renamed_room_takes_all_that_is_its_own_along() {
    let mut script = Script::with(CAPS);
    script.server(&["@msgid=1;time=2025-11-20T12:00:01.000Z :alice!a@h PRIVMSG #lobby :one"]);
    script.say("#lobby", "doubtful");
    script.events();
    script.server(&[":bob!b@h RENAME #lobby #hall :Spring"]);
    let told = script.events();
    let [Event::RoomRenamed { from, to, by, reason, .. }] = &told[..] else { panic!("{told:?}") };
    assert_eq!([from, to, by, reason], ["#lobby", "#hall", "bob", "Spring"]);
    script.lines();
    script.say("#lobby", "typed before it was known");
    assert_eq!(script.lines(), ["@label=m2;+chat-secure/id=abc-2 PRIVMSG #hall :typed before it was known"]);
    script.state.disconnected();
    script.connect_to(GRANTED, "#hall");
    assert_eq!(script.lines(), ["CHATHISTORY AFTER #hall msgid=1 2"]);
    script.server(&["BATCH +a chathistory #hall", "BATCH -a"]);
    let sent = script.lines();
    assert!(sent.iter().all(|line| line.contains("PRIVMSG #hall")) && sent.len() == 2, "{sent:?}");
    // Who enters the old name means the new room that has it.
    script.act(Action::Join { room: "#lobby".into(), key: None });
    assert_eq!(script.lines(), ["JOIN #lobby"]);
}

#[test]
fn what_is_found_is_in_order_and_neither_new_nor_read() {
    let mut script = Script::reading(&format!("{CAPS} draft/read-marker draft/multiline"));
    let search = Search {
        words: Some("two words; \\".into()),
        from: Some("bob".into()),
        conversation: Some("#dev".into()),
        after: Some(Timestamp(0)),
        before: Some(Timestamp(1000)),
    };
    script.act(Action::Search(search));
    assert_eq!(
        script.lines(),
        ["SEARCH text=two\\swords\\:\\s\\\\;from=bob;in=#dev;after=1970-01-01T00:00:00.000Z;\
          before=1970-01-01T00:00:01.000Z;limit=50"]
    );
    script.server(&[
        "BATCH +s soju.im/search",
        "@batch=s;msgid=2;time=2025-11-20T12:00:02.000Z :bob!b@h PRIVMSG #dev :second",
        "@batch=s;msgid=3;time=2025-11-20T12:00:03.000Z BATCH +x draft/multiline #dev",
        "@batch=x :bob!b@h PRIVMSG #dev :third",
        "@batch=x :bob!b@h PRIVMSG #dev :line",
        "@batch=s BATCH -x",
        "@batch=s;msgid=1;time=2025-11-20T12:00:01.000Z :bob!b@h PRIVMSG alice :first",
        "BATCH -s",
    ]);
    let told = script.events();
    let Some((Event::SearchEnd { count: 3, more: false }, found)) = told.split_last() else {
        panic!("{told:?}")
    };
    let found: Vec<_> = found
        .iter()
        .map(|event| {
            let Event::Said(said) = event else { panic!("{event:?}") };
            assert_eq!(said.origin, Origin::Found);
            (&said.conversation[..], &said.text[..])
        })
        .collect();
    assert_eq!(found, [("bob", "first"), ("#dev", "second"), ("#dev", "third\nline")]);
    script.state.tick(NOW);
    assert_eq!(script.lines(), [""; 0], "marked as read");
    script.server(&["@msgid=2;time=2025-11-20T12:00:02.000Z :bob!b@h PRIVMSG #dev :second"]);
    assert_eq!(script.texts(), ["second"], "not new because it was found");
    script.server(&["BATCH +s soju.im/search", "BATCH -s"]);
    assert_eq!(script.events(), [Event::SearchEnd { count: 0, more: false }]);
    script.server(&["FAIL SEARCH INVALID_PARAMS from :A nick has no spaces"]);
    assert_eq!(reasons(&mut script), ["the search failed: A nick has no spaces"]);
}

#[test]
fn another_host_of_ones_own_is_counted_and_not_told() {
    let mut script = Script::with("chghost account-notify");
    let long = "x".repeat(60);
    script.server(&[&format!(":alice!a@h CHGHOST a {long}"), ":bob!b@h CHGHOST b elsewhere"]);
    assert_eq!(script.events(), []);
    script.say("#lobby", &"w".repeat(600));
    for line in script.lines() {
        let body = line.split_once(' ').unwrap().1;
        assert!(format!(":alice!a@{long} ").len() + body.len() + 2 <= 512, "{}", body.len());
    }
}
