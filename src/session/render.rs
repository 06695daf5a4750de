//! From entries and signals to lines, once for each capability class.
//!
//! A class holds the capabilities that change a line's form; whether a line is shown at all is
//! decided elsewhere. What is more than one line on the wire is rendered as all of them.

mod amendment;
mod class;
mod multiline;

pub use class::Class;

use std::fmt::{self, Write as _};

use bytes::Bytes;

use crate::clock::Timestamp;
use crate::ids::MsgId;
use crate::journal::{Chunk, Encoding, Item, News, Signal};
use crate::protocol::Cap;
use crate::protocol::line::clean;
use crate::protocol::numeric as n;
use crate::protocol::tags::escape;
use crate::room::{Author, Entry, Event, ModeChange, Role, Said, Speech};
use crate::store::metadata::Key;

/// The chunk's lines in this class; rendered by whoever comes first.
#[must_use]
pub fn chunk(chunk: &Chunk, class: Class) -> &Encoding {
    let slot = chunk.items().first().map_or(0, |first| class::slot(first, class));
    chunk.encoding(slot, |items| encode(items, class))
}

fn encode(items: &[Item], class: Class) -> Encoding {
    let (mut lines, mut ends) = (Vec::new(), Vec::with_capacity(items.len()));
    for item in items {
        let one = match &item.news {
            News::Entry(one) => entry(one, class),
            News::Signal(one) | News::Watched(one) => signal(one, class),
        };
        if lines.is_empty() {
            lines.reserve_exact(one.len() * items.len());
        }
        lines.extend_from_slice(&one);
        ends.push(lines.len());
    }
    Encoding { lines: lines.into(), ends }
}

/// An entry's line in this class, with CR LF.
#[must_use]
pub fn entry(entry: &Entry, class: Class) -> Bytes {
    let head = |tags: &str| head(&entry.author, entry.at, Some(entry.msgid()), tags, class);
    let mut line = match &entry.event {
        Event::Said(said) if said.is_multiline() => multiline::lines(entry, said, class),
        Event::Said(said) => {
            let mut line = head(&said.tags);
            push_said(&mut line, said, &entry.target);
            line
        }
        Event::Edited(edited) => amendment::edited(entry, edited, class),
        Event::Redacted(redacted) => amendment::redacted(entry, redacted, class),
        Event::Joined { .. }
        | Event::Parted { .. }
        | Event::Quit { .. }
        | Event::Kicked { .. }
        | Event::Invited { .. }
        | Event::TopicSet { .. }
        | Event::ModesChanged { .. }
        | Event::NickChanged { .. }
        | Event::Renamed { .. } => head(""),
    };
    push_change(&mut line, entry, class);
    line.push_str("\r\n");
    Bytes::from(line)
}

/// What changed in a room; nothing of what was said there.
fn push_change(line: &mut String, entry: &Entry, class: Class) {
    let target = &entry.target;
    match &entry.event {
        Event::Said(_) | Event::Edited(_) | Event::Redacted(_) => {}
        Event::Joined { real_name } if class.has(Cap::ExtendedJoin) => {
            let account = entry.author.account.as_ref().map_or("*", |name| name.as_str());
            put(line, format_args!("JOIN {target} {account} :{}", clean(real_name)));
        }
        Event::Joined { .. } => put(line, format_args!("JOIN {target}")),
        Event::Parted { reason } if reason.is_empty() => put(line, format_args!("PART {target}")),
        Event::Parted { reason } => put(line, format_args!("PART {target} :{}", clean(reason))),
        Event::Quit { reason } => put(line, format_args!("QUIT :{}", clean(reason))),
        Event::Kicked { nick, reason, .. } => {
            put(line, format_args!("KICK {target} {nick} :{}", clean(reason)));
        }
        Event::Invited { nick, .. } => put(line, format_args!("INVITE {nick} {target}")),
        Event::TopicSet { topic } => put(line, format_args!("TOPIC {target} :{}", clean(topic))),
        Event::ModesChanged { changes } => {
            put(line, format_args!("MODE {target} {}", mode_changes(changes)));
        }
        Event::NickChanged { nick } => put(line, format_args!("NICK {nick}")),
        Event::Renamed { from, to, reason } => {
            put(line, format_args!("RENAME {from} {to} :{}", clean(reason)));
        }
    }
}

