//! The load generator: works that are done at one server after the other, in rounds, and told as a table.
//!
//! **It accepts any certificate**, because servers under test sign their own: nothing but made-up
//! text may be sent through it. One task per connection; the receiving path scans bytes and builds
//! no objects. A message lost, doubled or out of order makes a run fail.

mod arguments;
mod connect;
mod connection;
mod crowd;
mod ear;
mod figures;
mod floor;
mod gate;
mod history;
mod idle;
mod link;
mod mark;
mod peer;
mod process;
mod progress;
mod report;
mod rounds;
mod spawn;
mod stalled;
mod storm;
mod talk;
mod tally;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{CommandFactory as _, Parser as _};

use arguments::{Arguments, Work};
use history::Reading;
use idle::Idling;
use stalled::Stalled;

/// Does what the arguments say; without any it prints its help.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            drop(error.print());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let Some(work) = arguments.work else {
        drop(Arguments::command().print_long_help());
        return ExitCode::SUCCESS;
    };
    match perform(work) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(work: Work) -> Result<()> {
    let threads = work.threads().unwrap_or_else(process::cores);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .context("the threads did not start")?;
    runtime.block_on(async {
        match work {
            Work::Floor(arguments) => floor::serve(&arguments).await,
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
