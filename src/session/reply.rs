//! Replies: lines from the server to this session alone, and the label that ties them to a command.
//!
//! Source: IRCv3 labeled-response, standard-replies.

use std::borrow::Cow;

use bytes::Bytes;

use crate::protocol::{Cap, Line, Message, Numeric};

use super::render::with_tag;
use super::{Session, Stage};

/// What a labelled command has led to so far.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) label: String,
    lines: Vec<Vec<u8>>,
    /// What others caused since its first line; goes out behind the response.
    after: Vec<u8>,
}

impl Response {
    pub(super) fn new(label: String) -> Self {
        Self { label, lines: Vec::new(), after: Vec::new() }
    }

    /// Whether it has a line, or stands for one that was set aside.
    fn has_begun(&self) -> bool {
        self.label.is_empty() || !self.lines.is_empty() || !self.after.is_empty()
    }
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
        line.source(self.service.name.as_str()).fitted().write_to(&mut bytes);
        self.push(&bytes, Cause::Command);
    }

    /// Sends a line that says it is from the client itself.
    pub fn send_as_self(&mut self, line: Line) {
        let user = self.service.journal.directory().user(self.user());
        let source = user.map_or_else(|| self.shown_nick().to_owned(), |user| user.author.to_string());
        let mut bytes = Vec::new();
        line.source(source).fitted().write_to(&mut bytes);
        self.push(&bytes, Cause::Command);
    }

    /// Sends a rendered line as a reply to the command that runs.
    pub fn reply_with(&mut self, line: &[u8]) {
        self.push(line, Cause::Command);
    }

    /// Sends a rendered line, or several of one message.
    pub(super) fn push(&mut self, line: &[u8], cause: Cause) {
        match (&mut self.response, cause) {
            (Some(response), Cause::Command) => {
                response.lines.extend(wire_lines(line).map(<[u8]>::to_vec));
            }
            // What happened before the command did anything is told before: a PART that overtook a JOIN
            // would leave the client in a room that it is not in.
            (Some(response), Cause::Other) if response.has_begun() => response.after.extend_from_slice(line),
            (Some(_), Cause::Other) | (None, _) => self.out.extend(line),
        }
    }

    /// Sends lines that others are sent as well.
    pub(super) fn push_shared(&mut self, lines: &Bytes) {
        match self.response {
            Some(_) => self.push(lines, Cause::Other),
            None => self.out.share(lines),
        }
    }

    /// Sends a rendered line with a label, or without; of several the first has it.
    pub(super) fn push_labelled(&mut self, line: &[u8], label: Option<&str>) {
        match label {
            Some(label) => self.push(&with_tag(line, "label", label), Cause::Other),
            None => self.push(line, Cause::Other),
        }
    }

    /// Sends lines between `BATCH +` and `BATCH -`, if the client knows batches; they carry the
    /// batch's id then. A batch among them is nested.
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
        for line in lines.iter().flat_map(|lines| wire_lines(lines)) {
            self.push(&in_batch(line, &id), Cause::Command);
        }
        self.send(Line::new("BATCH").param(format!("-{id}")));
    }

    /// From here on what the command leads to belongs to its label, if it has one.
    pub fn open_response(&mut self) {
        if let Some(label) = self.label.take() {
            self.response = Some(Response::new(label));
        }
    }

    /// What follows is none of the running command's doing, until [`Session::resume_response`].
    pub(super) fn set_response_aside(&mut self) -> Option<Response> {
        let empty = Response { label: String::new(), lines: Vec::new(), after: Vec::new() };
        self.response.is_some().then(|| self.response.replace(empty)).flatten()
    }

    /// Goes on with the response that was set aside; what came meanwhile was caused by others.
    pub(super) fn resume_response(&mut self, aside: Option<Response>) {
        let Some(aside) = aside else { return };
        let meanwhile = self.response.replace(aside);
        if let Some(Response { lines, after, .. }) = meanwhile {
            self.push(&[lines.concat(), after].concat(), Cause::Other);
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
                    self.out.extend(&in_batch(line, &id));
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
    fn id(line: &[u8], sign: char) -> Option<&str> {
        let message = Message::parse(line.strip_suffix(b"\r\n")?).ok()?;
        if message.is("BATCH") { message.param(0)?.strip_prefix(sign) } else { None }
    }
    id(first, '+').is_some_and(|opened| id(last, '-') == Some(opened))
}

/// The lines of something rendered, with their line ends.
fn wire_lines(rendered: &[u8]) -> impl Iterator<Item = &[u8]> {
    rendered.split_inclusive(|byte| *byte == b'\n')
}

/// The line as part of a batch; what is in an inner one already stays there.
fn in_batch<'a>(line: &'a [u8], id: &str) -> Cow<'a, [u8]> {
    if line.starts_with(b"@batch=") {
        return Cow::Borrowed(line);
    }
    Cow::Owned(with_tag(line, "batch", id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_told_from_words_about_one() {
        let (open, close): (&[u8], &[u8]) =
            (b"@msgid=1 :n!u@h BATCH +a-1 draft/multiline #r\r\n", b":n!u@h BATCH -a-1\r\n");
        assert!(is_one_batch(open, close));
        assert!(!is_one_batch(open, b":s BATCH -b\r\n"));
        let words: &[u8] = b":n!u@h PRIVMSG #r :x BATCH +a-1 BATCH -a-1\r\n";
        assert!(!is_one_batch(words, words) && !is_one_batch(open, words) && !is_one_batch(words, close));
    }

    #[test]
    fn an_inner_batch_keeps_its_lines() {
        let rendered = b"@time=1 :n BATCH +m1 t\r\n@batch=m1 :n PRIVMSG #r :x\r\n:n BATCH -m1\r\n";
        let nested: Vec<u8> =
            wire_lines(rendered).flat_map(|line| in_batch(line, "o").into_owned()).collect();
        let expected: &[u8] =
            b"@batch=o;time=1 :n BATCH +m1 t\r\n@batch=m1 :n PRIVMSG #r :x\r\n@batch=o :n BATCH -m1\r\n";
        assert_eq!(nested, expected);
    }
}
