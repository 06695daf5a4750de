//! Speaking. Source: modern.ircdocs.horse, IRCv3 message-tags.

use std::sync::Arc;

use crate::ids::UserId;
use crate::journal::{Intent, User};
use crate::limits;
use crate::names::RoomName;
use crate::protocol::numeric as n;
use crate::protocol::{Line, Message, Numeric, tags};
use crate::room::{self, Role, Said, Speech};
use crate::session::Session;

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

async fn say(session: &mut Session, message: &Message<'_>, speech: Speech) {
    let text = if speech == Speech::Tags { "" } else { message.param(1).unwrap_or_default() };
    let tags = tags::client_only(message.tags);
    let Some(targets) = message.filled(0) else {
        return complain(session, speech, n::ERR_NORECIPIENT);
    };
    if text.is_empty() && speech != Speech::Tags {
        return complain(session, speech, n::ERR_NOTEXTTOSEND);
    }
    if speech == Speech::Tags && tags.is_empty() {
        return session.open_response();
    }
    let said = Said { speech, text: text.to_owned(), tags, audience: Role::Member };
    if !targets.contains(',') {
        return say_to(session, targets, said, Pace::Running).await;
    }
    session.open_response();
    for (count, target) in targets.split(',').filter(|target| !target.is_empty()).enumerate() {
        if count == limits::TARGETS_MAX {
            return session.numeric(n::ERR_TOOMANYTARGETS, &[target]);
        }
        say_to(session, target, said.clone(), Pace::Waiting).await;
    }
}

/// Replies with an error, unless to a NOTICE: programs must not answer each other for ever.
fn complain(session: &mut Session, speech: Speech, numeric: Numeric) {
    session.open_response();
    if speech != Speech::Notice {
        session.numeric(numeric, &[]);
    }
}

/// Whether to wait until a message is stored before going on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    Running,
    Waiting,
}

async fn say_to(session: &mut Session, target: &str, said: Said, pace: Pace) {
    let speech = said.speech;
    if !fits(session, target, &said) {
        session.open_response();
        return session.numeric(n::ERR_INPUTTOOLONG, &[]);
    }
    let (intent, pace, away) = match resolve(session, target, said) {
        Some(Aim::Room(intent)) => (intent, pace, None),
        Some(Aim::User(intent, user)) => match user.away_text() {
            Some(text) if speech == Speech::Message => {
                (intent, Pace::Waiting, Some((user.clone(), text.to_owned())))
            }
            _ => (intent, pace, None),
        },
        None => {
            session.open_response();
            if speech != Speech::Notice {
                let is_room = target.trim_start_matches(['@', '+']).starts_with('#');
                let numeric = if is_room { n::ERR_NOSUCHCHANNEL } else { n::ERR_NOSUCHNICK };
                session.numeric(numeric, &[target]);
            }
            return;
        }
    };
    if pace == Pace::Running {
        return session.speak(speech, target, intent).await;
    }
    session.open_response();
    match session.submit(intent).await {
        Ok(_) => {
            if let Some((user, text)) = away {
                let nick = session.shown_nick().to_owned();
                session
                    .send(Line::new(n::RPL_AWAY.digits()).param(nick).param(&user.author.nick).param(text));
            }
        }
        Err(denied) if speech == Speech::Notice && denied != room::Denied::Unavailable => {}
        Err(denied) => session.refuse("PRIVMSG", target, &denied),
    }
}

enum Aim {
    Room(Intent),
    User(Intent, Arc<User>),
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
    let user = session.service.journal.directory().user(session.user());
    let source = user.map_or(0, |user| user.author.to_string().len());
    let around = ": PRIVMSG  :\r\n".len();
    source + target.len() + said.text.len() + around <= limits::LINE_BYTES_MAX
}
