//! The floor: a bare relay, which no server that does more can be faster than.
//!
//! One task per connection and no held buffer; lines are split and not parsed beyond what a client
//! needs to get in; what a room hears is rendered once and shared; all that is pending leaves in one
//! write. It must have no state but who is in which room.

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

use super::arguments::Floor;
use super::process;
use connection::Connection;
use room::Rooms;

/// Connections that may wait for being accepted.
const BACKLOG: i32 = 8192;

/// Listens until the process is ended; prints where, and its process.
pub(crate) async fn serve(arguments: &Floor) -> Result<()> {
    process::allow_connections(0)?;
    let acceptor = TlsAcceptor::from(Arc::new(tls(arguments)?));
    let listener = listen(arguments.listen)?;
    let address = listener.local_addr()?;
    let pid = std::process::id();
    println!("floor is ready: --peer floor={address},pid={pid}");
    let rooms = Arc::new(Rooms::default());
    loop {
        let (tcp, _) = listener.accept().await.context("accept")?;
        let (acceptor, rooms) = (acceptor.clone(), Arc::clone(&rooms));
        drop(tokio::spawn(async move {
            drop(tcp.set_nodelay(true));
            if let Ok(stream) = acceptor.accept(tcp).await {
                Connection::new(stream, rooms).live().await;
            }
        }));
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
