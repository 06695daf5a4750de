//! The web's door: the web client's files, and HTTP up to the upgrade to WebSocket.
//!
//! Holds no more of a request than its head.
//! Source: RFC 6455, section 4.2; IRCv3 websocket.

use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tower::ServiceExt as _;

use crate::auth::secret::TokenSecret;
use crate::config::Origin;
use crate::limits;
use crate::session::flood::Flood;
use crate::session::websocket::{Subprotocol, WebSocket};
use crate::web::{Deadline, Initiator, Visitor, words};

use super::tls::AppProtocol;

/// Where WebSocket is spoken.
const PATH: &str = "/";
/// The version of WebSocket.
const VERSION: &str = "13";

/// Who may upgrade, and what all others are answered.
#[derive(Debug)]
pub(super) struct Web {
    routes: Router,
    origins: Vec<Origin>,
    secure: bool,
    /// For how long browsers are to come by TLS only.
    hsts: Option<HeaderValue>,
    /// Whether who asks too fast waits.
    is_paced: bool,
}

/// How fast the requests of one connection are answered.
struct Pace(Mutex<Flood>);

/// An upgrade that was promised, and the token that the browser showed for a page of our own.
type Promise = Mutex<Option<(OnUpgrade, Subprotocol, Option<TokenSecret>)>>;

/// An answer that is no upgrade.
type Refusal = (StatusCode, &'static str);

impl Web {
    /// Admits pages of its own site and of these; `secure` says whether it is reached over TLS, and `hsts_s`
    /// for how many seconds that is promised (RFC 6797).
    pub(super) fn new(
        routes: &Router,
        origins: &[Origin],
        secure: bool,
        hsts_s: u64,
        is_paced: bool,
    ) -> Arc<Self> {
        let hsts = (secure && hsts_s > 0).then(|| format!("max-age={hsts_s}"));
        let hsts = hsts.and_then(|hsts| HeaderValue::try_from(hsts).ok());
        Arc::new(Self { routes: routes.clone(), origins: origins.to_vec(), secure, hsts, is_paced })
    }

    /// Answers requests up to an upgrade. `None` if there was none: the connection is over then.
    /// The head of each must be there within `patience`.
    ///
    /// # Errors
    /// Those of the stream, and of HTTP.
    pub(super) async fn upgrade<S>(
        self: Arc<Self>,
        stream: S,
        protocol: AppProtocol,
        address: Option<IpAddr>,
        deadline: Deadline,
        patience: Duration,
    ) -> io::Result<Option<(WebSocket<S>, Option<TokenSecret>)>>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let promise = Arc::new(Promise::default());
        let kept = Arc::clone(&promise);
        let pace = Arc::new(Pace::new(self.is_paced));
        let service = service_fn(move |request| {
            let (web, kept, deadline) = (Arc::clone(&self), Arc::clone(&kept), deadline.clone());
            let pace = Arc::clone(&pace);
            async move {
                pace.turn().await;
                web.answer(request, address, deadline, &kept).await
            }
        });
        if protocol == AppProtocol::Http2 {
            // A browser asks for WebSocket on a connection of HTTP/1.1, for this one offers none (RFC 8441).
            http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .max_header_list_size(limits::HTTP_HEAD_BYTES_MAX as u32)
                .max_concurrent_streams(limits::HTTP_STREAMS_MAX)
                .keep_alive_interval(patience)
                .serve_connection(TokioIo::new(stream), service)
                .await
                .map_err(io::Error::other)?;
            return Ok(None);
        }
        http1::Builder::new()
            .max_buf_size(limits::HTTP_HEAD_BYTES_MAX)
            .max_headers(limits::HTTP_FIELDS_MAX)
            .timer(TokioTimer::new())
            .header_read_timeout(patience)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
            .await
            .map_err(io::Error::other)?;
        let promised = promise.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((upgrade, subprotocol, token)) = promised else { return Ok(None) };
        let upgraded = upgrade.await.map_err(io::Error::other)?;
        let parts =
            upgraded.downcast::<TokioIo<S>>().map_err(|_| io::Error::other("another stream was upgraded"))?;
        let socket = WebSocket::new(parts.io.into_inner(), &parts.read_buf, subprotocol).await;
        Ok(Some((socket, token)))
    }

    async fn answer(
        &self,
        mut request: Request<Incoming>,
        address: Option<IpAddr>,
        deadline: Deadline,
        promise: &Promise,
    ) -> Result<Response<Body>, Infallible> {
        // HTTP/2 names the host beside the fields. Source: RFC 9113, section 8.3.1.
        if let Some(authority) = request.uri().authority().cloned()
            && !request.headers().contains_key(header::HOST)
            && let Ok(host) = HeaderValue::from_str(authority.as_str())
        {
            request.headers_mut().insert(header::HOST, host);
        }
        let initiator = Initiator::of(request.headers(), |origin| self.is_own(request.headers(), origin));
        let visitor = Visitor { address, initiator };
        if !request.headers().contains_key(header::UPGRADE) {
            request.extensions_mut().insert(visitor);
            request.extensions_mut().insert(deadline);
            let mut response = self.routes.clone().oneshot(request).await?;
            if let Some(hsts) = &self.hsts {
                response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, hsts.clone());
            }
            return Ok(response);
        }
        let checked = if request.uri().path() == PATH {
            self.check(&request)
        } else {
            Err((StatusCode::NOT_FOUND, "IRC over WebSocket is spoken at /."))
        };
        Ok(match checked {
            Ok((key, subprotocol)) => {
                let response = switch(&key, subprotocol);
                let upgrade = hyper::upgrade::on(&mut request);
                let kind = subprotocol.unwrap_or(Subprotocol::Text);
                // A program that names no page has no use for what a browser keeps.
                let is_own = initiator == Initiator::SameOrigin;
                let token = if is_own { visitor.token(&Method::GET, request.headers()) } else { None };
                *promise.lock().unwrap_or_else(PoisonError::into_inner) = Some((upgrade, kind, token));
                response
            }
            Err((status, text)) => refuse(status, text),
        })
    }

    /// Whether this is an upgrade to WebSocket that is allowed: its key, and the subprotocol.
    fn check<B>(&self, request: &Request<B>) -> Result<(String, Option<Subprotocol>), Refusal> {
        let fields = request.headers();
        if request.method() != Method::GET
            || !has_word(fields, header::CONNECTION, "upgrade")
            || !has_word(fields, header::UPGRADE, "websocket")
        {
            return Err((StatusCode::BAD_REQUEST, "This is no request for WebSocket."));
        }
        if text(fields, header::SEC_WEBSOCKET_VERSION) != Some(VERSION) {
            return Err((StatusCode::UPGRADE_REQUIRED, "The version of WebSocket must be 13."));
        }
        if !self.admits(fields) {
            return Err((
                StatusCode::FORBIDDEN,
                "Pages of this web site may not connect here; the setting web_origins of the server lists those that may.",
            ));
        }
        let key = text(fields, header::SEC_WEBSOCKET_KEY)
            .filter(|key| STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16))
            .ok_or((StatusCode::BAD_REQUEST, "Sec-WebSocket-Key must be 16 bytes in base64."))?;
        Ok((key.to_owned(), subprotocol(fields)))
    }

    /// Whether the page that asks may: programs name none, and those of one's own site always may.
    fn admits(&self, fields: &HeaderMap) -> bool {
        if !fields.contains_key(header::ORIGIN) || self.origins.contains(&Origin::Any) {
            return true;
        }
        let Some(origin) = text(fields, header::ORIGIN).and_then(Origin::parse) else { return false };
        self.is_of_host(fields, &origin) || self.origins.contains(&origin)
    }

    /// Whether a page is one of those that this server gives out.
    fn is_own(&self, fields: &HeaderMap, origin: &str) -> bool {
        Origin::parse(origin).is_some_and(|origin| self.is_of_host(fields, &origin))
    }

    fn is_of_host(&self, fields: &HeaderMap, origin: &Origin) -> bool {
        text(fields, header::HOST).is_some_and(|host| origin.is_of_host(host, self.secure))
    }
}

