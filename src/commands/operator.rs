//! What operators do: become one, end sessions, keep people out, speak to all who want to hear it.
//!
//! Each deed stands in the audit log before it is done. Source: modern.ircdocs.horse (OPER, KILL,
//! WALLOPS); docs/operators.md (BAN, UNBAN, BANS).

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::auth::{self, bans::AddError};
use crate::clock;
use crate::journal::{Intent, Presence, User, UserMode};
use crate::limits;
use crate::names::AccountName;
use crate::protocol::numeric as n;
use crate::protocol::sasl::Plain;
use crate::protocol::{Line, Message};
use crate::session::{Session, cut, sanction};
use crate::store::audit::Outcome;
use crate::store::bans::Target;
use crate::store::{
    self,
    accounts::{Account, AccountRole},
};

use super::audit::{begin, deed, end, name_of};
use super::room::known_user;

/// Bytes of a line around the text of WALLOPS and the source in front.
const WALLOPS_AROUND: usize = ": WALLOPS :\r\n".len();

/// What BAN and UNBAN can be aimed at.
const TARGETS: &str = "Give account:NAME, an address, or a network such as 192.0.2.0/24 or 2001:db8::/64";
/// Bytes of a reason in a list, behind all else that stands on its line.
const REASON_SHOWN_BYTES_MAX: usize = 200;

/// `OPER <account> <password>`
pub(super) async fn oper(session: &mut Session, message: &Message<'_>) {
    let (name, words) = message.params().split_first().map_or(("", &[][..]), |(name, words)| (*name, words));
    // The code of a second factor may be a word of its own.
    let plain = Plain { name: name.to_owned(), password: Zeroizing::new(words.join(" ")) };
    let service = Arc::clone(&session.service);
    match service.authenticator.plain(&plain, session.peer.address).await {
        Ok(account) if is_operators(session, &account) => become_operator(session, &account).await,
        Ok(_) | Err(auth::Error::Rejected) => {
            let deed = deed(session, "oper", known_account(session, name), None);
            if let Err(error) = service.store.record(deed, Outcome::Refused).await {
                tracing::error!(%error, "a refused OPER does not stand in the audit log");
            }
            session.numeric(n::ERR_PASSWDMISMATCH, &[]);
        }
        Err(error @ (auth::Error::CodeRequired | auth::Error::CodeWrong)) => {
            let is_wrong = error == auth::Error::CodeWrong;
            let code = if is_wrong { "INVALID_CODE" } else { "CODE_REQUIRED" };
            session.fail("OPER", code, &[], &error.to_string());
            session.numeric(n::ERR_PASSWDMISMATCH, &[]);
        }
        Err(error) => {
            session.fail("OPER", "TEMPORARILY_UNAVAILABLE", &[], &error.to_string());
            session.numeric(n::ERR_PASSWDMISMATCH, &[]);
        }
    }
}

/// The name, if there is such an account: people type their password there.
fn known_account(session: &Session, name: &str) -> Option<String> {
    let name = AccountName::parse(name).ok()?;
    let world = session.service.journal.directory().read();
    world.accounts.contains_key(&name).then(|| name.to_string())
}

/// Whether the account's password makes an operator.
fn is_operators(session: &Session, account: &Account) -> bool {
    account.role == AccountRole::Admin
        && !account.suspended
        && session.service.bans.of_account(&account.name).is_none()
}

async fn become_operator(session: &mut Session, account: &Account) {
    let Some(entry) = begin(session, "OPER", "oper", Some(account.name.to_string()), None).await else {
        return;
    };
    let changes = vec![(UserMode::Operator, true)];
    let intent = Intent::SetUserModes { changes, operator_by: Some(account.id) };
    if let Err(denied) = session.submit(intent).await {
        end(session, entry, Outcome::Failed).await;
        return session.refuse("OPER", "*", &denied);
    }
    // Looked at again now that who takes the right away finds it here.
    let stored = session.service.store.account(&account.name).await;
    if !stored.is_ok_and(|stored| is_operators(session, &stored)) {
        let changes = vec![(UserMode::Operator, false)];
        drop(session.submit(Intent::SetUserModes { changes, operator_by: None }).await);
        end(session, entry, Outcome::Refused).await;
        return session.numeric(n::ERR_PASSWDMISMATCH, &[]);
    }
    end(session, entry, Outcome::Done).await;
    session.numeric(n::RPL_YOUREOPER, &[]);
}

