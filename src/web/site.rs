//! Answers for the files of the web client: where each is, what a browser may do with it and how long it may
//! keep it.
//!
//! What pages load is below a folder named by a hash of all of it, so that a name always means the same bytes.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::sync::LazyLock;

use axum::body::Body;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use crate::auth::secret;

use super::etag;
use super::files::FILES;

/// Files with a place of their own, which is the same in each version.
const FIXED: [(&str, &str); 3] =
    [("index.html", "/"), ("manifest.json", "/manifest.json"), ("worker.js", "/worker.js")];
/// What stands in a fixed file for the folder of all others.
const FOLDER_MARK: &str = "{folder}";
/// What stands in the page for the modules that it will need, so that they are all fetched at once.
const MODULES_MARK: &str = "<!-- modules -->";
/// Hexadecimal digits of a hash in a name.
const HASH_DIGITS: usize = 16;

/// What a page may do: what is of this site, and nothing that is written into the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types worker";
const FIELDS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// The files as they are sent.
#[derive(Debug)]
struct Site {
    files: BTreeMap<String, File>,
}

#[derive(Debug)]
struct File {
    kind: &'static str,
    /// How long it may be kept.
    keeping: &'static str,
    plain: Form,
    /// Only if that is shorter.
    packed: Option<Form>,
}

#[derive(Debug)]
struct Form {
    bytes: Bytes,
    tag: HeaderValue,
}

static SITE: LazyLock<Site> = LazyLock::new(|| Site::new(FILES));

/// Answers a request for a file. Packs all of them when one is asked for the first time.
pub(super) async fn answer(method: Method, place: Uri, asked: HeaderMap) -> Response {
    SITE.answer(&method, place.path(), &asked)
}

