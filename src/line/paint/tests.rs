//! What lines look like, and what can't be in them.

use super::*;
use crate::client::action::Kind;
use crate::client::event::{Edited, Origin, Reacted, Redacted, Said};
use proptest::prelude::*;

fn painter(screen: Screen) -> Painter {
    let mut painter = Painter::new(false, screen);
    painter.zone = TimeZone::UTC;
    painter.room = "#lobby".into();
    painter.me = "alice".into();
    painter
}

fn said(conversation: &str, from: &str, kind: Kind, text: &str) -> Event {
    Event::Said(Said {
        conversation: conversation.into(),
        from: from.into(),
        kind,
        text: text.into(),
        at: Timestamp(1_763_640_180_000),
        msgid: None,
        own: from == "alice",
        origin: Origin::Live,
        account: None,
        reply_to: None,
        mark: None,
        local: None,
    })
}

#[test]
fn a_pipe_gets_plain_lines() {
    let table = [
        (said("#lobby", "bob", Kind::Message, "hello"), "2025-11-20 12:03 #lobby <bob> hello"),
        (said("bob", "bob", Kind::Message, "psst"), "2025-11-20 12:03 @bob <bob> psst"),
        (said("bob", "alice", Kind::Message, "yes?"), "2025-11-20 12:03 @bob <alice> yes?"),
        (said("#dev", "bot", Kind::Notice, "built"), "2025-11-20 12:03 #dev -bot- built"),
        (said("#dev", "bob", Kind::Action, "waves"), "2025-11-20 12:03 #dev * bob waves"),
    ];
    for (event, line) in table {
        assert_eq!(painter(Screen::Pipe).paint(&event), [line]);
    }
}

#[test]
fn a_terminal_shows_the_day_once_and_the_other_rooms_name() {
    let mut painter = painter(Screen::Terminal);
    let lines = painter.paint(&said("#lobby", "bob", Kind::Message, "hello"));
    assert_eq!(lines, ["—— Thursday, 20 November 2025 ——", "12:03 <bob> hello"]);
    for (event, line) in [
        (said("#dev", "bob", Kind::Message, "hi"), "12:03 #dev <bob> hi"),
        (said("bob", "bob", Kind::Message, "psst"), "12:03 <bob → you> psst"),
        (said("bob", "alice", Kind::Message, "yes?"), "12:03 <alice → bob> yes?"),
        (said("#lobby", "bob", Kind::Action, "waves"), "12:03 * bob waves"),
    ] {
        assert_eq!(painter.paint(&event), [line]);
    }
}

fn edited(conversation: &str, kind: Kind, text: &str) -> Event {
    let Event::Said(said) = said(conversation, "bob", kind, text) else { unreachable!() };
    Event::Edited(Edited { original: "a".into(), said })
}

fn redacted(conversation: &str, reason: &str) -> Event {
    Event::Redacted(Redacted {
        conversation: conversation.into(),
        by: "bob".into(),
        msgid: "a".into(),
        reason: reason.into(),
        at: Timestamp(1_763_640_180_000),
        own: false,
        origin: Origin::Live,
    })
}

#[test]
fn what_became_of_a_message_is_said_with_who_did_it() {
    let table = [
        (edited("#lobby", Kind::Message, "new"), "#lobby ", "bob edited: new"),
        (edited("bob", Kind::Message, "new"), "@bob ", "@bob bob edited: new"),
        (edited("#dev", Kind::Action, "waves"), "#dev ", "#dev bob edited: * bob waves"),
        (redacted("#lobby", ""), "#lobby ", "bob took a message back"),
        (redacted("#dev", "a slip"), "#dev ", "#dev bob took a message back (a slip)"),
    ];
    for (event, place, line) in table {
        assert_eq!(painter(Screen::Terminal).paint(&event)[1], format!("12:03 {line}"));
        let line = line.strip_prefix(place).unwrap_or(line);
        assert_eq!(painter(Screen::Pipe).paint(&event), [format!("2025-11-20 12:03 {place}{line}")]);
    }
}

#[test]
fn further_lines_of_a_message_are_set_in() {
    let event = said("#lobby", "bob", Kind::Message, "one\n\n12:04 <alice> two");
    let rest = ["      ", "      12:04 <alice> two"];
    let lines = painter(Screen::Terminal).paint(&event);
    assert_eq!((lines[1].as_str(), &lines[2..]), ("12:03 <bob> one", &rest.map(String::from)[..]));
    let lines = painter(Screen::Pipe).paint(&event);
    assert_eq!(
        (lines[0].as_str(), &lines[1..]),
        ("2025-11-20 12:03 #lobby <bob> one", &rest.map(String::from)[..])
    );
    let unsent = Unsent { local: 1, target: "#lobby".into(), text: "one\ntwo".into() };
    let failed = Event::Failed { reason: "no".into(), unsent: Some(unsent) };
    assert_eq!(painter(Screen::Pipe).paint(&failed), ["no — not sent to #lobby: one / two"]);
}

