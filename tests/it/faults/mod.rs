//! Real faults under load: the server killed or stopped, its disk full, its database locked, a
//! member's cable pulled. What was echoed is stored and seen once, what was refused leaves no trace.
//!
//! A few rounds of each; `the_table_of_faults` has many and prints what docs/faults.md shows.

mod crowd;
mod small_disk;

use std::time::{Duration, Instant};

use rustix::process::Signal;
use sqlx::{Connection as _, SqliteConnection};
use tokio::time::{Instant as Moment, sleep_until};

use crate::support::{Cable, Client, Message, PASSWORD, Server};
use crowd::{Crowd, PEOPLE, Verdict, stored};

const FLAGS: [&str; 1] = ["--flood-per-second=0"];

/// A fault, tried so many times.
struct Row {
    fault: &'static str,
    verdict: Verdict,
    recoveries: Vec<Duration>,
}

impl Row {
    fn new(fault: &'static str) -> Self {
        Self { fault, verdict: Verdict::default(), recoveries: Vec::new() }
    }

    fn note(&mut self, verdict: &Verdict, recovery: Duration) {
        verdict.assert_clean();
        self.verdict.add(verdict);
        self.recoveries.push(recovery);
    }

    fn to_markdown(&self) -> String {
        let Verdict { echoed, refused, lost, doubled, traces } = self.verdict;
        let mut all = self.recoveries.clone();
        all.sort();
        let (median, longest) = (all[all.len() / 2].as_secs_f64(), all[all.len() - 1].as_secs_f64());
        format!(
            "| {} | {} | {echoed} | {refused} | {lost} | {doubled} | {traces} | {median:.2} s | {longest:.2} s |",
            self.fault,
            all.len()
        )
    }
}

fn start() -> Server {
    let server = Server::with(&FLAGS);
    PEOPLE.iter().for_each(|person| server.adduser(person));
    server
}

/// A fault lasts so long.
async fn last(length: Duration) {
    sleep_until(Moment::now() + length).await;
}

/// `kill -9` while everybody talks; over when somebody has spoken again.
async fn killed(rounds: usize) -> Row {
    let (mut server, mut row) = (start(), Row::new("`kill -9` under load"));
    for round in 0..rounds {
        let crowd = Crowd::gather(&server, round).await;
        let after = 1 + usize::try_from(getrandom::u32().unwrap() % 900).unwrap();
        crowd.until("echoes", |counts| counts.echoed >= after).await;
        server.kill();
        let heard = crowd.end().await;
        let begun_at = Instant::now();
        server.start_again();
        let mut alice = server.login("alice", &["echo-message"]).await;
        alice.ask(&format!("PRIVMSG #room :back {round}"), "PRIVMSG").await;
        let recovery = begun_at.elapsed();
        let all = stored(&server, "").await;
        row.note(&Verdict::on(&all, &heard), recovery);
        let latest =
            server.login("bob", &["draft/chathistory", "batch"]).await.latest_texts_of("#room").await;
        assert_eq!(latest, all[all.len() - latest.len()..], "history shows what is stored");
    }
    row
}

/// The server stands still for a while.
async fn stopped(rounds: usize, length: Duration, fault: &'static str) -> Row {
    let (server, mut row) = (start(), Row::new(fault));
    for round in 0..rounds {
        let crowd = Crowd::gather(&server, round).await;
        crowd.until_echoed(200).await;
        server.signal(Signal::STOP);
        last(length).await;
        let begun_at = Instant::now();
        server.signal(Signal::CONT);
        // More than can have been on its way.
        crowd.until_echoed(200).await;
        let recovery = begun_at.elapsed();
        let heard = crowd.end().await;
        row.note(&Verdict::on(&stored(&server, "").await, &heard), recovery);
    }
    row
}

