//! Registration: from the first line to being in.
//!
//! Source: modern.ircdocs.horse, connection registration; IRCv3 capability-negotiation.

use std::collections::HashMap;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::auth;
use crate::clock::Timestamp;
use crate::ids::{AccountId, UserId};
use crate::journal::{Absence, Attach, Outcome, Presence};
use crate::limits;
use crate::names::{AccountName, Nick};
use crate::protocol::numeric as n;
use crate::room::Denied;

use super::{Registered, Session, Stage};

/// What a client has said of itself so far.
#[derive(Default)]
pub struct Registering {
    /// The nick it wants.
    pub nick: Option<Nick>,
    /// User name and real name.
    pub user: Option<(String, String)>,
    /// Whether it negotiates capabilities; registration waits for the end of that.
    pub negotiating: bool,
    /// The account it signed in to.
    pub account: Option<(AccountId, AccountName)>,
    /// Whether this is that account's first visit.
    pub is_first_visit: bool,
    /// Whether anybody looks at it; said before it is in.
    pub absence: Absence,
    /// The server's password, as the client has it; not looked at yet.
    pub password: Option<Zeroizing<String>>,
    /// Whether it has shown the server's password.
    pub knows_password: bool,
}

impl std::fmt::Debug for Registering {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registering").field("nick", &self.nick).finish_non_exhaustive()
    }
}

impl Session {
    /// What it has said of itself; `None` once it is in.
    pub fn registering(&mut self) -> Option<&mut Registering> {
        match &mut self.stage {
            Stage::Registering(registering) => Some(registering),
            Stage::Registered(_) => None,
        }
    }

    /// Lets the client in if it has said all it must.
    pub async fn try_register(&mut self) {
        let Some(registering) = self.registering() else { return };
        let (Some(nick), Some((user, real_name))) = (registering.nick.clone(), registering.user.clone())
        else {
            return;
        };
        if registering.negotiating {
            return;
        }
        let (account, is_first_visit) = (registering.account.clone(), registering.is_first_visit);
        let absence = registering.absence.clone();
        if self.sasl.take().is_some() {
            self.numeric(n::ERR_SASLABORTED, &[]);
        }
        if account.is_none() && !self.service.guests {
            let text = "This server admits nobody without an account: sign in with SASL";
            self.fail("*", "ACCOUNT_REQUIRED", &[], text);
            return self.close("An account is required");
        }
        if account.is_none()
            && let Err(error) = self.check_server_password().await
        {
            self.numeric(n::ERR_PASSWDMISMATCH, &[]);
            let is_wrong = error == auth::Error::Rejected;
            return self.close(if is_wrong { "Bad password".to_owned() } else { error.to_string() });
        }
        let nick = if account.is_none() { self.guest_nick(nick) } else { nick };
        let attach = Attach {
            inbox: Arc::clone(&self.inbox),
            account: account.as_ref().map(|(id, _)| *id),
            nick: nick.clone(),
            user,
            real_name,
            host: self.service.guest_host(self.peer.address),
            is_secure: self.peer.secure,
            absence,
        };
        let journal = self.service.journal.clone();
        let asker = UserId::Guest(self.id);
        match journal.submit(self.id, self.command, asker, Presence::Attach(attach)).await {
            Ok(Outcome::Attached(attached)) => {
                let user = Arc::clone(&attached.user);
                let nick = user.author.nick.clone();
                self.stage =
                    Stage::Registered(Registered { user: user.id, nick, account, markers: HashMap::new() });
                self.stranger = None;
                self.burst(*attached, is_first_visit).await;
            }
            Ok(Outcome::Unchanged | Outcome::Changed | Outcome::Entered { .. } | Outcome::Watching(_)) => {}
            Err(denied) => {
                if let Some(registering) = self.registering() {
                    registering.nick = None;
                }
                if denied == Denied::NotConnected {
                    return self.close("This account no longer exists");
                }
                self.refuse("NICK", nick.as_str(), &denied);
            }
        }
    }

    /// Whether a client without an account has shown the server's password, if there is one. Asked
    /// only once for each that it shows.
    ///
    /// # Errors
    /// [`auth::Error`]; [`auth::Error::Rejected`] if it has shown none, or a wrong one.
    pub async fn check_server_password(&mut self) -> Result<(), auth::Error> {
        let Some(hash) = self.service.policy().server_password_hash.clone() else { return Ok(()) };
        let address = self.peer.address;
        let Some(registering) = self.registering() else { return Ok(()) };
        if registering.knows_password {
            return Ok(());
        }
        let Some(password) = registering.password.take() else { return Err(auth::Error::Rejected) };
        self.service.authenticator.server_password(password, hash, address).await?;
        if let Some(registering) = self.registering() {
            registering.knows_password = true;
        }
        Ok(())
    }

    /// A guest who asks for the bare prefix is called by their port.
    fn guest_nick(&self, nick: Nick) -> Nick {
        if nick.as_str().eq_ignore_ascii_case(&self.service.guest_prefix) {
            Nick::parse(&format!("{}{}", self.service.guest_prefix, self.peer.port)).unwrap_or(nick)
        } else {
            nick
        }
    }

    /// Takes the session out of the journal's sight.
    pub(super) async fn leave(&mut self, reason: &str) {
        let Stage::Registered(registered) = &self.stage else { return };
        let (user, account) = (registered.user, registered.account.clone());
        let journal = self.service.journal.clone();
        let detach = Presence::Detach { reason: reason.to_owned() };
        // An error means that somebody else took it out before.
        drop(journal.submit(self.id, self.command, user, detach).await);
        self.has_left = true;
        if let Some((account, _)) = account {
            // What came after its last word may not have reached it.
            self.note_seen(account, self.heard_at).await;
        }
    }

    /// Notes when the account was last here, for what it must be shown when it returns.
    pub(super) async fn note_seen(&self, account: AccountId, at: Timestamp) {
        if let Err(error) = self.service.store.set_seen(account, at).await {
            tracing::debug!(%error, "the time of the last visit is not noted");
        }
    }
}

impl Drop for Session {
    /// A session that ended by a panic leaves nobody behind who seems to be there.
    fn drop(&mut self) {
        let Stage::Registered(registered) = &self.stage else { return };
        if self.has_left || tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        tracing::error!(session.id = %self.id, "the session broke off");
        let (journal, id, user) = (self.service.journal.clone(), self.id, registered.user);
        tokio::spawn(async move {
            let detach = Presence::Detach { reason: "Internal error".into() };
            drop(journal.submit(id, 0, user, detach).await);
        });
    }
}

/// A user name that can be shown: printable ASCII without `@`, `!` and spaces, cut to length.
#[must_use]
pub fn user_name(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    let kept: String = text.chars().filter(|c| allowed(*c)).take(limits::USER_BYTES_MAX).collect();
    if kept.is_empty() { "user".into() } else { kept }
}

/// The longest beginning of a text that has at most so many bytes and cuts no character.
#[must_use]
pub fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}
