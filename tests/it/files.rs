//! Files: sent with the credentials of the chat, and given to those they were shown to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::AsyncWriteExt as _;

use crate::support::web::{self, Answer};
use crate::support::{Client, PASSWORD, Server};

const WEB: &str = "--listen-web=localhost:0";
/// A picture of one pixel.
const PICTURE: &[u8] = include_bytes!("../data/pixel.png");

fn credentials(account: &str) -> String {
    match account {
        "" => String::new(),
        _ => format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{account}:{PASSWORD}"))),
    }
}

async fn upload_as(server: &Server, account: &str, name: &str, content: &[u8]) -> Answer {
    let fields = format!(
        "{}Content-Length: {}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\nContent-Type: text/html\r\n",
        credentials(account),
        content.len()
    );
    let mut stream = web::tls(server).await;
    web::send(&mut stream, "POST", "/upload", &fields, content).await;
    web::answer(&mut stream, "POST").await
}

/// The address of a file that is sent.
async fn uploaded(server: &Server, account: &str, name: &str, content: &[u8]) -> String {
    let answer = upload_as(server, account, name, content).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.field("location").to_owned()
}

fn path(url: &str) -> &str {
    &url[url.find("/files/").unwrap()..]
}

async fn ask(server: &Server, method: &str, path: &str, account: &str, fields: &str) -> Answer {
    let fields = format!("{}{fields}", credentials(account));
    web::request(&mut web::tls(server).await, method, path, &fields).await
}

async fn status(server: &Server, url: &str, account: &str) -> u16 {
    ask(server, "GET", path(url), account, "").await.status
}

async fn say(client: &mut Client, target: &str, text: &str) {
    client.ask(&format!("PRIVMSG {target} :{text}"), "PRIVMSG").await;
}

/// alice and bob in #room, carol in none.
async fn stage(args: &[&str]) -> (Server, Client, Client) {
    let args: Vec<&str> = args.iter().copied().chain([WEB]).collect();
    let server = Server::with(&args);
    let caps = &["echo-message", "message-tags", "draft/message-redaction"];
    let mut alice = server.newcomer("alice", caps).await;
    let mut bob = server.newcomer("bob", caps).await;
    server.adduser("carol");
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    (server, alice, bob)
}

/// Contents that are on disk.
fn kept(server: &Server) -> usize {
    let entries = std::fs::read_dir(server.folder().join("data/files")).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().path().is_file()).count()
}

#[tokio::test]
async fn a_file_is_for_those_it_was_shown_to() {
    let (server, mut alice, mut bob) = stage(&[]).await;
    let answer = upload_as(&server, "alice", "holiday.png", PICTURE).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let url = answer.field("location").to_owned();
    let base = format!("https://localhost:{}/files/", server.web_port());
    assert!(url.starts_with(&base) && url.ends_with("/holiday.png"), "{url}");
    assert!(answer.text().contains("\"type\":\"image/png\"") && answer.text().contains("\"width\":1"));
    for (account, expected) in [("alice", 200), ("bob", 403), ("", 401)] {
        assert_eq!(status(&server, &url, account).await, expected, "{account}, before it is shown");
    }
    say(&mut alice, "#room", &format!("look: {url}")).await;
    for (account, expected) in [("alice", 200), ("bob", 200), ("carol", 403), ("", 401)] {
        assert_eq!(status(&server, &url, account).await, expected, "{account}");
        assert_eq!(status(&server, &format!("{url}/thumbnail"), account).await, expected, "{account}");
        assert_eq!(status(&server, &format!("{url}/about"), account).await, expected, "{account}");
    }
    // Who only knows the address shows nothing to anybody by it, themselves included.
    let mut carol = server.login("carol", &["echo-message"]).await;
    carol.run("JOIN #mine").await;
    say(&mut carol, "#mine", &url).await;
    assert_eq!(status(&server, &url, "carol").await, 403);
    bob.run("PART #room").await;
    assert_eq!(status(&server, &url, "bob").await, 403, "no longer a member");
    say(&mut alice, "carol", &url).await;
    assert_eq!(status(&server, &url, "carol").await, 200, "in private");
    assert_eq!(status(&server, "/files/AAAAAAAAAAAAAAAAAAAAAA/x", "alice").await, 404);
    for (kind, expected) in [("image", 403), ("document", 401)] {
        let answer = ask(&server, "GET", path(&url), "", &format!("Sec-Fetch-Dest: {kind}\r\n")).await;
        assert_eq!(answer.status, expected, "in a page no browser asks for a password");
        assert_eq!(answer.field("www-authenticate").is_empty(), kind == "image");
    }
}

