//! Arrival: from a connection to its session. PROXY header, place, TLS, upgrade: what is spoken on its
//! listener, within a deadline.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::identity::fingerprint;
use crate::limits;
use crate::session::transport::{Stream, Transport};
use crate::session::{self, Peer, Service, Session};
use crate::web::{self, Deadline};

use super::admission::{Admission, Place, Refusal};
use super::metrics::Connections;
use super::proxy;
use super::tls::{AppProtocol, Tls};
use super::web::Web;

/// A fatal alert in place of a handshake: access denied. Source: RFC 8446, sections 5.1 and 6.
const ACCESS_DENIED: &[u8] = b"\x15\x03\x03\x00\x02\x02\x31";

/// What every connection needs.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) service: Arc<Service>,
    pub(super) admission: Arc<Admission>,
    pub(super) connections: Connections,
    pub(super) answers: web::Metrics,
    /// Held by each session; the server waits until none is held.
    pub(super) alive: mpsc::Sender<()>,
}

/// How the connections of a listener begin.
#[derive(Clone)]
pub(super) struct Beginning {
    /// With a PROXY header.
    pub(super) proxied: bool,
    /// With a TLS handshake, after that.
    pub(super) tls: Option<Tls>,
    /// What is spoken then, unless the handshake says otherwise.
    pub(super) own: AppProtocol,
    /// What answers browsers, unless there is no web at all.
    pub(super) web: Option<Arc<Web>>,
}

/// A connection on its way to a session.
struct Arrival {
    address: Option<SocketAddr>,
    place: Place,
    door: Door,
    deadline: Instant,
    shutdown: watch::Receiver<Option<String>>,
}

/// Gives the connection a place and a task, or turns it away.
pub(super) async fn receive<S>(stream: S, address: Option<SocketAddr>, beginning: &Beginning, door: &Door)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // Who it is, a proxy says first; until then it only counts among all.
    let counted = address.filter(|_| !beginning.proxied);
    let place = match door.admission.admit(counted.map(|address| address.ip()), Instant::now()) {
        Ok(place) => place,
        Err(refusal) => return refuse(stream, address, refusal, beginning, door).await,
    };
    let patience = Duration::from_secs(door.service.limits.handshake_timeout_s);
    let arrival = Arrival {
        address,
        place,
        door: door.clone(),
        deadline: Instant::now() + patience,
        shutdown: door.service.shutdown.clone(),
    };
    tokio::spawn(arrive(arrival, stream, beginning.clone()));
}

async fn arrive<S>(mut arrival: Arrival, mut stream: S, beginning: Beginning)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    if beginning.proxied {
        let Some(told) = arrival.step("PROXY header", proxy::read_header(&mut stream)).await else {
            return arrival.door.connections.refuse("proxy_header");
        };
        let door = arrival.door.clone();
        arrival = match arrival.replaced(told) {
            Ok(replaced) => replaced,
            Err(refusal) => return refuse(stream, told, refusal, &beginning, &door).await,
        };
    }
    let Beginning { tls, own, web, .. } = beginning;
    let Some(tls) = tls else { return speak(arrival, Box::new(stream), own, web, false, None).await };
    if arrival.is_banned() {
        return arrival.door.connections.refuse("banned");
    }
    let shaken = arrival.step("TLS handshake", tls.accept(stream, own)).await;
    let (stream, protocol) = match shaken {
        Some(Some(shaken)) => shaken,
        Some(None) => return tracing::debug!(peer = ?arrival.address, "a challenge was answered"),
        None => return arrival.door.connections.refuse("tls_handshake"),
    };
    let certificates = stream.get_ref().1.peer_certificates();
    let certificate = certificates.and_then(<[_]>::first).map(fingerprint);
    // The transport is handed on several times, and each future on the way keeps room for it.
    speak(arrival, Box::new(stream), protocol, web, true, certificate).await;
}

