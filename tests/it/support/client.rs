//! An IRC client that adds nothing: lines out, lines in, and the whole dialogue when a wait fails.

use std::fmt::Write as _;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use chat_secure::protocol::{LineBuffer, sasl};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::trust::{self, Identity};
use super::{Message, PATIENCE};

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// The capabilities that [`Client::texts_of`] needs.
pub(crate) const READING: &[&str] = &["draft/chathistory", "batch", "message-tags"];

/// One connection.
pub(crate) struct Client {
    stream: Box<dyn Stream>,
    received: LineBuffer,
    dialogue: String,
    /// The port that the server sees.
    pub(crate) local_port: u16,
    /// How long it waits for a line, and for the server to take one.
    pub(crate) patience: Duration,
    syncs: u32,
}

impl Client {
    /// Connects to localhost over TLS; the certificate must be the one of this fingerprint.
    pub(crate) async fn tls(port: u16, fingerprint: &str, identity: Option<&Identity>) -> Self {
        let stream = TcpStream::connect(("localhost", port)).await.unwrap();
        let local_port = stream.local_addr().unwrap().port();
        let connector = TlsConnector::from(Arc::new(trust::pinned(fingerprint, identity)));
        let name = ServerName::try_from("localhost").unwrap();
        let stream = timeout(PATIENCE, connector.connect(name, stream)).await;
        Self::over(stream.expect("no handshake in time").expect("no handshake"), local_port)
    }

    /// The same with so little room in the kernel that who does not read is soon noticed.
    pub(crate) async fn tls_narrow(port: u16, fingerprint: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect((Ipv4Addr::LOCALHOST, port).into()).await.unwrap();
        let local_port = stream.local_addr().unwrap().port();
        let connector = TlsConnector::from(Arc::new(trust::pinned(fingerprint, None)));
        let name = ServerName::try_from("localhost").unwrap();
        Self::over(connector.connect(name, stream).await.unwrap(), local_port)
    }

    /// TLS over a connection that is open already.
    pub(crate) async fn tls_over(stream: impl Stream + 'static, fingerprint: &str) -> Self {
        let connector = TlsConnector::from(Arc::new(trust::pinned(fingerprint, None)));
        let name = ServerName::try_from("localhost").unwrap();
        let stream = timeout(PATIENCE, connector.connect(name, stream)).await;
        Self::over(stream.expect("no handshake in time").expect("no handshake"), 0)
    }

    /// The same where the server may turn it away; nothing then.
    pub(crate) async fn tls_or_refused(port: u16, fingerprint: &str) -> Option<Self> {
        let stream = TcpStream::connect(("localhost", port)).await.ok()?;
        let local_port = stream.local_addr().ok()?.port();
        let connector = TlsConnector::from(Arc::new(trust::pinned(fingerprint, None)));
        let name = ServerName::try_from("localhost").unwrap();
        let stream =
            timeout(PATIENCE, connector.connect(name, stream)).await.expect("no answer in time").ok()?;
        let mut client = Self::over(stream, local_port);
        let mut bytes = [0; 512];
        client.stream.write_all(b"PING admitted\r\n").await.ok()?;
        let read =
            timeout(PATIENCE, client.stream.read(&mut bytes)).await.expect("no answer in time").ok()?;
        String::from_utf8_lossy(&bytes[..read]).contains("PONG").then_some(client)
    }

    /// Connects without TLS, to HOST:PORT or unix:PATH.
    pub(crate) async fn plain(address: &str) -> Self {
        if let Some(path) = address.strip_prefix("unix:") {
            return Self::over(UnixStream::connect(path).await.unwrap(), 0);
        }
        let stream = TcpStream::connect(address).await.unwrap();
        let local_port = stream.local_addr().unwrap().port();
        Self::over(stream, local_port)
    }

    /// Speaks over this.
    pub(crate) fn over(stream: impl Stream + 'static, local_port: u16) -> Self {
        let received = LineBuffer::default();
        let (stream, dialogue) = (Box::new(stream), String::new());
        Self { stream, received, dialogue, local_port, patience: PATIENCE, syncs: 0 }
    }

