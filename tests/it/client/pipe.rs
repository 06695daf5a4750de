//! In a pipe: lines in, messages out, an exit code that can be believed.

use super::{messages, run, server_with};

#[test]
fn lines_are_stored_and_shown() {
    let server = server_with(&["alice"]);
    let shown = run(&server, "alice", "hello there\n//slash\n/me waves\n\nquit\n").success();
    let all = [
        "#lobby <alice> hello there",
        "#lobby <alice> /slash",
        "#lobby * alice waves",
        "#lobby <alice> quit",
    ];
    assert_eq!(messages(&shown), all);
    let history = run(&server, "alice", "/history 10\n").success();
    assert_eq!(messages(&history), all);
}

#[test]
fn thousands_of_lines_arrive_in_order() {
    let server = server_with(&["alice"]);
    let lines: String = (0..3000).map(|number| format!("line {number}\n")).collect();
    let shown = run(&server, "alice", &lines).success();
    let expected: Vec<_> = (0..3000).map(|number| format!("#lobby <alice> line {number}")).collect();
    assert_eq!(messages(&shown), expected);
}

#[test]
fn what_is_not_stored_is_an_error() {
    let server = server_with(&["alice"]);
    for (stdin, part) in [
        ("hello\n/msg nobody psst\n", "nobody: No such nick"),
        ("hello\n/histroy\n", "did you mean /history?"),
        ("hello\n/join #a,b\n", "one room at a time"),
    ] {
        let finished = run(&server, "alice", stdin);
        assert!(finished.stdout.contains("<alice> hello"), "{finished:#?}");
        let stderr = finished.failure(1);
        assert!(stderr.contains(part), "{stderr}");
    }
}

#[test]
fn a_wrong_password_is_said_and_fails() {
    let server = server_with(&["alice"]);
    let args = ["--user", "alice", "--fingerprint", server.fingerprint(), "--password-stdin"];
    let stderr = server.companion(&args, "not the password\nhello\n").failure(1);
    assert!(stderr.contains("wrong name or password"), "{stderr}");
}

#[test]
fn nobody_is_asked_in_a_pipe() {
    let server = server_with(&[]);
    let fingerprint = ["--fingerprint", server.fingerprint()];
    let stderr = server.companion(&fingerprint, "hello\n").failure(2);
    assert!(stderr.contains("--user NAME"), "{stderr}");
    let args = [&fingerprint[..], &["--user", "alice"]].concat();
    let stderr = server.companion(&args, "hello\n").failure(2);
    assert!(stderr.contains("CHAT_SECURE_PASSWORD"), "{stderr}");
}

#[test]
fn guests_are_told_what_to_do_where_none_are_admitted() {
    let server = server_with(&[]);
    let stderr = server.companion(&["--guest", "--fingerprint", server.fingerprint()], "hello\n").failure(1);
    assert!(stderr.contains("--invite CODE"), "{stderr}");
}

#[test]
fn a_long_message_arrives_whole_in_pieces() {
    let server = server_with(&["alice"]);
    let words: Vec<_> = (0..400).map(|number| format!("wörd{number}")).collect();
    let shown = run(&server, "alice", &format!("{}\n", words.join(" "))).success();
    let pieces: Vec<_> =
        messages(&shown).into_iter().map(|line| line.trim_start_matches("#lobby <alice> ")).collect();
    assert!(pieces.len() > 5);
    assert_eq!(pieces.join(" "), words.join(" "));
}

#[tokio::test]
async fn what_others_send_can_not_move_the_terminal() {
    let server = server_with(&["alice", "mallory"]);
    let mut mallory = server.login("mallory", &[]).await;
    mallory.run("JOIN #lobby").await;
    mallory.run("PRIVMSG #lobby :\u{1b}]0;title\u{7}\u{1b}[2J\u{3}04red\u{9b}1A").await;
    let shown = run(&server, "alice", "/history 1\n").success();
    assert_eq!(messages(&shown), ["#lobby <mallory> ]0;title[2Jred1A"]);
}
