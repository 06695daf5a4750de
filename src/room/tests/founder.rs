//! The founder who has claimed the room.

use proptest::prelude::*;

use super::*;

/// Another one who is signed in.
const OTHER: UserId = UserId::Account(AccountId(5));

fn entrust(user: UserId) -> Intent {
    Intent::Entrust { user, nick: actor(user).author.nick.clone() }
}

#[test]
fn only_who_made_the_room_claims_it_and_only_once() {
    let mut room = room();
    act(&mut room, ACCOUNT, join(None)).unwrap();
    act(&mut room, FOUNDER, role(Role::Operator, true, ACCOUNT)).unwrap();
    assert_eq!(room.role(FOUNDER), Some(Role::Operator));
    assert_eq!(act(&mut room, ACCOUNT, Intent::Claim), Err(Denied::NotFounder));
    assert_eq!(act(&mut room, MEMBER, Intent::Claim), Err(Denied::FounderNeedsAccount));
    assert_eq!(act(&mut room, OTHER, Intent::Claim), Err(Denied::NotMember));
    assert_eq!(act(&mut room, ACCOUNT, role(Role::Operator, false, FOUNDER)), Ok(true), "nobody yet");
    assert_eq!(act(&mut room, FOUNDER, Intent::Claim), Ok(true));
    assert_eq!(act(&mut room, FOUNDER, Intent::Claim), Ok(false));
    let member = room.members[&FOUNDER];
    assert!(member.founder && member.operator, "with the role that was taken");
    room.disown(AccountId(1));
    assert!(!room.settings.claimed && room.settings.founder.is_none(), "the account is gone");
}

#[test]
fn the_role_is_handed_to_a_member_with_an_account() {
    let mut room = room();
    assert_eq!(act(&mut room, FOUNDER, entrust(ACCOUNT)), Err(Denied::NotFounder), "nothing to hand over");
    act(&mut room, FOUNDER, Intent::Claim).unwrap();
    assert!(matches!(act(&mut room, FOUNDER, entrust(ACCOUNT)), Err(Denied::TargetNotMember(_))));
    assert_eq!(act(&mut room, FOUNDER, entrust(MEMBER)), Err(Denied::FounderNeedsAccount));
    assert_eq!(act(&mut room, FOUNDER, entrust(FOUNDER)), Ok(false));
    act(&mut room, ACCOUNT, join(None)).unwrap();
    act(&mut room, FOUNDER, entrust(ACCOUNT)).unwrap();
    assert_eq!((room.role(FOUNDER), room.role(ACCOUNT)), (Some(Role::Operator), Some(Role::Founder)));
    assert_eq!(act(&mut room, FOUNDER, Intent::Disclaim), Err(Denied::NotFounder));
}

fn attempt() -> impl Strategy<Value = (UserId, Intent)> {
    let user = || prop::sample::select(vec![FOUNDER, MEMBER, ACCOUNT, OTHER]);
    let roles = prop::sample::select(vec![Role::Voice, Role::Operator, Role::Founder]);
    let intent = prop_oneof![
        4 => Just(join(None)),
        1 => Just(part()),
        2 => user().prop_map(kick),
        4 => (roles, any::<bool>(), user()).prop_map(|(given, on, user)| role(given, on, user)),
        2 => Just(Intent::Claim),
        1 => Just(Intent::Disclaim),
        1 => user().prop_map(entrust),
    ];
    (user(), intent)
}

proptest! {
    #[test]
    fn nobody_loses_the_role_or_the_room_but_by_their_own_doing(
        attempts in prop::collection::vec(attempt(), 1..80)
    ) {
        let mut room = room();
        for (user, intent) in attempts {
            let before = room.clone();
            act(&mut room, user, intent).ok();
            for holder in [FOUNDER, MEMBER, ACCOUNT, OTHER] {
                if before.is_founder(holder) && holder != user {
                    prop_assert!(room.is_founder(holder));
                    let had = before.members.get(&holder);
                    // What is given to them is their own business.
                    let keeps = |has: &Member| {
                        had.is_some_and(|had| (has.operator || !had.operator) && (has.voice || !had.voice))
                    };
                    prop_assert_eq!(had.is_some(), room.members.contains_key(&holder));
                    prop_assert!(room.members.get(&holder).is_none_or(keeps));
                }
            }
            let shown: Vec<UserId> =
                room.members.iter().filter(|(_, member)| member.founder).map(|(user, _)| *user).collect();
            prop_assert!(shown.iter().all(|user| room.is_founder(*user)) && shown.len() <= 1);
            let held = room.members.keys().find(|user| room.is_founder(**user));
            prop_assert_eq!(held, shown.first());
            prop_assert!(room.settings.kept_roles.iter().all(|kept| !kept.member.founder));
        }
    }
}
