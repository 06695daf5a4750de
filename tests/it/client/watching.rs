//! The library against the real server: what a screen shows and sends beyond lines.

use std::collections::BTreeSet;

use chat_secure::client::action::{Place, Typing};
use chat_secure::client::event::{Entry, Presence, Reacted};
use chat_secure::client::{Action, Event};

use super::server_with;
use super::watcher::{Watcher, texts};

const LOBBY: &str = "#lobby";

fn reacted(event: &Event) -> Option<Reacted> {
    if let Event::Reacted(reacted) = event { Some(reacted.clone()) } else { None }
}

#[tokio::test]
async fn a_reaction_is_seen_by_others_and_found_in_history() {
    let server = server_with(&["alice", "bob"]);
    let (mut alice, mut bob) = (Watcher::start(&server, "alice").await, Watcher::start(&server, "bob").await);
    alice.say(LOBBY, "cake at four").await;
    let message = bob.until_said("cake at four").await;
    let (conversation, msgid) = (LOBBY.to_owned(), message.msgid.clone().unwrap());
    let react = |on| Action::React {
        conversation: conversation.clone(),
        msgid: msgid.clone(),
        reaction: "🎂".into(),
        on,
    };
    bob.act(react(true)).await;
    let seen = alice.until("the reaction", reacted).await;
    assert_eq!((seen.from.as_str(), seen.reaction.as_str(), seen.msgid.as_str()), ("bob", "🎂", &*msgid));
    assert!(seen.on && !seen.own);
    assert!(bob.until("the echo", reacted).await.own);
    let kind = chat_secure::client::action::Kind::Message;
    let reply_to = Some(msgid.clone());
    bob.act(Action::Say { target: conversation.clone(), text: "coming".into(), kind, reply_to }).await;
    let said = |event: &Event| {
        if let Event::Said(said) = event
            && said.text == "coming"
        {
            Some(said.clone())
        } else {
            None
        }
    };
    let answer = alice.until("the answer", said).await;
    assert_eq!((answer.reply_to, answer.account.as_deref()), (Some(msgid.clone()), Some("bob")));
    bob.act(react(false)).await;
    assert!(!alice.until("the reaction taken back", reacted).await.on);

    let mut later = Watcher::start(&server, "alice").await;
    let page = later.page(LOBBY, Place::After(message)).await;
    let reactions = page.entries.iter().filter_map(|entry| match entry {
        Entry::Reacted(reacted) => Some((reacted.reaction.as_str(), reacted.on)),
        Entry::Said(_) | Entry::Edited(_) | Entry::Redacted(_) => None,
    });
    assert_eq!(reactions.collect::<Vec<_>>(), [("🎂", true), ("🎂", false)], "{page:?}");
    assert_eq!(texts(&page), ["coming"]);
}

#[tokio::test]
async fn others_see_who_writes() {
    let server = server_with(&["alice", "bob"]);
    let (mut alice, mut bob) = (Watcher::start(&server, "alice").await, Watcher::start(&server, "bob").await);
    let writes = |event: &Event| {
        if let Event::Typing { conversation, nick, typing } = event {
            Some((conversation.clone(), nick.clone(), *typing))
        } else {
            None
        }
    };
    for (target, conversation) in [(LOBBY, LOBBY), ("bob", "alice")] {
        let typing = |typing| Action::Typing { conversation: target.into(), typing };
        alice.act(typing(Typing::Active)).await;
        let seen = bob.until("that alice writes", writes).await;
        assert_eq!(seen, (conversation.into(), "alice".into(), Typing::Active));
        alice.act(typing(Typing::Done)).await;
        assert_eq!(bob.until("that she stopped", writes).await.2, Typing::Done);
    }
    alice.act(Action::Typing { conversation: LOBBY.into(), typing: Typing::Active }).await;
    bob.until("that alice writes", writes).await;
    alice.say(LOBBY, "said").await;
    assert_eq!(bob.until("that she is done", writes).await.2, Typing::Done);
    bob.until_said("said").await;
}

#[tokio::test]
async fn what_was_read_is_read_on_every_device() {
    let server = server_with(&["alice", "bob"]);
    let mut bob = Watcher::start(&server, "bob").await;
    let (mut laptop, mut phone) =
        (Watcher::start(&server, "alice").await, Watcher::start(&server, "alice").await);
    bob.say(LOBBY, "one").await;
    bob.say("alice", "psst").await;
    let marked = |name: &'static str| {
        move |event: &Event| {
            if let Event::Marked { conversation, at: Some(at) } = event
                && conversation == name
            {
                Some(*at)
            } else {
                None
            }
        }
    };
    for (conversation, text) in [(LOBBY, "one"), ("bob", "psst")] {
        let at = laptop.until_said(text).await.at;
        laptop.act(Action::MarkRead { conversation: conversation.into(), at }).await;
        assert_eq!(phone.until("the mark", marked(conversation)).await, at);
    }
    let mut tablet = Watcher::start(&server, "alice").await;
    let told = |event: &Event| matches!(event, Event::Conversations(_)).then(|| event.clone());
    let known = match tablet.told().iter().find_map(told) {
        Some(known) => known,
        None => tablet.until("the conversations", told).await,
    };
    assert!(matches!(&known, Event::Conversations(list) if list.len() == 1 && list[0].name == "bob"));
    let all = || tablet.told().iter();
    assert!(all().any(|event| marked(LOBBY)(event).is_some()), "{:?}", tablet.told());
}

