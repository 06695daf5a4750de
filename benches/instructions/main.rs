//! How many instructions a message costs on its way in, and on its way out to one who hears it.
//!
//! Counted by valgrind's callgrind, which has to be installed: `benches/instructions/run`. The
//! counts hardly depend on the machine and what else it does, so they are recorded in `counts.csv`;
//! more than 5 % above that is a failure. Sessions, journal and runtime are the server's own; the
//! store accepts at once, and no TLS and no socket is in the way.

#![allow(clippy::unwrap_used, reason = "a panic is how a benchmark fails")]

#[path = "../memory/mod.rs"]
mod memory;
mod party;
mod pipe;
mod record;
#[path = "../memory/surroundings.rs"]
mod surroundings;
mod valgrind;

use std::process::ExitCode;

use tokio::runtime::{Builder, Runtime};

use party::Party;
use record::Record;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Who hears a message, where deliveries are counted.
const LISTENERS: usize = 32;
/// Messages of one count.
const MESSAGES: usize = 1024;
/// Messages in a burst.
const BURST: usize = 32;
/// Messages said before counting begins.
const WARM_UP: usize = 64;

/// One room and what is said in it.
#[derive(Clone, Copy)]
struct Work {
    listeners: usize,
    at_once: usize,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    // Called by valgrind; by cargo with other words.
    if let [word, listeners, at_once] = args.as_slice()
        && word == valgrind::WORD
    {
        run(Work { listeners: listeners.parse().unwrap(), at_once: at_once.parse().unwrap() });
        return ExitCode::SUCCESS;
    }
    let counts: Vec<(&str, u64)> = [1, BURST]
        .into_iter()
        .zip([["message alone", "delivery alone"], ["message of a burst", "delivery of a burst"]])
        .flat_map(|(at_once, names)| {
            let alone = valgrind::count(Work { listeners: 0, at_once });
            let heard = valgrind::count(Work { listeners: LISTENERS, at_once });
            let deliveries = (MESSAGES * LISTENERS) as u64;
            [(names[0], alone / MESSAGES as u64), (names[1], (heard - alone) / deliveries)]
        })
        .collect();
    if std::env::var_os("UPDATE_COUNTS").is_some() {
        record::write(&counts);
        return ExitCode::SUCCESS;
    }
    Record::read().compare(&counts)
}

fn run(work: Work) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let party = runtime.block_on(Party::gather(work.listeners));
    runtime.block_on(party.talk(WARM_UP, work.at_once));
    counted(&runtime, &party, work.at_once);
}

/// What callgrind counts, by the name of this function.
#[inline(never)]
fn counted(runtime: &Runtime, party: &Party, at_once: usize) {
    runtime.block_on(party.talk(MESSAGES, at_once));
}
