//! Who the server is: refused when unknown or changed, with words that help.

use super::{companion, server_with};
use crate::support::{PASSWORD, process};

#[test]
fn an_unknown_server_is_refused_in_a_pipe() {
    let server = server_with(&["alice"]);
    let stderr =
        server.companion(&["--user", "alice", "--password-stdin"], &format!("{PASSWORD}\nhi\n")).failure(1);
    for part in [server.fingerprint(), "--fingerprint", "--ca", "X25519MLKEM768"] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
}

#[test]
fn fingerprint_and_authority_are_taken_from_the_command_line() {
    let server = server_with(&["alice"]);
    let certificate = server.folder().join("certs").join("cert.pem");
    let certificate = certificate.to_str().unwrap();
    let stdin = format!("{PASSWORD}\nhi\n");
    let run = |args: &[&str]| {
        let mut command = companion(&server, &["--user", "alice", "--password-stdin"]);
        process::run(&mut command, args, &stdin)
    };
    run(&["--fingerprint", &server.fingerprint().to_uppercase()]).success();
    run(&["--ca", certificate]).success();
    let stderr = run(&["--fingerprint", &"ab".repeat(32)]).failure(1);
    assert!(stderr.contains("not the one expected") && stderr.contains(server.fingerprint()), "{stderr}");
}

#[test]
fn a_changed_certificate_is_refused_loudly() {
    let mut server = server_with(&["alice"]);
    let home = server.folder().join(".config").join("chat-secure");
    std::fs::create_dir_all(&home).unwrap();
    let known_hosts = home.join("known_hosts");
    let pin = format!("# pins\nlocalhost:{} sha256:{}\n", server.port(), server.fingerprint());
    std::fs::write(&known_hosts, pin).unwrap();
    let args = ["--user", "alice", "--password-stdin"];
    let stdin = format!("{PASSWORD}\nhi\n");
    server.companion(&args, &stdin).success();

    server.stop();
    std::fs::remove_dir_all(server.folder().join("certs")).unwrap();
    server.start_again();
    let stderr = server.companion(&args, &stdin).failure(1);
    let path = known_hosts.display().to_string();
    for part in
        ["HAS CHANGED", "before: spki-sha256:", "now:    spki-sha256:", &path, "line 2", "chatctl cert show"]
    {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
    // What it says to do does help.
    std::fs::write(&known_hosts, "# pins\n").unwrap();
    let stderr = server.companion(&args, &stdin).failure(1);
    assert!(!stderr.contains("HAS CHANGED"), "{stderr}");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = process::command(env!("CARGO_BIN_EXE_chat-secure-client"), folder.path());
    let args = ["--host", "localhost", "--port", "1", "--user", "alice", "--password-stdin"];
    let stderr = process::run(&mut command, &args, "secret\nhi\n").failure(1);
    assert!(stderr.contains("cannot reach localhost:1"), "{stderr}");
}
