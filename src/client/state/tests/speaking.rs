//! Saying, hearing, and everything else that may arrive.

use super::*;

#[test]
fn a_message_counts_when_its_echo_is_back() {
    let mut script = Script::online();
    script.say("#lobby", "hello there");
    assert_eq!(script.lines(), ["@label=m1;+chat-secure/id=abc-1 PRIVMSG #lobby :hello there"]);
    script.act(Action::Settle);
    assert_eq!(script.lines(), [""; 0]);
    script
        .server(&["@label=m1;msgid=x;time=2025-11-20T12:00:01.000Z :alice!a@h PRIVMSG #lobby :hello there"]);
    assert_eq!(script.texts(), ["hello there"]);
    assert_eq!(script.lines(), ["PING settle"]);
    script.server(&["PONG s settle"]);
    assert_eq!(script.events(), [Event::Settled]);
}

#[test]
fn a_message_waits_for_its_room() {
    let mut script = Script::signing_in();
    script.state.connected();
    script.say("#lobby", "early");
    script.welcome(GRANTED);
    assert_eq!(script.state.unsent_len(), 1);
    script.server(&[":alice!a@h JOIN #lobby"]);
    assert_eq!(script.lines(), ["@label=m1;+chat-secure/id=abc-1 PRIVMSG #lobby early"]);
    script.say("#other", "hi");
    assert_eq!(script.lines(), ["JOIN #other"]);
    script.server(&[":s 473 alice #other :only by invitation"]);
    assert_eq!(script.unsent(), ["hi"]);
}

#[test]
fn refusals_find_their_message_by_label_or_target() {
    for line in [
        "@label=m1 :s 404 alice bob :no",
        ":s 401 alice bob :No such nick",
        "@label=m1 FAIL PRIVMSG UNAVAILABLE :the store is down",
    ] {
        let mut script = Script::online();
        script.say("bob", "hi");
        script.server(&[line]);
        let failed = script.events();
        assert!(matches!(&failed[..], [Event::Failed { unsent: Some(_), .. }]), "{line}: {failed:?}");
        assert_eq!(script.state.unsent_len(), 0);
    }
}

#[test]
fn without_echo_a_pong_confirms() {
    let mut script = Script::signing_in();
    script.state.connected();
    script.welcome("sasl");
    script.server(&[":alice!a@h JOIN #lobby"]);
    script.say("#lobby", "hello");
    assert_eq!(script.lines(), ["PRIVMSG #lobby hello", "PING m1"]);
    script.server(&[":s PONG s m1"]);
    assert_eq!(script.texts(), ["hello"]);
}

#[test]
fn a_long_message_is_cut_to_fit_with_the_senders_name_in_front() {
    let mut script = Script::online();
    script.say("#lobby", &"word ".repeat(250));
    let lines = script.lines();
    assert!(lines.len() > 2);
    for line in lines {
        let body = line.split_once(' ').unwrap().1;
        assert!(":alice!a@h ".len() + body.len() + 2 <= 512, "{}", body.len());
    }
}

#[test]
fn presence_is_told_once() {
    let mut script = Script::online();
    script.server(&[
        ":bob!b@h AWAY :offline",
        ":bob!b@h AWAY :offline",
        ":bob!b@h AWAY",
        ":bob!b@h AWAY :lunch",
    ]);
    let presence = |event| if let Event::Changed { presence, .. } = event { Some(presence) } else { None };
    let told: Vec<_> = script.events().into_iter().filter_map(presence).collect();
    assert_eq!(told, [Presence::Offline, Presence::Online, Presence::Away("lunch".into())]);
}

#[test]
fn pings_are_answered_and_nonsense_is_survived() {
    let mut script = Script::online();
    script.server(&[
        "PING :a b",
        "BATCH",
        "BATCH -x",
        "JOIN",
        "AWAY",
        "KICK #x",
        "@batch=zz PRIVMSG",
        "352",
        "PRIVMSG",
    ]);
    assert_eq!(script.lines(), ["PONG :a b"]);
}

proptest::proptest! {
    #[test]
    fn no_server_breaks_the_client(lines in proptest::collection::vec(
        "(@[a-z=;+]{0,12} )?(:[a-z!@.]{0,8} )?(BATCH|JOIN|PRIVMSG|TAGMSG|MODE|ACCOUNT|730|731|734|354|315|366|324|333|FAIL|KICK|NICK|353|352|CAP|AWAY|MARKREAD|CHATHISTORY|EDIT|REDACT|RENAME|CHGHOST)( [+:#a-z*-]{0,6}){0,5}", 0..20)) {
        let mut script = Script::watching("draft/multiline=max-bytes=99", "WHOX MONITOR=3");
        for line in lines {
            script.server(&[&line]);
        }
        script.state.disconnected();
        script.connect();
    }
}
