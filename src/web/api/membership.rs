//! Entering a room and leaving it, for accounts that only programs use.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::journal::Intent;
use crate::room::{self, Denied};
use crate::session::Service;
use crate::web::Problem;

use super::place::Place;
use super::rate_limit::RateLimited;

/// `PUT /api/rooms/{room}/membership`
pub(super) async fn enter(
    state: State<Arc<Service>>,
    caller: RateLimited,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    change(state, caller, path, room::Intent::Join { key: None }).await
}

/// `DELETE /api/rooms/{room}/membership`
pub(super) async fn leave(
    state: State<Arc<Service>>,
    caller: RateLimited,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    change(state, caller, path, room::Intent::Part { reason: String::new() }).await
}

async fn change(
    State(service): State<Arc<Service>>,
    caller: RateLimited,
    path: Result<Path<String>, PathRejection>,
    intent: room::Intent,
) -> Result<StatusCode, Problem> {
    let Place::Room(room) = Place::parse(&service, &super::part(path)?)? else {
        return Err(Denied::NoSuchRoom.into());
    };
    match service.journal.submit_for_account(caller.account.id, Intent::InRoom { room, intent }).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(Denied::NotConnected) => {
            let text = "this account stays in no room without a session; chatctl always-on changes that";
            Err(Problem::new(StatusCode::CONFLICT, text))
        }
        Err(denied) => Err(denied.into()),
    }
}
