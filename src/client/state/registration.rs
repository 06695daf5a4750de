//! From the first line to the welcome: capabilities, sign-in or sign-up, nick and user.
//!
//! Sends a password only to a server that offers SASL, or in REGISTER; never as PASS.

use crate::client::event::Fatal;
use crate::client::profile::Identity;
use crate::protocol::sasl::{self, Plain};
use crate::protocol::{Cap, Caps, Line, Message};

use super::multiline::Bounds;

/// Nicks tried before giving up.
const NICKS_MAX: usize = 5;

/// The conversation before the welcome. One for each connection.
#[derive(Debug)]
pub(super) struct Registration {
    identity: Identity,
    watches: bool,
    nick: String,
    nicks_tried: usize,
    stage: Stage,
    offered: Vec<(String, String)>,
    enabled: Caps,
    /// Capabilities that were asked for and not granted yet.
    asked: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Listing,
    Requesting,
    Mechanism,
    Answer,
    Invitation,
    Register,
    Finishing,
    /// It is not to be now; a later connection may be luckier.
    Leaving,
}

/// What one line led to.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) lines: Vec<Line>,
    pub(super) fatal: Option<Fatal>,
    /// The account that was just made.
    pub(super) signed_up: Option<String>,
}

impl Progress {
    fn say(lines: impl IntoIterator<Item = Line>) -> Self {
        Self { lines: lines.into_iter().collect(), ..Self::default() }
    }

    fn end(fatal: Fatal) -> Self {
        Self { fatal: Some(fatal), ..Self::default() }
    }
}

impl Registration {
    /// Begins, with the first lines.
    pub(super) fn begin(identity: Identity, watches: bool) -> (Self, Vec<Line>) {
        let registration = Self {
            nick: identity.name().to_string(),
            identity,
            watches,
            nicks_tried: 1,
            stage: Stage::Listing,
            offered: Vec::new(),
            enabled: Caps::default(),
            asked: 0,
        };
        (registration, vec![Line::new("CAP").param("LS").param("302")])
    }

    /// What the server granted.
    pub(super) fn caps(&self) -> Caps {
        self.enabled
    }

    /// How long a message of several lines may be, if the server takes such.
    pub(super) fn multiline(&self) -> Option<Bounds> {
        let offered = self.offered.iter().find(|(name, _)| name == Cap::Multiline.name());
        offered.and_then(|(_, value)| Bounds::parse(value))
    }

    /// Takes a line of the server; lines that do not matter lead to nothing.
    pub(super) fn step(&mut self, message: &Message<'_>) -> Progress {
        match message.command {
            "CAP" => self.cap(message),
            "AUTHENTICATE" if self.stage == Stage::Mechanism => self.answer(),
            "903" if self.stage == Stage::Answer => self.finish(),
            "902" | "904" | "905" | "906" | "908" if self.is_signing_in() => {
                Progress::end(Fatal::SignIn(last(message)))
            }
            "INVITATION" if self.stage == Stage::Invitation => self.register(),
            "421" if self.stage == Stage::Invitation => Progress::end(Fatal::SignUp {
                code: "UNSUPPORTED".into(),
                text: "this server does not take invitations".into(),
            }),
            "REGISTER" if self.stage == Stage::Register => self.registered(message),
            "FAIL" => self.fail(message),
            "432" | "437" => Progress::end(Fatal::Refused(format!("{}: {}", self.nick, last(message)))),
            "433" => self.another_nick(),
            "464" | "465" | "466" => Progress::end(Fatal::Refused(last(message))),
            // An old server that knows no CAP goes on with NICK and USER.
            "421" | "451" if self.stage == Stage::Listing => self.without_capabilities(),
            _ => Progress::default(),
        }
    }

    fn is_signing_in(&self) -> bool {
        matches!(self.stage, Stage::Mechanism | Stage::Answer)
    }

    fn cap(&mut self, message: &Message<'_>) -> Progress {
        match message.param(1) {
            Some("LS") if self.stage == Stage::Listing => {
                let caps = message.params().last().copied().unwrap_or_default();
                self.offered.extend(caps.split_whitespace().map(|cap| {
                    let (name, value) = cap.split_once('=').unwrap_or((cap, ""));
                    (name.to_owned(), value.to_owned())
                }));
                if message.param(2) == Some("*") { Progress::default() } else { self.request() }
            }
            Some("ACK") if self.stage == Stage::Requesting => {
                let caps = message.params().last().copied().unwrap_or_default();
                caps.split_whitespace().filter_map(Cap::parse).for_each(|cap| self.enabled.set(cap, true));
                // A long answer comes in several lines.
                self.asked = self.asked.saturating_sub(caps.split_whitespace().count());
                if self.asked > 0 { Progress::default() } else { self.identify() }
            }
            Some("NAK") if self.stage == Stage::Requesting => self.identify(),
            _ => Progress::default(),
        }
    }

