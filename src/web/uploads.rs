//! Files taken in: `POST /upload` with the credentials of the chat.
//!
//! Refuses early what is too much, and never holds a file: each piece goes to the disk as it comes.
//! Source: soju, doc/ext/filehost.md.

use std::sync::Arc;
use std::time::Duration;

use axum::body::BodyDataStream;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::disposition;
use crate::limits;
use crate::session::{Service, UPLOAD_PATH};
use crate::store::uploads::{Excess, UPLOADS_PATH, Upload};
use crate::uploads::{Error, FileKind, Incoming, Sender};

use super::throughput::Throughput;
use super::upload_limit::UploadLimit;
use super::{Caller, Deadline, Problem};

/// Characters of a name in an address.
const SHOWN_NAME_CHARS_MAX: usize = 48;
/// Characters of what a name ends with, after the last dot.
const END_CHARS_MAX: usize = 8;
/// What a refused sender may go on sending until the answer is there, and for how long.
const REFUSED_BYTES_MAX: u64 = 16 * 1024 * 1024;
const REFUSED_PATIENCE: Duration = Duration::from_secs(5);
/// Seconds after which who met too many others may try again.
const CROWDED_S: u64 = 5;

pub(super) fn routes() -> Router<Arc<Service>> {
    let all = post(receive).get(bounds).options(options);
    Router::new().route(UPLOAD_PATH, all).layer(Extension(Arc::new(UploadLimit::default())))
}

/// How large a file may be, for who wants to know before they send it.
async fn bounds(State(service): State<Arc<Service>>, _: Caller) -> Response {
    Json(json!({ "bytes_max": service.files.rules().file_bytes_max })).into_response()
}

async fn options() -> Response {
    // Source: W3C Linked Data Platform, section 7.1.
    let accept = HeaderName::from_static("accept-post");
    let fields = [(header::ALLOW, "GET, HEAD, POST, OPTIONS"), (accept, "*/*")];
    (StatusCode::NO_CONTENT, fields).into_response()
}

async fn receive(
    State(service): State<Arc<Service>>,
    Extension(limit): Extension<Arc<UploadLimit>>,
    Extension(deadline): Extension<Deadline>,
    caller: Result<Caller, Problem>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let waits = parts.headers.contains_key(header::EXPECT);
    let mut arrival = Arrival { body: body.into_data_stream(), throughput: Throughput::new(deadline), waits };
    match take(&service, &limit, caller, &parts.headers, &mut arrival).await {
        Ok(upload) => Ok(created(&service, &upload)),
        Err(problem) => {
            arrival.refuse().await;
            Err(problem)
        }
    }
}

async fn take(
    service: &Arc<Service>,
    limit: &Arc<UploadLimit>,
    caller: Result<Caller, Problem>,
    fields: &HeaderMap,
    arrival: &mut Arrival,
) -> Result<Upload, Problem> {
    let Caller(account) = caller?;
    let rules = service.files.rules();
    if rules.file_bytes_max == 0 {
        return Err(Problem::new(StatusCode::FORBIDDEN, "this server takes no files"));
    }
    let _pass = limit.admit(account.id, Instant::now())?;
    let len = fields.get(header::CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse::<u64>().ok());
    if len.is_some_and(|len| len > rules.file_bytes_max) {
        return Err(problem(service, &Error::TooLarge));
    }
    let usage = service.store.upload_usage(account.id).await;
    let usage = usage.map_err(|error| problem(service, &Error::Store(error)))?;
    if let Some(excess) = usage.exceeds(&rules.quota, len.unwrap_or(1)) {
        return Err(problem(service, &Error::Full(excess)));
    }
    let begun = service.files.begin().await.map_err(|error| problem(service, &Error::Disk(error)))?;
    let Some(mut incoming) = begun else {
        let crowded =
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many files are on their way; try again");
        return Err(Problem { retry_after_s: Some(CROWDED_S), ..crowded });
    };
    arrival.write(service, &mut incoming).await?;
    let name =
        fields.get(header::CONTENT_DISPOSITION).and_then(|value| disposition::file_name(value.as_bytes()));
    let name = name.unwrap_or_else(|| "file".to_owned());
    let sender = Sender { account: account.id, name, at: service.clock.now() };
    // Once it came whole, a sender who goes away must not leave it half kept.
    let files = Arc::clone(&service.files);
    let kept = tokio::spawn(async move { files.keep(incoming, sender).await });
    match kept.await {
        Ok(kept) => kept.map_err(|error| problem(service, &error)),
        Err(error) => Err(problem(service, &Error::Disk(std::io::Error::other(error)))),
    }
}

/// What comes.
struct Arrival {
    body: BodyDataStream,
    throughput: Throughput,
    /// Whether its sender waits for a word before they send it, which reading says.
    waits: bool,
}

