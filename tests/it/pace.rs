//! The flood limit: a burst at once, then a steady rate, and nobody else is slowed.

use std::time::{Duration, Instant};

use crate::support::{Client, Server, web};

/// Sends so many PINGs in one go.
async fn ping(client: &mut Client, times: usize) {
    let lines: String = (0..times).map(|n| format!("PING {n}\r\n")).collect();
    client.send_raw(lines.as_bytes()).await;
}

/// Waits for all their answers, which come in order, and returns when the last one came.
async fn answered(client: &mut Client, times: usize) -> Instant {
    for n in 0..times {
        assert_eq!(client.until("PONG").await.last(), n.to_string());
    }
    Instant::now()
}

#[tokio::test]
async fn a_burst_passes_at_once() {
    // At one a second without the burst, these would take half a minute.
    let server = Server::with(&["--guests", "--flood-burst=60", "--flood-per-second=1"]);
    let mut gina = server.guest("gina").await;
    let start = Instant::now();
    ping(&mut gina, 30).await;
    let end = answered(&mut gina, 30).await;
    assert!(end - start < Duration::from_secs(15), "{:?}", end - start);
}

#[tokio::test]
async fn beyond_the_burst_the_rate_is_steady_and_others_are_not_slowed() {
    let server = Server::with(&["--guests", "--flood-burst=20", "--flood-per-second=50"]);
    let mut flood = server.guest("flood").await;
    let mut calm = server.guest("calm").await;
    let start = Instant::now();
    ping(&mut flood, 120).await;
    let (flooded, calmed) = tokio::join!(answered(&mut flood, 120), async {
        for _ in 0..10 {
            calm.sync().await;
        }
        Instant::now()
    });
    // 100 beyond the burst, at 50 a second.
    assert!(flooded - start >= Duration::from_millis(1900), "{:?}", flooded - start);
    assert!(calmed < flooded, "who is within the limit waits for nobody");
}

#[tokio::test]
async fn what_costs_more_is_slowed_more() {
    let server = Server::with(&["--guests", "--flood-burst=10", "--flood-per-second=50"]);
    let mut gina = server.guest("gina").await;
    let start = Instant::now();
    let lines = "LIST\r\n".repeat(40);
    gina.send_raw(lines.as_bytes()).await;
    for _ in 0..40 {
        gina.until("323").await;
    }
    // LIST costs 3: the 40th waits until 117 are paid, of which the burst pays 10.
    assert!(start.elapsed() >= Duration::from_millis(2000), "{:?}", start.elapsed());
}

#[tokio::test]
async fn who_speaks_to_several_pays_for_each() {
    let server = Server::with(&["--guests", "--flood-burst=10", "--flood-per-second=50"]);
    let mut gina = server.guest("gina").await;
    let start = Instant::now();
    let line = format!("PRIVMSG {} :hello\r\n", ["gina"; 20].join(","));
    gina.send_raw(line.repeat(6).as_bytes()).await;
    for _ in 0..120 {
        gina.until("PRIVMSG").await;
    }
    // The sixth waits until 100 are paid, of which the burst pays 10, and the registration some.
    assert!(start.elapsed() >= Duration::from_millis(1700), "{:?}", start.elapsed());
}

#[tokio::test]
async fn bytes_have_a_pace_of_their_own() {
    let flags =
        ["--guests", "--flood-burst=1000", "--flood-bytes-burst=8192", "--flood-bytes-per-second=40000"];
    let server = Server::with(&flags);
    let mut flood = server.guest("flood").await;
    let mut calm = server.guest("calm").await;
    flood.run("CAP REQ message-tags").await;
    let start = Instant::now();
    let line = format!("@+x={} TAGMSG flood\r\n", "x".repeat(3980));
    flood.send_raw(line.repeat(23).as_bytes()).await;
    let (_, calmed) = tokio::join!(flood.sync(), async {
        for _ in 0..10 {
            calm.sync().await;
        }
        Instant::now()
    });
    // 92,000 bytes, of which the burst pays 8,192, and the last line is owed.
    assert!(start.elapsed() >= Duration::from_millis(1900), "{:?}", start.elapsed());
    assert!(calmed - start < start.elapsed(), "who sends little waits for nobody");
}

#[tokio::test]
async fn who_makes_rooms_pays_more_than_who_enters_them() {
    let server = Server::with(&["--guests", "--flood-burst=10", "--flood-per-second=50"]);
    let mut gina = server.guest("gina").await;
    let start = Instant::now();
    let lines: String = (0..10).map(|number| format!("JOIN #room-{number}\r\n")).collect();
    gina.send_raw(lines.as_bytes()).await;
    for _ in 0..10 {
        gina.until("366").await;
    }
    // Each costs 12: the tenth waits until 108 are paid, of which the burst pays 10.
    assert!(start.elapsed() >= Duration::from_millis(1700), "{:?}", start.elapsed());
}

#[tokio::test]
async fn requests_over_http_have_a_pace() {
    let server = Server::with(&["--listen-web=localhost:0"]);
    let mut stream = web::tls(&server).await;
    let start = Instant::now();
    for _ in 0..600 {
        assert_eq!(web::request(&mut stream, "GET", "/manifest.json", "").await.status, 200);
    }
    // 100 beyond the burst, at 50 a second.
    assert!(start.elapsed() >= Duration::from_millis(1900), "{:?}", start.elapsed());
}
