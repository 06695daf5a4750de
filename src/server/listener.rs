//! Listeners: from a socket to a session, over TLS, or in the clear on this machine only.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tracing::Instrument as _;

use crate::config::Address;
use crate::identity::fingerprint;
use crate::session::transport::Stream;
use crate::session::{self, Peer, Service, Session};

use super::admission::{Admission, Place};

/// Connections that may wait to be accepted; the usual 128 makes a rush of clients ten times slower.
const BACKLOG: i32 = 4096;
/// The pause after an accept that failed, for want of file descriptors most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What every connection needs.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) service: Arc<Service>,
    pub(super) admission: Arc<Admission>,
    /// Held by each session; the server waits until none is held.
    pub(super) alive: mpsc::Sender<()>,
}

/// Opens the sockets of an address. With port 0 all of them get the same free port.
pub(super) fn bind(address: &Address) -> io::Result<Vec<TcpListener>> {
    let mut port = address.port;
    let mut listeners = Vec::new();
    let mut last_error = None;
    for mut socket in address.socket_addrs()? {
        socket.set_port(port);
        match listen(socket) {
            Ok(listener) => {
                port = listener.local_addr()?.port();
                listeners.push(listener);
            }
            // A machine without IPv6 has localhost all the same.
            Err(error) => last_error = Some(error),
        }
    }
    match last_error {
        Some(error) if listeners.is_empty() || error.kind() == io::ErrorKind::AddrInUse => Err(error),
        _ => Ok(listeners),
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // [::] means every address; of localhost's two each has a socket of its own.
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Opens a unix socket for the owner alone; one that a dead server left behind is replaced.
pub(super) fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    if is_socket && std::os::unix::net::UnixStream::connect(path).is_err() {
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Accepts TLS connections until the task is ended.
pub(super) async fn serve_tls(listener: TcpListener, config: Arc<ServerConfig>, door: Door) {
    let acceptor = TlsAcceptor::from(config);
    loop {
        let Some((stream, address)) = accept(&listener).await else { continue };
        // Without the work of a handshake; elsewhere the session itself says why.
        if door.service.bans.of_address(address.ip()).is_some() {
            tracing::debug!(peer.address = %address.ip(), "a banned address turned away");
            continue;
        }
        let Some(place) = door.admission.admit(Some(address.ip())) else {
            tracing::warn!(peer.address = %address.ip(), "too many connections, one refused");
            continue;
        };
        let (acceptor, door) = (acceptor.clone(), door.clone());
        let patience = Duration::from_secs(door.service.limits.handshake_timeout_s);
        let span = tracing::info_span!("session", peer = %address);
        let task = async move {
            let mut shutdown = door.service.shutdown.clone();
            let accepted = tokio::select! {
                accepted = timeout(patience, acceptor.accept(stream)) => accepted,
                // Who has not said anything yet need not be waited for.
                _ = shutdown.wait_for(Option::is_some) => return,
            };
            match accepted {
                Ok(Ok(stream)) => {
                    let certificates = stream.get_ref().1.peer_certificates();
                    let certificate = certificates.and_then(<[_]>::first).map(fingerprint);
                    let peer = peer(address, true, certificate);
                    serve(stream, peer, door, place).await;
                }
                Ok(Err(error)) => tracing::debug!(%error, "no TLS handshake"),
                Err(_) => tracing::debug!("TLS handshake timed out"),
            }
        };
        tokio::spawn(task.instrument(span));
    }
}

/// Accepts connections in the clear; the configuration allows this on loopback only.
pub(super) async fn serve_plain(listener: TcpListener, door: Door) {
    loop {
        let Some((stream, address)) = accept(&listener).await else { continue };
        start_plain(stream, peer(address, false, None), &door).await;
    }
}

/// Accepts connections on a unix socket.
pub(super) async fn serve_unix(listener: UnixListener, door: Door) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let peer = Peer { address: None, port: 0, secure: false, certificate: None };
                start_plain(stream, peer, &door).await;
            }
            Err(error) => pause(&error).await,
        }
    }
}

async fn start_plain<S>(mut stream: S, peer: Peer, door: &Door)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Some(place) = door.admission.admit(peer.address) else {
        // Who is refused may have hung up already.
        drop(stream.write_all(b"ERROR :Too many connections\r\n").await);
        return;
    };
    tokio::spawn(serve(stream, peer, door.clone(), place));
}

async fn serve<S>(stream: S, peer: Peer, door: Door, place: Place)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let Door { service, alive, .. } = door;
    let session = Session::new(service.next_session(), service, peer);
    tracing::debug!(session.id = %session.id, "session began");
    session::run(session, Stream::new(stream)).await;
    drop((place, alive));
}

async fn accept(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    match listener.accept().await {
        Ok((stream, address)) => {
            // Lines are written when they are complete; waiting for more only delays them.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "no TCP_NODELAY");
            }
            Some((stream, address))
        }
        Err(error) => {
            pause(&error).await;
            None
        }
    }
}

async fn pause(error: &io::Error) {
    tracing::warn!(%error, "could not accept a connection");
    sleep(ACCEPT_PAUSE).await;
}

fn peer(address: SocketAddr, secure: bool, certificate: Option<String>) -> Peer {
    let ip: IpAddr = address.ip().to_canonical();
    Peer { address: Some(ip), port: address.port(), secure, certificate }
}
