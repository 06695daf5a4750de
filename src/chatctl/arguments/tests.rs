//! The command line, as it is typed.

use super::*;
use clap::{CommandFactory as _, Parser as _};

fn parse(line: &str) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(std::iter::once("chatctl").chain(line.split_whitespace()))
}

#[test]
fn the_command_line_is_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn which_server_is_meant_may_stand_before_or_after_the_command() {
    for line in ["--data-dir d --json users", "users --json --data-dir d"] {
        let arguments = parse(line).unwrap();
        assert!(arguments.json && arguments.data_dir.is_some(), "{line}");
    }
}

#[test]
fn what_can_not_be_is_a_usage_error() {
    for line in [
        "",
        "adduser",
        "adduser 1st",
        "adduser bob --password secret",
        "adduser bob --no-password --password-stdin",
        "token add bob",
        "invite --uses 0",
        "invite --expires soon",
        "invite --uses 2 list",
        "history show",
        "history show a+1",
        "history show lobby --limit 0",
        "history show lobby --after yesterday",
        "ban add",
        "ban add bob",
        "ban add account:bob --for soon",
        "audit --limit 0",
        "backup",
        "restore",
        "verify-backup",
        "erase-user",
        "erase-user bob extra",
        "export-user",
        "file remove",
        "always-on bob maybe",
        "frobnicate",
    ] {
        assert!(parse(line).is_err(), "{line}");
    }
}

#[test]
fn invitations_last_a_week_unless_it_is_said_otherwise() {
    let expires = |line: &str| {
        let command = parse(line).unwrap().command;
        let Command::Invite { expires, .. } = command else { panic!("{command:?}") };
        expires
    };
    assert_eq!(expires("invite"), "7d".parse().unwrap());
    assert_eq!(expires("invite --expires never"), Expiry::Never);
}
