//! The command line.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::gate::Pace;
use super::mark::MARK_BYTES;
use super::peer::Peer;
use super::process::Process;
use super::spawn::{Kind, Spawned};
use super::talk::Shape;

/// Measures IRCv3 servers over TLS from outside: several in turn, medians of rounds, ratios to the first.
///
/// CPU is the server process's own, user and system, by --peer …,pid=N. Latency counts from when a message
/// should have been sent. A message that is lost, doubled or out of order fails the run. ANY certificate
/// is accepted: use it for servers under test only.
#[derive(Debug, Parser)]
#[command(name = "load", bin_name = "cargo bench --bench load --")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) work: Option<Work>,
    /// What cargo adds.
    #[arg(long = "bench", hide = true, global = true)]
    _bench: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Work {
    /// One room, in which some speak and all hear: CPU for each delivery, deliveries a second, latency.
    Fanout(Fanout),
    /// Many rooms at one time, each with its own people and senders.
    Rooms(Rooms),
    /// One sender who waits for the echoes: CPU for each message, messages a second, latency.
    Durable(Durable),
    /// TLS connects (no resumption) with registration, each closed when it is in.
    Connect(Connect),
    /// Connections in rooms that do nothing: the server's memory for each.
    Idle(Idle),
    /// The same with SASL PLAIN: needs --sasl or --accounts.
    Login(Connect),
    /// Pages out of a room with many messages, with CHATHISTORY, from the latest back to the first.
    History(History),
    /// A room without and with one member who stops reading: latency of the others.
    Stalled(Fanout),
    /// Two guests who talk, without and with logins at full speed: their latency. Needs --sasl or --accounts.
    Storm(Storm),
    /// A server: a bare relay by rooms without parsing, state or history, as a yardstick.
    Floor(Floor),
}

impl Work {
    /// Threads that were asked for.
    pub(crate) fn threads(&self) -> Option<usize> {
        match self {
            Self::Fanout(work) => work.common.threads,
            Self::Rooms(work) => work.common.threads,
            Self::Durable(work) => work.common.threads,
            Self::Connect(work) | Self::Login(work) => work.common.threads,
            Self::History(work) => work.common.threads,
            Self::Stalled(work) => work.common.threads,
            Self::Storm(work) => work.common.threads,
            Self::Idle(work) => work.common.threads,
            Self::Floor(floor) => floor.threads,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Common {
    /// A server, several take turns: its name in the table, its address, its process for CPU and memory.
    #[arg(long = "peer", value_name = "NAME=HOST:PORT[,pid=N]")]
    pub(crate) peers: Vec<Peer>,
    /// Starts a server for this run, in a folder of its own: ours with its defaults, except that guests
    /// may come and no limit stops them.
    #[arg(long, value_enum)]
    spawn: Vec<Kind>,
    /// Our server's binary [default: the one of this build]; chatctl is expected beside it.
    #[arg(long, value_name = "PATH")]
    server_binary: Option<PathBuf>,
    /// The server's process, when there is one --peer without it.
    #[arg(long)]
    pid: Option<u32>,
    /// Rounds at each server.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=26))]
    pub(crate) rounds: u8,
    /// Writes all figures there as well.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Capabilities to ask for, as far as the server offers them.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "message-tags,server-time,account-tag,echo-message,batch,labeled-response"
    )]
    pub(crate) caps: Vec<String>,
    /// Signs in as this account; without it and --accounts connections are guests.
    #[arg(long, value_name = "USER:PASSWORD", conflicts_with = "accounts")]
    sasl: Option<String>,
    /// Signs in as these accounts in turn, one NAME:PASSWORD a line.
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    /// Addresses 127.0.0.1 to 127.0.0.N that connections come from, for more than 28,000.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=254))]
    pub(crate) sources: u8,
    /// Connections that come in at one time; some servers take few.
    #[arg(long, default_value_t = 64, value_name = "N")]
    pub(crate) concurrency: usize,
    /// Offers X25519 as the only key exchange, for servers without X25519MLKEM768 beside others.
    #[arg(long)]
    pub(crate) classic: bool,
    /// Threads of this generator [default: one for each core].
    #[arg(long)]
    pub(crate) threads: Option<usize>,
}

impl Common {
    /// The servers that were there, in the order of the table.
    pub(crate) fn peers(&self) -> Result<Vec<Peer>> {
        let mut peers = self.peers.clone();
        if let Some(pid) = self.pid {
            let mut unknown = peers.iter_mut().filter(|peer| peer.process.is_none());
            match (unknown.next(), unknown.next()) {
                (Some(peer), None) => peer.process = Some(Process(pid)),
                _ => bail!("--pid is for one --peer without pid="),
            }
        }
        Ok(peers)
    }

    /// Starts the servers that are to be started.
    pub(crate) fn spawn(&self) -> Result<Vec<Spawned>> {
        let accounts = self.accounts()?;
        let binary = self.server_binary.as_deref();
        self.spawn.iter().map(|kind| Spawned::start(*kind, binary, &accounts)).collect()
    }

