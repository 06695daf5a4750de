//! Commands that are typed, and what is seen of their answers.

use crossterm::event::{KeyCode, KeyModifiers};

use super::*;
use crate::client::action::Typing;
use crate::client::event::{Page, Reacted};

/// Without what others see of one's typing and reading.
fn deeds(desk: &mut Desk) -> Vec<Action> {
    let shown = |action: &Action| {
        !matches!(action, Action::Typing { .. } | Action::MarkRead { .. } | Action::Page { .. })
    };
    desk.actions().into_iter().filter(shown).collect()
}

fn modes(change: &str) -> Action {
    Action::Modes { room: "#lobby".into(), change: Some(change.into()) }
}

#[test]
fn operators_have_their_commands() {
    let reason = Some("be kind".to_owned());
    let table = [
        ("/op bob carol", modes("+oo bob carol")),
        ("/devoice @bob", modes("-v bob")),
        ("/ban bob", modes("+b a:bob")),
        ("/ban guest7", modes("+b guest7!*@*")),
        ("/ban *!*@10.*", modes("+b *!*@10.*")),
        ("/unban bob", modes("-b bob!*@*")),
        ("/mode +m", modes("+m")),
        ("/kick bob be kind", Action::Kick { room: "#lobby".into(), nick: "bob".into(), reason }),
        ("/raw names #lobby", Action::Raw { line: "names #lobby".into() }),
        ("/topic -", Action::Topic { room: "#lobby".into(), text: Some(String::new()) }),
    ];
    for (typed, wanted) in table {
        let mut desk = Desk::in_lobby(100, 30);
        desk.enter(typed);
        assert_eq!(deeds(&mut desk), [wanted], "{typed}");
    }
    let mut desk = Desk::in_lobby(100, 30);
    desk.enter("/query bob");
    deeds(&mut desk);
    desk.enter("/kick bob");
    assert!(deeds(&mut desk).is_empty());
    assert!(desk.screen().contains("this is no room"), "{}", desk.screen());
}

#[test]
fn what_was_asked_for_is_answered_where_one_is() {
    let mut desk = Desk::in_lobby(60, 30);
    let list = || Event::Members { room: "#lobby".into(), members: members() };
    desk.tell(list());
    assert!(!desk.screen().contains("in #lobby:"));
    desk.enter("/users");
    desk.tell(list());
    assert!(desk.screen().contains("in #lobby: @bob, alice, carol"), "{}", desk.screen());
    assert!(desk.screen().contains("(away), dave (offline)"), "{}", desk.screen());
    desk.enter("/topic");
    desk.tell(Event::Topic { room: "#lobby".into(), by: None, text: String::new() });
    assert!(desk.screen().contains("#lobby: no topic"), "{}", desk.screen());
}

#[test]
fn who_cannot_enter_a_room_is_where_they_were() {
    let mut desk = Desk::in_lobby(100, 30);
    desk.enter("/join secret");
    assert_eq!(desk.app.conversation().unwrap().name, "#secret");
    let shut_out = Event::ShutOut { room: "#secret".into(), reason: "#secret: by invitation only".into() };
    desk.tell(shut_out.clone());
    assert_eq!(desk.app.conversation().unwrap().name, "#lobby");
    assert!(desk.screen().contains("!! │ #secret: by invitation only"), "{}", desk.screen());
    assert_eq!(desk.screen().matches("#secret").count(), 1);
    desk.enter("/join secret");
    desk.write("half a sentence");
    desk.tell(shut_out);
    assert_eq!(desk.app.conversation().unwrap().composer.text(), "half a sentence");
    desk.press(KeyCode::Char('c'), KeyModifiers::CONTROL);
    desk.enter("/join a,b");
    assert!(desk.screen().contains("one room at a time: /join #a"), "{}", desk.screen());
}

#[test]
fn the_room_that_was_asked_for_is_the_first_on_the_screen() {
    let mut desk = Desk::new(100, 30);
    desk.effects = desk.app.connect(login());
    desk.online(false);
    for room in ["#a", "#lobby", "#z"] {
        desk.tell(joined(room, "alice", true));
    }
    assert_eq!(desk.app.conversation().unwrap().name, "#lobby");
}

