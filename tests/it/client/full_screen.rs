//! The full-screen program: two people talk, over a restart of the server.

use super::server_with;
use crate::support::Screen;

#[tokio::test]
async fn what_two_screens_show_is_what_the_history_holds() {
    let mut server = server_with(&["alice", "bob"]);
    let mut alice = Screen::start(&server, "alice");
    alice.see("● @alice");
    let mut bob = Screen::start(&server, "bob");
    bob.see("● bob");
    alice.see("bob joined");
    alice.enter("hello bob");
    bob.see("hello bob");
    bob.enter("hello alice 日本語");
    alice.see("hello alice 日本語");
    bob.enter("two lines:\u{1b}\rand the second");
    alice.see("and the second");

    server.stop();
    for screen in [&alice, &bob] {
        screen.see("NOT CONNECTED");
    }
    alice.enter("said while it was gone");
    alice.see("said while it was gone … waits");
    server.start_again();
    bob.see("said while it was gone");
    alice.until("it is stored", |screen| !screen.contains('…'));
    bob.enter("and after");
    alice.see("and after");
    bob.until("bob's is stored", |screen| screen.contains("and after") && !screen.contains("after …"));

    let said = [
        "hello bob",
        "hello alice 日本語",
        "two lines:",
        "and the second",
        "said while it was gone",
        "and after",
    ];
    assert_eq!(alice.messages(), said, "{}", alice.text());
    assert_eq!(bob.messages(), said, "{}", bob.text());
    let stored: Vec<String> = server.texts_of("#lobby").await;
    assert_eq!(stored.iter().flat_map(|text| text.lines()).collect::<Vec<_>>(), said);
    for mut screen in [alice, bob] {
        screen.write("\u{11}");
        assert_eq!(screen.end(), 0);
    }
}

#[test]
fn the_terminal_is_given_back_at_the_end() {
    let server = server_with(&["alice"]);
    let mut alice = Screen::start(&server, "alice");
    alice.see("● @alice");
    alice.enter("/quit");
    assert_eq!(alice.end(), 0);
}
