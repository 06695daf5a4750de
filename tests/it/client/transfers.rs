//! Files sent and fetched over HTTPS, to and from a place that a small IRC server names.

use std::sync::Arc;

use chat_secure::client::event::{Progress, Transfer};
use chat_secure::client::session::{Session, Setup, nonce};
use chat_secure::client::trust::Policy;
use chat_secure::client::{Action, Event, Identity, Profile, Server as Address, known_hosts};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::support::trust::{Identity as Certificate, fingerprint, identity};
use crate::support::{PASSWORD, PATIENCE, Server};

type Stream = BufReader<TlsStream<TcpStream>>;

/// Listens with this certificate; whoever comes is in the queue once TLS is agreed.
async fn listen((certificate, key): &Certificate) -> (u16, mpsc::Receiver<Stream>) {
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.clone_key())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("localhost", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (streams, receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                streams.send(BufReader::new(stream)).await.ok();
            }
        }
    });
    (port, receiver)
}

/// As much IRC as it takes to sign in and be told where files are taken.
async fn speak_irc(mut stream: Stream, file_host: String) {
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|len| len > 0) {
        let answer = match line.trim_end() {
            "CAP LS 302" => "CAP * LS :sasl=PLAIN".to_owned(),
            "CAP REQ sasl" => "CAP * ACK :sasl".to_owned(),
            "AUTHENTICATE PLAIN" => "AUTHENTICATE +".to_owned(),
            "CAP END" => format!(
                ":s 001 alice :Welcome\r\n:s 005 alice soju.im/FILEHOST={file_host} :are supported\r\n:s 422 alice :none"
            ),
            other if other.starts_with("AUTHENTICATE ") => "903 * :done".to_owned(),
            _ => String::new(),
        };
        if !answer.is_empty() {
            stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
        }
        line.clear();
    }
}

/// Reads one request, head and body, and answers it.
async fn answer(stream: &mut Stream, answer: &str) -> (String, Vec<u8>) {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        stream.read_line(&mut head).await.unwrap();
    }
    let len = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; len.unwrap_or(0)];
    stream.read_exact(&mut body).await.unwrap();
    stream.write_all(answer.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    (head, body)
}

/// A session that trusts this certificate for the IRC server by a pin, at home in this folder.
async fn session(irc_port: u16, pinned: &Certificate, folder: &std::path::Path) -> Session {
    session_with(irc_port, &fingerprint(&pinned.0), "secret", folder).await
}

/// The same for a certificate with this fingerprint, and with this password.
async fn session_with(irc_port: u16, pinned: &str, password: &str, folder: &std::path::Path) -> Session {
    let hosts = known_hosts::KnownHosts::at(folder.join("known_hosts"));
    let server = Address { host: "localhost".into(), port: irc_port };
    hosts.add(&server, pinned.parse().unwrap()).unwrap();
    let identity = Identity::sign_in("alice".parse().unwrap(), zeroize::Zeroizing::new(password.into()));
    Session::start(Setup {
        server,
        policy: Policy { fingerprint: None, ca: None, known_hosts: hosts },
        profile: Profile {
            identity,
            rooms: Vec::new(),
            history_len: 0,
            reads: false,
            watches: true,
            nonce: nonce(),
        },
        give_up_after: None,
    })
}

/// Does this once it is known where files are; all that is told of it.
async fn transfer(session: &mut Session, action: Action) -> Vec<Progress> {
    let (mut told, mut action) = (Vec::new(), Some(action));
    loop {
        let event = timeout(PATIENCE, session.events.recv()).await.expect("an event in time");
        if let Some(Event::Abilities(abilities)) = event {
            assert!(abilities.uploads);
            if let Some(action) = action.take() {
                session.actions.send(action).await.unwrap();
            }
        } else if let Some(Event::Transfer(Transfer { id: 7, progress })) = event {
            let is_end = !matches!(progress, Progress::Moved { .. });
            told.push(progress);
            if is_end {
                return told;
            }
        }
        assert!(!session.events.is_closed(), "{told:?}");
    }
}

