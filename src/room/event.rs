//! What can have happened in a room. Each variant is a past fact.

use memchr::memchr;

use crate::clock::Timestamp;
use crate::ids::{MsgId, RoomId, Seq, UserId};
use crate::names::{Nick, RoomName};

use super::modes::{ModeChange, Role};

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Event {
    /// Somebody spoke.
    Said(Said),
    /// The author gave an earlier message of theirs another text.
    Edited(Edited),
    /// Somebody took a message back; the store has erased it.
    Redacted(Redacted),
    /// The author became a member.
    Joined {
        /// Their real name.
        real_name: String,
    },
    /// The author left the room.
    Parted {
        /// Why, possibly empty.
        reason: String,
    },
    /// The author left the server.
    Quit {
        /// Why, possibly empty.
        reason: String,
    },
    /// The author removed a member.
    Kicked {
        /// Whom.
        user: UserId,
        /// Under which nick.
        nick: Nick,
        /// Why.
        reason: String,
    },
    /// The author invited somebody.
    Invited {
        /// Whom.
        user: UserId,
        /// Under which nick.
        nick: Nick,
    },
    /// The author set the topic; an empty one clears it.
    TopicSet {
        /// The new topic.
        topic: String,
    },
    /// The author changed modes; never an empty list, never a change without effect.
    ModesChanged {
        /// What changed, in order.
        changes: Vec<ModeChange>,
    },
    /// The author is called differently from now on.
    NickChanged {
        /// The new nick.
        nick: Nick,
    },
    /// The room is called differently from now on; all else about it stays.
    Renamed {
        /// What it was called.
        from: RoomName,
        /// What it is called now.
        to: RoomName,
        /// Why, possibly empty.
        reason: String,
    },
}

/// What somebody said.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Said {
    /// How.
    pub speech: Speech,
    /// The text, its lines apart by `\n`; empty for [`Speech::Tags`].
    pub text: String,
    /// Where in the text a line as it was sent goes on without a line end before it: byte offsets,
    /// ascending. Kept so that the lines are sent as they came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seams: Vec<u32>,
    /// Client-only tags, a section without `@`, as [`crate::protocol::tags::client_only`] writes it.
    pub tags: String,
    /// Who may read it: members of this role and above.
    pub audience: Role,
}

/// An earlier entry of the same room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Earlier {
    /// Its place.
    pub seq: Seq,
    /// Its time.
    pub at: Timestamp,
}

/// A message's new text.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Edited {
    /// The message, never an edit.
    pub original: Earlier,
    /// How it was said, a message or a notice.
    pub speech: Speech,
    /// Who may read it: those who may read the message.
    pub audience: Role,
    /// The new text, one line.
    pub text: String,
}

/// A message that is no more.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Redacted {
    /// The message.
    pub message: Earlier,
    /// Its edits, which are gone as well; some may be missing here.
    pub edits: Vec<Earlier>,
    /// Who is told: those who could read it.
    pub audience: Role,
    /// Why, possibly empty.
    pub reason: String,
}

/// The three ways to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Speech {
    /// PRIVMSG.
    Message,
    /// NOTICE: never answered by a program.
    Notice,
    /// TAGMSG: tags alone.
    Tags,
}

/// Whether a line is a question to the readers' programs, or an answer of one; `/me` is none.
///
/// Source: modern.ircdocs.horse, CTCP.
fn is_ctcp(line: &str) -> bool {
    line.strip_prefix('\u{1}').is_some_and(|line| {
        let word = line.split([' ', '\u{1}']).next().unwrap_or_default();
        !word.eq_ignore_ascii_case("ACTION")
    })
}

impl Event {
    /// Bytes of what somebody said, with the tags they gave it.
    #[must_use]
    pub fn text_len(&self) -> usize {
        match self {
            Self::Said(said) => said.text.len() + said.tags.len(),
            Self::Edited(edited) => edited.text.len(),
            Self::Redacted(_)
            | Self::Joined { .. }
            | Self::Parted { .. }
            | Self::Quit { .. }
            | Self::Kicked { .. }
            | Self::Invited { .. }
            | Self::TopicSet { .. }
            | Self::ModesChanged { .. }
            | Self::NickChanged { .. }
            | Self::Renamed { .. } => 0,
        }
    }

