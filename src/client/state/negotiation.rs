//! Which capabilities are granted: asked for together, and one by one where that is refused.
//!
//! Waits for no answer that may not come: behind each question stands `CAP LIST`, whose answer says how
//! things are, whatever became of the question. Source: IRCv3 capability-negotiation.

use crate::protocol::{Cap, Caps, Line, Message};

/// Bytes of names in one `CAP REQ`: half a line of what any server takes.
const NAMES_BYTES_MAX: usize = 400;

/// The negotiation before the welcome.
#[derive(Debug, Default)]
pub(super) struct Negotiation {
    watches: bool,
    /// Names with their values.
    offered: Vec<(String, String)>,
    enabled: Caps,
    /// Questions that are not answered, each with its names.
    waiting: Vec<Vec<String>>,
    /// Refused together with others, or not answered: asked for again.
    refused: Vec<String>,
    /// `CAP LIST` that are not answered.
    lists: usize,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Listing,
    Together,
    Singly,
    Done,
}

impl Negotiation {
    pub(super) fn new(watches: bool) -> Self {
        Self { watches, ..Self::default() }
    }

    /// What the server granted.
    pub(super) fn enabled(&self) -> Caps {
        self.enabled
    }

    /// What an offered capability was said to mean.
    pub(super) fn value(&self, cap: Cap) -> Option<&str> {
        self.offered.iter().find(|(name, _)| name == cap.name()).map(|(_, value)| value.as_str())
    }

