//! Servers of others, where a variable names their binary: Ergo (`ERGO`) and soju (`SOJU`).
//!
//! A test that finds none says so and passes: nobody needs them to work on this project.

mod ergo;
mod soju;

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::trust;

pub(crate) use ergo::Ergo;
pub(crate) use soju::Soju;

/// Without a space, which Ergo takes in no password.
const PASSWORD: &str = "correct-horse-battery";

/// The binary that the variable names; says that the test is skipped if there is none.
pub(crate) fn binary(variable: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
    if path.is_none() {
        // Past the test harness, which keeps what a test that passes prints.
        drop(writeln!(std::io::stderr(), "skipped: {variable} names no binary"));
    }
    path
}

/// Makes `cert.pem` and `key.pem` in the folder; the certificate's fingerprint.
fn certificate(folder: &Path) -> String {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    trust::fingerprint(cert.der())
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Writes the file of this name in `tests/data` into the folder, with these values.
fn configure(folder: &Path, name: &str, values: &[(&str, String)]) {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let mut text = std::fs::read_to_string(template).unwrap();
    for (key, value) in values {
        text = text.replace(&format!("@{key}@"), value);
    }
    std::fs::write(folder.join(name), text).unwrap();
}
