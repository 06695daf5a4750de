//! Why a request is not done, for programs and for people. Source: RFC 9457.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::{auth, store};

/// Seconds after which who met a busy server may ask again.
const BUSY_S: u64 = 1;

/// An answer that says what is wrong and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The kind of problem.
    pub status: StatusCode,
    /// A sentence for people.
    pub detail: String,
    /// Seconds after which asking again may help.
    pub retry_after_s: Option<u64>,
}

impl Problem {
    /// A problem of this kind, in a sentence for people.
    #[must_use]
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), retry_after_s: None }
    }
}

impl From<auth::Error> for Problem {
    fn from(error: auth::Error) -> Self {
        use auth::Error as E;
        let (status, retry_after_s) = match error {
            E::Rejected | E::CodeRequired | E::CodeWrong => (StatusCode::UNAUTHORIZED, None),
            E::Throttled { seconds } => (StatusCode::TOO_MANY_REQUESTS, Some(seconds)),
            E::Busy | E::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, Some(BUSY_S)),
            E::NameTaken => (StatusCode::CONFLICT, None),
            E::WeakPassword(_) | E::PasswordTooLong => (StatusCode::UNPROCESSABLE_ENTITY, None),
            E::InvitationInvalid => (StatusCode::FORBIDDEN, None),
        };
        Self { status, detail: error.to_string(), retry_after_s }
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::new(StatusCode::NOT_FOUND, "there is no such thing here"),
            store::Error::Conflict | store::Error::Unavailable(_) => {
                tracing::error!(%error, "the store did not answer a request over HTTP");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "the store is unavailable; try again")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or_default();
        let body = Json(json!({ "status": self.status.as_u16(), "title": title, "detail": self.detail }));
        let mut response = (self.status, body).into_response();
        let fields = response.headers_mut();
        fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            fields.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let ways =
                HeaderValue::from_static("Basic realm=\"chat\", charset=\"UTF-8\", Bearer realm=\"chat\"");
            fields.insert(header::WWW_AUTHENTICATE, ways);
        }
        response
    }
}