async fn upload(session: &mut Session, path: &std::path::Path) -> Vec<Progress> {
    transfer(session, Action::Upload { id: 7, path: path.into() }).await
}

#[tokio::test]
async fn a_file_is_sent_whole_to_where_the_server_says() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = identity();
    let (web_port, mut requests) = listen(&certificate).await;
    let (irc_port, mut clients) = listen(&certificate).await;
    tokio::spawn(async move {
        speak_irc(clients.recv().await.unwrap(), format!("https://localhost:{web_port}/files/")).await;
    });
    let content: Vec<u8> = (0..300_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let path = folder.path().join("grüße.png");
    std::fs::write(&path, &content).unwrap();
    let web = tokio::spawn(async move {
        let mut stream = requests.recv().await.unwrap();
        answer(&mut stream, "HTTP/1.1 201 Created\r\nLocation: a/1.png\r\nContent-Length: 0\r\n\r\n").await
    });
    let told = upload(&mut session(irc_port, &certificate, folder.path()).await, &path).await;
    let url = format!("https://localhost:{web_port}/files/a/1.png");
    assert_eq!(told.last(), Some(&Progress::Stored { url }));
    assert!(told.contains(&Progress::Moved { bytes: 300_000, of: 300_000 }), "{told:?}");
    let (head, body) = web.await.unwrap();
    assert_eq!(body, content);
    let head = head.to_ascii_lowercase();
    // alice:secret
    for field in [
        "post /files/ http/1.1",
        "authorization: basic ywxpy2u6c2vjcmv0",
        "content-type: image/png",
        "filename*=utf-8''gr%c3%bc%c3%9fe.png",
    ] {
        assert!(head.contains(field), "{field}: {head}");
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = identity();
    let (web_port, mut requests) = listen(&certificate).await;
    let (irc_port, mut clients) = listen(&certificate).await;
    tokio::spawn(async move {
        speak_irc(clients.recv().await.unwrap(), format!("https://localhost:{web_port}/")).await;
    });
    tokio::spawn(async move {
        let mut stream = requests.recv().await.unwrap();
        answer(&mut stream, "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n").await;
    });
    let path = folder.path().join("a.txt");
    std::fs::write(&path, "x").unwrap();
    let mut session = session(irc_port, &certificate, folder.path()).await;
    let told = upload(&mut session, &path).await;
    let reason = "the file is too large for this server (HTTP 413)".into();
    assert_eq!(told.last(), Some(&Progress::Failed { reason }));
    session.actions.send(Action::Upload { id: 8, path: folder.path().join("none") }).await.unwrap();
    loop {
        if let Some(Event::Transfer(Transfer { id: 8, progress })) = session.events.recv().await {
            assert!(
                matches!(&progress, Progress::Failed { reason } if reason.contains("none: ")),
                "{progress:?}"
            );
            break;
        }
    }
}

#[tokio::test]
async fn nothing_is_sent_to_whom_the_connection_does_not_trust() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, other) = (identity(), identity());
    let (web_port, mut requests) = listen(&other).await;
    let (irc_port, mut clients) = listen(&certificate).await;
    tokio::spawn(async move {
        speak_irc(clients.recv().await.unwrap(), format!("https://localhost:{web_port}/")).await;
    });
    let path = folder.path().join("a.txt");
    std::fs::write(&path, "x").unwrap();
    let told = upload(&mut session(irc_port, &certificate, folder.path()).await, &path).await;
    assert!(
        matches!(told.last(), Some(Progress::Failed { reason }) if reason.contains("not the one expected")),
        "{told:?}"
    );
    assert!(requests.try_recv().is_err());
}