    /// What is remembered of the server's offer.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn offered_len(&self) -> usize {
        self.offered.len()
    }

    /// Whether the server has not even said what it offers.
    pub(super) fn is_listing(&self) -> bool {
        self.stage == Stage::Listing
    }

    /// Whether nothing is waited for any more.
    pub(super) fn is_done(&self) -> bool {
        self.stage == Stage::Done
    }

    /// Takes a `CAP`; what to ask next.
    pub(super) fn step(&mut self, message: &Message<'_>) -> Vec<Line> {
        let goes_on = message.param(2) == Some("*") && message.params().len() > 3;
        let caps = message.params().last().copied().unwrap_or_default();
        let names = || caps.split_whitespace().map(bare);
        match message.param(1) {
            Some("LS") if self.is_listing() => {
                self.offer(caps);
                if goes_on { Vec::new() } else { self.ask_together() }
            }
            Some("NEW") => {
                self.offer(caps);
                requests(wanted(names(), self.watches))
            }
            Some("DEL") => {
                names().for_each(|name| self.set(name, false));
                Vec::new()
            }
            Some("ACK") => {
                caps.split_whitespace().for_each(|name| self.set(bare(name), !name.starts_with('-')));
                self.waiting
                    .iter_mut()
                    .for_each(|asked| asked.retain(|asked| names().all(|name| name != asked)));
                self.waiting.retain(|asked| !asked.is_empty());
                self.go_on()
            }
            Some("NAK") => {
                // All of a question is refused, though some servers cut what they repeat.
                let is_meant =
                    |asked: &Vec<String>| names().any(|name| asked.iter().any(|asked| asked == name));
                let index = self.waiting.iter().position(is_meant).unwrap_or(0);
                if index < self.waiting.len() {
                    self.refused.extend(self.waiting.remove(index));
                }
                self.go_on()
            }
            Some("LIST") => {
                names().for_each(|name| self.set(name, true));
                if goes_on { Vec::new() } else { self.listed() }
            }
            _ => Vec::new(),
        }
    }

    /// All that was asked before is answered, or will never be.
    pub(super) fn listed(&mut self) -> Vec<Line> {
        self.lists = self.lists.saturating_sub(1);
        if self.lists == 0 {
            let unanswered = std::mem::take(&mut self.waiting);
            let is_enabled = |name: &String| Cap::parse(name).is_some_and(|cap| self.enabled.has(cap));
            self.refused.extend(unanswered.into_iter().flatten().filter(|name| !is_enabled(name)));
        }
        self.go_on()
    }

    /// Notes what is known of it, each once: no list of a server is too long to be remembered.
    fn offer(&mut self, caps: &str) {
        for cap in caps.split_whitespace() {
            let (name, value) = cap.split_once('=').unwrap_or((cap, ""));
            if Cap::parse(name).is_some() {
                self.offered.retain(|(offered, _)| offered != name);
                self.offered.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    fn set(&mut self, name: &str, on: bool) {
        if let Some(cap) = Cap::parse(name) {
            self.enabled.set(cap, on);
        }
    }

    fn ask_together(&mut self) -> Vec<Line> {
        self.stage = Stage::Together;
        let names = wanted(self.offered.iter().map(|(name, _)| name.as_str()), self.watches);
        self.waiting = questions(names);
        self.ask()
    }

    fn go_on(&mut self) -> Vec<Line> {
        if !self.waiting.is_empty() || self.is_listing() || self.is_done() {
            return Vec::new();
        }
        if self.stage == Stage::Together && !self.refused.is_empty() {
            self.stage = Stage::Singly;
            self.waiting = std::mem::take(&mut self.refused).into_iter().map(|name| vec![name]).collect();
            return self.ask();
        }
        self.stage = Stage::Done;
        Vec::new()
    }

    fn ask(&mut self) -> Vec<Line> {
        if self.waiting.is_empty() {
            return self.go_on();
        }
        self.lists += 1;
        let lines = self.waiting.iter().map(|names| request(names));
        lines.chain([Line::new("CAP").param("LIST")]).collect()
    }
}

/// Asks for these, in as few lines as they fit into.
pub(super) fn requests<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Line> {
    questions(names).iter().map(|names| request(names)).collect()
}

fn questions<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Vec<String>> {
    let (mut questions, mut bytes) = (Vec::<Vec<String>>::new(), NAMES_BYTES_MAX);
    for name in names {
        bytes += name.len() + 1;
        if bytes > NAMES_BYTES_MAX {
            questions.push(Vec::new());
            bytes = name.len();
        }
        if let Some(last) = questions.last_mut() {
            last.push(name.to_owned());
        }
    }
    questions
}

fn request(names: &[String]) -> Line {
    Line::new("CAP").param("REQ").param(names.join(" "))
}

/// What is refused together may be granted one by one.
pub(super) fn again(refused: &str) -> Vec<Line> {
    let names: Vec<_> = refused.split_whitespace().map(str::to_owned).collect();
    if names.len() > 1 { names.chunks(1).map(request).collect() } else { Vec::new() }
}

/// The name without its value, and without the signs of the first version of the specification.
pub(super) fn bare(cap: &str) -> &str {
    cap.split('=').next().unwrap_or(cap).trim_start_matches(['-', '~', '='])
}

/// What this client understands. What it does not name is never asked for: a capability changes
/// what a server sends.
const USED: &[Cap] = &[
    Cap::AccountNotify,
    Cap::AccountTag,
    Cap::AwayNotify,
    Cap::Batch,
    Cap::CapNotify,
    Cap::Chghost,
    Cap::EchoMessage,
    Cap::ExtendedJoin,
    Cap::InviteNotify,
    Cap::LabeledResponse,
    Cap::MessageTags,
    Cap::MultiPrefix,
    Cap::Sasl,
    Cap::ServerTime,
    Cap::Setname,
    Cap::StandardReplies,
    Cap::AccountRegistration,
    Cap::ChannelRename,
    Cap::Chathistory,
    Cap::MessageRedaction,
    Cap::Multiline,
    Cap::ReadMarker,
    Cap::MessageEdit,
    Cap::Search,
];

/// What is used as well where somebody watches.
const USED_WATCHING: &[Cap] = &[Cap::EventPlayback, Cap::ExtendedMonitor, Cap::NoImplicitNames];

/// Those of the offered capabilities that this client uses.
pub(super) fn wanted<'a>(
    offered: impl Iterator<Item = &'a str>,
    watches: bool,
) -> impl Iterator<Item = &'a str> {
    let uses = move |cap| USED.contains(&cap) || watches && USED_WATCHING.contains(&cap);
    offered.filter(move |name| Cap::parse(name).is_some_and(uses))
}