/// `KILL <nick> [<reason>]`
pub(super) async fn kill(session: &mut Session, message: &Message<'_>) {
    let Some(me) = operator(session) else { return };
    let Some(user) = known_user(session, message.param(0).unwrap_or_default()) else { return };
    let nick = user.author.nick.to_string();
    if !user.is_online() {
        return session.numeric(n::ERR_NOSUCHNICK, &[&nick]);
    }
    let reason = message.filled(1).map(|reason| cut(reason, limits::REASON_BYTES_MAX).to_owned());
    let target = user.author.account.as_ref().map_or_else(|| nick.clone(), |name| format!("account:{name}"));
    let Some(entry) = begin(session, "KILL", "kill", Some(target), reason.clone()).await else { return };
    let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    let kill = Presence::Kill { user: user.id, reason: format!("Killed by {}{reason}", me.author.nick) };
    let journal = session.service.journal.clone();
    match journal.submit(session.id, 0, me.id, kill).await {
        Ok(_) => end(session, entry, Outcome::Done).await,
        Err(denied) => {
            end(session, entry, Outcome::Failed).await;
            session.refuse("KILL", &nick, &denied);
        }
    }
}

/// `WALLOPS <text>`
pub(super) async fn wallops(session: &mut Session, message: &Message<'_>) {
    let Some(me) = operator(session) else { return };
    let text = message.param(0).unwrap_or_default().to_owned();
    if me.author.to_string().len() + text.len() + WALLOPS_AROUND > limits::LINE_BYTES_MAX {
        return session.numeric(n::ERR_INPUTTOOLONG, &[]);
    }
    if session.submit(Intent::Wallops(text)).await.is_err() {
        session.numeric(n::ERR_NOPRIVILEGES, &[]);
    }
}

/// `BAN <account:NAME or address or network> [<duration>] [<reason>]`
pub(super) async fn ban(session: &mut Session, message: &Message<'_>) {
    let Some(me) = operator(session) else { return };
    let asked = cut(message.param(0).unwrap_or_default(), limits::MASK_BYTES_MAX);
    let Ok(target) = asked.parse::<Target>() else {
        return session.fail("BAN", "INVALID_TARGET", &[asked], TARGETS);
    };
    if let Some((code, text)) = objection(session, &me, &target) {
        return session.fail("BAN", code, &[asked], text);
    }
    let Some((length_ms, reason)) = length_and_reason(message) else {
        let text = "A duration is numbers with s, m, h, d or w, such as 1h30m or 7d; * is until it is lifted";
        return session.fail("BAN", "INVALID_DURATION", &[asked], text);
    };
    let expires_at = length_ms.map(|ms| session.service.clock.now().after_ms(ms));
    let until = expires_at.map_or_else(|| "*".to_owned(), |at| at.to_string());
    let shown = expires_at.map_or_else(|| "until it is lifted".to_owned(), |at| format!("until {at}"));
    let detail = shown + &reason.as_ref().map_or_else(String::new, |text| format!(": {text}"));
    let Some(entry) = begin(session, "BAN", "ban", Some(target.to_string()), Some(detail)).await else {
        return;
    };
    let service = Arc::clone(&session.service);
    match service.bans.add(target, reason, &name_of(session, &me), expires_at).await {
        Ok(ban) => {
            end(session, entry, Outcome::Done).await;
            let ended = sanction::enforce(&ban, &service.roster, &service.journal).await;
            let line = Line::new("NOTE").param("BAN").param("BANNED").param(&ban.target).param(until);
            session.send(line.param(format!("Banned; connections ended: {ended}")));
        }
        Err(error) => {
            end(session, entry, Outcome::Failed).await;
            let code = match &error {
                AddError::Full => "LIMIT_REACHED",
                AddError::Over => "INVALID_DURATION",
                AddError::Store(_) => "TEMPORARILY_UNAVAILABLE",
            };
            session.fail("BAN", code, &[asked], &error.to_string());
        }
    }
}

