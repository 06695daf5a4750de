//! People who all talk at full speed in one room, and note what was echoed, refused and seen.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::{Connection as _, Row as _, SqliteConnection};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::support::{Client, Message, Server};

pub(super) const PEOPLE: [&str; 3] = ["alice", "bob", "carol"];
const CAPS: [&str; 3] = ["echo-message", "labeled-response", "batch"];
/// Messages of one client under way at one time.
const WINDOW: usize = 32;
/// Longer than any fault that is tried.
const PATIENCE: Duration = Duration::from_secs(120);

/// Everybody, talking.
pub(super) struct Crowd {
    people: Vec<JoinHandle<Heard>>,
    counts: watch::Receiver<Counts>,
    is_over: Arc<AtomicBool>,
}

/// Of all together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) echoed: usize,
    pub(super) refused: usize,
}

/// What one of them can say afterwards.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) echoed: Vec<String>,
    pub(super) refused: Vec<String>,
    /// One's own and the others', as it came.
    pub(super) seen: Vec<String>,
}

/// How it went, held against the disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdict {
    pub(super) echoed: usize,
    pub(super) refused: usize,
    /// Echoed or seen and not stored, or stored between two that somebody saw and not seen.
    pub(super) lost: usize,
    /// Stored twice or seen twice.
    pub(super) doubled: usize,
    /// Refused and stored.
    pub(super) traces: usize,
}

impl Crowd {
    /// Everybody enters `#room`; then all begin. Texts of different rounds differ.
    pub(super) async fn gather(server: &Server, round: usize) -> Self {
        let mut clients = Vec::new();
        for person in PEOPLE {
            let mut client = server.login(person, &CAPS).await;
            client.patience = PATIENCE;
            client.run("JOIN #room").await;
            clients.push((person, client));
        }
        let (counter, counts) = watch::channel(Counts::default());
        let is_over = Arc::<AtomicBool>::default();
        let people = clients.into_iter().map(|(person, client)| {
            let name = format!("{person}-{round}");
            tokio::spawn(talk(client, name, counter.clone(), Arc::clone(&is_over)))
        });
        Self { people: people.collect(), counts, is_over }
    }

    /// Waits until the counts are so.
    pub(super) async fn until(&self, what: &str, is_so: impl FnMut(&Counts) -> bool) -> Counts {
        let mut counts = self.counts.clone();
        let found = timeout(PATIENCE, counts.wait_for(is_so)).await;
        let counts = found.unwrap_or_else(|_| panic!("waited for {what}: {:?}", self.counts.borrow()));
        *counts.unwrap_or_else(|_| panic!("waited for {what}: everybody is gone"))
    }

    /// Waits until so many more are echoed.
    pub(super) async fn until_echoed(&self, more: usize) {
        let before = self.counts.borrow().echoed;
        self.until("echoes", |counts| counts.echoed >= before + more).await;
    }

    /// Nobody says anything new, all hear the end of what is under way.
    pub(super) async fn end(self) -> Vec<Heard> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for person in self.people {
            all.push(person.await.unwrap());
        }
        all
    }
}

async fn talk(
    mut client: Client,
    name: String,
    counter: watch::Sender<Counts>,
    is_over: Arc<AtomicBool>,
) -> Heard {
    let mut heard = Heard::default();
    let line = |n: usize| format!("@label={n} PRIVMSG #room :{name}-{n}\r\n");
    let mut said = WINDOW;
    if client.try_send_raw((0..WINDOW).map(line).collect::<String>().as_bytes()).await.is_err() {
        return heard;
    }
    while let Some(message) = client.next_or_end("what is said").await {
        if message.command == "PONG" {
            return heard;
        }
        if !heard.note(&message, &name, &counter) {
            continue;
        }
        let done = heard.echoed.len() + heard.refused.len();
        let next = if !is_over.load(Ordering::Relaxed) {
            said += 1;
            line(said - 1)
        } else if done == said {
            "PING end\r\n".to_owned()
        } else {
            continue;
        };
        // A server that is gone is noticed by reading: what it sent before is still there.
        drop(client.try_send_raw(next.as_bytes()).await);
    }
    heard
}

impl Heard {
    /// Whether it was about one's own message.
    fn note(&mut self, message: &Message, name: &str, counter: &watch::Sender<Counts>) -> bool {
        let label = message.tag("label");
        match message.command.as_str() {
            "PRIVMSG" => {
                self.seen.push(message.last().to_owned());
                if label.is_some() {
                    self.echoed.push(message.last().to_owned());
                    counter.send_modify(|counts| counts.echoed += 1);
                }
                label.is_some()
            }
            "FAIL" => {
                self.refused.push(format!("{name}-{}", label.unwrap()));
                counter.send_modify(|counts| counts.refused += 1);
                true
            }
            _ => false,
        }
    }
}

/// All texts on disk, in the journal's order, read past the server. `root` is where the server's own
/// view of the files is; nobody talks.
pub(super) async fn stored(server: &Server, root: &str) -> Vec<String> {
    let mut path = server.folder().join("data/chat-secure.db");
    if !root.is_empty() {
        // SQLite would follow the name to what is there for everybody else.
        let copy = server.folder().join("copy.db");
        for end in ["", "-wal"] {
            let seen = format!("{root}{}{end}", path.display());
            std::fs::copy(seen, format!("{}{end}", copy.display())).unwrap();
        }
        path = copy;
    }
    let mut database = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let rows = sqlx::query("SELECT body FROM entries WHERE kind = 1 ORDER BY id").fetch_all(&mut database);
    let texts = rows.await.unwrap().iter().map(|row| row.get(0)).collect();
    database.close().await.unwrap();
    texts
}

impl Verdict {
    /// Of one round.
    pub(super) fn on(stored: &[String], all: &[Heard]) -> Self {
        let mut verdict = Self::default();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (place, text) in stored.iter().enumerate() {
            verdict.doubled += usize::from(places.insert(text, place).is_some());
        }
        for heard in all {
            verdict.echoed += heard.echoed.len();
            verdict.refused += heard.refused.len();
            verdict.lost += heard.echoed.iter().filter(|text| !places.contains_key(text.as_str())).count();
            verdict.traces += heard.refused.iter().filter(|text| places.contains_key(text.as_str())).count();
            let seen: HashSet<&String> = heard.seen.iter().collect();
            verdict.doubled += heard.seen.len() - seen.len();
            verdict.lost += gaps(&places, &heard.seen);
        }
        verdict
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.echoed += other.echoed;
        self.refused += other.refused;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.traces += other.traces;
    }

    #[track_caller]
    pub(super) fn assert_clean(&self) {
        assert!(self.echoed > 0, "{self:?}");
        assert_eq!((self.lost, self.doubled, self.traces), (0, 0, 0), "{self:?}");
    }
}

/// Places between the first and the last that were passed over, and steps back.
fn gaps(places: &HashMap<&str, usize>, seen: &[String]) -> usize {
    let found: Vec<Option<&usize>> = seen.iter().map(|text| places.get(text.as_str())).collect();
    let absent = found.iter().filter(|place| place.is_none()).count();
    let found: Vec<usize> = found.into_iter().flatten().copied().collect();
    absent
        + found
            .windows(2)
            .map(|pair| pair[1].wrapping_sub(pair[0]).wrapping_sub(1).min(1_000_000))
            .sum::<usize>()
}
