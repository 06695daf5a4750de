//! Lines that somebody wrote for the server by hand, and what it answers.
//!
//! Source: IRCv3 labeled-response.

use crate::client::event::Event;
use crate::protocol::{Cap, Line, Message};

use super::{Arrival, State, fold};

/// Marks the answers.
const LABEL: &str = "raw";

impl State {
    /// Says the line. Where answers are not labelled, those that nothing else here knows are shown.
    pub(super) fn say_raw(&mut self, line: &str) {
        let Ok(message) = Message::parse(line.as_bytes()) else {
            let reason = format!("{line}: this is no line of the protocol");
            return self.events.push_back(Event::Failed { reason, unsent: None });
        };
        self.link.shows_unknown = true;
        let said = Line::new(message.command.to_ascii_uppercase()).params(message.params());
        let labels = self.has(Cap::LabeledResponse) && self.has(Cap::Batch);
        self.lines.push_back(if labels { said.tag("label", LABEL) } else { said });
    }

    /// Shows an answer; `false` if it is more than that: what everybody is told is taken as ever.
    pub(super) fn is_raw_answer(&mut self, message: &Message<'_>, arrival: &Arrival) -> bool {
        let is_answer = message.command.bytes().all(|byte| byte.is_ascii_digit())
            || matches!(message.command, "FAIL" | "WARN" | "NOTE" | "PONG" | "ACK");
        if arrival.label.as_deref() != Some(LABEL) || !is_answer {
            return false;
        }
        if !message.is("ACK") {
            self.show_as_it_is(message);
        }
        true
    }

    /// An answer that nothing here knows.
    pub(super) fn unknown(&mut self, message: &Message<'_>) {
        if self.link.shows_unknown {
            self.show_as_it_is(message);
        }
    }

    fn show_as_it_is(&mut self, message: &Message<'_>) {
        let me = fold(&self.link.nick);
        let params =
            message.params().iter().enumerate().filter(|(index, param)| *index > 0 || fold(param) != me);
        let words: Vec<_> = std::iter::once(message.command).chain(params.map(|(_, param)| *param)).collect();
        self.events.push_back(Event::Info(words.join(" ")));
    }
}
