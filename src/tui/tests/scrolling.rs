//! Moving through the history: without a seam, never losing the place.

use crossterm::event::{KeyCode, KeyModifiers};
use proptest::prelude::*;

use super::*;
use crate::client::action::{Mark, Place};
use crate::client::event::{Entry, Page};
use crate::tui::conversation::{Anchor, Reach};

const LOBBY: &str = "#lobby";

fn mark(seconds: i64) -> Mark {
    Mark { msgid: Some(format!("{LOBBY}-bob-{seconds}")), at: Timestamp(NOON + seconds * 1_000) }
}

/// The page that a server with a message in every second from `-limit` on gives.
fn page(place: &Place, limit: i64) -> Page {
    let seconds = |mark: &Mark| (mark.at.0 - NOON).div_euclid(1_000);
    let (from, to) = match place {
        Place::Before(mark) => (seconds(mark) - 50, seconds(mark) - 1),
        Place::After(mark) => (seconds(mark) + 1, seconds(mark) + 50),
        Place::Around(mark) => (seconds(mark) - 25, seconds(mark) + 25),
        Place::Latest => (-49, 0),
        Place::Between(from, to) => (seconds(from) + 1, seconds(to) - 1),
    };
    let (from, to) = (from.max(-limit), to.min(0));
    let entry = |seconds: i64| {
        let text =
            format!("message {seconds} {}", "word ".repeat(usize::try_from(-seconds % 40).unwrap_or(0)));
        Entry::Said(Said { origin: Origin::Asked, ..said(LOBBY, "bob", &text, seconds) })
    };
    let (first, last) = (Some(mark(from)), Some(mark(to)));
    let some = from <= to;
    Page {
        conversation: LOBBY.into(),
        place: place.clone(),
        entries: (from..=to).map(entry).collect(),
        first: first.filter(|_| some),
        last: last.filter(|_| some),
        older: from > -limit,
        newer: to < 0,
    }
}

/// Answers what was asked for, until nothing is.
fn serve(desk: &mut Desk, limit: i64) -> usize {
    let mut pages = 0;
    loop {
        let asked: Vec<Place> = desk
            .actions()
            .into_iter()
            .filter_map(|action| if let Action::Page { place, .. } = action { Some(place) } else { None })
            .collect();
        if asked.is_empty() {
            return pages;
        }
        for place in asked {
            pages += 1;
            desk.tell(Event::Page(page(&place, limit)));
        }
    }
}

fn lobby(columns: u16, rows: u16, limit: i64) -> Desk {
    let mut desk = Desk::in_lobby(columns, rows);
    // The question on entering was answered by nobody.
    desk.app.conversations.values_mut().for_each(|conversation| conversation.older = Reach::Unknown);
    for seconds in -20..=0 {
        desk.tell(Event::Said(Said {
            origin: Origin::Earlier,
            ..said(LOBBY, "bob", &format!("message {seconds}"), seconds)
        }));
    }
    serve(&mut desk, limit);
    desk
}

fn top_row(desk: &Desk) -> String {
    desk.screen().lines().nth(1).unwrap_or_default().to_owned()
}

#[test]
fn scrolling_up_fetches_older_messages_and_the_view_stays() {
    let mut desk = lobby(70, 20, 400);
    let mut seen = Vec::new();
    for _ in 0..200 {
        desk.press(KeyCode::PageUp, KeyModifiers::NONE);
        let before = desk.screen();
        let pages = serve(&mut desk, 400);
        if pages > 0 {
            assert_eq!(before, desk.screen(), "the view moved");
        }
        seen.push(top_row(&desk));
    }
    let conversation = desk.app.conversation().unwrap();
    assert_eq!(conversation.lines.len(), 401);
    assert_eq!(conversation.older, Reach::Complete);
    assert!(desk.screen().contains("message -400"), "{}", desk.screen());
    for _ in 0..200 {
        desk.press(KeyCode::PageDown, KeyModifiers::NONE);
    }
    assert_eq!(desk.app.conversation().unwrap().anchor, Anchor::End);
}

#[test]
fn what_arrives_does_not_move_who_reads_earlier_lines() {
    let mut desk = lobby(70, 20, 400);
    desk.press(KeyCode::PageUp, KeyModifiers::NONE);
    serve(&mut desk, 400);
    let before = desk.screen();
    for seconds in 1..30 {
        desk.tell(Event::Said(said(LOBBY, "carol", "more", seconds)));
    }
    let messages = |screen: &str| {
        screen.lines().skip(1).take(15).map(|l| l.chars().skip(20).collect()).collect::<Vec<String>>()
    };
    assert_eq!(messages(&before), messages(&desk.screen()));
    assert_eq!(desk.app.conversation().unwrap().unread, 29);
    desk.press(KeyCode::End, KeyModifiers::CONTROL);
    assert!(desk.screen().contains("more"));
    assert_eq!(desk.app.conversation().unwrap().unread, 0);
}

#[test]
fn a_jump_goes_there_and_scrolling_down_comes_back_without_a_gap() {
    let mut desk = lobby(70, 20, 4_000);
    let here = desk.app.conversation().unwrap().lines.len();
    desk.enter("/goto 2026-11-20 11:20");
    serve(&mut desk, 4_000);
    assert!(desk.screen().contains("message -2400"), "{}", desk.screen());
    assert!(desk.app.conversation().unwrap().excursion.is_some());
    for _ in 0..2_000 {
        desk.press(KeyCode::PageDown, KeyModifiers::NONE);
        serve(&mut desk, 4_000);
    }
    let conversation = desk.app.conversation().unwrap();
    assert!(conversation.excursion.is_none());
    assert_eq!(conversation.anchor, Anchor::End);
    assert!(conversation.lines.len() > here + 2_000);
    let mut place = conversation.lines.first();
    let mut before = None;
    while let Some(line) = place.and_then(|place| conversation.lines.line(place)) {
        assert!(
            before.is_none_or(|before| line.key.at.0 - before == 1_000),
            "a gap or a double: {}",
            line.text
        );
        before = Some(line.key.at.0);
        place = place.and_then(|place| conversation.lines.after(place));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn the_line_at_the_edge_stays_whatever_is_loaded(
        moves in prop::collection::vec((0_u8..5, 30_u16..110, 8_u16..40), 1..40)
    ) {
        let mut desk = lobby(80, 24, 300);
        for (what, columns, rows) in moves {
            match what {
                0 | 1 => desk.press(KeyCode::PageUp, KeyModifiers::NONE),
                2 => desk.press(KeyCode::PageDown, KeyModifiers::NONE),
                3 => desk.take(Message::Resize(columns, rows)),
                _ => desk.press(KeyCode::PageUp, KeyModifiers::ALT),
            }
            let anchor = desk.app.conversation().unwrap().anchor;
            serve(&mut desk, 300);
            prop_assert_eq!(anchor, desk.app.conversation().unwrap().anchor);
        }
    }
}
