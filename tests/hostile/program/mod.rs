//! The hostile tester: attacks on a server of its own, one after the other, while two people talk there and
//! measure what they notice of it.
//!
//! It attacks nothing but the server that it started, over the loopback. Attackers come from 127.0.0.2 and its
//! neighbours, the pair from 127.0.0.1, so that each limit by address falls on whom it is meant for.

mod attacks;
mod gauge;
mod pair;
mod report;
mod target;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::support::{PASSWORD, PATIENCE, Server};

use gauge::Gauge;
use pair::Pair;
use target::Target;

pub(crate) use attacks::{ATTACKS, Attack};
pub(crate) use report::{HEAD, Report};

/// The server's memory stays below this, whatever is done to it: 192 MiB for the one picture that is unpacked at a
/// time, 19 MiB for each thread that hashes passwords, and the rest for some hundred connections with all their
/// queues full (0.8 MiB each: what waits for them, what is rendered, and a line) as far as limits by address admit them.
pub(crate) const MEMORY_MIB_MAX: u64 = 512;

/// Who attacks where an account is needed.
pub(crate) const ATTACKER: &str = "mallory";
/// The pair.
pub(crate) const PAIR: [&str; 2] = ["alice", "bob"];
/// Who signs in when it is over.
const LATER: &str = "carol";

/// What all servers have that are attacked; limits are those of the settings, and apply to the loopback as well.
const FLAGS: &[&str] = &[
    "--listen-web=localhost:0",
    "--limit-loopback=true",
    // What a server has that is no test.
    "--argon2-memory-kib=19456",
    "--argon2-passes=2",
];

/// How long each part takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// What the pair measures without the attack, before and after it.
    pub(crate) calm: Duration,
    /// The attack. A quick one goes on until it was told what it must be.
    pub(crate) attack: Duration,
    /// Whether deadlines and bursts are so short that each attack meets its limit.
    pub(crate) is_quick: bool,
}

/// Attacks a server and returns what it was like. Panics if the pair loses a message, or the server ends.
pub(crate) fn perform(attack: &Attack, plan: Plan) -> Report {
    let quick = if plan.is_quick { attack.quick } else { &[] };
    let server = Server::with(&[FLAGS, attack.flags, quick].concat());
    for account in PAIR.iter().chain(&[ATTACKER, LATER]) {
        server.adduser(account);
    }
    let attackers = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(gauge::give_way)
        .build()
        .unwrap();
    let own = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let report = own.block_on(observe(attack, plan, server, &attackers));
    attackers.shutdown_background();
    report
}

async fn observe(attack: &Attack, plan: Plan, server: Server, attackers: &tokio::runtime::Runtime) -> Report {
    let gauge = Gauge::of(server.pid());
    let pair = Pair::meet(&server).await;
    pass(plan.calm).await;
    let (rss_before_kib, cpu_before) = (gauge.rss_kib(), gauge.cpu());
    gauge.forget_peak();
    let begin = Instant::now();
    let target = Arc::new(Target::new(server));
    let attacking = attackers.spawn((attack.run)(Arc::clone(&target)));
    pass(plan.attack).await;
    while plan.is_quick && !attack.is_told(&target.told()) && begin.elapsed() < PATIENCE {
        pass(Duration::from_millis(50)).await;
    }
    target.end();
    attacking.await.expect("the attack goes on to its end");
    let end = Instant::now();
    let cpu = gauge.cpu() - cpu_before;
    let later = target.server.login(LATER, &[]).await;
    let sign_in = end.elapsed();
    drop(later);
    pass(plan.calm).await;
    let rss_peak_kib = gauge.peak_kib();
    let latencies = pair.part(begin, end).await;
    Report {
        name: attack.name,
        told: target.told(),
        rss_kib: [rss_before_kib, rss_peak_kib, gauge.rss_kib()],
        cpu,
        seconds: (end - begin).as_secs_f64(),
        latencies,
        sign_in,
    }
}

/// Lets time pass in which something is measured.
pub(crate) async fn pass(time: Duration) {
    drop(tokio::time::timeout(time, std::future::pending::<()>()).await);
}

/// The account's name and password, as HTTP takes them.
pub(crate) fn basic(account: &str, password: &str) -> String {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{account}:{password}"));
    format!("Authorization: Basic {encoded}\r\n")
}

/// The same for who attacks.
pub(crate) fn own_credentials() -> String {
    basic(ATTACKER, PASSWORD)
}
