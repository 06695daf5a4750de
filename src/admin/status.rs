//! How the server is, in numbers.

use crate::ids::UserId;

use super::Context;
use super::error::Error;
use super::request::Response;
use super::view::{self, Moment};

pub(super) async fn status(context: &Context) -> Result<Response, Error> {
    let accounts = context.store.accounts().await?;
    let (commits, entries, failed_commits) = context.journal.metrics().counts();
    let world = context.journal.directory().read();
    let online = |guests: bool| {
        let users = world.users.values();
        users.filter(move |user| user.is_online() && matches!(user.id, UserId::Guest(_)) == guests).count()
    };
    let named = world.rooms.values().filter(|room| room.name().is_some()).count();
    let running = context.running.as_ref();
    Ok(Response::Status(view::Status {
        running: running.is_some(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: running.map(|_| std::process::id()),
        started_at: running.map(|running| Moment(running.started_at)),
        addresses: running.map(|running| running.addresses.clone()).unwrap_or_default(),
        sessions: world.users.values().map(|user| user.sessions.len()).sum(),
        accounts_online: online(false),
        guests: online(true),
        accounts: accounts.len(),
        suspended: accounts.iter().filter(|account| account.suspended).count(),
        rooms: named,
        conversations: world.rooms.len() - named,
        commits,
        entries,
        failed_commits,
        fingerprint: context.certificate.fingerprint(),
    }))
}
