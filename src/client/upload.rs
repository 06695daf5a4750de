//! A file on its way to where the server takes files: one HTTPS request.
//!
//! Trusts whom the connection trusts, where the host is the same, and goes nowhere without TLS.
//! Source: soju, doc/ext/filehost.md.

use std::future::Future as _;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1;
use hyper::header;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;

use crate::disposition;

use super::connection::{self, ConnectError, Server};
use super::filehost;
use super::state::Upload;
use super::trust::Policy;

/// Bytes that are read from the file at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks that wait to be sent.
const CHUNKS_MAX: usize = 2;
/// What an upload may take, whatever its size, and how slow it may be beyond.
const TIME_MIN: Duration = Duration::from_secs(60);
const BYTES_PER_SECOND_MIN: u64 = 8 * 1024;

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The file can't be read, or is none.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The server names a place that is none.
    #[error("`{0}` is no address to send files to")]
    Address(String),
    /// No connection to that place, or nobody to be trusted there.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The connection broke.
    #[error("the upload broke off: {0}")]
    Broken(#[from] hyper::Error),
    /// It took too long.
    #[error("the upload took too long")]
    Late,
    /// The answer says no.
    #[error("{}", describe(*.0))]
    Refused(StatusCode),
    /// The answer does not say where the file is.
    #[error("the server took the file and does not say where it is")]
    Nowhere,
}

fn describe(status: StatusCode) -> String {
    let reason = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "you may not send files to this server",
        StatusCode::PAYLOAD_TOO_LARGE => "the file is too large for this server",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "the server takes no files of this kind",
        StatusCode::TOO_MANY_REQUESTS => "too many files for now; try again later",
        StatusCode::INSUFFICIENT_STORAGE => "there is no room for the file on the server",
        _ => "the server did not take the file",
    };
    format!("{reason} (HTTP {})", status.as_u16())
}

/// Sends the file and returns where it is to be had. `home` is the server that named the place,
/// `policy` the one by which that server is trusted. Bytes sent and the file's size go to
/// `progress`, as far as there is room.
///
/// # Errors
/// [`UploadError`]; nothing was stored, as far as one can know.
pub async fn send(
    upload: &Upload,
    home: &Server,
    policy: &Policy,
    progress: impl Fn(u64, u64) + Send + 'static,
) -> Result<String, UploadError> {
    let (file, size) = open(&upload.path).await?;
    let limit = TIME_MIN + Duration::from_secs(size / BYTES_PER_SECOND_MIN);
    let sending = post(upload, home, policy, file, size, progress);
    tokio::time::timeout(limit, sending).await.map_err(|_| UploadError::Late)?
}

async fn open(path: &Path) -> Result<(File, u64), UploadError> {
    let failed = |cause| UploadError::File { path: path.to_owned(), cause };
    let file = File::open(path).await.map_err(failed)?;
    let metadata = file.metadata().await.map_err(failed)?;
    if !metadata.is_file() {
        return Err(failed(io::Error::other("this is no file")));
    }
    Ok((file, metadata.len()))
}

async fn post(
    upload: &Upload,
    home: &Server,
    policy: &Policy,
    file: File,
    size: u64,
    progress: impl Fn(u64, u64) + Send + 'static,
) -> Result<String, UploadError> {
    let wrong = || UploadError::Address(upload.address.clone());
    let uri: Uri = upload.address.parse().map_err(|_| wrong())?;
    let place = filehost::place(&uri).ok_or_else(wrong)?;
    let policy = filehost::policy_for(&place, home, policy).map_err(ConnectError::Policy)?;
    let stream = connection::connect(&place, &policy).await?.stream;

    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Chunk by chunk, so that no file has to fit into memory.
    let (chunks, body) = mpsc::channel(CHUNKS_MAX);
    let body = FileBody { chunks: body, left: size };
    let request = request(upload, &uri, body).map_err(|_| wrong())?;
    let reading = read(file, size, chunks, progress);
    let mut reading = std::pin::pin!(reading);
    let mut connection = std::pin::pin!(connection);
    let mut answer = std::pin::pin!(sender.send_request(request));
    let (mut is_read, mut is_closed) = (false, false);
    let response = std::future::poll_fn(|context| {
        if !is_read {
            is_read = reading.as_mut().poll(context).is_ready();
        }
        if !is_closed {
            is_closed = connection.as_mut().poll(context).is_ready();
        }
        answer.as_mut().poll(context)
    });
    location(&response.await?, &uri)
}

