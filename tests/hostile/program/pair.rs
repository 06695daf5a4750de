//! Two people who talk in a room and stick to every limit, and what they notice: how long their own words take to come
//! back to them, and to reach the other. A message that is lost, doubled or out of order is a panic.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::support::{Client, Message, Server};

use super::PAIR;
use super::report::Latency;

/// Each says something so often: a little slower than the limit on commands.
const PERIOD: Duration = Duration::from_millis(110);
/// Where they talk.
pub(super) const ROOM: &str = "#pair";
/// What one says last.
const END: u64 = u64::MAX;

/// The pair; each has a task.
pub(super) struct Pair {
    is_over: watch::Sender<bool>,
    talks: Vec<JoinHandle<Vec<Sample>>>,
}

/// A message that was heard.
struct Sample {
    sent_at: Instant,
    latency: Duration,
}

/// One of them.
struct Talker {
    client: Client,
    own: usize,
    begun_at: Instant,
    said: u64,
    /// The next message from each.
    next: [u64; 2],
    samples: Vec<Sample>,
}

impl Pair {
    /// Both sign in, meet, and begin.
    pub(super) async fn meet(server: &Server) -> Self {
        let (is_over, _) = watch::channel(false);
        let begun_at = Instant::now();
        let mut talkers = Vec::new();
        for (own, account) in PAIR.iter().enumerate() {
            let mut client = server.login(account, &["echo-message"]).await;
            client.run(&format!("JOIN {ROOM}")).await;
            talkers.push(Talker { client, own, begun_at, said: 0, next: [0; 2], samples: Vec::new() });
        }
        let talks =
            talkers.into_iter().map(|talker| tokio::spawn(talker.talk(is_over.subscribe()))).collect();
        Self { is_over, talks }
    }

    /// Both end when they have heard all. What they measured before the attack, during it and after it.
    pub(super) async fn part(self, begin: Instant, end: Instant) -> [Latency; 3] {
        self.is_over.send_replace(true);
        let mut samples = Vec::new();
        for talk in self.talks {
            samples.extend(talk.await.expect("the pair loses nothing"));
        }
        let of = |is_meant: &dyn Fn(Instant) -> bool| {
            Latency::of(samples.iter().filter(|sample| is_meant(sample.sent_at)).map(|sample| sample.latency))
        };
        [of(&|at| at < begin), of(&|at| at >= begin && at < end), of(&|at| at >= end)]
    }
}

impl Talker {
    async fn talk(mut self, mut is_over: watch::Receiver<bool>) -> Vec<Sample> {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while self.next != [END; 2] {
            let has_ended = self.said == END;
            tokio::select! {
                _ = ticks.tick(), if !has_ended => self.say(self.said).await,
                _ = is_over.changed(), if !has_ended => self.say(END).await,
                message = self.client.next() => self.hear(&message),
            }
        }
        self.samples
    }

    async fn say(&mut self, number: u64) {
        let at = self.begun_at.elapsed().as_micros();
        self.client.send(format!("PRIVMSG {ROOM} :{} {number} {at}", self.own)).await;
        self.said = if number == END { END } else { number + 1 };
    }

    fn hear(&mut self, message: &Message) {
        let words: Vec<u64> = message.last().split(' ').filter_map(|word| word.parse().ok()).collect();
        let ("PRIVMSG", &[who, number, at]) = (message.command.as_str(), &words[..]) else { return };
        if !message.param(0).eq_ignore_ascii_case(ROOM) {
            return;
        }
        let next = &mut self.next[usize::try_from(who).unwrap()];
        assert!(number == *next || number == END, "{number} came instead of {next}");
        *next = if number == END { END } else { number + 1 };
        let sent_at = self.begun_at + Duration::from_micros(at);
        self.samples.push(Sample { sent_at, latency: sent_at.elapsed() });
    }
}
