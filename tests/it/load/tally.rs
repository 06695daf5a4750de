//! What a receiver is told and not told is counted.

use super::program::tally::{Faults, Tally};

/// What is found when one sender sent so many and these came.
fn faults(sent: u32, came: &[u32]) -> Faults {
    let mut tally = Tally::new(7, 2);
    for seq in came {
        tally.hear(8, *seq);
    }
    tally.faults(|place| if place == 1 { sent } else { 0 })
}

#[test]
fn each_message_once_and_in_order_is_without_fault() {
    assert!(faults(4, &[0, 1, 2, 3]).is_none());
    assert!(faults(0, &[]).is_none());
}

#[test]
fn a_gap_and_a_missing_end_are_lost() {
    assert_eq!(faults(5, &[0, 2, 3]), Faults { lost: 2, ..Faults::default() });
    assert_eq!(faults(2, &[]), Faults { lost: 2, ..Faults::default() });
}

#[test]
fn a_message_heard_again_is_doubled() {
    assert_eq!(faults(3, &[0, 1, 1, 2, 0]), Faults { doubled: 2, ..Faults::default() });
}

#[test]
fn a_message_that_comes_late_is_reordered_and_not_lost() {
    assert_eq!(faults(4, &[0, 2, 1, 3]), Faults { reordered: 1, ..Faults::default() });
    assert_eq!(faults(4, &[3, 2, 1, 0]), Faults { reordered: 3, ..Faults::default() });
    assert_eq!(faults(3, &[0, 2, 1, 1]), Faults { reordered: 1, doubled: 1, ..Faults::default() });
}

#[test]
fn a_message_that_nobody_sent_is_strange() {
    let mut tally = Tally::new(7, 1);
    assert_eq!((tally.hear(6, 0), tally.hear(8, 0), tally.hear(7, 0)), (None, None, Some(0)));
    assert_eq!(tally.faults(|_| 1), Faults { strange: 2, ..Faults::default() });
    assert_eq!(tally.faults(|_| 0), Faults { strange: 3, ..Faults::default() });
}

#[test]
fn a_huge_gap_is_lost_without_being_kept() {
    assert_eq!(faults(u32::MAX, &[u32::MAX - 1]).lost, u64::from(u32::MAX) - 1);
}
