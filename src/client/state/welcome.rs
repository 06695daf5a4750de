//! The way in, and what the server tells about itself: welcome, ISUPPORT, capabilities.

use crate::client::event::{End, Event};
use crate::client::profile::Identity;
use crate::protocol::{Cap, Line, Message};

use super::multiline::Bounds;
use super::{Arrival, State, negotiation};

impl State {
    pub(super) fn register(&mut self, message: &Message<'_>) {
        let Some(registration) = &mut self.link.registration else {
            return;
        };
        let progress = registration.step(message);
        self.lines.extend(progress.lines);
        if let Some(account) = progress.signed_up {
            if let Identity::SignUp { name, password, .. } = self.profile.identity.clone() {
                self.profile.identity = Identity::sign_in(name.into(), password);
            }
            self.events.push_back(Event::SignedUp { account });
        }
        if let Some(fatal) = progress.fatal {
            self.end(End::Fatal(fatal));
        }
    }

    pub(super) fn welcome(&mut self, message: &Message<'_>) {
        if let Some(registration) = self.link.registration.take() {
            self.link.caps = registration.caps();
            self.link.multiline = registration.multiline();
        }
        if let Some(nick) = message.param(0) {
            self.link.nick = nick.to_owned();
        }
    }

    pub(super) fn isupport(&mut self, message: &Message<'_>) {
        message.params().iter().skip(1).for_each(|token| self.link.tokens.take(token));
        self.tell_abilities();
    }

    pub(super) fn online(&mut self, arrival: &Arrival) {
        self.link.online = true;
        let (nick, network) = (self.link.nick.clone(), self.link.tokens.network.clone());
        self.events.push_back(Event::Online { nick, network, again: self.was_online });
        self.tell_abilities();
        if let Some(text) = self.away.clone() {
            self.lines.push_back(Line::new("AWAY").param(text));
        }
        self.watch_all();
        let rooms: Vec<_> = self.conversations.values().filter(|room| room.wanted).cloned().collect();
        for room in rooms.into_iter().filter(|room| !room.joined) {
            self.send_join(&room.name, room.key.as_deref());
        }
        self.fail_abandoned();
        self.look_for_direct_messages(arrival.at);
        self.was_online = true;
    }

    /// New capabilities are taken, withdrawn ones given up. Source: IRCv3 cap-notify.
    pub(super) fn cap(&mut self, message: &Message<'_>) {
        let names = message.params().last().copied().unwrap_or_default();
        let offered = names.split_whitespace().map(negotiation::bare);
        match message.param(1) {
            Some("NEW") => {
                let values = names.split_whitespace().filter_map(|cap| cap.split_once('='));
                if let Some((_, value)) = values.into_iter().find(|(name, _)| *name == Cap::Multiline.name())
                {
                    self.link.multiline = Bounds::parse(value);
                }
                let wanted = negotiation::wanted(offered, self.profile.watches);
                self.lines.extend(negotiation::requests(wanted));
            }
            Some("DEL") => offered.filter_map(Cap::parse).for_each(|cap| self.link.caps.set(cap, false)),
            Some("ACK") => names.split_whitespace().for_each(|name| {
                if let Some(cap) = Cap::parse(negotiation::bare(name)) {
                    self.link.caps.set(cap, !name.starts_with('-'));
                }
            }),
            Some("NAK") => self.lines.extend(negotiation::again(names)),
            _ => {}
        }
        self.tell_abilities();
    }
}