/// Another process has the database's write lock for longer than the server waits for it.
async fn locked(rounds: usize) -> Row {
    let (server, mut row) = (start(), Row::new("database locked by another process"));
    let path = server.folder().join("data/chat-secure.db");
    for round in 0..rounds {
        let crowd = Crowd::gather(&server, round).await;
        crowd.until_echoed(200).await;
        let mut lock = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
        sqlx::query("PRAGMA busy_timeout = 20000").execute(&mut lock).await.unwrap();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut lock).await.unwrap();
        crowd.until("refusals", |counts| counts.refused > 0).await;
        let begun_at = Instant::now();
        sqlx::query("ROLLBACK").execute(&mut lock).await.unwrap();
        crowd.until_echoed(1).await;
        let recovery = begun_at.elapsed();
        crowd.until_echoed(200).await;
        let heard = crowd.end().await;
        row.note(&Verdict::on(&stored(&server, "").await, &heard), recovery);
    }
    row
}

/// A member's cable is pulled, and nobody is told; later it is plugged in again.
async fn pulled(rounds: usize) -> Row {
    let server = Server::with(&[FLAGS[0], "--ping-interval-s=2", "--ping-timeout-s=2"]);
    PEOPLE.iter().for_each(|person| server.adduser(person));
    server.adduser("dave");
    let mut row = Row::new("a member's cable pulled");
    for round in 0..rounds {
        let cable = Cable::to(server.port());
        let mut dave = visit(&server, &cable).await;
        dave.run("JOIN #room").await;
        let crowd = Crowd::gather(&server, round).await;
        let seen = dave.until("PRIVMSG").await;
        cable.pull();
        // The others are not held up; the server lets go of dave by itself.
        crowd.until_echoed(200).await;
        let mut alice = server.login("alice", &["away-notify"]).await;
        while !alice.run("WHO dave").await.iter().any(|m| m.command == "352" && m.param(6).starts_with('G')) {
        }
        crowd.until_echoed(200).await;
        let heard = crowd.end().await;
        cable.mend();
        let begun_at = Instant::now();
        let mut dave = visit(&server, &cable).await;
        let id = seen.tag("msgid").unwrap();
        dave.ask(&format!("CHATHISTORY AFTER #room msgid={id} 100"), "BATCH").await;
        let page = dave.all_until("BATCH").await;
        let recovery = begun_at.elapsed();
        let all = stored(&server, "").await;
        let at = all.iter().position(|text| *text == seen.last()).unwrap();
        let shown: Vec<&str> = page.iter().filter(|m| m.command == "PRIVMSG").map(Message::last).collect();
        assert_eq!(shown, all[at + 1..at + 1 + shown.len()], "what was missed is read from history");
        row.note(&Verdict::on(&all, &heard), recovery);
    }
    row
}

async fn visit(server: &Server, cable: &Cable) -> Client {
    let mut dave = Client::tls(cable.port, server.fingerprint(), None).await;
    dave.login("dave", PASSWORD, &["draft/chathistory", "batch", "message-tags"]).await;
    dave
}

#[tokio::test]
async fn a_server_that_is_killed_under_load_loses_nothing() {
    killed(2).await;
}

#[tokio::test]
async fn a_server_that_stood_still_goes_on() {
    stopped(1, Duration::from_secs(2), "").await;
}

#[tokio::test]
async fn a_locked_database_is_told_and_over_when_it_is_over() {
    locked(1).await;
}

#[tokio::test]
async fn a_member_whose_cable_was_pulled_holds_nobody_up_and_misses_nothing() {
    pulled(1).await;
}

#[tokio::test]
async fn a_full_disk_is_told_and_over_when_there_is_room_again() {
    if small_disk::can_be_had() {
        small_disk::filled(1).await;
    }
}

#[tokio::test]
async fn a_read_only_disk_is_told_at_the_start() {
    if small_disk::can_be_had() {
        small_disk::read_only();
    }
}

#[tokio::test]
#[ignore = "takes minutes; docs/faults.md says how to run it"]
async fn the_table_of_faults() {
    let mut rows = vec![killed(20).await];
    if small_disk::can_be_had() {
        rows.push(small_disk::filled(5).await);
    }
    rows.push(stopped(1, Duration::from_secs(60), "stopped for a minute (SIGSTOP)").await);
    rows.push(stopped(5, Duration::from_secs(5), "stopped for 5 seconds (SIGSTOP)").await);
    rows.push(locked(5).await);
    rows.push(pulled(5).await);
    println!("| fault | rounds | echoed | refused | lost | doubled | traces | recovery, median | longest |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    rows.iter().for_each(|row| println!("{}", row.to_markdown()));
}
