//! Reactions and replies.

use super::*;
use crate::client::event::Reacted;

fn react(reaction: &str, on: bool) -> Action {
    Action::React { conversation: "#lobby".into(), msgid: "x".into(), reaction: reaction.into(), on }
}

#[test]
fn reactions_are_sent_where_tags_reach_others() {
    let mut script = Script::online();
    script.act(react("🎉", true));
    script.act(react("🎉", false));
    assert_eq!(
        script.lines(),
        [
            "@+draft/react=🎉;+reply=x;+draft/reply=x TAGMSG #lobby",
            "@+draft/unreact=🎉;+reply=x;+draft/reply=x TAGMSG #lobby"
        ]
    );
    script.act(react("", true));
    script.act(react(&"long".repeat(20), true));
    assert_eq!(script.lines(), [""; 0]);
    assert_eq!(script.events().len(), 2);
    let mut script = Script::watching("", "CLIENTTAGDENY=*,-reply");
    script.act(react("🎉", true));
    assert_eq!(script.lines(), [""; 0]);
    let reason = "this server carries no reactions".into();
    assert_eq!(script.events(), [Event::Failed { reason, unsent: None }]);
}

#[test]
fn reactions_are_told_once_with_their_message() {
    let mut script = Script::online();
    script.server(&[
        "@msgid=1;+draft/react=y;+draft/reply=x :bob!b@h TAGMSG #lobby",
        "@msgid=2;+draft/unreact=y;+reply=x :bob!b@h TAGMSG #lobby",
        "@msgid=3;+draft/react=z;+reply=x :alice!a@h TAGMSG bob",
        "@msgid=3;+draft/react=z;+reply=x :alice!a@h TAGMSG bob",
        "@msgid=4;+draft/react=y :bob!b@h TAGMSG #lobby",
        "@msgid=5;+reply=x :bob!b@h TAGMSG #lobby",
    ]);
    let row = |event| {
        let Event::Reacted(reacted) = event else { panic!("{event:?}") };
        let Reacted { conversation, from, msgid, reaction, on, own, .. } = reacted;
        format!("{conversation} {from} {msgid} {reaction} {on} {own}")
    };
    let told: Vec<_> = script.events().into_iter().map(row).collect();
    let expected = ["#lobby bob x y true false", "#lobby bob x y false false", "bob alice x z true true"];
    assert_eq!(told, expected);
}

#[test]
fn who_hears_no_echo_is_told_of_ones_own_reaction() {
    let mut script = Script::signing_in();
    script.connect_to("message-tags sasl", "#lobby");
    script.events();
    script.act(react("y", true));
    assert!(matches!(&script.events()[..], [Event::Reacted(Reacted { own: true, on: true, .. })]));
}

#[test]
fn answers_name_their_message() {
    let mut script = Script::online();
    script.server(&[
        "@+draft/reply=x;account=Bob :bob!b@h PRIVMSG #lobby :yes",
        "@+reply=y :bob!b@h PRIVMSG #lobby :no",
        ":bob!b@h PRIVMSG #lobby :so",
    ]);
    let row = |event| {
        let Event::Said(said) = event else { panic!("{event:?}") };
        (said.reply_to, said.account)
    };
    let told: Vec<_> = script.events().into_iter().map(row).collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(told, [(some("x"), some("Bob")), (some("y"), None), (None, None)]);
}

#[test]
fn a_chosen_message_is_edited_and_taken_back() {
    let mut script = Script::with("chat-secure/message-edit draft/message-redaction");
    let (conversation, msgid) = ("#lobby".to_owned(), Some("z".to_owned()));
    script.act(Action::Edit { conversation: conversation.clone(), msgid: msgid.clone(), text: "new".into() });
    script.act(Action::Redact { conversation, msgid });
    assert_eq!(script.lines(), ["@label=amend EDIT #lobby z new", "@label=amend REDACT #lobby z"]);
}
