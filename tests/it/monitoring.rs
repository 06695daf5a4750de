//! The board and the alarms in packaging/: they speak of metrics that a server has, and each alarm is explained.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Server, web};

const BOARD: &str = include_str!("../../packaging/grafana-dashboard.json");
const RULES: &str = include_str!("../../packaging/alerts.yml");
const OPERATIONS: &str = include_str!("../../docs/operations.md");

/// All words that can only be metrics of ours.
fn metrics_in(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("chat_") || word.starts_with("process_")).collect()
}

/// The names under which Prometheus keeps what is on this page.
fn names_on(page: &str) -> BTreeSet<String> {
    let kinds = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let names = kinds.flat_map(|(name, kind)| {
        let suffixes: &[&str] = match kind {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            "info" => &["_info"],
            _ => &[""],
        };
        suffixes.iter().map(move |suffix| format!("{name}{suffix}"))
    });
    names.collect()
}

#[tokio::test]
async fn the_board_and_the_alarms_speak_of_metrics_that_there_are() {
    let server = Server::with(&["--listen-metrics=127.0.0.1:0", "--listen-web=localhost:0"]);
    // Some are there once they have counted something.
    server.newcomer("alice", &[]).await.run("PRIVMSG #nowhere :lost").await;
    assert_eq!(server.connect().await.authenticate("alice", "wrong").await.command, "904");
    assert_eq!(web::request(&mut web::tls(&server).await, "GET", "/", "").await.status, 200);
    let mut stream = web::plain(&server.metrics_addresses()[0]).await;
    let there = names_on(&web::request(&mut stream, "GET", "/metrics", "").await.text());
    for (file, text) in [("grafana-dashboard.json", BOARD), ("alerts.yml", RULES)] {
        let named = metrics_in(text);
        assert!(named.len() > 10, "{file}: {named:?}");
        let unknown: Vec<&&str> = named.iter().filter(|name| !there.contains(**name)).collect();
        assert!(unknown.is_empty(), "{file}: {unknown:?} are not in {there:?}");
    }
}

#[test]
fn the_board_can_be_imported() {
    let board: Value = serde_json::from_str(BOARD).unwrap();
    let variables: Vec<&Value> = board["templating"]["list"].as_array().unwrap().iter().collect();
    assert!(
        variables.iter().any(|variable| variable["type"] == "datasource" && variable["name"] == "datasource")
    );
    let mut ids = BTreeSet::new();
    let (mut titles, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for panel in board["panels"].as_array().unwrap() {
        let title = panel["title"].as_str().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()) && titles.insert(title), "{title}: twice");
        let place = &panel["gridPos"];
        let of = |side: &str| place[side].as_u64().unwrap();
        for (x, y) in
            (of("x")..of("x") + of("w")).flat_map(|x| (of("y")..of("y") + of("h")).map(move |y| (x, y)))
        {
            assert!(x < 24 && taken.insert((x, y)), "{title} lies on another, or beside the board");
        }
        if panel["type"] == "row" {
            continue;
        }
        assert!(!panel["description"].as_str().unwrap().is_empty(), "{title}: no description");
        assert!(!panel["fieldConfig"]["defaults"]["unit"].as_str().unwrap().is_empty(), "{title}: no unit");
        for target in panel["targets"].as_array().unwrap() {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
            assert!(target["expr"].as_str().unwrap().contains(r#"instance=~"$instance""#), "{title}");
        }
    }
}

#[test]
fn each_alarm_is_explained() {
    let alarms: Vec<&str> = RULES.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    let explained: Vec<&str> = OPERATIONS
        .lines()
        .skip_while(|line| *line != "## What each alarm means")
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| line.strip_prefix("### "))
        .collect();
    assert!(alarms.len() > 10, "{alarms:?}");
    assert_eq!(explained, alarms, "docs/operations.md explains them in their order");
}
