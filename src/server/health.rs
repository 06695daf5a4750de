//! The listener for who watches the server: whether it lives, whether it is ready, and its metrics.
//!
//! A listener of its own, on the loopback or a unix socket, which no limit of the chat can close.
//! Changes nothing, and shows nothing of what is said or by whom.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::Context as _;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::admin::Insight as _;
use crate::config::PlainAddress;
use crate::limits;
use crate::session::Service;

use super::inherited::Inherited;
use super::listener;
use super::warnings::Insights;

/// How long a connection may take in all.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the store may take to say that it works.
const PROBE_PATIENCE: Duration = Duration::from_secs(3);
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

/// What is shown. Keeps nothing of the server alive.
#[derive(Debug)]
pub(super) struct Health {
    service: Weak<Service>,
    insights: Arc<Insights>,
    /// Whether the log has been told that the store does not work.
    told: AtomicBool,
}

/// The listeners, which end when this is dropped, and where they are.
///
/// # Errors
/// What keeps one from being opened, in words that say how to mend it.
pub(super) fn open(
    addresses: &[PlainAddress],
    inherited: &mut Inherited,
    health: Health,
) -> anyhow::Result<(JoinSet<()>, Vec<PlainAddress>)> {
    let health = Arc::new(health);
    let places = Arc::new(Semaphore::new(limits::HEALTH_CONNECTIONS_MAX));
    let (mut listeners, mut opened) = (JoinSet::new(), Vec::new());
    for address in addresses {
        let failed = || format!("can't listen on {address}; choose another with --listen-metrics");
        match address {
            PlainAddress::Tcp(address) => {
                let mut at = address.clone();
                for listener in listener::bind(address, inherited).with_context(failed)? {
                    at.port = listener.local_addr()?.port();
                    let (health, places) = (Arc::clone(&health), Arc::clone(&places));
                    listeners.spawn(async move {
                        loop {
                            if let Some((stream, _)) = listener::accept(&listener).await {
                                receive(stream, &health, &places).await;
                            }
                        }
                    });
                }
                opened.push(PlainAddress::Tcp(at));
            }
            PlainAddress::Unix(path) => {
                let listener = listener::bind_unix(path, inherited).with_context(failed)?;
                let (health, places) = (Arc::clone(&health), Arc::clone(&places));
                listeners.spawn(async move {
                    loop {
                        if let Some(stream) = listener::accept_unix(&listener).await {
                            receive(stream, &health, &places).await;
                        }
                    }
                });
                opened.push(address.clone());
            }
        }
    }
    Ok((listeners, opened))
}

/// Answers in a task of its own, as soon as there is a place for it.
async fn receive<S>(stream: S, health: &Arc<Health>, places: &Arc<Semaphore>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Ok(place) = Arc::clone(places).acquire_owned().await else { return };
    let health = Arc::clone(health);
    tokio::spawn(async move {
        let service = service_fn(move |request| {
            let health = Arc::clone(&health);
            async move { Ok::<_, Infallible>(health.answer(&request).await) }
        });
        let serving = http1::Builder::new()
            .max_buf_size(limits::HTTP_HEAD_BYTES_MAX)
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service);
        // Who asks sees for themselves that there was no answer.
        drop(timeout(PATIENCE, serving).await);
        drop(place);
    });
}

impl Health {
    pub(super) fn new(service: Weak<Service>, insights: &Arc<Insights>) -> Self {
        Self { service, insights: Arc::clone(insights), told: AtomicBool::new(false) }
    }

    async fn answer(&self, request: &Request<Incoming>) -> Response<Body> {
        if ![Method::GET, Method::HEAD].contains(request.method()) {
            let mut refused = words(StatusCode::METHOD_NOT_ALLOWED, "only GET");
            refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return refused;
        }
        match request.uri().path() {
            "/healthz" => words(StatusCode::OK, "ok"),
            "/readyz" => match self.unready().await {
                None => words(StatusCode::OK, "ready"),
                Some(reason) => words(StatusCode::SERVICE_UNAVAILABLE, reason),
            },
            "/metrics" => of_kind(StatusCode::OK, OPEN_METRICS, self.insights.metrics()),
            _ => words(StatusCode::NOT_FOUND, "there is /healthz, /readyz and /metrics"),
        }
    }

    /// Why nobody should be sent here.
    async fn unready(&self) -> Option<&'static str> {
        const STOPPING: &str = "the server is stopping";
        let store = {
            let Some(service) = self.service.upgrade() else { return Some(STOPPING) };
            if service.shutdown.borrow().is_some() {
                return Some(STOPPING);
            }
            Arc::clone(&service.store)
        };
        let (reason, cause) = match timeout(PROBE_PATIENCE, store.probe()).await {
            Ok(Ok(())) => {
                if self.told.swap(false, Ordering::Relaxed) {
                    tracing::info!("ready again");
                }
                return None;
            }
            Ok(Err(error)) => ("the store takes nothing", error.to_string()),
            Err(_) => {
                ("the store takes too long", format!("no answer within {} s", PROBE_PATIENCE.as_secs()))
            }
        };
        // It is asked again and again.
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(cause, "not ready: {reason}");
        }
        Some(reason)
    }
}

fn words(status: StatusCode, text: &'static str) -> Response<Body> {
    of_kind(status, PLAIN_TEXT, format!("{text}\n"))
}

fn of_kind(status: StatusCode, kind: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
