//! Everything that an account said, or all that there is of it, one JSON object a line, as it is read from the store.
//!
//! Holds one step of it in memory, whoever reads however slowly.

use std::sync::{Arc, LazyLock};

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Duration, Instant};

use crate::limits;
use crate::session::Service;
use crate::store;
use crate::store::accounts::Account;
use crate::web::{Deadline, Problem};

use super::person;
use super::rate_limit::RateLimited;

static PLACES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(limits::EXPORTS_MAX)));

/// What it costs, in commands: all of the journal is gone through.
const COST: u32 = 20;

/// How long one step of it may take to be read.
const STEP_MAX: Duration = Duration::from_secs(60);

/// What of somebody is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    /// What they said.
    Messages,
    /// All that the server has of them.
    Everything,
}

/// An export under way.
struct Export {
    /// What stands in front, until it is read.
    front: Vec<Value>,
    service: Arc<Service>,
    account: Account,
    /// Where it goes on; `None`: it is done.
    next: Option<u64>,
    /// Goes on as long as somebody reads.
    deadline: Deadline,
    _place: OwnedSemaphorePermit,
}

/// `GET /api/me/messages`
pub(super) async fn messages(
    State(service): State<Arc<Service>>,
    Extension(deadline): Extension<Deadline>,
    caller: RateLimited,
) -> Result<Response, Problem> {
    export(service, deadline, caller, Whole::Messages).await
}

/// `GET /api/me/export`
pub(super) async fn everything(
    State(service): State<Arc<Service>>,
    Extension(deadline): Extension<Deadline>,
    caller: RateLimited,
) -> Result<Response, Problem> {
    export(service, deadline, caller, Whole::Everything).await
}

async fn export(
    service: Arc<Service>,
    deadline: Deadline,
    caller: RateLimited,
    whole: Whole,
) -> Result<Response, Problem> {
    caller.spend(COST, &service.limits)?;
    let gone = |_| Problem::from(crate::room::Denied::Unavailable);
    let place = Arc::clone(&PLACES).acquire_owned().await.map_err(gone)?;
    let front = match whole {
        Whole::Messages => Vec::new(),
        Whole::Everything => {
            let about = person::about(&service.journal, &service.store, &caller.account).await;
            about.map_err(|error| {
                tracing::error!(%error, "an export can't be made");
                Problem::from(crate::room::Denied::Unavailable)
            })?
        }
    };
    let account = caller.account;
    let export = Export { front, service, account, next: Some(0), deadline, _place: place };
    let lines = stream::unfold(export, |mut export| async move {
        let step = export.step().await?;
        Some((step, export))
    });
    let file = match whole {
        Whole::Messages => "attachment; filename=\"messages.jsonl\"",
        Whole::Everything => "attachment; filename=\"export.jsonl\"",
    };
    let fields = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, file),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((fields, Body::from_stream(lines)).into_response())
}

impl Export {
    /// The next lines, possibly none; nothing at the end. An error breaks the answer off, so that
    /// nobody takes a part for the whole.
    async fn step(&mut self) -> Option<Result<Bytes, store::Error>> {
        let after = self.next.take()?;
        self.deadline.extend(Instant::now() + STEP_MAX);
        let Account { name, created_at, .. } = &self.account;
        match self.service.store.said_by(name, *created_at, after).await {
            Ok((entries, next)) => {
                self.next = next;
                let mut lines = String::new();
                for line in self.front.drain(..).chain(entries.iter().filter_map(person::said)) {
                    lines.push_str(&line.to_string());
                    lines.push('\n');
                }
                Some(Ok(lines.into()))
            }
            Err(error) => {
                tracing::error!(%error, "an export of messages broke off");
                Some(Err(error))
            }
        }
    }
}
