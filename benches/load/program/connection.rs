//! A connection on its way in: registration, capabilities, SASL, rooms.
//!
//! It reads line by line and is not for measuring deliveries: that is the ear's.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use chat_secure::protocol::{Message, sasl};

use super::ear::is_failure;
use super::link::Link;

/// A server that takes longer for one step has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Who comes: a guest under a nick, or an account.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) nick: String,
    pub(crate) password: Option<String>,
}

/// A connection that is read line by line.
pub(crate) struct Connection {
    link: Link,
    nick: String,
    /// Bytes that came and were not looked at yet, from this place on.
    inbox: Vec<u8>,
    at: usize,
    caps: BTreeSet<String>,
}

impl Connection {
    pub(crate) fn new(link: Link) -> Self {
        Self { link, nick: String::new(), inbox: Vec::new(), at: 0, caps: BTreeSet::new() }
    }

    /// Gets in, with those of the wanted capabilities that the server has.
    pub(crate) async fn register(&mut self, visitor: &Visitor, wanted: &[String]) -> Result<()> {
        self.nick.clone_from(&visitor.nick);
        let nick = &visitor.nick;
        self.say(&format!("CAP LS 302\r\nNICK {nick}\r\nUSER {nick} 0 * :load\r\n")).await?;
        let steps = self.steps_of_registration(visitor, wanted);
        let outcome = tokio::time::timeout(PATIENCE, steps).await;
        outcome
            .map_err(|_| anyhow!("not in after {PATIENCE:?}"))
            .flatten()
            .context(format!("{nick} signs in"))
    }

    async fn steps_of_registration(&mut self, visitor: &Visitor, wanted: &[String]) -> Result<()> {
        let mut offered = BTreeSet::new();
        loop {
            let line = self.line().await?;
            let message = parse(&line)?;
            match (message.command, message.param(1)) {
                ("CAP", Some("LS")) => {
                    let list = message.params().last().copied().unwrap_or_default();
                    offered
                        .extend(list.split(' ').map(|cap| cap.split('=').next().unwrap_or(cap).to_owned()));
                    if message.param(2) != Some("*") {
                        self.request(visitor, wanted, &offered).await?;
                    }
                }
                ("CAP", Some("ACK")) => {
                    let list = message.params().last().copied().unwrap_or_default();
                    self.caps.extend(list.split_whitespace().map(str::to_owned));
                    if visitor.password.is_some() {
                        self.say("AUTHENTICATE PLAIN\r\n").await?;
                    } else {
                        self.say("CAP END\r\n").await?;
                    }
                }
                ("AUTHENTICATE", _) => {
                    let password = visitor.password.as_deref().unwrap_or_default();
                    let answer = format!("\0{}\0{password}", visitor.nick);
                    for chunk in sasl::chunks(answer.as_bytes()) {
                        self.say(&format!("AUTHENTICATE {}\r\n", &*chunk)).await?;
                    }
                }
                ("903", _) => self.say("CAP END\r\n").await?,
                ("376" | "422", _) => return Ok(()),
                // A server without capabilities.
                ("421", _) => {}
                ("CAP", Some("NAK")) | ("904" | "905" | "902", _) => bail!("the server said: {line}"),
                (command, _) if is_failure(command) => bail!("the server said: {line}"),
                _ => {}
            }
        }
    }

    async fn request(
        &mut self,
        visitor: &Visitor,
        wanted: &[String],
        offered: &BTreeSet<String>,
    ) -> Result<()> {
        let mut caps: Vec<&str> =
            wanted.iter().map(String::as_str).filter(|cap| offered.contains(*cap)).collect();
        if visitor.password.is_some() {
            if !offered.contains("sasl") {
                bail!("the server has no SASL");
            }
            caps.push("sasl");
        }
        if caps.is_empty() {
            return self.say("CAP END\r\n").await;
        }
        self.say(&format!("CAP REQ :{}\r\n", caps.join(" "))).await
    }

    /// Enters a room and waits until the server has listed who is there.
    pub(crate) async fn join(&mut self, room: &str) -> Result<()> {
        self.say(&format!("JOIN {room}\r\n")).await?;
        self.until("366").await.with_context(|| format!("{} joins {room}", self.nick))
    }

    /// Reads on to a line with this command.
    pub(crate) async fn until(&mut self, command: &str) -> Result<()> {
        let search = async {
            loop {
                let line = self.line().await?;
                let message = parse(&line)?;
                if message.command == command {
                    return Ok(());
                }
                if is_failure(message.command) {
                    bail!("the server said: {line}");
                }
            }
        };
        let outcome = tokio::time::timeout(PATIENCE, search).await;
        outcome.map_err(|_| anyhow!("no {command} after {PATIENCE:?}")).flatten()
    }

    pub(crate) async fn say(&mut self, lines: &str) -> Result<()> {
        self.link.send(lines.as_bytes())?;
        self.link.flush().await
    }

    /// The next line, PINGs answered on the way.
    pub(crate) async fn line(&mut self) -> Result<String> {
        loop {
            while let Some(line) = self.line_in_hand() {
                match parse(&line)? {
                    message if message.command == "PING" => {
                        let token = message.param(0).unwrap_or_default().to_owned();
                        self.say(&format!("PONG :{token}\r\n")).await?;
                    }
                    _ => return Ok(line),
                }
            }
            let inbox = &mut self.inbox;
            let link = &mut self.link;
            let mut hear = |bytes: &[u8]| inbox.extend_from_slice(bytes);
            if !poll_fn(|cx| link.poll_receive(cx, &mut hear)).await? && self.inbox.is_empty() {
                bail!("the server closed the connection of {}", self.nick);
            }
        }
    }

    fn line_in_hand(&mut self) -> Option<String> {
        let rest = &self.inbox[self.at..];
        let Some(end) = memchr::memchr(b'\n', rest) else {
            self.inbox.drain(..self.at);
            self.at = 0;
            if self.inbox.is_empty() {
                self.inbox = Vec::new();
            }
            return None;
        };
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        let line = String::from_utf8_lossy(line).into_owned();
        self.at += end + 1;
        Some(line)
    }

    pub(crate) fn nick(&self) -> &str {
        &self.nick
    }

    /// Whether its own messages come back to it.
    pub(crate) fn has_echo(&self) -> bool {
        self.caps.contains("echo-message")
    }

    pub(crate) fn has(&self, cap: &str) -> bool {
        self.caps.contains(cap)
    }

    /// The link itself, and what came over it and was not read.
    pub(crate) fn into_link(self) -> (Link, Vec<u8>) {
        (self.link, self.inbox.get(self.at..).unwrap_or_default().to_vec())
    }
}

fn parse(line: &str) -> Result<Message<'_>> {
    Message::parse(line.as_bytes()).map_err(|error| anyhow!("{line:?} is no line of IRC: {error}"))
}
