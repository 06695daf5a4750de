//! What was sent to a link that was dead already is not lost to a client that can't ask for history.

use crate::support::{PASSWORD, Server};

#[tokio::test]
async fn a_direct_message_to_a_dead_link_comes_again() {
    let server = Server::with(&["--ping-interval-s", "1", "--ping-timeout-s", "1"]);
    server.adduser("alice");
    server.adduser("bob");
    let mut bob = server.connect().await;
    bob.login("bob", PASSWORD, &["server-time"]).await;
    let mut alice = server.connect().await;
    alice.login("alice", PASSWORD, &["echo-message"]).await;
    // From here on bob's client is as good as gone: it takes no part in anything.
    alice.ask("PRIVMSG bob :are you there", "PRIVMSG").await;
    loop {
        let answers = alice.run("PRIVMSG bob :and now").await;
        if answers.iter().any(|message| message.command == "301") {
            break;
        }
    }
    let mut again = server.connect().await;
    let shown = again.login("bob", PASSWORD, &["server-time"]).await;
    assert!(shown.iter().any(|message| message.is("PRIVMSG", &["bob", "are you there"])), "{shown:?}");
}
