//! Messages of several lines: whole when they come, whole when they go, if the server knows such.

use super::*;

const CAP: &str = "draft/multiline=max-bytes=60,max-lines=3";

const POEM: &[&str] = &[
    "@label=m1;msgid=p;time=2025-11-20T12:00:01.000Z;account=bob :bob!b@h BATCH +x draft/multiline #lobby",
    "@batch=x :bob!b@h PRIVMSG #lobby :roses are ",
    "@batch=x;draft/multiline-concat :bob!b@h PRIVMSG #lobby :red",
    "@batch=x :bob!b@h PRIVMSG #lobby :",
    "@batch=x :bob!b@h PRIVMSG #lobby :violets are blue",
    "BATCH -x",
];

const TEXT: &str = "roses are red\n\nviolets are blue";

#[test]
fn lines_of_a_batch_are_one_message() {
    let mut script = Script::with(CAP);
    script.server(&POEM[..5]);
    assert_eq!(script.texts(), [""; 0]);
    script.server(&POEM[5..]);
    let [Event::Said(said)] = &script.events()[..] else { panic!("not one message") };
    assert_eq!((said.text.as_str(), said.from.as_str(), said.conversation.as_str()), (TEXT, "bob", "#lobby"));
    assert_eq!((said.msgid.as_deref(), said.origin, said.own), (Some("p"), Origin::Live, false));
    assert_eq!(said.at, Timestamp::parse("2025-11-20T12:00:01.000Z").unwrap());
    script.server(POEM);
    assert_eq!(script.texts(), [""; 0], "shown twice");
}

#[test]
fn a_batch_in_a_page_of_history_keeps_its_place() {
    let mut script = Script::with(CAP);
    script.act(Action::History { conversation: "#lobby".into(), stretch: Stretch::Last(5) });
    script.server(&[
        "BATCH +h chathistory #lobby",
        "@batch=h;msgid=1 :bob!b@h PRIVMSG #lobby :before",
        "@batch=h;msgid=p :bob!b@h BATCH +x draft/multiline #lobby",
    ]);
    script.server(&POEM[1..5]);
    script.server(&["@batch=h BATCH -x", "@batch=h;msgid=2 :bob!b@h PRIVMSG #lobby :after"]);
    assert_eq!(script.texts(), [""; 0]);
    script.server(&["BATCH -h"]);
    assert_eq!(script.texts(), ["before", TEXT, "after"]);
}

#[test]
fn what_one_says_in_lines_goes_as_one_batch_and_its_opening_confirms_it() {
    let mut script = Script::with(CAP);
    script.say("#lobby", "\r\none\r\ntwo\n");
    assert_eq!(
        script.lines(),
        [
            "@label=m1;+chat-secure/id=abc-1 BATCH +m1 draft/multiline #lobby",
            "@batch=m1 PRIVMSG #lobby one",
            "@batch=m1 PRIVMSG #lobby two",
            "BATCH -m1"
        ]
    );
    script.server(&[
        "@label=m1;msgid=e :alice!a@h BATCH +x draft/multiline #lobby",
        "@batch=x :alice!a@h PRIVMSG #lobby :one",
    ]);
    assert_eq!(script.state.unsent_len(), 1, "confirmed before it is whole");
    script.server(&["@batch=x :alice!a@h PRIVMSG #lobby :two", "BATCH -x"]);
    assert_eq!(script.state.unsent_len(), 0);
    assert_eq!(script.texts(), ["one\ntwo"]);
}

#[test]
fn what_is_more_than_the_server_takes_goes_in_several() {
    let mut script = Script::with(CAP);
    script.say("#lobby", "1\n\n3\n\n5\n6");
    script.say("#lobby", "later");
    let lines = script.lines();
    let texts: Vec<_> = lines.iter().map(|line| line.rsplit(' ').next().unwrap()).collect();
    assert_eq!(texts, ["#lobby", "1", ":", "3", "-m1", "#lobby", "5", "6", "-m2", "later"], "{lines:?}");
    // A line that is too long goes on with its own words, and loses none of its spaces.
    let mut script = Script::with("draft/multiline=max-bytes=4096");
    let long = "word ".repeat(200);
    script.say("#lobby", &format!("{long}\nb"));
    let lines = script.lines();
    let concat: Vec<_> = lines.iter().map(|line| line.contains("draft/multiline-concat")).collect();
    assert_eq!(concat, [false, false, true, true, false, false], "{lines:?}");
    let whole: String = lines[1..4].iter().map(|line| line.split_once(" :").unwrap().1).collect();
    assert_eq!(whole, long);
}

#[test]
fn a_server_that_does_not_know_them_gets_line_by_line() {
    for granted in ["", "draft/multiline"] {
        let mut script = Script::with(granted);
        script.say("#lobby", "one\n\ntwo");
        assert_eq!(
            script.lines(),
            [
                "@label=m1;+chat-secure/id=abc-1 PRIVMSG #lobby one",
                "@label=m2;+chat-secure/id=abc-2 PRIVMSG #lobby two"
            ]
        );
    }
}

#[test]
fn a_batch_that_is_refused_or_lost_is_told_or_sent_again() {
    for refusal in
        ["@label=m1 FAIL BATCH MULTILINE_MAX_BYTES 60 :too long", "FAIL BATCH TIMEOUT m1 :too slow"]
    {
        let mut script = Script::with(CAP);
        script.say("#lobby", "one\ntwo");
        script.server(&[refusal]);
        assert_eq!(script.unsent(), ["one\ntwo"]);
    }
    let mut script = Script::with(CAP);
    script.server(&["@msgid=1;time=2025-11-20T12:00:01.000Z :bob!b@h PRIVMSG #lobby :one"]);
    script.say("#lobby", "stored\nwhole");
    script.say("#lobby", "not\nstored");
    script.state.disconnected();
    script.connect();
    script.events();
    script.lines();
    script.server(&[
        "BATCH +h chathistory #lobby",
        "@batch=h;msgid=2;+chat-secure/id=abc-1 :alice!a@h BATCH +x draft/multiline #lobby",
        "@batch=x :alice!a@h PRIVMSG #lobby stored",
        "@batch=x :alice!a@h PRIVMSG #lobby whole",
        "@batch=h BATCH -x",
        "BATCH -h",
        "BATCH +i chathistory #lobby",
        "BATCH -i",
    ]);
    assert_eq!(script.texts(), ["stored\nwhole"]);
    // This time the server knows no batches of a client.
    let sent: Vec<_> = script.lines().into_iter().filter(|line| line.contains("PRIVMSG")).collect();
    assert_eq!(
        sent,
        [
            "@label=m2;+chat-secure/id=abc-2 PRIVMSG #lobby not",
            "@label=m3;+chat-secure/id=abc-3 PRIVMSG #lobby stored"
        ]
    );
}
