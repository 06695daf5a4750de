//! A message of several lines on its way in: what a client has sent of its batch so far.
//!
//! Holds at most one, and never more than the message may have; says nothing by itself but its
//! errors. Source: IRCv3 client-batch, draft/multiline.

use std::time::Duration;

use tokio::time::Instant;

use crate::limits;
use crate::room::{Said, Speech};

use super::Session;
use super::reply::Response;

/// Bytes of a target that an error repeats; a valid one has no more.
const SHOWN_BYTES_MAX: usize = limits::ROOM_NAME_BYTES_MAX + 1;

/// A batch of a client that is open.
#[derive(Debug)]
pub struct Composition {
    reference: String,
    /// The label of the command that opened it.
    label: Option<String>,
    /// When it was opened, or its last line came.
    heard_at: Instant,
    /// `None`: it failed, and what still comes of it is passed over.
    letter: Option<Letter>,
}

/// The message so far.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub target: String,
    tags: String,
    speech: Option<Speech>,
    text: String,
    seams: Vec<u32>,
    lines: usize,
}

/// What is wrong with a line, or with the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// More lines than a message may have.
    TooManyLines,
    /// More bytes than a message may have.
    TooManyBytes,
    /// A line to somebody else.
    OtherTarget {
        /// Where the batch goes.
        expected: String,
        /// Where the line goes.
        found: String,
    },
    /// Anything else, in words.
    Invalid(&'static str),
}

/// Whether a line fits into the protocol's limit with the sender's name, of so many bytes, in front.
#[must_use]
pub fn line_fits(source_len: usize, target: &str, text: &str) -> bool {
    let around = ": PRIVMSG  :\r\n".len();
    source_len + target.len() + text.len() + around <= limits::LINE_BYTES_MAX
}

impl Letter {
    /// An empty message with these client-only tags.
    #[must_use]
    pub fn new(target: &str, tags: String) -> Self {
        Self { target: target.to_owned(), tags, ..Self::default() }
    }

    /// Adds a line.
    ///
    /// # Errors
    /// [`Fault`]; the message is of no use then.
    pub fn add(&mut self, speech: Speech, target: &str, line: &str, continues: bool) -> Result<(), Fault> {
        if !target.eq_ignore_ascii_case(&self.target) {
            let (expected, found) = (self.target.clone(), target.to_owned());
            return Err(Fault::OtherTarget { expected, found });
        }
        if *self.speech.get_or_insert(speech) != speech {
            return Err(Fault::Invalid("A batch holds either PRIVMSG or NOTICE, not both"));
        }
        if continues && line.is_empty() {
            return Err(Fault::Invalid("A blank line continues nothing: leave out its concat tag"));
        }
        if self.lines == limits::MULTILINE_LINES_MAX {
            return Err(Fault::TooManyLines);
        }
        if self.lines > 0 {
            if continues {
                // Within the limit of bytes, which is checked below.
                self.seams.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
            } else {
                self.text.push('\n');
            }
        }
        self.text.push_str(line);
        self.lines += 1;
        if self.text.len() > limits::MULTILINE_BYTES_MAX {
            return Err(Fault::TooManyBytes);
        }
        Ok(())
    }

    /// What it says.
    ///
    /// # Errors
    /// [`Fault::Invalid`] if that is nothing.
    pub fn finish(self) -> Result<(String, Said), Fault> {
        let is_blank = self.text.bytes().all(|byte| byte == b'\n');
        let Some(speech) = self.speech.filter(|_| !is_blank) else {
            return Err(Fault::Invalid("A message needs a line that is not blank"));
        };
        let said = Said { speech, seams: self.seams, tags: self.tags, ..Said::plain(self.text) };
        Ok((self.target, said))
    }
}

impl Session {
    /// The batch that the client has open, or that failed and is not closed yet.
    #[must_use]
    pub fn composition(&self) -> Option<&Composition> {
        self.composition.as_ref()
    }

    /// Opens a batch; the label of this command is that of the whole. Without a letter it is one
    /// that failed at once.
    pub fn compose(&mut self, reference: &str, letter: Option<Letter>) {
        let label = if letter.is_some() { self.response.take().map(|response| response.label) } else { None };
        let reference = reference.to_owned();
        self.composition = Some(Composition { reference, label, heard_at: Instant::now(), letter });
    }

    /// Adds a line of the open batch; one of a batch that failed is passed over.
    pub fn add_line(&mut self, add: impl FnOnce(&mut Letter) -> Result<(), Fault>) {
        // Only the opening line has a label.
        self.label = None;
        let Some(composition) = &mut self.composition else { return };
        composition.heard_at = Instant::now();
        if let Some(Err(fault)) = composition.letter.as_mut().map(add) {
            self.fail_composition(&fault);
        }
    }

    /// Forgets the batch, whatever became of it.
    pub fn drop_composition(&mut self) {
        self.composition = None;
    }

    /// Closes the batch. What it says goes on as if its label were this command's.
    pub fn finish_composition(&mut self) -> Option<(String, Said)> {
        let finished = self.composition.as_mut()?.letter.take()?.finish();
        match finished {
            Ok(finished) => {
                self.response = None;
                self.label = self.composition.take()?.label;
                Some(finished)
            }
            Err(fault) => {
                self.fail_composition(&fault);
                self.composition = None;
                None
            }
        }
    }

