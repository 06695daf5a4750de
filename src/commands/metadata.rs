//! METADATA: values that users and rooms bear. Source: IRCv3 draft/metadata-2; and -3, which irctest
//! describes.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ids::UserId;
use crate::journal::{Intent, User};
use crate::limits;
use crate::names::{Nick, RoomName};
use crate::protocol::numeric as n;
use crate::protocol::{Cap, Line, Message};
use crate::room::{Denied, Flag, Room};
use crate::session::{Session, cut};
use crate::store::metadata::{Change, Key, Metadata, Subject};

use super::room::is_visible;

/// Keys in one line of 770, 771 and 772.
const KEYS_PER_LINE: usize = 10;

/// `METADATA <target> <subcommand> [<parameters>]`
pub(super) async fn metadata(session: &mut Session, message: &Message<'_>) {
    let subcommand = message.param(1).unwrap_or_default().to_ascii_uppercase();
    let subcommand = match subcommand.as_str() {
        "GET" | "LIST" | "SET" | "CLEAR" | "SUB" | "UNSUB" | "SUBS" | "SYNC" => subcommand.as_str(),
        _ => {
            let text = "Subcommands are GET, LIST, SET, CLEAR, SUB, UNSUB, SUBS and SYNC";
            return session.fail("METADATA", "SUBCOMMAND_INVALID", &[cut(&subcommand, 32)], text);
        }
    };
    let asked = message.param(0).unwrap_or_default();
    let Some(target) = Target::find(session, asked) else {
        return session.fail(
            "METADATA",
            "INVALID_TARGET",
            &[cut(asked, 64)],
            "There is no such user or room",
        );
    };
    let words = message.params().get(2..).unwrap_or_default();
    match subcommand {
        "GET" | "SET" | "SUB" | "UNSUB" if words.is_empty() => {
            session.numeric(n::ERR_NEEDMOREPARAMS, &["METADATA"]);
        }
        "GET" => read(session, &target, Some(words)),
        "LIST" => read(session, &target, None),
        "SET" => set(session, &target, words).await,
        "CLEAR" => clear(session, &target).await,
        "SYNC" => sync(session, &target),
        _ if !target.is_own(session) => {
            let text = "Subscriptions are one's own: the target is *";
            session.fail("METADATA", "INVALID_TARGET", &[&target.name], text);
        }
        "SUB" => sub(session, words),
        "UNSUB" => unsub(session, words),
        _ => subs(session),
    }
}

/// A target that may be known to this client.
struct Target {
    /// As it is shown.
    name: String,
    subject: Subject,
    room: Option<Arc<Room>>,
}

impl Target {
    fn find(session: &Session, asked: &str) -> Option<Self> {
        let own = Subject::User(session.user());
        if session.registered().is_none() {
            // Nobody has a nick before they are in.
            return (asked == "*").then(|| Self { name: "*".into(), subject: own, room: None });
        }
        if asked == "*" {
            return Some(Self { name: session.shown_nick().to_owned(), subject: own, room: None });
        }
        let directory = session.service.journal.directory();
        if let Ok(name) = RoomName::parse(asked) {
            let room = directory.room(&name).filter(|room| is_visible(session, room))?;
            let name = room.name().map_or("*", |name| name.as_str()).to_owned();
            return Some(Self { name, subject: Subject::Room(room.id), room: Some(room) });
        }
        let user = directory.user_by_nick(Nick::parse(asked).ok()?.as_str())?;
        Some(Self { name: user.author.nick.to_string(), subject: Subject::User(user.id), room: None })
    }

    fn is_own(&self, session: &Session) -> bool {
        self.subject == Subject::User(session.user())
    }

    /// A room that one can't simply enter shows what it bears to its members only.
    fn is_readable(&self, session: &Session) -> bool {
        self.room.as_ref().is_none_or(|room| {
            let is_open = !room.has(Flag::InviteOnly) && room.settings.key.is_none();
            is_open || room.members.contains_key(&session.user())
        })
    }

    /// What it bears, for oneself before one is in with what was said so far.
    fn metadata(&self, session: &Session) -> Metadata {
        if session.registered().is_some() {
            return stored(session, self.subject);
        }
        let mut metadata = stored_before(session);
        for (key, value) in &session.subscriber.early {
            match value {
                Some(value) => metadata.insert(key.clone(), Arc::clone(value)),
                None => metadata.remove(key),
            };
        }
        metadata
    }
}

fn stored(session: &Session, subject: Subject) -> Metadata {
    let world = session.service.journal.directory().read();
    world.metadata_of(subject).map(|metadata| (**metadata).clone()).unwrap_or_default()
}