/// Lines, or HTTP until it is WebSocket.
async fn speak<S>(
    mut arrival: Arrival,
    stream: S,
    protocol: AppProtocol,
    web: Option<Arc<Web>>,
    secure: bool,
    certificate: Option<String>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut peer = Peer {
        address: arrival.address.map(|address| address.ip().to_canonical()),
        port: arrival.address.map_or(0, |address| address.port()),
        secure,
        certificate,
        token: None,
    };
    let Some(web) = web.filter(|_| protocol != AppProtocol::Irc) else {
        let door = if secure { "tls" } else { "plain" };
        return arrival.serve(Stream::new(stream), peer, door);
    };
    let patience = arrival.deadline.saturating_duration_since(Instant::now());
    // A browser fetches several files, and a slow one takes its time to read them.
    let deadline = Deadline::until(arrival.deadline + Duration::from_secs(limits::HTTP_CONNECTION_S_MAX));
    let visiting = web.upgrade(stream, protocol, peer.address, deadline.clone(), patience);
    if let Some(Some((upgraded, token))) = arrival.within("HTTP request", &deadline, visiting).await {
        peer.token = token;
        arrival.serve(Box::new(upgraded), peer, "web");
    }
}

impl Arrival {
    /// One step before the deadline.
    async fn step<T>(&mut self, what: &str, step: impl Future<Output = io::Result<T>>) -> Option<T> {
        let deadline = Deadline::until(self.deadline);
        self.within(what, &deadline, step).await
    }

    /// One step of what precedes a session; nothing if it fails, takes too long, or the server ends:
    /// who has not said anything yet need not be waited for.
    async fn within<T>(
        &mut self,
        what: &str,
        deadline: &Deadline,
        step: impl Future<Output = io::Result<T>>,
    ) -> Option<T> {
        tokio::select! {
            done = step => match done {
                Ok(done) => return Some(done),
                Err(error) => tracing::debug!(peer = ?self.address, %error, "no {what}"),
            },
            () = deadline.over() => tracing::debug!(peer = ?self.address, "{what} timed out"),
            _ = self.shutdown.wait_for(Option::is_some) => {}
        }
        None
    }

    /// The same with the address that a proxy has told, counted for that; the proxy's own if it told none.
    ///
    /// # Errors
    /// There is no place for it.
    fn replaced(self, told: Option<SocketAddr>) -> Result<Self, Refusal> {
        let Self { address, place, door, deadline, shutdown } = self;
        drop(place);
        let address = told.or(address);
        let place = door.admission.admit(address.map(|address| address.ip()), Instant::now())?;
        Ok(Self { address, place, door, deadline, shutdown })
    }

    /// Whether it may be spared the work of a handshake; in the clear the session itself says why.
    fn is_banned(&self) -> bool {
        let ban = self.address.and_then(|address| self.door.service.bans.of_address(address.ip()));
        if ban.is_some() {
            tracing::debug!(peer = ?self.address, "a banned address turned away");
        }
        ban.is_some()
    }

    /// In a task of its own: what the arrival took is many times as large as what a session needs.
    fn serve(mut self, transport: impl Transport + 'static, peer: Peer, door: &'static str) {
        let counted = self.door.connections.begin(door);
        let Door { service, alive, .. } = self.door;
        let mut session = Box::new(Session::new(service.next_session(), service, peer));
        session.stranger = self.place.take_stranger().map(|stranger| Box::new(stranger) as _);
        tracing::debug!(session.id = %session.id, peer = ?self.address, "session began");
        let task = async move {
            session::run(session, transport).await;
            drop((self.place, counted, alive));
        };
        tokio::spawn(task);
    }
}

/// Turns a connection away and tells it why: in the clear in words, where TLS is spoken by the one that TLS has.
async fn refuse<S>(
    mut stream: S,
    address: Option<SocketAddr>,
    refusal: Refusal,
    beginning: &Beginning,
    door: &Door,
) where
    S: AsyncWrite + Unpin,
{
    door.connections.refuse(refusal.cause());
    if let Some(unsaid) = door.admission.hush(refusal).lifted(std::time::Instant::now()) {
        let address = address.map(|address| address.ip());
        tracing::warn!(peer.address = ?address, cause = refusal.cause(), unsaid, "a connection refused");
    }
    let (text, seconds) = (refusal.text(), refusal.seconds());
    let words = match (&beginning.tls, beginning.own) {
        (Some(_), _) => ACCESS_DENIED.to_vec(),
        (None, AppProtocol::Irc) => format!("ERROR :{text}\r\n").into_bytes(),
        (None, AppProtocol::Http1 | AppProtocol::Http2) => {
            let length = text.len();
            format!(
                "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: {seconds}\r\n\
                Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{text}"
            )
            .into_bytes()
        }
    };
    // Who is refused may have hung up already; a socket this new has room for the words.
    drop(stream.write_all(&words).await);
}