    /// What it speaks over; what was read already is lost.
    #[allow(dead_code, reason = "for the hostile tester")]
    pub(crate) fn into_stream(self) -> impl Stream {
        self.stream
    }

    pub(crate) async fn send(&mut self, line: impl AsRef<str>) {
        self.send_bytes(line.as_ref().as_bytes()).await;
    }

    /// Sends a line that need not be text.
    pub(crate) async fn send_bytes(&mut self, line: &[u8]) {
        self.send_raw(&[line, b"\r\n"].concat()).await;
    }

    /// Sends bytes as they are, line ends included.
    pub(crate) async fn send_raw(&mut self, bytes: &[u8]) {
        if let Err(error) = self.try_send_raw(bytes).await {
            self.fail(&format!("can't send: {error}"));
        }
    }

    /// The same to a server that may be gone.
    pub(crate) async fn try_send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.note('>', String::from_utf8_lossy(bytes).trim_end());
        let sent = timeout(self.patience, async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        });
        sent.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// The next line.
    pub(crate) async fn next(&mut self) -> Message {
        match self.next_or_end("a line").await {
            Some(message) => message,
            None => self.fail("the server closed the connection"),
        }
    }

    /// The command of the next line; nothing when the connection is over, or was before anything was said.
    pub(crate) async fn next_command(&mut self) -> Option<String> {
        self.next_or_end("a line").await.map(|message| message.command)
    }

    /// The first line that the function accepts; those before it are passed over.
    pub(crate) async fn expect(&mut self, what: &str, accept: impl Fn(&Message) -> bool) -> Message {
        loop {
            match self.next_or_end(what).await {
                Some(message) if accept(&message) => return message,
                Some(_) => {}
                None => self.fail(&format!("waited for {what}: the server closed the connection")),
            }
        }
    }

    /// The first line with this command.
    pub(crate) async fn until(&mut self, command: &str) -> Message {
        self.expect(command, |message| message.command == command).await
    }

    /// Lines up to the first one with this command, which is the last of them.
    pub(crate) async fn all_until(&mut self, command: &str) -> Vec<Message> {
        let mut all = Vec::new();
        while all.last().is_none_or(|last: &Message| last.command != command) {
            match self.next_or_end(command).await {
                Some(message) => all.push(message),
                None => self.fail(&format!("waited for {command}: the server closed the connection")),
            }
        }
        all
    }

    /// Sends the command and returns the line with that answer.
    pub(crate) async fn ask(&mut self, line: &str, answer: &str) -> Message {
        self.send(line).await;
        self.until(answer).await
    }

    /// Sends the command and returns all that comes before it was surely dealt with.
    pub(crate) async fn run(&mut self, line: &str) -> Vec<Message> {
        self.send(line).await;
        self.sync().await
    }

    /// Waits until the server has dealt with all that was sent; returns the lines before that.
    pub(crate) async fn sync(&mut self) -> Vec<Message> {
        self.syncs += 1;
        let token = format!("sync-{}", self.syncs);
        self.send(format!("PING {token}")).await;
        let mut all = Vec::new();
        loop {
            let message = self.next().await;
            if message.command == "PONG" && message.last() == token {
                return all;
            }
            all.push(message);
        }
    }

    /// What comes before the server closes the connection.
    pub(crate) async fn closed(&mut self) -> Vec<Message> {
        let mut all = Vec::new();
        while let Some(message) = self.next_or_end("the end of the connection").await {
            all.push(message);
        }
        all
    }

    /// All texts of a conversation, oldest first, read in pages.
    pub(crate) async fn texts_of(&mut self, conversation: &str) -> Vec<String> {
        let mut all = Vec::new();
        let mut request = format!("CHATHISTORY AFTER {conversation} timestamp=1970-01-01T00:00:00.000Z 100");
        loop {
            self.send(&request).await;
            self.until("BATCH").await;
            let mut page = self.all_until("BATCH").await;
            page.retain(|message| message.command == "PRIVMSG");
            let Some(last) = page.last() else { return all };
            request = format!("CHATHISTORY AFTER {conversation} msgid={} 100", last.tag("msgid").unwrap());
            all.extend(page.iter().map(|message| message.last().to_owned()));
        }
    }

    /// The last texts of a conversation, at most 100, where history is asked for by time alone as well.
    pub(crate) async fn latest_texts_of(&mut self, conversation: &str) -> Vec<String> {
        self.send(format!("CHATHISTORY LATEST {conversation} * 100")).await;
        self.until("BATCH").await;
        let page = self.all_until("BATCH").await;
        page.iter().filter(|m| m.command == "PRIVMSG").map(|m| m.last().to_owned()).collect()
    }

    /// Becomes a guest; returns the lines up to the end of the greeting.
    pub(crate) async fn register_guest(&mut self, nick: &str) -> Vec<Message> {
        self.send(format!("NICK {nick}")).await;
        self.send(format!("USER {nick} 0 * :{nick} the guest")).await;
        self.greeted().await
    }

    /// Signs in with these capabilities; returns what comes after the greeting began.
    pub(crate) async fn login(&mut self, account: &str, password: &str, caps: &[&str]) -> Vec<Message> {
        self.login_as(account, account, password, caps).await
    }

    /// The same where one signs in by another name than one's nick.
    pub(crate) async fn login_as(
        &mut self,
        nick: &str,
        account: &str,
        password: &str,
        caps: &[&str],
    ) -> Vec<Message> {
        self.begin(nick, caps).await;
        let answer = self.authenticate(account, password).await;
        if answer.command != "903" {
            self.fail("could not sign in");
        }
        self.send("CAP END").await;
        self.greeted().await
    }

    /// Negotiates these capabilities and `sasl`, says nick and user, and leaves registration open.
    pub(crate) async fn begin(&mut self, nick: &str, caps: &[&str]) {
        self.send("CAP LS 302").await;
        self.send(format!("NICK {nick}")).await;
        self.send(format!("USER {nick} 0 * :{nick} the tester")).await;
        self.send(format!("CAP REQ :sasl {}", caps.join(" ")).trim_end()).await;
        let answer = self.expect("ACK or NAK", |m| m.command == "CAP" && m.param(1).ends_with('K')).await;
        if answer.param(1) != "ACK" {
            self.fail("capabilities were refused");
        }
    }

    /// SASL PLAIN; returns the line that decides.
    pub(crate) async fn authenticate(&mut self, account: &str, password: &str) -> Message {
        let plain = sasl::Plain { name: account.into(), password: password.to_owned().into() };
        self.send("AUTHENTICATE PLAIN").await;
        for chunk in sasl::chunks(&plain.to_answer()) {
            self.send(format!("AUTHENTICATE {}", chunk.as_str())).await;
        }
        self.expect("the end of SASL", |m| ["903", "904", "905", "906", "907"].contains(&&*m.command)).await
    }

    /// The lines up to the end of the greeting, and those of the first moment after it.
    async fn greeted(&mut self) -> Vec<Message> {
        let mut all = Vec::new();
        while all.last().is_none_or(|last: &Message| !["376", "422"].contains(&last.command.as_str())) {
            all.push(self.next().await);
        }
        all.extend(self.sync().await);
        all
    }

    /// The next line, or nothing when the connection is over.
    pub(crate) async fn next_or_end(&mut self, what: &str) -> Option<Message> {
        loop {
            if let Some(line) = self.received.next_line() {
                self.note('<', &String::from_utf8_lossy(&line));
                return Some(Message::parse(&line));
            }
            let mut bytes = vec![0; 16 * 1024];
            match timeout(self.patience, self.stream.read(&mut bytes)).await {
                Ok(Ok(0) | Err(_)) => return None,
                Ok(Ok(read)) => self.received.extend(&bytes[..read]),
                Err(_) => self.fail(&format!("waited for {what}: nothing within {:?}", self.patience)),
            }
        }
    }

    fn note(&mut self, direction: char, line: &str) {
        let cut = line.char_indices().nth(400).map_or(line.len(), |(at, _)| at);
        writeln!(self.dialogue, "{direction} {}", &line[..cut]).unwrap();
    }

    fn fail(&self, problem: &str) -> ! {
        panic!("{problem}\n{}", self.dialogue);
    }
}
