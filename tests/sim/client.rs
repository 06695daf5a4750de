//! A client: what it said, what it was shown and when, and which rooms it believes to be in.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chat_secure::ids::{MsgId, RoomId, Seq};
use chat_secure::protocol::LineBuffer;
use tokio::task::JoinHandle;

use crate::message::Message;
use crate::pipe::Far;

/// What no entry of the store has: ids of what passes.
const STORED_BELOW: u64 = 1 << 39;

/// One connection, of an account or of a guest whose nick nobody else ever has.
pub(crate) struct Client {
    pub(crate) nick: String,
    pub(crate) far: Arc<Far>,
    pub(crate) session: JoinHandle<()>,
    /// The number of commits when it was welcomed.
    pub(crate) welcomed_at: Option<u64>,
    /// What it was shown as it happened.
    pub(crate) sights: Vec<Sight>,
    pub(crate) seen: HashSet<(RoomId, Seq)>,
    /// The last of each room.
    pub(crate) last: HashMap<RoomId, Seq>,
    /// Its stays in rooms, by name.
    pub(crate) stays: Vec<Stay>,
    /// Commands without an answer yet, by label.
    pub(crate) asked: BTreeMap<usize, Asked>,
    /// Pages of history that came.
    pub(crate) pages: Vec<Page>,
    /// Tokens of PONG.
    pub(crate) pongs: HashSet<String>,
    /// Whether it has ever read slowly: the server may let it go then.
    pub(crate) was_slow: bool,
    /// Whether it has left.
    pub(crate) is_gone: bool,
    /// The session's last words.
    pub(crate) error: Option<String>,
    received: LineBuffer,
    batches: HashMap<String, Batch>,
    expects: BTreeSet<String>,
}

/// Something of a room, shown as it happened.
pub(crate) struct Sight {
    pub(crate) id: MsgId,
    /// The number of commits when the session wrote it.
    pub(crate) commits: u64,
    pub(crate) line: Message,
}

/// From when to when the client was shown a room.
pub(crate) struct Stay {
    pub(crate) room: String,
    pub(crate) from: From,
    pub(crate) until: Option<MsgId>,
}

#[derive(Clone, Copy)]
pub(crate) enum From {
    /// Its own JOIN, as it stands in the journal.
    Entry(MsgId),
    /// It was shown that it is there, after so many commits.
    Commit(u64),
}

/// A command under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// What the journal would hold of it.
    pub(crate) mark: usize,
}

/// How a command fared.
pub(crate) struct Answer {
    pub(crate) mark: usize,
    /// The error that was its answer.
    pub(crate) refusal: Option<String>,
}

/// A page of history.
pub(crate) struct Page {
    pub(crate) target: String,
    pub(crate) commits: u64,
    pub(crate) lines: Vec<Message>,
}

struct Batch {
    kind: String,
    target: String,
    label: Option<usize>,
    parent: Option<String>,
    refusal: Option<String>,
    lines: Vec<Message>,
}

impl Client {
    pub(crate) fn new(nick: String, far: Arc<Far>, session: JoinHandle<()>) -> Self {
        Self {
            nick,
            far,
            session,
            welcomed_at: None,
            sights: Vec::new(),
            seen: HashSet::new(),
            last: HashMap::new(),
            stays: Vec::new(),
            asked: BTreeMap::new(),
            pages: Vec::new(),
            pongs: HashSet::new(),
            was_slow: false,
            is_gone: false,
            error: None,
            received: LineBuffer::default(),
            batches: HashMap::new(),
            expects: BTreeSet::new(),
        }
    }

    pub(crate) fn say(&self, line: &str) {
        self.far.say(format!("{line}\r\n").as_bytes());
    }

    /// Says it with a label of this number.
    pub(crate) fn ask(&mut self, label: usize, tags: &str, line: &str) {
        self.asked.insert(label, Asked { mark: label });
        self.say(&format!("@label={label}{tags} {line}"));
    }

    pub(crate) fn ping(&mut self, token: String) {
        self.say(&format!("PING {token}"));
        self.expects.insert(token);
    }

    /// Whether all it waits for has come.
    pub(crate) fn is_served(&self) -> bool {
        self.expects.iter().all(|token| self.pongs.contains(token)) && self.asked.is_empty()
    }

    pub(crate) fn is_live(&self) -> bool {
        self.welcomed_at.is_some() && !self.is_gone && !self.session.is_finished()
    }

