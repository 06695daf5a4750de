//! ChanServ: a room's founder, and short forms of what operators do.

use crate::journal::{Intent, Outcome, User};
use crate::names::RoomName;
use crate::room::{self, ModeChange, Role};
use crate::session::Session;

use std::sync::Arc;

use super::{Row, Service, row, split};

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    row!("HELP" "[<command>]", 0, 1, nothing, "what can be said here"),
    row!("REGISTER" "<#room>", 1, 2, register, "makes you the founder for good of a room that you made"),
    row!("UNREGISTER" "<#room>", 1, 2, unregister, "gives up the founder's role"),
    row!("TRANSFER" "<#room> <nick>", 2, 2, transfer, "makes another member the founder, who must be signed in"),
    row!("INFO" "<#room>", 1, 2, info, "whose a room is"),
    row!("OP" "<#room> [<nick>]", 1, 1, op, "makes somebody an operator; without a nick yourself"),
    row!("DEOP" "<#room> [<nick>]", 1, 1, deop, "takes that again"),
    row!("VOICE" "<#room> [<nick>]", 1, 1, voice, "lets somebody speak where not all may"),
    row!("DEVOICE" "<#room> [<nick>]", 1, 1, devoice, "takes that again"),
];

fn say(session: &mut Session, text: &str) {
    Service::ChanServ.say(session, text);
}

/// HELP is answered before any command is looked up.
async fn nothing(_: &mut Session, _: &str) {}

/// `REGISTER <#room>`
async fn register(session: &mut Session, rest: &str) {
    let Some(room) = room_name(session, rest) else { return };
    match ask(session, &room, room::Intent::Claim).await {
        Some(true) => say(session, &format!("{room} is yours: nobody takes it from you")),
        Some(false) => say(session, &format!("{room} is yours already")),
        None => {}
    }
}

/// `UNREGISTER <#room>`
async fn unregister(session: &mut Session, rest: &str) {
    let Some(room) = room_name(session, rest) else { return };
    if ask(session, &room, room::Intent::Disclaim).await.is_some() {
        say(session, &format!("You are not the founder of {room} any more; REGISTER makes you so again"));
    }
}

/// `TRANSFER <#room> <nick>`
async fn transfer(session: &mut Session, rest: &str) {
    let Some(room) = room_name(session, rest) else { return };
    let Some(user) = named(session, split(rest).1) else { return };
    let nick = user.author.nick.clone();
    let text = format!("{room} belongs to {nick} now");
    if ask(session, &room, room::Intent::Entrust { user: user.id, nick }).await.is_some() {
        say(session, &text);
    }
}

/// `INFO <#room>`
async fn info(session: &mut Session, rest: &str) {
    let Some(name) = room_name(session, rest) else { return };
    let directory = Arc::clone(session.service.journal.directory());
    let Some(room) = directory.room(&name).filter(|room| !room.is_hidden_from(session.user())) else {
        return say(session, &format!("There is no room {name}"));
    };
    let founder = room.settings.founder.filter(|_| room.settings.claimed);
    let founder = founder.and_then(|account| directory.user(crate::ids::UserId::Account(account)));
    let founder = founder.and_then(|user| user.author.account.clone());
    let founder = founder.map_or_else(|| "nobody has registered it".to_owned(), |name| name.to_string());
    let name = room.name().cloned().unwrap_or(name);
    for text in [format!("Room: {name}"), format!("Founder: {founder}"), format!("Made: {}", room.created_at)]
    {
        say(session, &text);
    }
}

/// `OP <#room> [<nick>]`
async fn op(session: &mut Session, rest: &str) {
    give(session, rest, Role::Operator, true).await;
}

/// `DEOP <#room> [<nick>]`
async fn deop(session: &mut Session, rest: &str) {
    give(session, rest, Role::Operator, false).await;
}

/// `VOICE <#room> [<nick>]`
async fn voice(session: &mut Session, rest: &str) {
    give(session, rest, Role::Voice, true).await;
}

/// `DEVOICE <#room> [<nick>]`
async fn devoice(session: &mut Session, rest: &str) {
    give(session, rest, Role::Voice, false).await;
}

async fn give(session: &mut Session, rest: &str, role: Role, on: bool) {
    let Some(room) = room_name(session, rest) else { return };
    let own = session.shown_nick().to_owned();
    let nick = split(split(rest).1).0;
    let Some(user) = named(session, if nick.is_empty() { &own } else { nick }) else { return };
    let change = ModeChange::Role { role, on, user: user.id, nick: user.author.nick.clone() };
    match ask(session, &room, room::Intent::ChangeModes { changes: vec![change] }).await {
        Some(true) => say(session, "Done"),
        Some(false) => say(session, "It is so already"),
        None => {}
    }
}

/// The room that the first word names, or the answer that it names none.
fn room_name(session: &mut Session, rest: &str) -> Option<RoomName> {
    let name = RoomName::parse(split(rest).0).ok();
    if name.is_none() {
        say(session, "That is no room; a room's name begins with #");
    }
    name
}

/// The user of this nick, or the answer that there is none.
fn named(session: &mut Session, nick: &str) -> Option<Arc<User>> {
    let user = session.service.journal.directory().user_by_nick(split(nick).0);
    if user.is_none() {
        say(session, "Nobody goes by that nick");
    }
    user
}

/// Asks the room; a refusal becomes the answer. Returns whether anything happened.
async fn ask(session: &mut Session, room: &RoomName, intent: room::Intent) -> Option<bool> {
    match session.submit(Intent::InRoom { room: room.clone(), intent }).await {
        Ok(outcome) => Some(matches!(outcome, Outcome::Entered { .. })),
        Err(denied) => {
            say(session, &format!("{room}: {denied}"));
            None
        }
    }
}
