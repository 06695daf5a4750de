//! After an outage: nothing is lost, nothing comes twice.

use super::*;

#[test]
fn what_was_missed_is_fetched_page_by_page_before_what_follows() {
    let mut script = Script::online();
    script.server(&["@msgid=1;time=2025-11-20T12:00:01.000Z :bob!b@h PRIVMSG #lobby :one"]);
    script.state.disconnected();
    script.connect();
    assert_eq!(script.lines().last().unwrap(), "CHATHISTORY AFTER #lobby msgid=1 2");
    script.events();
    script.server(&[
        "@msgid=5;time=2025-11-20T12:00:05.000Z :bob!b@h PRIVMSG #lobby :five",
        "BATCH +a chathistory #lobby",
        "@batch=a;msgid=2;time=2025-11-20T12:00:02.000Z :bob!b@h PRIVMSG #lobby :two",
        "@batch=a;msgid=3;time=2025-11-20T12:00:03.000Z :bob!b@h PRIVMSG #lobby :three",
        "BATCH -a",
    ]);
    assert_eq!(script.texts(), ["two", "three"]);
    assert_eq!(script.lines(), ["CHATHISTORY AFTER #lobby msgid=3 2"]);
    script.server(&[
        "BATCH +b chathistory #lobby",
        "@batch=b;msgid=4;time=2025-11-20T12:00:04.000Z :bob!b@h PRIVMSG #lobby :four",
        "@batch=b;msgid=5;time=2025-11-20T12:00:05.000Z :bob!b@h PRIVMSG #lobby :five",
        "BATCH -b",
    ]);
    assert_eq!(script.texts(), ["four", "five"]);
    script.server(&["BATCH +c chathistory #lobby", "BATCH -c"]);
    assert_eq!(script.texts(), [""; 0]);
}

#[test]
fn a_lost_echo_is_looked_for_before_anything_is_sent_again() {
    let mut script = Script::online();
    script.server(&["@msgid=1;time=2025-11-20T12:00:01.000Z :bob!b@h PRIVMSG #lobby :one"]);
    script.say("#lobby", "stored");
    script.say("#lobby", "lost");
    script.lines();
    script.state.disconnected();
    script.say("#lobby", "new");
    script.connect();
    assert!(script.lines().iter().all(|line| !line.contains("PRIVMSG")));
    script.events();
    script.server(&[
        "BATCH +a chathistory #lobby",
        "@batch=a;msgid=2;+chat-secure/id=abc-1;time=2025-11-20T12:00:02.000Z :alice!a@h PRIVMSG #lobby :stored",
        "BATCH -a",
        "BATCH +b chathistory #lobby",
        "BATCH -b",
    ]);
    assert_eq!(script.texts(), ["stored"]);
    let sent: Vec<_> = script.lines().into_iter().filter(|line| line.contains("PRIVMSG")).collect();
    assert_eq!(
        sent,
        [
            "@label=m2;+chat-secure/id=abc-2 PRIVMSG #lobby lost",
            "@label=m3;+chat-secure/id=abc-3 PRIVMSG #lobby new"
        ]
    );
}

#[test]
fn without_history_what_is_in_doubt_is_said_and_not_doubled() {
    let mut script = Script::online();
    script.say("#lobby", "doubtful");
    script.lines();
    script.state.disconnected();
    script.state.connected();
    script.welcome("sasl echo-message");
    script.server(&[":alice!a@h JOIN #lobby"]);
    assert!(script.lines().iter().all(|line| !line.contains("PRIVMSG")));
    assert!(script.events().iter().any(|event| matches!(event, Event::Failed { unsent: Some(_), .. })));
}

#[test]
fn missed_direct_messages_are_found_by_targets() {
    let mut script = Script::online();
    script.server(&["@msgid=d1;time=2025-11-20T12:00:01.000Z :bob!b@h PRIVMSG alice :one"]);
    script.say("carol", "hello?");
    script.state.disconnected();
    script.state.connected();
    script.server(&[&format!("CAP * LS :{GRANTED}"), &format!("CAP * ACK :{GRANTED}"), "AUTHENTICATE +"]);
    script.server(&["903 alice :done", ":s 001 alice :Welcome", ":s 422 alice :no motd"]);
    let asked = script.lines().pop().unwrap();
    assert!(asked.starts_with("CHATHISTORY TARGETS timestamp=2025-11-20T11:59:51.000Z "), "{asked}");
    script.server(&[
        "BATCH +t draft/chathistory-targets",
        "@batch=t CHATHISTORY TARGETS #lobby 2025-11-20T12:00:09.000Z",
        "@batch=t CHATHISTORY TARGETS bob 2025-11-20T12:00:09.000Z",
        "BATCH -t",
    ]);
    assert_eq!(
        script.lines(),
        [
            "CHATHISTORY AFTER bob msgid=d1 100",
            "CHATHISTORY AFTER carol timestamp=2025-11-20T11:59:51.000Z 100"
        ]
    );
    script.server(&["BATCH +a chathistory carol", "BATCH -a"]);
    assert_eq!(script.lines(), ["@label=m1;+chat-secure/id=abc-1 PRIVMSG carol hello?"]);
}

