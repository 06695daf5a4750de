//! One's own second factor: added, confirmed by a code, removed. Our own command: docs/extensions.md (TOTP).
//!
//! The secret and the recovery codes are told once, to their owner.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::auth::{self, Proof};
use crate::protocol::numeric as n;
use crate::protocol::{Line, Message};
use crate::session::Session;
use crate::store::accounts::Account;
use crate::store::audit::Outcome;

use super::audit;
use super::credential::decoded;

/// `TOTP STATUS`, `TOTP ADD <password>`, `TOTP CONFIRM <code>`, `TOTP REMOVE <password> <code>`. Our own command.
pub(super) async fn totp(session: &mut Session, message: &Message<'_>) {
    let Some((_, name)) = session.account().cloned() else {
        let text = "A second factor belongs to an account: sign in first";
        return session.fail("TOTP", "ACCOUNT_REQUIRED", &[], text);
    };
    let account = match session.service.store.account(&name).await {
        Ok(account) => account,
        Err(error) => return unavailable(session, &error),
    };
    let what = message.param(0).unwrap_or_default().to_ascii_uppercase();
    match (what.as_str(), message.param(1), message.param(2)) {
        ("STATUS", ..) => status(session, &account).await,
        ("ADD", Some(_), _) => match decoded(message, 1) {
            Some(password) => add(session, &account, password).await,
            None => misencoded(session),
        },
        ("CONFIRM", Some(code), _) => confirm(session, &account, code).await,
        ("REMOVE", Some(_), Some(code)) => match decoded(message, 1) {
            Some(password) => remove(session, &account, &password, code).await,
            None => misencoded(session),
        },
        ("ADD" | "CONFIRM" | "REMOVE", ..) => session.numeric(n::ERR_NEEDMOREPARAMS, &["TOTP"]),
        _ => {
            let text = "There are STATUS, ADD, CONFIRM and REMOVE";
            session.fail("TOTP", "UNKNOWN_SUBCOMMAND", &[], text);
        }
    }
}

async fn status(session: &mut Session, account: &Account) {
    match session.service.store.second_factor(account.id).await {
        Ok(Some(factor)) if factor.in_force => {
            let line = Line::new("TOTP").param("ON").param(factor.recovery_codes);
            session.send(line.param("Signing in takes a code; so many recovery codes are left"));
        }
        Ok(_) => session.send(Line::new("TOTP").param("OFF").param("Signing in takes no code")),
        Err(error) => unavailable(session, &error),
    }
}

async fn add(session: &mut Session, account: &Account, password: Zeroizing<String>) {
    let service = Arc::clone(&session.service);
    let begun = service.authenticator.begin_second_factor(account, password, session.peer.address).await;
    match begun {
        Ok(secret) => {
            let uri = secret.to_uri(&service.network_name, account.name.as_str());
            let line = Line::new("TOTP").param("SECRET").param(secret.to_base32().as_str());
            let text = "Give it to the app that makes your codes, then TOTP CONFIRM <code>";
            session.send(line.param(uri.as_str()).param(text));
        }
        Err(auth::Error::CodeRequired | auth::Error::CodeWrong) => {
            session.fail("TOTP", "ALREADY_ON", &[], "There is one already: TOTP REMOVE it first");
        }
        Err(error) => refuse(session, &error),
    }
}

async fn confirm(session: &mut Session, account: &Account, code: &str) {
    let target = Some(account.name.to_string());
    let Some(entry) = audit::begin(session, "TOTP", "add_totp", target, None).await else { return };
    let service = Arc::clone(&session.service);
    match service.authenticator.confirm_second_factor(account, code).await {
        Ok(codes) => {
            audit::end(session, entry, Outcome::Done).await;
            if session.proof == Some(Proof::Password) {
                session.proof = Some(Proof::PasswordAndCode);
            }
            for code in &codes {
                let line = Line::new("TOTP").param("RECOVERY").param(code.as_str());
                session.send(line.param("Good once in the place of a code; keep it on paper"));
            }
            let line = Line::new("TOTP").param("ON").param(codes.len());
            session.send(line.param("Signing in by the password takes a code from now on; tokens take none"));
        }
        Err(error) => {
            audit::end(session, entry, Outcome::Failed).await;
            refuse(session, &error);
        }
    }
}

async fn remove(session: &mut Session, account: &Account, password: &str, code: &str) {
    let target = Some(account.name.to_string());
    let Some(entry) = audit::begin(session, "TOTP", "remove_totp", target, None).await else { return };
    let service = Arc::clone(&session.service);
    let address = session.peer.address;
    match service.authenticator.remove_second_factor(account, password, code, address).await {
        Ok(()) => {
            audit::end(session, entry, Outcome::Done).await;
            session.send(Line::new("TOTP").param("OFF").param("Signing in takes no code any more"));
        }
        Err(error) => {
            audit::end(session, entry, Outcome::Failed).await;
            refuse(session, &error);
        }
    }
}

fn misencoded(session: &mut Session) {
    session.fail("TOTP", "INVALID_ENCODING", &[], "The password must be UTF-8 in base64");
}

fn unavailable(session: &mut Session, error: &crate::store::Error) {
    tracing::error!(%error, "a second factor can't be looked at");
    let text = "Accounts are unavailable at the moment; try again";
    session.fail("TOTP", "TEMPORARILY_UNAVAILABLE", &[], text);
}

fn refuse(session: &mut Session, error: &auth::Error) {
    let code = match error {
        auth::Error::Rejected => {
            return session.fail("TOTP", "WRONG_PASSWORD", &[], "This is not your password");
        }
        auth::Error::CodeRequired | auth::Error::CodeWrong => "INVALID_CODE",
        auth::Error::NameTaken
        | auth::Error::InvitationInvalid
        | auth::Error::WeakPassword(_)
        | auth::Error::PasswordTooLong
        | auth::Error::Throttled { .. }
        | auth::Error::Busy
        | auth::Error::Unavailable(_) => "TEMPORARILY_UNAVAILABLE",
    };
    session.fail("TOTP", code, &[], &error.to_string());
}
