//! What every store must do, whatever database is behind it: one suite, run for each backend by
//! [`conformance!`]. Knows nothing but the traits.

pub(super) mod accounts;
pub(super) mod erasure;
pub(super) mod journal;
pub(super) mod metadata;
pub(super) mod model;
pub(super) mod oversight;
pub(super) mod programs;
pub(super) mod reading;
pub(super) mod retention;
pub(super) mod second_factors;
pub(super) mod uploads;

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::ids::{AccountId, RoomId, Seq};
use crate::names::{AccountName, Nick, RoomName};
use crate::room::{Author, Entry, Event, Kind, Room, Said};
use crate::store::accounts::{Account, AccountRole, Accounts, NewAccount};

/// Makes a test of each function of the suite. `$open` is an async function that gives an empty
/// store and something that is kept until the test ends.
macro_rules! conformance {
    ($open:path: $($family:ident { $($test:ident)* })*) => {
        $($(
            #[tokio::test]
            async fn $test() {
                let (store, _kept) = $open().await;
                $crate::store::conformance::$family::$test(&store).await;
            }
        )*)*
    };
    ($open:path) => {
        $crate::store::conformance::conformance! { $open:
            journal {
                an_empty_store_starts_from_nothing
                what_was_appended_is_read_back_as_it_was
                a_batch_with_a_taken_place_is_refused_as_a_whole
                rooms_members_and_heads_are_loaded_again
                a_dissolved_room_frees_its_name_and_not_its_number
                a_room_made_and_dissolved_in_one_batch_leaves_nothing
                two_rooms_of_one_name_are_refused
                names_change_hands_in_one_batch
                members_of_deleted_accounts_do_not_fail_the_batch
                a_nick_is_remembered
                the_modes_of_accounts_are_remembered
            }
            metadata {
                what_accounts_and_rooms_bear_is_loaded_again
                metadata_goes_with_its_account_or_room
            }
            journal {
                a_batch_of_a_thousand_is_written_whole
                ranges_are_those_of_the_table
                a_range_may_name_entries_that_are_there
                ranges_agree_with_the_model
            }
            erasure {
                what_is_redacted_is_gone_with_its_edits_and_keeps_its_place
                a_redaction_that_is_not_written_erases_nothing
                what_is_said_and_redacted_in_one_batch_is_gone
                edits_are_read_oldest_first_up_to_a_number
            }
            reading {
                pages_are_full_of_what_the_reader_is_shown
                who_is_shown_what_is_as_in_the_table
                readers_agree_with_the_model
            }
            accounts {
                names_are_unique_in_any_spelling_and_against_look_alikes
                accounts_are_found_listed_and_changed
                a_newer_hash_does_not_undo_a_new_password
                a_deleted_account_takes_everything_along
                an_invitation_is_used_up_with_the_accounts_it_makes
                an_invitation_is_not_used_by_a_refused_name
                invitations_expire_and_can_be_withdrawn
                tokens_are_used_listed_and_revoked
                a_certificate_belongs_to_one_account
                read_markers_only_move_forward
                who_stays_is_kept_with_the_account
            }
            second_factors {
                a_second_factor_is_in_force_once_it_is_confirmed
                a_code_of_the_second_factor_is_good_once
            }
            uploads {
                an_upload_is_found_listed_and_removed
                no_more_is_kept_than_the_quotas_allow
                a_message_carries_what_its_author_may_show
                an_upload_goes_with_the_last_message_that_carries_it
                what_an_account_showed_outlives_it
                an_upload_goes_with_the_last_message_that_is_forgotten
            }
            retention {
                the_first_entries_go_by_number_a_few_at_a_time
                the_first_entries_go_by_age
                places_go_on_behind_a_room_that_was_emptied
                ranges_at_the_edge_of_what_was_forgotten_have_what_is_left
                rooms_have_rules_of_their_own
            }
            oversight {
                bans_are_kept_replaced_and_lifted
                a_ban_that_has_ended_goes_with_the_next_one
                the_audit_log_tells_what_was_done_and_what_came_of_it
                what_strangers_and_members_cause_pushes_out_nothing_else
            }
            programs {
                webhooks_are_used_listed_and_removed
                what_somebody_said_is_found_step_by_step
                a_probe_changes_nothing
            }
        }
    };
}
pub(super) use conformance;

fn author(name: &str) -> Arc<Author> {
    Arc::new(Author {
        nick: Nick::parse(name).unwrap(),
        user: "u".into(),
        host: "example.org".into(),
        account: Some(AccountName::parse(name).unwrap()),
        bot: false,
    })
}

fn entry(room: u64, seq: u64, at: i64, event: Event) -> Arc<Entry> {
    Arc::new(Entry {
        room: RoomId(room),
        seq: Seq(seq),
        at: Timestamp(at),
        author: author("alice"),
        target: "#lobby".into(),
        event,
    })
}

fn said(room: u64, seq: u64, at: i64) -> Arc<Entry> {
    entry(room, seq, at, Event::Said(Said::plain(format!("message {seq}"))))
}

fn joined(room: u64, seq: u64, at: i64) -> Arc<Entry> {
    entry(room, seq, at, Event::Joined { real_name: "Alice".into() })
}

fn room(id: u64, name: &str) -> Room {
    Room::new(RoomId(id), Kind::Named(RoomName::parse(name).unwrap()), Timestamp(5))
}

fn name(text: &str) -> AccountName {
    AccountName::parse(text).unwrap()
}

fn new_account(text: &str) -> NewAccount {
    NewAccount {
        name: name(text),
        email: None,
        password_hash: Some("$argon2id$…".into()),
        role: AccountRole::Member,
        created_at: Timestamp(1000),
    }
}

async fn account(store: &impl Accounts, text: &str) -> Account {
    store.create_account(new_account(text), None).await.unwrap()
}

const NOBODY: AccountId = AccountId(999);