/// What the account bears that a client signed in to and is not in with yet.
fn stored_before(session: &Session) -> Metadata {
    let account = session.account().map(|(id, _)| Subject::User(UserId::Account(*id)));
    account.map(|subject| stored(session, subject)).unwrap_or_default()
}

fn refuse(session: &mut Session, target: &str, key: &str) {
    session.fail("METADATA", "KEY_NO_PERMISSION", &[target, key], "You may not do that here");
}

/// GET with these keys, or LIST.
fn read(session: &mut Session, target: &Target, words: Option<&[&str]>) {
    if !target.is_readable(session) {
        return refuse(session, &target.name, "*");
    }
    let metadata = target.metadata(session);
    let line = |key: &Key, value: Option<&str>| session.value_line(&target.name, key, value);
    let lines: Vec<Vec<u8>> = match words {
        None => metadata.iter().map(|(key, value)| line(key, Some(value))).collect(),
        Some(words) => words
            .iter()
            .map(|word| match Key::parse(word) {
                Some(key) => line(&key, metadata.get(&key).map(AsRef::as_ref)),
                None => invalid_key(session, word),
            })
            .collect(),
    };
    session.send_batch("metadata", &[&target.name], &lines);
}

/// A code of version 3, or what version 2 calls it.
fn code(session: &Session, new: &'static str, old: &'static str) -> &'static str {
    if session.has(Cap::Metadata2) && !session.has(Cap::Metadata) { old } else { new }
}

fn invalid_key(session: &Session, word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let code = code(session, "INVALID_KEY", "KEY_INVALID");
    let line = Line::new("FAIL").source(&session.service.name).param("METADATA").param(code);
    let text = format!("A key has at most {} of a-z 0-9 _ . / -", limits::METADATA_KEY_BYTES_MAX);
    line.param(cut(word, 64)).param(text).write_to(&mut bytes);
    bytes
}

/// `SET <key> [<value>]`
async fn set(session: &mut Session, target: &Target, words: &[&str]) {
    let word = words.first().copied().unwrap_or_default();
    let Some(key) = Key::parse(word) else {
        let line = invalid_key(session, word);
        return session.reply_with(&line);
    };
    let value = words.get(1).copied().filter(|value| !value.is_empty());
    if value.is_some_and(|value| value.len() > limits::METADATA_VALUE_BYTES_MAX) {
        let text = format!("A value has at most {} bytes", limits::METADATA_VALUE_BYTES_MAX);
        let code = code(session, "INVALID_VALUE", "VALUE_INVALID");
        return session.fail("METADATA", code, &[key.as_str()], &text);
    }
    let change = (key.clone(), value.map(Arc::from));
    if change_all(session, target, key.as_str(), vec![change]).await {
        let line = session.value_line(&target.name, &key, value);
        session.reply_with(&line);
    }
}

async fn clear(session: &mut Session, target: &Target) {
    let keys: Vec<Key> = target.metadata(session).into_keys().collect();
    let changes = keys.iter().map(|key| (key.clone(), None)).collect();
    if change_all(session, target, "*", changes).await {
        let lines: Vec<Vec<u8>> =
            keys.iter().map(|key| session.value_line(&target.name, key, None)).collect();
        session.send_batch("metadata", &[&target.name], &lines);
    }
}

/// Whether it is done; if not, the client was told why.
async fn change_all(session: &mut Session, target: &Target, key: &str, changes: Vec<Change>) -> bool {
    if !target.is_own(session) && target.room.is_none() {
        refuse(session, &target.name, key);
        return false;
    }
    if let Err(seconds) = session.subscriber.pay() {
        let text = "Too many changes, try again later";
        session.fail("METADATA", "RATE_LIMITED", &[&target.name, key, &seconds.to_string()], text);
        return false;
    }
    let changed = if session.registered().is_some() {
        let room = target.room.as_ref().and_then(|room| room.name().cloned());
        session.submit(Intent::SetMetadata { room, changes }).await.map(drop)
    } else {
        change_early(session, changes)
    };
    match changed {
        Ok(()) => {}
        Err(Denied::NotOperator) => refuse(session, &target.name, key),
        Err(Denied::NoSuchRoom) => {
            session.fail("METADATA", "INVALID_TARGET", &[&target.name], "There is no such user or room");
        }
        Err(ref denied) => session.refuse("METADATA", &target.name, denied),
    }
    changed.is_ok()
}

