//! What lines mean, by tables.

use super::*;
use crate::client::action::Search;

fn meaning(line: &str) -> Input {
    read(line, Context { room: "#lobby", now: Timestamp(1_763_640_000_000), shortcuts: true })
}

fn said(target: &str, text: &str) -> Action {
    say(target, text, Kind::Message)
}

#[test]
fn lines_are_messages_unless_they_are_commands() {
    let to_lobby = |text: &str| Input::Do(said("#lobby", text));
    let table = [
        ("", Input::Nothing),
        ("   ", Input::Nothing),
        ("hello there", to_lobby("hello there")),
        ("  indented", to_lobby("  indented")),
        ("//slash", to_lobby("/slash")),
        ("quit it", to_lobby("quit it")),
        ("#", to_lobby("#")),
        ("@", to_lobby("@")),
        ("quit", Input::Quit(String::new())),
        ("Exit", Input::Quit(String::new())),
        ("bye ", Input::Quit(String::new())),
        ("/exit see you", Input::Quit("see you".into())),
        ("#dev hi all", Input::In("#dev".into(), Some(said("#dev", "hi all")))),
        ("#dev", Input::In("#dev".into(), Some(Action::Join { room: "#dev".into(), key: None }))),
        ("@bob hi you", Input::Do(said("bob", "hi you"))),
        ("/msg @bob hi you", Input::Do(said("bob", "hi you"))),
        ("/msg #dev hi", Input::Do(said("#dev", "hi"))),
        ("/me waves", Input::Do(say("#lobby", "waves", Kind::Action))),
        (
            "/join dev key",
            Input::In("#dev".into(), Some(Action::Join { room: "#dev".into(), key: Some("key".into()) })),
        ),
        ("/part", Input::Do(Action::Part { room: "#lobby".into() })),
        ("/users", Input::Do(Action::Members { room: "#lobby".into() })),
        ("/TOPIC new one", Input::Do(Action::Topic { room: "#lobby".into(), text: Some("new one".into()) })),
        ("/topic", Input::Do(Action::Topic { room: "#lobby".into(), text: None })),
        ("/away", Input::Do(Action::Away { text: None })),
        ("/invite bob", Input::Do(Action::Invite { nick: "bob".into(), room: "#lobby".into() })),
        ("/rooms", Input::Do(Action::Rooms)),
        ("/help", Input::Help),
    ];
    for (line, expected) in table {
        assert_eq!(meaning(line), expected, "{line}");
    }
}

#[test]
fn in_a_pipe_only_the_slash_is_special() {
    let context = Context { room: "#lobby", now: Timestamp(0), shortcuts: false };
    for line in ["quit", "#1 is broken", "@bob look", "exit"] {
        assert_eq!(read(line, context), Input::Do(said("#lobby", line)));
    }
    assert_eq!(read("/quit", context), Input::Quit(String::new()));
    assert_eq!(read("//x", context), Input::Do(said("#lobby", "/x")));
}

#[test]
fn mistakes_are_answered_with_what_to_type() {
    let table = [
        ("/histroy", "did you mean /history?"),
        ("/jion #a", "did you mean /join?"),
        ("/xyzzy", "/help shows all"),
        ("/join", "usage: /join ROOM [KEY]"),
        ("/msg bob", "usage: /msg TARGET TEXT"),
        ("/history none", "usage: /history"),
        ("/history 0", "usage: /history"),
        ("/history since whenever", "usage: /history"),
        ("@bob", "@bob TEXT"),
        ("/edit", "usage: /edit [#ROOM|@USER] TEXT"),
        ("/edit @bob", "usage: /edit"),
        ("/delete all of it", "usage: /delete [#ROOM|@USER]"),
        ("/search", "usage: /search WORDS"),
        ("/search x after:never", "after:never names no time"),
        ("/search x in:dev", "in:#room or in:@bob"),
        ("/search x from:", "from:bob"),
    ];
    for (line, part) in table {
        let Input::Wrong(text) = meaning(line) else { panic!("{line} was understood") };
        assert!(text.contains(part), "{line}: {text}");
    }
}

#[test]
fn history_is_asked_for_by_number_or_time() {
    let asked = |conversation: &str, stretch| {
        Input::Do(Action::History { conversation: conversation.into(), stretch })
    };
    assert_eq!(meaning("/history"), asked("#lobby", Stretch::Last(20)));
    assert_eq!(meaning("/history 5"), asked("#lobby", Stretch::Last(5)));
    assert_eq!(meaning("/history #dev 5"), asked("#dev", Stretch::Last(5)));
    assert_eq!(meaning("/history @bob"), asked("bob", Stretch::Last(20)));
    assert_eq!(meaning("/history since 2h"), asked("#lobby", Stretch::Since(Timestamp(1_763_632_800_000))));
    for time in ["14:00", "2026-11-19", "2026-11-19 14:00", "today", "yesterday", "30m", "3d"] {
        let line = format!("/history since {time}");
        assert!(
            matches!(meaning(&line), Input::Do(Action::History { stretch: Stretch::Since(_), .. })),
            "{line}"
        );
    }
}

#[test]
fn amendments_are_for_the_current_room_unless_another_is_named() {
    let edit = |conversation: &str, text: &str| {
        Input::Do(Action::Edit { conversation: conversation.into(), msgid: None, text: text.into() })
    };
    let redact =
        |conversation: &str| Input::Do(Action::Redact { conversation: conversation.into(), msgid: None });
    assert_eq!(meaning("/edit the text"), edit("#lobby", "the text"));
    assert_eq!(meaning("/edit @bob the text"), edit("bob", "the text"));
    assert_eq!(meaning("/edit #dev the text"), edit("#dev", "the text"));
    assert_eq!(meaning("/edit # is a sign"), edit("#lobby", "# is a sign"));
    assert_eq!(meaning("/delete"), redact("#lobby"));
    assert_eq!(meaning("/delete @bob"), redact("bob"));
}

#[test]
fn a_search_is_words_and_what_narrows_them() {
    let search = |search| Input::Do(Action::Search(search));
    let words = |words: &str| Search { words: Some(words.into()), ..Search::default() };
    assert_eq!(meaning("/search release  notes"), search(words("release notes")));
    assert_eq!(meaning("/search \"http://x\" at 14:00"), search(words("\"http://x\" at 14:00")));
    let narrowed = Search {
        from: Some("bob".into()),
        conversation: Some("#dev".into()),
        after: Some(Timestamp(1_763_632_800_000)),
        before: Some(Timestamp(1_763_636_400_000)),
        ..words("notes")
    };
    assert_eq!(meaning("/search in:#dev notes from:@bob after:2h before:1h"), search(narrowed));
    let direct = Search { conversation: Some("bob".into()), ..Search::default() };
    assert_eq!(meaning("/search in:@bob"), search(direct));
}
