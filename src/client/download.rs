//! A file from behind a link: one HTTPS request, and a new file.
//!
//! Overwrites nothing, follows the link to no other place, and leaves nothing behind that is not whole.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper::header;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use crate::disposition;

use super::connection::{self, ConnectError, Server};
use super::filehost;
use super::state::Download;
use super::text::plain;
use super::trust::Policy;

/// The longest time in which nothing comes.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// Larger files are not taken.
const SIZE_MAX: u64 = 4 << 30;
/// Files of one name, told apart by a number.
const SAME_NAME_MAX: u32 = 100;

/// Why a file was not saved.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// No link to a place with TLS.
    #[error("`{0}` is no link that can be saved: only https:// is")]
    Address(String),
    /// No connection to that place, or nobody to be trusted there.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The connection broke.
    #[error("the connection broke off: {0}")]
    Broken(#[from] hyper::Error),
    /// Nothing came for a minute.
    #[error("nothing came for a minute")]
    Silent,
    /// The answer says no.
    #[error("{}", describe(*.0))]
    Refused(StatusCode),
    /// More than 4 GiB.
    #[error("the file is larger than 4 GiB")]
    TooLarge,
    /// The file can't be written.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
}

fn describe(status: StatusCode) -> String {
    let reason = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "you may not have this file",
        StatusCode::NOT_FOUND | StatusCode::GONE => "there is no such file (any more)",
        _ if status.is_redirection() => "the link leads elsewhere; open it in a browser",
        _ => "the server did not give the file",
    };
    format!("{reason} (HTTP {})", status.as_u16())
}

/// Saves the file and returns where it is. `home` is the server whose people named the link, `policy` the one
/// by which it is trusted. Bytes that came and the file's size, as far as it is known, go to `progress`.
///
/// # Errors
/// [`DownloadError`]; there is no new file then.
pub async fn fetch(
    download: &Download,
    home: &Server,
    policy: &Policy,
    progress: impl Fn(u64, u64),
) -> Result<PathBuf, DownloadError> {
    let wrong = || DownloadError::Address(plain(&download.link));
    let uri: Uri = download.link.split('#').next().unwrap_or_default().parse().map_err(|_| wrong())?;
    let place = filehost::place(&uri).ok_or_else(wrong)?;
    let policy = filehost::policy_for(&place, home, policy).map_err(ConnectError::Policy)?;
    let stream = connection::connect(&place, &policy).await?.stream;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = request(download, &uri).map_err(|_| wrong())?;
    let saving = async {
        let asked = timeout(SILENCE_MAX, sender.send_request(request)).await;
        let response = asked.map_err(|_| DownloadError::Silent)??;
        if response.status() != StatusCode::OK {
            return Err(DownloadError::Refused(response.status()));
        }
        let name = name_of(&response, &uri);
        let (file, path) = create(&download.path, &name).await?;
        let saved = save(response, file, &path, progress).await;
        if saved.is_err() {
            // What is not whole is of no use; that it can't be removed changes nothing.
            drop(fs::remove_file(&path).await);
        }
        saved.map(|()| path)
    };
    tokio::select! {
        saved = saving => saved,
        // Goes on until the sender is dropped, which is in the other branch.
        Err(error) = connection => Err(error.into()),
    }
}

fn request(download: &Download, uri: &Uri) -> Result<Request<String>, hyper::http::Error> {
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut request = Request::get(target)
        .header(header::HOST, uri.authority().map_or("", |authority| authority.as_str()))
        .header(header::CONNECTION, "close");
    if let Some(credentials) = &download.credentials {
        request = request.header(header::AUTHORIZATION, filehost::authorization(credentials)?);
    }
    request.body(String::new())
}

/// What the answer calls the file, or else the link; safe to be a file's name.
fn name_of(response: &Response<Incoming>, uri: &Uri) -> String {
    let value = response.headers().get(header::CONTENT_DISPOSITION);
    let named = value.and_then(|value| disposition::file_name(value.as_bytes()));
    let last = || {
        let last = uri.path().rsplit('/').next().unwrap_or_default();
        percent_decode_str(last).decode_utf8_lossy().into_owned()
    };
    safe(&named.unwrap_or_else(last))
}

/// A name for a file that is not hidden.
fn safe(name: &str) -> String {
    let name = disposition::clean(name).unwrap_or_default();
    let name = name.trim_start_matches(['.', ' ']);
    if name.is_empty() { "file".to_owned() } else { name.to_owned() }
}

/// A file that was not there: this one, or one of that name in this folder, with a number if need be.
async fn create(path: &Path, name: &str) -> Result<(File, PathBuf), DownloadError> {
    let is_folder = fs::metadata(path).await.is_ok_and(|metadata| metadata.is_dir());
    let (stem, extension) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).unwrap_or((name, ""));
    let dot = if extension.is_empty() { "" } else { "." };
    for number in 0..SAME_NAME_MAX {
        let path = match number {
            _ if !is_folder => path.to_owned(),
            0 => path.join(name),
            _ => path.join(format!("{stem} ({number}){dot}{extension}")),
        };
        match File::options().write(true).create_new(true).open(&path).await {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_folder => {}
            Err(cause) => return Err(DownloadError::File { path, cause }),
        }
    }
    let cause = io::Error::from(io::ErrorKind::AlreadyExists);
    Err(DownloadError::File { path: path.join(name), cause })
}

async fn save(
    response: Response<Incoming>,
    mut file: File,
    path: &Path,
    progress: impl Fn(u64, u64),
) -> Result<(), DownloadError> {
    let failed = |cause| DownloadError::File { path: path.to_owned(), cause };
    let mut body = response.into_body();
    let size = body.size_hint().exact().unwrap_or(0);
    let mut saved = 0;
    loop {
        let next = std::future::poll_fn(|context| std::pin::Pin::new(&mut body).poll_frame(context));
        let Some(frame) = timeout(SILENCE_MAX, next).await.map_err(|_| DownloadError::Silent)? else { break };
        let Ok(data) = frame?.into_data() else { continue };
        saved += data.len() as u64;
        if saved > SIZE_MAX {
            return Err(DownloadError::TooLarge);
        }
        file.write_all(&data).await.map_err(failed)?;
        progress(saved, size);
    }
    file.flush().await.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    #[test]
    fn no_name_leads_elsewhere_or_hides() {
        for (name, wanted) in [
            ("a.png", "a.png"),
            ("../../.ssh/authorized_keys", "authorized_keys"),
            ("..\\x.exe", "x.exe"),
            (".bashrc", "bashrc"),
            ("a\u{202e}gnp.exe\u{7}", "agnp.exe"),
            ("..", "file"),
            ("", "file"),
        ] {
            assert_eq!(safe(name), wanted, "{name:?}");
        }
        assert_eq!(safe(&"x".repeat(1000)).len(), limits::FILE_NAME_CHARS_MAX);
    }
}
