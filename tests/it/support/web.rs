//! A WebSocket client: as lines for a [`Client`], or frame by frame.

use std::io;
use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, duplex};
use tokio::net::{TcpSocket, TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::client::Stream;
use super::{Client, Message, PATIENCE, Server, trust};

/// Where the bytes go.
pub(crate) type Bytes = Box<dyn Stream>;

/// A connection frame by frame.
pub(crate) struct Frames {
    pub(crate) socket: WebSocketStream<Bytes>,
    /// The subprotocol that the server chose.
    pub(crate) subprotocol: Option<String>,
}

/// TLS as a browser does it, to the web listener.
pub(crate) async fn tls(server: &Server) -> Bytes {
    let stream = TcpStream::connect(("localhost", server.web_port())).await.unwrap();
    over_tls(stream, server).await
}

/// The same with little room in the kernel.
pub(crate) async fn tls_narrow(server: &Server) -> Bytes {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let address = ([127, 0, 0, 1], server.web_port()).into();
    over_tls(socket.connect(address).await.unwrap(), server).await
}

/// TLS over a connection to the web listener.
pub(crate) async fn over_tls(stream: impl Stream + 'static, server: &Server) -> Bytes {
    let (stream, spoken) = offering(stream, server, &["http/1.1"]).await.expect("no handshake");
    assert_eq!(spoken.as_deref(), Some("http/1.1"));
    stream
}

/// TLS that offers these protocols, and the one that the server chose.
pub(crate) async fn offering(
    stream: impl Stream + 'static,
    server: &Server,
    offered: &[&str],
) -> io::Result<(Bytes, Option<String>)> {
    let mut config = trust::pinned(server.fingerprint(), None);
    config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let stream = timeout(PATIENCE, connecting).await.expect("no handshake in time")?;
    let spoken = stream.get_ref().1.alpn_protocol().map(|name| String::from_utf8(name.to_vec()).unwrap());
    Ok((Box::new(stream), spoken))
}

/// No TLS, to HOST:PORT or unix:PATH.
pub(crate) async fn plain(address: &str) -> Bytes {
    match address.strip_prefix("unix:") {
        Some(path) => Box::new(UnixStream::connect(path).await.unwrap()),
        None => Box::new(TcpStream::connect(address).await.unwrap()),
    }
}

impl Frames {
    /// Upgrades, offering these subprotocols.
    pub(crate) async fn over(stream: Bytes, subprotocols: &str) -> Self {
        let fields = [("Sec-WebSocket-Protocol", subprotocols)];
        let fields = if subprotocols.is_empty() { &[][..] } else { &fields[..] };
        Self::ask(stream, "wss://localhost/", fields).await.expect("no upgrade")
    }

    /// Asks for an upgrade with these fields beside the usual ones; the status if there is none.
    pub(crate) async fn ask(stream: Bytes, url: &str, fields: &[(&'static str, &str)]) -> Result<Self, u16> {
        let mut request = url.into_client_request().unwrap();
        for (name, value) in fields {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match timeout(PATIENCE, client_async(request, stream)).await.expect("no answer in time") {
            Ok((socket, response)) => {
                let subprotocol = response.headers().get("Sec-WebSocket-Protocol");
                let subprotocol = subprotocol.map(|name| name.to_str().unwrap().to_owned());
                Ok(Self { socket, subprotocol })
            }
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Sends a line as a frame of text.
    pub(crate) async fn send(&mut self, line: &str) {
        self.send_frame(Frame::text(line)).await;
    }

    pub(crate) async fn send_frame(&mut self, frame: Frame) {
        timeout(PATIENCE, self.socket.send(frame)).await.expect("can't send in time").expect("can't send");
    }

    /// The next frame; nothing when the connection is over.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        timeout(PATIENCE, self.socket.next()).await.expect("nothing in time").transpose().unwrap_or(None)
    }

    /// The first line with this command.
    pub(crate) async fn until(&mut self, command: &str) -> Message {
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("closed before {command}"));
            let message = Message::parse(&frame.into_data());
            if message.command == command {
                return message;
            }
        }
    }

    /// Becomes a guest.
    pub(crate) async fn register(&mut self, nick: &str) {
        self.send(&format!("NICK {nick}")).await;
        self.send(&format!("USER {nick} 0 * :{nick}")).await;
        self.until("422").await;
    }

    /// The code of the server's close frame, and the last line before.
    pub(crate) async fn closed(&mut self) -> (CloseCode, String) {
        let mut last = String::new();
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("no close frame after {last}"));
            if let Frame::Close(close) = frame {
                return (close.expect("no code").code, last);
            }
            last = frame.to_text().unwrap().to_owned();
        }
    }

    /// A client that speaks in lines.
    pub(crate) fn lines(self) -> Client {
        let mut socket = self.socket;
        let (ours, theirs) = duplex(64 * 1024);
        tokio::spawn(async move {
            let (reader, mut writer) = tokio::io::split(theirs);
            let mut lines = BufReader::new(reader).lines();
            loop {
                tokio::select! {
                    line = lines.next_line() => {
                        let Ok(Some(line)) = line else { break };
                        if socket.send(Frame::text(line)).await.is_err() {
                            break;
                        }
                    }
                    frame = socket.next() => {
                        let Some(Ok(frame @ (Frame::Text(_) | Frame::Binary(_)))) = frame else { break };
                        let line = [&frame.into_data()[..], b"\r\n"].concat();
                        if writer.write_all(&line).await.is_err() {
                            break;
                        }
                    }
                }
            }
        });
        Client::over(ours, 0)
    }
}

/// What a server answered over HTTP.
pub(crate) struct Answer {
    pub(crate) status: u16,
    fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The value of a field; empty if there is none.
    pub(crate) fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends a request for this path over a connection that goes on, and reads the answer.
pub(crate) async fn request(stream: &mut Bytes, method: &str, path: &str, fields: &str) -> Answer {
    send(stream, method, path, fields, &[]).await;
    answer(stream, method).await
}

/// Sends a request with a body whose form the fields tell.
pub(crate) async fn send(stream: &mut Bytes, method: &str, path: &str, fields: &str, body: &[u8]) {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    // Who is refused early may not be read from to the end.
    drop(stream.write_all(body).await);
    drop(stream.flush().await);
}

/// Reads the answer to a request of this method.
pub(crate) async fn answer(stream: &mut Bytes, method: &str) -> Answer {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        timeout(PATIENCE, reader.read_line(&mut line)).await.expect("no answer in time").unwrap();
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
    let fields: Vec<_> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect();
    let mut answer = Answer { status, fields, body: Vec::new() };
    let len = answer.field("content-length").parse().unwrap_or(0);
    let has_body = method != "HEAD" && status != 304;
    answer.body = vec![0; if has_body { len } else { 0 }];
    timeout(PATIENCE, reader.read_exact(&mut answer.body)).await.expect("no body in time").unwrap();
    assert!(reader.buffer().is_empty(), "more than was announced");
    answer
}
