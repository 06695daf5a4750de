//! The full-screen program: two people talk, over a restart of the server.

use super::server_with;
use super::two_screens::{Stage, play};
use crate::support::client::READING;
use crate::support::{Door, Screen, Server};
use rustix::process::Signal;

/// Our server, which is stopped and started again.
struct Restarted(Server);

impl Stage for Restarted {
    fn door(&self) -> Door {
        self.0.door()
    }

    async fn cut(&mut self) -> Vec<&'static str> {
        self.0.stop();
        Vec::new()
    }

    fn mend(&mut self) {
        self.0.start_again();
    }

    async fn texts_of(&mut self, account: &str, conversation: &str) -> Vec<String> {
        self.0.login(account, READING).await.latest_texts_of(conversation).await
    }
}

#[tokio::test]
async fn what_two_screens_show_is_what_the_history_holds() {
    play(&mut Restarted(server_with(&["alice", "bob"]))).await;
}

#[test]
fn what_could_not_be_sent_is_told_to_who_leaves() {
    let server = server_with(&["alice"]);
    let mut alice = Screen::start(&server.door(), "alice");
    alice.see("● @alice");
    server.stop();
    alice.see("NOT CONNECTED");
    alice.enter("important");
    alice.see("important … waits");
    alice.write("\u{11}");
    alice.see("1 of your messages could not be sent yet");
    alice.write("y");
    alice.see("not sent to #lobby: important");
    assert_eq!(alice.end(), 0);
}

#[test]
fn the_terminal_is_given_back_at_the_end() {
    let server = server_with(&["alice"]);
    let mut alice = Screen::start(&server.door(), "alice");
    alice.see("● @alice");
    alice.enter("/quit");
    assert_eq!(alice.end(), 0);
}

#[test]
fn what_was_begun_is_there_again_the_next_time() {
    let server = server_with(&["alice"]);
    let mut alice = Screen::start(&server.door(), "alice");
    alice.see("● @alice");
    alice.enter("/join #dev");
    alice.see("│ #dev");
    alice.enter("said before");
    alice.until("it is stored", |screen| screen.contains("said before") && !screen.contains('…'));
    alice.enter("/join #key secret-key");
    alice.see("│ #key");
    alice.write("\u{1b}l");
    alice.see("said before");
    alice.write("\u{1b}m");
    alice.see("muted");
    alice.write("half a");
    alice.see("half a");
    alice.write("\u{11}");
    assert_eq!(alice.end(), 0);
    let file = server.folder().join(".local/state/chat-secure/client.json");
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("half a") && !text.contains("secret-key"), "{text}");

    let mut again = Screen::start(&server.door(), "alice");
    again.see("> half a");
    again.see("said before");
    again.write("\u{1b}[1;5A");
    again.see("> said before");
    again.write("\u{1b}[1;5B\u{1b}m");
    again.see("no longer muted");
    again.signal(Signal::TERM);
    assert_eq!(again.end(), 0);
}

#[test]
fn the_terminal_is_given_back_whatever_ends_the_program() {
    let server = server_with(&["alice"]);
    for signal in [Signal::TERM, Signal::HUP] {
        let alice = Screen::start(&server.door(), "alice");
        alice.see("● @alice");
        assert!(alice.is_taken());
        alice.signal(signal);
        assert!(!alice.is_taken_when_it_ends(), "after {signal:?}");
    }
}
