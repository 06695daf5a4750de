//! From the first line to the welcome: capabilities, sign-in or sign-up, nick and user.
//!
//! Sends a password only to a server that offers SASL, or in REGISTER; never as PASS.

use zeroize::Zeroizing;

use crate::client::event::Fatal;
use crate::client::profile::Identity;
use crate::protocol::sasl::{self, Plain};
use crate::protocol::{Cap, Caps, Line, Message};

use super::multiline::Bounds;
use super::negotiation::Negotiation;

/// Nicks tried before giving up.
const NICKS_MAX: usize = 5;

/// The conversation before the welcome. One for each connection.
#[derive(Debug)]
pub(super) struct Registration {
    identity: Identity,
    negotiation: Negotiation,
    nick: String,
    nicks_tried: usize,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Negotiating,
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
            negotiation: Negotiation::new(watches),
            nicks_tried: 1,
            stage: Stage::Negotiating,
        };
        (registration, vec![Line::new("CAP").param("LS").param("302")])
    }

    /// What the server granted.
    pub(super) fn caps(&self) -> Caps {
        self.negotiation.enabled()
    }

    /// How long a message of several lines may be, if the server takes such.
    pub(super) fn multiline(&self) -> Option<Bounds> {
        self.negotiation.value(Cap::Multiline).and_then(Bounds::parse)
    }

    /// What is remembered of the server's offer.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn offered_len(&self) -> usize {
        self.negotiation.offered_len()
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
            "421" | "451" if self.negotiation.is_listing() => self.without_capabilities(),
            // It knows no `CAP LIST`, and has answered what came before.
            "410" | "421" if self.stage == Stage::Negotiating => {
                let lines = self.negotiation.listed();
                self.negotiated(lines)
            }
            _ => Progress::default(),
        }
    }

    fn is_signing_in(&self) -> bool {
        matches!(self.stage, Stage::Mechanism | Stage::Answer)
    }

    fn cap(&mut self, message: &Message<'_>) -> Progress {
        let lines = self.negotiation.step(message);
        self.negotiated(lines)
    }

    /// Asks this next, or goes on when there is nothing more to negotiate.
    fn negotiated(&mut self, lines: Vec<Line>) -> Progress {
        if self.stage == Stage::Negotiating && self.negotiation.is_done() {
            return self.identify();
        }
        Progress::say(lines)
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
                let mechanisms = self.negotiation.value(Cap::Sasl);
                let plain = mechanisms
                    .is_some_and(|list| list.is_empty() || list.split(',').any(|name| name == "PLAIN"));
                if !plain || !self.caps().has(Cap::Sasl) {
                    return Progress::end(Fatal::Refused("it offers no sign-in with a password".into()));
                }
                self.stage = Stage::Mechanism;
                Progress::say([Line::new("AUTHENTICATE").param("PLAIN")])
            }
        }
    }

    fn answer(&mut self) -> Progress {
        let Identity::SignIn { name, password, code } = &self.identity else {
            return Progress::default();
        };
        self.stage = Stage::Answer;
        let password = match code {
            Some(code) => Zeroizing::new(format!("{} {}", password.as_str(), code.as_str())),
            None => password.clone(),
        };
        let answer = Plain { name: name.to_string(), password }.to_answer();
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
            self.identity = Identity::sign_in(name.clone().into(), password.clone());
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
            (Some("AUTHENTICATE"), "CODE_REQUIRED" | "INVALID_CODE") => {
                Progress::end(Fatal::CodeRequired(text))
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

/// A user name of letters and digits.
fn user_name(nick: &str) -> String {
    let name: String = nick.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    if name.is_empty() { "user".into() } else { name }
}

/// The last parameter: the part for people.
pub(super) fn last(message: &Message<'_>) -> String {
    message.params().last().copied().unwrap_or_default().to_owned()
}