impl Arrival {
    async fn write(&mut self, service: &Service, incoming: &mut Incoming) -> Result<(), Problem> {
        while let Some(chunk) = self.next().await? {
            incoming.write(&chunk).await.map_err(|error| problem(service, &error))?;
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        self.waits = false;
        let late = || Problem::new(StatusCode::REQUEST_TIMEOUT, "the file came too slowly");
        let idle = Duration::from_secs(limits::FILE_IDLE_S_MAX);
        let chunk = timeout(idle, self.body.next()).await.map_err(|_| late())?;
        let chunk =
            chunk.transpose().map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the file broke off"))?;
        let Some(chunk) = chunk else { return Ok(None) };
        if !self.throughput.moved(chunk.len()) {
            return Err(late());
        }
        Ok(Some(chunk))
    }

    /// Reads on for a while: who still sends when the connection ends would not see the answer.
    async fn refuse(&mut self) {
        if self.waits {
            return;
        }
        let reading = async {
            let mut read = 0;
            while let Some(Ok(chunk)) = self.body.next().await {
                read += chunk.len() as u64;
                if read > REFUSED_BYTES_MAX {
                    return;
                }
            }
        };
        // Whether it came to its end or not, the answer follows.
        drop(timeout(REFUSED_PATIENCE, reading).await);
    }
}

fn created(service: &Service, upload: &Upload) -> Response {
    let address = address(service, upload);
    let about = Json(about(upload, &address));
    let mut response = (StatusCode::CREATED, about).into_response();
    let fields = response.headers_mut();
    // Made of our own characters.
    fields.insert(header::LOCATION, HeaderValue::try_from(address).unwrap_or(HeaderValue::from_static("/")));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An upload in JSON.
pub(super) fn about(upload: &Upload, address: &str) -> serde_json::Value {
    let (width, height) = upload.dimensions.unzip();
    let kind = upload.kind.split(';').next();
    json!({
        "url": address, "name": upload.name, "type": kind, "bytes": upload.bytes, "width": width, "height": height,
    })
}

/// Where it is to be had. The name is for people: nothing is looked up by it.
pub(super) fn address(service: &Service, upload: &Upload) -> String {
    let base = service.web_url.get().map_or("", String::as_str);
    let name = shown_name(&upload.name, FileKind::named(&upload.kind));
    format!("{base}{UPLOADS_PATH}{}/{name}", upload.key.as_str())
}

/// The name with plain characters only, which ends as such files do.
fn shown_name(name: &str, kind: FileKind) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let is_end = |end: &str| !end.is_empty() && end.len() <= END_CHARS_MAX && !end.contains('_');
    let (stem, end) = plain.rsplit_once('.').filter(|(_, end)| is_end(end)).unwrap_or((&plain, ""));
    let wanted = kind.extension();
    let fits = match kind {
        FileKind::Jpeg => end.eq_ignore_ascii_case("jpeg") || end.eq_ignore_ascii_case(wanted),
        // Many kinds are one of these inside.
        FileKind::Text | FileKind::Zip | FileKind::Gzip | FileKind::Other | FileKind::Ogg => !end.is_empty(),
        FileKind::Png
        | FileKind::Gif
        | FileKind::Webp
        | FileKind::Mp3
        | FileKind::Wav
        | FileKind::Flac
        | FileKind::M4a
        | FileKind::Mp4
        | FileKind::Webm
        | FileKind::Pdf => end.eq_ignore_ascii_case(wanted),
    };
    let (stem, end) = if fits { (stem, end) } else { (plain.as_str(), wanted) };
    let stem: String = stem.trim_matches('.').chars().take(SHOWN_NAME_CHARS_MAX).collect();
    let stem = if stem.is_empty() { "file" } else { &stem };
    if end.is_empty() { stem.to_owned() } else { format!("{stem}.{end}") }
}

/// Why it was not kept; what is the server's own fault is logged.
fn problem(service: &Service, error: &Error) -> Problem {
    match error {
        Error::TooLarge => {
            let mib = service.files.rules().file_bytes_max / 1024 / 1024;
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("a file may have {mib} MiB"))
        }
        Error::Full(Excess::Account) => Problem::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "your files take all the room that you have; delete messages with files that nobody needs",
        ),
        Error::Full(Excess::Server) => {
            tracing::warn!("no file was taken: uploads_mib_max is reached");
            Problem::new(StatusCode::INSUFFICIENT_STORAGE, "there is no more room for files on the server")
        }
        Error::Disk(cause) => {
            tracing::error!(%cause, "a file was not kept");
            Problem::new(StatusCode::INSUFFICIENT_STORAGE, "the server can't keep files at the moment")
        }
        Error::Store(cause) => {
            tracing::error!(%cause, "a file was not kept");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the server can't keep files at the moment")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_addresses_are_plain_and_end_as_such_files_do() {
        for (name, kind, shown) in [
            ("a.png", FileKind::Png, "a.png"),
            ("a.PNG", FileKind::Png, "a.PNG"),
            ("a.jpeg", FileKind::Jpeg, "a.jpeg"),
            ("a.exe", FileKind::Png, "a.exe.png"),
            ("fake.png", FileKind::Other, "fake.png"),
            ("page.html", FileKind::Text, "page.html"),
            ("grüße an dich", FileKind::Gif, "gr__e_an_dich.gif"),
            ("../../etc/passwd", FileKind::Text, "_.._etc_passwd.txt"),
            ("a.tar.gz", FileKind::Gzip, "a.tar.gz"),
            ("", FileKind::Other, "file"),
            ("...", FileKind::Other, "file"),
        ] {
            assert_eq!(shown_name(name, kind), shown, "{name}");
        }
        assert!(shown_name(&"x".repeat(500), FileKind::Mp4).len() < 64);
    }
}
