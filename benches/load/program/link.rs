//! A TLS connection to a server, read in large blocks that are decrypted where they were read.
//!
//! **It accepts any certificate.** It holds no buffer while it has nothing to send: a block belongs
//! to the thread, and only the beginning of an unfinished record is kept.

use std::cell::RefCell;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use anyhow::{Context as _, Result, bail};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, UnbufferedClientConnection};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::unbuffered::{ConnectionState, EncodeError, EncodeTlsData, EncryptError, WriteTraffic};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};

use super::websocket::{self, Frames};

/// Bytes read at once; more than the largest record, of which a part may be kept.
const BLOCK_BYTES: usize = 128 * 1024;

/// How the answer to an upgrade begins.
const SWITCHING: &[u8] = b"HTTP/1.1 101";

thread_local! {
    static BLOCK: RefCell<Vec<u8>> = RefCell::new(vec![0; BLOCK_BYTES]);
}

/// A TLS connection.
pub(crate) struct Link {
    tcp: TcpStream,
    tls: UnbufferedClientConnection,
    /// The beginning of a record whose rest has not come yet.
    rest: Vec<u8>,
    /// Records that are to be written.
    out: Vec<u8>,
    /// Where lines are frames.
    frames: Option<Frames>,
}

/// TLS 1.3 or 1.2 without resumption, whoever the server is; the classic one offers X25519 only.
pub(crate) fn config(is_classic: bool) -> Result<Arc<ClientConfig>> {
    let mut provider = aws_lc_rs::default_provider();
    if is_classic {
        provider.kx_groups = vec![aws_lc_rs::kx_group::X25519];
    }
    let provider = Arc::new(provider);
    let anyone = Arc::new(Anyone(Arc::clone(&provider)));
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(anyone)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

impl Link {
    /// Connects and does the handshake.
    pub(crate) async fn connect(
        address: SocketAddr,
        source: Option<IpAddr>,
        receive_bytes: Option<u32>,
        config: Arc<ClientConfig>,
    ) -> Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if let Some(source) = source {
            socket.bind(SocketAddr::new(source, 0)).context("no port is free")?;
        }
        if let Some(bytes) = receive_bytes {
            socket.set_recv_buffer_size(bytes)?;
        }
        let tcp = socket.connect(address).await.context("no connection")?;
        tcp.set_nodelay(true)?;
        let tls = UnbufferedClientConnection::new(config, ServerName::try_from("localhost")?)?;
        let mut link = Self { tcp, tls, rest: Vec::new(), out: Vec::new(), frames: None };
        advance(&mut link.tls, &mut link.out, &mut [], &mut |_| ())?;
        while link.tls.is_handshaking() {
            link.flush().await?;
            let is_open = poll_fn(|cx| link.poll_receive(cx, &mut |_| ())).await.context("TLS handshake")?;
            if !is_open {
                bail!("the server closed the connection in the TLS handshake");
            }
        }
        link.flush().await?;
        Ok(link)
    }

    /// From now on lines are frames.
    pub(crate) async fn upgrade(&mut self) -> Result<()> {
        self.send(websocket::REQUEST)?;
        self.flush().await?;
        let mut answer = Vec::new();
        // Nothing follows before something was said.
        while !answer.ends_with(b"\r\n\r\n") {
            if !poll_fn(|cx| self.poll_receive(cx, &mut |bytes| answer.extend_from_slice(bytes))).await? {
                bail!("the server closed the connection instead of an upgrade");
            }
            let begin = &answer[..answer.len().min(SWITCHING.len())];
            if !SWITCHING.starts_with(begin) {
                bail!("no upgrade to WebSocket: {}", String::from_utf8_lossy(&answer));
            }
        }
        self.frames = Some(Frames::default());
        Ok(())
    }

    /// Reads one block and hands over the lines in it; false at the end of the connection.
    pub(crate) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        hear: &mut impl FnMut(&[u8]),
    ) -> Poll<Result<bool>> {
        let Some(mut frames) = self.frames.take() else { return self.poll_bytes(cx, hear) };
        let mut taken = Ok(true);
        let mut hear = |bytes: &[u8]| {
            if matches!(taken, Ok(true)) {
                taken = frames.take(bytes, hear);
            }
        };
        let received = self.poll_bytes(cx, &mut hear);
        let answers = std::mem::take(&mut frames.answers);
        self.frames = Some(frames);
        if !answers.is_empty() {
            self.encrypt(&answers)?;
        }
        let is_open = ready!(received)?;
        Poll::Ready(taken.map(|goes_on| goes_on && is_open))
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>, hear: &mut impl FnMut(&[u8])) -> Poll<Result<bool>> {
        BLOCK.with_borrow_mut(|block| {
            let kept = self.rest.len();
            block[..kept].copy_from_slice(&self.rest);
            let mut free = ReadBuf::new(&mut block[kept..]);
            ready!(Pin::new(&mut self.tcp).poll_read(cx, &mut free))?;
            let read = free.filled().len();
            if read == 0 {
                return Poll::Ready(Ok(false));
            }
            let filled = &mut block[..kept + read];
            let (used, is_open) = advance(&mut self.tls, &mut self.out, filled, hear)?;
            self.rest.clear();
            self.rest.extend_from_slice(&filled[used..]);
            Poll::Ready(Ok(is_open))
        })
    }

    /// Encrypts these lines; they leave with the next flush.
    pub(crate) fn send(&mut self, lines: &[u8]) -> Result<()> {
        if self.frames.is_some() { self.encrypt(&websocket::wrap(lines)?) } else { self.encrypt(lines) }
    }

    fn encrypt(&mut self, plain: &[u8]) -> Result<()> {
        let status = self.tls.process_tls_records(&mut []);
        let ConnectionState::WriteTraffic(traffic) = status.state? else { bail!("TLS cannot send now") };
        encrypt(traffic, plain, &mut self.out)
    }

    /// Bytes that wait for being written.
    pub(crate) fn unsent_bytes(&self) -> usize {
        self.out.len()
    }

    /// Writes until nothing is left.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        while !self.out.is_empty() {
            let written = ready!(Pin::new(&mut self.tcp).poll_write(cx, &self.out))?;
            self.out.drain(..written);
        }
        Poll::Ready(Ok(()))
    }

    pub(crate) async fn flush(&mut self) -> Result<()> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }
}

