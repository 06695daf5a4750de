//! Each error says what is wrong and how to mend it; exit codes tell scripts the kind.

use crate::support::process;

use super::{json, on_both, password};

/// Arguments, standard input, exit code, and what the error must say.
type Case<'a> = (&'a [&'a str], &'a str, i32, &'a [&'a str]);

#[test]
fn each_error_says_how_to_mend_it() {
    let fingerprint = "0a".repeat(32);
    let cases: &[Case<'_>] = &[
        (&["adduser", "bob"], "", 2, &["--password-stdin"]),
        (&["passwd", "bob"], "", 2, &["--password-stdin"]),
        (&["adduser", "bob", "--password-stdin"], "", 1, &["no password", "printf"]),
        (&["adduser", "carol", "--password-stdin"], "short\n", 1, &["8", "choose a longer one"]),
        (&["adduser", "bob", "--password-stdin"], "long enough\n", 4, &["bob", "another name"]),
        (&["adduser", "b0b", "--password-stdin"], "long enough\n", 4, &["looks like bob", "another name"]),
        (&["passwd", "nobody", "--password-stdin"], "long enough\n", 3, &["nobody", "chatctl users"]),
        (&["deluser", "bob"], "", 2, &["--yes"]),
        (&["deluser", "nobody", "--yes"], "", 3, &["nobody", "chatctl users"]),
        (&["suspend", "nobody"], "", 3, &["nobody", "chatctl users"]),
        (&["resume", "nobody"], "", 3, &["nobody", "chatctl users"]),
        (&["invite", "revoke", "99"], "", 3, &["99", "chatctl invite list"]),
        (&["token", "add", "nobody", "--label", "x"], "", 3, &["chatctl users"]),
        (&["token", "add", "bob", "--label", ""], "", 1, &["--label"]),
        (&["token", "revoke", "bob", "99"], "", 3, &["99", "chatctl token list bob"]),
        (&["certfp", "add", "bob", "ab", "--label", "x"], "", 1, &["64", "openssl"]),
        (&["certfp", "add", "nobody", &fingerprint, "--label", "x"], "", 3, &["chatctl users"]),
        (&["certfp", "remove", "bob", "ab"], "", 3, &["ab", "chatctl certfp list bob"]),
        (&["history", "show", "nowhere"], "", 3, &["#nowhere", "chatctl rooms"]),
        (&["history", "export", "bob+alice"], "", 3, &["chatctl rooms --all"]),
        (&["history", "show", "99"], "", 3, &["99", "chatctl rooms"]),
    ];
    on_both(&[], |server| {
        server.chatctl_with(&["adduser", "bob", "--password-stdin"], &password()).success();
        for (args, stdin, code, parts) in cases {
            let said = server.chatctl_with(args, stdin).failure(*code);
            assert!(said.starts_with("chatctl: ") && said.contains(" — "), "{args:?}: {said}");
            assert_eq!(said.lines().count(), 1, "{said}");
            for part in *parts {
                assert!(said.contains(part), "{args:?}: {part:?} is not in {said}");
            }
        }
        assert_eq!(json(server, &["users"]).as_array().unwrap().len(), 1);
    });
}

#[test]
fn a_server_that_is_not_there_is_told_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut command = process::command(env!("CARGO_BIN_EXE_chatctl"), folder.path());
        process::run(&mut command, args, "long enough\n")
    };
    let said = run(&["adduser", "bob", "--password-stdin"]).failure(1);
    assert!(said.contains("no data directory data") && said.contains("--data-dir"), "{said}");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
    let said = run(&["--config", "none.toml", "users"]).failure(2);
    assert!(said.starts_with("chatctl: ") && said.contains("none.toml"), "{said}");
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/chat-secure.db"), "no database, but long enough for one")
        .unwrap();
    let said = run(&["users"]).failure(1);
    assert!(said.contains("is not a SQLite database") && said.contains("move it away"), "{said}");
}

#[test]
fn wrong_arguments_are_told_with_the_right_ones() {
    let folder = tempfile::tempdir().unwrap();
    for (args, part) in [
        (&["adduser", "1st"][..], "can't contain or begin with '1'"),
        (&["history", "show", "a b"], "alice+bob"),
        (&["history", "show", "lobby", "--after", "soon"], "2025-11-20"),
        (&["invite", "--expires", "soon"], "7d"),
        (&["invite", "--uses", "0"], "1..="),
        (&["token", "add", "bob"], "--label"),
        (&["adduser", "bob", "--password", "x"], "--password-stdin"),
        (&["user"], "users"),
    ] {
        let mut command = process::command(env!("CARGO_BIN_EXE_chatctl"), folder.path());
        let said = process::run(&mut command, args, "").failure(2);
        assert!(said.contains(part), "{args:?}: {said}");
    }
}

#[test]
fn the_help_tells_the_commands_and_the_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = process::command(env!("CARGO_BIN_EXE_chatctl"), folder.path());
    let help = process::run(&mut command, &["--help"], "").success();
    for part in [
        "adduser",
        "passwd",
        "deluser",
        "suspend",
        "resume",
        "users",
        "invite",
        "token",
        "certfp",
        "rooms",
        "history",
        "cert",
        "status",
        "Exit codes",
        "3 there is no such thing",
        "--data-dir",
        "--json",
    ] {
        assert!(help.contains(part), "{part:?} is not in {help}");
    }
}
