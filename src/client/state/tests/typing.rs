//! Who writes: told now and then, and forgotten.

use super::*;
use crate::client::action::Typing;

fn typing(script: &mut Script, ms: i64, typing: Typing) -> Vec<String> {
    script.state.act(Action::Typing { conversation: "#lobby".into(), typing }, NOW.after_ms(ms));
    script.lines()
}

fn told(script: &mut Script) -> Vec<String> {
    let row = |event| {
        let Event::Typing { conversation, nick, typing } = event else { return None };
        Some(format!("{nick} {conversation} {typing:?}"))
    };
    script.events().into_iter().filter_map(row).collect()
}

#[test]
fn others_are_told_at_most_every_three_seconds() {
    let mut script = Script::online();
    let table = [
        (0, Typing::Paused, None),
        (0, Typing::Active, Some("active")),
        (2_999, Typing::Active, None),
        (3_000, Typing::Active, Some("active")),
        (3_500, Typing::Paused, Some("paused")),
        (3_600, Typing::Paused, None),
        (3_700, Typing::Done, Some("done")),
        (3_800, Typing::Done, None),
        (3_900, Typing::Active, Some("active")),
    ];
    for (ms, what, word) in table {
        let line = word.map(|word| format!("@+typing={word};label=typing TAGMSG #lobby"));
        assert_eq!(typing(&mut script, ms, what).pop(), line, "{ms} {what:?}");
    }
    script.server(&["@label=typing :s 404 alice #lobby :You may not speak here"]);
    assert_eq!(script.events(), [], "nobody asked to write");
    // Saying it is telling it.
    script.say("#lobby", "there");
    script.lines();
    assert_eq!(typing(&mut script, 4_000, Typing::Done), [""; 0]);
}

#[test]
fn nobody_is_told_where_that_is_not_carried_or_nobody_is_there() {
    for (granted, tokens) in [("sasl echo-message", ""), (GRANTED, "CLIENTTAGDENY=typing")] {
        let mut script = Script::signing_in();
        script.tokens = tokens;
        script.connect_to(granted, "#lobby");
        script.lines();
        script.events();
        assert_eq!(typing(&mut script, 0, Typing::Active), [""; 0], "{granted}");
        script.state.disconnected();
        assert_eq!(typing(&mut script, 0, Typing::Active), [""; 0]);
        assert_eq!(script.events(), []);
    }
}

#[test]
fn who_writes_is_forgotten_when_they_speak_leave_or_fall_silent() {
    let mut script = Script::online();
    let active = "@+typing=active :bob!b@h TAGMSG #lobby";
    let paused = "@+typing=paused :bob!b@h TAGMSG #lobby";
    for (line, end) in [
        (active, ":bob!b@h PRIVMSG #lobby :hello"),
        (active, "@+typing=done :bob!b@h TAGMSG #lobby"),
        (paused, ":bob!b@h PART #lobby"),
        (active, ":bob!b@h QUIT :bye"),
        (active, ":bob!b@h NICK rob"),
    ] {
        script.server(&[line, line, end]);
        let told = told(&mut script);
        assert_eq!((told.len(), told[1].as_str()), (2, "bob #lobby Done"), "{end}");
    }
    let (direct, own) =
        ("@+typing=active :carol!c@h TAGMSG alice", "@+typing=active :alice!a@h TAGMSG #lobby");
    script.server(&[active, direct, own]);
    assert_eq!(told(&mut script), ["bob #lobby Active", "carol carol Active"]);
    script.server(&[paused]);
    script.state.tick(NOW.after_ms(6_000));
    assert_eq!(told(&mut script), ["bob #lobby Paused", "carol carol Done"]);
    script.state.tick(NOW.after_ms(29_999));
    assert_eq!(told(&mut script), [""; 0]);
    script.state.tick(NOW.after_ms(30_000));
    assert_eq!(told(&mut script), ["bob #lobby Done"]);
    script.server(&[active]);
    script.state.disconnected();
    assert_eq!(told(&mut script), ["bob #lobby Active", "bob #lobby Done"]);
}
