//! Getting in: the form, and what it asks again.

use crossterm::event::KeyCode;

use super::*;
use crate::client::trust::Refusal;
use crate::client::{End, Fatal};
use crate::tui::dialog::{Dialog, Form, Known};
use crate::tui::memory::{Memory, Place};

/// A screen with the form, in which these are typed, each with Enter.
fn filled(known: &Known, typed: &[&str]) -> Desk {
    let mut desk = Desk::new(80, 24);
    desk.app.dialogs.push(Dialog::Connect(Box::new(Form::new(known, None))));
    typed.iter().for_each(|text| desk.enter(text));
    desk
}

fn connects(desk: &mut Desk) -> Option<Login> {
    let effects = std::mem::take(&mut desk.effects);
    effects
        .into_iter()
        .find_map(|effect| if let Effect::Connect(_, login) = effect { Some(*login) } else { None })
}

fn ended(desk: &mut Desk, fatal: Fatal) {
    desk.tell(Event::Ended(End::Fatal(fatal)));
}

#[test]
fn enter_goes_to_what_is_missing_and_then_connects() {
    let known = Known { port: 6697, invitation: "code".into(), ..Known::default() };
    let mut desk = filled(&known, &["chat.example", "alice", "secret words"]);
    assert!(connects(&mut desk).is_none());
    desk.enter("other words");
    assert!(desk.screen().contains("the two passwords are not the same"), "{}", desk.screen());
    desk.press(KeyCode::Char('u'), KeyModifiers::CONTROL);
    desk.enter("secret words");
    let login = connects(&mut desk).unwrap();
    assert!(matches!(&login.identity, Identity::SignUp { invitation, .. } if invitation == "code"));
}

#[test]
fn who_gives_no_password_comes_as_a_guest() {
    let known = Known { host: "chat.example".into(), port: 6697, ..Known::default() };
    let mut desk = filled(&known, &["gina"]);
    assert!(connects(&mut desk).is_none(), "a password is asked for first");
    desk.key(KeyCode::Enter);
    assert!(matches!(connects(&mut desk).unwrap().identity, Identity::Guest { .. }));
    ended(&mut desk, Fatal::AccountRequired("no guests".into()));
    assert!(desk.screen().contains("admits nobody without an account"), "{}", desk.screen());
    desk.enter("secret words");
    assert!(matches!(connects(&mut desk).unwrap().identity, Identity::SignIn { .. }));
}

#[test]
fn a_code_is_typed_behind_the_password() {
    let known = Known { host: "chat.example".into(), port: 6697, ..Known::default() };
    let mut desk = filled(&known, &["alice", "secret words"]);
    assert!(connects(&mut desk).is_some());
    ended(&mut desk, Fatal::CodeRequired("more".into()));
    assert!(desk.screen().contains("this account needs a code"), "{}", desk.screen());
    desk.enter("123456");
    let Identity::SignIn { password, code, .. } = connects(&mut desk).unwrap().identity else {
        panic!("no sign-in");
    };
    assert_eq!(
        (password.as_str(), code.as_ref().map(|code| code.as_str())),
        ("secret words", Some("123456"))
    );
    // Used or wrong: the password stays.
    ended(&mut desk, Fatal::CodeRequired("used".into()));
    desk.enter("654321");
    let again = connects(&mut desk).unwrap().identity;
    assert!(matches!(again, Identity::SignIn { code: Some(code), .. } if code.as_str() == "654321"));
}

#[test]
fn what_was_typed_is_kept_and_the_cursor_stands_where_it_is_wrong() {
    let known = Known { port: 6697, ..Known::default() };
    let mut desk = filled(&known, &["chat.exampel", "alice", "secret words"]);
    assert!(connects(&mut desk).is_some());
    ended(&mut desk, Fatal::Unreachable("no such host".into()));
    (0..2).for_each(|_| desk.key(KeyCode::Backspace));
    desk.enter("le");
    let login = connects(&mut desk).unwrap();
    assert_eq!(login.server.host, "chat.example");
    assert!(matches!(&login.identity, Identity::SignIn { password, .. } if **password == "secret words"));

    let known =
        Known { host: "chat.example".into(), port: 6697, invitation: "old".into(), ..Known::default() };
    let mut desk = filled(&known, &["alice", "secret words", "secret words"]);
    assert!(connects(&mut desk).is_some());
    ended(&mut desk, Fatal::SignUp { code: "INVALID".into(), text: "not valid".into() });
    desk.enter("er");
    let login = connects(&mut desk).unwrap();
    assert!(matches!(&login.identity, Identity::SignUp { invitation, .. } if invitation == "older"));
    ended(&mut desk, Fatal::SignUp { code: "ACCOUNT_EXISTS".into(), text: "taken".into() });
    desk.enter("2");
    assert_eq!(connects(&mut desk).unwrap().identity.name().to_string(), "alice2");
}

#[test]
fn a_room_that_is_asked_for_goes_before_where_one_was_the_last_time() {
    let last = |opens: Option<&str>| {
        let mut desk = Desk::new(80, 24);
        let place = Place { last: Some("#dev".into()), ..Place::default() };
        desk.app.remember(Memory { servers: [("alice@chat.example:6697".to_owned(), place)].into() });
        let opens = opens.map(|room| RoomName::parse(room).unwrap());
        desk.effects = desk.app.connect(Login { opens, ..login() });
        desk.online(false);
        // The lobby that is asked for; the other is one's own anyway.
        for room in ["#lobby", "#dev"] {
            desk.tell(joined(room, "alice", true));
        }
        desk.app.current.map(|address| address.name)
    };
    assert_eq!(last(None).as_deref(), Some("#dev"));
    assert_eq!(last(Some("#Lobby")).as_deref(), Some("#lobby"));
}

#[test]
fn who_trusts_no_server_leaves_with_a_word() {
    let mut desk = Desk::new(80, 24);
    desk.effects = desk.app.connect(login());
    let refusal = Box::new(Refusal::Unknown(presented()));
    ended(&mut desk, Fatal::Untrusted(refusal));
    assert_eq!(desk.app.distrusted, None);
    desk.key(KeyCode::Char('n'));
    assert!(matches!(desk.effects.last(), Some(Effect::Quit)));
    assert_eq!(desk.app.distrusted.as_deref(), Some("chat.example:6697"));
}
