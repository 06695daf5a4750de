//! What the server says when it can't start: one line, what is wrong, and what to do.

use crate::support::{Finished, Server, start_server};

fn told(finished: Finished, code: i32) -> String {
    let told = finished.failure(code);
    assert!(!told.contains("panicked"), "{told}");
    told
}

#[test]
fn a_wrong_setting_is_named() {
    for (args, part) in [
        (&["--sessions-max=none"][..], "--sessions-max"),
        (&["--listen-plain=0.0.0.0:6667"], "loopback"),
        (&["--cert=cert.pem"], "key"),
        (&["--config=nowhere.toml"], "nowhere.toml"),
        (&["--colour=red"], "--colour"),
    ] {
        let said = told(start_server(args, |_| {}), 2);
        assert!(said.contains(part), "{args:?}: {said}");
    }
    let said = told(
        start_server(&["--config=chat.toml"], |folder| {
            std::fs::write(folder.join("chat.toml"), "data-dri = 'x'\n").unwrap();
        }),
        2,
    );
    assert!(said.contains("chat.toml") && said.contains("data_dir"), "{said}");
}

#[test]
fn what_cannot_be_used_is_named() {
    let said = told(start_server(&["--cert=no.pem", "--key=no.key"], |_| {}), 1);
    assert!(said.contains("no.pem") || said.contains("no.key"), "{said}");
    let said = told(start_server(&["--data-dir=/proc/nowhere"], |_| {}), 1);
    assert!(said.contains("/proc/nowhere"), "{said}");
    let said = told(start_server(&["--motd=no.txt"], |_| {}), 1);
    assert!(said.contains("no.txt"), "{said}");
    let said = told(start_server(&["--listen=nowhere.invalid:6697"], |_| {}), 1);
    assert!(said.contains("nowhere.invalid"), "{said}");
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let server = Server::start();
    let said = told(start_server(&["--listen", &server.address()], |_| {}), 1);
    assert!(said.contains(&server.port().to_string()), "{said}");
}

#[test]
fn help_and_version_are_no_failure() {
    let help = start_server(&["--help"], |_| {}).success();
    assert!(help.contains("--data-dir") && help.contains("[default: localhost:6697]"), "{help}");
    assert!(start_server(&["--version"], |_| {}).success().contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_check_says_what_is_wrong_or_what_will_be_in_force_and_starts_nothing() {
    let told_ok = start_server(&["--check-config", "--config=chat.toml", "--sessions-max=7"], |folder| {
        std::fs::write(folder.join("chat.toml"), "data_dir = 'kept'\n").unwrap();
    })
    .success();
    assert!(told_ok.starts_with("# ok"), "{told_ok}");
    for line in ["data_dir = \"kept\" # chat.toml: data_dir", "sessions_max = 7 # --sessions-max"] {
        assert!(told_ok.lines().any(|told| told == line), "{line}: {told_ok}");
    }
    // A folder that can't be made would be noticed.
    start_server(&["--check-config", "--data-dir=/proc/nowhere"], |_| {}).success();
    for (args, code, part) in [
        (&["--check-config", "--sessions-max=none"][..], 2, "--sessions-max"),
        (&["--check-config", "--motd=no.txt"], 1, "no.txt"),
        (&["--check-config", "--cert=no.pem", "--key=no.key"], 1, "no."),
        (&["--check-config", "--acme-ca=no.pem"], 1, "acme_ca: no certificate (PEM) in no.pem"),
        (&["--check-config", "--listen=nowhere.invalid:6697"], 1, "nowhere.invalid"),
    ] {
        let said = told(start_server(args, |_| {}), code);
        assert!(said.contains(part), "{args:?}: {said}");
    }
}

#[test]
fn the_example_and_the_settings_of_the_package_are_taken() {
    for file in ["docs/config.example.toml", "packaging/config.toml"] {
        let path = format!("--config={}/{file}", env!("CARGO_MANIFEST_DIR"));
        let told = start_server(&["--check-config", &path], |_| {}).success();
        assert!(told.starts_with("# ok"), "{file}: {told}");
    }
}

#[test]
fn what_others_can_write_is_not_trusted() {
    use std::os::unix::fs::PermissionsExt as _;
    let open = |path: std::path::PathBuf| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
    };
    for (args, file, code) in [
        (&["--config=chat.toml"][..], "chat.toml", 2),
        (&["--motd=motd.txt"], "motd.txt", 1),
        (&["--data-dir=kept"], "kept/", 1),
        (&["--certs-dir=pair"], "pair/", 1),
        (&["--cert=cert.pem", "--key=key.pem"], "cert.pem", 1),
    ] {
        let prepare = |folder: &std::path::Path| {
            let path = folder.join(file);
            if file.ends_with('/') {
                std::fs::create_dir(&path).unwrap();
            } else {
                std::fs::write(&path, "# a text\n").unwrap();
            }
            open(path);
        };
        let said = told(start_server(args, prepare), code);
        let name = file.trim_end_matches('/');
        assert!(
            said.contains("others can write") && said.contains(name) && said.contains("chmod go-w"),
            "{said}"
        );
    }
}
