//! Whole runs: our server and the floor beside each other, and servers that are at fault.

use std::net::SocketAddr;
use std::thread;

use clap::Parser as _;
use serde_json::Value;

use super::program::arguments::{Arguments, Work};
use super::program::floor::Relay;
use super::program::perform;
use crate::support::Server;

/// Does this work; why it failed, if it did.
fn run(arguments: &[&str]) -> Result<(), String> {
    let words = ["load"].iter().chain(arguments);
    perform(Arguments::try_parse_from(words).unwrap().work.unwrap()).map_err(|error| format!("{error:#}"))
}

/// Starts a relay with these flags, which ends with the tests.
fn relay(flags: &[&str]) -> SocketAddr {
    let words = ["load", "floor"].iter().chain(flags);
    let Some(Work::Floor(arguments)) = Arguments::try_parse_from(words).unwrap().work else { unreachable!() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let relay = runtime.block_on(async { Relay::bind(&arguments) }).unwrap();
    let address = relay.address().unwrap();
    drop(thread::spawn(move || runtime.block_on(relay.serve())));
    address
}

#[test]
fn our_server_and_the_floor_are_measured_in_one_run() {
    let server = Server::with(&["--guests=true", "--flood-per-second=0"]);
    let json = server.folder().join("figures.json");
    let ours = format!("--peer=ours=127.0.0.1:{}", server.port());
    let floor = format!("--peer=floor={},pid={}", relay(&[]), std::process::id());
    let rest = ["--rounds=2", "--members=4", "--senders=2", "--messages=200"];
    let json_flag = format!("--json={}", json.display());
    run(&[&["fanout", &ours, &floor, &json_flag], rest.as_slice()].concat()).unwrap();
    let figures: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    for (place, name) in ["ours", "floor"].iter().enumerate() {
        let peer = &figures["peers"][place];
        assert_eq!(peer["name"], *name);
        assert_eq!(peer["rounds"].as_array().unwrap().len(), 2);
        assert!(peer["medians"]["deliveries/s"].as_f64().unwrap() > 0.0, "{figures:#}");
    }
    let cpu = |place: usize| figures["peers"][place]["medians"]["server CPU µs/delivery"].clone();
    assert!(cpu(0).is_null() && cpu(1).is_number(), "{figures:#}");
}

#[test]
fn browsers_are_measured_as_well() {
    let server = Server::with(&["--guests=true", "--flood-per-second=0", "--listen-web=127.0.0.1:0"]);
    let peer = format!("--peer=web=127.0.0.1:{},web", server.web_port());
    let shape = ["--rounds=1", "--members=4", "--senders=2", "--messages=200"];
    run(&[&["fanout", &peer], shape.as_slice()].concat()).unwrap();
    // No line of IRC is an upgrade.
    let wrong = format!("--peer=irc=127.0.0.1:{},web", server.port());
    let refused = run(&[&["fanout", &wrong], shape.as_slice()].concat()).unwrap_err();
    assert!(refused.contains("upgrade"), "{refused}");
}

#[test]
fn a_rate_is_kept() {
    let peer = format!("--peer=floor={}", relay(&[]));
    run(&[
        "rooms",
        &peer,
        "--rounds=1",
        "--rooms=2",
        "--members=2",
        "--senders=4",
        "--rate=400",
        "--messages=100",
    ])
    .unwrap();
}

#[test]
fn a_server_that_loses_doubles_or_reorders_fails_the_run() {
    let faults = [
        ("lose", "6 lost, 0 doubled, 0 out of order, 0 that nobody sent"),
        ("double", "0 lost, 6 doubled, 0 out of order, 0 that nobody sent"),
        ("reorder", "0 lost, 0 doubled, 6 out of order, 0 that nobody sent"),
    ];
    for (fault, expected) in faults {
        let peer = format!("--peer=bad={}", relay(&["--fault", fault]));
        let outcome = run(&[
            "fanout",
            &peer,
            "--members=3",
            "--senders=1",
            "--messages=25",
            "--patience=0.3",
            "--rounds=1",
        ]);
        let error = outcome.unwrap_err();
        assert!(error.contains(expected), "{fault}: {error}");
    }
}

#[test]
fn a_server_that_refuses_is_named_with_its_reason() {
    let server = Server::start();
    let outcome = run(&["fanout", &format!("--peer=ours=127.0.0.1:{}", server.port())]);
    let error = outcome.unwrap_err();
    assert!(error.contains("ours") && error.contains("the server said: "), "{error}");
}

#[test]
fn no_server_and_no_connection_are_told() {
    assert!(run(&["fanout"]).unwrap_err().contains("--peer"));
    assert!(run(&["fanout", "--peer=gone=127.0.0.1:1"]).unwrap_err().contains("gone"));
}