#[tokio::test]
async fn a_thousand_messages_are_paged_back_without_gap_or_double() {
    const COUNT: usize = 1_000;
    let server = server_with(&["alice", "bob"]);
    let mut alice = Watcher::start(&server, "alice").await;
    for number in 0..COUNT {
        alice.say(LOBBY, &format!("message {number}")).await;
    }
    alice.until_said(&format!("message {}", COUNT - 1)).await;
    let mut bob = Watcher::start(&server, "bob").await;
    let shown =
        bob.told().iter().filter_map(|event| if let Event::Said(said) = event { Some(said) } else { None });
    let shown: Vec<_> = shown.cloned().collect();
    assert!((48..=50).contains(&shown.len()), "the last lines on entering, joins among them");
    let mut place = Place::Before(shown[0].place());
    let mut all: Vec<String> = shown.iter().map(|said| said.text.clone()).collect();
    loop {
        let page = bob.page(LOBBY, place).await;
        all.splice(0..0, texts(&page));
        let Some(first) = page.first.filter(|_| page.older) else { break };
        place = Place::Before(first);
    }
    assert_eq!(all, (0..COUNT).map(|number| format!("message {number}")).collect::<Vec<_>>());

    let middle = bob.page(LOBBY, Place::Around(shown[0].place())).await;
    assert!(texts(&middle).contains(&shown[0].text) && middle.older && middle.newer);
    let goto = chat_secure::client::action::Mark { msgid: None, at: chat_secure::clock::Timestamp(0) };
    let from_start = bob.page(LOBBY, Place::After(goto)).await;
    assert_eq!(texts(&from_start)[0], "message 0");
}

#[tokio::test]
async fn what_is_typed_while_the_server_is_dead_is_stored_once_and_in_order() {
    let mut server = server_with(&["alice", "bob"]);
    let (mut alice, mut bob) = (Watcher::start(&server, "alice").await, Watcher::start(&server, "bob").await);
    let text = |number: usize| format!("message {number:03}");
    for number in 0..50 {
        alice.say(LOBBY, &text(number)).await;
    }
    alice.until_said(&text(10)).await;
    server.kill();
    alice.until("the outage", |event| matches!(event, Event::Offline { .. }).then_some(())).await;
    for number in 50..80 {
        alice.say(LOBBY, &text(number)).await;
    }
    server.start_again();
    alice.until_said(&text(79)).await;
    bob.until_said(&text(79)).await;
    let all: Vec<_> = (0..80).map(text).collect();
    let told = |watcher: &Watcher| {
        let text = |event: &Event| if let Event::Said(said) = event { Some(said.text.clone()) } else { None };
        watcher.told().iter().filter_map(text).collect::<Vec<_>>()
    };
    assert_eq!(told(&bob), all);
    assert_eq!(told(&alice), all);
    assert_eq!(server.texts_of(LOBBY).await, all);
    let stored: BTreeSet<_> = alice
        .told()
        .iter()
        .filter_map(|event| if let Event::Said(said) = event { said.local } else { None })
        .collect();
    assert_eq!(stored.len(), 80, "each is told to be stored");
    alice.quit().await;
}

#[tokio::test]
async fn who_is_there_and_with_what_role_is_told() {
    let server = server_with(&["alice", "bob", "carol"]);
    let mut alice = Watcher::start(&server, "alice").await;
    alice.act(Action::Join { room: "#dev".into(), key: None }).await;
    let mut bob = Watcher::start(&server, "bob").await;
    bob.act(Action::Join { room: "#dev".into(), key: None }).await;
    let joined = |event: &Event| {
        if let Event::Joined { room, nick, account, .. } = event
            && room == "#dev"
            && nick == "bob"
        {
            Some(account.clone())
        } else {
            None
        }
    };
    assert_eq!(alice.until("bob", joined).await.as_deref(), Some("bob"));
    alice.act(Action::Modes { room: "#dev".into(), change: Some("+o bob".into()) }).await;
    let role = |event: &Event| {
        if let Event::Role { room, nick, prefix } = event {
            Some((room.clone(), nick.clone(), prefix.clone()))
        } else {
            None
        }
    };
    assert_eq!(alice.until("the role", role).await, ("#dev".into(), "bob".into(), "@".into()));
    bob.act(Action::Away { text: Some("lunch".into()) }).await;
    let changed = |who: &'static str| {
        move |event: &Event| {
            if let Event::Changed { nick, presence, .. } = event
                && nick == who
            {
                Some(presence.clone())
            } else {
                None
            }
        }
    };
    assert_eq!(alice.until("bob away", changed("bob")).await, Presence::Away("lunch".into()));
    assert_eq!(bob.until("oneself away", changed("bob")).await, Presence::Away("lunch".into()));
    bob.act(Action::Away { text: None }).await;
    assert_eq!(alice.until("bob back", changed("bob")).await, Presence::Online);
    bob.quit().await;
    assert_eq!(alice.until("bob gone", changed("bob")).await, Presence::Offline);

    // Who comes now learns who is away, who is not connected at all, and who is an operator.
    let mut carol = Watcher::start(&server, "carol").await;
    carol.act(Action::Join { room: "#dev".into(), key: None }).await;
    let members = |event: &Event| {
        if let Event::Members { room, members } = event
            && room == "#dev"
        {
            Some(members.clone())
        } else {
            None
        }
    };
    let members = carol.until("the members", members).await;
    let of = |name: &str| members.iter().find(|member| member.nick == name).unwrap().clone();
    assert_eq!((of("bob").prefix.as_str(), of("bob").account.as_deref()), ("@", Some("bob")));
    assert!(of("alice").prefix.contains('@') && of("alice").presence == Presence::Online);
    if of("bob").presence != Presence::Offline {
        assert_eq!(carol.until("bob offline", changed("bob")).await, Presence::Offline);
    }
    // Without a common room it is told of who is watched.
    carol.act(Action::Watch { nick: "nobody".into(), on: true }).await;
    assert_eq!(carol.until("nobody", changed("nobody")).await, Presence::Offline);
}
