//! The state machine by scripts: what the server says, what the client answers, what it tells.

use zeroize::Zeroizing;

use super::*;
use crate::client::action::{Action, Kind, Stretch};
use crate::client::event::{Fatal, Origin};
use crate::names::{Nick, RoomName};

mod amending;
mod by_hand;
mod catching_up;
mod multiline;
mod on_the_way;
mod paging;
mod reacting;
mod reading;
mod registration;
mod speaking;
mod typing;
mod watching;

const NOW: Timestamp = Timestamp(1_763_640_000_000);
const CAPS: &str = "message-tags server-time batch labeled-response echo-message sasl=PLAIN,EXTERNAL \
                    draft/chathistory draft/event-playback unknown-thing";
const GRANTED: &str = "message-tags server-time batch labeled-response echo-message sasl draft/chathistory";

/// A client and the server's side of the conversation.
struct Script {
    state: State,
    /// ISUPPORT tokens beside the usual ones.
    tokens: &'static str,
}

impl Script {
    fn of(identity: Identity) -> Self {
        let rooms = vec![RoomName::parse("#lobby").unwrap()];
        let nonce = "abc".into();
        let profile = Profile { identity, rooms, history_len: 0, reads: false, watches: false, nonce };
        Self { state: State::new(profile), tokens: "" }
    }

    fn signing_in() -> Self {
        let password = Zeroizing::new("secret".into());
        Self::of(Identity::sign_in("alice".parse().unwrap(), password))
    }

    /// A client that is welcome and in its room.
    fn online() -> Self {
        let mut script = Self::signing_in();
        script.connect();
        script.events();
        script
    }

    /// The same on a server that grants this as well.
    fn with(caps: &str) -> Self {
        let mut script = Self::signing_in();
        script.connect_to(&format!("{GRANTED} {caps}"), "#lobby");
        script.events();
        script
    }

    /// The same with somebody who reads.
    fn reading(caps: &str) -> Self {
        let mut script = Self::signing_in();
        script.state.profile.reads = true;
        script.connect_to(&format!("{GRANTED} {caps}"), "#lobby");
        script.lines();
        script.events();
        script
    }

    /// Somebody who watches, on a server that grants this as well, with these tokens; what led there
    /// is forgotten.
    fn watching(caps: &str, tokens: &'static str) -> Self {
        let mut script = Self::signing_in();
        script.state.profile.watches = true;
        script.tokens = tokens;
        script.connect_to(&format!("{GRANTED} {caps}"), "#lobby");
        script.lines();
        script.all_events();
        script
    }

    fn connect(&mut self) {
        self.connect_to(GRANTED, "#lobby");
    }

    fn connect_to(&mut self, granted: &str, room: &str) {
        self.state.connected();
        self.welcome(granted);
        self.server(&[&format!("@time=2025-11-20T12:00:00.000Z :alice!a@h JOIN {room}")]);
    }

    fn welcome(&mut self, granted: &str) {
        let names: Vec<_> = granted.split(' ').filter_map(|cap| cap.split('=').next()).collect();
        self.server(&[
            &format!("CAP * LS :{granted}"),
            &format!("CAP * ACK :{}", names.join(" ")),
            "AUTHENTICATE +",
            "900 alice * alice :You are now signed in",
            "903 alice :done",
            ":s 001 alice :Welcome",
            &format!(":s 005 alice NETWORK=Test CHATHISTORY=2 {} :are supported", self.tokens),
            ":s 422 alice :no motd",
        ]);
        self.lines();
    }

    fn server(&mut self, lines: &[&str]) {
        for line in lines {
            self.state.receive(line.as_bytes(), NOW);
        }
    }

    fn say(&mut self, target: &str, text: &str) {
        let (target, text, kind) = (target.into(), text.into(), Kind::Message);
        self.act(Action::Say { target, text, kind, reply_to: None });
    }

    fn act(&mut self, action: Action) {
        self.state.act(action, NOW);
    }

    fn lines(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.state.take_line()).map(|line| line.to_string()).collect()
    }

    /// What happened, without what only tells how things stand.
    fn events(&mut self) -> Vec<Event> {
        let stands = |event: &Event| {
            matches!(event, Event::Abilities(_) | Event::Outgoing(_) | Event::CaughtUp { .. })
        };
        self.all_events().into_iter().filter(|event| !stands(event)).collect()
    }

    fn all_events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.state.take_event()).collect()
    }

    /// What was said, as far as it was told.
    fn texts(&mut self) -> Vec<String> {
        let text = |event| if let Event::Said(said) = event { Some(said.text) } else { None };
        self.events().into_iter().filter_map(text).collect()
    }

    /// What was told to be unsent.
    fn unsent(&mut self) -> Vec<String> {
        let text = |event| {
            if let Event::Failed { unsent: Some(unsent), .. } = event { Some(unsent.text) } else { None }
        };
        self.events().into_iter().filter_map(text).collect()
    }

    fn fatal(&mut self) -> Fatal {
        match self.events().pop() {
            Some(Event::Ended(End::Fatal(fatal))) => fatal,
            other => panic!("not fatal: {other:?}"),
        }
    }
}