fn signal(signal: &Signal, class: Class) -> Bytes {
    let mut line = match signal {
        Signal::NickChanged { author, nick, .. } => format!("{}NICK {nick}", untimed(author, class)),
        Signal::Quit { author, reason, .. } => format!("{}QUIT :{}", untimed(author, class), clean(reason)),
        Signal::Account { author, account, .. } => {
            let account = account.as_ref().map_or("*", |name| name.as_str());
            format!("{}ACCOUNT {account}", untimed(author, class))
        }
        Signal::Host { author, user, host, .. } => {
            format!("{}CHGHOST {user} {host}", untimed(author, class))
        }
        Signal::Away { author, text: Some(text) } => {
            format!("{}AWAY :{}", untimed(author, class), clean(text))
        }
        Signal::Away { author, text: None } => format!("{}AWAY", untimed(author, class)),
        Signal::RealName { author, real_name } => {
            format!("{}SETNAME :{}", untimed(author, class), clean(real_name))
        }
        Signal::UserModes { author, change } => {
            format!("{}MODE {} {change}", untimed(author, class), author.nick)
        }
        Signal::Wallops { author, text } => {
            format!("{}WALLOPS :{}", untimed(author, class), clean(text))
        }
        Signal::Said { author, target, said, at, id } => {
            let mut line = head(author, *at, Some(*id), &said.tags, class);
            push_said(&mut line, said, target);
            line
        }
        Signal::ReadMarker { target, at } => format!("MARKREAD {target} timestamp={at}"),
        // To `*`, so that one form is good for everybody.
        Signal::Online { author } => format!("{} * :{author}", n::RPL_MONONLINE.digits()),
        Signal::Offline { nick } => format!("{} * :{nick}", n::RPL_MONOFFLINE.digits()),
        Signal::Metadata { target, key, value } => metadata("*", target, key, value.as_deref()),
    };
    line.push_str("\r\n");
    Bytes::from(line)
}

/// What a key's value is, or that it has none, as it is told to `to`.
pub(super) fn metadata(to: &str, target: &str, key: &Key, value: Option<&str>) -> String {
    match value {
        Some(value) => {
            format!("{} {to} {target} {key} * :{}", n::RPL_KEYVALUE.digits(), clean(value))
        }
        None => format!("{} {to} {target} {key} :{}", n::RPL_KEYNOTSET.digits(), n::RPL_KEYNOTSET.text),
    }
}

/// The command that speaks in this way.
#[must_use]
pub fn command(speech: Speech) -> &'static str {
    match speech {
        Speech::Message => "PRIVMSG",
        Speech::Notice => "NOTICE",
        Speech::Tags => "TAGMSG",
    }
}

fn push_said(line: &mut String, said: &Said, target: &str) {
    line.push_str(command(said.speech));
    line.push(' ');
    line.push_str(prefix(said.audience));
    line.push_str(target);
    if said.speech != Speech::Tags {
        line.push_str(" :");
        line.push_str(&clean(&said.text));
    }
}

fn prefix(audience: Role) -> &'static str {
    match audience {
        Role::Member => "",
        Role::Voice => "+",
        Role::Operator => "@",
        Role::Founder => "~",
    }
}

/// The target with the prefix of those whom it was meant for.
fn addressed(target: &str, audience: Role) -> String {
    [prefix(audience), target].concat()
}

/// Tags and source, up to the command.
fn head(author: &Author, at: Timestamp, id: Option<MsgId>, client_tags: &str, class: Class) -> String {
    let mut line = String::with_capacity(256);
    let mut tag = |key: &str, value: &dyn fmt::Display| {
        line.push(if line.is_empty() { '@' } else { ';' });
        line.push_str(key);
        put(&mut line, format_args!("{value}"));
    };
    if class.has(Cap::ServerTime) && at != Timestamp::default() {
        tag("time=", &at);
    }
    if class.has(Cap::AccountTag)
        && let Some(account) = &author.account
    {
        tag("account=", account);
    }
    if class.has(Cap::MessageTags) {
        if let Some(id) = id {
            tag("msgid=", &id);
        }
        if author.bot {
            tag("bot", &"");
        }
        if !client_tags.is_empty() {
            tag("", &client_tags);
        }
    }
    if !line.is_empty() {
        line.push(' ');
    }
    put(&mut line, format_args!(":{author} "));
    line
}

/// Writing to a String can't fail.
fn put(line: &mut String, text: fmt::Arguments<'_>) {
    line.write_fmt(text).unwrap_or_default();
}

fn untimed(author: &Author, class: Class) -> String {
    head(author, Timestamp::default(), None, "", class)
}

