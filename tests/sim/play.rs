//! One seed: a server's lives, one after the other, on the same disk.

use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use chat_secure::clock::Clock;
use chat_secure::limits;
use chat_secure::store::accounts::Account;
use rustc_hash::FxHasher;
use tokio::runtime::Builder;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};

use crate::chance::Chance;
use crate::memory;
use crate::pipe::OUTBOUND_MAX;
use crate::store_with_faults::{Odds, Store, Weather};
use crate::surroundings::Surroundings;
use crate::world::{Snapshot, World};
use crate::{judge, script};

/// Within this time of the simulation everything comes to rest once nothing fails any more.
const REST: Duration = Duration::from_secs(300);
/// What one slow reader may keep from being freed: its queue, what it took out of that and has not
/// shown, and one run that was put in when there was room.
const HELD_BY_ONE_MAX: usize = 3 * limits::INBOX_BYTES_MAX;

/// All of it.
pub(crate) struct Play {
    pub(crate) chance: Chance,
    pub(crate) store: Store,
    pub(crate) clock: Arc<AtomicI64>,
    pub(crate) accounts: Vec<Account>,
    /// Guests so far.
    pub(crate) guests: usize,
    /// What was said, each with a mark that is in the journal if it was stored.
    pub(crate) marks: Vec<Mark>,
    pub(crate) tally: Tally,
    /// Whether the disk fails for whole stretches in this life.
    pub(crate) has_weather: bool,
    pub(crate) could_not_read: bool,
    /// Whether somebody will say more in this life than a slow reader's queue holds.
    pub(crate) has_storm: bool,
    /// What everybody was shown, in one number.
    pub(crate) course: u64,
    always_on: bool,
    is_told: bool,
    /// The state at rest before the crash.
    rest: Option<Snapshot>,
}

/// Something that was asked for, and how it fared.
pub(crate) struct Mark {
    /// The connection that asked, of all lives.
    pub(crate) by: usize,
    pub(crate) fate: Fate,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing was heard of it.
    Open,
    Granted,
    Refused(String),
}

/// What was tried.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) lives: usize,
    pub(crate) granted: usize,
    pub(crate) refused: usize,
    pub(crate) entries: usize,
    pub(crate) sights: usize,
    pub(crate) faults: usize,
    pub(crate) vanished: usize,
    pub(crate) lags: u64,
    pub(crate) caught_up: u64,
    /// Lives that ended because store and journal had parted.
    pub(crate) partings: usize,
    pub(crate) course: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.lives += other.lives;
        self.granted += other.granted;
        self.refused += other.refused;
        self.entries += other.entries;
        self.sights += other.sights;
        self.faults += other.faults;
        self.vanished += other.vanished;
        self.lags += other.lags;
        self.caught_up += other.caught_up;
        self.partings += other.partings;
        self.course ^= other.course;
    }
}

impl Play {
    pub(crate) fn new(seed: u64, is_told: bool) -> Self {
        let mut chance = Chance::new(seed);
        let accounts: Vec<Account> = (1..=3).map(memory::account).collect();
        let always_on = chance.happens(700);
        let store = Store::new(chance.next(), accounts.clone());
        Self {
            chance,
            store,
            clock: Arc::new(AtomicI64::new(memory::clock().now().0)),
            accounts,
            guests: 0,
            marks: Vec::new(),
            tally: Tally::default(),
            has_weather: false,
            could_not_read: false,
            has_storm: false,
            course: 0,
            always_on,
            is_told,
            rest: None,
        }
    }

    /// Plays it to the end.
    pub(crate) fn run(mut self, surroundings: &Surroundings) -> Result<Tally, String> {
        let lives = 2 + self.chance.below(3);
        let mut is_over = false;
        while !is_over {
            self.tally.lives += 1;
            let is_last = self.tally.lives >= lives;
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
            is_over = runtime.block_on(self.live(surroundings, is_last))?;
            // The crash: every task ends where it stands.
            drop(runtime);
            self.tell(|| "the server is gone".to_owned());
        }
        let state = self.store.lock();
        self.tally.entries = state.disk.entries.values().map(Vec::len).sum();
        self.tally.faults = state.struck;
        self.tally.course = self.course;
        drop(state);
        Ok(self.tally)
    }

