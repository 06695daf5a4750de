//! The full-screen program on servers of others, where they are at hand.

use super::two_screens::{Stage, play};
use crate::support::peer::Ergo;
use crate::support::{Cable, Client, Door};

/// Ergo behind a cable. It forgets a room that nobody is in, so carol stays in it.
struct Cut {
    ergo: Ergo,
    cable: Cable,
    carol: Client,
}

impl Stage for Cut {
    fn door(&self) -> Door {
        Door { port: self.cable.port, ..self.ergo.door() }
    }

    async fn cut(&mut self) -> Vec<&'static str> {
        self.carol.run("JOIN #lobby").await;
        self.cable.cut();
        let said = "carol stayed";
        self.carol.run(&format!("PRIVMSG #lobby :{said}")).await;
        vec![said]
    }

    fn mend(&mut self) {
        self.cable.mend();
    }

    async fn texts_of(&mut self, account: &str, conversation: &str) -> Vec<String> {
        self.ergo.login(account).await.texts_of(conversation).await
    }
}

#[tokio::test]
async fn what_two_screens_show_is_what_the_history_of_ergo_holds() {
    let Some(ergo) = Ergo::start(&["alice", "bob", "carol"]).await else { return };
    let cable = Cable::to(ergo.door().port);
    let carol = ergo.login("carol").await;
    let mut stage = Cut { ergo, cable, carol };
    play(&mut stage).await;
}
