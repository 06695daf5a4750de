//! The audit log's rows of what is done over IRC: one before each deed, and what came of it after.
//!
//! What can't be written down is not done. Never holds a password, a token or a message.

use std::sync::Arc;

use crate::ids::UserId;
use crate::journal::User;
use crate::limits;
use crate::session::{Session, cut};
use crate::store::audit::{Deed, Outcome};

/// Writes down what is about to be done, or tells the client that it is not, by the name of its command.
pub(super) async fn begin(
    session: &mut Session,
    command: &'static str,
    action: &'static str,
    target: Option<String>,
    detail: Option<String>,
) -> Option<u64> {
    let deed = deed(session, action, target, detail);
    tracing::info!(who = deed.who, action, target = deed.target, "a deed for the audit log");
    let service = Arc::clone(&session.service);
    match service.store.record(deed, Outcome::Begun).await {
        Ok(entry) => Some(entry),
        Err(error) => {
            tracing::error!(%error, action, "not done, for the audit log can't be written");
            let text = "Nothing was done: the audit log can't be written; try again";
            session.fail(command, "TEMPORARILY_UNAVAILABLE", &[], text);
            None
        }
    }
}

/// Notes what came of it. It was done whether or not this works.
pub(super) async fn end(session: &Session, entry: u64, outcome: Outcome) {
    if let Err(error) = session.service.store.set_outcome(entry, outcome).await {
        tracing::error!(%error, entry, ?outcome, "the audit log does not know what came of it");
    }
}

/// A row of the log.
pub(super) fn deed(session: &Session, action: &str, target: Option<String>, detail: Option<String>) -> Deed {
    let me = session.service.journal.directory().user(session.user());
    let who = match (me, session.account()) {
        (Some(me), _) => name_of(session, &me),
        // It has signed in, and is not in yet.
        (None, Some((_, account))) => account.to_string(),
        (None, None) => session.shown_nick().to_owned(),
    };
    let at = session.service.clock.now();
    let detail = detail.map(|detail| cut(&detail, limits::AUDIT_TEXT_BYTES_MAX).to_owned());
    Deed { at, who, action: action.to_owned(), target, detail }
}

/// The account; of a guest the nick, and whose password made an operator of them.
pub(super) fn name_of(session: &Session, me: &User) -> String {
    let directory = session.service.journal.directory();
    let by = me.operator_by.and_then(|id| directory.user(UserId::Account(id)));
    let by = by.and_then(|user| user.author.account.clone());
    match (&me.author.account, by) {
        (Some(account), Some(by)) if *account != by => format!("{account} (as {by})"),
        (Some(account), _) => account.to_string(),
        (None, Some(by)) => format!("{} (guest, as {by})", me.author.nick),
        (None, None) => format!("{} (guest)", me.author.nick),
    }
}
