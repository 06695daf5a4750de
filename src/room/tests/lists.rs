//! Lists of masks and switches: whom they keep out, silence and let in.

use super::*;

#[test]
fn lists_decide_who_may_join_and_who_may_speak() {
    use List::{Ban, BanException, InviteException};
    const NOBODY: &str = "nobody!*@*";
    let banned = Err(Denied::Banned);
    let mute = Err(Denied::CannotSpeak);
    // The entries, what comes of joining as `account`, and of speaking then.
    let table = [
        (vec![(Ban, NOBODY)], Ok(true), Ok(true)),
        (vec![(Ban, "account!*@*")], banned.clone(), mute.clone()),
        (vec![(Ban, "a:ACCOUNT")], banned.clone(), mute.clone()),
        (vec![(Ban, "a:stranger")], Ok(true), Ok(true)),
        (vec![(Ban, "m:account!*@*")], Ok(true), mute.clone()),
        (vec![(Ban, "m:a:account")], Ok(true), mute.clone()),
        (vec![(Ban, "*!*@*"), (BanException, NOBODY)], banned.clone(), mute.clone()),
        (vec![(Ban, "*!*@*"), (BanException, "a:account")], Ok(true), Ok(true)),
        (vec![(Ban, "*!*@*"), (BanException, "m:account!*@*")], banned.clone(), Ok(true)),
        (vec![(Ban, "m:*!*@*"), (BanException, "m:account!*@*")], Ok(true), Ok(true)),
        (vec![(Ban, "m:*!*@*"), (BanException, "account!*@*")], Ok(true), Ok(true)),
        (vec![(Ban, "a:account"), (InviteException, "a:account")], banned, mute),
    ];
    for (entries, joining, speaking) in table {
        let mut outside = room();
        let mut inside = room();
        act(&mut inside, ACCOUNT, join(None)).unwrap();
        for (which, mask) in &entries {
            act(&mut outside, FOUNDER, list(*which, mask)).unwrap();
            act(&mut inside, FOUNDER, list(*which, mask)).unwrap();
        }
        assert_eq!(act(&mut outside, ACCOUNT, join(None)), joining, "{entries:?}");
        assert_eq!(act(&mut inside, ACCOUNT, say()), speaking, "{entries:?}");
        act(&mut inside, FOUNDER, role(Role::Voice, true, ACCOUNT)).unwrap();
        assert_eq!(act(&mut inside, ACCOUNT, say()), Ok(true), "a voice helps: {entries:?}");
    }
}

#[test]
fn an_invite_exception_lets_in_and_does_nothing_else() {
    for (mask, user, expected) in [
        ("stranger!*@*", STRANGER, Ok(true)),
        ("stranger!*@*", ACCOUNT, Err(Denied::InviteOnly)),
        ("a:account", ACCOUNT, Ok(true)),
        ("a:stranger", STRANGER, Err(Denied::InviteOnly)),
    ] {
        let mut room = room();
        act(&mut room, FOUNDER, flag(Flag::InviteOnly, true)).unwrap();
        act(&mut room, FOUNDER, list(List::InviteException, mask)).unwrap();
        assert_eq!(act(&mut room, user, join(None)), expected, "{mask}");
        act(&mut room, FOUNDER, mode(ModeChange::Limit(Some(1)))).unwrap();
        act(&mut room, user, part()).ok();
        let full = act(&mut room, user, join(None));
        assert!(matches!(full, Err(Denied::InviteOnly | Denied::Full)), "{mask}");
    }
}

#[test]
fn who_may_not_speak_sets_no_topic_and_leaves_without_a_word() {
    let mut room = room();
    act(&mut room, FOUNDER, flag(Flag::TopicLocked, false)).unwrap();
    act(&mut room, FOUNDER, list(List::Ban, "m:member!*@*")).unwrap();
    let topic = Intent::SetTopic { topic: "t".into() };
    assert_eq!(act(&mut room, MEMBER, topic), Err(Denied::CannotSpeak));
    let parted = decide(&room, &actor(MEMBER), part());
    assert_eq!(parted, Ok(Some(Event::Parted { reason: String::new() })));
    let parted = decide(&room, &actor(FOUNDER), part());
    assert_eq!(parted, Ok(Some(Event::Parted { reason: "why".into() })));
}

#[test]
fn some_rooms_are_for_accounts() {
    let mut room = room();
    act(&mut room, FOUNDER, flag(Flag::AccountsSpeak, true)).unwrap();
    assert_eq!(act(&mut room, MEMBER, say()), Err(Denied::NeedsAccountToSpeak));
    act(&mut room, ACCOUNT, join(None)).unwrap();
    assert_eq!(act(&mut room, ACCOUNT, say()), Ok(true));
    act(&mut room, FOUNDER, role(Role::Voice, true, MEMBER)).unwrap();
    assert_eq!(act(&mut room, MEMBER, say()), Ok(true));
    act(&mut room, FOUNDER, flag(Flag::AccountsOnly, true)).unwrap();
    assert_eq!(act(&mut room, STRANGER, join(None)), Err(Denied::NeedsAccount));
    act(&mut room, ACCOUNT, part()).unwrap();
    assert_eq!(act(&mut room, ACCOUNT, join(None)), Ok(true));
}

#[test]
fn programs_are_left_alone_where_that_is_set() {
    let mut room = room();
    act(&mut room, FOUNDER, flag(Flag::NoCtcp, true)).unwrap();
    for (text, expected) in [
        ("\u{1}PING 1\u{1}", Err(Denied::NoCtcp)),
        ("\u{1}VERSION", Err(Denied::NoCtcp)),
        ("\u{1}ACTIONS\u{1}", Err(Denied::NoCtcp)),
        ("\u{1}ACTION waves\u{1}", Ok(true)),
        ("\u{1}action\u{1}", Ok(true)),
        ("no \u{1}PING\u{1}", Ok(true)),
        ("first\n\u{1}PING\u{1}", Err(Denied::NoCtcp)),
    ] {
        assert_eq!(act(&mut room, FOUNDER, Intent::Say(Said::plain(text))), expected, "{text:?}");
    }
}
