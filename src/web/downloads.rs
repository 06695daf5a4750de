//! Files given out, to those who may read a message that carries them.
//!
//! Nothing of a file is ever a page of ours: what could run is only for keeping, and all is in a sandbox.
//! Source: RFC 9110, sections 13 and 14.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use bytes::Bytes;
use futures_util::stream;
use tokio::fs::File;
use tokio::io::AsyncSeekExt as _;

use crate::disposition;
use crate::ids::UserId;
use crate::limits;
use crate::range::{Content, Point, Range};
use crate::session::Service;
use crate::session::reading::reader_of;
use crate::store::Error as StoreError;
use crate::store::accounts::Account;
use crate::store::uploads::{Upload, UploadKey};
use crate::uploads::{Audience, FileKind, FileStorage, PictureError};

use super::byte_range::{ByteRange, byte_range};
use super::throughput::Throughput;
use super::{Caller, Deadline, Problem, etag, uploads};

/// Each address means the same bytes for ever, to those who may have them.
const KEEPING: &str = "private, max-age=86400, immutable";
/// What is opened from here is a page of nobody.
const POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

pub(super) fn routes() -> Router<Arc<Service>> {
    let whole = || get(whole).delete(remove).options(options);
    Router::new()
        .route("/files/{key}", whole())
        .route("/files/{key}/{name}", whole())
        .route("/files/{key}/{name}/thumbnail", get(thumbnail).options(options))
        .route("/files/{key}/{name}/about", get(about).options(options))
}

async fn options() -> Response {
    (StatusCode::NO_CONTENT, [(header::ALLOW, "GET, HEAD, OPTIONS, DELETE")]).into_response()
}

async fn whole(
    State(service): State<Arc<Service>>,
    Extension(deadline): Extension<Deadline>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let upload = shown(&service, &mut parts).await?;
    let tag = format!("\"{}\"", upload.hash.as_str());
    if etag::is_known(&parts.headers, tag.as_bytes()) {
        return Ok(unchanged(&tag));
    }
    let file = service.files.open_content(&upload.hash).await.map_err(|error| lost(&error))?;
    let part = byte_range(&parts.headers, &tag, upload.bytes);
    let (start, len, status) = match part {
        ByteRange::Whole => (0, upload.bytes, StatusCode::OK),
        ByteRange::Stretch { start, end } => (start, end - start + 1, StatusCode::PARTIAL_CONTENT),
        ByteRange::Beyond => return Ok(beyond(upload.bytes)),
    };
    let kind = FileKind::named(&upload.kind);
    let body = body(Arc::clone(&service.files), file, start, len, Throughput::new(deadline)).await?;
    let mut response = (status, body).into_response();
    dress(&mut response, &tag, kind.media_type());
    let fields = response.headers_mut();
    let disposition = disposition::field(kind.is_shown(), &upload.name);
    if let Ok(disposition) = HeaderValue::try_from(disposition) {
        fields.insert(header::CONTENT_DISPOSITION, disposition);
    }
    fields.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    fields.insert(header::CONTENT_LENGTH, HeaderValue::from(len));
    if let ByteRange::Stretch { start, end } = part
        && let Ok(range) = HeaderValue::try_from(format!("bytes {start}-{end}/{}", upload.bytes))
    {
        fields.insert(header::CONTENT_RANGE, range);
    }
    Ok(response)
}

async fn thumbnail(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let upload = shown(&service, &mut parts).await?;
    let tag = format!("\"{}-small\"", upload.hash.as_str());
    if etag::is_known(&parts.headers, tag.as_bytes()) {
        return Ok(unchanged(&tag));
    }
    let none = || Problem::new(StatusCode::NOT_FOUND, "there is no small picture of this file");
    if !FileKind::named(&upload.kind).is_picture() {
        return Err(none());
    }
    let bytes = service.files.thumbnail(&upload.hash).await.map_err(|error| match error {
        PictureError::Busy => {
            let busy = Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string());
            Problem { retry_after_s: Some(1), ..busy }
        }
        PictureError::Unfit(_) => none(),
        PictureError::Disk(error) => lost(&error),
    })?;
    let kind = FileKind::of(&bytes);
    let mut response = Response::new(Body::from(bytes));
    dress(&mut response, &tag, kind.media_type());
    Ok(response)
}

