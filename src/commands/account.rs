//! Signing in, and making an account. Source: IRCv3 sasl-3.2, draft/account-registration.

use crate::auth;
use crate::journal::Presence;
use crate::names::AccountName;
use crate::protocol::numeric as n;
use crate::protocol::sasl::{Assembled, Plain};
use crate::protocol::{Line, Message};
use crate::session::{Exchange, Mechanism, Registration, Session};
use crate::store::accounts::{Account, AccountRole};

/// `AUTHENTICATE <mechanism>`, then `AUTHENTICATE <chunk>`…
pub(super) async fn authenticate(session: &mut Session, message: &Message<'_>) {
    let param = message.param(0).unwrap_or_default();
    if param == "*" {
        session.sasl = None;
        return session.numeric(n::ERR_SASLABORTED, &[]);
    }
    let Some(mut exchange) = session.sasl.take() else { return begin(session, param) };
    match exchange.answer.push(param) {
        Assembled::More => session.sasl = Some(exchange),
        Assembled::ChunkTooLong => session.numeric(n::ERR_SASLTOOLONG, &[]),
        Assembled::Invalid => session.numeric(n::ERR_SASLFAIL, &[]),
        Assembled::Complete(answer) => finish(session, exchange.mechanism, &answer).await,
    }
}

/// The SASL mechanisms that this client can use.
pub(super) fn mechanisms(session: &Session) -> &'static str {
    if session.peer.certificate.is_some() { "PLAIN,EXTERNAL" } else { "PLAIN" }
}

fn begin(session: &mut Session, mechanism: &str) {
    if session.account().is_some() {
        return session.numeric(n::ERR_SASLALREADY, &[]);
    }
    if session.registered().is_some() {
        // A guest who wants to be somebody connects anew: an account is a person from the start.
        return session.numeric(n::ERR_SASLFAIL, &[]);
    }
    let mechanism = match mechanism.to_ascii_uppercase().as_str() {
        "PLAIN" => Mechanism::Plain,
        "EXTERNAL" if session.peer.certificate.is_some() => Mechanism::External,
        _ => {
            session.numeric(n::RPL_SASLMECHS, &[mechanisms(session)]);
            return session.numeric(n::ERR_SASLFAIL, &[]);
        }
    };
    session.sasl = Some(Exchange { mechanism, answer: Default::default() });
    // Without a source, as clients have come to expect.
    session.send(Line::new("AUTHENTICATE").param("+"));
}

async fn finish(session: &mut Session, mechanism: Mechanism, answer: &[u8]) {
    let service = std::sync::Arc::clone(&session.service);
    let address = session.peer.address;
    let result = match mechanism {
        Mechanism::Plain => match Plain::parse(answer) {
            Some(plain) => service.authenticator.plain(&plain, address).await,
            None => return session.numeric(n::ERR_SASLFAIL, &[]),
        },
        Mechanism::External => {
            let authzid = String::from_utf8_lossy(answer).into_owned();
            let fingerprint = session.peer.certificate.clone().unwrap_or_default();
            service.authenticator.external(&fingerprint, &authzid, address).await
        }
    };
    match result {
        Ok(account) => match service.bans.of_account(&account.name) {
            None => {
                session.sign_in(&account);
                session.numeric(n::RPL_SASLSUCCESS, &[]);
            }
            Some(ban) => {
                session.say_banned(&ban);
                session.numeric(n::ERR_SASLFAIL, &[]);
            }
        },
        Err(auth::Error::Rejected) => session.numeric(n::ERR_SASLFAIL, &[]),
        Err(error) => {
            // Tells clients that the credentials may be right.
            session.fail("AUTHENTICATE", "TEMPORARILY_UNAVAILABLE", &[], &error.to_string());
            session.numeric(n::ERR_SASLFAIL, &[]);
        }
    }
}

