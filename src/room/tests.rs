//! The rules as tables: who may do what in which room.

use std::sync::Arc;

use super::*;
use crate::clock::Timestamp;
use crate::ids::{AccountId, RoomId, Seq, SessionId, UserId};
use crate::names::{AccountName, Nick, RoomName};

mod founder;
mod lists;
mod roles;

const FOUNDER: UserId = UserId::Account(AccountId(1));
const MEMBER: UserId = UserId::Guest(SessionId(2));
const STRANGER: UserId = UserId::Guest(SessionId(3));
/// Somebody who is signed in.
const ACCOUNT: UserId = UserId::Account(AccountId(4));

fn actor(user: UserId) -> Actor {
    let nick = match user {
        FOUNDER => "founder",
        MEMBER => "member",
        ACCOUNT => "account",
        UserId::Account(_) | UserId::Guest(_) => "stranger",
    };
    let account = user.account().map(|_| AccountName::parse(nick).unwrap());
    let nick = Nick::parse(nick).unwrap();
    let author = Author { nick, user: "u".into(), host: "h".into(), account, bot: false };
    Actor { user, author: Arc::new(author), real_name: "r".into() }
}

/// Decides and, if granted, makes it true.
fn act(room: &mut Room, user: UserId, intent: Intent) -> Result<bool, Denied> {
    let actor = actor(user);
    let Some(event) = decide(room, &actor, intent)? else { return Ok(false) };
    let entry = Entry {
        room: room.id,
        seq: Seq(1),
        at: Timestamp(1),
        author: actor.author,
        target: "#r".into(),
        event,
    };
    room.apply(&entry, user);
    Ok(true)
}

fn join(key: Option<&str>) -> Intent {
    Intent::Join { key: key.map(str::to_owned) }
}

fn say() -> Intent {
    Intent::Say(Said::plain("x"))
}

fn mode(change: ModeChange) -> Intent {
    Intent::ChangeModes { changes: vec![change] }
}

fn flag(flag: Flag, on: bool) -> Intent {
    mode(ModeChange::Flag { flag, on })
}

fn list(list: List, mask: &str) -> Intent {
    mode(ModeChange::List { list, on: true, mask: mask.into() })
}

fn role(role: Role, on: bool, user: UserId) -> Intent {
    mode(ModeChange::Role { role, on, user, nick: actor(user).author.nick.clone() })
}

fn part() -> Intent {
    Intent::Part { reason: "why".into() }
}

fn kick(user: UserId) -> Intent {
    Intent::Kick { user, nick: actor(user).author.nick.clone(), reason: String::new() }
}

/// A room with its founder and one more member.
fn room() -> Room {
    let mut room = Room::new(RoomId(1), Kind::Named(RoomName::parse("#r").unwrap()), Timestamp(0));
    act(&mut room, FOUNDER, join(None)).unwrap();
    act(&mut room, MEMBER, join(None)).unwrap();
    room
}

#[test]
fn the_first_is_operator_and_founder_for_good() {
    let mut room = room();
    assert_eq!(room.role(FOUNDER), Some(Role::Operator));
    assert_eq!(room.role(MEMBER), Some(Role::Member));
    act(&mut room, FOUNDER, Intent::Part { reason: String::new() }).unwrap();
    act(&mut room, FOUNDER, join(None)).unwrap();
    assert_eq!(room.role(FOUNDER), Some(Role::Operator));
}

#[test]
fn only_members_speak_unless_the_room_is_open() {
    let mut room = room();
    assert_eq!(act(&mut room, STRANGER, say()), Err(Denied::CannotSpeak));
    act(&mut room, FOUNDER, flag(Flag::NoExternal, false)).unwrap();
    assert_eq!(act(&mut room, STRANGER, say()), Ok(true));
}

#[test]
fn in_a_moderated_room_one_needs_a_voice() {
    let mut room = room();
    act(&mut room, FOUNDER, flag(Flag::Moderated, true)).unwrap();
    assert_eq!(act(&mut room, MEMBER, say()), Err(Denied::CannotSpeak));
    assert_eq!(act(&mut room, FOUNDER, say()), Ok(true));
    let nick = Nick::parse("member").unwrap();
    let voice = ModeChange::Role { role: Role::Voice, on: true, user: MEMBER, nick };
    act(&mut room, FOUNDER, mode(voice)).unwrap();
    assert_eq!(act(&mut room, MEMBER, say()), Ok(true));
}

