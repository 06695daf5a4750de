//! Everything that an account said, one JSON object a line, as it is read from the store.
//!
//! Holds one step of it in memory, whoever reads however slowly.

use std::sync::{Arc, LazyLock};

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Duration, Instant};

use crate::limits;
use crate::session::Service;
use crate::store;
use crate::store::accounts::Account;
use crate::web::{Deadline, Problem};

use super::rate_limit::RateLimited;
use super::view::Message;

static PLACES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(limits::EXPORTS_MAX)));

/// What it costs, in commands: all of the journal is gone through.
const COST: u32 = 20;

/// How long one step of it may take to be read.
const STEP_MAX: Duration = Duration::from_secs(60);

/// An export under way.
struct Export {
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
    caller.spend(COST, &service.limits)?;
    let gone = |_| Problem::from(crate::room::Denied::Unavailable);
    let place = Arc::clone(&PLACES).acquire_owned().await.map_err(gone)?;
    let export = Export { service, account: caller.account, next: Some(0), deadline, _place: place };
    let lines = stream::unfold(export, |mut export| async move {
        let step = export.step().await?;
        Some((step, export))
    });
    let fields = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"messages.jsonl\""),
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
                let mut lines = Vec::new();
                for entry in &entries {
                    let target = entry.target.as_ref();
                    let room = if target.starts_with('#') { target.to_owned() } else { format!("@{target}") };
                    if let Some(message) = Message::of_entry(entry, room) {
                        // It is text and numbers: there is nothing that can't be written.
                        drop(serde_json::to_writer(&mut lines, &message));
                        lines.push(b'\n');
                    }
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
