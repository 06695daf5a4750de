//! Pages of history: asked for by place, told as one.

use super::*;
use crate::client::action::{Mark, Place};
use crate::client::event::{Entry, Page};

fn mark(msgid: &str, second: i64) -> Mark {
    Mark { msgid: Some(msgid.into()), at: NOW.after_ms(second * 1000) }
}

fn ask(script: &mut Script, place: Place) -> String {
    script.act(Action::Page { conversation: "#lobby".into(), place });
    script.lines().join("; ")
}

fn page(script: &mut Script) -> Page {
    match script.events().pop() {
        Some(Event::Page(page)) => page,
        other => panic!("no page: {other:?}"),
    }
}

fn text(entry: &Entry) -> &str {
    match entry {
        Entry::Said(said) => said.text.as_str(),
        Entry::Edited(edited) => edited.said.text.as_str(),
        Entry::Redacted(redacted) => redacted.reason.as_str(),
        Entry::Reacted(reacted) => reacted.reaction.as_str(),
    }
}

fn texts(page: &Page) -> Vec<&str> {
    page.entries.iter().map(text).collect()
}

#[test]
fn each_place_has_its_question() {
    let mut script = Script::watching("draft/event-playback", "");
    let minute = NOW.to_string()[.."2025-11-20T12:00".len()].to_owned();
    let time = Mark { msgid: None, at: NOW };
    let table = [
        (Place::Latest, "LATEST #lobby * 2".to_owned()),
        (Place::Before(mark("b", 1)), "BEFORE #lobby msgid=b 2".to_owned()),
        (Place::After(mark("b", 1)), "AFTER #lobby msgid=b 2".to_owned()),
        (Place::Around(time.clone()), format!("AROUND #lobby timestamp={minute}:00.000Z 2")),
        (Place::Between(mark("a", 1), mark("b", 2)), "BETWEEN #lobby msgid=a msgid=b 2".to_owned()),
    ];
    for (place, question) in table {
        assert_eq!(ask(&mut script, place), format!("CHATHISTORY {question}"));
    }
    script.tokens = "MSGREFTYPES=timestamp";
    script.state.disconnected();
    script.connect();
    script.lines();
    // Others may have been said in the same millisecond.
    let question = ask(&mut script, Place::Before(mark("b", 1)));
    assert_eq!(question, format!("CHATHISTORY BEFORE #lobby timestamp={minute}:01.001Z 2"));
    let question = ask(&mut script, Place::After(time));
    assert_eq!(question, format!("CHATHISTORY AFTER #lobby timestamp={minute}:00.000Z 2"));
}

#[test]
fn a_page_is_told_as_one_and_changes_nothing_else() {
    let mut script = Script::watching("draft/event-playback draft/read-marker", "");
    script.server(&[&format!("@msgid=9;time={} :bob!b@h PRIVMSG #lobby :nine", NOW.after_ms(9000))]);
    ask(&mut script, Place::Before(mark("9", 9)));
    let at = |second: i64| NOW.after_ms(second * 1000);
    script.server(&[
        "BATCH +a chathistory #lobby",
        &format!("@batch=a;msgid=1;time={} :carol!c@h JOIN #lobby", at(1)),
        &format!("@batch=a;msgid=2;time={} :bob!b@h PRIVMSG #lobby :two", at(2)),
        &format!("@batch=a;msgid=3;time={};+draft/react=y;+draft/reply=2 :carol!c@h TAGMSG #lobby", at(3)),
        "BATCH -a",
    ]);
    let told = page(&mut script);
    assert_eq!(texts(&told), ["two", "y"]);
    assert_eq!((&told.first, &told.last), (&Some(mark("1", 1)), &Some(mark("3", 3))));
    assert_eq!((told.older, told.newer), (true, true));
    script.state.disconnected();
    script.connect();
    assert!(script.lines().contains(&"CHATHISTORY AFTER #lobby msgid=9 2".to_owned()));
}