#[test]
fn a_number_goes_to_its_conversation() {
    let mut desk = Desk::in_lobby(100, 30);
    desk.tell(joined("#dev", "alice", true));
    desk.tell(Event::Said(said("bob", "bob", "psst", 1)));
    for (digit, name) in [('1', "#dev"), ('3', "bob"), ('2', "#lobby")] {
        desk.press(KeyCode::Char(digit), KeyModifiers::ALT);
        assert_eq!(desk.app.conversation().unwrap().name, name);
    }
    desk.press(KeyCode::Char('9'), KeyModifiers::ALT);
    assert!(desk.screen().contains("there is no conversation 9"));
    assert!(desk.screen().contains("3 @bob"), "{}", desk.screen());
}

#[test]
fn nothing_is_heard_of_who_is_ignored() {
    let mut desk = Desk::in_lobby(100, 30);
    desk.enter("/ignore bob");
    desk.tell(Event::Said(said("#lobby", "bob", "alice: hello", 1)));
    desk.tell(Event::Said(Said { account: Some("bob".into()), ..said("#lobby", "bobby", "still me", 2) }));
    desk.tell(Event::Said(said("#lobby", "carol", "good day", 3)));
    desk.tell(Event::Reacted(Reacted {
        conversation: "#lobby".into(),
        from: "bob".into(),
        msgid: "#lobby-carol-3".into(),
        reaction: "👍".into(),
        on: true,
        at: Timestamp(NOON),
        own: false,
        origin: Origin::Live,
    }));
    desk.tell(Event::Typing { conversation: "#lobby".into(), nick: "bob".into(), typing: Typing::Active });
    let place = crate::client::action::Place::Before(said("#lobby", "carol", "", 3).place());
    desk.app
        .conversations
        .values_mut()
        .for_each(|c| c.older = crate::tui::conversation::Reach::Asked(place.clone()));
    let earlier = ["bob", "carol"].map(|nick| said("#lobby", nick, &format!("earlier {nick}"), -60));
    desk.tell(Event::Page(Page {
        conversation: "#lobby".into(),
        place,
        entries: earlier.into_iter().map(crate::client::event::Entry::Said).collect(),
        first: None,
        last: None,
        older: false,
        newer: false,
    }));
    let screen = desk.screen();
    assert!(screen.contains("good day") && screen.contains("earlier carol"), "{screen}");
    for hidden in ["hello", "still me", "👍", "is typing", "earlier bob"] {
        assert!(!screen.contains(hidden), "{hidden}: {screen}");
    }
    desk.enter("/ignore Bob");
    desk.tell(Event::Said(said("#lobby", "bob", "hello again", 4)));
    assert!(desk.screen().contains("hello again"));
}

#[test]
fn a_message_is_copied_by_way_of_the_terminal() {
    let mut desk = Desk::in_lobby(100, 30);
    desk.tell(Event::Said(said("#lobby", "bob", "hi", 1)));
    desk.press(KeyCode::Char('y'), KeyModifiers::ALT);
    let copied = |effect: &Effect| matches!(effect, Effect::Ring(bytes) if bytes == "\u{1b}]52;c;aGk=\u{7}");
    assert!(desk.effects.iter().any(copied), "{:?}", desk.effects);
}

#[test]
fn others_see_no_typing_of_what_is_not_for_them() {
    let mut desk = Desk::in_lobby(100, 30);
    let typing = |desk: &mut Desk| {
        let told = desk.actions().into_iter().rev();
        told.filter_map(|action| if let Action::Typing { typing, .. } = action { Some(typing) } else { None })
            .next()
    };
    for (typed, wanted) in
        [("x", Typing::Active), ("/w", Typing::Done), ("@bob psst", Typing::Done), ("#dev hi", Typing::Done)]
    {
        desk.write(typed);
        assert_eq!(typing(&mut desk), Some(wanted), "{typed}");
        desk.press(KeyCode::Char('c'), KeyModifiers::CONTROL);
        desk.actions();
    }
}

