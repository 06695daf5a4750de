//! Two people talk on full screens, with an outage in between: both see what the server's history holds.
//!
//! Knows no server: it is played on a [`Stage`].

use crate::support::{Door, Screen};

/// A server, and a connection to it that can break.
pub(super) trait Stage {
    /// Where alice and bob go.
    fn door(&self) -> Door;
    /// The connections break. What others say in the room meanwhile.
    async fn cut(&mut self) -> Vec<&'static str>;
    /// The way is open again.
    fn mend(&mut self);
    /// All that the server holds of a conversation, as this account sees it.
    async fn texts_of(&mut self, account: &str, conversation: &str) -> Vec<String>;
}

/// Plays it, on a stage with the accounts alice and bob, where `#lobby` is nobody's but theirs.
pub(super) async fn play(stage: &mut impl Stage) {
    let mut alice = Screen::start(&stage.door(), "alice");
    alice.see("● @alice");
    let mut bob = Screen::start(&stage.door(), "bob");
    bob.see("● bob");
    alice.see("● bob");
    let mut said = talk(&mut alice, &mut bob);
    whisper(stage, &mut alice, &mut bob).await;

    let meanwhile = stage.cut().await;
    for screen in [&alice, &bob] {
        screen.see("NOT CONNECTED");
    }
    alice.enter("said while it was gone");
    alice.see("said while it was gone … waits");
    stage.mend();
    bob.see("said while it was gone");
    alice.until("it is stored", |screen| !screen.contains('…'));
    bob.enter("and after");
    alice.see("and after");
    bob.until("bob's is stored", |screen| screen.contains("and after") && !screen.contains("after …"));

    said.extend(meanwhile);
    said.extend(["said while it was gone", "and after"]);
    assert_eq!(alice.messages(), said, "{}", alice.text());
    assert_eq!(bob.messages(), said, "{}", bob.text());
    let stored = stage.texts_of("alice", "#lobby").await;
    assert_eq!(stored.iter().flat_map(|text| text.lines()).collect::<Vec<_>>(), said);
    for mut screen in [alice, bob] {
        screen.write("\u{11}");
        assert_eq!(screen.end(), 0);
    }
}

/// In the room; what was said, line by line.
fn talk(alice: &mut Screen, bob: &mut Screen) -> Vec<&'static str> {
    alice.enter("hello bob");
    bob.see("hello bob");
    bob.enter("hello alice 日本語");
    alice.see("hello alice 日本語");
    bob.enter("two lines:\u{1b}\rand the second");
    alice.see("and the second");
    vec!["hello bob", "hello alice 日本語", "two lines:", "and the second"]
}

/// Among themselves, and back in the room.
async fn whisper(stage: &mut impl Stage, alice: &mut Screen, bob: &mut Screen) {
    alice.enter("@bob not for the room");
    alice.see("not for the room");
    bob.see("@1");
    bob.write("\u{1b}a");
    bob.see("not for the room");
    bob.enter("nor is this");
    alice.see("nor is this");
    bob.until("it is stored", |screen| screen.contains("nor is this") && !screen.contains('…'));
    let said = ["not for the room", "nor is this"];
    for screen in [&*alice, &*bob] {
        let text = screen.text();
        assert_eq!(said.map(|said| text.matches(said).count()), [1, 1], "{text}");
    }
    assert_eq!(stage.texts_of("alice", "bob").await, said);
    for screen in [alice, bob] {
        screen.write("\u{1b}l");
        screen.see("hello bob");
    }
}
