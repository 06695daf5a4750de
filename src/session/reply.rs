//! Replies: lines from the server to this session alone, and the label that ties them to a command.
//!
//! Source: IRCv3 labeled-response, standard-replies.

use crate::protocol::{Cap, Line, Numeric};

use super::render::with_tag;
use super::{Session, Stage};

/// What a labelled command has led to so far.
#[derive(Debug)]
pub(super) struct Response {
    label: String,
    lines: Vec<Vec<u8>>,
    /// What others caused meanwhile; goes out behind the response.
    after: Vec<u8>,
}

/// Whose a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The command that runs.
    Command,
    /// Anything else.
    Other,
}

impl Session {
    /// The client's own name in replies.
    #[must_use]
    pub fn shown_nick(&self) -> &str {
        match &self.stage {
            Stage::Registered(registered) => registered.nick.as_str(),
            Stage::Registering(registering) => registering.nick.as_ref().map_or("*", |nick| nick.as_str()),
        }
    }

    /// Sends a numeric with its usual text.
    pub fn numeric(&mut self, numeric: Numeric, params: &[&str]) {
        let line = Line::new(numeric.digits()).param(self.shown_nick()).params(params);
        let line = if numeric.text.is_empty() { line } else { line.param(numeric.text) };
        self.send(line);
    }

    /// Sends `FAIL <command> <code> [<context>…] :<text>`.
    pub fn fail(&mut self, command: &str, code: &str, context: &[&str], text: &str) {
        let command = command.to_ascii_uppercase();
        self.send(Line::new("FAIL").param(command).param(code).params(context).param(text));
    }

    /// Sends a line from the server.
    pub fn send(&mut self, line: Line) {
        let mut bytes = Vec::new();
        line.source(self.service.name.as_str()).write_to(&mut bytes);
        self.push(&bytes, Cause::Command);
    }

    /// Sends a line that says it is from the client itself.
    pub fn send_as_self(&mut self, line: Line) {
        let user = self.service.journal.directory().user(self.user());
        let source = user.map_or_else(|| self.shown_nick().to_owned(), |user| user.author.to_string());
        let mut bytes = Vec::new();
        line.source(source).write_to(&mut bytes);
        self.push(&bytes, Cause::Command);
    }

    /// Sends a rendered line.
    pub(super) fn push(&mut self, line: &[u8], cause: Cause) {
        match (&mut self.response, cause) {
            (Some(response), Cause::Command) => response.lines.push(line.to_vec()),
            (Some(response), Cause::Other) => response.after.extend_from_slice(line),
            (None, _) => self.out.extend(line),
        }
    }

    /// Sends a rendered line with a label, or without.
    pub(super) fn push_labelled(&mut self, line: &[u8], label: Option<&str>) {
        match label {
            Some(label) => self.push(&with_tag(line, "label", label), Cause::Other),
            None => self.push(line, Cause::Other),
        }
    }

    /// Sends lines between `BATCH +` and `BATCH -`, if the client knows batches; they carry the
    /// batch's id then.
    pub fn send_batch(&mut self, kind: &str, params: &[&str], lines: &[Vec<u8>]) {
        self.send_tagged_batch(None, kind, params, lines);
    }

    /// The same with a tag without value on the opening line, for a client that knows tags.
    pub fn send_tagged_batch(
        &mut self,
        tag: Option<&'static str>,
        kind: &str,
        params: &[&str],
        lines: &[Vec<u8>],
    ) {
        if !self.has(Cap::Batch) {
            for line in lines {
                self.push(line, Cause::Command);
            }
            return;
        }
        let id = self.batch_id();
        let opening = Line::new("BATCH").param(format!("+{id}")).param(kind).params(params);
        self.send(match tag.filter(|_| self.has(Cap::MessageTags)) {
            Some(tag) => opening.tag(tag, ""),
            None => opening,
        });
        for line in lines {
            self.push(&with_tag(line, "batch", &id), Cause::Command);
        }
        self.send(Line::new("BATCH").param(format!("-{id}")));
    }

    /// From here on what the command leads to belongs to its label, if it has one.
    pub fn open_response(&mut self) {
        if let Some(label) = self.label.take() {
            self.response = Some(Response { label, lines: Vec::new(), after: Vec::new() });
        }
    }

    /// Sends the response: nothing becomes an ACK, several lines a batch.
    pub(super) fn close_response(&mut self) {
        let Some(Response { label, lines, after }) = self.response.take() else { return };
        match lines.as_slice() {
            [] => self.push_labelled(&self.ack(), Some(&label)),
            [line] => self.push_labelled(line, Some(&label)),
            [first, .., last] if is_one_batch(first, last) => {
                self.push_labelled(first, Some(&label));
                for line in &lines[1..] {
                    self.out.extend(line);
                }
            }
            _ => {
                let id = self.batch_id();
                let name = self.service.name.clone();
                let opening = format!(":{name} BATCH +{id} labeled-response\r\n");
                self.out.extend(&with_tag(opening.as_bytes(), "label", &label));
                for line in &lines {
                    if line.starts_with(b"@batch=") {
                        self.out.extend(line);
                    } else {
                        self.out.extend(&with_tag(line, "batch", &id));
                    }
                }
                self.out.extend(format!(":{name} BATCH -{id}\r\n").as_bytes());
            }
        }
        self.out.extend(&after);
    }

    /// Acknowledges a command that has no other answer.
    pub(super) fn ack(&self) -> Vec<u8> {
        format!(":{} ACK\r\n", self.service.name).into_bytes()
    }

    /// An id that no batch of this session has at the same time.
    fn batch_id(&self) -> String {
        let lines = self.response.as_ref().map_or(0, |response| response.lines.len());
        format!("{:x}-{lines:x}", self.command)
    }
}

/// Whether the response is one batch already, so that it needs none around it.
fn is_one_batch(first: &[u8], last: &[u8]) -> bool {
    let id = |line: &[u8], sign: char| {
        let text = String::from_utf8_lossy(line);
        let (_, rest) = text.split_once(&format!(" BATCH {sign}"))?;
        rest.split_whitespace().next().map(str::to_owned)
    };
    id(first, '+').is_some_and(|opened| id(last, '-') == Some(opened))
}
