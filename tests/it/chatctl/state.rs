//! How chatctl finds the server, and what it does when somebody else has the data.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use chat_secure::store::sqlite::DataLock;
use serde_json::json;

use crate::support::Server;

use super::{json, names, on_both, password};

#[test]
fn the_status_tells_whether_the_server_runs() {
    on_both(&[], |server| {
        server.chatctl_with(&["adduser", "bob", "--password-stdin"], &password()).success();
        server.chatctl(&["suspend", "bob"]).success();
        let status = json(server, &["status"]);
        assert_eq!(
            names(&status),
            [
                "accounts",
                "accounts_online",
                "addresses",
                "certificate_expires_at",
                "certificate_failure",
                "commits",
                "conversations",
                "entries",
                "failed_commits",
                "fingerprint",
                "guests",
                "pid",
                "rooms",
                "running",
                "sessions",
                "started_at",
                "suspended",
                "version",
                "warnings"
            ]
        );
        assert_eq!((&status["accounts"], &status["suspended"]), (&json!(1), &json!(1)));
        let text = server.chatctl(&["status"]).success();
        if status["running"] == json!(true) {
            assert_eq!(status["addresses"], json!([server.address()]));
            assert!(text.contains("running, version") && text.contains(server.fingerprint()), "{text}");
        } else {
            assert!(text.contains("not running"), "{text}");
        }
    });
}

#[tokio::test]
async fn the_status_counts_who_is_there_and_what_was_committed() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", &[]).await;
    let _phone = server.login("alice", &[]).await;
    let _gina = server.guest("gina").await;
    alice.run("JOIN #room").await;
    let status = json(&server, &["status"]);
    assert_eq!((&status["sessions"], &status["accounts_online"]), (&json!(3), &json!(1)));
    assert_eq!((&status["guests"], &status["failed_commits"]), (&json!(1), &json!(0)));
    assert!(status["commits"].as_u64() > Some(0) && status["entries"].as_u64() > Some(0), "{status}");
    let users = json(&server, &["users"]);
    assert_eq!((&users[0]["name"], &users[0]["sessions"]), (&json!("alice"), &json!(2)));
}

#[test]
fn a_server_that_was_killed_is_as_good_as_stopped() {
    let mut server = Server::start();
    server.kill();
    assert!(server.folder().join("data/admin.sock").exists());
    server.adduser("alice");
    server.start_again();
    assert_eq!(json(&server, &["status"])["running"], true);
    assert_eq!(json(&server, &["users"])[0]["name"], "alice");
    let mode = fs::metadata(server.folder().join("data/admin.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn who_holds_the_data_is_told_when_it_does_not_answer() {
    let server = Server::start();
    server.stop();
    let lock = DataLock::acquire(&server.folder().join("data")).unwrap();
    let said = server.chatctl(&["users"]).failure(1);
    assert!(said.contains(&format!("pid {}", std::process::id())) && said.contains("restart it"), "{said}");
    drop(lock);
    server.chatctl(&["users"]).success();
}

#[test]
fn several_at_a_time_wait_for_each_other() {
    let server = Server::start();
    server.stop();
    std::thread::scope(|scope| {
        for name in ["alice", "bob", "carol", "dave"] {
            let server = &server;
            scope.spawn(move || server.chatctl(&["adduser", name, "--no-password"]).success());
        }
    });
    assert_eq!(json(&server, &["users"]).as_array().unwrap().len(), 4);
}

#[test]
fn the_server_is_found_by_its_configuration_file() {
    let server = Server::start();
    fs::write(server.folder().join("chat.toml"), "data_dir = \"data\"\n").unwrap();
    let mut command =
        crate::support::process::command(env!("CARGO_BIN_EXE_chatctl"), std::path::Path::new("/"));
    let file = server.folder().join("chat.toml");
    let args = ["--config", file.to_str().unwrap(), "--json", "status"];
    let said = crate::support::process::run(&mut command, &args, "").success();
    assert!(said.contains("\"running\":true"), "{said}");
}