#[tokio::test]
async fn a_file_in_a_browser_is_never_a_page_of_ours() {
    let (server, ..) = stage(&[]).await;
    let page = b"<!DOCTYPE html><script>alert(1)</script>";
    let drawing = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    for (name, content, media_type, way) in [
        ("a.png", PICTURE, "image/png", "inline; filename=\"a.png\""),
        ("a.html", page, "text/plain; charset=utf-8", "attachment; filename=\"a.html\""),
        ("a.svg", drawing, "text/plain; charset=utf-8", "attachment; filename=\"a.svg\""),
        ("a.exe", b"MZ\0\0", "application/octet-stream", "attachment; filename=\"a.exe\""),
    ] {
        let url = uploaded(&server, "alice", name, content).await;
        let answer = ask(&server, "GET", path(&url), "alice", "").await;
        assert_eq!((answer.status, &answer.body[..]), (200, content), "{name}");
        assert_eq!(answer.field("content-type"), media_type, "{name}");
        assert_eq!(answer.field("content-disposition"), way, "{name}");
        let policy = answer.field("content-security-policy");
        assert!(policy.starts_with("sandbox; default-src 'none'"), "{policy}");
        assert_eq!(answer.field("x-content-type-options"), "nosniff");
        assert_eq!(answer.field("cross-origin-resource-policy"), "same-origin");
        assert!(answer.field("cache-control").starts_with("private, "), "{}", answer.field("cache-control"));
    }
}

#[tokio::test]
async fn parts_and_known_files_are_told_apart() {
    let (server, ..) = stage(&[]).await;
    let content: Vec<u8> = (0..800_000_u32).flat_map(u32::to_le_bytes).collect();
    let url = uploaded(&server, "alice", "numbers.bin", &content).await;
    let get = async |method, fields: &str| ask(&server, method, path(&url), "alice", fields).await;
    let whole = get("GET", "").await;
    assert_eq!((whole.status, whole.body == content), (200, true));
    assert_eq!(whole.field("accept-ranges"), "bytes");
    let tag = whole.field("etag").to_owned();
    let part = get("GET", "Range: bytes=100000-299999\r\n").await;
    assert_eq!((part.status, part.body == content[100_000..300_000]), (206, true));
    assert_eq!(part.field("content-range"), "bytes 100000-299999/3200000");
    let end = get("GET", "Range: bytes=-4\r\n").await;
    assert_eq!((end.status, &end.body[..]), (206, &content[3_199_996..]));
    let beyond = get("GET", "Range: bytes=3200000-\r\n").await;
    assert_eq!((beyond.status, beyond.field("content-range")), (416, "bytes */3200000"));
    let other = get("GET", "Range: bytes=0-3\r\nIf-Range: \"other\"\r\n").await;
    assert_eq!((other.status, other.body.len()), (200, 3_200_000));
    let same = get("GET", &format!("Range: bytes=0-3\r\nIf-Range: {tag}\r\n")).await;
    assert_eq!((same.status, same.body.len()), (206, 4));
    assert_eq!(get("GET", &format!("If-None-Match: {tag}\r\n")).await.status, 304);
    let head = get("HEAD", "").await;
    assert_eq!((head.status, head.field("content-length")), (200, "3200000"));
    let options = get("OPTIONS", "").await;
    assert_eq!((options.status, options.field("allow")), (204, "GET, HEAD, OPTIONS, DELETE"));
    assert_eq!(get("PUT", "Content-Length: 0\r\n").await.status, 405);
    // Without credentials one learns nothing, not even by a tag.
    assert_eq!(ask(&server, "GET", path(&url), "", &format!("If-None-Match: {tag}\r\n")).await.status, 401);
    assert_eq!(
        ask(&server, "GET", path(&url), "bob", &format!("If-None-Match: {tag}\r\n")).await.status,
        403
    );
}

