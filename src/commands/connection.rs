//! Saying who one is, staying in touch, leaving.

use crate::journal::Intent;
use crate::limits;
use crate::names::Nick;
use crate::protocol::numeric as n;
use crate::protocol::{Cap, Line, Message};
use crate::session::{Session, cut, user_name};

/// `NICK <nick>`
pub(super) async fn nick(session: &mut Session, message: &Message<'_>) {
    let Some(text) = message.filled(0) else {
        return session.numeric(n::ERR_NONICKNAMEGIVEN, &[]);
    };
    let Ok(nick) = Nick::parse(text) else {
        return session.numeric(n::ERR_ERRONEUSNICKNAME, &[text]);
    };
    if let Some(registering) = session.registering() {
        registering.nick = Some(nick);
        return session.try_register().await;
    }
    if let Err(denied) = session.submit(Intent::ChangeNick(nick.clone())).await {
        session.refuse("NICK", nick.as_str(), &denied);
    }
}

/// `USER <user> <mode> <unused> <real name>`
pub(super) async fn user(session: &mut Session, message: &Message<'_>) {
    let (user, real_name) = (message.param(0).unwrap_or_default(), message.param(3).unwrap_or_default());
    if real_name.is_empty() || user.is_empty() {
        return session.numeric(n::ERR_NEEDMOREPARAMS, &["USER"]);
    }
    let said = (user_name(user), cut(real_name, limits::REAL_NAME_BYTES_MAX).to_owned());
    let Some(registering) = session.registering() else {
        return session.numeric(n::ERR_ALREADYREGISTERED, &[]);
    };
    registering.user = Some(said);
    session.try_register().await;
}

/// `PASS <password>`: the server's password, where it has one; people with an account need none.
pub(super) async fn pass(session: &mut Session, message: &Message<'_>) {
    let password = message.param(0).unwrap_or_default().to_owned();
    match session.registering() {
        Some(registering) => registering.password = Some(password.into()),
        None => session.numeric(n::ERR_ALREADYREGISTERED, &[]),
    }
}

/// `ISUPPORT`: what the server supports, also before registration to those who know that.
pub(super) async fn isupport(session: &mut Session, _message: &Message<'_>) {
    if session.registered().is_none() && !session.has(Cap::ExtendedIsupport) {
        return session.numeric(n::ERR_NOTREGISTERED, &[]);
    }
    session.isupport();
}

/// `PING <token>`
pub(super) async fn ping(session: &mut Session, message: &Message<'_>) {
    match message.filled(0) {
        Some(token) => {
            let name = session.service.name.clone();
            session.send(Line::new("PONG").param(name).param(token));
        }
        None => session.numeric(n::ERR_NOORIGIN, &[]),
    }
}

/// `PONG <token>`: that it came is all it has to say.
pub(super) async fn pong(_session: &mut Session, _message: &Message<'_>) {}

/// `QUIT [<reason>]`
pub(super) async fn quit(session: &mut Session, message: &Message<'_>) {
    let reason = cut(message.param(0).unwrap_or_default(), limits::REASON_BYTES_MAX);
    let reason = if reason.is_empty() { "Quit".to_owned() } else { format!("Quit: {reason}") };
    if session.registered().is_some() {
        session.send_as_self(Line::new("QUIT").param(&reason));
    }
    session.close(reason);
}
