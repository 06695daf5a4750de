//! Backups: taken while people speak, restored elsewhere, and refused when they are not whole.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::support::{Finished, PASSWORD, Server, process, web};

const WEB: &str = "--listen-web=localhost:0";

fn chatctl(folder: &Path, args: &[&str]) -> Finished {
    process::run(&mut process::command(env!("CARGO_BIN_EXE_chatctl"), folder), args, "")
}

/// `backup.chat` in the server's folder.
fn back_up(server: &Server) -> PathBuf {
    server.chatctl(&["backup", "backup.chat"]).success();
    server.folder().join("backup.chat")
}

fn history(server: &Server, room: &str) -> Vec<Value> {
    let said = server.chatctl(&["history", "export", room]).success();
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The server that a backup is restored into.
fn restored(backup: &Path) -> Server {
    Server::with_folder(&[WEB, "--certs-dir=data/certs"], |folder| {
        let backup = backup.to_str().unwrap();
        let said = chatctl(folder, &["restore", backup, "--data-dir", "data"]).success();
        assert!(said.contains("--certs-dir"), "{said}");
    })
}

async fn upload(server: &Server, content: &[u8]) -> String {
    let credentials = STANDARD.encode(format!("alice:{PASSWORD}"));
    let fields = format!(
        "Authorization: Basic {credentials}\r\nContent-Length: {}\r\nContent-Type: text/plain\r\n\
         Content-Disposition: attachment; filename=\"notes.txt\"\r\n",
        content.len()
    );
    let mut stream = web::tls(server).await;
    web::send(&mut stream, "POST", "/upload", &fields, content).await;
    let answer = web::answer(&mut stream, "POST").await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let url = answer.field("location").to_owned();
    url[url.find("/files/").unwrap()..].to_owned()
}

async fn download(server: &Server, path: &str) -> Vec<u8> {
    let fields = format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("alice:{PASSWORD}")));
    let answer = web::request(&mut web::tls(server).await, "GET", path, &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.body
}

