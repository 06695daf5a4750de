//! The capability table: what a client may negotiate, one row each.
//!
//! Source: IRCv3 capability-negotiation and the specification named in each row.

use std::fmt;

macro_rules! capabilities {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $specification:literal;)*) => {
        /// One capability.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Cap {
            $($(#[$doc])* $variant,)*
        }

        impl Cap {
            /// All of them, in the order in which they are listed to clients.
            pub const ALL: &'static [Cap] = &[$(Cap::$variant,)*];

            /// Its name on the wire.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Cap::$variant => $name,)* }
            }

            /// Where it is specified.
            #[must_use]
            pub fn specification(self) -> &'static str {
                match self { $(Cap::$variant => $specification,)* }
            }
        }
    };
}

capabilities! {
    /// `ACCOUNT` when somebody in a common room signs in or out.
    AccountNotify = "account-notify", "https://ircv3.net/specs/extensions/account-notify";
    /// The tag `account` on what signed-in users cause.
    AccountTag = "account-tag", "https://ircv3.net/specs/extensions/account-tag";
    /// `AWAY` when somebody in a common room goes or returns.
    AwayNotify = "away-notify", "https://ircv3.net/specs/extensions/away-notify";
    /// Lines that belong together, between `BATCH +` and `BATCH -`.
    Batch = "batch", "https://ircv3.net/specs/extensions/batch";
    /// `CAP NEW` and `CAP DEL`.
    CapNotify = "cap-notify", "https://ircv3.net/specs/extensions/capability-negotiation#cap-notify";
    /// `CHGHOST` when somebody in a common room has another user name or host.
    Chghost = "chghost", "https://ircv3.net/specs/extensions/chghost";
    /// One's own messages come back, stored.
    EchoMessage = "echo-message", "https://ircv3.net/specs/extensions/echo-message";
    /// `JOIN` with account and real name.
    ExtendedJoin = "extended-join", "https://ircv3.net/specs/extensions/extended-join";
    /// What concerns somebody whom one watches, without a common room.
    ExtendedMonitor = "extended-monitor", "https://ircv3.net/specs/extensions/extended-monitor";
    /// `INVITE` is shown to the room's members.
    InviteNotify = "invite-notify", "https://ircv3.net/specs/extensions/invite-notify";
    /// Replies carry the label of their command.
    LabeledResponse = "labeled-response", "https://ircv3.net/specs/extensions/labeled-response";
    /// Tags, message ids and `TAGMSG`.
    MessageTags = "message-tags", "https://ircv3.net/specs/extensions/message-tags";
    /// All prefixes of a member, not only the highest.
    MultiPrefix = "multi-prefix", "https://ircv3.net/specs/extensions/multi-prefix";
    /// No list of names behind one's own `JOIN`.
    NoImplicitNames = "no-implicit-names", "https://ircv3.net/specs/extensions/no-implicit-names";
    /// Signing in.
    Sasl = "sasl", "https://ircv3.net/specs/extensions/sasl-3.2";
    /// The tag `time`.
    ServerTime = "server-time", "https://ircv3.net/specs/extensions/server-time";
    /// `SETNAME`.
    Setname = "setname", "https://ircv3.net/specs/extensions/setname";
    /// Where to find TLS, or how long to stay with it; announced, never granted.
    Sts = "sts", "https://ircv3.net/specs/extensions/sts";
    /// `FAIL`, `WARN`, `NOTE`; sent to everybody, as their specification allows.
    StandardReplies = "standard-replies", "https://ircv3.net/specs/extensions/standard-replies";
    /// `nick!user@host` in the list of names.
    UserhostInNames = "userhost-in-names", "https://ircv3.net/specs/extensions/userhost-in-names";
    /// Making an account.
    AccountRegistration = "draft/account-registration", "https://ircv3.net/specs/extensions/account-registration";
    /// `RENAME` when a room gets another name.
    ChannelRename = "draft/channel-rename", "https://ircv3.net/specs/extensions/channel-rename";
    /// Asking for history.
    Chathistory = "draft/chathistory", "https://ircv3.net/specs/extensions/chathistory";
    /// History with joins, topics and the like.
    EventPlayback = "draft/event-playback", "https://ircv3.net/specs/extensions/chathistory";
    /// `REDACT`: messages are taken back.
    MessageRedaction = "draft/message-redaction", "https://ircv3.net/specs/extensions/message-redaction";
    /// A message of several lines, as a batch.
    Multiline = "draft/multiline", "https://ircv3.net/specs/extensions/multiline";
    /// `ISUPPORT`, before registration as well, and a batch around its answer.
    ExtendedIsupport = "draft/extended-isupport", "https://ircv3.net/specs/extensions/extended-isupport";
    /// `AWAY` before registration, and `AWAY *` for sessions that nobody looks at.
    PreAway = "draft/pre-away", "https://ircv3.net/specs/extensions/pre-away";
    /// Values that users and rooms bear, with changes as `METADATA`.
    Metadata2 = "draft/metadata-2", "https://ircv3.net/specs/extensions/metadata";
    /// The same with changes as numerics.
    Metadata = "draft/metadata-3", "https://ircv3.net/specs/extensions/metadata";
    /// How far one has read, on all devices.
    ReadMarker = "draft/read-marker", "https://ircv3.net/specs/extensions/read-marker";
    /// `EDIT`: messages get another text.
    MessageEdit = "chat-secure/message-edit", "extensions.md#edit";
    /// Finding messages by their words.
    Search = "soju.im/search", "https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md";
}

impl Cap {
    /// The capability of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|cap| cap.name() == name)
    }
}

impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of capabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Caps(u64);

impl Caps {
    /// Whether the capability is in the set.
    #[must_use]
    pub fn has(self, cap: Cap) -> bool {
        self.0 & Self::bit(cap) != 0
    }

    /// Puts the capability in, or takes it out.
    pub fn set(&mut self, cap: Cap, on: bool) {
        if on {
            self.0 |= Self::bit(cap);
        } else {
            self.0 &= !Self::bit(cap);
        }
    }

    /// The capabilities in the set.
    pub fn iter(self) -> impl Iterator<Item = Cap> {
        Cap::ALL.iter().copied().filter(move |cap| self.has(*cap))
    }

    fn bit(cap: Cap) -> u64 {
        1 << (cap as u8)
    }
}

impl FromIterator<Cap> for Caps {
    fn from_iter<I: IntoIterator<Item = Cap>>(caps: I) -> Self {
        let mut set = Self::default();
        for cap in caps {
            set.set(cap, true);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_leads_back_to_its_row() {
        for cap in Cap::ALL {
            assert_eq!(Cap::parse(cap.name()), Some(*cap));
            let address = cap.specification();
            assert!(address.starts_with("https://") || address.starts_with("extensions.md#"), "{address}");
        }
        assert_eq!(Cap::parse("flying"), None);
    }

    #[test]
    fn all_final_names_fit_into_one_line() {
        let finals = Cap::ALL.iter().map(|cap| cap.name()).filter(|name| !name.starts_with("draft/"));
        let names: Vec<_> = finals.collect();
        assert!(names.join(" ").len() < 400);
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut caps: Caps = [Cap::Batch, Cap::Sasl].into_iter().collect();
        caps.set(Cap::Sasl, false);
        assert_eq!(caps.iter().collect::<Vec<_>>(), [Cap::Batch]);
    }
}