#[test]
fn the_end_of_history_is_told() {
    let mut script = Script::watching("", "");
    let message = "@batch=a;msgid=2;time=2025-11-20T12:00:02.000Z :bob!b@h PRIVMSG #lobby :two";
    let open = "BATCH +a chathistory #lobby";
    let table = [
        (Place::Latest, open, true, (true, false)),
        (Place::Latest, "@draft/chathistory-end BATCH +a chathistory #lobby", true, (false, false)),
        (Place::Before(mark("5", 5)), open, false, (false, true)),
        (Place::After(mark("1", 1)), open, true, (true, true)),
        (Place::After(mark("1", 1)), open, false, (true, false)),
        (Place::Around(mark("1", 1)), open, true, (true, true)),
        (Place::Between(mark("1", 1), mark("9", 9)), open, false, (true, false)),
        (Place::Between(mark("9", 9), mark("1", 1)), open, true, (true, true)),
    ];
    for (place, opening, filled, ends) in table {
        ask(&mut script, place.clone());
        script.server(&[opening]);
        if filled {
            script.server(&[message]);
        }
        script.server(&["BATCH -a"]);
        let told = page(&mut script);
        assert_eq!((told.older, told.newer), ends, "{place:?} {opening}");
    }
}

#[test]
fn who_asks_always_gets_an_answer() {
    let no_page = |script: &mut Script| {
        let told = script.events();
        let reasons = told.iter().filter_map(|event| {
            if let Event::NoPage { reason, .. } = event { Some(reason.clone()) } else { None }
        });
        reasons.collect::<Vec<_>>()
    };
    let mut script = Script::watching("", "");
    ask(&mut script, Place::Latest);
    script.server(&["FAIL CHATHISTORY INVALID_TARGET LATEST #lobby :not there"]);
    assert_eq!(no_page(&mut script), ["not there"]);
    ask(&mut script, Place::Latest);
    script.state.disconnected();
    assert_eq!(no_page(&mut script), ["the connection is gone"]);
    assert_eq!(ask(&mut script, Place::Latest), "");
    assert_eq!(no_page(&mut script), ["there is no connection"]);
    script.connect_to("sasl echo-message", "#lobby");
    script.lines();
    assert_eq!(ask(&mut script, Place::Latest), "");
    assert_eq!(no_page(&mut script), ["this server keeps no history"]);
}

#[test]
fn events_without_a_text_do_not_end_the_catching_up() {
    let mut script = Script::watching("draft/event-playback", "");
    script.server(&["@msgid=1;time=2025-11-20T12:00:01.000Z :bob!b@h PRIVMSG #lobby :one"]);
    script.state.disconnected();
    script.connect_to(&format!("{GRANTED} draft/event-playback"), "#lobby");
    script.lines();
    script.all_events();
    script.server(&[
        "BATCH +a chathistory #lobby",
        "@batch=a;msgid=2;time=2025-11-20T12:00:02.000Z :carol!c@h JOIN #lobby",
        "@batch=a;msgid=3;time=2025-11-20T12:00:03.000Z :carol!c@h QUIT :bye",
        "BATCH -a",
    ]);
    assert_eq!(script.lines(), ["CHATHISTORY AFTER #lobby msgid=3 2"]);
    script.server(&[
        "@draft/chathistory-end BATCH +a chathistory #lobby",
        "@batch=a;msgid=4;time=2025-11-20T12:00:04.000Z :bob!b@h PRIVMSG #lobby :four",
        "BATCH -a",
    ]);
    let told = script.all_events();
    assert!(matches!(&told[0], Event::Said(said) if said.text == "four"), "{told:?}");
    assert_eq!(told[1..], [Event::CaughtUp { conversation: "#lobby".into() }]);
}

#[test]
fn where_only_times_count_the_first_message_ends_the_history() {
    let mut script = Script::watching("draft/event-playback", "MSGREFTYPES=timestamp");
    let time = |second: i64| NOW.after_ms(second * 1000).to_string();
    let answer = |script: &mut Script, lines: &[String]| {
        script.server(&[":s BATCH +1 chathistory #lobby"]);
        lines.iter().for_each(|line| script.server(&[&format!("@batch=1;{line}")]));
        script.server(&[":s BATCH -1"]);
        page(script)
    };
    ask(&mut script, Place::Before(mark("b", 2)));
    let first = format!("time={};msgid=a :alice!a@h JOIN #lobby", time(1));
    let second = format!("time={};msgid=b :bob!b@h PRIVMSG #lobby :hi", time(2));
    let older = answer(&mut script, &[first.clone(), second.clone()]);
    assert!(older.older && older.first.as_ref().is_some_and(|mark| mark.at == NOW.after_ms(1000)));
    // The bound is asked for again, since others may have been said in its millisecond.
    ask(&mut script, Place::Before(older.first.unwrap()));
    assert!(!answer(&mut script, &[first]).older);
    ask(&mut script, Place::After(mark("b", 2)));
    assert!(!answer(&mut script, &[second]).newer);
}
