//! Webhooks: whoever has the secret address says something in one room, in the name of an account
//! that has no other use. What Slack and Mattermost take is taken here.
//!
//! The account is bound by the room's rules as everybody is.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Extension, Router};
use serde::Deserialize;

use crate::auth::secret;
use crate::ids::UserId;
use crate::limits;
use crate::room::Denied;
use crate::session::Service;
use crate::store;

use super::api::{self, RateLimits};
use super::{Problem, Visitor};

/// What a program says. Others of Slack's fields are passed over.
#[derive(Debug, Deserialize)]
struct Words {
    text: String,
    username: Option<String>,
}

/// The routes below `/hooks`.
pub(super) fn routes(rate_limits: &Arc<RateLimits>) -> Router<Arc<Service>> {
    Router::new()
        .route("/hooks/{secret}", post(say))
        .method_not_allowed_fallback(api::wrong_method)
        .layer(DefaultBodyLimit::max(limits::API_BODY_BYTES_MAX))
        .layer(Extension(Arc::clone(rate_limits)))
}

/// `POST /hooks/{secret}`
async fn say(
    State(service): State<Arc<Service>>,
    Extension(rate_limits): Extension<Arc<RateLimits>>,
    Extension(visitor): Extension<Visitor>,
    path: Result<Path<String>, PathRejection>,
    fields: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<&'static str, Problem> {
    if let Some(ban) = visitor.address.and_then(|address| service.bans.of_address(address)) {
        return Err(Problem::new(StatusCode::FORBIDDEN, ban.text()));
    }
    let secret = api::part(path)?;
    let words = read(&api::kind(&fields), &api::body(body)?)?;
    let hook = service.store.webhook(&secret::hash(&secret)).await;
    let hook = hook.map_err(|error| match error {
        store::Error::NotFound => Problem::new(StatusCode::NOT_FOUND, "there is no such webhook"),
        store::Error::Conflict | store::Error::Unavailable(_) => error.into(),
    })?;
    let (own, room) = {
        let world = service.journal.directory().read();
        let own = world.users.get(&UserId::Account(hook.account)).cloned();
        (own, world.rooms.get(&hook.room).and_then(|room| room.name().cloned()))
    };
    let (Some(own), Some(room)) = (own, room) else { return Err(Denied::NoSuchRoom.into()) };
    if let Some(name) = &own.author.account {
        if let Some(ban) = service.bans.of_account(name) {
            return Err(Problem::new(StatusCode::FORBIDDEN, ban.text()));
        }
        if service.store.account(name).await?.suspended {
            return Err(Problem::new(StatusCode::FORBIDDEN, "the account of this webhook is suspended"));
        }
    }
    let text = match words.username.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => Cow::Owned(format!("{name}: {}", words.text)),
        None => Cow::Borrowed(words.text.as_str()),
    };
    let said = api::composed(&own, room.as_str(), &text, "")?;
    let lines = u32::try_from(said.lines().count()).unwrap_or(u32::MAX);
    rate_limits.spend_on_hook(hook.id, lines, &service.limits)?;
    api::say_in(&service, hook.account, &room, said).await?;
    // It was said, whether or not this works.
    if let Err(error) = service.store.use_webhook(hook.id, service.clock.now()).await {
        tracing::debug!(%error, webhook = hook.id, "its use is not noted");
    }
    Ok("ok")
}

fn read(kind: &str, body: &[u8]) -> Result<Words, Problem> {
    let wrong = |text: String| Problem::new(StatusCode::BAD_REQUEST, text);
    let json = match kind {
        "application/json" => Cow::Borrowed(body),
        "application/x-www-form-urlencoded" => {
            let mut fields = form_urlencoded::parse(body);
            let payload = fields.find(|(name, _)| name == "payload");
            let payload = payload.ok_or_else(|| wrong("the form must have a field payload".into()))?;
            Cow::Owned(payload.1.into_owned().into_bytes())
        }
        _ => {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Content-Type must be application/json, or application/x-www-form-urlencoded with a field payload",
            ));
        }
    };
    serde_json::from_slice(&json)
        .map_err(|error| wrong(format!("what is said must be {{\"text\": \"…\"}}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_send_is_understood() {
        let json = br#"{"text": "built", "username": "ci", "icon_emoji": ":x:"}"#;
        let form = b"payload=%7B%22text%22%3A+%22built%22%7D&x=1";
        assert_eq!(read("application/json", json).unwrap().username.as_deref(), Some("ci"));
        assert_eq!(read("application/x-www-form-urlencoded", form).unwrap().text, "built");
        for (kind, body, status) in [
            ("application/json", &b"{}"[..], 400),
            ("application/json", b"\xff", 400),
            ("application/json", br#"{"text": 1}"#, 400),
            ("application/x-www-form-urlencoded", b"text=built", 400),
            ("application/x-www-form-urlencoded", b"payload=built", 400),
            ("text/plain", b"built", 415),
            ("", b"built", 415),
        ] {
            assert_eq!(read(kind, body).unwrap_err().status.as_u16(), status, "{kind} {body:?}");
        }
    }
}