    fn request(&mut self) -> Progress {
        self.stage = Stage::Requesting;
        let wanted: Vec<_> =
            wanted(self.offered.iter().map(|(name, _)| name.as_str()), self.watches).collect();
        if wanted.is_empty() {
            return self.identify();
        }
        self.asked = wanted.len();
        let wanted = wanted.join(" ");
        Progress::say([Line::new("CAP").param("REQ").param(wanted)])
    }

    fn identify(&mut self) -> Progress {
        match &self.identity {
            Identity::Guest { .. } => self.finish(),
            Identity::SignUp { invitation, .. } => {
                let lines = [Line::new("NICK").param(&self.nick), Line::new("INVITATION").param(invitation)];
                self.stage = Stage::Invitation;
                Progress::say(lines)
            }
            Identity::SignIn { .. } => {
                let mechanisms = self.offered.iter().find(|(name, _)| name == "sasl").map(|(_, value)| value);
                let plain = mechanisms
                    .is_some_and(|list| list.is_empty() || list.split(',').any(|name| name == "PLAIN"));
                if !plain || !self.enabled.has(Cap::Sasl) {
                    return Progress::end(Fatal::Refused("it offers no sign-in with a password".into()));
                }
                self.stage = Stage::Mechanism;
                Progress::say([Line::new("AUTHENTICATE").param("PLAIN")])
            }
        }
    }

    fn answer(&mut self) -> Progress {
        let Identity::SignIn { name, password } = &self.identity else {
            return Progress::default();
        };
        self.stage = Stage::Answer;
        let answer = Plain { name: name.to_string(), password: password.clone() }.to_answer();
        let chunks = sasl::chunks(&answer);
        Progress::say(chunks.iter().map(|chunk| Line::new("AUTHENTICATE").param(chunk.as_str())))
    }

    fn register(&mut self) -> Progress {
        let Identity::SignUp { name, password, .. } = &self.identity else {
            return Progress::default();
        };
        self.stage = Stage::Register;
        Progress::say([Line::new("REGISTER").param(name).param("*").param(password.as_str())])
    }

    fn registered(&mut self, message: &Message<'_>) -> Progress {
        if message.param(0) != Some("SUCCESS") {
            let text = format!("the server wants a verification first: {}", last(message));
            return Progress::end(Fatal::SignUp { code: "VERIFICATION_REQUIRED".into(), text });
        }
        let account = message.param(1).unwrap_or(&self.nick).to_owned();
        if let Identity::SignUp { name, password, .. } = &self.identity {
            self.identity = Identity::SignIn { name: name.clone(), password: password.clone() };
        }
        Progress { signed_up: Some(account), ..self.finish() }
    }

    fn finish(&mut self) -> Progress {
        self.stage = Stage::Finishing;
        Progress::say([
            Line::new("NICK").param(&self.nick),
            Line::new("USER").param(user_name(&self.nick)).param("0").param("*").param(&self.nick),
            Line::new("CAP").param("END"),
        ])
    }

    fn without_capabilities(&mut self) -> Progress {
        if let Identity::Guest { .. } = self.identity {
            return self.finish();
        }
        Progress::end(Fatal::Refused("it offers no sign-in with a password".into()))
    }

    fn fail(&mut self, message: &Message<'_>) -> Progress {
        let code = message.param(1).unwrap_or_default().to_owned();
        let text = last(message);
        match (message.param(0), code.as_str()) {
            (_, "ACCOUNT_REQUIRED") => Progress::end(Fatal::AccountRequired(text)),
            (Some("INVITATION" | "REGISTER"), _) => Progress::end(Fatal::SignUp { code, text }),
            (Some("AUTHENTICATE"), "TEMPORARILY_UNAVAILABLE") => {
                self.stage = Stage::Leaving;
                Progress::say([Line::new("QUIT").param(text)])
            }
            (Some("AUTHENTICATE"), _) if self.is_signing_in() => Progress::end(Fatal::SignIn(text)),
            _ => Progress::end(Fatal::Refused(text)),
        }
    }

    /// The nick is taken: a guest, or an account whose name somebody else bears, tries another.
    fn another_nick(&mut self) -> Progress {
        self.nicks_tried += 1;
        if matches!(self.identity, Identity::SignUp { .. }) {
            let text = format!("the name {} is taken; choose another with --user", self.nick);
            return Progress::end(Fatal::SignUp { code: "NICK_IN_USE".into(), text });
        }
        if self.nicks_tried > NICKS_MAX {
            return Progress::end(Fatal::Refused(format!("all names like {} are taken", self.nick)));
        }
        self.nick.push('_');
        Progress::say([Line::new("NICK").param(&self.nick)])
    }
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

/// A user name of letters and digits.
fn user_name(nick: &str) -> String {
    let name: String = nick.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    if name.is_empty() { "user".into() } else { name }
}

/// The last parameter: the part for people.
pub(super) fn last(message: &Message<'_>) -> String {
    message.params().last().copied().unwrap_or_default().to_owned()
}
