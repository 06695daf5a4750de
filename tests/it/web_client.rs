//! The web client as a browser fetches it: its files, and what may be done with them.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

use crate::support::web::{self, Frames};
use crate::support::{PATIENCE, Server};

const WEB: &str = "--listen-web=localhost:0";
/// All that the first visit fetches, as it goes over the wire.
const WEIGHT_BYTES_MAX: usize = 100_000;

/// The places that a text names in `href`, `src` and imports.
fn named(text: &str) -> BTreeSet<String> {
    let quoted = text.split('"').skip(1).step_by(2);
    quoted.filter(|place| place.starts_with('/')).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_page_gets_all_that_it_names_on_one_connection() {
    let server = Server::with(&[WEB]);
    let mut stream = web::tls(&server).await;
    let page = web::request(&mut stream, "GET", "/", "").await;
    assert_eq!((page.status, page.field("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!(page.field("cache-control"), "no-cache");
    let places = named(&page.text());
    assert!(places.len() > 20, "{places:?}");
    let mut weight = 0;
    for place in places.iter().map(String::as_str).chain(["/", "/worker.js"]) {
        let file = web::request(&mut stream, "GET", place, "Accept-Encoding: gzip, br\r\n").await;
        assert_eq!(file.status, 200, "{place}");
        let kind = match place.rsplit('.').next().unwrap() {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml; charset=utf-8",
            "json" => "application/manifest+json; charset=utf-8",
            _ => "text/html; charset=utf-8",
        };
        assert_eq!(file.field("content-type"), kind, "{place}");
        let is_named_by_hash = place.starts_with("/assets/");
        assert_eq!(file.field("cache-control").contains("immutable"), is_named_by_hash, "{place}");
        assert_eq!(file.field("vary"), "accept-encoding");
        weight += file.body.len();
        let plain = web::request(&mut stream, "GET", place, "").await;
        assert_eq!(plain.field("content-encoding"), "", "{place}");
        if file.field("content-encoding") == "gzip" {
            let mut unpacked = Vec::new();
            GzDecoder::new(&file.body[..]).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, plain.body, "{place}");
        }
        let text = plain.text();
        assert!(!text.contains("{folder}") && !text.contains("<!-- modules"), "{place}");
    }
    assert!(weight < WEIGHT_BYTES_MAX, "the first visit fetches {weight} bytes");
}

#[tokio::test]
async fn a_page_may_do_little() {
    let server = Server::with(&[WEB]);
    for (path, status) in [("/", 200), ("/worker.js", 200), ("/nothing", 404)] {
        let answer = web::request(&mut web::tls(&server).await, "GET", path, "").await;
        assert_eq!(answer.status, status, "{path}");
        let policy = answer.field("content-security-policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "form-action 'none'",
            "base-uri 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.split("; ").any(|one| one == rule), "{path}: {rule} is not in {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.field(name), value, "{path}");
        }
        assert!(answer.field("permissions-policy").contains("camera=()"));
    }
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let server = Server::with(&[WEB]);
    let mut stream = web::tls(&server).await;
    let page = web::request(&mut stream, "GET", "/", "").await;
    let packed = web::request(&mut stream, "GET", "/", "Accept-Encoding: gzip\r\n").await;
    let tag = page.field("etag");
    assert!(tag.len() > 10 && tag != packed.field("etag"), "{tag}");
    let known = web::request(&mut stream, "GET", "/", &format!("If-None-Match: {tag}\r\n")).await;
    assert_eq!((known.status, known.field("etag")), (304, tag));
    let other = format!("If-None-Match: {tag}\r\nAccept-Encoding: gzip\r\n");
    assert_eq!(web::request(&mut stream, "GET", "/", &other).await.status, 200);
    let head = web::request(&mut stream, "HEAD", "/", "").await;
    assert_eq!((head.status, head.field("content-length")), (200, page.body.len().to_string().as_str()));
}

#[tokio::test]
async fn what_is_not_there_is_said_in_plain_words() {
    let server = Server::with(&[WEB]);
    for (method, path, status) in [
        ("GET", "/assets/../Cargo.toml", 404),
        ("GET", "/assets/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "/assets/0000000000000000/app.js", 404),
        ("GET", "//", 404),
        ("GET", "/index.html", 404),
        ("POST", "/", 405),
        ("DELETE", "/worker.js", 405),
        ("OPTIONS", "/", 405),
    ] {
        let mut stream = web::tls(&server).await;
        let answer = web::request(&mut stream, method, path, "").await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.field("content-type"), "text/plain; charset=utf-8");
        assert_eq!(answer.field("allow"), if status == 405 { "GET, HEAD" } else { "" });
        let mut rest = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("it is closed in time").unwrap();
    }
}

#[tokio::test]
async fn who_fetched_files_may_speak_on_the_same_connection_and_who_waits_is_closed() {
    let server = Server::with(&[WEB, "--guests", "--handshake-timeout-s=1"]);
    let mut stream = web::tls(&server).await;
    web::request(&mut stream, "GET", "/", "").await;
    let mut gina = Frames::over(stream, "text.ircv3.net").await;
    gina.register("gina").await;
    let mut stream = web::tls(&server).await;
    web::request(&mut stream, "GET", "/", "").await;
    let mut rest = Vec::new();
    // TLS may end without a word; it ends.
    drop(timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("it is closed in time"));
    assert!(rest.is_empty(), "{rest:?}");
}

/// Ways in which text could become markup or code.
const MARKUP: &[&str] = &[
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "setHTML",
    "createContextualFragment",
    "DOMParser",
    "document.write",
    "eval(",
    "Function(",
    "setAttribute(\"style\"",
];
const FILE_LINES_MAX: usize = 400;

/// The files of the folder `web`, with their names below it.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        let paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        let (inner, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
        folders.extend(inner);
        for path in files {
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(found.len() > 20, "{found:?}");
    found
}

#[test]
fn no_text_becomes_markup() {
    for (name, text) in sources() {
        for (number, line) in (1..).zip(text.lines()) {
            let way = MARKUP.iter().find(|way| line.contains(**way));
            assert_eq!(way, None, "web/{name}:{number} makes markup or code of a text");
        }
    }
}

#[test]
fn each_file_is_served_short_and_says_what_it_is() {
    let table = include_str!("../../src/web/files.rs");
    for (name, text) in sources() {
        // The package is for the tests: it says that these are modules.
        let is_served = name == "package.json" || table.contains(&format!("\"{name}\""));
        assert!(is_served, "web/{name} is not in src/web/files.rs");
        let lines = text.lines().count();
        assert!(
            lines <= FILE_LINES_MAX,
            "web/{name} has {lines} lines, at most {FILE_LINES_MAX} are good to read"
        );
        let is_code = name.ends_with(".js") || name.ends_with(".css");
        assert!(!is_code || text.starts_with("/*"), "web/{name} does not open with what it is");
    }
}
