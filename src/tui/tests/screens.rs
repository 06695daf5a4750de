//! The screens, as a person sees them; the pictures are under `snapshots`.

use std::path::PathBuf;

use crossterm::event::{KeyCode, KeyModifiers};
use insta::assert_snapshot;

use super::*;
use crate::client::event::{Outgoing, Reacted, Stage};
use crate::client::known_hosts::KnownHosts;
use crate::client::trust::Refusal;
use crate::client::{End, Fatal};
use crate::tui::dialog::{Dialog, Form, Known};

/// A morning's talk.
fn talk(desk: &mut Desk) {
    let lobby = "#lobby";
    desk.tell(Event::Topic { room: lobby.into(), by: None, text: "all about everything".into() });
    desk.tell(joined("#dev", "alice", true));
    desk.tell(Event::Said(Said { origin: Origin::Earlier, ..said(lobby, "bob", "good evening", -80_000) }));
    desk.tell(Event::Said(said(lobby, "bob", "good morning! did the backup run?", 1)));
    desk.tell(Event::Said(said(lobby, "alice", "it did: 12 GB in 4 minutes", 2)));
    let reply_to = Some("#lobby-bob-1".to_owned());
    desk.tell(Event::Said(Said { reply_to, ..said(lobby, "carol", "faster than yesterday", 3) }));
    desk.tell(Event::Reacted(Reacted {
        conversation: lobby.into(),
        from: "bob".into(),
        msgid: "#lobby-alice-2".into(),
        reaction: "🎉".into(),
        on: true,
        at: Timestamp(NOON),
        own: false,
        origin: Origin::Live,
    }));
    desk.tell(Event::Said(Said { kind: Kind::Action, ..said(lobby, "bob", "fetches a coffee", 4) }));
    desk.tell(Event::Said(said(lobby, "carol", "日本語 and 👩‍👩‍👧 take their room\nand a second line", 5)));
    desk.tell(Event::Said(said("#dev", "dave", "alice: can you look?", 6)));
    desk.tell(Event::Said(said("bob", "bob", "psst", 7)));
    desk.tell(Event::Typing {
        conversation: lobby.into(),
        nick: "bob".into(),
        typing: crate::client::action::Typing::Active,
    });
    desk.tell(lag());
}

#[test]
fn the_first_visit_asks_where_to_and_shows_who_answers() {
    let mut desk = Desk::new(80, 24);
    let known = Known { port: 6697, user: "alice".into(), ..Known::default() };
    desk.app.dialogs.push(Dialog::Connect(Box::new(Form::new(&known, None))));
    desk.write("chat.example");
    assert_snapshot!("first_visit_form", desk.screen());
    desk.effects = desk.app.connect(login());
    desk.app.dialogs.clear();
    let refusal = Box::new(Refusal::Unknown(presented()));
    desk.tell(Event::Ended(End::Fatal(Fatal::Untrusted(refusal))));
    assert_snapshot!("first_visit_trust", desk.screen());
    desk.effects.clear();
    desk.key(KeyCode::Char('y'));
    assert!(
        matches!(desk.effects.as_slice(), [Effect::Trust(SERVER, _, fingerprint)] if fingerprint.to_string() == KEY)
    );
}

#[test]
fn a_changed_certificate_is_refused_loudly() {
    let mut desk = Desk::new(90, 24);
    desk.effects = desk.app.connect(login());
    let pin = KnownHosts::at(PathBuf::from("/home/alice/.config/chat-secure/known_hosts"));
    let pin = crate::client::known_hosts::Pin {
        fingerprint: Fingerprint::of(b"another"),
        path: pin.path().to_owned(),
        line: 3,
    };
    let refusal = Box::new(Refusal::Changed { presented: presented(), pin });
    desk.tell(Event::Ended(End::Fatal(Fatal::Untrusted(refusal))));
    assert_snapshot!("changed_certificate", desk.screen());
}

#[test]
fn a_conversation_on_screens_of_all_widths() {
    for (name, columns, rows) in [("conversation", 100, 24), ("narrow", 60, 20), ("narrowest", 32, 14)] {
        let mut desk = Desk::in_lobby(columns, rows);
        talk(&mut desk);
        desk.write("half a li");
        assert_snapshot!(name, desk.screen());
    }
}

#[test]
fn the_light_theme_has_its_own_colours_and_no_color_none() {
    for (name, theme) in [
        ("dark", Theme::of(Ground::Dark, Depth::True)),
        ("light", Theme::of(Ground::Light, Depth::True)),
        ("no_color", Theme::of(Ground::Dark, Depth::Mono)),
    ] {
        let mut desk = Desk::in_lobby(100, 24);
        desk.app.theme = theme;
        talk(&mut desk);
        assert_snapshot!(name, styles(&desk));
    }
}

#[test]
fn a_lost_connection_says_so_and_keeps_what_was_typed() {
    let mut desk = Desk::in_lobby(100, 16);
    talk(&mut desk);
    let reason = "the server closed the connection".to_owned();
    desk.tell(Event::Offline { reason, retry_in: Duration::from_secs(8) });
    desk.tell(Event::Outgoing(Outgoing {
        local: 1,
        conversation: "#lobby".into(),
        kind: Kind::Message,
        text: "said meanwhile".into(),
        reply_to: None,
        stage: Stage::Waiting,
    }));
    desk.take(Message::Time(Timestamp(NOON + 3_000)));
    assert_snapshot!("connection_lost", desk.screen());
}

#[test]
fn a_search_shows_what_it_found() {
    let mut desk = Desk::in_lobby(100, 18);
    talk(&mut desk);
    desk.enter("/search morning");
    for seconds in [-90_000, -4_000, 1] {
        let found = Said { origin: Origin::Found, ..said("#lobby", "bob", "good morning!", seconds) };
        desk.tell(Event::Said(found));
    }
    desk.tell(Event::SearchEnd { count: 3, more: false });
    assert_snapshot!("search", desk.screen());
}

#[test]
fn help_lists_the_keys_and_the_switcher_the_conversations() {
    let mut desk = Desk::in_lobby(110, 48);
    talk(&mut desk);
    desk.key(KeyCode::F(1));
    assert_snapshot!("help", desk.screen());
    desk.key(KeyCode::Esc);
    desk.press(KeyCode::Char('k'), KeyModifiers::CONTROL);
    desk.write("b");
    assert_snapshot!("switcher", desk.screen());
}
