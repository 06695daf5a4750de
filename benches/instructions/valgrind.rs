//! Running this program under callgrind.

use std::path::PathBuf;
use std::process::Command;

use crate::Work;

/// The first argument of a run under callgrind.
pub(crate) const WORD: &str = "--count";

/// Counts the instructions of the work, without those before and after it. The profile is left in
/// `target/tmp/`, for `callgrind_annotate`.
pub(crate) fn count(work: Work) -> u64 {
    let [listeners, at_once] = [work.listeners, work.at_once].map(|number| number.to_string());
    let profile = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("instructions-{listeners}-listeners-{at_once}-at-once.callgrind"));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=instructions::counted"])
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(std::env::current_exe().unwrap())
        .args([WORD, &listeners, &at_once])
        .output()
        .unwrap_or_else(|error| panic!("valgrind ({error}): is its package installed?"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let profile = std::fs::read_to_string(profile).unwrap();
    let total = profile.lines().find_map(|line| line.strip_prefix("totals: ")).unwrap();
    let total = total.trim().parse().unwrap();
    // Without symbols it counts nothing.
    assert_ne!(total, 0, "callgrind did not find the function that it has to count\n{said}");
    total
}
