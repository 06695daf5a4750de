//! Signing in, and making an account. Source: IRCv3 sasl-3.2, draft/account-registration.

use crate::auth::{self, Newcomer, Proof};
use crate::journal::Presence;
use crate::names::{AccountName, EmailAddress};
use crate::protocol::numeric as n;
use crate::protocol::sasl::{Assembled, Plain};
use crate::protocol::{Line, Message};
use crate::session::{Email, Exchange, Mechanism, Registration, Session};
use crate::store::accounts::Account;

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
    if has_external(session) { "PLAIN,EXTERNAL" } else { "PLAIN" }
}

/// Whether the connection itself has something to show.
fn has_external(session: &Session) -> bool {
    session.peer.certificate.is_some() || session.peer.token.is_some()
}

fn begin(session: &mut Session, mechanism: &str) {
    if session.account().is_some() {
        return session.numeric(n::ERR_SASLALREADY, &[]);
    }
    let mechanism = match mechanism.to_ascii_uppercase().as_str() {
        "PLAIN" => Mechanism::Plain,
        "EXTERNAL" if has_external(session) => Mechanism::External,
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
    if session.account().is_some() {
        // Registered in the middle of it.
        return session.numeric(n::ERR_SASLALREADY, &[]);
    }
    let service = std::sync::Arc::clone(&session.service);
    let address = session.peer.address;
    let result = match mechanism {
        Mechanism::Plain => match Plain::parse(answer) {
            Some(plain) => service.authenticator.sign_in(&plain, address).await,
            None => return session.numeric(n::ERR_SASLFAIL, &[]),
        },
        Mechanism::External => external(session, &String::from_utf8_lossy(answer)).await,
    };
    match result {
        Ok((account, proof)) => enter(session, &account, proof).await,
        Err(auth::Error::Rejected) => session.numeric(n::ERR_SASLFAIL, &[]),
        Err(error @ (auth::Error::CodeRequired | auth::Error::CodeWrong)) => {
            let is_wrong = error == auth::Error::CodeWrong;
            let code = if is_wrong { "INVALID_CODE" } else { "CODE_REQUIRED" };
            session.fail("AUTHENTICATE", code, &[], &error.to_string());
            session.numeric(n::ERR_SASLFAIL, &[]);
        }
        Err(error) => {
            // Tells clients that the credentials may be right.
            session.fail("AUTHENTICATE", "TEMPORARILY_UNAVAILABLE", &[], &error.to_string());
            session.numeric(n::ERR_SASLFAIL, &[]);
        }
    }
}

/// What the browser keeps comes first: a page asks for it in so many words, while a certificate is shown
/// to every site that wants one.
async fn external(session: &Session, authzid: &str) -> Result<(Account, Proof), auth::Error> {
    let (authenticator, address) = (&session.service.authenticator, session.peer.address);
    if let Some(token) = &session.peer.token {
        match authenticator.by_token(token.reveal(), address).await {
            Ok((account, id))
                if authzid.is_empty() || account.name.as_str().eq_ignore_ascii_case(authzid) =>
            {
                return Ok((account, Proof::Token(id)));
            }
            Ok(_) | Err(auth::Error::Rejected) => {}
            Err(error) => return Err(error),
        }
    }
    let Some(fingerprint) = &session.peer.certificate else { return Err(auth::Error::Rejected) };
    let account = authenticator.external(fingerprint, authzid, address).await?;
    Ok((account, Proof::Certificate))
}

/// The credentials are right; a ban stands against them all the same.
async fn enter(session: &mut Session, account: &Account, proof: Proof) {
    if let Some(ban) = session.service.bans.of_account(&account.name) {
        session.say_banned(&ban);
        return session.numeric(n::ERR_SASLFAIL, &[]);
    }
    match session.sign_in(account, proof).await {
        Ok(()) => {
            session.numeric(n::RPL_SASLSUCCESS, &[]);
            session.settle_in(account).await;
        }
        Err(denied) => {
            session.fail("AUTHENTICATE", "TEMPORARILY_UNAVAILABLE", &[], &denied.to_string());
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
            session.invitation = Some(code);
            session.send(
                Line::new("INVITATION").param("VALID").param(role.as_str()).param("Now REGISTER an account"),
            );
        }
        Err(error) => session.fail("INVITATION", "INVALID", &[], &error.to_string()),
    }
}

/// Why nothing comes of a REGISTER: the code of its specification, and what to do about it.
pub(super) type Refusal = (&'static str, String);

/// `REGISTER <account or *> <email or *> <password>`
pub(super) async fn register(session: &mut Session, message: &Message<'_>) {
    let (wanted, email) = (message.param(0).unwrap_or("*"), message.param(1).unwrap_or("*"));
    let wanted = if wanted == "*" { session.shown_nick().to_owned() } else { wanted.to_owned() };
    match make_account(session, &wanted, email, message.param(2).unwrap_or_default()).await {
        Ok(account) => welcome(session, &account).await,
        Err((code, text)) => session.fail("REGISTER", code, &[&wanted], &text),
    }
}

/// Makes an account of this name for the client, who is not signed in to it yet; `*`: no e-mail
/// address.
pub(super) async fn make_account(
    session: &mut Session,
    wanted: &str,
    email: &str,
    password: &str,
) -> Result<Account, Refusal> {
    check_circumstances(session, wanted)?;
    let newcomer = newcomer(session, wanted, email).await?;
    let service = std::sync::Arc::clone(&session.service);
    let made = service.authenticator.register(newcomer, password, session.peer.address).await;
    let account = made.map_err(|error| (code_of(&error), error.to_string()))?;
    let user = session.user();
    let introduce = Presence::Introduce(account.clone());
    // The writer is there as long as the server is.
    drop(service.journal.submit(session.id, 0, user, introduce).await);
    session.invitation = None;
    Ok(account)
}

/// Whether this client may register anybody at this moment.
fn check_circumstances(session: &Session, wanted: &str) -> Result<(), Refusal> {
    if session.account().is_some() {
        return Err(("ALREADY_AUTHENTICATED", "You are signed in already".into()));
    }
    let policy = session.service.policy();
    if session.registered().is_none() && !policy.registration_before_connect {
        return Err(("COMPLETE_CONNECTION_REQUIRED", "Come in first, then register".into()));
    }
    if wanted == "*" || session.shown_nick() == "*" {
        return Err(("NEED_NICK", "Choose a nick first".into()));
    }
    if session.sasl.is_some() {
        return Err(("TEMPORARILY_UNAVAILABLE", "End signing in first: AUTHENTICATE *".into()));
    }
    let unavailable = |text: &str| Err(("TEMPORARILY_UNAVAILABLE", text.into()));
    match (policy.registration, &session.invitation) {
        (Registration::Closed, invitation) if invitation.is_none() || has_accounts(session) => {
            unavailable("Accounts are made by the administrators of this server")
        }
        (Registration::Invite, None) => {
            unavailable("An invitation is needed: send INVITATION and its code first")
        }
        (Registration::Closed | Registration::Invite | Registration::Open, _) => Ok(()),
    }
}

/// Who is to be registered, once all that was said of them is good.
async fn newcomer(session: &mut Session, wanted: &str, email: &str) -> Result<Newcomer, Refusal> {
    let bad_name = |_| ("BAD_ACCOUNT_NAME", "An account's name follows the rules of a nick".to_owned());
    let name = AccountName::parse(wanted).map_err(bad_name)?;
    if is_held_by_another(session, wanted) {
        return Err(("ACCOUNT_EXISTS", "This name is taken".into()));
    }
    let bad_email = || ("INVALID_EMAIL", "An e-mail address is needed, such as me@example.org".to_owned());
    let email = match (session.service.policy().registration_email, email) {
        (Email::None, _) | (Email::Optional, "*") => None,
        (Email::Optional | Email::Required, text) => {
            Some(EmailAddress::parse(text).map_err(|_| bad_email())?)
        }
    };
    let invitation = session.invitation.clone();
    // An invitation vouches for who comes without the server's password.
    if invitation.is_none()
        && let Err(error) = session.check_server_password().await
    {
        let is_wrong = error == auth::Error::Rejected;
        let text = if is_wrong { n::ERR_PASSWDMISMATCH.text.to_owned() } else { error.to_string() };
        return Err(("TEMPORARILY_UNAVAILABLE", text));
    }
    Ok(Newcomer { name, email, invitation })
}

/// Whether there is anybody who could make accounts; until then the first invitation is good.
pub(super) fn has_accounts(session: &Session) -> bool {
    !session.service.journal.directory().read().accounts.is_empty()
}

/// Whether somebody else goes by this nick, or will when they return.
fn is_held_by_another(session: &Session, name: &str) -> bool {
    let user = session.service.journal.directory().user_by_nick(name);
    user.is_some_and(|user| user.id != session.user())
}

async fn welcome(session: &mut Session, account: &Account) {
    let line = Line::new("REGISTER").param("SUCCESS").param(&account.name);
    session.send(line.param("Account successfully registered"));
    match session.sign_in(account, Proof::Password).await {
        Ok(()) => session.settle_in(account).await,
        Err(denied) => {
            let text = format!("The account is made, but you are not signed in: {denied}");
            session.fail("AUTHENTICATE", "TEMPORARILY_UNAVAILABLE", &[], &text);
        }
    }
}

/// `VERIFY <account> <code>`: this server sends no codes, so none is right.
pub(super) async fn verify(session: &mut Session, message: &Message<'_>) {
    let account = message.param(0).unwrap_or_default();
    let (code, text) = if session.account().is_some() {
        ("ALREADY_AUTHENTICATED", "You are signed in already")
    } else if session.registered().is_none() && !session.service.policy().registration_before_connect {
        ("COMPLETE_CONNECTION_REQUIRED", "Come in first")
    } else {
        ("INVALID_CODE", "Nothing waits to be verified: accounts can be used as soon as they are made")
    };
    session.fail("VERIFY", code, &[account], text);
}

/// The code of IRCv3 draft/account-registration for why no account was made.
fn code_of(error: &auth::Error) -> &'static str {
    match error {
        auth::Error::NameTaken => "ACCOUNT_EXISTS",
        auth::Error::WeakPassword(_) => "WEAK_PASSWORD",
        auth::Error::PasswordTooLong => "UNACCEPTABLE_PASSWORD",
        auth::Error::InvitationInvalid
        | auth::Error::Rejected
        | auth::Error::CodeRequired
        | auth::Error::CodeWrong
        | auth::Error::Throttled { .. }
        | auth::Error::Busy
        | auth::Error::Unavailable(_) => "TEMPORARILY_UNAVAILABLE",
    }
}
