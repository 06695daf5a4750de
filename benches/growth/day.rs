//! The server's memory while a day's messages go through it, with its index, as fast as it goes.
//!
//! Between two looks everybody leaves and others come, as on a day.

use anyhow::Result;

use super::Plan;
use super::server::Server;
use super::sweep::perform;
use super::table::Table;

/// Messages between two looks: a hundredth of the day's.
const MESSAGES: u64 = 86_400;
/// Looks in one go of the load generator, which gives each of up to 26 rounds other nicks.
const ROUNDS: u8 = 20;

/// Resident memory after each hundredth.
pub(crate) fn measure(plan: &Plan) -> Result<Table> {
    let folder = plan.folder.join("day");
    drop(std::fs::remove_dir_all(&folder));
    let server = Server::start(&folder)?;
    let (messages, rounds) = (plan.amount(MESSAGES, 2000), plan.amount(ROUNDS, 2));
    let shape = ["--rooms=100", "--members=2", "--senders=100", "--window=32"].map(str::to_owned);
    let more = [format!("--messages={messages}"), server.peer()];
    let mut table = Table::new("messages");
    let mut said = 0;
    for _ in 0..plan.amount(5, 2) {
        let told = perform("rooms", rounds, &[&shape[..], &more].concat())?;
        for mib in told.rounds("server memory MiB") {
            said += messages;
            table.add(said as f64, "ours", mib);
        }
    }
    server.stop()?;
    drop(std::fs::remove_dir_all(&folder));
    Ok(table)
}
