//! The floor: a bare relay, which no server that does more can be faster than.
//!
//! One task per connection and no held buffer; lines are split and not parsed beyond what a client
//! needs to get in; what a room hears is rendered once and shared; all that is pending leaves in one
//! write. It must have no state but who is in which room.

mod client;
mod connection;
mod room;

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::arguments::{Fault, Floor};
use super::process;
use connection::Connection;
use room::Rooms;

/// Connections that may wait for being accepted.
const BACKLOG: i32 = 8192;

/// The relay, listening.
pub(crate) struct Relay {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    fault: Option<Fault>,
}

impl Relay {
    /// Listens; nobody is served yet.
    pub(crate) fn bind(arguments: &Floor) -> Result<Self> {
        process::allow_connections(0)?;
        let acceptor = TlsAcceptor::from(Arc::new(tls(arguments)?));
        Ok(Self { listener: listen(arguments.listen)?, acceptor, fault: arguments.fault })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until the process is ended.
    pub(crate) async fn serve(self) -> Result<()> {
        let rooms = Arc::new(Rooms::default());
        loop {
            let (tcp, _) = self.listener.accept().await.context("accept")?;
            let (acceptor, rooms, fault) = (self.acceptor.clone(), Arc::clone(&rooms), self.fault);
            drop(tokio::spawn(async move {
                drop(tcp.set_nodelay(true));
                // Why a handshake fails is the client's business.
                if let Ok(stream) = acceptor.accept(tcp).await {
                    Connection::new(stream, rooms, fault).live().await;
                }
            }));
        }
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener> {
    let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into()).with_context(|| address.to_string())?;
    socket.listen(BACKLOG)?;
    Ok(TcpListener::from_std(socket.into())?)
}

fn tls(arguments: &Floor) -> Result<ServerConfig> {
    let (chain, key) = match (&arguments.cert, &arguments.key) {
        (Some(cert), Some(key)) => {
            let chain = CertificateDer::pem_slice_iter(&fs::read(cert)?).collect::<Result<Vec<_>, _>>()?;
            (chain, PrivateKeyDer::from_pem_slice(&fs::read(key)?)?)
        }
        _ => {
            let key = rcgen::KeyPair::generate()?;
            let cert = rcgen::CertificateParams::new(vec!["localhost".to_owned()])?.self_signed(&key)?;
            (vec![cert.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        }
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.send_tls13_tickets = 0;
    Ok(config)
}
