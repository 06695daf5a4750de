//! The full-screen program on servers of others, where they are at hand.

use super::server_with;
use super::two_screens::{Stage, play};
use crate::support::peer::{Ergo, Soju};
use crate::support::{Cable, Client, Door, Message, Screen};

/// Who stays in the room while the others are cut off.
const STAYED: &str = "carol stayed";

/// Ergo behind a cable. It forgets a room that nobody is in, so carol stays in it.
struct CutErgo {
    ergo: Ergo,
    cable: Cable,
    carol: Client,
}

impl Stage for CutErgo {
    fn door(&self) -> Door {
        Door { port: self.cable.port, ..self.ergo.door() }
    }

    async fn cut(&mut self) -> Vec<&'static str> {
        self.carol.run("JOIN #lobby").await;
        self.cable.cut();
        self.carol.run(&format!("PRIVMSG #lobby :{STAYED}")).await;
        vec![STAYED]
    }

    fn mend(&mut self) {
        self.cable.mend();
    }

    async fn texts_of(&mut self, account: &str, conversation: &str) -> Vec<String> {
        self.ergo.login(account).await.latest_texts_of(conversation).await
    }
}

/// soju behind a cable, connected to our server all the time.
struct CutSoju {
    soju: Soju,
    cable: Cable,
    carol: Client,
}

impl Stage for CutSoju {
    fn door(&self) -> Door {
        Door { port: self.cable.port, ..self.soju.door() }
    }

    async fn cut(&mut self) -> Vec<&'static str> {
        self.cable.cut();
        self.carol.run(&format!("PRIVMSG #lobby :{STAYED}")).await;
        vec![STAYED]
    }

    fn mend(&mut self) {
        self.cable.mend();
    }

    async fn texts_of(&mut self, account: &str, conversation: &str) -> Vec<String> {
        self.soju.login(account).await.latest_texts_of(conversation).await
    }
}

#[tokio::test]
async fn what_two_screens_show_is_what_the_history_of_ergo_holds() {
    let Some(ergo) = Ergo::start(&["alice", "bob", "carol"]).await else { return };
    let cable = Cable::to(ergo.door().port);
    let carol = ergo.login("carol").await;
    play(&mut CutErgo { ergo, cable, carol }).await;
}

#[tokio::test]
async fn what_two_screens_show_is_what_the_history_of_soju_holds() {
    let server = server_with(&["alice", "bob", "carol"]);
    let Some(soju) = Soju::start(&server, &["alice", "bob"]) else { return };
    let cable = Cable::to(soju.door().port);
    let carol = server.login("carol", &[]).await;
    play(&mut CutSoju { soju, cable, carol }).await;
}

#[tokio::test]
async fn soju_takes_files_and_remembers_what_was_read() {
    let server = server_with(&["alice", "bob"]);
    let Some(soju) = Soju::start(&server, &["alice"]) else { return };
    let mut alice = Screen::start(&soju.door(), "alice");
    alice.see("● @alice");
    std::fs::write(soju.door().home.join("notes.txt"), "what is in it").unwrap();
    alice.enter("/upload notes.txt");
    alice.until("it is said", |screen| screen.contains("/uploads/") && !screen.contains('…'));
    let mut bob = server.login("bob", &[]).await;
    bob.run("PRIVMSG #lobby :read this").await;
    alice.see("read this");

    let mut device = soju.login("alice").await;
    device.send("CHATHISTORY LATEST #lobby * 1").await;
    let said = device.until("PRIVMSG").await;
    let time = said.tag("time").unwrap();
    let is_read = |message: &Message| message.last() == format!("timestamp={time}");
    // It is told when it changes, or was there before.
    device.send("MARKREAD #lobby").await;
    device.expect("the mark", is_read).await;
    alice.write("\u{11}");
    assert_eq!(alice.end(), 0);
}