/// Works off the records of a block: how many bytes of it are done with, and whether more may come.
fn advance(
    tls: &mut UnbufferedClientConnection,
    out: &mut Vec<u8>,
    block: &mut [u8],
    hear: &mut impl FnMut(&[u8]),
) -> Result<(usize, bool)> {
    let mut used = 0;
    loop {
        let status = tls.process_tls_records(&mut block[used..]);
        let mut discard = status.discard;
        let end = match status.state? {
            ConnectionState::ReadTraffic(mut traffic) => {
                while let Some(record) = traffic.next_record() {
                    let record = record?;
                    discard += record.discard;
                    hear(record.payload);
                }
                None
            }
            ConnectionState::EncodeTlsData(data) => {
                encode(data, out)?;
                None
            }
            ConnectionState::TransmitTlsData(data) => {
                data.done();
                None
            }
            ConnectionState::BlockedHandshake | ConnectionState::WriteTraffic(_) => Some(true),
            ConnectionState::PeerClosed | ConnectionState::Closed => Some(false),
            ConnectionState::ReadEarlyData(_) | _ => bail!("a state of TLS that no client is in"),
        };
        used += discard;
        if let Some(is_open) = end {
            return Ok((used, is_open));
        }
    }
}

fn encode<Data>(mut data: EncodeTlsData<'_, Data>, out: &mut Vec<u8>) -> Result<()> {
    let at = out.len();
    let mut space = 0;
    loop {
        out.resize(at + space, 0);
        match data.encode(&mut out[at..]) {
            Ok(len) => {
                out.truncate(at + len);
                return Ok(());
            }
            Err(EncodeError::InsufficientSize(needed)) => space = needed.required_size,
            Err(error) => return Err(error.into()),
        }
    }
}

fn encrypt<Data>(mut traffic: WriteTraffic<'_, Data>, plain: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let at = out.len();
    let mut space = plain.len() + 64;
    loop {
        out.resize(at + space, 0);
        match traffic.encrypt(plain, &mut out[at..]) {
            Ok(len) => {
                out.truncate(at + len);
                return Ok(());
            }
            Err(EncryptError::InsufficientSize(needed)) => space = needed.required_size,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Trusts everybody.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