/// `INVITATION <code>`: shows an invitation, for a REGISTER that follows. Our own command.
pub(super) async fn invitation(session: &mut Session, message: &Message<'_>) {
    let code = message.param(0).unwrap_or_default().to_owned();
    let service = std::sync::Arc::clone(&session.service);
    match service.authenticator.check_invitation(&code, session.peer.address).await {
        Ok(role) => {
            if let Some(registering) = session.registering() {
                registering.invitation = Some(code);
            }
            let role = match role {
                AccountRole::Admin => "admin",
                AccountRole::Member => "member",
            };
            session.send(Line::new("INVITATION").param("VALID").param(role).param("Now REGISTER an account"));
        }
        Err(error) => session.fail("INVITATION", "INVALID", &[], &error.to_string()),
    }
}

/// `REGISTER <account or *> <email or *> <password>`
pub(super) async fn register(session: &mut Session, message: &Message<'_>) {
    let (wanted, password) = (message.param(0).unwrap_or("*"), message.param(2).unwrap_or_default());
    let wanted = if wanted == "*" { session.shown_nick().to_owned() } else { wanted.to_owned() };
    if session.account().is_some() {
        let text = "You are signed in already";
        return session.fail("REGISTER", "ALREADY_AUTHENTICATED", &[&wanted], text);
    }
    if wanted == "*" {
        return session.fail("REGISTER", "NEED_NICK", &["*"], "Choose a nick first");
    }
    let Some(registering) = session.registering() else {
        let text = "Connect anew and register before you enter";
        return session.fail("REGISTER", "TEMPORARILY_UNAVAILABLE", &[&wanted], text);
    };
    let invitation = registering.invitation.clone();
    let Ok(name) = AccountName::parse(&wanted) else {
        let text = "An account's name follows the rules of a nick";
        return session.fail("REGISTER", "BAD_ACCOUNT_NAME", &[&wanted], text);
    };
    if is_held_by_somebody(session, &wanted) {
        return session.fail("REGISTER", "ACCOUNT_EXISTS", &[&wanted], "This name is taken");
    }
    let service = std::sync::Arc::clone(&session.service);
    let invitation = match (service.registration, invitation) {
        (Registration::Closed, invitation) if invitation.is_none() || has_accounts(session) => {
            let text = "Accounts are made by the administrators of this server";
            return session.fail("REGISTER", "TEMPORARILY_UNAVAILABLE", &[&wanted], text);
        }
        (Registration::Invite, None) => {
            let text = "An invitation is needed: send INVITATION and its code first";
            return session.fail("REGISTER", "TEMPORARILY_UNAVAILABLE", &[&wanted], text);
        }
        (_, invitation) => invitation,
    };
    let made =
        service.authenticator.register(&name, password, invitation.as_deref(), session.peer.address).await;
    match made {
        Ok(account) => welcome(session, &account).await,
        Err(error) => session.fail("REGISTER", code_of(&error), &[&wanted], &error.to_string()),
    }
}

/// Whether there is anybody who could make accounts; until then the first invitation is good.
fn has_accounts(session: &Session) -> bool {
    !session.service.journal.directory().read().accounts.is_empty()
}

/// Whether somebody goes by this nick, or will when they return.
fn is_held_by_somebody(session: &Session, name: &str) -> bool {
    let user = session.service.journal.directory().user_by_nick(name);
    user.is_some()
}

async fn welcome(session: &mut Session, account: &Account) {
    let user = session.user();
    let journal = session.service.journal.clone();
    // The writer is there as long as the server is.
    drop(journal.submit(session.id, 0, user, Presence::Introduce(account.clone())).await);
    let line = Line::new("REGISTER").param("SUCCESS").param(&account.name);
    session.send(line.param("Account successfully registered"));
    session.sign_in(account);
}

/// The code of IRCv3 draft/account-registration for why no account was made.
fn code_of(error: &auth::Error) -> &'static str {
    match error {
        auth::Error::NameTaken => "ACCOUNT_EXISTS",
        auth::Error::WeakPassword { .. } => "WEAK_PASSWORD",
        auth::Error::PasswordTooLong => "UNACCEPTABLE_PASSWORD",
        auth::Error::InvitationInvalid
        | auth::Error::Rejected
        | auth::Error::Throttled { .. }
        | auth::Error::Busy
        | auth::Error::Unavailable(_) => "TEMPORARILY_UNAVAILABLE",
    }
}