#[test]
fn what_is_found_has_its_date_and_place() {
    let Event::Said(said) = said("#lobby", "bob", Kind::Message, "hello") else { unreachable!() };
    let event = Event::Said(Said { origin: Origin::Found, ..said });
    assert_eq!(painter(Screen::Terminal).paint(&event), ["2025-11-20 12:03 #lobby <bob> hello"]);
    let mut painter = painter(Screen::Terminal);
    for (count, line) in [(0, "-- nothing found"), (1, "-- 1 message found"), (2, "-- 2 messages found")] {
        assert_eq!(painter.paint(&Event::SearchEnd { count, more: false }), [line]);
    }
    assert!(painter.paint(&Event::SearchEnd { count: 50, more: true })[0].contains("there may be more"));
}

#[test]
fn a_renamed_room_stays_the_current_one() {
    let mut painter = painter(Screen::Terminal);
    let (from, to, by, reason) = ("#Lobby".into(), "#hall".into(), "bob".into(), String::new());
    let lines = painter.paint(&Event::RoomRenamed { from, to, by, reason, at: Timestamp(0) });
    assert_eq!(lines, ["-- bob renamed #Lobby: it is #hall now"]);
    assert_eq!(painter.room, "#hall");
}

#[test]
fn a_nick_has_one_color_whatever_its_spelling() {
    assert_eq!(nick_color("Alice"), nick_color("aLICE"));
}

#[test]
fn being_named_is_noticed_as_a_word() {
    for (text, named) in
        [("alice: hi", true), ("hi Alice!", true), ("malice", false), ("alice-b", false), ("", false)]
    {
        assert_eq!(names(text, "alice"), named, "{text}");
    }
}

#[test]
fn members_are_listed_only_to_who_asked() {
    let members = Event::Members {
        room: "#lobby".into(),
        members: vec![
            Member { nick: "alice".into(), prefix: "@".into(), presence: Presence::Online, account: None },
            Member { nick: "bob".into(), prefix: String::new(), presence: Presence::Offline, account: None },
        ],
    };
    let mut painter = painter(Screen::Terminal);
    assert!(painter.paint(&members).is_empty());
    painter.asked(&Action::Members { room: "#Lobby".into() });
    assert_eq!(painter.paint(&members), ["in #lobby: @alice, bob (offline)"]);
    assert!(painter.paint(&members).is_empty());
}

proptest! {
    #[test]
    fn no_control_character_of_the_network_reaches_a_line(name in any::<String>(), text in any::<String>()) {
        let events = [
            said(&name, &text, Kind::Message, &text),
            Event::Failed { reason: text.clone(), unsent: Some(Unsent { local: 1, target: name.clone(), text: text.clone() }) },
            edited(&name, Kind::Action, &text),
            redacted(&name, &text),
            Event::RoomRenamed { from: name.clone(), to: text.clone(), by: name.clone(), reason: text.clone(), at: Timestamp(0) },
            Event::Topic { room: name.clone(), by: Some(name.clone()), text: text.clone() },
            Event::Info(text.clone()),
            Event::Whois { nick: name.clone(), facts: vec![text.clone()] },
            Event::Quit { nick: name.clone(), reason: text.clone(), at: Timestamp(0) },
        ];
        for screen in [Screen::Terminal, Screen::Pipe] {
            for event in &events {
                for line in painter(screen).paint(event) {
                    prop_assert!(!line.chars().any(char::is_control), "{:?}", line);
                }
            }
        }
    }
}

#[test]
fn answers_and_reactions_show_what_they_are_about_on_a_terminal() {
    let with = |text: &str, msgid: &str, reply_to: Option<&str>| {
        let Event::Said(said) = said("#lobby", "bob", Kind::Message, text) else { panic!() };
        let (msgid, reply_to) = (Some(msgid.to_owned()), reply_to.map(str::to_owned));
        Event::Said(Said { msgid, reply_to, ..said })
    };
    let reacted = Event::Reacted(Reacted {
        conversation: "#lobby".into(),
        from: "carol".into(),
        msgid: "b".into(),
        reaction: "+1".into(),
        on: true,
        at: Timestamp(1_763_640_180_000),
        own: false,
        origin: Origin::Live,
    });
    let question = with("who brings the cake tomorrow at four?", "a", None);
    let answer = with("I do", "b", Some("a"));
    let unknown = with("me too", "c", Some("x"));
    let events = [question, answer, unknown, reacted];
    let mut terminal = painter(Screen::Terminal);
    let lines: Vec<_> = events.iter().flat_map(|event| terminal.paint(event)).collect();
    assert_eq!(
        lines[1..],
        [
            "12:03 <bob> who brings the cake tomorrow at four?",
            "12:03 <bob> (to “who brings the cake tomo…”) I do",
            "12:03 <bob> me too",
            "12:03 carol reacted with +1 to “I do”",
        ]
    );
    let mut pipe = painter(Screen::Pipe);
    let lines: Vec<_> = events.iter().flat_map(|event| pipe.paint(event)).collect();
    assert_eq!(lines[1..], ["2025-11-20 12:03 #lobby <bob> I do", "2025-11-20 12:03 #lobby <bob> me too"]);
}