fn request(upload: &Upload, uri: &Uri, body: FileBody) -> Result<Request<FileBody>, hyper::http::Error> {
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let name = upload.path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let mut request = Request::post(target)
        .header(header::HOST, uri.authority().map_or("", |authority| authority.as_str()))
        .header(header::CONNECTION, "close")
        .header(header::CONTENT_TYPE, kind_of(&upload.path))
        .header(header::CONTENT_LENGTH, body.left)
        .header(header::CONTENT_DISPOSITION, disposition::field(false, &name));
    if let Some(credentials) = &upload.credentials {
        request = request.header(header::AUTHORIZATION, filehost::authorization(credentials)?);
    }
    request.body(body)
}

fn kind_of(path: &Path) -> &'static str {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref().unwrap_or_default() {
        "txt" | "log" | "md" => "text/plain; charset=utf-8",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "gz" | "tgz" => "application/gzip",
        "json" => "application/json",
        "mp3" => "audio/mpeg",
        "ogg" | "opus" => "audio/ogg",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => "application/octet-stream",
    }
}

/// Where the answer says the file is; it may leave out what the address has already.
fn location(response: &Response<Incoming>, uri: &Uri) -> Result<String, UploadError> {
    if response.status() != StatusCode::CREATED {
        return Err(UploadError::Refused(response.status()));
    }
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let location = location.filter(|location| !location.is_empty()).ok_or(UploadError::Nowhere)?;
    Ok(resolved(location, uri))
}

/// Source: RFC 3986, section 5.2, without `..`.
fn resolved(location: &str, uri: &Uri) -> String {
    let host = uri.authority().map_or("", |authority| authority.as_str());
    if location.contains("://") {
        return location.to_owned();
    }
    if location.starts_with("//") {
        return format!("https:{location}");
    }
    if location.starts_with('/') {
        return format!("https://{host}{location}");
    }
    let folder = uri.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("https://{host}{folder}/{location}")
}

/// Hands the file on in chunks, never more than its size as it was in the beginning.
async fn read(file: File, size: u64, chunks: mpsc::Sender<io::Result<Bytes>>, progress: impl Fn(u64, u64)) {
    let mut file = file.take(size);
    let mut sent = 0;
    loop {
        let mut chunk = vec![0; CHUNK_BYTES];
        let chunk = file.read(&mut chunk).await.map(|len| {
            chunk.truncate(len);
            Bytes::from(chunk)
        });
        let len = chunk.as_ref().map_or(0, Bytes::len);
        if chunk.is_ok() && len == 0 || chunks.send(chunk).await.is_err() {
            return;
        }
        sent += len as u64;
        progress(sent, size);
    }
}

/// A file as the body of a request.
struct FileBody {
    chunks: mpsc::Receiver<io::Result<Bytes>>,
    left: u64,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let chunk = ready!(self.chunks.poll_recv(context));
        if let Some(Ok(chunk)) = &chunk {
            self.left = self.left.saturating_sub(chunk.len() as u64);
        }
        Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_completed() {
        let uri: Uri = "https://h:8443/files/up?x".parse().unwrap();
        let table = [
            ("https://cdn/1", "https://cdn/1"),
            ("//cdn/1", "https://cdn/1"),
            ("/f/1", "https://h:8443/f/1"),
            ("1", "https://h:8443/files/1"),
        ];
        for (location, whole) in table {
            assert_eq!(resolved(location, &uri), whole);
        }
    }
}
