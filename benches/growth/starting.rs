//! The time until the server listens: after a clean end, after it was killed while it wrote, and with its
//! files not in memory, as after the start of the machine.

use std::fs::{self, File};
use std::path::Path;

use anyhow::Result;
use rustix::fs::{Advice, fadvise};

use super::Plan;
use super::load::report::median;
use super::reading::MESSAGES;
use super::server::Server;
use super::sweep::perform;
use super::table::Table;

/// What is said before the server is killed.
const LAST_WORDS: u32 = 2000;

/// All of them.
pub(crate) fn measure(plan: &Plan) -> Result<Table> {
    super::reading::make(plan)?;
    let mut table = Table::new("messages");
    for messages in plan.sizes(&MESSAGES, 10_000) {
        let folder = plan.database(messages);
        // It makes its certificate, and takes in what the index has not yet.
        Server::start(&folder)?.stop()?;
        let rounds = plan.amount(7, 2);
        for (name, prepare) in WAYS {
            let mut times_ms = Vec::new();
            for _ in 0..rounds {
                prepare(&folder)?;
                let server = Server::start(&folder)?;
                times_ms.push(server.started_in.as_secs_f64() * 1e3);
                server.stop()?;
            }
            eprintln!(
                "{messages} messages, {name}: {:.0} ms, at most {:.0}",
                median(&times_ms),
                most(&times_ms)
            );
            table.add(messages as f64, name, median(&times_ms));
        }
    }
    Ok(table)
}

fn most(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

/// How the server ended before, and what brings that about.
type Way = (&'static str, fn(&Path) -> Result<()>);

const WAYS: [Way; 3] = [
    ("after a clean end", |_| Ok(())),
    ("after kill -9 while it wrote", kill_while_writing),
    ("its files not in memory", forget),
];

fn kill_while_writing(folder: &Path) -> Result<()> {
    let server = Server::start(folder)?;
    let shape = ["--rooms=10", "--members=2", "--senders=10"].map(str::to_owned);
    let more = [format!("--messages={LAST_WORDS}"), server.peer()];
    perform("rooms", 1, &[&shape[..], &more].concat())?;
    server.kill()
}

/// Has the system forget what it keeps of the files in memory.
fn forget(folder: &Path) -> Result<()> {
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.is_file() {
            let file = File::open(&path)?;
            file.sync_all()?;
            fadvise(&file, 0, None, Advice::DontNeed)?;
        }
    }
    Ok(())
}
