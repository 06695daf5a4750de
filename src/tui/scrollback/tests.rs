//! The packed lines: their order, finding them again, changing them, and what they cost.

use proptest::prelude::*;

use super::*;

fn new(at: i64, text: &str) -> New<'_> {
    let marks = Marks::default();
    New { at: Timestamp(at), nick: "bob", text, msgid: text, sort: Sort::Message, marks }
}

fn texts(lines: &Scrollback) -> Vec<String> {
    let mut texts = Vec::new();
    let mut place = lines.first();
    while let Some(line) = place.and_then(|place| lines.line(place)) {
        texts.push(line.text.to_owned());
        place = place.and_then(|place| lines.after(place));
    }
    texts
}

#[test]
fn lines_stand_in_the_order_of_their_time_and_then_of_their_coming() {
    let mut lines = Scrollback::default();
    for (at, text) in [(5, "c"), (9, "e"), (5, "d"), (1, "b")] {
        lines.push(&new(at, text));
    }
    lines.prepend(&[new(0, "x"), new(1, "a")]);
    assert_eq!(texts(&lines), ["x", "a", "b", "c", "d", "e"]);
    assert_eq!(lines.len(), 6);
}

#[test]
fn a_message_is_found_by_its_name_and_by_its_time() {
    let mut lines = Scrollback::default();
    for number in 0..2_000 {
        lines.push(&new(number / 2, &number.to_string()));
    }
    let place = lines.find_message("1234").unwrap();
    let line = lines.line(place).unwrap();
    assert_eq!((line.text, line.key.at), ("1234", Timestamp(617)));
    assert_eq!(lines.find(line.key), Some(place));
    assert!(lines.has_message("1234", Timestamp(617)) && !lines.has_message("1234", Timestamp(618)));
    let first = lines.at_or_after(Timestamp(617)).and_then(|place| lines.line(place)).unwrap();
    assert_eq!(first.text, "1234");
    assert_eq!(lines.at_or_after(Timestamp(5_000)), None);
    assert_eq!(lines.find_message(""), None);
}

#[test]
fn a_changed_line_keeps_its_name_and_place() {
    let mut lines = Scrollback::default();
    let keys: Vec<_> = ["a", "b", "c"].iter().map(|text| lines.push(&new(1, text))).collect();
    let place = lines.find(keys[1]).unwrap();
    lines.change(place, Some("another"), Marks { edited: true, ..Marks::default() });
    assert_eq!(texts(&lines), ["a", "another", "c"]);
    assert_eq!(lines.find_message("b"), Some(place));
    lines.remove(place);
    assert_eq!(texts(&lines), ["a", "c"]);
    assert_eq!(lines.find(keys[1]), None);
    assert!(lines.find(keys[2]).is_some());
}

#[test]
fn a_line_takes_few_bytes_beside_its_text() {
    assert!(size_of::<Packed>() <= 40, "{}", size_of::<Packed>());
}

proptest! {
    #[test]
    fn whatever_comes_in_whatever_order_nothing_is_lost(
        steps in prop::collection::vec((0_i64..50, any::<bool>()), 0..1_500)
    ) {
        let mut lines = Scrollback::default();
        let mut keys = Vec::new();
        let mut earliest = 0;
        for (number, (at, front)) in steps.iter().enumerate() {
            let text = number.to_string();
            if *front {
                earliest -= at;
                lines.prepend(&[new(earliest, &text)]);
            } else {
                keys.push((lines.push(&new(*at, &text)), text));
            }
        }
        prop_assert_eq!(lines.len(), steps.len());
        let mut place = lines.first();
        let mut before = Timestamp(i64::MIN);
        let mut count = 0;
        while let Some(line) = place.and_then(|place| lines.line(place)) {
            prop_assert!(before <= line.key.at);
            before = line.key.at;
            count += 1;
            place = place.and_then(|place| lines.after(place));
        }
        prop_assert_eq!(count, steps.len());
        for (key, text) in keys {
            let line = lines.find(key).and_then(|place| lines.line(place)).unwrap();
            prop_assert_eq!(line.text, text);
        }
    }
}
