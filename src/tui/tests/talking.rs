//! Typing, sending, answering, and what comes of it.

use crossterm::event::{KeyCode, KeyModifiers};

use super::*;
use crate::client::event::{Edited, Outgoing, Reacted, Redacted, Stage, Unsent};

fn say(target: &str, text: &str) -> Action {
    Action::Say { target: target.into(), text: text.into(), kind: Kind::Message, reply_to: None }
}

/// Without what others see of one's typing and reading.
fn deeds(desk: &mut Desk) -> Vec<Action> {
    let shown = |action: &Action| {
        !matches!(action, Action::Typing { .. } | Action::MarkRead { .. } | Action::Page { .. })
    };
    desk.actions().into_iter().filter(shown).collect()
}

#[test]
fn what_is_typed_becomes_an_action() {
    let table = [
        ("hello", say("#lobby", "hello")),
        ("#dev hi", say("#dev", "hi")),
        ("@bob psst", say("bob", "psst")),
        ("//etc", say("#lobby", "/etc")),
        ("/part", Action::Part { room: "#lobby".into() }),
        ("/modes +m", Action::Modes { room: "#lobby".into(), change: Some("+m".into()) }),
    ];
    for (typed, wanted) in table {
        let mut desk = Desk::in_lobby(100, 30);
        desk.enter(typed);
        assert_eq!(deeds(&mut desk), [wanted], "{typed}");
    }
}

#[test]
fn a_paste_of_several_lines_is_one_message() {
    let mut desk = Desk::in_lobby(100, 30);
    desk.take(Message::Paste("one\ntwo\r\nthree".into()));
    desk.key(KeyCode::Enter);
    assert_eq!(deeds(&mut desk), [say("#lobby", "one\ntwo\nthree")]);
}

#[test]
fn up_on_an_empty_input_changes_the_last_own_message() {
    let mut desk = Desk::in_lobby(100, 30);
    desk.tell(Event::Said(said("#lobby", "alice", "teh text", 1)));
    desk.tell(Event::Said(said("#lobby", "bob", "what?", 2)));
    desk.key(KeyCode::Up);
    assert_eq!(desk.app.conversation().unwrap().composer.text(), "teh text");
    desk.press(KeyCode::Char('u'), KeyModifiers::CONTROL);
    for _ in 0.."teh text".len() {
        desk.key(KeyCode::Backspace);
    }
    desk.enter("the text");
    let wanted = Action::Edit {
        conversation: "#lobby".into(),
        msgid: Some("#lobby-alice-1".into()),
        text: "the text".into(),
    };
    assert_eq!(deeds(&mut desk), [wanted]);
    let said = said("#lobby", "alice", "the text", 3);
    desk.tell(Event::Edited(Edited { original: "#lobby-alice-1".into(), said }));
    assert!(desk.screen().contains("the text (edited)"), "{}", desk.screen());
}

#[test]
fn a_chosen_message_is_answered_and_reacted_to() {
    let mut desk = Desk::in_lobby(100, 30);
    desk.tell(Event::Said(said("#lobby", "bob", "first", 1)));
    desk.tell(Event::Said(said("#lobby", "carol", "second", 2)));
    desk.press(KeyCode::Up, KeyModifiers::SHIFT);
    desk.press(KeyCode::Up, KeyModifiers::SHIFT);
    desk.press(KeyCode::Char('r'), KeyModifiers::ALT);
    desk.enter("indeed");
    let reply_to = Some("#lobby-bob-1".to_owned());
    let (target, text, kind) = ("#lobby".to_owned(), "indeed".to_owned(), Kind::Message);
    assert_eq!(deeds(&mut desk), [Action::Say { target, text, kind, reply_to }]);
    desk.press(KeyCode::Char('e'), KeyModifiers::ALT);
    desk.enter("🎉");
    let (conversation, msgid) = ("#lobby".to_owned(), "#lobby-carol-2".to_owned());
    assert_eq!(deeds(&mut desk), [Action::React { conversation, msgid, reaction: "🎉".into(), on: true }]);
}

