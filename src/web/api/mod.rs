//! The API: what programs do in the name of an account, by HTTP and JSON.
//!
//! Adds no rule: what is said goes to the journal as from a session, and who may read what is the
//! session's to say. Decision: docs/decisions/0027-doors-for-programs.md.

mod denied;
mod export;
mod history;
mod membership;
pub mod person;
mod place;
mod rate_limit;
mod rooms;
mod speaking;
mod view;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post, put};
use axum::{Extension, Router};

use crate::limits;
use crate::session::Service;

use super::Problem;

pub(super) use rate_limit::RateLimits;
pub(super) use speaking::{composed, say_in};

/// What is at each path.
const OPENAPI: &str = include_str!("openapi.json");

/// The routes below `/api`.
pub(super) fn routes(rate_limits: &Arc<RateLimits>) -> Router<Arc<Service>> {
    Router::new()
        .route("/api/openapi.json", get(openapi))
        .route("/api/me", get(rooms::me))
        .route("/api/me/export", get(export::everything))
        .route("/api/me/messages", get(export::messages))
        .route("/api/rooms", get(rooms::list))
        .route("/api/rooms/{room}", get(rooms::room))
        .route("/api/rooms/{room}/membership", put(membership::enter).delete(membership::leave))
        .route("/api/rooms/{room}/messages", post(speaking::post).get(history::page))
        .route("/api/{*path}", get(nothing).post(nothing))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(limits::API_BODY_BYTES_MAX))
        .layer(Extension(Arc::clone(rate_limits)))
}

async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], OPENAPI)
}

async fn nothing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is nothing here; /api/openapi.json says what there is")
}

pub(super) async fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this can't be done here; see the field Allow")
}

/// A part of the path, as it is written there.
pub(super) fn part(path: Result<Path<String>, PathRejection>) -> Result<String, Problem> {
    let wrong = |_| Problem::new(StatusCode::BAD_REQUEST, "the path must be UTF-8, percent-encoded");
    path.map(|Path(part)| part).map_err(wrong)
}

fn query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    query.map(|Query(query)| query).map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))
}

/// The body, unless it is too long.
pub(super) fn body(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    body.map_err(|error| Problem::new(error.status(), error.body_text()))
}

/// The kind of the body, without its parameters.
pub(super) fn kind(fields: &HeaderMap) -> String {
    let value = fields.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
