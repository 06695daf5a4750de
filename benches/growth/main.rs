//! `cargo bench --bench growth`: what becomes dearer as there is more of it, and what does not. Each part
//! writes its figures as CSV and draws them.
//!
//! It measures with the load generator, with the store, and with the server's own binary. A part that
//! fails ends the run; what was measured before it is kept.

#![allow(clippy::unwrap_used, reason = "a panic is how a benchmark fails")]

mod chart;
mod charts;
#[path = "../databases/mod.rs"]
mod databases;
mod day;
#[path = "../load/program/mod.rs"]
mod load;
mod reading;
mod rival;
mod server;
mod starting;
mod sweep;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};

use table::Table;

/// As the server has it, so that the floor's memory can be compared.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures how cost grows with members, rooms, messages and logins; writes CSV and draws SVG.
///
/// All of it takes about 40 minutes on two cores, the first time, for the databases take 15 of them and 6 GB.
/// 10,000 connections need as many open files here and in the server: `ulimit -Hn`.
#[derive(Debug, Parser)]
#[command(name = "growth", bin_name = "cargo bench --bench growth --")]
struct Arguments {
    /// What is measured [default: everything].
    parts: Vec<Part>,
    /// Small sizes and one short round each, to see that it works; the figures mean nothing.
    #[arg(long)]
    quick: bool,
    /// Measures these sizes only; the others keep the figures that are there.
    #[arg(long, value_delimiter = ',', value_name = "SIZE")]
    sizes: Vec<u64>,
    /// Measures nothing, draws the figures that are there.
    #[arg(long)]
    draw: bool,
    /// Where databases are made and kept.
    #[arg(long, default_value = concat!(env!("CARGO_TARGET_TMPDIR"), "/growth"), value_name = "DIRECTORY")]
    folder: PathBuf,
    /// Where the figures go [default: docs/performance, with --quick the folder of the databases].
    #[arg(long, value_name = "DIRECTORY")]
    out: Option<PathBuf>,
    /// Other servers to measure beside ours where that is quick, by `benches/load/rivals/run`.
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    rivals: Vec<String>,
    /// What cargo adds.
    #[arg(long = "bench", hide = true)]
    _bench: bool,
}

/// Something that grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// CPU for a delivery, over the members of a room that speaks as fast as it goes.
    Busy,
    /// The same at a rate that leaves the server idle most of the time.
    Calm,
    /// CPU for a message, over rooms.
    Rooms,
    /// Makes the databases that the parts below read from, and measures nothing.
    Databases,
    /// A page of history and a search, over messages.
    Pages,
    /// The time until the server listens, over messages.
    Starts,
    /// The server's memory, over a day's messages.
    Day,
    /// Latency beside a member who does not read, over time.
    Stalled,
    /// Latency beside logins, over logins at one time.
    Storm,
}

/// How large, and where.
struct Plan {
    is_quick: bool,
    /// Which of the sizes; all if there are none.
    sizes: Vec<u64>,
    folder: PathBuf,
    rivals: Vec<String>,
}

impl Plan {
    /// These sizes, or what is wanted of them; when it is to be quick up to the small one.
    fn sizes(&self, all: &[u64], small: u64) -> Vec<u64> {
        let is_wanted = |size: &u64| self.sizes.is_empty() || self.sizes.contains(size);
        all.iter().copied().filter(|size| (!self.is_quick || *size <= small) && is_wanted(size)).collect()
    }

    /// So much, or so little.
    fn amount<T>(&self, full: T, quick: T) -> T {
        if self.is_quick { quick } else { full }
    }

    fn database(&self, messages: u64) -> PathBuf {
        self.folder.join(format!("messages-{messages}"))
    }
}

fn main() -> ExitCode {
    // The load generator's floor is this program, started again.
    let result = if std::env::args().nth(1).as_deref() == Some("floor") {
        load::arguments::Arguments::parse().work.map_or(Ok(()), load::perform)
    } else {
        run(Arguments::parse())
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("growth: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    let Arguments { parts, quick, sizes, draw: only_draws, folder, out, rivals, _bench } = arguments;
    let figures = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/performance");
    let out = out.unwrap_or_else(|| if quick { folder.clone() } else { figures });
    for folder in [&folder, &out] {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    if only_draws {
        let is_measured = |chart: &&chart::Chart| out.join(format!("{}.csv", chart.name)).exists();
        return charts::ALL.iter().filter(is_measured).try_for_each(|chart| draw(chart.name, &out));
    }
    let plan = Plan { is_quick: quick, sizes, folder, rivals };
    let parts = if parts.is_empty() { Part::value_variants() } else { &parts };
    for part in parts {
        for (name, mut table) in measure(*part, &plan).with_context(|| format!("{part:?}"))? {
            let path = out.join(format!("{name}.csv"));
            if !plan.sizes.is_empty() && path.exists() {
                table = table.over(&Table::read(&path)?);
            }
            table.write(&path)?;
            draw(name, &out)?;
        }
    }
    Ok(())
}

/// What came out, by the names of the charts.
fn measure(part: Part, plan: &Plan) -> Result<Vec<(&'static str, Table)>> {
    Ok(match part {
        Part::Busy => vec![("busy", sweep::busy(plan)?)],
        Part::Calm => vec![("calm", sweep::calm(plan)?)],
        Part::Rooms => vec![("rooms", sweep::rooms(plan)?)],
        Part::Databases => {
            reading::make(plan)?;
            Vec::new()
        }
        Part::Pages => {
            let (pages, searches) = reading::measure(plan)?;
            vec![("pages", pages), ("searches", searches)]
        }
        Part::Starts => vec![("starts", starting::measure(plan)?)],
        Part::Day => vec![("day", day::measure(plan)?)],
        Part::Stalled => vec![("stalled", sweep::stalled(plan)?)],
        Part::Storm => vec![("storm", sweep::storm(plan)?)],
    })
}

fn draw(name: &str, out: &Path) -> Result<()> {
    let chart = charts::ALL.iter().find(|chart| chart.name == name).context("a chart of that name")?;
    let table = Table::read(&out.join(format!("{name}.csv")))?;
    chart.draw(&table, &out.join(format!("{name}.svg")))
}