#[test]
fn changes_that_come_before_their_message_wait_for_it() {
    let mut desk = Desk::in_lobby(100, 30);
    let react = |from: &str, on| {
        Event::Reacted(Reacted {
            conversation: "#lobby".into(),
            from: from.into(),
            msgid: "#lobby-bob-1".into(),
            reaction: "👍".into(),
            on,
            at: Timestamp(NOON),
            own: false,
            origin: Origin::Live,
        })
    };
    desk.tell(react("carol", true));
    desk.tell(react("dave", true));
    desk.tell(react("dave", false));
    desk.tell(Event::Said(said("#lobby", "bob", "look", 1)));
    assert!(desk.screen().contains("👍 carol"), "{}", desk.screen());
    desk.tell(Event::Redacted(Redacted {
        conversation: "#lobby".into(),
        by: "bob".into(),
        msgid: "#lobby-bob-1".into(),
        reason: "oops".into(),
        at: Timestamp(NOON),
        own: false,
        origin: Origin::Live,
    }));
    assert!(desk.screen().contains("(taken back by bob: oops)"), "{}", desk.screen());
}

#[test]
fn what_is_on_its_way_is_marked_until_it_is_stored() {
    let mut desk = Desk::in_lobby(100, 30);
    let outgoing = |stage| {
        Event::Outgoing(Outgoing {
            local: 7,
            conversation: "#lobby".into(),
            kind: Kind::Message,
            text: "hello".into(),
            reply_to: None,
            stage,
        })
    };
    desk.tell(outgoing(Stage::Waiting));
    assert!(desk.screen().contains("hello … waits"));
    desk.tell(outgoing(Stage::Sent));
    assert!(desk.screen().contains("hello …") && !desk.screen().contains("waits"));
    desk.tell(Event::Said(Said { local: Some(7), ..said("#lobby", "alice", "hello", 1) }));
    assert_eq!(desk.screen().matches("hello").count(), 1);
    assert!(!desk.screen().contains("hello …"));
    desk.tell(outgoing(Stage::Sent));
    let unsent = Unsent { local: 7, target: "#lobby".into(), text: "hello".into() };
    desk.tell(Event::Failed { reason: "#lobby: you are muted".into(), unsent: Some(unsent) });
    assert!(desk.screen().contains("hello ✗ not sent"));
    assert_eq!(desk.app.conversation().unwrap().composer.text(), "hello");
}

#[test]
fn what_nobody_sees_is_counted_and_calls() {
    let mut desk = Desk::in_lobby(100, 30);
    desk.tell(joined("#dev", "alice", true));
    desk.effects.clear();
    desk.tell(Event::Said(said("#dev", "bob", "hello", 1)));
    desk.tell(Event::Said(said("#dev", "bob", "alice: look", 2)));
    desk.tell(Event::Said(said("bob", "bob", "psst", 3)));
    let notified = desk.effects.iter().filter(|effect| matches!(effect, Effect::Ring(_))).count();
    assert_eq!(notified, 2);
    assert!(desk.screen().contains("@1/2│"), "{}", desk.screen());
    for name in ["bob", "#dev"] {
        desk.press(KeyCode::Char('a'), KeyModifiers::ALT);
        assert_eq!(desk.app.conversation().unwrap().name, name);
    }
    assert!(desk.screen().contains("new messages"));
    let marked = Action::MarkRead { conversation: "#dev".into(), at: Timestamp(NOON + 2_000) };
    assert!(desk.actions().contains(&marked));
    assert_eq!(desk.app.conversation().unwrap().unread, 0);
}

#[test]
fn what_was_read_elsewhere_is_not_new_here() {
    let mut desk = Desk::in_lobby(100, 30);
    desk.tell(joined("#dev", "alice", true));
    for seconds in 1..=3 {
        desk.tell(Event::Said(said("#dev", "bob", "hello", seconds)));
    }
    desk.tell(Event::Marked { conversation: "#dev".into(), at: Some(Timestamp(NOON + 2_000)) });
    let dev = desk.app.conversations.values().find(|conversation| conversation.name == "#dev").unwrap();
    assert_eq!((dev.unread, dev.new_from), (1, Some(Timestamp(NOON + 3_000))));
}

