//! The target: where it is, ways to it, until when it is attacked, and what it said to that.

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::{Client, PASSWORD, Server, trust};

use super::{ATTACKER, pass};

/// Addresses that attackers come from.
const SOURCES: usize = 4;
/// What of an answer is looked at.
const WORDS_BYTES: usize = 16 * 1024;
/// What is waited after a refusal, so that it is the server's work that is measured.
const PAUSE: Duration = Duration::from_millis(5);

/// Which listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Irc,
    Web,
}

/// A server that is attacked.
pub(super) struct Target {
    pub(super) server: Server,
    is_over: watch::Sender<bool>,
    told: Mutex<BTreeMap<String, u64>>,
}

impl Target {
    pub(super) fn new(server: Server) -> Self {
        Self { server, is_over: watch::Sender::default(), told: Mutex::default() }
    }

    /// Ends the attack.
    pub(super) fn end(&self) {
        self.is_over.send_replace(true);
    }

    pub(super) fn told(&self) -> BTreeMap<String, u64> {
        self.told.lock().unwrap().clone()
    }

    /// Notes what was done or answered; numbers are left out, so that the same is counted as the same.
    pub(super) fn note(&self, what: &str) {
        let mut short = String::new();
        for c in what.chars().take(90) {
            let shown = if c.is_ascii_digit() { '#' } else { c };
            if shown != '#' || !short.ends_with('#') {
                short.push(shown);
            }
        }
        self.count(short.trim());
    }

    /// The same, as it is.
    pub(super) fn count(&self, what: &str) {
        *self.told.lock().unwrap().entry(what.to_owned()).or_default() += 1;
    }

    /// So many attackers, each of whom does it again and again.
    pub(super) async fn swarm<D, F>(self: &Arc<Self>, size: usize, deed: D)
    where
        D: Fn(Arc<Self>, usize) -> F,
        D: Clone + Send + 'static,
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let mut attackers = JoinSet::new();
        for number in 0..size {
            let (target, deed) = (Arc::clone(self), deed.clone());
            let mut is_over = self.is_over.subscribe();
            attackers.spawn(async move {
                loop {
                    let done = tokio::select! {
                        _ = is_over.changed() => return,
                        done = deed(Arc::clone(&target), number) => done,
                    };
                    if let Err(error) = done {
                        target.note(&error.to_string());
                        pass(PAUSE).await;
                    }
                }
            });
        }
        while let Some(ended) = attackers.join_next().await {
            ended.expect("an attacker goes on to the end");
        }
    }

    /// A connection on which nothing was said.
    pub(super) async fn tcp(&self, door: Door, attacker: usize) -> io::Result<TcpStream> {
        self.tcp_from(TcpSocket::new_v4()?, door, attacker).await
    }

    /// The same with little room in the kernel.
    pub(super) async fn tcp_narrow(&self, door: Door, attacker: usize) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(4096)?;
        self.tcp_from(socket, door, attacker).await
    }

    async fn tcp_from(&self, socket: TcpSocket, door: Door, attacker: usize) -> io::Result<TcpStream> {
        let source = Ipv4Addr::from(0x7f00_0002 + u32::try_from(attacker % SOURCES).unwrap());
        socket.bind((source, 0).into())?;
        let port = match door {
            Door::Irc => self.server.port(),
            Door::Web => self.server.web_port(),
        };
        let stream = socket.connect((Ipv4Addr::LOCALHOST, port).into()).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// TLS that offers this protocol, or none.
    pub(super) async fn tls(
        &self,
        door: Door,
        attacker: usize,
        offered: &str,
    ) -> io::Result<TlsStream<TcpStream>> {
        self.shake(self.tcp(door, attacker).await?, offered).await
    }

    pub(super) async fn shake(&self, stream: TcpStream, offered: &str) -> io::Result<TlsStream<TcpStream>> {
        let mut config: ClientConfig = trust::pinned(self.server.fingerprint(), None);
        config.resumption = Resumption::disabled();
        if !offered.is_empty() {
            config.alpn_protocols = vec![offered.as_bytes().to_vec()];
        }
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// A session of who attacks and has an account, with these capabilities, in this room.
    pub(super) async fn member(&self, attacker: usize, caps: &[&str], room: &str) -> io::Result<Client> {
        let stream = self.tls(Door::Irc, attacker, "").await?;
        Ok(self.admitted(stream, caps, room).await)
    }

    pub(super) async fn admitted(&self, stream: TlsStream<TcpStream>, caps: &[&str], room: &str) -> Client {
        let mut client = Client::over(stream, 0);
        client.login(ATTACKER, PASSWORD, caps).await;
        client.run(&format!("JOIN {room}")).await;
        client
    }

    /// Sends these bytes one after the other until the server has enough of it.
    pub(super) async fn dribble(
        &self,
        stream: impl AsyncRead + AsyncWrite,
        bytes: impl Iterator<Item = u8>,
        every: Duration,
    ) -> io::Result<()> {
        let (reader, mut writer) = tokio::io::split(stream);
        let writing = async {
            for byte in bytes {
                if writer.write_all(&[byte]).await.is_err() || writer.flush().await.is_err() {
                    break;
                }
                pass(every).await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = self.last_words(reader) => {}
            () = writing => {}
        }
        Ok(())
    }

    /// Sends lines as fast as they are taken, and reads what is said to them.
    pub(super) async fn flood(
        &self,
        stream: impl AsyncRead + AsyncWrite,
        mut lines: impl FnMut() -> Vec<u8>,
    ) -> io::Result<()> {
        let (reader, mut writer) = tokio::io::split(stream);
        let writing = async {
            while writer.write_all(&lines()).await.is_ok() && writer.flush().await.is_ok() {
                self.note("sent");
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = self.last_words(reader) => {}
            () = writing => {}
        }
        Ok(())
    }

    /// Reads to the end of the connection, and notes refusals and what is said last.
    pub(super) async fn last_words(&self, mut stream: impl AsyncRead + Unpin) {
        let (mut rest, mut bytes) = (Vec::new(), vec![0; WORDS_BYTES]);
        let end = loop {
            match stream.read(&mut bytes).await {
                Ok(0) => break "closed".to_owned(),
                Ok(read) => rest.extend_from_slice(&bytes[..read]),
                Err(error) => break error.kind().to_string(),
            }
            while let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
                let line = String::from_utf8_lossy(&rest[..at]).into_owned();
                self.note_line(line.trim());
                rest.drain(..=at);
            }
            if rest.len() > WORDS_BYTES {
                rest.clear();
            }
        };
        // A frame has no line end.
        self.note_line(&String::from_utf8_lossy(&rest));
        self.note(&end);
    }

    fn note_line(&self, line: &str) {
        let code = line.split(' ').nth(1).unwrap_or_default();
        if let Some((_, reason)) = line.split_once("ERROR :") {
            self.note(reason.trim_end_matches(|c: char| c.is_control() || c == '\u{fffd}'));
        } else if line.starts_with("HTTP/1.1 ") {
            self.count(&format!("HTTP {code}"));
        } else if line.contains(" FAIL ") {
            self.note(line.split_once(' ').map_or(line, |(_, rest)| rest));
        } else if code.len() == 3 && code.starts_with(['4', '9']) {
            self.count(code);
        }
    }
}