async fn about(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let upload = shown(&service, &mut parts).await?;
    let address = uploads::address(&service, &upload);
    let mut response = Json(uploads::about(&upload, &address)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(KEEPING));
    Ok(response)
}

/// For who sent it and thought better of it.
async fn remove(
    State(service): State<Arc<Service>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let upload = find(&service, &mut parts).await?;
    if upload.account != Some(caller.0.id) {
        return Err(Problem::new(StatusCode::FORBIDDEN, "this file is not yours"));
    }
    service.store.remove_upload(&upload.key).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The upload that is asked for, by who may see it.
async fn shown(service: &Arc<Service>, parts: &mut Parts) -> Result<Upload, Problem> {
    if service.files.rules().audience == Audience::Link {
        return find(service, parts).await;
    }
    let Caller(account) = Caller::from_request_parts(parts, service).await?;
    let upload = find(service, parts).await?;
    if !may_read(service, &account, &upload).await? {
        return Err(Problem::new(StatusCode::FORBIDDEN, "this file was not shown to you"));
    }
    Ok(upload)
}

async fn find(service: &Arc<Service>, parts: &mut Parts) -> Result<Upload, Problem> {
    let none = || Problem::new(StatusCode::NOT_FOUND, "there is no such file, or no longer");
    let path = Path::<Vec<(String, String)>>::from_request_parts(parts, service).await.map_err(|_| none())?;
    let key =
        path.0.into_iter().find_map(|(name, value)| (name == "key").then(|| UploadKey::parse(&value))?);
    match service.store.upload(&key.ok_or_else(none)?).await {
        Ok(upload) => Ok(upload),
        Err(StoreError::NotFound | StoreError::Conflict) => Err(none()),
        Err(error @ StoreError::Unavailable(_)) => Err(error.into()),
    }
}

/// Who sent it may, and who may read a message that carries it, by the rules of history.
async fn may_read(service: &Service, account: &Account, upload: &Upload) -> Result<bool, Problem> {
    if upload.account == Some(account.id) {
        return Ok(true);
    }
    let directory = service.journal.directory();
    let Some(own) = directory.user(UserId::Account(account.id)) else { return Ok(false) };
    let places = service.store.upload_places(&upload.key, limits::UPLOAD_PLACES_MAX).await?;
    for (room, seq) in places {
        let found = directory.read().rooms.get(&room).cloned();
        let reader = found.and_then(|found| reader_of(&own, &found, Content::Messages));
        let Some(reader) = reader else { continue };
        let before = crate::ids::Seq(seq.0.saturating_sub(1));
        let page = service.store.read(room, &reader, Range::After(Point::Seq(before)), 1).await?;
        if page.iter().any(|entry| entry.seq == seq) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn body(
    files: Arc<FileStorage>,
    mut file: File,
    start: u64,
    len: u64,
    throughput: Throughput,
) -> Result<Body, Problem> {
    file.seek(io::SeekFrom::Start(start)).await.map_err(|error| lost(&error))?;
    let stream = stream::try_unfold(
        (files, file, len, throughput),
        async |(files, mut file, left, mut throughput)| {
            if left == 0 {
                return Ok::<_, io::Error>(None);
            }
            let chunk = files.read(&mut file, left).await?;
            if chunk.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if !throughput.moved(chunk.len()) {
                return Err(io::ErrorKind::TimedOut.into());
            }
            let left = left.saturating_sub(chunk.len() as u64);
            Ok(Some((Bytes::from(chunk), (files, file, left, throughput))))
        },
    );
    Ok(Body::from_stream(stream))
}

fn dress(response: &mut Response, tag: &str, media_type: &'static str) {
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    fields.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    keep(fields, tag);
}

fn keep(fields: &mut HeaderMap, tag: &str) {
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(KEEPING));
    fields.insert(header::VARY, HeaderValue::from_static("authorization, cookie"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        fields.insert(header::ETAG, tag);
    }
}

fn unchanged(tag: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    keep(response.headers_mut(), tag);
    response
}

fn beyond(len: u64) -> Response {
    let mut response =
        Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, format!("the file has {len} bytes")).into_response();
    if let Ok(range) = HeaderValue::try_from(format!("bytes */{len}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    response
}

/// The store knows it and the disk does not.
fn lost(error: &io::Error) -> Problem {
    tracing::error!(%error, "a file can't be read");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the file can't be read")
}
