//! Roles that wait for who left, and what operators do with a room's name.

use proptest::prelude::*;

use super::*;

#[test]
fn a_role_waits_for_its_account() {
    for (given, after, expected) in [
        (Role::Operator, part(), Role::Operator),
        (Role::Voice, part(), Role::Voice),
        (Role::Operator, Intent::Quit { reason: String::new() }, Role::Operator),
    ] {
        let mut room = room();
        act(&mut room, ACCOUNT, join(None)).unwrap();
        act(&mut room, FOUNDER, role(given, true, ACCOUNT)).unwrap();
        act(&mut room, ACCOUNT, after).unwrap();
        assert_eq!(room.role(ACCOUNT), None);
        assert_eq!(room.settings.kept_roles.len(), 1);
        act(&mut room, ACCOUNT, join(None)).unwrap();
        assert_eq!(room.role(ACCOUNT), Some(expected));
        assert!(room.settings.kept_roles.is_empty());
    }
}

#[test]
fn a_role_is_lost_by_a_kick_and_can_be_taken_from_who_left() {
    let mut room = room();
    for loss in [kick(ACCOUNT), role(Role::Operator, false, ACCOUNT)] {
        act(&mut room, ACCOUNT, join(None)).unwrap();
        act(&mut room, FOUNDER, role(Role::Operator, true, ACCOUNT)).unwrap();
        if !matches!(loss, Intent::Kick { .. }) {
            act(&mut room, ACCOUNT, part()).unwrap();
        }
        assert_eq!(act(&mut room, FOUNDER, loss), Ok(true));
        act(&mut room, ACCOUNT, join(None)).unwrap();
        assert_eq!(room.role(ACCOUNT), Some(Role::Member));
        act(&mut room, ACCOUNT, part()).unwrap();
    }
    let nobody = act(&mut room, FOUNDER, role(Role::Operator, false, ACCOUNT));
    assert!(matches!(nobody, Err(Denied::TargetNotMember(_))));
    assert!(matches!(
        act(&mut room, FOUNDER, role(Role::Voice, true, ACCOUNT)),
        Err(Denied::TargetNotMember(_))
    ));
}

#[test]
fn guests_keep_no_role_and_a_room_keeps_so_many() {
    let mut room = room();
    act(&mut room, FOUNDER, role(Role::Operator, true, MEMBER)).unwrap();
    act(&mut room, MEMBER, part()).unwrap();
    assert!(room.settings.kept_roles.is_empty());
    for number in 0..=crate::limits::KEPT_ROLES_MAX as u64 {
        room.members
            .insert(UserId::Account(AccountId(100 + number)), Member { operator: true, ..Member::default() });
    }
    room.dismiss(|_| false);
    assert_eq!(room.settings.kept_roles.len(), crate::limits::KEPT_ROLES_MAX);
    room.disown(AccountId(150));
    assert!(room.settings.kept_roles.iter().all(|kept| kept.account != AccountId(150)));
    assert!(room.knows(AccountId(151)) && !room.knows(AccountId(150)));
}

#[test]
fn an_operator_who_returns_passes_what_they_could_lift() {
    let ban = list(List::Ban, "a:account");
    for (hurdle, expected) in [
        (flag(Flag::InviteOnly, true), Ok(true)),
        (mode(ModeChange::Limit(Some(1))), Ok(true)),
        (mode(ModeChange::Key(Some("k".into()))), Ok(true)),
        (ban, Err(Denied::Banned)),
    ] {
        let mut room = room();
        act(&mut room, ACCOUNT, join(None)).unwrap();
        act(&mut room, FOUNDER, role(Role::Operator, true, ACCOUNT)).unwrap();
        act(&mut room, ACCOUNT, part()).unwrap();
        act(&mut room, FOUNDER, hurdle).unwrap();
        assert_eq!(act(&mut room, ACCOUNT, join(None)), expected);
    }
}