#[tokio::test]
async fn a_file_is_saved_under_its_name_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = identity();
    let (web_port, mut requests) = listen(&certificate).await;
    let (irc_port, mut clients) = listen(&certificate).await;
    tokio::spawn(async move {
        while let Some(client) = clients.recv().await {
            tokio::spawn(speak_irc(client, format!("https://localhost:{web_port}/upload")));
        }
    });
    let saved = folder.path().join("saved");
    std::fs::create_dir(&saved).unwrap();
    let ok = "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"../a.txt\"\r\nContent-Length: 5\r\n\r\n";
    for (path, given, wanted) in [
        ("saved", format!("{ok}hello"), Ok("saved/a.txt")),
        ("saved", format!("{ok}again"), Ok("saved/a (1).txt")),
        ("saved/b", format!("{ok}other"), Ok("saved/b")),
        ("saved/b", format!("{ok}never"), Err("exists")),
        ("saved", format!("{ok}hel"), Err("broke off")),
        ("saved", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".into(), Err("may not have")),
        ("saved", "HTTP/1.1 302 Found\r\nLocation: https://evil/\r\n\r\n".into(), Err("leads elsewhere")),
    ] {
        let answering = async {
            let mut stream = requests.recv().await.unwrap();
            answer(&mut stream, &given).await.0
        };
        let link = format!("https://localhost:{web_port}/f/x.txt#part");
        let download = Action::Download { id: 7, link, path: folder.path().join(path) };
        let mut session = session(irc_port, &certificate, folder.path()).await;
        let (head, told) = tokio::join!(answering, transfer(&mut session, download));
        assert!(
            head.starts_with("GET /f/x.txt HTTP/1.1") && head.contains("authorization: Basic "),
            "{head}"
        );
        match (told.last().unwrap(), wanted) {
            (Progress::Saved { path }, Ok(wanted)) => assert_eq!(*path, folder.path().join(wanted)),
            (Progress::Failed { reason }, Err(part)) => assert!(reason.contains(part), "{reason}"),
            (told, wanted) => panic!("{told:?} instead of {wanted:?}"),
        }
    }
    let read = |name: &str| std::fs::read_to_string(saved.join(name)).unwrap();
    assert_eq!([read("a.txt"), read("a (1).txt"), read("b")], ["hello", "again", "other"]);
    assert_eq!(std::fs::read_dir(&saved).unwrap().count(), 3, "nothing is left of what failed");
}

#[tokio::test]
async fn our_own_server_takes_and_gives_files_by_the_pin_of_its_certificate() {
    let server = Server::with(&["--listen-web=localhost:0", "--upload-mib-max=1"]);
    server.adduser("alice");
    let folder = tempfile::tempdir().unwrap();
    let run = async |action| {
        let mut session = session_with(server.port(), server.fingerprint(), PASSWORD, folder.path()).await;
        transfer(&mut session, action).await.pop().unwrap()
    };
    let path = folder.path().join("grüße.txt");
    std::fs::write(&path, "x".repeat(100_000)).unwrap();
    let stored = run(Action::Upload { id: 7, path: path.clone() }).await;
    let Progress::Stored { url } = stored else { panic!("{stored:?}") };
    assert!(url.starts_with(&format!("https://localhost:{}/files/", server.web_port())), "{url}");
    assert!(url.ends_with("/gr__e.txt"), "{url}");
    let saved = folder.path().join("saved");
    std::fs::create_dir(&saved).unwrap();
    let got = run(Action::Download { id: 7, link: url, path: saved.clone() }).await;
    assert_eq!(got, Progress::Saved { path: saved.join("grüße.txt") });
    assert_eq!(std::fs::read(saved.join("grüße.txt")).unwrap(), std::fs::read(&path).unwrap());
    std::fs::write(&path, vec![0; 3 * 1024 * 1024]).unwrap();
    let reason = "the file is too large for this server (HTTP 413)".into();
    assert_eq!(run(Action::Upload { id: 7, path }).await, Progress::Failed { reason });
}
