//! Staying signed in: a page hands over a token that the browser keeps for it, is told whose it is, and has
//! it revoked.
//!
//! Never tells the token, and does nothing for pages of other sites.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::Deserialize;
use serde_json::json;

use crate::auth;
use crate::auth::secret::TokenSecret;
use crate::limits;
use crate::session::{Registration, Service, sanction};
use crate::store::accounts::Account;
use crate::store::audit::{Deed, Outcome};

use super::{Problem, Visitor, cookie};

type Fields = [(header::HeaderName, HeaderValue); 2];

/// What a page hands over.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Handed {
    token: TokenSecret,
}

/// `/session`
pub(super) fn routes() -> Router<Arc<Service>> {
    let session = get(show).post(keep).delete(end);
    Router::new().route("/session", session).layer(DefaultBodyLimit::max(limits::SESSION_BODY_BYTES_MAX))
}

/// What a page must know before anybody signs in: who is signed in already, and who gets in at all.
async fn show(
    State(service): State<Arc<Service>>,
    Extension(visitor): Extension<Visitor>,
    method: Method,
    fields: HeaderMap,
) -> Result<Response, Problem> {
    let token = visitor.token(&method, &fields);
    let account = match &token {
        Some(token) => owner(&service, token, &visitor).await?,
        None => None,
    };
    let registration = match service.policy().registration {
        Registration::Invite => "invite",
        Registration::Open => "open",
        Registration::Closed => "closed",
    };
    let told = Json(json!({
        "account": account.as_ref().map(|(account, _)| account.name.as_str()),
        "guests": service.guests,
        "registration": registration,
        "serverName": service.network_name,
    }));
    Ok(match (token, account) {
        (Some(token), Some(_)) => (setting(cookie::keep(&token)), told).into_response(),
        (Some(_), None) => (setting(cookie::forget()), told).into_response(),
        (None, _) => (unkept(), told).into_response(),
    })
}

/// Takes a token into the browser's keeping.
async fn keep(
    State(service): State<Arc<Service>>,
    Extension(visitor): Extension<Visitor>,
    handed: Result<Json<Handed>, JsonRejection>,
) -> Result<Response, Problem> {
    visitor.check_initiator()?;
    let Json(handed) = handed.map_err(|error| Problem::new(error.status(), error.body_text()))?;
    let wrong = || Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "this token signs nobody in");
    owner(&service, &handed.token, &visitor).await?.ok_or_else(wrong)?;
    Ok((StatusCode::NO_CONTENT, setting(cookie::keep(&handed.token))).into_response())
}

/// Revokes the token in the browser's keeping: this browser is signed out, and the sessions end that came in
/// by it.
async fn end(
    State(service): State<Arc<Service>>,
    Extension(visitor): Extension<Visitor>,
    method: Method,
    fields: HeaderMap,
) -> Result<Response, Problem> {
    visitor.check_initiator()?;
    if let Some(token) = visitor.token(&method, &fields)
        && let Some((account, id)) = owner(&service, &token, &visitor).await?
    {
        revoke(&service, &account, id).await?;
    }
    Ok((StatusCode::NO_CONTENT, setting(cookie::forget())).into_response())
}

/// Whose the token is, and its number; nobody's if it was revoked.
async fn owner(
    service: &Service,
    token: &TokenSecret,
    visitor: &Visitor,
) -> Result<Option<(Account, u64)>, Problem> {
    match service.authenticator.by_token(token.reveal(), visitor.address).await {
        Ok(owner) => Ok(Some(owner)),
        Err(auth::Error::Rejected) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn revoke(service: &Service, account: &Account, id: u64) -> Result<(), Problem> {
    let who = account.name.to_string();
    let deed = Deed {
        at: service.clock.now(),
        who: who.clone(),
        action: "revoke_token".into(),
        target: Some(who),
        detail: Some(format!("token {id}, signed out")),
    };
    let entry = service.store.record(deed, Outcome::Begun).await?;
    let revoked = sanction::revoke_token(&*service.store, &service.roster, account.id, id).await;
    let outcome = if revoked.is_ok() { Outcome::Done } else { Outcome::Failed };
    if let Err(error) = service.store.set_outcome(entry, outcome).await {
        tracing::error!(%error, entry, ?outcome, "the audit log does not know what came of it");
    }
    Ok(revoked?)
}

fn setting(cookie: HeaderValue) -> Fields {
    let [(name, value)] = unkept();
    [(name, value), (header::SET_COOKIE, cookie)]
}

fn unkept() -> [(header::HeaderName, HeaderValue); 1] {
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]
}