#[tokio::test]
async fn what_is_too_much_is_refused() {
    let (server, ..) = stage(&["--upload-mib-max=1", "--uploads-per-account-mib-max=2"]).await;
    const MIB: usize = 1024 * 1024;
    let large = vec![7; MIB + 1];
    assert_eq!(upload_as(&server, "alice", "large", &large).await.status, 413, "by its length");
    // Without a length, chunk by chunk.
    let fields = format!("{}Transfer-Encoding: chunked\r\n", credentials("alice"));
    let mut stream = web::tls(&server).await;
    web::send(&mut stream, "POST", "/upload", &fields, &[]).await;
    for chunk in large.chunks(64 * 1024) {
        stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes()).await.unwrap();
        stream.write_all(chunk).await.unwrap();
        stream.write_all(b"\r\n").await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let answer = web::answer(&mut stream, "POST").await;
    assert_eq!((answer.status, answer.field("content-type")), (413, "application/problem+json"));
    assert!(answer.text().contains("a file may have 1 MiB"), "{}", answer.text());
    let fields = format!("{}Content-Length: 9000000\r\nExpect: 100-continue\r\n", credentials("alice"));
    let mut stream = web::tls(&server).await;
    web::send(&mut stream, "POST", "/upload", &fields, &[]).await;
    assert_eq!(web::answer(&mut stream, "POST").await.status, 413, "before anything is sent");
    assert_eq!(upload_as(&server, "", "a", b"a").await.status, 401);
    uploaded(&server, "alice", "one", &large[1..]).await;
    uploaded(&server, "alice", "two", &large[1..]).await;
    assert_eq!(upload_as(&server, "alice", "three", b"x").await.status, 507, "all the room of alice");
    uploaded(&server, "bob", "one", b"x").await;
    assert_eq!(std::fs::read_dir(server.folder().join("data/files/incoming")).unwrap().count(), 0);
    let bounds = ask(&server, "GET", "/upload", "alice", "").await;
    assert_eq!((bounds.status, bounds.text().as_str()), (200, "{\"bytes_max\":1048576}"));
}