#[test]
fn a_forgotten_place_is_replaced_by_its_time() {
    let mut script = Script::online();
    script.server(&["@msgid=1;time=2025-11-20T12:00:01.000Z :bob!b@h PRIVMSG #lobby :one"]);
    script.state.disconnected();
    script.connect();
    script.lines();
    script.server(&["FAIL CHATHISTORY MESSAGE_ERROR AFTER #lobby :unknown"]);
    assert_eq!(script.lines(), ["CHATHISTORY AFTER #lobby timestamp=2025-11-20T12:00:01.000Z 2"]);
}

#[test]
fn nothing_is_shown_twice_unless_it_is_asked_for() {
    let mut script = Script::online();
    let line = "@msgid=1;time=2025-11-20T12:00:01.000Z :bob!b@h PRIVMSG #lobby :one";
    script.server(&[line, line]);
    assert_eq!(script.texts(), ["one"]);
    script.act(Action::History { conversation: "#lobby".into(), stretch: Stretch::Last(5) });
    assert_eq!(script.lines(), ["CHATHISTORY LATEST #lobby * 5"]);
    script.server(&["BATCH +a chathistory #lobby", &format!("@batch=a;{}", &line[1..]), "BATCH -a"]);
    assert_eq!(script.texts(), ["one"]);
}

#[test]
fn who_is_kicked_does_not_come_back_by_itself() {
    let mut script = Script::online();
    script.server(&[":bob!b@h KICK #lobby alice :enough"]);
    script.state.disconnected();
    script.state.connected();
    script.state.receive(b"CAP * LS :", NOW);
    script.welcome("sasl");
    assert!(script.lines().iter().all(|line| !line.starts_with("JOIN")));
}

#[test]
fn by_time_alone_nothing_of_the_same_moment_is_missed_or_asked_for_ever() {
    let mut script = Script::signing_in();
    script.tokens = "MSGREFTYPES=timestamp";
    script.connect();
    let one = "@msgid=1;time=2025-11-20T12:00:01.000Z :bob!b@h PRIVMSG #lobby :one";
    script.server(&[one]);
    script.state.disconnected();
    script.connect();
    script.events();
    let asked = "CHATHISTORY AFTER #lobby timestamp=2025-11-20T12:00:00.999Z 2";
    assert_eq!(script.lines(), [asked]);
    let again = format!("@batch=a;{}", &one[1..]);
    let two = "@batch=a;msgid=2;time=2025-11-20T12:00:01.000Z :bob!b@h PRIVMSG #lobby :two";
    script.server(&["BATCH +a chathistory #lobby", &again, two, "BATCH -a"]);
    assert_eq!(script.lines(), [asked]);
    script.server(&["BATCH +a chathistory #lobby", &again, two, "BATCH -a"]);
    assert_eq!(script.lines(), [""; 0]);
    assert_eq!(script.texts(), ["two"]);
}

#[test]
fn a_room_that_lets_nobody_back_in_is_left() {
    let mut script = Script::online();
    script.state.disconnected();
    script.state.connected();
    script.welcome(GRANTED);
    script.events();
    script.server(&[":s 474 alice #lobby :You are banned"]);
    let told = script.events();
    assert!(matches!(&told[..], [Event::ShutOut { .. }, Event::Left { own: true, .. }]), "{told:?}");
}

#[test]
fn ones_own_message_is_recognised_under_an_earlier_nick() {
    let mut script = Script::online();
    script.server(&["@msgid=1;time=2025-11-20T12:00:01.000Z :bob!b@h PRIVMSG #lobby :one"]);
    script.say("#lobby", "stored");
    script.state.disconnected();
    script.connect();
    script.lines();
    script.server(&[
        "BATCH +a chathistory #lobby",
        "@batch=a;msgid=2;account=Alice;+chat-secure/id=abc-1 :al!a@h PRIVMSG #lobby :stored",
        "@batch=a;msgid=3;account=mallory;+chat-secure/id=abc-2 :mallory!a@h PRIVMSG #lobby :forged",
        "BATCH -a",
    ]);
    assert_eq!(script.state.unsent_len(), 0);
    script.say("#lobby", "second");
    script.server(&["BATCH +b chathistory #lobby", "BATCH -b"]);
    assert!(script.lines().iter().any(|line| line.ends_with("second")));
}
