//! How the server is, in numbers.

use std::fmt;

use crate::ids::UserId;
use crate::limits;

use super::Context;
use super::error::Error;
use super::response::Response;
use super::view::{self, Moment};

/// What a running server knows of itself that is in neither store nor journal.
pub trait Insight: fmt::Debug + Send + Sync {
    /// All metrics, as Prometheus reads them.
    fn metrics(&self) -> String;
    /// What an operator should look at now.
    fn warnings(&self) -> Vec<view::Warning>;
}

pub(super) async fn status(context: &Context) -> Result<Response, Error> {
    let accounts = context.store.accounts().await?;
    let counts = context.journal.metrics().counts();
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
        commits: counts.commits,
        entries: counts.entries,
        failed_commits: counts.failures,
        fingerprint: context.certificate.fingerprint(),
        certificate_expires_at: context.certificate.expires_at(),
        certificate_failure: context.certificate.failure(),
        warnings: running.map(|running| running.insight.warnings()).unwrap_or_default(),
    }))
}

/// All that changes from second to second. Costs no query.
pub(super) fn metrics(context: &Context) -> Result<Response, Error> {
    let Some(running) = &context.running else {
        return Err(Error::failed("no server runs here", "start it: a stopped one has nothing to measure"));
    };
    Ok(Response::Metrics(view::Metrics {
        started_at: Moment(running.started_at),
        page: running.insight.metrics(),
        warnings: running.insight.warnings(),
        rooms: lively_rooms(context),
    }))
}

/// The rooms in which somebody said something within a minute, direct conversations not among them.
fn lively_rooms(context: &Context) -> Vec<view::LivelyRoom> {
    const MINUTE_MS: i64 = 60_000;
    let since = context.clock.now().after_ms(-MINUTE_MS);
    let world = context.journal.directory().read();
    let heads = world.heads.iter().filter(|(_, head)| head.message_at.is_some_and(|at| at >= since));
    let rooms = heads.filter_map(|(id, head)| Some((world.rooms.get(id)?.name()?, head)));
    let rooms = rooms.take(limits::ADMIN_LIVELY_ROOMS_MAX);
    rooms.map(|(name, head)| view::LivelyRoom { name: name.to_string(), entries: head.seq.0 }).collect()
}