#[test]
fn a_secret_room_does_not_show_itself_by_a_refusal() {
    let mut room = room();
    let rename = Intent::Rename { name: RoomName::parse("#x").unwrap(), reason: String::new() };
    let topic = Intent::SetTopic { topic: "t".into() };
    let invite = Intent::Invite { user: ACCOUNT, nick: Nick::parse("account").unwrap() };
    let intents = [say(), part(), kick(MEMBER), rename, topic, invite, flag(Flag::Secret, false)];
    for (secret, hidden) in [(false, false), (true, true)] {
        act(&mut room, FOUNDER, flag(Flag::Secret, secret)).unwrap();
        for intent in intents.clone() {
            let denied = decide(&room, &actor(STRANGER), intent.clone()).unwrap_err();
            assert_eq!(denied == Denied::NoSuchRoom, hidden, "{intent:?}: {denied}");
        }
    }
    act(&mut room, FOUNDER, flag(Flag::InviteOnly, true)).unwrap();
    assert_eq!(act(&mut room, STRANGER, join(None)), Err(Denied::InviteOnly));
}

#[test]
fn operators_rename_a_room_and_all_else_stays() {
    let mut room = room();
    let rename = |name: &str| Intent::Rename { name: RoomName::parse(name).unwrap(), reason: "r".into() };
    assert_eq!(act(&mut room, MEMBER, rename("#new")), Err(Denied::NotOperator));
    assert_eq!(act(&mut room, STRANGER, rename("#new")), Err(Denied::NotMember));
    assert_eq!(act(&mut room, FOUNDER, rename("#r")), Ok(false));
    let before = room.clone();
    assert_eq!(act(&mut room, FOUNDER, rename("#new")), Ok(true));
    assert_eq!(room.name().map(RoomName::as_str), Some("#new"));
    assert_eq!((room.id, &room.members), (before.id, &before.members));
    assert_eq!(room.settings.flags, before.settings.flags);
}

#[test]
fn settings_of_an_earlier_version_are_read() {
    let stored = r#"{"founder":1,"flags":["NoExternal"],"lists":{"Ban":[]},"invited":[{"Account":4}]}"#;
    let settings: state::Settings = serde_json::from_str(stored).unwrap();
    assert_eq!(settings.founder, Some(AccountId(1)));
    assert!(settings.kept_roles.is_empty() && settings.renamed_at.is_none());
    let kept =
        state::KeptRole { account: AccountId(7), member: Member { operator: true, ..Member::default() } };
    let settings = state::Settings { kept_roles: vec![kept], ..settings };
    let stored = serde_json::to_string(&settings).unwrap();
    assert!(stored.contains(r#""kept_roles":[{"account":7,"member":{"operator":true,"voice":false}}]"#));
    assert_eq!(serde_json::from_str::<state::Settings>(&stored).unwrap(), settings);
}

/// Anything that these users may try, sensible or not.
fn attempt() -> impl Strategy<Value = (UserId, Intent)> {
    let user = || prop::sample::select(vec![FOUNDER, MEMBER, STRANGER, ACCOUNT]);
    let roles = prop::sample::select(vec![Role::Voice, Role::Operator]);
    let intent = prop_oneof![
        3 => Just(join(None)),
        2 => Just(part()),
        1 => Just(Intent::Quit { reason: String::new() }),
        1 => user().prop_map(kick),
        3 => (roles, any::<bool>(), user()).prop_map(|(given, on, user)| role(given, on, user)),
        1 => any::<bool>().prop_map(|on| flag(Flag::InviteOnly, on)),
    ];
    (user(), intent)
}

proptest! {
    #[test]
    fn a_role_is_either_held_or_kept_and_never_lost_unsaid(
        attempts in prop::collection::vec(attempt(), 1..60)
    ) {
        let mut room = room();
        for (user, intent) in attempts {
            let before = room.standing(ACCOUNT).unwrap_or_default();
            let takes = matches!(intent, Intent::Kick { .. } | Intent::ChangeModes { .. });
            act(&mut room, user, intent).ok();
            let after = room.standing(ACCOUNT).unwrap_or_default();
            prop_assert!(takes || after == before, "{before:?} {after:?}");
            for kept in &room.settings.kept_roles {
                prop_assert!(!room.members.contains_key(&UserId::Account(kept.account)));
                prop_assert!(kept.member.role() > Role::Member);
            }
            prop_assert!(room.settings.kept_roles.len() <= 2, "one for each account");
        }
    }
}
