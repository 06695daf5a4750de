//! Messages of one's own on their way: how far each is, and whether it is the same.

use super::*;
use crate::client::event::Outgoing;

/// Number, text and stage of what is on its way; and how it ends.
fn told(script: &mut Script) -> Vec<String> {
    let row = |event| {
        if let Event::Outgoing(Outgoing { local, text, stage, .. }) = event {
            Some(format!("{local} {text} {stage:?}"))
        } else if let Event::Said(said) = event {
            said.local.map(|local| format!("{local} {} Stored", said.text))
        } else if let Event::Failed { reason, unsent: Some(unsent) } = event {
            Some(format!("{} {} Refused: {reason}", unsent.local, unsent.text))
        } else {
            None
        }
    };
    script.all_events().into_iter().filter_map(row).collect()
}

#[test]
fn each_stage_is_told_until_a_message_is_stored_or_refused() {
    let mut script = Script::online();
    script.say("#lobby", "hi");
    script.say("bob", "psst");
    script.server(&[
        "@label=m1;msgid=x :alice!a@h PRIVMSG #lobby :hi",
        "@label=m2 :s 401 alice bob :No such nick",
    ]);
    let expected = [
        "1 hi Waiting",
        "1 hi Sent",
        "2 psst Waiting",
        "2 psst Sent",
        "1 hi Stored",
        "2 psst Refused: bob: No such nick",
    ];
    assert_eq!(told(&mut script), expected);
}

#[test]
fn what_was_typed_during_an_outage_waits_and_is_sent_in_order() {
    let mut script = Script::online();
    script.server(&["@msgid=1;time=2025-11-20T12:00:01.000Z :bob!b@h PRIVMSG #lobby :one"]);
    script.say("#lobby", "stored");
    script.say("#lobby", "lost");
    script.all_events();
    script.state.disconnected();
    script.say("#lobby", "typed");
    assert_eq!(told(&mut script), ["1 stored Doubtful", "2 lost Doubtful", "3 typed Waiting"]);
    script.connect();
    script.server(&[
        "BATCH +a chathistory #lobby",
        "@batch=a;msgid=2;+chat-secure/id=abc-1 :alice!a@h PRIVMSG #lobby :stored",
        "BATCH -a",
        "BATCH +b chathistory #lobby",
        "BATCH -b",
    ]);
    assert_eq!(told(&mut script), ["1 stored Stored", "2 lost Waiting", "2 lost Sent", "3 typed Sent"]);
}

#[test]
fn what_history_tells_before_the_echo_is_stored_as_well() {
    let mut script = Script::online();
    script.server(&["@msgid=1;time=2025-11-20T12:00:01.000Z :bob!b@h PRIVMSG #lobby :one"]);
    script.state.disconnected();
    script.say("#lobby", "typed");
    script.connect();
    let line = "msgid=2;time=2025-11-20T12:00:02.000Z;+chat-secure/id=abc-1 :alice!a@h PRIVMSG #lobby :typed";
    script.server(&[
        &format!("@label=m1;{line}"),
        "BATCH +a chathistory #lobby",
        &format!("@batch=a;{line}"),
        "BATCH -a",
        "BATCH +b chathistory #lobby",
        "BATCH -b",
    ]);
    let told = told(&mut script);
    assert_eq!(told.last().map(String::as_str), Some("1 typed Stored"), "{told:?}");
}

#[test]
fn where_no_mark_comes_back_the_same_words_are_found() {
    let mut script = Script::signing_in();
    script.tokens = "CLIENTTAGDENY=*";
    script.connect();
    script.say("#lobby", "stored");
    script.say("#lobby", "lost");
    script.state.disconnected();
    script.connect();
    script.all_events();
    script.server(&[
        "BATCH +a chathistory #lobby",
        "@batch=a;msgid=2 :bob!b@h PRIVMSG #lobby :lost",
        "@batch=a;msgid=3 :alice!a@h PRIVMSG #lobby :stored",
        "BATCH -a",
        "BATCH +b chathistory #lobby",
        "BATCH -b",
    ]);
    assert_eq!(told(&mut script), ["1 stored Stored", "2 lost Waiting", "2 lost Sent"]);
}

#[test]
fn what_is_cut_says_so_and_answers_once() {
    let mut script = Script::online();
    let (target, kind, reply_to) = ("#lobby".into(), Kind::Message, Some("x".to_owned()));
    script.act(Action::Say { target, text: "one\ntwo".into(), kind, reply_to });
    assert_eq!(
        script.lines(),
        [
            "@label=m1;+chat-secure/id=abc-1;+reply=x;+draft/reply=x PRIVMSG #lobby one",
            "@label=m2;+chat-secure/id=abc-2 PRIVMSG #lobby two"
        ]
    );
    assert_eq!(told(&mut script), ["1 one\ntwo Waiting", "1 one Sent", "2 two Sent"]);
}

#[test]
fn being_away_lasts_over_an_outage() {
    let mut script = Script::watching("", "");
    script.act(Action::Away { text: Some("lunch".into()) });
    assert_eq!(script.lines(), ["AWAY lunch"]);
    script.server(&[":s 306 alice :You are away"]);
    let presence = Presence::Away("lunch".into());
    assert_eq!(script.events(), [Event::Changed { nick: "alice".into(), presence, at: NOW }]);
    script.state.disconnected();
    script.connect_to("sasl", "#lobby");
    script.state.disconnected();
    script.state.connected();
    script.server(&["CAP * LS :sasl", "CAP * ACK :sasl", "AUTHENTICATE +", "903 alice :ok"]);
    script.server(&[":s 001 alice :Welcome"]);
    script.lines();
    script.server(&[":s 422 alice :no motd"]);
    assert_eq!(script.lines()[0], "AWAY lunch");
    script.act(Action::Away { text: None });
    assert_eq!(script.lines(), ["AWAY"]);
}