#[test]
fn a_kicked_member_cannot_speak() {
    let mut room = room();
    let kick = Intent::Kick { user: MEMBER, nick: Nick::parse("member").unwrap(), reason: String::new() };
    act(&mut room, FOUNDER, kick.clone()).unwrap();
    assert_eq!(act(&mut room, MEMBER, say()), Err(Denied::CannotSpeak));
    assert!(matches!(act(&mut room, FOUNDER, kick), Err(Denied::TargetNotMember(_))));
}

#[test]
fn what_keeps_people_out_lets_the_invited_and_the_founder_in() {
    let ban = ModeChange::List { list: List::Ban, on: true, mask: "STRANGER!*@*".into() };
    let table = [
        (flag(Flag::InviteOnly, true), Denied::InviteOnly),
        (mode(ModeChange::Limit(Some(2))), Denied::Full),
        (mode(ban), Denied::Banned),
    ];
    for (hurdle, denied) in table {
        let mut room = room();
        act(&mut room, FOUNDER, hurdle).unwrap();
        assert_eq!(act(&mut room, STRANGER, join(None)), Err(denied));
        let nick = Nick::parse("stranger").unwrap();
        act(&mut room, FOUNDER, Intent::Invite { user: STRANGER, nick }).unwrap();
        assert_eq!(act(&mut room, STRANGER, join(None)), Ok(true));
        assert!(room.settings.invited.is_empty(), "an invitation admits once");
        act(&mut room, FOUNDER, Intent::Part { reason: String::new() }).unwrap();
        assert_eq!(act(&mut room, FOUNDER, join(None)), Ok(true));
    }
}

#[test]
fn a_members_invitation_lifts_no_ban() {
    let mut room = room();
    let ban = ModeChange::List { list: List::Ban, on: true, mask: "stranger!*@*".into() };
    act(&mut room, FOUNDER, mode(ban)).unwrap();
    let nick = Nick::parse("stranger").unwrap();
    assert_eq!(act(&mut room, MEMBER, Intent::Invite { user: STRANGER, nick }), Ok(true));
    assert_eq!(act(&mut room, STRANGER, join(None)), Err(Denied::Banned));
}

#[test]
fn the_right_key_opens() {
    let mut room = room();
    act(&mut room, FOUNDER, mode(ModeChange::Key(Some("k".into())))).unwrap();
    let nick = Nick::parse("stranger").unwrap();
    act(&mut room, FOUNDER, Intent::Invite { user: STRANGER, nick }).unwrap();
    assert_eq!(act(&mut room, STRANGER, join(Some("K"))), Err(Denied::WrongKey), "invited or not");
    assert_eq!(act(&mut room, STRANGER, join(Some("k"))), Ok(true));
}

#[test]
fn a_banned_member_is_silent_and_a_voice_helps() {
    let mut room = room();
    let ban = ModeChange::List { list: List::Ban, on: true, mask: "member!*@*".into() };
    act(&mut room, FOUNDER, mode(ban)).unwrap();
    assert_eq!(act(&mut room, MEMBER, say()), Err(Denied::CannotSpeak));
}

#[test]
fn members_change_neither_modes_nor_a_locked_topic() {
    let mut room = room();
    let topic = Intent::SetTopic { topic: "t".into() };
    assert_eq!(act(&mut room, MEMBER, topic.clone()), Err(Denied::NotOperator));
    assert_eq!(act(&mut room, MEMBER, flag(Flag::Secret, true)), Err(Denied::NotOperator));
    assert_eq!(act(&mut room, STRANGER, topic.clone()), Err(Denied::NotMember));
    act(&mut room, FOUNDER, flag(Flag::TopicLocked, false)).unwrap();
    assert_eq!(act(&mut room, MEMBER, topic), Ok(true));
    assert_eq!(room.settings.topic.as_ref().map(|topic| topic.text.as_str()), Some("t"));
}

#[test]
fn what_is_so_already_is_no_event() {
    let mut room = room();
    assert_eq!(act(&mut room, FOUNDER, flag(Flag::NoExternal, true)), Ok(false));
    assert_eq!(act(&mut room, MEMBER, join(None)), Ok(false));
    assert_eq!(act(&mut room, FOUNDER, mode(ModeChange::Key(None))), Ok(false));
}

