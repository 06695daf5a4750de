//! The TLS handshake, and what is spoken after it: one port serves IRC and browsers.
//!
//! Who names no protocol gets the listener's own; a browser is never asked for a certificate.
//! Source: RFC 7301 (ALPN).

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use crate::identity::{ACME, HTTP_1, HTTP_2, IRC, Identity};

/// What is spoken over a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AppProtocol {
    Irc,
    Http1,
    Http2,
}

/// How the listeners shake hands. One for all, since a certificate is reloaded for all.
#[derive(Clone, Debug)]
pub(super) struct Tls {
    irc: Arc<ServerConfig>,
    /// Unless there is no web at all.
    web: Option<Arc<ServerConfig>>,
    /// Where an authority is asked for certificates: its challenges.
    challenge: Option<Arc<ServerConfig>>,
}

impl Tls {
    /// # Errors
    /// rustls can't do what is wanted.
    pub(super) fn new(identity: &Identity, has_web: bool) -> anyhow::Result<Self> {
        let web = has_web.then(|| identity.web_config().map(Arc::new)).transpose()?;
        let challenge = identity.challenge_config()?.map(Arc::new);
        Ok(Self { irc: Arc::new(identity.server_config()?), web, challenge })
    }

    /// Shakes hands with who came to a listener that speaks this by itself.
    ///
    /// `None`: that was an authority's challenge, and it has seen all it came for.
    ///
    /// # Errors
    /// Those of the stream and of TLS; no protocol that both speak.
    pub(super) async fn accept<S>(
        &self,
        stream: S,
        own: AppProtocol,
    ) -> io::Result<Option<(TlsStream<S>, AppProtocol)>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let handshake = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let offered: Option<Vec<_>> = handshake.client_hello().alpn().map(Iterator::collect);
        // Who challenges offers nothing else; for all others this is a name like any.
        if let (Some(challenge), Some([ACME])) = (&self.challenge, offered.as_deref()) {
            let mut stream = handshake.into_stream(Arc::clone(challenge)).await?;
            stream.shutdown().await?;
            return Ok(None);
        }
        let config = match (self.choose(offered.as_deref(), own), &self.web) {
            (AppProtocol::Http1 | AppProtocol::Http2, Some(web)) => web,
            (AppProtocol::Irc | AppProtocol::Http1 | AppProtocol::Http2, _) => &self.irc,
        };
        let stream = handshake.into_stream(Arc::clone(config)).await?;
        let protocol = match stream.get_ref().1.alpn_protocol() {
            Some(HTTP_2) => AppProtocol::Http2,
            Some(HTTP_1) => AppProtocol::Http1,
            Some(_) => AppProtocol::Irc,
            None => own,
        };
        Ok(Some((stream, protocol)))
    }

    /// IRC or the web: the listener's own, unless the other alone is offered.
    fn choose(&self, offered: Option<&[&[u8]]>, own: AppProtocol) -> AppProtocol {
        let offers = |name: &[u8]| offered.is_some_and(|offered| offered.contains(&name));
        let has_irc = offers(IRC);
        let has_web = self.web.is_some() && (offers(HTTP_1) || offers(HTTP_2));
        match own {
            AppProtocol::Irc if has_web && !has_irc => AppProtocol::Http1,
            AppProtocol::Http1 | AppProtocol::Http2 if has_irc && !has_web => AppProtocol::Irc,
            AppProtocol::Irc | AppProtocol::Http1 | AppProtocol::Http2 => own,
        }
    }
}
