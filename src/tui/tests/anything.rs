//! Whatever is pressed, told, or done to the window: nothing breaks.

use crossterm::event::{KeyCode, KeyModifiers};
use proptest::prelude::*;

use super::*;
use crate::client::event::{Reacted, Redacted};
use crate::tui::app::Pointer;

#[derive(Clone, Debug)]
enum Step {
    Press(KeyCode, KeyModifiers),
    Paste(String),
    Resize(u16, u16),
    Mouse(Pointer, u16, u16),
    Focus(bool),
    Tell(Event),
    Pass(i64),
}

fn key() -> impl Strategy<Value = Step> {
    let code = prop_oneof![
        8 => prop::char::any().prop_map(KeyCode::Char),
        8 => prop::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Up, KeyCode::Down, KeyCode::Left, KeyCode::Right,
            KeyCode::PageUp, KeyCode::PageDown, KeyCode::Home, KeyCode::End, KeyCode::Tab, KeyCode::BackTab,
            KeyCode::Backspace, KeyCode::Delete, KeyCode::F(1), KeyCode::F(2), KeyCode::F(7), KeyCode::F(8),
        ]),
        4 => prop::sample::select("akljnpqrecofgmuwzy/#@".chars().collect::<Vec<_>>()).prop_map(KeyCode::Char),
    ];
    let modifiers = prop::sample::select(vec![
        KeyModifiers::NONE,
        KeyModifiers::NONE,
        KeyModifiers::CONTROL,
        KeyModifiers::ALT,
        KeyModifiers::SHIFT,
    ]);
    (code, modifiers).prop_map(|(code, modifiers)| Step::Press(code, modifiers))
}

fn told() -> impl Strategy<Value = Event> {
    let name = prop::sample::select(vec!["#lobby", "#dev", "bob", "carol", "alice", "#ÄÖ", ""]);
    let text = prop_oneof![any::<String>(), Just("alice: 👩‍👩‍👧 \u{1b}[31m\u{202e}x\n\ny".to_owned())];
    (name.clone(), name, text, -3_000_i64..3_000, 0_u8..9).prop_map(|(place, from, text, seconds, what)| {
        let said = said(place, from, &text, seconds);
        let (conversation, msgid, at) = (said.conversation.clone(), said.msgid.clone().unwrap(), said.at);
        let (own, origin) = (said.own, said.origin);
        match what {
            0..=3 => Event::Said(said),
            4 => {
                let reaction = text;
                let from = from.into();
                Event::Reacted(Reacted { conversation, from, msgid, reaction, on: true, at, own, origin })
            }
            5 => Event::Redacted(Redacted {
                conversation,
                by: from.into(),
                msgid,
                reason: text,
                at,
                own,
                origin,
            }),
            6 => joined(place, from, from == "alice"),
            7 => Event::Topic { room: conversation, by: Some(from.into()), text },
            _ => Event::Left { room: conversation, nick: from.into(), own, reason: text, at },
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let pointer = prop::sample::select(vec![Pointer::Click, Pointer::Up, Pointer::Down]);
    prop_oneof![
        10 => key(),
        1 => any::<String>().prop_map(Step::Paste),
        3 => (0_u16..130, 0_u16..40).prop_map(|(columns, rows)| Step::Resize(columns, rows)),
        3 => (pointer, 0_u16..130, 0_u16..40).prop_map(|(pointer, column, row)| Step::Mouse(pointer, column, row)),
        1 => any::<bool>().prop_map(Step::Focus),
        8 => told().prop_map(Step::Tell),
        1 => (0_i64..100_000).prop_map(Step::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_that_happens_breaks_the_screen(steps in prop::collection::vec(step(), 1..120)) {
        let mut desk = Desk::in_lobby(80, 24);
        for step in steps {
            match step {
                Step::Press(code, modifiers) => desk.press(code, modifiers),
                Step::Paste(text) => desk.take(Message::Paste(text)),
                Step::Resize(columns, rows) => desk.take(Message::Resize(columns, rows)),
                Step::Mouse(pointer, column, row) => desk.take(Message::Mouse(pointer, column, row)),
                Step::Focus(focused) => desk.take(Message::Focus(focused)),
                Step::Tell(event) => desk.tell(event),
                Step::Pass(ms) => desk.take(Message::Time(desk.app.now.after_ms(ms))),
            }
            let screen = desk.screen();
            let harmless = |c: char| c == '\n' || !c.is_control();
            prop_assert!(screen.chars().all(harmless), "{:?}", screen);
        }
    }
}