    /// The rooms that it believes to be in, by name.
    pub(crate) fn rooms(&self) -> BTreeSet<String> {
        self.stays.iter().filter(|stay| stay.until.is_none()).map(|stay| stay.room.clone()).collect()
    }

    /// Takes what came, and lets somebody look at each line. Returns how commands fared.
    pub(crate) fn take(&mut self, mut look: impl FnMut(&[u8])) -> Result<Vec<Answer>, String> {
        let mut answers = Vec::new();
        for (commits, bytes) in self.far.heard() {
            self.received.extend(&bytes);
            while let Some(line) = self.received.next_line() {
                look(&line);
                self.hear(Message::parse(&line), commits, &mut answers)?;
            }
        }
        Ok(answers)
    }

    fn hear(&mut self, line: Message, commits: u64, answers: &mut Vec<Answer>) -> Result<(), String> {
        match line.command.as_str() {
            "PING" => self.say(&format!("PONG {}", line.last())),
            "PONG" => drop(self.pongs.insert(line.last().to_owned())),
            "376" | "422" => self.welcomed_at = Some(commits),
            "ERROR" => self.error = Some(line.last().to_owned()),
            "BATCH" => return self.batch(&line, commits, answers),
            _ => {}
        }
        let refusal = is_refusal(&line).then(|| line.line.clone());
        if let Some(id) = line.tag("batch") {
            let batch = self.batches.get_mut(&id).ok_or_else(|| format!("no batch {id}: {line}"))?;
            if batch.kind == "chathistory" {
                batch.lines.push(line);
                return Ok(());
            }
            batch.refusal = batch.refusal.take().or(refusal);
        } else if let Some(label) = line.tag("label") {
            self.answer(&label, refusal, answers)?;
        }
        self.live(line, commits);
        Ok(())
    }

    fn answer(
        &mut self,
        label: &str,
        refusal: Option<String>,
        answers: &mut Vec<Answer>,
    ) -> Result<(), String> {
        let asked = label.parse().ok().and_then(|label| self.asked.remove(&label));
        let asked = asked.ok_or_else(|| format!("{} has an answer too many for label {label}", self.nick))?;
        answers.push(Answer { mark: asked.mark, refusal });
        Ok(())
    }

    fn batch(&mut self, line: &Message, commits: u64, answers: &mut Vec<Answer>) -> Result<(), String> {
        let (sign, id) = line.param(0).split_at(1);
        if sign == "+" {
            let batch = Batch {
                kind: line.param(1).to_owned(),
                target: line.param(2).to_owned(),
                label: line.tag("label").and_then(|label| label.parse().ok()),
                parent: line.tag("batch"),
                refusal: None,
                lines: Vec::new(),
            };
            self.batches.insert(id.to_owned(), batch);
            return Ok(());
        }
        let batch = self.batches.remove(id).ok_or_else(|| format!("no batch {id} to end"))?;
        if let Some(parent) = batch.parent.and_then(|parent| self.batches.get_mut(&parent)) {
            parent.refusal = parent.refusal.take().or(batch.refusal.clone());
        }
        if batch.kind == "chathistory" {
            self.pages.push(Page { target: batch.target, commits, lines: batch.lines });
        }
        match batch.label {
            Some(label) => self.answer(&label.to_string(), batch.refusal, answers),
            None => Ok(()),
        }
    }

    /// Something that happened.
    fn live(&mut self, line: Message, commits: u64) {
        let id = line.tag("msgid").and_then(|id| MsgId::parse(&id)).filter(|id| id.seq.0 < STORED_BELOW);
        let room = line.param(0).to_owned();
        let is_mine = line.nick() == self.nick;
        match line.command.as_str() {
            "JOIN" if is_mine => {
                let from = id.map_or(From::Commit(commits), From::Entry);
                self.stays.push(Stay { room, from, until: None });
            }
            "PART" if is_mine => self.end_stay(&room, id),
            "KICK" if line.param(1) == self.nick => self.end_stay(&room, id),
            _ => {}
        }
        if let Some(id) = id.filter(|_| line.command != "INVITE") {
            self.sights.push(Sight { id, commits, line });
        }
    }

    fn end_stay(&mut self, room: &str, id: Option<MsgId>) {
        let open = |stay: &&mut Stay| stay.room == room && stay.until.is_none();
        if let Some(stay) = self.stays.iter_mut().rev().find(open) {
            stay.until = id;
        }
    }
}

fn is_refusal(line: &Message) -> bool {
    line.command == "FAIL" || (line.command.len() == 3 && line.command.starts_with(['4', '5']))
}
