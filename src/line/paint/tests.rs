//! What lines look like, and what can't be in them.

use super::*;
use crate::client::event::Origin;
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
        mark: None,
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
            Member { nick: "alice".into(), prefix: "@".into(), presence: Presence::Online },
            Member { nick: "bob".into(), prefix: String::new(), presence: Presence::Offline },
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
            Event::Failed { reason: text.clone(), unsent: Some(Unsent { target: name.clone(), text: text.clone() }) },
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
