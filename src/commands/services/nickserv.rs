//! NickServ: accounts, for clients without SASL and without REGISTER.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::auth::{self, Proof};
use crate::commands::{account, credential};
use crate::journal::Presence;
use crate::protocol::sasl::Plain;
use crate::session::Session;
use crate::store::accounts::Account;

use super::{Row, Service, row, split};

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    row!("HELP" "[<command>]", 0, 1, nothing, "what can be said here"),
    row!("IDENTIFY" "[<account>] <password> [<code>]", 1, 2, identify, "signs you in; without an account, to that of your nick"),
    row!("LOGIN" "[<account>] <password> [<code>]", 1, 2, identify, "the same as IDENTIFY"),
    row!("REGISTER" "<password> [<e-mail>]", 1, 10, register, "makes an account of your nick, and signs you in"),
    row!("PASSWD" "<old password> <new password>", 2, 10, passwd, "changes your password"),
    row!("DROP" "<password>", 1, 10, erase, "removes your account for good, with your files; what you said stays"),
    row!("INFO" "", 0, 2, info, "what is known of your account"),
    row!("SET" "ALWAYS-ON true|false|default", 2, 2, set, "whether you stay in your rooms when your last connection ends"),
];

fn say(session: &mut Session, text: &str) {
    Service::NickServ.say(session, text);
}

/// HELP is answered before any command is looked up.
async fn nothing(_: &mut Session, _: &str) {}

/// `IDENTIFY [<account>] <password>`
async fn identify(session: &mut Session, rest: &str) {
    if let Some((_, name)) = session.account() {
        let text = format!("You are signed in as {name} already");
        return say(session, &text);
    }
    let (name, password) = match split(rest) {
        (password, "") => (session.shown_nick().to_owned(), password),
        (name, password) => (name.to_owned(), password),
    };
    let plain = Plain { name, password: Zeroizing::new(password.to_owned()) };
    let service = Arc::clone(&session.service);
    match service.authenticator.sign_in(&plain, session.peer.address).await {
        Ok((account, proof)) => enter(session, &account, proof).await,
        Err(auth::Error::Rejected) => {
            say(
                session,
                "Wrong account or password. If your nick is not that of your account: IDENTIFY <account> <password>",
            );
        }
        Err(error @ (auth::Error::CodeRequired | auth::Error::CodeWrong)) => {
            say(session, &format!("Not signed in: {error}. Say IDENTIFY <account> <password> <code>"));
        }
        Err(error) => say(session, &error.to_string()),
    }
}

/// The credentials are right; a ban stands against them all the same.
async fn enter(session: &mut Session, account: &Account, proof: Proof) {
    if let Some(ban) = session.service.bans.of_account(&account.name) {
        session.say_banned(&ban);
        return say(session, "This account is banned");
    }
    match session.sign_in(account, proof).await {
        Ok(()) => {
            say(session, &format!("You are signed in as {} now", account.name));
            session.settle_in(account).await;
        }
        Err(denied) => say(session, &format!("You are not signed in: {denied}")),
    }
}

/// `REGISTER <password> [<e-mail>]`
async fn register(session: &mut Session, rest: &str) {
    let (password, email) = split(rest);
    let nick = session.shown_nick().to_owned();
    let email = if email.is_empty() { "*" } else { email };
    match account::make_account(session, &nick, email, password).await {
        Ok(account) => {
            say(session, &format!("There is an account {} now, and it is yours", account.name));
            enter(session, &account, Proof::Password).await;
        }
        Err((_, text)) => say(session, &text),
    }
}

/// `PASSWD <old password> <new password>`
async fn passwd(session: &mut Session, rest: &str) {
    let (old, new) = split(rest);
    let secret = |text: &str| Zeroizing::new(text.to_owned());
    match credential::change_password(session, secret(old), secret(new)).await {
        Ok(()) => say(
            session,
            "Your password is changed. Your other connections by the old one ended; tokens and certificates stay",
        ),
        Err((_, text)) => say(session, &text),
    }
}

/// `DROP <password>`
async fn erase(session: &mut Session, password: &str) {
    let password = Zeroizing::new(password.to_owned());
    match credential::erase_account(session, password).await {
        // Who hears it has no session any more; it is for the moment between.
        Ok(()) => say(session, "Your account is removed"),
        Err((_, text)) => say(session, &text),
    }
}

/// `INFO`
async fn info(session: &mut Session, _: &str) {
    let Some(account) = own_account(session).await else { return };
    let setting = match account.always_on {
        Some(true) => "true",
        Some(false) => "false",
        None => "default",
    };
    let email = account.email.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    for text in [
        format!("Account: {}", account.name),
        format!("Made: {}", account.created_at),
        format!("E-mail address: {email}"),
        format!("ALWAYS-ON: {setting}"),
    ] {
        say(session, &text);
    }
}

/// `SET ALWAYS-ON true|false|default`
async fn set(session: &mut Session, rest: &str) {
    let (what, value) = split(rest);
    if !what.eq_ignore_ascii_case("ALWAYS-ON") {
        return say(session, "There is nothing else to set: SET ALWAYS-ON true|false|default");
    }
    let always_on = match value.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" => Some(true),
        "false" | "off" | "no" => Some(false),
        "default" => None,
        _ => return say(session, "Say SET ALWAYS-ON true, false or default"),
    };
    let Some((account, _)) = session.account().cloned() else { return not_signed_in(session) };
    let journal = session.service.journal.clone();
    let presence = Presence::SetAlwaysOn { account, always_on };
    let text = match journal.submit(session.id, 0, session.user(), presence).await {
        Ok(_) => match always_on {
            Some(true) => "You stay in your rooms when your last connection ends".to_owned(),
            Some(false) => "You leave your rooms when your last connection ends".to_owned(),
            None => "You do what this server does by default".to_owned(),
        },
        Err(denied) => format!("Nothing has changed: {denied}"),
    };
    say(session, &text);
}

async fn own_account(session: &mut Session) -> Option<Account> {
    let Some((_, name)) = session.account().cloned() else {
        not_signed_in(session);
        return None;
    };
    match session.service.store.account(&name).await {
        Ok(account) => Some(account),
        Err(error) => {
            tracing::warn!(%error, "an account can't be shown");
            say(session, "Accounts are unavailable at the moment; try again");
            None
        }
    }
}

fn not_signed_in(session: &mut Session) {
    say(session, "You are not signed in: IDENTIFY <account> <password>");
}
