//! The load generator over and over, each time with more of something.
//!
//! Nothing is measured here: what a work measures is the load generator's to say.

use std::fs;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use serde_json::Value;

use super::Plan;
use super::load::{self, arguments::Arguments};
use super::rival::Rival;
use super::table::Table;

const DELIVERY: &str = "server CPU µs/delivery";
const MEMBERS: [u64; 7] = [10, 30, 100, 300, 1000, 3000, 10_000];
const ROOMS: [u64; 5] = [10, 100, 1000, 3000, 10_000];
const SECONDS: [u64; 5] = [1, 2, 4, 8, 16];
const LOGINS: [u64; 4] = [1, 4, 16, 64];
/// Deliveries a second when it is calm.
const CALM: u64 = 20_000;
/// Larger rooms take others too long to fill.
const RIVAL_MEMBERS_MAX: u64 = 1000;
/// Larger ones are measured once: filling them takes longer than measuring.
const REPEATED_MAX: u64 = 1000;

/// CPU for a delivery as fast as it goes.
pub(crate) fn busy(plan: &Plan) -> Result<Table> {
    members(plan, |_| "--window=32".to_owned())
}

/// The same at a rate.
pub(crate) fn calm(plan: &Plan) -> Result<Table> {
    members(plan, |members| format!("--rate={}", CALM as f64 / members as f64))
}

fn members(plan: &Plan, pace: impl Fn(u64) -> String) -> Result<Table> {
    let rivals = Rival::start_all(plan)?;
    let mut table = Table::new("members");
    for members in plan.sizes(&MEMBERS, 100) {
        let rounds = plan.amount(if members > REPEATED_MAX { 1 } else { 3 }, 1);
        let shape =
            [format!("--members={members}"), pace(members), format!("--seconds={}", plan.amount(3, 1))];
        let told = perform("fanout", rounds, &[&shape[..], &SPAWNED.map(str::to_owned)].concat())?;
        for (name, value) in told.medians(DELIVERY) {
            table.add(members as f64, name, value);
        }
        for rival in rivals.iter().filter(|_| members <= RIVAL_MEMBERS_MAX) {
            match perform("fanout", rounds, &[&shape[..], &rival.arguments()].concat()) {
                Ok(told) => {
                    for (name, value) in told.medians(DELIVERY) {
                        table.add(members as f64, name, value);
                    }
                }
                // Nothing of ours is wrong when another server loses messages: that figure stays out.
                Err(error) => eprintln!("{members} members: {error:#}"),
            }
        }
    }
    Ok(table)
}

const SPAWNED: [&str; 2] = ["--spawn=floor", "--spawn=ours"];

/// CPU for a message in rooms of one, which hears itself.
pub(crate) fn rooms(plan: &Plan) -> Result<Table> {
    let mut table = Table::new("rooms");
    for rooms in plan.sizes(&ROOMS, 100) {
        let rounds = plan.amount(if rooms > REPEATED_MAX { 1 } else { 3 }, 1);
        let shape =
            [format!("--rooms={rooms}"), "--members=1".to_owned(), "--rate=4000".to_owned(), seconds(plan)];
        let all = [&shape[..], &SPAWNED.map(str::to_owned), &[format!("--senders={rooms}")]].concat();
        for (name, value) in perform("rooms", rounds, &all)?.medians(DELIVERY) {
            let name = if name == "ours" { "ours, all rooms speak" } else { name };
            table.add(rooms as f64, name, value);
        }
        let few = [&shape[..], &["--spawn=ours".to_owned(), "--senders=10".to_owned()]].concat();
        for (_, value) in perform("rooms", rounds, &few)?.medians(DELIVERY) {
            table.add(rooms as f64, "ours, ten rooms speak", value);
        }
    }
    Ok(table)
}

fn seconds(plan: &Plan) -> String {
    format!("--seconds={}", plan.amount(3, 1))
}

/// Latency of those who read, without and with one who does not.
pub(crate) fn stalled(plan: &Plan) -> Result<Table> {
    let mut table = Table::new("seconds");
    for seconds in plan.sizes(&SECONDS, 2) {
        let shape = [format!("--seconds={seconds}"), "--rate=250".to_owned(), "--spawn=ours".to_owned()];
        let told = perform("stalled", plan.amount(3, 1), &shape)?;
        told.add_to(
            &mut table,
            seconds,
            &[("latency p99 ms without", "all read"), ("latency p99 ms with", "one never reads")],
        );
    }
    Ok(table)
}

/// Latency of two who talk, without and with logins.
pub(crate) fn storm(plan: &Plan) -> Result<Table> {
    let mut table = Table::new("logins at one time");
    for logins in plan.sizes(&LOGINS, 4) {
        let shape = [
            format!("--logins={logins}"),
            seconds(plan),
            "--sasl=storm:correct-horse-battery".to_owned(),
            "--spawn=ours".to_owned(),
        ];
        let told = perform("storm", plan.amount(3, 1), &shape)?;
        told.add_to(
            &mut table,
            logins,
            &[("latency p99 ms without", "nobody signs in"), ("latency p99 ms with", "others sign in")],
        );
    }
    Ok(table)
}

/// What the load generator told.
pub(crate) struct Told(Value);

impl Told {
    /// The median of this figure, for each server that has it.
    fn medians(&self, figure: &str) -> Vec<(&str, f64)> {
        let peers = self.0["peers"].as_array().into_iter().flatten();
        peers.filter_map(|peer| Some((peer["name"].as_str()?, peer["medians"][figure].as_f64()?))).collect()
    }

    /// This figure in all rounds, at the only server.
    pub(crate) fn rounds(&self, figure: &str) -> Vec<f64> {
        let rounds = self.0["peers"][0]["rounds"].as_array().into_iter().flatten();
        rounds.filter_map(|round| round[figure].as_f64()).collect()
    }

    /// Figures of the only server as curves.
    fn add_to(&self, table: &mut Table, size: u64, curves: &[(&str, &str)]) {
        for (figure, curve) in curves {
            for (_, value) in self.medians(figure) {
                table.add(size as f64, curve, value);
            }
        }
    }
}

/// A work with these arguments.
pub(crate) fn perform(work: &str, rounds: u8, arguments: &[String]) -> Result<Told> {
    let file = tempfile::NamedTempFile::new()?;
    let common = [format!("--rounds={rounds}"), format!("--json={}", file.path().display())];
    let all = ["load", work].map(str::to_owned).into_iter().chain(common).chain(arguments.iter().cloned());
    let work = Arguments::try_parse_from(all)?.work.context("a work")?;
    load::perform(work)?;
    Ok(Told(serde_json::from_str(&fs::read_to_string(file.path())?)?))
}