/// What speaks against a ban.
fn objection(session: &Session, me: &User, target: &Target) -> Option<(&'static str, &'static str)> {
    match target {
        Target::Network(network) if session.peer.address.is_some_and(|own| network.contains(own)) => {
            Some(("OWN_ADDRESS", "This would ban you: your own address is among these"))
        }
        Target::Account(name) if me.author.account.as_ref() == Some(name) => {
            Some(("OWN_ACCOUNT", "This would ban you"))
        }
        Target::Account(name) if !session.service.journal.directory().read().accounts.contains_key(name) => {
            Some(("NO_SUCH_ACCOUNT", "There is no such account"))
        }
        Target::Network(_) | Target::Account(_) => None,
    }
}

/// A second parameter that begins with a digit is a duration; `None`: it is none.
fn length_and_reason(message: &Message<'_>) -> Option<(Option<i64>, Option<String>)> {
    let params = message.params().get(1..).unwrap_or_default();
    let (length_ms, rest) = match params {
        ["*", rest @ ..] => (None, rest),
        [length, rest @ ..] if length.starts_with(|c: char| c.is_ascii_digit()) => {
            (Some(clock::parse_length_ms(length)?), rest)
        }
        rest => (None, rest),
    };
    let reason = rest.join(" ");
    let reason = (!reason.is_empty()).then(|| cut(&reason, limits::REASON_BYTES_MAX).to_owned());
    Some((length_ms, reason))
}

/// `UNBAN <account:NAME or address or network>`
pub(super) async fn unban(session: &mut Session, message: &Message<'_>) {
    if operator(session).is_none() {
        return;
    }
    let asked = cut(message.param(0).unwrap_or_default(), limits::MASK_BYTES_MAX);
    let Ok(target) = asked.parse::<Target>() else {
        return session.fail("UNBAN", "INVALID_TARGET", &[asked], TARGETS);
    };
    let Some(entry) = begin(session, "UNBAN", "unban", Some(target.to_string()), None).await else { return };
    let service = Arc::clone(&session.service);
    match service.bans.lift(&target).await {
        Ok(ban) => {
            end(session, entry, Outcome::Done).await;
            let line = Line::new("NOTE").param("UNBAN").param("LIFTED").param(&ban.target);
            session.send(line.param("The ban is lifted"));
        }
        Err(error) => {
            end(session, entry, Outcome::Failed).await;
            match error {
                store::Error::NotFound | store::Error::Conflict => {
                    session.fail("UNBAN", "NO_SUCH_BAN", &[asked], "There is no such ban; BANS lists all");
                }
                store::Error::Unavailable(_) => {
                    session.fail(
                        "UNBAN",
                        "TEMPORARILY_UNAVAILABLE",
                        &[asked],
                        "It is still banned, try again",
                    );
                }
            }
        }
    }
}

/// `BANS`
pub(super) async fn bans(session: &mut Session, _message: &Message<'_>) {
    if operator(session).is_none() {
        return;
    }
    let all = session.service.bans.all();
    for ban in &all[all.len().saturating_sub(limits::BANS_SHOWN_MAX)..] {
        let until = ban.expires_at.map_or_else(|| "*".to_owned(), |at| at.to_string());
        let line = Line::new("NOTE").param("BANS").param("BAN").param(&ban.target).param(ban.created_at);
        let line = line.param(until).param(ban.creator.replace(' ', "_"));
        let reason = ban.reason.as_deref().unwrap_or("No reason was given");
        session.send(line.param(cut(reason, REASON_SHOWN_BYTES_MAX)));
    }
    let line = Line::new("NOTE").param("BANS").param("END").param(all.len());
    session.send(line.param("End of the bans; chatctl ban list shows them too"));
}

/// Oneself, if one is an operator; else the reply that one is none.
fn operator(session: &mut Session) -> Option<Arc<User>> {
    let me = session.service.journal.directory().user(session.user()).filter(|user| user.is_operator());
    if me.is_none() {
        session.numeric(n::ERR_NOPRIVILEGES, &[]);
    }
    me
}