/// Keeps what a client says of itself until it is in. Only what is stored needs a word to go, which
/// keeps this bounded.
fn change_early(session: &mut Session, changes: Vec<Change>) -> Result<(), Denied> {
    let stored = stored_before(session);
    for (key, value) in changes {
        let early = &mut session.subscriber.early;
        let is_new = !early.get(&key).is_some_and(Option::is_some);
        if value.is_some() && is_new && early.values().flatten().count() >= limits::METADATA_KEYS_MAX {
            return Err(Denied::TooManyKeys);
        }
        if value.is_some() || stored.contains_key(&key) {
            early.insert(key, value);
        } else {
            early.remove(&key);
        }
    }
    Ok(())
}

/// `SUB <key>…`: in order, up to the first that is too many.
fn sub(session: &mut Session, words: &[&str]) {
    let (mut accepted, mut new, mut errors) = (Vec::new(), BTreeSet::new(), Vec::new());
    let mut too_many = None;
    for word in words {
        let Some(key) = Key::parse(word) else {
            errors.push(invalid_key(session, word));
            continue;
        };
        let keys = &mut session.subscriber.keys;
        if keys.len() >= limits::METADATA_SUBS_MAX && !keys.contains(&key) {
            too_many = Some(key);
            break;
        }
        if keys.insert(key.clone()) {
            new.insert(key.clone());
        }
        accepted.push(key);
    }
    list_keys(session, n::RPL_METADATASUBOK, &accepted);
    errors.iter().for_each(|line| session.reply_with(line));
    if let Some(key) = too_many {
        let text = format!("You can subscribe to {} keys: UNSUB one first", limits::METADATA_SUBS_MAX);
        session.fail("METADATA", "TOO_MANY_SUBS", &[key.as_str()], &text);
    }
    if !new.is_empty() {
        session.show_current(&new);
    }
}

fn unsub(session: &mut Session, words: &[&str]) {
    let mut gone = Vec::new();
    let mut errors = Vec::new();
    for word in words {
        match Key::parse(word) {
            Some(key) => {
                session.subscriber.keys.remove(&key);
                gone.push(key);
            }
            None => errors.push(invalid_key(session, word)),
        }
    }
    list_keys(session, n::RPL_METADATAUNSUBOK, &gone);
    errors.iter().for_each(|line| session.reply_with(line));
}

fn subs(session: &mut Session) {
    let keys: Vec<Key> = session.subscriber.keys.iter().cloned().collect();
    let lines: Vec<Vec<u8>> = keys
        .chunks(KEYS_PER_LINE)
        .map(|keys| {
            let mut bytes = Vec::new();
            let line = Line::new(n::RPL_METADATASUBS.digits()).source(&session.service.name);
            line.param(session.shown_nick()).params(keys).write_to(&mut bytes);
            bytes
        })
        .collect();
    session.send_batch("metadata-subs", &[], &lines);
}

fn list_keys(session: &mut Session, numeric: crate::protocol::Numeric, keys: &[Key]) {
    for keys in keys.chunks(KEYS_PER_LINE) {
        let line = Line::new(numeric.digits()).param(session.shown_nick()).params(keys);
        session.send(line);
    }
}

/// What a user bears, in WHOIS.
pub(super) fn describe(session: &mut Session, user: &User) {
    if !session.knows_metadata() {
        return;
    }
    let metadata = session.service.journal.directory().read().metadata_of(Subject::User(user.id)).cloned();
    for (key, value) in metadata.iter().flat_map(|metadata| metadata.iter()) {
        let line = Line::new(n::RPL_WHOISKEYVALUE.digits()).param(session.shown_nick());
        session.send(line.param(&user.author.nick).param(key).param("*").param(value));
    }
}

fn sync(session: &mut Session, target: &Target) {
    match &target.room {
        // Who is in a room is for its members to know, and so is what they bear.
        Some(room) if !room.members.contains_key(&session.user()) => refuse(session, &target.name, "*"),
        Some(room) => session.sync_room(room),
        None => {
            let lines = session.subscribed(target.subject, &target.name);
            session.send_batch("metadata", &[&target.name], &lines);
        }
    }
}

/// The longest value under the longest key of the longest room's name, told by a server of the
/// longest name, to the longest nick.
const LINE_BYTES: usize = ": 761    * :\r\n".len()
    + 63
    + limits::NICK_BYTES_MAX
    + limits::ROOM_NAME_BYTES_MAX
    + limits::METADATA_KEY_BYTES_MAX
    + limits::METADATA_VALUE_BYTES_MAX;
const _: () = assert!(LINE_BYTES <= limits::LINE_BYTES_MAX);
