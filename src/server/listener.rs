//! Listeners: sockets that are opened, and connections that are accepted.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::time::sleep;

use crate::config::Address;
use crate::hush::Hush;

use super::arrival::{self, Beginning, Door};
use super::inherited::Inherited;

/// Connections that may wait to be accepted; the usual 128 makes a rush of clients ten times slower.
const BACKLOG: i32 = 4096;
/// The pause after an accept that failed, for want of file descriptors most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Such a failure is logged once in ten seconds.
static HUSH: Hush = Hush::new(1, Duration::from_secs(10));

/// Opens the sockets of an address, those aside that are there already. With port 0 all of them get the same
/// free port.
pub(super) fn bind(address: &Address, inherited: &mut Inherited) -> io::Result<Vec<TcpListener>> {
    let mut port = address.port;
    let mut listeners = Vec::new();
    let mut last_error = None;
    for mut socket in address.socket_addrs()? {
        socket.set_port(port);
        let opened = match inherited.take_tcp(socket) {
            Some(listener) => TcpListener::from_std(listener),
            None => listen(socket),
        };
        match opened {
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

/// Opens a unix socket for the owner alone, unless it is there already; one that a dead server left behind is
/// replaced.
pub(super) fn bind_unix(path: &Path, inherited: &mut Inherited) -> io::Result<UnixListener> {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
    if let Some(listener) = inherited.take_unix(path) {
        return UnixListener::from_std(listener);
    }
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    if is_socket && std::os::unix::net::UnixStream::connect(path).is_err() {
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Accepts connections until the task is ended.
pub(super) async fn serve_tcp(listener: TcpListener, beginning: Beginning, door: Door) {
    loop {
        let Some((stream, address)) = accept(&listener).await else { continue };
        arrival::receive(stream, Some(address), &beginning, &door).await;
    }
}

/// Accepts connections on a unix socket.
pub(super) async fn serve_unix(listener: UnixListener, beginning: Beginning, door: Door) {
    loop {
        let Some(stream) = accept_unix(&listener).await else { continue };
        arrival::receive(stream, None, &beginning, &door).await;
    }
}

/// The next connection; after a failure there is a pause, and none.
pub(super) async fn accept_unix(listener: &UnixListener) -> Option<UnixStream> {
    match listener.accept().await {
        Ok((stream, _)) => Some(stream),
        Err(error) => {
            pause(&error).await;
            None
        }
    }
}

/// The same over TCP.
pub(super) async fn accept(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
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
    if let Some(unsaid) = HUSH.lifted(Instant::now()) {
        tracing::warn!(%error, unsaid, "could not accept a connection");
    }
    sleep(ACCEPT_PAUSE).await;
}