#[test]
fn leaving_says_goodbye_to_the_servers_and_ends_then() {
    let mut desk = Desk::in_lobby(100, 30);
    desk.press(KeyCode::Char('q'), KeyModifiers::CONTROL);
    assert_eq!(deeds(&mut desk), [Action::Quit { reason: String::new() }]);
    desk.tell(Event::Ended(crate::client::End::Quit));
    assert!(matches!(desk.effects.last(), Some(Effect::Quit)));
}

#[test]
fn who_leaves_with_something_unsent_is_asked_and_told() {
    let mut desk = Desk::in_lobby(100, 30);
    desk.tell(Event::Offline { reason: "gone".into(), retry_in: Duration::from_secs(1) });
    for (local, stage) in [(1, Stage::Doubtful), (2, Stage::Waiting)] {
        desk.tell(Event::Outgoing(Outgoing {
            local,
            conversation: "#lobby".into(),
            kind: Kind::Message,
            text: format!("number {local}"),
            reply_to: None,
            stage,
        }));
    }
    desk.enter("/quit bye all");
    assert!(deeds(&mut desk).is_empty());
    assert!(desk.screen().contains("2 of your messages could not be sent yet"), "{}", desk.screen());
    desk.key(KeyCode::Char('n'));
    assert!(!desk.screen().contains("could not be sent"));
    desk.enter("/quit bye all");
    desk.key(KeyCode::Char('y'));
    assert_eq!(deeds(&mut desk), [Action::Quit { reason: "bye all".into() }]);
    let unsent = Unsent { local: 1, target: "#lobby".into(), text: "number 1".into() };
    desk.tell(Event::Failed { reason: "the session ended".into(), unsent: Some(unsent) });
    desk.tell(Event::Ended(crate::client::End::Quit));
    assert_eq!(desk.app.lost(), ["#lobby: number 1", "#lobby: number 2"]);
    assert!(matches!(desk.effects.last(), Some(Effect::Quit)));
}

#[test]
fn a_dialog_stays_when_the_screen_is_drawn_anew() {
    let mut desk = Desk::in_lobby(100, 30);
    desk.key(KeyCode::F(1));
    desk.press(KeyCode::Char('l'), KeyModifiers::CONTROL);
    assert_eq!(desk.app.dialogs.len(), 1);
}

#[test]
fn servers_that_one_left_give_their_place_to_nobody() {
    let mut desk = Desk::in_lobby(100, 30);
    desk.effects = desk.app.connect(login());
    desk.tell(Event::Ended(crate::client::End::Quit));
    desk.effects = desk.app.connect(login());
    let mut ids: Vec<_> = desk.app.servers.iter().map(|server| server.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 2, "{ids:?}");
}

#[test]
fn a_wrong_password_asks_again_and_a_changed_certificate_does_not() {
    let mut desk = Desk::in_lobby(100, 30);
    let fatal = crate::client::Fatal::SignIn("no".into());
    desk.tell(Event::Ended(crate::client::End::Fatal(fatal)));
    desk.enter("a better password");
    let again = desk.effects.iter().any(|effect| matches!(effect, Effect::Connect(SERVER, _)));
    assert!(again, "{:?}", desk.effects);
}

#[test]
fn tab_completes_nicks_rooms_commands_and_emoji() {
    for (typed, tabs, wanted) in
        [("bo", 1, "bob: "), ("/jo", 1, "/join "), ("look at #lo", 1, "look at #lobby "), (":tad", 1, "🎉")]
    {
        let mut desk = Desk::in_lobby(100, 30);
        desk.write(typed);
        for _ in 0..tabs {
            desk.key(KeyCode::Tab);
        }
        let text = desk.app.conversation().unwrap().composer.text();
        assert_eq!(text.trim_end(), wanted.trim_end(), "{typed}");
    }
}

#[test]
fn a_command_that_nobody_knows_is_guessed() {
    for (typed, meant) in [("/histroy", "/history"), ("/gotto x", "/goto"), ("/raect", "/react")] {
        let mut desk = Desk::in_lobby(160, 30);
        desk.enter(typed);
        assert!(desk.screen().contains(&format!("did you mean {meant}?")), "{}", desk.screen());
    }
}
