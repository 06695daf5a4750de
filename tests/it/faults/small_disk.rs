//! A file system of a few megabytes, of the server's own: a tmpfs in a mount namespace of its own, so
//! that nobody else sees it and it is gone with the server. Needs root.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use super::crowd::{Crowd, Verdict, stored};
use super::{Row, start};
use crate::support::{Server, process};

/// Puts what `data` holds on a small file system, mounts that in its place, and becomes the server.
const SMALL: &str = "mkdir -p small && mount -t tmpfs -o size=12m none small && cp -a data/. small/ \
                     && mount --bind small data && exec \"$@\"";
/// The same, and nothing can be written.
const READ_ONLY: &str = "mkdir -p small && mount -t tmpfs -o size=12m none small && cp -a data/. small/ \
                         && mount -o remount,ro small && mount --bind small data && exec \"$@\"";

/// Whether this machine lets us mount anything; a word is said if it does not.
pub(super) fn can_be_had() -> bool {
    let tried = Command::new("unshare").args(["-m", "sh", "-c", "mount -t tmpfs none /mnt"]).output();
    let can = tried.is_ok_and(|output| output.status.success());
    if !can {
        eprintln!("skipped: no file system can be mounted here (needs root and unshare)");
    }
    can
}

fn starter(script: &str) -> [&str; 5] {
    ["unshare", "-m", "sh", "-c", script]
}

/// The disk fills up under load, and is freed again; over when somebody is echoed.
pub(super) async fn filled(rounds: usize) -> Row {
    let (mut server, mut row) = (start(), Row::new("disk full, then freed"));
    server.stop();
    server.start_again_by(&[&starter(SMALL)[..], &["sh"]].concat());
    let root = format!("/proc/{}/root", server.pid());
    let filler = PathBuf::from(format!("{root}{}", server.folder().join("data/filler").display()));
    for round in 0..rounds {
        let crowd = Crowd::gather(&server, round).await;
        crowd.until_echoed(200).await;
        let refused = fill(&filler, &crowd).await;
        reading_goes_on(&server).await;
        crowd.until("more refusals", |counts| counts.refused > refused + 50).await;
        let begun_at = Instant::now();
        fs::remove_file(&filler).unwrap();
        crowd.until_echoed(1).await;
        let recovery = begun_at.elapsed();
        crowd.until_echoed(200).await;
        let heard = crowd.end().await;
        row.note(&Verdict::on(&stored(&server, &root).await, &heard), recovery);
    }
    row
}

/// Fills the disk to the last byte, again and again, until somebody is refused.
async fn fill(filler: &PathBuf, crowd: &Crowd) -> usize {
    let mut file = fs::File::create(filler).unwrap();
    loop {
        for size in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        // The log may still have room in itself.
        let counts = crowd.until("something", |_| true).await;
        if counts.refused > 0 {
            return counts.refused;
        }
        tokio::task::yield_now().await;
    }
}

/// Who is in reads, and who comes is let in.
async fn reading_goes_on(server: &Server) {
    let mut alice = server.login("alice", &["draft/chathistory", "batch"]).await;
    assert_eq!(alice.latest_texts_of("#room").await.len(), 100);
}

/// A server on a disk that can't be written says so and ends.
pub(super) fn read_only() {
    let server = start();
    server.stop();
    let binary = env!("CARGO_BIN_EXE_chat-secure-server");
    let mut command = process::command("unshare", &server.folder());
    let args = [&starter(READ_ONLY)[1..], &["sh", binary, "--listen", "localhost:0"]].concat();
    let told = process::run(&mut command, &args, "");
    assert_ne!(told.code, Some(0), "{told:?}");
    assert!(told.stderr.to_lowercase().contains("read-only"), "{told:?}");
}