    /// Names and passwords; none for guests.
    pub(crate) fn accounts(&self) -> Result<Vec<(String, String)>> {
        let pair = |line: &str| {
            let pair = line.split_once(':').context("an account is NAME:PASSWORD")?;
            Ok((pair.0.to_owned(), pair.1.to_owned()))
        };
        match (&self.sasl, &self.accounts) {
            (Some(account), _) => Ok(vec![pair(account)?]),
            (None, Some(path)) => {
                let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
                text.lines().filter(|line| !line.is_empty()).map(pair).collect()
            }
            (None, None) => Ok(Vec::new()),
        }
    }
}

/// How long and how large.
#[derive(Debug, Args)]
pub(crate) struct Extent {
    /// How long a round lasts.
    #[arg(long, default_value_t = 5.0, conflicts_with = "messages")]
    seconds: f64,
    /// Ends a round after so many messages of all senders together.
    #[arg(long)]
    messages: Option<u32>,
    /// Bytes of each message's text.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(MARK_BYTES as i64..=400))]
    size: u16,
    /// Seconds without a delivery after which what is missing is lost.
    #[arg(long, default_value_t = 10.0)]
    patience: f64,
}

impl Extent {
    fn shape(&self, rooms: usize, members: usize, senders: usize, pace: Pace) -> Shape {
        Shape {
            rooms,
            members,
            senders,
            pace,
            text_bytes: usize::from(self.size),
            seconds: self.seconds,
            messages: self.messages,
            patience: Duration::from_secs_f64(self.patience),
            is_echo_only: false,
            deaf: 0,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Fanout {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    extent: Extent,
    /// People in the room.
    #[arg(long, default_value_t = 200)]
    members: usize,
    /// How many of them speak.
    #[arg(long, default_value_t = 4)]
    senders: usize,
    /// Messages of each sender that are under way at most, each until all have heard it.
    #[arg(long, default_value_t = 32, conflicts_with = "rate")]
    window: u32,
    /// Messages a second of all senders together, whatever comes of them, in place of a window.
    #[arg(long)]
    rate: Option<f64>,
}

impl Fanout {
    pub(crate) fn shape(&self) -> Shape {
        let pace = self.rate.map_or(Pace::Window(self.window), Pace::Rate);
        self.extent.shape(1, self.members, self.senders.min(self.members), pace)
    }
}

#[derive(Debug, Args)]
pub(crate) struct Rooms {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    extent: Extent,
    /// How many rooms.
    #[arg(long, default_value_t = 100)]
    rooms: usize,
    /// People in each room, who are in no other.
    #[arg(long, default_value_t = 10)]
    members: usize,
    /// How many speak, in all rooms together.
    #[arg(long, default_value_t = 100)]
    senders: usize,
    /// Messages of each sender that are under way at most, each until all have heard it.
    #[arg(long, default_value_t = 32, conflicts_with = "rate")]
    window: u32,
    /// Messages a second of all senders together, whatever comes of them, in place of a window.
    #[arg(long)]
    rate: Option<f64>,
}

impl Rooms {
    pub(crate) fn shape(&self) -> Shape {
        let pace = self.rate.map_or(Pace::Window(self.window), Pace::Rate);
        self.extent.shape(self.rooms, self.members, self.senders.min(self.rooms * self.members), pace)
    }
}

#[derive(Debug, Args)]
pub(crate) struct Durable {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    extent: Extent,
    /// Messages whose echo has not come yet, at most.
    #[arg(long, default_value_t = 64)]
    window: u32,
}

impl Durable {
    pub(crate) fn shape(&self) -> Shape {
        Shape { is_echo_only: true, ..self.extent.shape(1, 1, 1, Pace::Window(self.window)) }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Connect {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Connects in a round.
    #[arg(long, default_value_t = 5000)]
    pub(crate) total: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Idle {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Connections.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) connections: usize,
    /// People in each room.
    #[arg(long, default_value_t = 50)]
    pub(crate) members: usize,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Messages in the room, which are sent in the first round.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) fill: u32,
    /// Messages of a page.
    #[arg(long, default_value_t = 100)]
    pub(crate) page: usize,
    /// Pages in a round.
    #[arg(long, default_value_t = 1000)]
    pub(crate) pages: u32,
    /// Bytes of each message's text.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(MARK_BYTES as i64..=400))]
    size: u16,
}

impl History {
    /// Who fills the room.
    pub(crate) fn filling(&self) -> Shape {
        let extent = Extent { seconds: 0.0, messages: Some(self.fill), size: self.size, patience: 10.0 };
        extent.shape(1, 1, 1, Pace::Window(256))
    }
}

#[derive(Debug, Args)]
pub(crate) struct Storm {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    extent: Extent,
    /// Messages a second of the two together.
    #[arg(long, default_value_t = 100.0)]
    rate: f64,
    /// Logins at one time.
    #[arg(long, default_value_t = 32)]
    pub(crate) logins: usize,
    /// Signs in with wrong passwords.
    #[arg(long)]
    pub(crate) wrong: bool,
}

impl Storm {
    /// The two who talk.
    pub(crate) fn pair(&self) -> Shape {
        self.extent.shape(1, 2, 2, Pace::Rate(self.rate))
    }
}

#[derive(Debug, Args)]
pub(crate) struct Floor {
    /// Where to listen; port 0 for any free one.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    pub(crate) listen: SocketAddr,
    /// The certificate (PEM); without it one is made.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) cert: Option<PathBuf>,
    /// Its key (PEM).
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
    /// Treats each tenth message of a client like that, to see that it is found.
    #[arg(long, value_enum)]
    pub(crate) fault: Option<Fault>,
    /// Threads [default: one for each core].
    #[arg(long)]
    threads: Option<usize>,
}

/// What a bad server does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Fault {
    /// Forgets it.
    Lose,
    /// Sends it twice.
    Double,
    /// Sends it after the next one.
    Reorder,
}