    /// Whether the last life came to its rest, and all was found to be right.
    async fn live(&mut self, surroundings: &Surroundings, is_last: bool) -> Result<bool, String> {
        let mut world = self.start(surroundings).await?;
        if let Some(before) = self.rest.take() {
            judge::same(&before, &world.snapshot())?;
        }
        self.has_weather = self.chance.happens(500);
        self.has_storm = self.chance.happens(50);
        let odds = script::odds(self);
        self.store.lock().odds = odds;
        for _ in 0..20 + self.chance.below(120) {
            script::step(self, &mut world);
            self.pass().await;
            self.observe(&mut world).await?;
            if world.writer.is_finished() {
                break;
            }
        }
        let rests = !world.writer.is_finished() && (is_last || self.chance.happens(400));
        let rested = rests && self.come_to_rest(&mut world).await?;
        if rested {
            judge::rooms(&world)?;
            if is_last {
                self.audit(&mut world).await?;
            } else if self.always_on && !self.has_disowned() {
                self.rest = Some(world.snapshot());
            }
        }
        self.end(world, rested).await?;
        Ok(is_last && rested)
    }

    async fn start(&mut self, surroundings: &Surroundings) -> Result<World, String> {
        let clock = Clock::Manual(Arc::clone(&self.clock));
        let first = World::start(&self.store, surroundings, &clock, self.always_on).await;
        self.calm();
        self.could_not_read = false;
        self.store.lock().disk.has_disowned = false;
        if let Ok(world) = first {
            return Ok(world);
        }
        self.tell(|| "the server can't start while the disk fails".to_owned());
        let again = World::start(&self.store, surroundings, &clock, self.always_on).await;
        again.map_err(|error| format!("the disk is well and the server does not start: {error}"))
    }

    fn calm(&self) {
        let mut state = self.store.lock();
        state.weather = Weather::Fair;
        state.odds = Odds::default();
    }

    /// Some time passes: a few steps of the tasks, or a while of the clock.
    async fn pass(&mut self) {
        match self.chance.below(100) {
            0..60 => {
                for _ in 0..self.chance.below(20) {
                    yield_now().await;
                }
            }
            60..90 => wait(1 + self.chance.below(50)).await,
            90..98 => wait(self.chance.below(3000)).await,
            _ => wait(self.chance.below(40_000)).await,
        }
    }

    /// Takes what clients were shown, and looks at all that must hold at any moment.
    async fn observe(&mut self, world: &mut World) -> Result<(), String> {
        for client in &mut world.clients {
            let (known_sights, known_pages) = (client.sights.len(), client.pages.len());
            let nick = client.nick.clone();
            let answers = client.take(|line| {
                let mut hasher = FxHasher::default();
                (self.course, &nick, line).hash(&mut hasher);
                self.course = hasher.finish();
                if self.is_told {
                    eprintln!("  {nick} < {:.200}", String::from_utf8_lossy(line));
                }
            })?;
            for answer in answers {
                self.marks[answer.mark].fate = answer.refusal.map_or(Fate::Granted, Fate::Refused);
            }
            let state = self.store.lock();
            for index in known_sights..client.sights.len() {
                judge::sight(client, index, &state.disk)?;
            }
            for page in &client.pages[known_pages..] {
                judge::page(page, &state.disk).map_err(|fault| format!("{}: {fault}", client.nick))?;
            }
            if client.far.waited_max() > OUTBOUND_MAX {
                return Err(format!("{} bytes wait for {}", client.far.waited_max(), client.nick));
            }
            let may_end =
                client.is_gone || client.was_slow || self.could_not_read || world.writer.is_finished();
            if client.session.is_finished() && !may_end {
                return Err(format!("the session of {} ended: {:?}", client.nick, client.error));
            }
        }
        if world.service.journal.queued() > limits::WRITER_QUEUE_LEN_MAX {
            return Err("the writer's queue has no end".to_owned());
        }
        if world.writer.is_finished() && !self.has_disowned() {
            return Err("the writer ended".to_owned());
        }
        Ok(())
    }

