//! Whether the server lives, whether it is ready, and its metrics, on a listener of their own.

use std::collections::BTreeSet;

use sqlx::{Connection as _, SqliteConnection};

use crate::support::{Server, start_server, web};

const METRICS: &str = "--listen-metrics=127.0.0.1:0";

async fn asked(server: &Server, method: &str, path: &str) -> web::Answer {
    let mut stream = web::plain(&server.metrics_addresses()[0]).await;
    web::request(&mut stream, method, path, "").await
}

/// The value of the metric that is written so, labels included.
async fn value(server: &Server, metric: &str) -> f64 {
    let page = asked(server, "GET", "/metrics").await.text();
    let line = page.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {metric} in\n{page}")).parse().unwrap()
}

#[tokio::test]
async fn what_happens_is_counted() {
    let server = Server::with(&[METRICS, "--guests"]);
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    let mut gina = server.guest("gina").await;
    alice.run("JOIN #room").await;
    gina.run("JOIN #room").await;
    let entries = value(&server, "chat_entries_committed_total").await;
    let delivered = value(&server, "chat_items_delivered_total").await;
    alice.ask("PRIVMSG #room :one", "PRIVMSG").await;
    gina.until("PRIVMSG").await;
    assert_eq!(value(&server, "chat_entries_committed_total").await, entries + 1.0);
    assert!(value(&server, "chat_items_delivered_total").await >= delivered + 2.0);
    let commits = value(&server, "chat_batches_committed_total").await;
    assert_eq!(value(&server, "chat_batch_commit_seconds_count").await, commits);
    assert_eq!(value(&server, "chat_batch_entries_count").await, commits);

    gina.run("PRIVMSG #nowhere :lost").await;
    assert_eq!(value(&server, "chat_intents_denied_total{kind=\"no_such_room\"}").await, 1.0);
    let mut stranger = server.connect().await;
    assert_eq!(stranger.authenticate("alice", "wrong password").await.command, "904");
    assert_eq!(value(&server, "chat_logins_refused_total{cause=\"wrong password\"}").await, 1.0);
    assert_eq!(value(&server, "chat_logins_accepted_total{by=\"password\"}").await, 1.0);
    assert_eq!(value(&server, "chat_sessions_open{door=\"tls\"}").await, 3.0);
    assert_eq!(value(&server, "chat_accounts_online").await, 1.0);
    assert_eq!(value(&server, "chat_guests_online").await, 1.0);
    // Some of it may be in the log alone as yet.
    let stored =
        value(&server, "chat_database_bytes").await + value(&server, "chat_database_log_bytes").await;
    assert!(stored > 50_000.0, "{stored}");
    assert!(value(&server, "chat_disk_free_bytes").await > 4096.0);
}

#[tokio::test]
async fn each_metric_is_explained() {
    let server = Server::with(&[METRICS, "--listen-web=localhost:0"]);
    server.newcomer("alice", &[]).await.run("PRIVMSG #nowhere :lost").await;
    assert_eq!(server.connect().await.authenticate("alice", "wrong").await.command, "904");
    assert_eq!(web::request(&mut web::tls(&server).await, "GET", "/", "").await.status, 200);
    let page = asked(&server, "GET", "/metrics").await;
    assert!(page.field("content-type").starts_with("application/openmetrics-text"), "{page:?}");
    let shown: BTreeSet<String> = page
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next().map(str::to_owned))
        .collect();
    assert!(shown.len() > 20, "{shown:?}");
    let explained: BTreeSet<String> = include_str!("../../docs/operations.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split(['`', '{']).next())
        .filter(|name| name.starts_with("chat_") || name.starts_with("process_"))
        .map(|name| name.trim_end_matches("_total").trim_end_matches("_info").to_owned())
        .collect();
    assert_eq!(shown, explained, "docs/operations.md lists the metrics");
}

#[tokio::test]
async fn a_server_is_ready_while_its_store_takes_something() {
    let server = Server::with(&[METRICS]);
    assert_eq!(asked(&server, "GET", "/healthz").await.text(), "ok\n");
    assert_eq!(asked(&server, "GET", "/readyz").await.text(), "ready\n");
    let path = server.folder().join("data/chat-secure.db");
    let mut lock = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut lock).await.unwrap();
    let answer = asked(&server, "GET", "/readyz").await;
    assert_eq!((answer.status, answer.text().as_str()), (503, "the store takes nothing\n"));
    assert_eq!(asked(&server, "GET", "/healthz").await.status, 200);
    sqlx::query("ROLLBACK").execute(&mut lock).await.unwrap();
    assert_eq!(asked(&server, "GET", "/readyz").await.status, 200);
}

#[tokio::test]
async fn nothing_else_is_found_there() {
    let server = Server::with(&["--listen-metrics=unix:metrics.sock", METRICS]);
    let socket = format!("unix:{}", server.folder().join("metrics.sock").display());
    let mut stream = web::plain(&socket).await;
    assert_eq!(web::request(&mut stream, "GET", "/healthz", "").await.status, 200);
    for (method, path, status) in
        [("GET", "/", 404), ("POST", "/metrics", 405), ("HEAD", "/healthz", 200), ("GET", "/api/me", 404)]
    {
        let mut stream = web::plain(&server.metrics_addresses()[1]).await;
        let answer = web::request(&mut stream, method, path, "").await;
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
    }
    let refused = start_server(&["--listen-metrics=0.0.0.0:9100"], |_| {});
    assert!(refused.stderr.contains("loopback"), "{refused:?}");
}