impl Site {
    fn new(sources: &[(&str, &'static [u8])]) -> Self {
        let mut hasher = Sha256::new();
        for (name, bytes) in sources {
            hasher.update((name.len() as u64).to_be_bytes());
            hasher.update(name);
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        }
        let folder = format!("/assets/{}", digits(&hasher.finalize()));
        let modules = modules(sources, &folder);
        let files = sources.iter().map(|(name, bytes)| {
            let bytes = sendable(name, bytes);
            let fixed = FIXED.iter().find(|(fixed, _)| fixed == name);
            let Some((_, place)) = fixed else {
                let keeping = "public, max-age=31536000, immutable";
                return (format!("{folder}/{name}"), File::new(name, bytes, keeping));
            };
            let text = String::from_utf8_lossy(&bytes);
            let text = text.replace(FOLDER_MARK, &folder).replace(MODULES_MARK, &modules);
            ((*place).to_owned(), File::new(name, text.into(), "no-cache"))
        });
        Self { files: files.collect() }
    }

    fn answer(&self, method: &Method, path: &str, asked: &HeaderMap) -> Response {
        let Some(file) = self.files.get(path) else {
            return words(StatusCode::NOT_FOUND, "There is nothing here; the chat is at /.");
        };
        if ![Method::GET, Method::HEAD].contains(method) {
            let mut refused = words(StatusCode::METHOD_NOT_ALLOWED, "This is for GET only.");
            refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return refused;
        }
        file.answer(method, asked)
    }
}

impl File {
    fn new(name: &str, bytes: Bytes, keeping: &'static str) -> Self {
        let hash = digits(&Sha256::digest(&bytes));
        let packed = pack(&bytes).ok().filter(|packed| packed.len() < bytes.len());
        let packed = packed.map(|packed| Form::new(packed.into(), &format!("\"{hash}-gzip\"")));
        Self { kind: kind(name), keeping, plain: Form::new(bytes, &format!("\"{hash}\"")), packed }
    }

    fn answer(&self, method: &Method, asked: &HeaderMap) -> Response {
        let packed = self.packed.as_ref().filter(|_| takes_gzip(asked));
        let form = packed.unwrap_or(&self.plain);
        let is_known = etag::is_known(asked, form.tag.as_bytes());
        // HTTP leaves the body of an answer to HEAD out, and counts it all the same.
        let body = if is_known { Bytes::new() } else { form.bytes.clone() };
        let mut response =
            Response::new(Body::from(if method == Method::HEAD { Bytes::new() } else { body }));
        let fields = response.headers_mut();
        fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.keeping));
        fields.insert(header::ETAG, form.tag.clone());
        fields.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        fields.insert(header::CONTENT_LENGTH, HeaderValue::from(form.bytes.len()));
        if packed.is_some() {
            fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

impl Form {
    fn new(bytes: Bytes, tag: &str) -> Self {
        // Digits and quotation marks are always a value.
        let tag = HeaderValue::from_str(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
        Self { bytes, tag }
    }
}

/// A few plain words, after which the connection ends: who asks so is no browser with our page.
#[must_use]
pub fn words(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    fields.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Says what a browser may do with an answer, unless the answer says so itself.
pub(super) async fn dress(mut response: Response) -> Response {
    for (name, value) in FIELDS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// What of a file is sent: all but the comments of scripts and styles, which are for who reads the sources.
fn sendable(name: &str, bytes: &'static [u8]) -> Bytes {
    match std::str::from_utf8(bytes) {
        Ok(text) if name.ends_with(".js") || name.ends_with(".css") => without_comments(text).into(),
        Ok(_) | Err(_) => Bytes::from_static(bytes),
    }
}

/// The text with an empty line for each that is a comment, so that what a browser complains of is on the same
/// line in the source. Knows no strings: a line of a text must not look like one that begins a comment
/// (`tests/web` compares what is sent with the sources).
fn without_comments(text: &str) -> String {
    let mut is_inside = false;
    let lines = text.split_inclusive('\n').map(|line| {
        let words = line.trim();
        if !is_inside && !words.starts_with("/*") {
            return if words.starts_with("//") { "\n" } else { line };
        }
        let end = words.find("*/").map(|at| at + 2);
        is_inside = end.is_none();
        // Code may stand behind a comment on its line, then both stay.
        if end.is_some_and(|end| end < words.len()) { line } else { "\n" }
    });
    lines.collect()
}

/// Lines of the page that name all modules but the one that it begins with.
fn modules(sources: &[(&str, &[u8])], folder: &str) -> String {
    let is_module = |name: &&str| {
        name.ends_with(".js") && FIXED.iter().all(|(fixed, _)| fixed != name) && *name != "app.js"
    };
    let names = sources.iter().map(|(name, _)| *name).filter(is_module);
    names.map(|name| format!("<link rel=\"modulepreload\" href=\"{folder}/{name}\">\n")).collect()
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/manifest+json; charset=utf-8",
        Some("svg") => "image/svg+xml; charset=utf-8",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

fn digits(hash: &[u8]) -> String {
    let mut digits = secret::hex(hash);
    digits.truncate(HASH_DIGITS);
    digits
}

fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Whether gzip is named, and not by `q=0`. Source: RFC 9110, section 12.5.3.
fn takes_gzip(asked: &HeaderMap) -> bool {
    let values = asked.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let is_refused = |part: &str| {
            part.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).is_some_and(|q| q <= 0.0)
        };
        is_gzip && !parts.any(is_refused)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    const SOURCES: &[(&str, &[u8])] = &[
        ("index.html", b"<script src=\"{folder}/app.js\"></script>\n<!-- modules -->"),
        ("app.js", b"import './b.js'"),
        ("b.js", b"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
        ("tiny.css", b"a"),
    ];

    fn place(site: &Site, name: &str) -> String {
        site.files.keys().find(|place| place.ends_with(name)).unwrap().clone()
    }

    fn asked(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_page_names_what_it_loads_by_a_hash_of_all() {
        let site = Site::new(SOURCES);
        let page = String::from_utf8(site.files["/"].plain.bytes.to_vec()).unwrap();
        assert!(page.contains(&place(&site, "app.js")), "{page}");
        assert!(page.contains(&format!("<link rel=\"modulepreload\" href=\"{}\">", place(&site, "b.js"))));
        let other = Site::new(&SOURCES[..3]);
        assert_ne!(place(&site, "b.js"), place(&other, "b.js"));
    }

    #[test]
    fn what_is_packed_unpacks_to_the_same() {
        let site = Site::new(SOURCES);
        let packed = &site.files[&place(&site, "b.js")].packed.as_ref().unwrap().bytes;
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut text).unwrap();
        assert_eq!(text, SOURCES[2].1);
        assert!(site.files[&place(&site, "tiny.css")].packed.is_none());
    }

    #[test]
    fn comments_are_not_sent_and_lines_stay_where_they_are() {
        let source = "/** What\n * it is. */\n\nlet a = 1; // one\n  // two\n/** @type {B} */ (b).c();\n  /* d */\ne\n";
        let sent = "\n\n\nlet a = 1; // one\n\n/** @type {B} */ (b).c();\n\ne\n";
        assert_eq!(without_comments(source), sent);
    }

    #[test]
    fn gzip_is_taken_where_it_is_offered() {
        for (offer, takes) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.8", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("br, x-gzip", false),
            ("", false),
        ] {
            assert_eq!(takes_gzip(&asked(header::ACCEPT_ENCODING, offer)), takes, "{offer}");
        }
    }
}