    /// Nothing fails any more: everybody is served within some time. `false` if store and journal have
    /// parted, so that the server has to start again.
    async fn come_to_rest(&mut self, world: &mut World) -> Result<bool, String> {
        self.tell(|| "nothing fails any more".to_owned());
        self.calm();
        wait(10_000).await;
        let slow = world.clients.iter().filter(|client| client.far.stands_still()).count();
        let held = self.store.lock().disk.bytes_held();
        if held > slow * HELD_BY_ONE_MAX {
            return Err(format!("{held} bytes are held for {slow} slow readers"));
        }
        for client in &world.clients {
            client.far.stand_still(false);
        }
        for index in world.live() {
            let token = format!("rest-{}", self.marks.len());
            world.clients[index].ping(token);
        }
        let deadline = Instant::now() + REST;
        loop {
            wait(50).await;
            self.observe(world).await?;
            if world.writer.is_finished() {
                return Ok(false);
            }
            let live = world.live();
            let mut waiting = live.iter().filter(|index| !world.clients[**index].is_served());
            let Some(one) = waiting.next() else { return Ok(true) };
            if Instant::now() > deadline {
                let client = &world.clients[*one];
                return judge::unanswered(client, &self.store.lock().disk).map(|()| true);
            }
        }
    }

    /// All that is stored is found in the history of who may read it, and nothing else.
    async fn audit(&mut self, world: &mut World) -> Result<(), String> {
        for account in self.accounts.clone() {
            world.connect(account.name.as_str(), Some(&account));
            let auditor = world.clients.len() - 1;
            for room in world.rooms_of(account.name.as_str()) {
                let mut begin = "*".to_owned();
                let mut all = Vec::new();
                loop {
                    let command = if begin == "*" { "LATEST" } else { "BEFORE" };
                    world.clients[auditor].pages.clear();
                    self.ask(world, auditor, "", |_| format!("CHATHISTORY {command} {room} {begin} 100"));
                    self.come_to_rest(world).await?;
                    let Some(page) = world.clients[auditor].pages.pop() else {
                        return Err(format!("no history of {room}"));
                    };
                    let Some(first) = page.lines.first().and_then(|line| line.tag("msgid")) else { break };
                    begin = format!("msgid={first}");
                    all.splice(0..0, page.lines);
                }
                judge::history(&room, &all, &self.store.lock().disk, world)?;
            }
        }
        Ok(())
    }

    /// The life is over: what was shown in it is held against the disk.
    async fn end(&mut self, mut world: World, rested: bool) -> Result<(), String> {
        self.observe(&mut world).await?;
        for client in &mut world.clients {
            if client.session.is_finished() && (&mut client.session).await.is_err() {
                return Err(format!("the session of {} panicked", client.nick));
            }
            judge::client(client, rested, &self.store.lock().disk)?;
            self.tally.sights += client.sights.len();
        }
        if world.writer.is_finished() {
            self.tally.partings += 1;
            (&mut world.writer).await.map_err(|_| "the writer panicked")?;
        }
        let (lags, caught_up) = world.service.metrics.counts();
        self.tally.lags += lags;
        self.tally.caught_up += caught_up;
        self.tally.granted = self.marks.iter().filter(|mark| mark.fate == Fate::Granted).count();
        self.tally.refused = self.marks.iter().filter(|mark| matches!(mark.fate, Fate::Refused(_))).count();
        judge::journal(&self.marks, &self.store.lock().disk)
    }

    /// A client says something that carries a mark of its own.
    pub(crate) fn ask(
        &mut self,
        world: &mut World,
        who: usize,
        tags: &str,
        line: impl FnOnce(usize) -> String,
    ) {
        let mark = self.marks.len();
        let line = line(mark);
        let client = &mut world.clients[who];
        self.tell(|| format!("{} > {line}", client.nick));
        self.marks.push(Mark { by: self.tally.lives * 1000 + who, fate: Fate::Open });
        client.ask(mark, tags, &line);
    }

    pub(crate) fn tell(&self, what: impl FnOnce() -> String) {
        if self.is_told {
            eprintln!("{}", what());
        }
    }

    /// Whether something was written of which the writer was told that it was not.
    fn has_disowned(&self) -> bool {
        self.store.lock().disk.has_disowned
    }
}

async fn wait(ms: usize) {
    sleep_until(Instant::now() + Duration::from_millis(ms.try_into().unwrap())).await;
}
