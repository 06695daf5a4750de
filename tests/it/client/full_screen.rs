//! The full-screen program: two people talk, over a restart of the server.

use super::server_with;
use super::two_screens::{Stage, play};
use crate::support::client::READING;
use crate::support::{Door, Screen, Server};

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
        self.0.login(account, READING).await.texts_of(conversation).await
    }
}

#[tokio::test]
async fn what_two_screens_show_is_what_the_history_holds() {
    play(&mut Restarted(server_with(&["alice", "bob"]))).await;
}

#[test]
fn the_terminal_is_given_back_at_the_end() {
    let server = server_with(&["alice"]);
    let mut alice = Screen::start(&server.door(), "alice");
    alice.see("● @alice");
    alice.enter("/quit");
    assert_eq!(alice.end(), 0);
}