impl Pace {
    fn new(is_paced: bool) -> Self {
        let per_second = if is_paced { limits::HTTP_PER_SECOND } else { 0 };
        Self(Mutex::new(Flood::new(limits::HTTP_BURST, per_second, Instant::now())))
    }

    /// Waits for one's turn. Each that waits has paid already, so that those after it wait longer.
    async fn turn(&self) {
        let turn = {
            let (mut flood, now) = (self.0.lock().unwrap_or_else(PoisonError::into_inner), Instant::now());
            flood.spend(1, now);
            flood.wait_until(now)
        };
        if let Some(turn) = turn {
            sleep_until(turn).await;
        }
    }
}

/// The value of a field that stands there once.
fn text(fields: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = fields.get_all(name).iter();
    let value = values.next()?.to_str().ok()?.trim();
    values.next().is_none().then_some(value)
}

fn has_word(fields: &HeaderMap, name: HeaderName, word: &str) -> bool {
    let values = fields.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|found| found.trim().eq_ignore_ascii_case(word))
}

/// The first one offered that we know, in whichever of the fields.
fn subprotocol(fields: &HeaderMap) -> Option<Subprotocol> {
    let values = fields.get_all(header::SEC_WEBSOCKET_PROTOCOL).into_iter();
    values.filter_map(|value| value.to_str().ok()).find_map(Subprotocol::choose)
}

fn switch(key: &str, subprotocol: Option<Subprotocol>) -> Response<Body> {
    let mut response = Response::new(Body::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let fields = response.headers_mut();
    fields.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    fields.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::try_from(derive_accept_key(key.as_bytes())) {
        fields.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    if let Some(subprotocol) = subprotocol {
        fields.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(subprotocol.name()));
    }
    response
}

fn refuse(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = words(status, text);
    if status == StatusCode::UPGRADE_REQUIRED {
        let version = HeaderValue::from_static(VERSION);
        response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, version);
    }
    response
}
