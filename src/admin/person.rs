//! One person: all that the server has of them, and all of that erased.

use crate::commands::{self, Eraser};
use crate::names::AccountName;
use crate::web;

use super::error::Error;
use super::response::Response;
use super::view::{self, Moment};
use super::{Context, people};

/// The lines of one step; the first has all but what they said.
pub(super) async fn export(
    context: &Context,
    name: &AccountName,
    after: Option<u64>,
) -> Result<Response, Error> {
    let account = people::find(context, name).await?;
    let Some(after) = after else {
        let lines = web::person::about(&context.journal, &context.store, &account).await?;
        return Ok(Response::Exported(view::Exported { lines, next: Some(0) }));
    };
    let (entries, next) = context.store.said_by(&account.name, account.created_at, after).await?;
    let lines = entries.iter().filter_map(web::person::said).collect();
    Ok(Response::Exported(view::Exported { lines, next }))
}

pub(super) async fn erase(
    context: &Context,
    name: &AccountName,
    with_messages: bool,
) -> Result<Response, Error> {
    let account = people::find(context, name).await?;
    let Context { journal, store, clock, .. } = context;
    let erased = Eraser { journal, store, clock }.erase(&account, with_messages).await;
    let erased = erased.map_err(|error| match error {
        commands::ErasureError::Store(error) => Error::from(error),
        error @ commands::ErasureError::Denied(_) => {
            Error::failed(error.to_string(), "give the same command again: it goes on with what is left")
        }
    })?;
    Ok(Response::Erased(view::Erased {
        name: account.name.to_string(),
        messages: with_messages.then_some(erased.messages),
        files: erased.uploads,
        sessions_ended: erased.sessions,
        at: Moment(context.clock.now()),
    }))
}
