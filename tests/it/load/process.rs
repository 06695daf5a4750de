//! What `/proc` says of processes.

use super::program::process::{Process, ticks};

#[test]
fn the_ticks_stand_after_a_name_of_any_form() {
    let stat = "42 (a) b (c) S 1 42 42 0 -1 4194304 1 2 3 4 700 30 5 6 20 0 8 0 100";
    assert_eq!(ticks(stat), Some(730));
    assert_eq!(ticks("42 (a) S 1"), None);
}

#[test]
fn this_process_uses_memory() {
    assert!(Process::this().rss_kib().unwrap() > 100.0);
    assert!(Process::this().cpu_us().unwrap() >= 0.0);
}
