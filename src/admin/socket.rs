//! The unix socket: one line of JSON asks, one answers, then the connection ends.
//!
//! Only root and the server's own user are heard. A bad request gets an error and harms nobody.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use crate::limits;

use super::error::Error;
use super::request::Request;
use super::response::Response;
use super::{Asker, Context, perform};

/// The socket's name in the data directory.
pub const SOCKET_FILE: &str = "admin.sock";
/// Where it is made: nobody else can look into it.
const NURSERY: &str = ".admin";
const PATIENCE: Duration = Duration::from_secs(limits::ADMIN_TIMEOUT_S);
/// The pause after an accept that failed, for want of file descriptors most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why a running server could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nobody listens: no server runs here.
    #[error("no server listens")]
    Nobody,
    /// The socket belongs to another user.
    #[error("the server belongs to another user")]
    Forbidden,
    /// It does not answer in time.
    #[error("it does not answer")]
    Silent,
    /// It broke off, or says what can't be understood.
    #[error("{0}")]
    Broken(String),
}

/// Opens the socket of a data directory, whose lock the caller holds. What a crashed server left
/// behind is replaced.
///
/// # Errors
/// The system's; the path may be too long for a socket (107 bytes).
pub fn bind(data_dir: &Path) -> io::Result<UnixListener> {
    let nursery = data_dir.join(NURSERY);
    let made = nursery.join("s");
    // Left behind by a crash at this very place.
    if nursery.exists() {
        fs::remove_dir_all(&nursery)?;
    }
    DirBuilder::new().mode(0o700).create(&nursery)?;
    let listener = UnixListener::bind(&made)?;
    // Closed to others before it is where they can reach it.
    fs::set_permissions(&made, Permissions::from_mode(0o600))?;
    fs::rename(&made, data_dir.join(SOCKET_FILE))?;
    fs::remove_dir(&nursery)?;
    Ok(listener)
}

/// Answers until the task is ended. What was begun by then is carried to its end.
pub async fn serve(listener: UnixListener, context: Arc<Context>) {
    let places = Arc::new(Semaphore::new(limits::ADMIN_CONNECTIONS_MAX));
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let context = Arc::clone(&context);
                tokio::spawn(async move {
                    if let Err(error) = serve_one(stream, &context).await {
                        tracing::debug!(%error, "chatctl broke off");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "could not accept chatctl");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve_one(mut stream: UnixStream, context: &Context) -> io::Result<()> {
    let peer = stream.peer_cred()?;
    if !is_welcome(peer.uid()) {
        tracing::warn!(peer.uid = peer.uid(), "chatctl of another user refused");
        return answer(&mut stream, &Err(forbidden())).await;
    }
    let line = match timeout(PATIENCE, read_line(&mut stream, limits::ADMIN_REQUEST_BYTES_MAX)).await {
        Ok(line) => line?,
        Err(_) => return answer(&mut stream, &Err(malformed("it took too long"))).await,
    };
    // It only looked whether somebody is here.
    if line.is_empty() {
        return Ok(());
    }
    let request = match parse(&line) {
        Ok(request) => request,
        Err(error) => return answer(&mut stream, &Err(error)).await,
    };
    drop(line);
    let (operation, account) = (request.word(), request.account().map(ToString::to_string));
    let is_harmless = request.is_harmless();
    let result = perform(context, &Asker::of_uid(peer.uid()), request).await;
    let outcome = result.as_ref().err().map_or("done", |error| error.what.as_str());
    let uid = peer.uid();
    if is_harmless {
        tracing::debug!(operation, account, peer.uid = uid, outcome, "administration");
    } else {
        tracing::info!(operation, account, peer.uid = uid, outcome, "administration");
    }
    answer(&mut stream, &result).await
}

/// Root, and who runs the server.
fn is_welcome(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

fn parse(line: &[u8]) -> Result<Request, Error> {
    let Some(line) = line.strip_suffix(b"\n") else {
        return Err(malformed(&format!(
            "it is longer than {} bytes or cut off",
            limits::ADMIN_REQUEST_BYTES_MAX
        )));
    };
    // serde's own words would repeat what was sent, a password perhaps.
    serde_json::from_slice(line).map_err(|error| malformed(&format!("see its column {}", error.column())))
}

fn malformed(cause: &str) -> Error {
    Error::failed(
        format!("the server does not understand this request ({cause})"),
        "chatctl and the server must be of one version: restart the server after an update",
    )
}

fn forbidden() -> Error {
    Error::failed("this server belongs to another user", "run chatctl as that user or as root (sudo)")
}

async fn answer(stream: &mut UnixStream, result: &Result<Response, Error>) -> io::Result<()> {
    let mut line = Zeroizing::new(serde_json::to_vec(result)?);
    if line.len() >= limits::ADMIN_ANSWER_BYTES_MAX {
        let error = Error::failed("the answer is too long", "ask for less");
        *line = serde_json::to_vec(&Err::<Response, _>(error))?;
    }
    line.push(b'\n');
    timeout(PATIENCE, stream.write_all(&line)).await?
}

/// Reads to the end of a line, or of the stream, or to so many bytes.
async fn read_line(stream: &mut UnixStream, bytes_max: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::new());
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    BufReader::new(stream).take(limit).read_until(b'\n', &mut line).await?;
    Ok(line)
}

/// Whether a server listens on this data directory.
///
/// # Errors
/// [`CallError`] says why it can't be asked.
pub async fn probe(data_dir: &Path) -> Result<(), CallError> {
    connect(data_dir).await.map(drop)
}

/// Asks the server that runs on this data directory.
///
/// # Errors
/// [`CallError`], or the server's [`Error`].
pub async fn call(data_dir: &Path, request: &Request) -> Result<Result<Response, Error>, CallError> {
    call_within(data_dir, request, Duration::from_secs(limits::ADMIN_ANSWER_TIMEOUT_S)).await
}

/// The same where the answer may take longer than usual.
///
/// # Errors
/// As [`call`].
pub async fn call_within(
    data_dir: &Path,
    request: &Request,
    patience: Duration,
) -> Result<Result<Response, Error>, CallError> {
    timeout(patience, ask(data_dir, request)).await.unwrap_or(Err(CallError::Silent))
}

async fn ask(data_dir: &Path, request: &Request) -> Result<Result<Response, Error>, CallError> {
    let mut stream = connect(data_dir).await?;
    let mut line = Zeroizing::new(serde_json::to_vec(request).map_err(io::Error::from)?);
    line.push(b'\n');
    stream.write_all(&line).await?;
    let line = read_line(&mut stream, limits::ADMIN_ANSWER_BYTES_MAX).await?;
    if line.is_empty() {
        return Err(CallError::Broken("it ended without an answer".into()));
    }
    serde_json::from_slice(&line)
        .map_err(|error| CallError::Broken(format!("its answer is not understood, {error}")))
}

#[allow(clippy::wildcard_enum_match_arm, reason = "a foreign enum that grows")]
async fn connect(data_dir: &Path) -> Result<UnixStream, CallError> {
    let connected = UnixStream::connect(data_dir.join(SOCKET_FILE)).await;
    connected.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => CallError::Nobody,
        io::ErrorKind::PermissionDenied => CallError::Forbidden,
        _ => error.into(),
    })
}

impl From<io::Error> for CallError {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}
