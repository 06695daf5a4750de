//! Bans and the audit log, on a running server and on a stopped one.

use serde_json::{Value, json};

use crate::support::Server;

use super::{json, names, on_both, password};

fn rows(server: &Server) -> Vec<Value> {
    json(server, &["audit"]).as_array().unwrap().clone()
}

#[test]
fn bans_are_made_listed_and_lifted() {
    on_both(&[], |server| {
        server.chatctl_with(&["adduser", "Bob", "--password-stdin"], &password()).success();
        let ban = json(server, &["ban", "add", "account:bob", "--for", "1h30m", "--reason", "too loud"]);
        assert_eq!(
            names(&ban),
            ["created_at", "creator", "expires_at", "reason", "sessions_ended", "target"]
        );
        assert_eq!((&ban["target"], &ban["reason"]), (&json!("account:bob"), &json!("too loud")));
        server.chatctl(&["ban", "add", "2001:db8::7/32"]).success();
        server.chatctl(&["ban", "add", "2001:DB8::/32", "--reason", "again"]).success();
        let bans = json(server, &["ban", "list"]);
        let targets: Vec<&Value> = bans.as_array().unwrap().iter().map(|ban| &ban["target"]).collect();
        assert_eq!(targets, ["account:bob", "2001:db8::/32"]);
        assert_eq!((&bans[1]["reason"], &bans[1]["expires_at"]), (&json!("again"), &json!(null)));
        let table = server.chatctl(&["ban", "list"]).success();
        assert!(table.starts_with("TARGET") && table.contains("too loud"), "{table}");
        let lifted = server.chatctl(&["ban", "lift", "account:BOB"]).success();
        assert!(lifted.contains("account:bob is lifted"), "{lifted}");
        server.chatctl(&["ban", "lift", "account:bob"]).failure(3);
        server.chatctl(&["ban", "add", "account:nobody"]).failure(3);
        assert_eq!(json(server, &["ban", "list"]).as_array().unwrap().len(), 1);
    });
}

#[test]
fn who_runs_the_server_is_banned_only_if_that_is_meant() {
    on_both(&[], |server| {
        server.chatctl_with(&["adduser", "root", "--admin", "--password-stdin"], &password()).success();
        for target in ["127.0.0.0/8", "::1", "0.0.0.0/0", "account:root"] {
            let said = server.chatctl(&["ban", "add", target]).failure(1);
            assert!(said.contains("--force"), "{said}");
            server.chatctl(&["ban", "add", target, "--force"]).success();
        }
    });
}

#[test]
fn everything_that_chatctl_changes_stands_in_the_audit_log() {
    on_both(&[], |server| {
        server.chatctl_with(&["adduser", "bob", "--password-stdin"], &password()).success();
        server.chatctl_with(&["passwd", "bob", "--password-stdin", "--end-sessions"], &password()).success();
        let code = server.chatctl(&["invite", "--uses", "3"]).success();
        let token = server.chatctl(&["token", "add", "bob", "--label", "phone"]).success();
        server.chatctl(&["certfp", "add", "bob", &"ab".repeat(32), "--label", "laptop"]).success();
        server.chatctl(&["ban", "add", "192.0.2.0/24", "--reason", "noise"]).success();
        server.chatctl(&["ban", "lift", "192.0.2.0/24"]).success();
        server.chatctl(&["suspend", "bob"]).success();
        server.chatctl(&["deluser", "bob", "--yes"]).success();
        server.chatctl(&["deluser", "bob", "--yes"]).failure(3);
        server.chatctl(&["users"]).success();
        let rows = rows(server);
        assert_eq!(names(&rows[0]), ["action", "at", "detail", "id", "outcome", "target", "who"]);
        let shown: Vec<String> = rows
            .iter()
            .map(|row| [&row["action"], &row["target"], &row["outcome"]].map(ToString::to_string).join(" "))
            .collect();
        let expected = [
            r#""add_account" "bob" "done""#,
            r#""set_password" "bob" "done""#,
            r#""add_invitation" null "done""#,
            r#""add_token" "bob" "done""#,
            r#""add_fingerprint" "bob" "done""#,
            r#""ban" "192.0.2.0/24" "done""#,
            r#""unban" "192.0.2.0/24" "done""#,
            r#""suspend" "bob" "done""#,
            r#""delete_account" "bob" "done""#,
            r#""delete_account" "bob" "failed""#,
        ];
        assert_eq!(shown, expected);
        let uid = format!("uid {}", rustix::process::getuid().as_raw());
        assert!(rows.iter().all(|row| row["who"].as_str().unwrap().contains(&uid)), "{rows:#?}");
        let all = server.chatctl(&["audit"]).success();
        for secret in [crate::support::PASSWORD, code.trim(), token.trim()] {
            assert!(!all.contains(secret), "{all}");
        }
        assert!(all.starts_with("AT") && all.contains("noise"), "{all}");
        assert_eq!(server.chatctl(&["audit", "--limit", "2"]).success().lines().count(), 3);
    });
}
