//! A connection to a server that has proved who it is: TCP, then TLS 1.3.
//!
//! Never hands out a stream over which the server's certificate was not trusted.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::AlertDescription;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::trust::{self, How, Policy, Refusal};

/// Time for name look-up, TCP and TLS together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Server {
    /// A name or an address.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// How the connection is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Security {
    /// `TLSv1_3`.
    pub version: String,
    /// Such as `X25519MLKEM768`.
    pub key_exchange: String,
    /// Why the server was believed.
    pub trusted: How,
}

/// A stream to a trusted server.
#[derive(Debug)]
pub struct Connection {
    /// Carries the lines.
    pub stream: TlsStream<TcpStream>,
    /// How it is protected.
    pub security: Security,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The host's name is none.
    #[error("`{0}` is neither a host name nor an address")]
    Name(String),
    /// No server there, or none that answers.
    #[error("cannot reach {server}: {cause}")]
    Unreachable {
        /// Where.
        server: Server,
        /// What happened.
        cause: io::Error,
    },
    /// Somebody answers, but not with TLS 1.3.
    #[error("{server} does not answer with TLS 1.3 ({cause}); is this the right port?")]
    NotTls {
        /// Where.
        server: Server,
        /// What happened.
        cause: io::Error,
    },
    /// The server is not who it should be, or unknown.
    #[error(transparent)]
    Untrusted(#[from] Box<Refusal>),
    /// The rules of trust could not be read.
    #[error(transparent)]
    Policy(#[from] trust::PolicyError),
}

/// Connects and checks who answers. Nothing is sent but the TLS handshake.
///
/// # Errors
/// [`ConnectError`]; only `Unreachable` may pass by itself.
pub async fn connect(server: &Server, policy: &Policy) -> Result<Connection, ConnectError> {
    let name =
        ServerName::try_from(server.host.clone()).map_err(|_| ConnectError::Name(server.host.clone()))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(trust::Verifier::new(server, policy, Arc::clone(&provider))?);
    let unreachable = |cause| ConnectError::Unreachable { server: server.clone(), cause };

    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| unreachable(io::Error::other(error)))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&verifier) as _)
        .with_no_client_auth();
    // A resumed session would not show the certificate again.
    config.resumption = rustls::client::Resumption::disabled();

    let handshake = async {
        let tcp = TcpStream::connect((server.host.as_str(), server.port)).await.map_err(unreachable)?;
        tcp.set_nodelay(true).map_err(unreachable)?;
        let stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await;
        stream.map_err(|cause| broken_off(server, &verifier, cause))
    };
    let stream = tokio::time::timeout(CONNECT_TIMEOUT, handshake)
        .await
        .map_err(|_| unreachable(io::Error::new(io::ErrorKind::TimedOut, "no answer")))??;
    let (_, tls) = stream.get_ref();
    let key_exchange =
        tls.negotiated_key_exchange_group().map_or_else(|| "?".into(), |group| format!("{:?}", group.name()));
    let version = tls.protocol_version().map_or_else(|| "?".into(), |version| format!("{version:?}"));
    let trusted = verifier.verdict(&key_exchange)?;
    if let (How::Pin, Some(leaf)) = (trusted, tls.peer_certificates().and_then(<[_]>::first)) {
        // The server is trusted all the same when that can't be written down.
        drop(policy.known_hosts.pin_key(server, leaf));
    }
    Ok(Connection { stream, security: Security { version, key_exchange, trusted } })
}

fn broken_off(server: &Server, verifier: &trust::Verifier, cause: io::Error) -> ConnectError {
    if let Some(refusal) = verifier.refusal() {
        return refusal.into();
    }
    let server = server.clone();
    match cause.get_ref().and_then(|cause| cause.downcast_ref()) {
        // So a server answers that has no place for another connection.
        Some(rustls::Error::AlertReceived(AlertDescription::AccessDenied)) => {
            let words = "it takes no more connections from here at the moment; try again in a minute";
            ConnectError::Unreachable {
                server,
                cause: io::Error::new(io::ErrorKind::ConnectionRefused, words),
            }
        }
        Some(_) => ConnectError::NotTls { server, cause },
        None => ConnectError::Unreachable { server, cause },
    }
}