#[test]
fn an_answer_to_oneself_calls_and_a_redacted_quote_is_gone() {
    let mut desk = Desk::in_lobby(100, 30);
    desk.tell(joined("#dev", "alice", true));
    desk.tell(Event::Said(said("#dev", "alice", "who knows the secret?", 1)));
    desk.effects.clear();
    let reply_to = Some("#dev-alice-1".to_owned());
    desk.tell(Event::Said(Said { reply_to, ..said("#dev", "bob", "not me", 2) }));
    assert!(desk.effects.iter().any(|effect| matches!(effect, Effect::Ring(_))));
    desk.press(KeyCode::Char('1'), KeyModifiers::ALT);
    assert!(desk.screen().contains("↳ alice: who knows the secret?"), "{}", desk.screen());
    desk.tell(Event::Redacted(crate::client::event::Redacted {
        conversation: "#dev".into(),
        by: "alice".into(),
        msgid: "#dev-alice-1".into(),
        reason: String::new(),
        at: Timestamp(NOON),
        own: true,
        origin: Origin::Live,
    }));
    assert!(!desk.screen().contains("secret"), "{}", desk.screen());
}

#[test]
fn history_since_a_time_goes_there() {
    let mut desk = Desk::in_lobby(100, 12);
    for seconds in 0..100 {
        desk.tell(Event::Said(said("#lobby", "bob", &format!("number {seconds}."), 60 * seconds)));
    }
    desk.take(Message::Time(Timestamp(NOON + 6_000_000)));
    desk.enter("/history since 80m");
    assert!(desk.screen().contains("number 20."), "{}", desk.screen());
    desk.press(KeyCode::End, KeyModifiers::ALT);
    desk.enter("/history");
    assert!(!desk.app.conversation().unwrap().is_at_end());
}

#[test]
fn screens_without_a_list_say_where_something_is_new() {
    let mut desk = Desk::in_lobby(40, 12);
    desk.tell(joined("#dev", "alice", true));
    desk.tell(Event::Said(said("#dev", "bob", "hello", 1)));
    desk.tell(Event::Said(said("bob", "bob", "psst", 2)));
    assert!(desk.screen().contains("new: bob @1, #dev 1"), "{}", desk.screen());
    assert!(Desk::in_lobby(40, 12).screen().contains("ChatSecure"));
}

#[test]
fn the_help_can_be_read_on_narrow_screens() {
    for width in [40, 60, 80, 120] {
        let mut desk = Desk::in_lobby(width, 200);
        desk.key(KeyCode::F(1));
        let screen = desk.screen();
        let words: String =
            screen.split(['│', ' ', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        assert!(words.contains("to the background; `fg` returns"), "{width}: {screen}");
        assert!(
            words.contains("gives the server a line as it is, and shows what it answers"),
            "{width}: {screen}"
        );
    }
}

#[test]
fn a_search_goes_on_above_its_first_result() {
    let mut desk = Desk::in_lobby(100, 30);
    let found = |desk: &mut Desk, range: std::ops::Range<i64>, more| {
        for seconds in range {
            let said = Said {
                origin: Origin::Found,
                ..said("#lobby", "bob", &format!("number {seconds}."), seconds)
            };
            desk.tell(Event::Said(said));
        }
        desk.tell(Event::SearchEnd { count: 3, more });
    };
    desk.enter("/search number");
    deeds(&mut desk);
    found(&mut desk, 10..13, true);
    (0..2).for_each(|_| desk.key(KeyCode::Up));
    assert!(deeds(&mut desk).is_empty());
    desk.key(KeyCode::Up);
    let before = Some(Timestamp(NOON + 10_000));
    let words = Some("number".to_owned());
    let search = crate::client::action::Search { words, before, ..Default::default() };
    assert_eq!(deeds(&mut desk), [Action::Search(search)]);
    found(&mut desk, 7..11, false);
    let screen = desk.screen();
    let at = |text: &str| screen.find(text).unwrap_or_else(|| panic!("{text}: {screen}"));
    assert!(at("number 7.") < at("number 10.") && at("number 10.") < at("number 12."), "{screen}");
    assert_eq!(screen.matches("number 10.").count(), 1, "{screen}");
    desk.key(KeyCode::Enter);
    let Some(Action::Page { place: crate::client::action::Place::Around(mark), .. }) = desk.actions().pop()
    else {
        panic!("went nowhere")
    };
    assert_eq!(mark.msgid.as_deref(), Some("#lobby-bob-9"));
}