#[tokio::test]
async fn a_path_leads_nowhere_else() {
    let (server, ..) = stage(&[]).await;
    for path in [
        "/files/../../etc/passwd",
        "/files/..%2f..%2f..%2fetc%2fpasswd",
        "/files/%2e%2e/%2e%2e/chat-secure.db",
        "/files/../chat-secure.db",
        "/files/incoming/x",
        "/files/AAAAAAAAAAAAAAAAAAAA%2f./x",
        "/files/%00AAAAAAAAAAAAAAAAAAAAA/x",
        "/files/%ff/x",
        "/files//x",
        "/files/",
    ] {
        let answer = ask(&server, "GET", path, "alice", "").await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_file_goes_with_the_message_that_carries_it() {
    let (server, mut alice, _bob) = stage(&[]).await;
    let (one, two) =
        (uploaded(&server, "alice", "1.png", PICTURE).await, uploaded(&server, "alice", "2", b"2").await);
    let said = alice.ask(&format!("PRIVMSG #room :{one} {two}"), "PRIVMSG").await;
    say(&mut alice, "#room", &format!("again {two}")).await;
    assert_eq!(status(&server, &format!("{one}/thumbnail"), "bob").await, 200);
    alice.ask(&format!("REDACT #room {}", said.tag("msgid").unwrap()), "REDACT").await;
    assert_eq!(status(&server, &one, "alice").await, 404);
    assert_eq!(status(&server, &two, "bob").await, 200, "another message carries it");
    while kept(&server) > 1 {
        alice.sync().await;
    }
    assert_eq!(ask(&server, "DELETE", path(&two), "bob", "").await.status, 403);
    assert_eq!(ask(&server, "DELETE", path(&two), "alice", "").await.status, 204);
    assert_eq!(status(&server, &two, "bob").await, 404);
    while kept(&server) > 0 {
        alice.sync().await;
    }
    assert_eq!(std::fs::read_dir(server.folder().join("data/files/thumbnails")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_removed_account_takes_along_what_it_showed_to_nobody() {
    let (server, mut alice, _bob) = stage(&[]).await;
    let (shown, hidden) =
        (uploaded(&server, "alice", "s", b"s").await, uploaded(&server, "alice", "h", b"h").await);
    say(&mut alice, "#room", &shown).await;
    server.chatctl(&["deluser", "alice", "--yes"]).success();
    assert_eq!(status(&server, &shown, "alice").await, 401);
    assert_eq!(status(&server, &shown, "bob").await, 200, "what it said stays");
    assert_eq!(status(&server, &hidden, "bob").await, 404);
}

#[tokio::test]
async fn administrators_list_files_and_remove_them() {
    let (server, mut alice, _bob) = stage(&[]).await;
    let url = uploaded(&server, "alice", "a.png", PICTURE).await;
    say(&mut alice, "#room", &url).await;
    uploaded(&server, "bob", "b.txt", b"b").await;
    let listed = server.chatctl(&["file", "list"]).success();
    assert!(listed.contains("a.png") && listed.contains("text/plain") && listed.contains("bob"), "{listed}");
    let of_alice = server.chatctl(&["file", "list", "alice", "--json"]).success();
    assert!(of_alice.contains("\"messages\":1") && !of_alice.contains("b.txt"), "{of_alice}");
    server.chatctl(&["file", "remove", &url]).success();
    assert_eq!(status(&server, &url, "alice").await, 404);
    while kept(&server) > 1 {
        alice.sync().await;
    }
    let again = server.chatctl(&["file", "remove", &url]);
    assert_eq!(again.code, Some(3), "{again:?}");
    let audit = server.chatctl(&["audit"]).success();
    assert!(audit.contains("remove_file") && audit.contains("/files/"), "{audit}");
}

#[tokio::test]
async fn files_survive_a_crash_and_what_it_left_does_not() {
    let (mut server, mut alice, _bob) = stage(&[]).await;
    let url = uploaded(&server, "alice", "a.png", PICTURE).await;
    say(&mut alice, "#room", &url).await;
    // One that is on its way when the power fails.
    let fields = format!("{}Content-Length: 1000000\r\n", credentials("alice"));
    let mut stream = web::tls(&server).await;
    web::send(&mut stream, "POST", "/upload", &fields, &[1; 1000]).await;
    let incoming = server.folder().join("data/files/incoming");
    while std::fs::read_dir(&incoming).unwrap().count() == 0 {
        alice.sync().await;
    }
    server.kill();
    std::fs::write(server.folder().join("data/files").join("a".repeat(64)), "nobody's").unwrap();
    server.start_again();
    assert_eq!(std::fs::read_dir(&incoming).unwrap().count(), 0);
    while kept(&server) > 1 {
        server.connect().await.sync().await;
    }
    assert_eq!(ask(&server, "GET", path(&url), "bob", "").await.body, PICTURE);
}

#[tokio::test]
async fn the_operator_says_where_files_are_who_may_fetch_them_and_whether_any_are_taken() {
    let told = async |server: &Server| {
        let welcome = server.connect().await.login("alice", PASSWORD, &[]).await;
        welcome.iter().map(|line| line.params.join(" ")).collect::<Vec<_>>().join(" ")
    };
    let (server, ..) = stage(&["--uploads-public=link", "--web-url=https://chat.example/"]).await;
    let tokens = told(&server).await;
    for token in
        ["draft/FILEHOST=https://chat.example/upload", "soju.im/FILEHOST=https://chat.example/upload"]
    {
        assert!(tokens.contains(token), "{tokens}");
    }
    let url = uploaded(&server, "alice", "a.png", PICTURE).await;
    assert!(url.starts_with("https://chat.example/files/"), "{url}");
    assert_eq!(status(&server, &url, "").await, 200, "whoever has the address");
    let (server, ..) = stage(&["--upload-mib-max=0"]).await;
    assert!(!told(&server).await.contains("FILEHOST"));
    assert_eq!(upload_as(&server, "alice", "a", b"a").await.status, 403);
}