/// Changes as MODE shows them: letters with signs, then the parameters.
#[must_use]
pub fn mode_changes(changes: &[ModeChange]) -> String {
    use crate::room::Mode;
    let mut letters = String::new();
    let mut params: Vec<&str> = Vec::new();
    let mut sign = None;
    let mut shown = Vec::new();
    for change in changes {
        let (on, mode, param) = match change {
            ModeChange::Flag { flag, on } => (*on, Mode::Flag(*flag), None),
            ModeChange::Key(key) => {
                (key.is_some(), Mode::Key, Some(key.clone().unwrap_or_else(|| "*".into())))
            }
            ModeChange::Limit(limit) => (limit.is_some(), Mode::Limit, limit.map(|limit| limit.to_string())),
            ModeChange::Role { role, on, nick, .. } => (*on, Mode::Role(*role), Some(nick.to_string())),
            ModeChange::List { list, on, mask } => (*on, Mode::List(*list), Some(mask.clone())),
        };
        shown.push((on, mode, param));
    }
    for (on, mode, param) in &shown {
        if sign != Some(*on) {
            letters.push(if *on { '+' } else { '-' });
            sign = Some(*on);
        }
        letters.push(mode.letter());
        params.extend(param.as_deref());
    }
    params.insert(0, &letters);
    params.join(" ")
}

/// The line with one more tag in front of its others.
#[must_use]
pub fn with_tag(line: &[u8], key: &str, value: &str) -> Vec<u8> {
    let (separator, rest) = match line.strip_prefix(b"@") {
        Some(rest) => (";", rest),
        None => (" ", line),
    };
    [b"@", key.as_bytes(), b"=", escape(value).as_bytes(), separator.as_bytes(), rest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{RoomId, Seq, SessionId, UserId};
    use crate::names::{AccountName, Nick};
    use crate::room::Flag;
    use std::sync::Arc;

    fn sample(event: Event) -> Entry {
        let author = Author {
            nick: Nick::parse("n").unwrap(),
            user: "u".into(),
            host: "h".into(),
            account: Some(AccountName::parse("acc").unwrap()),
            bot: true,
        };
        let (room, seq, at) = (RoomId(1), Seq(2), Timestamp(1000));
        Entry { room, seq, at, author: Arc::new(author), target: "#r".into(), event }
    }

    fn shown(event: Event, caps: &[Cap]) -> String {
        let line = entry(&sample(event), Class::of(caps.iter().copied().collect()));
        String::from_utf8(line.to_vec()).unwrap()
    }

    #[test]
    fn tags_follow_the_recipients_capabilities() {
        let said = Said { tags: "+x=1".into(), ..Said::plain("hi") };
        let said = Event::Said(said);
        let id = sample(said.clone()).msgid();
        assert_eq!(shown(said.clone(), &[]), ":n!u@h PRIVMSG #r :hi\r\n");
        assert_eq!(
            shown(said.clone(), &[Cap::ServerTime]),
            "@time=1970-01-01T00:00:01.000Z :n!u@h PRIVMSG #r :hi\r\n"
        );
        assert_eq!(shown(said.clone(), &[Cap::AccountTag]), "@account=acc :n!u@h PRIVMSG #r :hi\r\n");
        assert_eq!(
            shown(said, &[Cap::MessageTags]),
            format!("@msgid={id};bot;+x=1 :n!u@h PRIVMSG #r :hi\r\n")
        );
    }

    #[test]
    fn events_have_their_lines() {
        let user = UserId::Guest(SessionId(1));
        let nick = Nick::parse("o").unwrap();
        let table = [
            (Event::Joined { real_name: "R N".into() }, ":n!u@h JOIN #r\r\n"),
            (Event::Parted { reason: String::new() }, ":n!u@h PART #r\r\n"),
            (Event::Parted { reason: "x".into() }, ":n!u@h PART #r :x\r\n"),
            (Event::Kicked { user, nick: nick.clone(), reason: "y".into() }, ":n!u@h KICK #r o :y\r\n"),
            (Event::TopicSet { topic: String::new() }, ":n!u@h TOPIC #r :\r\n"),
            (Event::NickChanged { nick }, ":n!u@h NICK o\r\n"),
            (Event::Quit { reason: "z".into() }, ":n!u@h QUIT :z\r\n"),
        ];
        for (event, line) in table {
            assert_eq!(shown(event, &[]), line);
        }
        let joined = Event::Joined { real_name: "R N".into() };
        assert_eq!(shown(joined, &[Cap::ExtendedJoin]), ":n!u@h JOIN #r acc :R N\r\n");
    }

    #[test]
    fn mode_changes_share_their_signs() {
        let changes = [
            ModeChange::Flag { flag: Flag::Secret, on: true },
            ModeChange::Limit(Some(5)),
            ModeChange::Flag { flag: Flag::Moderated, on: false },
            ModeChange::Key(None),
        ];
        assert_eq!(mode_changes(&changes), "+sl-mk 5 *");
    }

    #[test]
    fn a_tag_goes_in_front() {
        assert_eq!(with_tag(b"@a=b X\r\n", "label", "1"), b"@label=1;a=b X\r\n");
        assert_eq!(with_tag(b"X\r\n", "label", "a b;\r"), b"@label=a\\sb\\:\\r X\r\n");
    }
}