    /// Says why the open batch failed, with its label; what still comes of it is passed over.
    pub fn fail_composition(&mut self, fault: &Fault) {
        let (lines, bytes) =
            (limits::MULTILINE_LINES_MAX.to_string(), limits::MULTILINE_BYTES_MAX.to_string());
        match fault {
            Fault::TooManyLines => {
                self.end_composition("MULTILINE_MAX_LINES", &[&lines], "The message has too many lines");
            }
            Fault::TooManyBytes => {
                self.end_composition("MULTILINE_MAX_BYTES", &[&bytes], "The message is too long");
            }
            Fault::OtherTarget { expected, found } => {
                let text = "All lines of a batch go to its target";
                let (expected, found) =
                    (super::cut(expected, SHOWN_BYTES_MAX), super::cut(found, SHOWN_BYTES_MAX));
                self.end_composition("MULTILINE_INVALID_TARGET", &[expected, found], text);
            }
            Fault::Invalid(text) => self.end_composition("MULTILINE_INVALID", &[], text),
        }
    }

    /// When the open batch has waited long enough.
    pub(super) fn composition_deadline(&self) -> Option<Instant> {
        let open = self.composition.as_ref().filter(|composition| composition.letter.is_some())?;
        Some(open.heard_at + Duration::from_secs(self.service.limits.batch_timeout_s))
    }

    /// Ends the open batch if it has waited too long; whether it did.
    pub(super) fn expire_composition(&mut self, now: Instant) -> bool {
        let is_late = self.composition_deadline().is_some_and(|deadline| deadline <= now);
        if is_late {
            let reference = self.composition.as_ref().map_or_else(String::new, |one| one.reference.clone());
            self.end_composition("TIMEOUT", &[&reference], "The batch was open for too long");
        }
        is_late
    }

    fn end_composition(&mut self, code: &str, context: &[&str], text: &str) {
        let Some(composition) = &mut self.composition else { return };
        composition.letter = None;
        let label = composition.label.take();
        let of_this_command = std::mem::replace(&mut self.response, label.map(Response::new));
        self.fail("BATCH", code, context, text);
        self.close_response();
        self.response = of_this_command;
    }
}

impl Composition {
    /// Whether lines of it are still collected.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.letter.is_some()
    }

    /// Whether this is its name.
    #[must_use]
    pub fn is_named(&self, reference: &str) -> bool {
        self.reference == reference
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Line = (Speech, &'static str, &'static str, bool);

    fn compose(lines: &[Line]) -> Result<Said, Fault> {
        let mut letter = Letter::new("#a", "+x".into());
        for (speech, target, line, continues) in lines {
            letter.add(*speech, target, line, *continues)?;
        }
        letter.finish().map(|(_, said)| said)
    }

    #[test]
    fn lines_become_one_text() {
        let message = Speech::Message;
        let lines = [
            (message, "#A", "", true),
            (message, "#a", "hello", false),
            (message, "#a", "", false),
            (message, "#a", "how is ", false),
            (message, "#a", "everyone?", true),
        ];
        assert!(matches!(compose(&lines), Err(Fault::Invalid(_))));
        let said = compose(&lines[1..]).unwrap();
        assert_eq!((said.text.as_str(), said.seams.as_slice()), ("hello\n\nhow is everyone?", &[14][..]));
        assert_eq!(said.tags, "+x");
        let one = compose(&[(Speech::Notice, "#a", "one", true)]).unwrap();
        assert_eq!(one, Said { speech: Speech::Notice, tags: "+x".into(), ..Said::plain("one") });
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let message = Speech::Message;
        let other = Fault::OtherTarget { expected: "#a".into(), found: "#b".into() };
        assert_eq!(compose(&[(message, "#b", "x", false)]), Err(other));
        let invalid: [&[Line]; 4] = [
            &[],
            &[(message, "#a", "", false), (message, "#a", "", false)],
            &[(message, "#a", "x", false), (Speech::Notice, "#a", "x", false)],
            &[(message, "#a", "x", false), (message, "#a", "", true)],
        ];
        for lines in invalid {
            assert!(matches!(compose(lines), Err(Fault::Invalid(_))), "{lines:?}");
        }
    }

    #[test]
    fn the_limits_hold_to_the_line_and_the_byte() {
        let add = |letter: &mut Letter, line: &str| letter.add(Speech::Message, "#a", line, false);
        let mut letter = Letter::new("#a", String::new());
        for _ in 0..limits::MULTILINE_LINES_MAX {
            add(&mut letter, "x").unwrap();
        }
        assert_eq!(add(&mut letter, "x"), Err(Fault::TooManyLines));
        let mut letter = Letter::new("#a", String::new());
        add(&mut letter, &"x".repeat(limits::MULTILINE_BYTES_MAX - 2)).unwrap();
        add(&mut letter, "x").unwrap();
        assert_eq!(add(&mut letter, ""), Err(Fault::TooManyBytes));
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out_line_by_line(lines in proptest::collection::vec(("[a-zß]{0,5}", any::<bool>()), 1..32)) {
            let mut letter = Letter::new("#a", String::new());
            let mut added = Vec::new();
            for (line, continues) in &lines {
                let continues = *continues && !line.is_empty();
                letter.add(Speech::Message, "#a", line, continues).unwrap();
                added.push((continues && !added.is_empty(), line.as_str()));
            }
            if let Ok((_, said)) = letter.finish() {
                prop_assert_eq!(said.lines().collect::<Vec<_>>(), added);
            } else {
                prop_assert!(lines.iter().all(|(line, _)| line.is_empty()));
            }
        }
    }
}