/// The speakers go on in threads of their own while the backup is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_the_same_server_elsewhere() {
    let server = Server::with(&[WEB, "--flood-per-second=0"]);
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    alice.run("JOIN #load").await;
    let path = upload(&server, b"the notes of alice").await;
    alice.ask(&format!("PRIVMSG #load :see https://localhost{path}"), "PRIVMSG").await;
    let speakers = ["bob", "carol", "dave"];
    for name in speakers {
        server.adduser(name);
    }
    let mut talks = Vec::new();
    for name in speakers {
        let mut client = server.login(name, &["echo-message"]).await;
        client.run("JOIN #load").await;
        talks.push(tokio::spawn(async move {
            for n in 0.. {
                client.ask(&format!("PRIVMSG #load :{name} {n}"), "PRIVMSG").await;
            }
        }));
    }
    alice.expect("people to speak", |m| m.last() == "bob 5").await;
    let backup = server.folder().join("backup.chat");
    back_up(&server);
    for talk in &talks {
        assert!(!talk.is_finished(), "nobody was stalled or sent away");
        talk.abort();
    }

    let checked = chatctl(&server.folder(), &["--json", "verify-backup", "backup.chat"]).success();
    let checked: Value = serde_json::from_str(&checked).unwrap();
    assert_eq!((&checked["accounts"], &checked["uploads"]["files"]), (&4.into(), &1.into()), "{checked}");
    assert_eq!(checked["fingerprint"], server.fingerprint());

    let other = restored(&backup);
    assert_eq!(other.fingerprint(), server.fingerprint(), "pins stay true");
    let (before, after) = (history(&server, "load"), history(&other, "load"));
    // Who came back to the second server is there as well, and stands behind.
    let said = |entries: &[Value]| -> Vec<Value> {
        entries.iter().filter(|entry| entry["event"] == "message").cloned().collect()
    };
    let (before, after) = (said(&before), said(&after));
    assert!(after.len() > 15 && after.len() <= before.len(), "{} of {}", after.len(), before.len());
    assert_eq!(after, before[..after.len()], "the same places, times and texts");
    assert_eq!(other.texts_of("#load").await.len(), after.len());
    assert_eq!(download(&other, &path).await, b"the notes of alice");
    for file in ["data/chat-secure.db", "data/certs/key.pem"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(other.folder().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    assert!(!server.folder().join("data/.backup").exists());
}

#[test]
fn a_backup_of_a_stopped_server_goes_through_a_pipe() {
    let server = Server::start();
    server.adduser("alice");
    server.stop();
    let folder = server.folder();
    let mut command = process::command("sh", &folder);
    let pipe = format!(
        "{0} --data-dir data backup - | {0} --data-dir other restore -",
        env!("CARGO_BIN_EXE_chatctl")
    );
    process::run(&mut command, &["-c", &pipe], "").success();
    let users = chatctl(&folder, &["--data-dir", "other", "users"]).success();
    assert!(users.contains("alice"), "{users}");
}

#[test]
fn what_is_cut_or_flipped_is_refused() {
    let server = Server::start();
    server.adduser("alice");
    let backup = back_up(&server);
    let folder = server.folder();
    let whole = fs::read(&backup).unwrap();
    let len = whole.len();
    let broken = folder.join("broken.chat");
    let mut trials: Vec<Vec<u8>> =
        [0, 1, 10, len / 2, len - 5, len - 1].map(|at| whole[..at].to_vec()).into();
    for at in [0, 40, len / 3, len / 2, len - 2] {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        trials.push(flipped);
    }
    trials.push([&whole[..], b"more"].concat());
    for trial in trials {
        fs::write(&broken, &trial).unwrap();
        let said = chatctl(&folder, &["restore", "broken.chat", "--data-dir", "other"]).failure(1);
        assert!(said.contains("no whole backup"), "{said}");
        assert!(!folder.join("other/chat-secure.db").exists() && !folder.join("other/.partial").exists());
    }
    chatctl(&folder, &["verify-backup", "broken.chat"]).failure(1);
    let left = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("verify")).collect();
    assert!(left.is_empty(), "{left:?}");
    chatctl(&folder, &["restore", "backup.chat", "--data-dir", "other"]).success();
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let server = Server::start();
    server.adduser("alice");
    back_up(&server);
    let said = server.chatctl(&["backup", "backup.chat"]).failure(4);
    assert!(said.contains("--force"), "{said}");
    server.chatctl(&["backup", "backup.chat", "--force"]).success();
    let said = server.chatctl(&["restore", "backup.chat"]).failure(1);
    assert!(said.contains("a server runs on"), "{said}");
    server.stop();
    let said = server.chatctl(&["restore", "backup.chat"]).failure(1);
    assert!(said.contains("is not empty") && said.contains("mv data data.old"), "{said}");
    let users = server.chatctl(&["users"]).success();
    assert!(users.contains("alice"), "{users}");
}

#[tokio::test]
async fn a_file_that_was_damaged_on_disk_is_told_of() {
    let server = Server::with(&[WEB]);
    server.adduser("alice");
    upload(&server, b"the notes of alice").await;
    let files = fs::read_dir(server.folder().join("data/files")).unwrap().map(|entry| entry.unwrap().path());
    for file in files.filter(|path| path.is_file()) {
        fs::write(file, b"the n0tes of alice").unwrap();
    }
    let taken = server.chatctl(&["backup", "backup.chat"]);
    assert!(taken.code == Some(0) && taken.stderr.contains("damaged on the server's disk"), "{taken:?}");
    let checked = chatctl(&server.folder(), &["verify-backup", "backup.chat"]);
    assert!(checked.code == Some(1) && checked.stdout.contains("damaged already"), "{checked:?}");
}

#[test]
fn a_backup_stands_in_the_audit_log() {
    let server = Server::start();
    server.adduser("alice");
    back_up(&server);
    let audit = server.chatctl(&["audit"]).success();
    assert!(audit.lines().any(|line| line.contains("backup") && line.contains("backup.chat")), "{audit}");
}
