//! Read markers: told, sent, never moved back.

use super::*;

fn read(second: i64) -> Action {
    Action::MarkRead { conversation: "#lobby".into(), at: NOW.after_ms(second * 1000) }
}

fn marks(script: &mut Script) -> Vec<String> {
    script.state.tick(NOW);
    script.lines().into_iter().filter(|line| line.starts_with("MARKREAD")).collect()
}

#[test]
fn markers_are_told_whoever_moves_them() {
    let mut script = Script::watching("draft/read-marker", "");
    script.server(&[
        ":alice!a@h MARKREAD #lobby *",
        ":alice!a@h MARKREAD #lobby timestamp=2025-11-20T12:00:05.000Z",
        ":alice!a@h MARKREAD #lobby timestamp=2025-11-20T12:00:01.000Z",
    ]);
    let row = |event| {
        let Event::Marked { at, .. } = event else { panic!("{event:?}") };
        at.map(|at| at.0 - NOW.0)
    };
    let told: Vec<_> = script.events().into_iter().map(row).collect();
    assert_eq!(told, [None, Some(5_000), Some(5_000)]);
}

#[test]
fn what_was_read_is_told_once_and_never_back() {
    let mut script = Script::watching("draft/read-marker", "");
    for second in [3, 5, 4] {
        script.act(read(second));
    }
    assert_eq!(marks(&mut script), ["MARKREAD #lobby timestamp=2025-11-20T12:00:05.000Z"]);
    script.server(&[":alice!a@h MARKREAD #lobby timestamp=2025-11-20T12:00:07.000Z"]);
    script.act(read(6));
    assert_eq!(marks(&mut script), [""; 0]);
    script.state.disconnected();
    script.act(read(9));
    script.connect_to(&format!("{GRANTED} draft/read-marker"), "#lobby");
    assert_eq!(marks(&mut script), ["MARKREAD #lobby timestamp=2025-11-20T12:00:09.000Z"]);
}

#[test]
fn nothing_is_marked_where_the_server_keeps_no_markers() {
    let mut script = Script::watching("", "");
    script.act(read(3));
    assert_eq!(marks(&mut script), [""; 0]);
}
