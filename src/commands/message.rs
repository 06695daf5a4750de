//! Speaking. Source: modern.ircdocs.horse, IRCv3 message-tags.

use std::sync::Arc;

use crate::ids::UserId;
use crate::journal::{Intent, User};
use crate::limits;
use crate::names::RoomName;
use crate::protocol::numeric as n;
use crate::protocol::{Line, Message, Numeric, tags};
use crate::room::{self, Role, Said, Speech};
use crate::session::{self, Session, render};

use super::services;

/// `PRIVMSG <target>{,<target>} <text>`
pub(super) async fn privmsg(session: &mut Session, message: &Message<'_>) {
    say(session, message, Speech::Message).await;
}

/// `NOTICE <target>{,<target>} <text>`
pub(super) async fn notice(session: &mut Session, message: &Message<'_>) {
    say(session, message, Speech::Notice).await;
}

/// `TAGMSG <target>{,<target>}`
pub(super) async fn tagmsg(session: &mut Session, message: &Message<'_>) {
    say(session, message, Speech::Tags).await;
}

/// Whether the message goes to one target who is there to get it: then it needs no reply but its
/// echo, its error or its ACK, and those follow by themselves.
pub(super) fn is_plain(session: &Session, message: &Message<'_>) -> bool {
    let Some(target) = message.filled(0).filter(|targets| !targets.contains(',')) else { return false };
    let Some(said) = read(message) else { return false };
    let speech = said.speech;
    services::find(target).is_none()
        && fits(session, target, &said)
        && resolve(session, target, said).is_some_and(|aim| aim.is_plain(speech))
}

/// What is said; `None` if that is nothing.
fn read(message: &Message<'_>) -> Option<Said> {
    let speech = SPEECHES.into_iter().find(|speech| message.is(render::command(*speech)))?;
    let text = if speech == Speech::Tags { "" } else { message.param(1).unwrap_or_default() };
    let tags = tags::client_only(message.tags);
    let says = if speech == Speech::Tags { !tags.is_empty() } else { !text.is_empty() };
    says.then(|| Said { speech, tags, ..Said::plain(text) })
}

const SPEECHES: [Speech; 3] = [Speech::Message, Speech::Notice, Speech::Tags];

async fn say(session: &mut Session, message: &Message<'_>, speech: Speech) {
    session.speaks();
    let Some(targets) = message.filled(0) else {
        return complain(session, speech, n::ERR_NORECIPIENT);
    };
    let Some(said) = read(message) else {
        if speech == Speech::Tags {
            return session.open_response();
        }
        return complain(session, speech, n::ERR_NOTEXTTOSEND);
    };
    if !targets.contains(',') {
        return say_to(session, targets, said, Targets::One).await;
    }
    session.open_response();
    for (count, target) in targets.split(',').filter(|target| !target.is_empty()).enumerate() {
        if count == limits::TARGETS_MAX {
            return session.numeric(n::ERR_TOOMANYTARGETS, &[target]);
        }
        say_to(session, target, said.clone(), Targets::Several).await;
    }
}

/// Replies with an error, unless to a NOTICE: programs must not answer each other for ever.
fn complain(session: &mut Session, speech: Speech, numeric: Numeric) {
    session.open_response();
    if speech != Speech::Notice {
        session.numeric(numeric, &[]);
    }
}

/// How many a command speaks to; with several, each is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Targets {
    One,
    Several,
}

async fn say_to(session: &mut Session, target: &str, said: Said, targets: Targets) {
    let speech = said.speech;
    if let Some(service) = services::find(target) {
        return services::hear(session, service, speech, &said.text).await;
    }
    if !fits(session, target, &said) {
        session.open_response();
        return session.numeric(n::ERR_INPUTTOOLONG, &[]);
    }
    let Some(aim) = resolve(session, target, said) else {
        session.open_response();
        if speech != Speech::Notice {
            let is_room = target.trim_start_matches(['@', '+']).starts_with('#');
            let numeric = if is_room { n::ERR_NOSUCHCHANNEL } else { n::ERR_NOSUCHNICK };
            session.numeric(numeric, &[target]);
        }
        return;
    };
    // With messages under way there is no waiting: their echoes must not stand behind this one's.
    let runs_ahead = session.is_speaking() || aim.is_plain(speech);
    let (intent, user) = match aim {
        Aim::Room(intent) => (intent, None),
        Aim::User(intent, user) => (intent, Some(user)),
    };
    if targets == Targets::One && runs_ahead {
        return session.speak(speech, target, intent).await;
    }
    session.open_response();
    match session.submit(intent).await {
        Ok(_) => {
            if let Some((user, text)) = user.as_ref().and_then(|user| Some((user, user.away_text()?)))
                && speech == Speech::Message
            {
                let nick = session.shown_nick().to_owned();
                session
                    .send(Line::new(n::RPL_AWAY.digits()).param(nick).param(&user.author.nick).param(text));
            }
        }
        Err(denied) if speech == Speech::Notice && denied != room::Denied::Unavailable => {}
        Err(denied) => session.refuse(render::command(speech), target, &denied),
    }
}

/// Sends a message that came as a batch.
pub(super) async fn deliver(session: &mut Session, target: &str, said: Said) {
    say_to(session, target, said, Targets::One).await;
}

enum Aim {
    Room(Intent),
    User(Intent, Arc<User>),
}

impl Aim {
    /// Whether nothing must be said of the target: one who is away makes a reply of its own.
    fn is_plain(&self, speech: Speech) -> bool {
        match self {
            Self::Room(_) => true,
            Self::User(_, user) => speech != Speech::Message || user.away_text().is_none(),
        }
    }
}

/// Finds out who is meant: a room, the higher members of a room (`@#room`), or a user.
fn resolve(session: &Session, target: &str, mut said: Said) -> Option<Aim> {
    let name = target.trim_start_matches(['@', '+']);
    if name.starts_with('#') {
        said.audience = match target.strip_suffix(name)?.chars().next() {
            Some('@') => Role::Operator,
            Some(_) => Role::Voice,
            None => Role::Member,
        };
        let room = RoomName::parse(name).ok()?;
        return Some(Aim::Room(Intent::InRoom { room, intent: room::Intent::Say(said) }));
    }
    let user = session.service.journal.directory().user_by_nick(target)?;
    let id: UserId = user.id;
    Some(Aim::User(Intent::Say { user: id, said }, user))
}

/// Whether the line fits into the protocol's limit with the sender's name in front.
fn fits(session: &Session, target: &str, said: &Said) -> bool {
    said.is_multiline() || line_fits(session, target, &said.text)
}

/// The same for one line of a message; those of a batch are looked at as they come.
pub(super) fn line_fits(session: &Session, target: &str, text: &str) -> bool {
    session::line_fits(source_len(session), target, text)
}

/// Bytes of the sender's name in front of a line.
pub(super) fn source_len(session: &Session) -> usize {
    let user = session.service.journal.directory().user(session.user());
    user.map_or(0, |user| user.author.shown_len())
}