#[test]
fn changes_of_one_command_build_on_each_other() {
    let mut room = room();
    let flip = |on| ModeChange::Flag { flag: Flag::InviteOnly, on };
    act(&mut room, FOUNDER, mode(flip(true))).unwrap();
    let changes = vec![flip(false), flip(true), flip(true)];
    let event = decide(&room, &actor(FOUNDER), Intent::ChangeModes { changes }).unwrap();
    assert_eq!(event, Some(Event::ModesChanged { changes: vec![flip(false), flip(true)] }));
}

#[test]
fn what_nobody_keeps_keeps_nobody_out() {
    let mut room = Room::new(RoomId(1), Kind::Named(RoomName::parse("#r").unwrap()), Timestamp(0));
    act(&mut room, MEMBER, join(None)).unwrap();
    act(&mut room, MEMBER, mode(ModeChange::Key(Some("k".into())))).unwrap();
    act(&mut room, MEMBER, Intent::Quit { reason: String::new() }).unwrap();
    assert!(room.is_deserted());
    assert_eq!(act(&mut room, STRANGER, join(None)), Ok(true));
}

#[test]
fn lists_have_a_limit() {
    let mut room = room();
    let ban = |number: usize| ModeChange::List { list: List::Ban, on: true, mask: format!("n{number}!*@*") };
    for number in 0..crate::limits::LIST_ENTRIES_MAX {
        act(&mut room, FOUNDER, mode(ban(number))).unwrap();
    }
    assert_eq!(act(&mut room, FOUNDER, mode(ban(1000))), Err(Denied::ListFull(List::Ban)));
    assert_eq!(act(&mut room, FOUNDER, mode(ban(0))), Ok(false));
}

#[test]
fn a_conversation_of_two_has_one_form() {
    let (a, b) = (Party::Account(AccountId(1)), Party::Guest("b".into()));
    assert_eq!(Kind::direct(a.clone(), b.clone()), Kind::direct(b, a));
}

fn redact(message: u64, own: bool) -> Intent {
    let message = Earlier { seq: Seq(message), at: Timestamp(1) };
    let redacted = Redacted { message, edits: Vec::new(), audience: Role::Member, reason: String::new() };
    Intent::Redact { redacted, own }
}

fn edit(message: u64) -> Intent {
    let original = Earlier { seq: Seq(message), at: Timestamp(1) };
    let (speech, audience) = (Speech::Message, Role::Member);
    Intent::Edit(Edited { original, speech, audience, text: "x".into() })
}

#[test]
fn messages_are_taken_back_by_their_authors_and_by_operators() {
    let mut room = room();
    assert_eq!(act(&mut room, MEMBER, redact(1, false)), Err(Denied::NotOperator));
    assert_eq!(act(&mut room, STRANGER, redact(1, true)), Err(Denied::NotMember));
    assert_eq!(act(&mut room, MEMBER, redact(1, true)), Ok(true));
    assert_eq!(act(&mut room, FOUNDER, redact(2, false)), Ok(true));
    let mut direct = Room::new(
        RoomId(2),
        Kind::direct(Party::Account(AccountId(1)), Party::Guest("member".into())),
        Timestamp(0),
    );
    assert_eq!(act(&mut direct, FOUNDER, redact(1, true)), Ok(true));
    assert!(act(&mut direct, FOUNDER, redact(2, false)).is_err(), "a conversation has no operators");
}

#[test]
fn what_was_just_taken_back_is_neither_edited_nor_taken_back_again() {
    let mut room = room();
    act(&mut room, MEMBER, edit(7)).unwrap();
    act(&mut room, MEMBER, redact(7, true)).unwrap();
    assert_eq!(act(&mut room, MEMBER, redact(7, true)), Err(Denied::NoSuchMessage));
    assert_eq!(act(&mut room, MEMBER, edit(7)), Err(Denied::NoSuchMessage));
    for message in 100..300 {
        act(&mut room, MEMBER, redact(message, true)).unwrap();
    }
    assert_eq!(room.redacted.len(), crate::limits::REDACTED_MAX);
}

#[test]
fn who_may_not_speak_may_not_edit() {
    let mut room = room();
    assert_eq!(act(&mut room, STRANGER, edit(1)), Err(Denied::NotMember));
    act(&mut room, FOUNDER, flag(Flag::Moderated, true)).unwrap();
    assert_eq!(act(&mut room, MEMBER, edit(1)), Err(Denied::CannotSpeak));
    assert_eq!(act(&mut room, FOUNDER, edit(1)), Ok(true));
}
