//! The load generator: works that are done at one server after the other, in rounds, and told as a table.
//!
//! **It accepts any certificate**, because servers under test sign their own: nothing but made-up
//! text may be sent through it. One task per connection; the receiving path scans bytes and builds
//! no objects. A message lost, doubled or out of order makes a run fail.

pub(crate) mod arguments;
mod connect;
mod connection;
mod crowd;
mod ear;
pub(crate) mod figures;
pub(crate) mod floor;
mod gate;
mod history;
mod idle;
mod link;
pub(crate) mod mark;
pub(crate) mod peer;
pub(crate) mod process;
mod progress;
pub(crate) mod report;
mod rounds;
pub(crate) mod spawn;
mod stalled;
mod storm;
mod talk;
pub(crate) mod tally;
mod websocket;

use anyhow::{Context as _, Result, bail};

use arguments::Work;
use floor::Relay;
use history::Reading;
use idle::Idling;
use stalled::Stalled;

/// Does the work; an error is a fault of the server or of what was asked for.
pub(crate) fn perform(work: Work) -> Result<()> {
    let threads = work.threads().unwrap_or_else(process::cores);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .context("the threads did not start")?;
    runtime.block_on(async {
        match work {
            Work::Floor(arguments) => {
                let relay = Relay::bind(&arguments)?;
                println!("floor is ready: --peer floor={},pid={}", relay.address()?, std::process::id());
                relay.serve().await
            }
            Work::Fanout(arguments) => rounds::run("fanout", &arguments.common, &arguments.shape()).await,
            Work::Rooms(arguments) => rounds::run("rooms", &arguments.common, &arguments.shape()).await,
            Work::Durable(arguments) => rounds::run("durable", &arguments.common, &arguments.shape()).await,
            Work::Connect(arguments) => rounds::run("connect", &arguments.common, &arguments).await,
            Work::Login(arguments) => {
                if arguments.common.accounts()?.is_empty() {
                    bail!("who signs in? --sasl USER:PASSWORD or --accounts FILE");
                }
                rounds::run("login", &arguments.common, &arguments).await
            }
            Work::History(arguments) => {
                rounds::run("history", &arguments.common, &Reading::from(&arguments)).await
            }
            Work::Stalled(arguments) => {
                rounds::run("stalled", &arguments.common, &Stalled(arguments.shape())).await
            }
            Work::Storm(arguments) => rounds::run("storm", &arguments.common, &arguments).await,
            Work::Idle(arguments) => rounds::run("idle", &arguments.common, &Idling::from(&arguments)).await,
        }
    })
}