    /// Its words, if it is a message to be read, as opposed to something that happened beside.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Said(said) => (said.speech != Speech::Tags).then_some(&said.text),
            Self::Edited(edited) => Some(&edited.text),
            Self::Redacted(_)
            | Self::Joined { .. }
            | Self::Parted { .. }
            | Self::Quit { .. }
            | Self::Kicked { .. }
            | Self::Invited { .. }
            | Self::TopicSet { .. }
            | Self::ModesChanged { .. }
            | Self::NickChanged { .. }
            | Self::Renamed { .. } => None,
        }
    }

    /// Whether it is a message to be read.
    #[must_use]
    pub fn is_message(&self) -> bool {
        self.text().is_some()
    }

    /// Who of a room may know of it: members of this role and above.
    #[must_use]
    pub fn audience(&self) -> Role {
        match self {
            Self::Said(said) => said.audience,
            Self::Edited(edited) => edited.audience,
            Self::Redacted(redacted) => redacted.audience,
            Self::Joined { .. }
            | Self::Parted { .. }
            | Self::Quit { .. }
            | Self::Kicked { .. }
            | Self::Invited { .. }
            | Self::TopicSet { .. }
            | Self::ModesChanged { .. }
            | Self::NickChanged { .. }
            | Self::Renamed { .. } => Role::Member,
        }
    }
}

impl Edited {
    /// Whether the new text is CTCP; `/me` is none.
    #[must_use]
    pub fn is_ctcp(&self) -> bool {
        is_ctcp(&self.text)
    }
}

impl Said {
    /// Whether any line of it is CTCP; `/me` is none.
    #[must_use]
    pub fn is_ctcp(&self) -> bool {
        self.lines().any(|(_, line)| is_ctcp(line))
    }

    /// Whether it was sent as several lines.
    #[must_use]
    pub fn is_multiline(&self) -> bool {
        !self.seams.is_empty() || memchr(b'\n', self.text.as_bytes()).is_some()
    }

    /// The lines as they were sent, each with whether it goes on with the one before it.
    pub fn lines(&self) -> impl Iterator<Item = (bool, &str)> {
        let mut seams = self.seams.iter().map(|seam| *seam as usize).peekable();
        let mut next = Some((false, 0));
        std::iter::from_fn(move || {
            let (continues, start) = next.take()?;
            let rest = self.text.get(start..)?;
            let line_end = rest.find('\n').map(|length| start + length);
            let seam = seams.next_if(|seam| line_end.is_none_or(|end| *seam <= end));
            next = seam.map(|seam| (true, seam)).or(line_end.map(|end| (false, end + 1)));
            let end = seam.or(line_end).unwrap_or(self.text.len());
            Some((continues, self.text.get(start..end)?))
        })
    }
}

impl Earlier {
    /// Its name on the wire.
    #[must_use]
    pub fn msgid(self, room: RoomId) -> MsgId {
        MsgId { room, seq: self.seq, at: self.at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_as_they_were_sent() {
        type Row = (&'static str, &'static [u32], &'static [(bool, &'static str)]);
        let table: &[Row] = &[
            ("one", &[], &[(false, "one")]),
            ("one\ntwo", &[], &[(false, "one"), (false, "two")]),
            ("\none\n", &[], &[(false, ""), (false, "one"), (false, "")]),
            ("onetwo", &[3], &[(false, "one"), (true, "two")]),
            ("a\nbcd\ne", &[3, 4], &[(false, "a"), (false, "b"), (true, "c"), (true, "d"), (false, "e")]),
            ("a\nb", &[2], &[(false, "a"), (false, ""), (true, "b")]),
            ("grüße", &[4], &[(false, "grü"), (true, "ße")]),
        ];
        for (text, seams, lines) in table {
            let said = Said { seams: seams.to_vec(), ..Said::plain(*text) };
            assert_eq!(said.lines().collect::<Vec<_>>(), *lines, "{text:?} {seams:?}");
            assert_eq!(said.is_multiline(), lines.len() > 1);
        }
    }

    #[test]
    fn damaged_seams_break_nothing() {
        for seams in [vec![99], vec![3], vec![2, 1], vec![0, 0, 0]] {
            let said = Said { seams, ..Said::plain("grü\nx") };
            assert!(said.lines().count() <= 5);
        }
    }
}
