//! Lines that somebody writes for the server by hand, and what it answers.

use super::*;

fn info(script: &mut Script) -> Vec<String> {
    let text = |event| if let Event::Info(text) = event { Some(text) } else { None };
    script.events().into_iter().filter_map(text).collect()
}

#[test]
fn what_a_line_is_answered_is_told_and_what_happens_by_it_is_taken_as_ever() {
    let mut script = Script::online();
    script.lines();
    script.act(Action::Raw { line: "join #dev".into() });
    assert_eq!(script.lines(), ["@label=raw JOIN #dev"]);
    script.server(&[
        "@label=raw BATCH +x labeled-response",
        "@batch=x :alice!a@h JOIN #dev",
        "@batch=x :s 999 alice #dev :of its own kind",
        "BATCH -x",
    ]);
    let events = script.events();
    assert!(matches!(&events[0], Event::Joined { room, own: true, .. } if room == "#dev"), "{events:?}");
    assert_eq!(events[1], Event::Info("999 #dev of its own kind".into()));
    script.server(&["@label=raw :s ACK", ":s 999 alice :nobody asked"]);
    assert_eq!(info(&mut script), ["999 nobody asked"]);
}

#[test]
fn without_labels_what_is_unknown_is_told_once_somebody_asked() {
    let mut script = Script::signing_in();
    script.connect_to("message-tags server-time echo-message sasl", "#lobby");
    script.events();
    script.lines();
    script.server(&[":s 999 alice :before"]);
    script.act(Action::Raw { line: "VERSION".into() });
    assert_eq!(script.lines(), ["VERSION"]);
    script.server(&[":s 351 alice ircd-1 s :fast"]);
    assert_eq!(info(&mut script), ["351 ircd-1 s fast"]);
}

#[test]
fn what_is_no_line_is_not_said() {
    let mut script = Script::online();
    script.lines();
    script.act(Action::Raw { line: ":only-a-source".into() });
    assert!(script.lines().is_empty());
    assert!(matches!(&script.events()[..], [Event::Failed { unsent: None, .. }]));
}

#[test]
fn the_lists_of_a_room_are_told() {
    let mut script = Script::online();
    script.act(Action::Modes { room: "#lobby".into(), change: Some("+b".into()) });
    script.server(&[
        ":s 367 alice #lobby a:bob carol!c@h 1763640000",
        ":s 368 alice #lobby :End of list",
        ":s 347 alice #lobby :End of list",
    ]);
    assert_eq!(info(&mut script), ["#lobby: a:bob is banned (by carol)", "#lobby: nobody is on this list"]);
}
