//! The API: programs that speak and read by HTTP, bound by the rules of a session.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, web};

const WEB: &str = "--listen-web=localhost:0";
const JSON: &str = "Content-Type: application/json\r\n";
const TEXT: &str = "Content-Type: text/plain; charset=utf-8\r\n";

/// A program with a token of its account.
struct Program<'a> {
    server: &'a Server,
    token: String,
}

impl<'a> Program<'a> {
    fn new(server: &'a Server, account: &str) -> Self {
        let made = server.chatctl(&["token", "add", account, "--label", "program"]).success();
        Self { server, token: made.trim().to_owned() }
    }

    async fn send(&self, method: &str, path: &str, fields: &str, body: &[u8]) -> web::Answer {
        let fields = format!("Authorization: Bearer {}\r\n{fields}", self.token);
        exchange(self.server, method, path, &fields, body).await
    }

    async fn get(&self, path: &str) -> web::Answer {
        self.send("GET", path, "", b"").await
    }

    async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        serde_json::from_slice(&answer.body).unwrap()
    }

    async fn say(&self, room: &str, text: &str) -> web::Answer {
        self.send("POST", &format!("/api/rooms/{room}/messages"), TEXT, text.as_bytes()).await
    }
}

pub(super) async fn exchange(
    server: &Server,
    method: &str,
    path: &str,
    fields: &str,
    body: &[u8],
) -> web::Answer {
    let mut stream = web::tls(server).await;
    let fields = format!("Content-Length: {}\r\n{fields}", body.len());
    web::send(&mut stream, method, path, &fields, body).await;
    web::answer(&mut stream, method).await
}

fn read(answer: &web::Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

fn texts(page: &Value) -> Vec<&str> {
    page["messages"].as_array().unwrap().iter().map(|message| message["text"].as_str().unwrap()).collect()
}

#[track_caller]
fn assert_problem(answer: &web::Answer, status: u16, told: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.field("content-type"), "application/problem+json", "{answer:?}");
    let problem = read(answer);
    assert_eq!(problem["status"], status, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains(told), "{problem} does not tell {told:?}");
}

#[tokio::test]
async fn what_a_program_says_is_stored_and_heard() {
    let mut server = Server::with(&[WEB]);
    let mut alice =
        server.newcomer("alice", &["message-tags", "server-time", "draft/multiline", "batch"]).await;
    let mut bob = server.newcomer("bob", &["message-tags"]).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    let program = Program::new(&server, "bob");
    let body = json!({ "text": "built" }).to_string();
    let answer = program.send("POST", "/api/rooms/%23room/messages", JSON, body.as_bytes()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let said = read(&answer);
    assert_eq!(
        (&said["room"], &said["nick"], &said["kind"]),
        (&json!("#room"), &json!("bob"), &json!("message"))
    );
    for client in [&mut alice, &mut bob] {
        let heard = client.until("PRIVMSG").await;
        assert_eq!((heard.last(), heard.tag("msgid").as_deref()), ("built", said["id"].as_str()));
    }
    let body = json!({ "text": "and\n\ntested", "reply_to": said["id"] }).to_string();
    let answer = program.send("POST", "/api/rooms/room/messages", JSON, body.as_bytes()).await;
    assert_eq!(read(&answer)["text"], "and\n\ntested");
    assert_eq!(alice.until("BATCH").await.tag("+draft/reply").as_deref(), said["id"].as_str());
    // What has no room on one line goes on on the next.
    let long = "word ".repeat(300);
    assert_eq!(read(&program.say("room", &long).await)["text"], long);
    // Nothing of it was shown before it was stored.
    server.kill();
    server.start_again();
    let page = Program::new(&server, "alice").json("/api/rooms/%23room/messages").await;
    assert_eq!(texts(&page), [long.as_str(), "and\n\ntested", "built"]);
    assert_eq!(page["messages"][1]["reply_to"], said["id"]);
}

#[tokio::test]
async fn a_direct_message_reaches_one_and_is_read_by_two() {
    let server = Server::with(&[WEB]);
    let mut alice = server.newcomer("alice", &[]).await;
    server.adduser("bob");
    server.adduser("carol");
    let (bob, carol) = (Program::new(&server, "bob"), Program::new(&server, "carol"));
    assert_eq!(texts(&bob.json("/api/rooms/@alice/messages").await), [""; 0]);
    assert_eq!(bob.say("@alice", "psst\n").await.status, 201);
    assert_eq!(alice.until("PRIVMSG").await.last(), "psst");
    assert_eq!(texts(&bob.json("/api/rooms/@alice/messages").await), ["psst"]);
    assert_eq!(texts(&Program::new(&server, "alice").json("/api/rooms/%40bob/messages").await), ["psst"]);
    assert_eq!(texts(&carol.json("/api/rooms/@alice/messages").await), [""; 0]);
    assert_problem(&carol.say("@nobody", "hello").await, 404, "nobody");
    assert_eq!(bob.json("/api/rooms").await[0]["name"], "@alice");
}

#[tokio::test]
async fn the_rules_are_those_of_a_session() {
    let server = Server::with(&[WEB]);
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #open").await;
    alice.run("JOIN #secret").await;
    alice.run("MODE #secret +s").await;
    alice.run("JOIN #quiet").await;
    let mut bob = server.newcomer("bob", &[]).await;
    bob.run("JOIN #quiet").await;
    alice.run("MODE #quiet +m").await;
    let program = Program::new(&server, "bob");
    for path in ["/api/rooms/open", "/api/rooms/open/messages"] {
        assert_problem(&program.get(path).await, 403, "not in that room");
    }
    assert_problem(&program.say("open", "hello").await, 403, "may not speak");
    let unknown = program.get("/api/rooms/nowhere").await;
    for room in ["secret", "nowhere", "no%20room"] {
        for suffix in ["", "/messages"] {
            let answer = program.get(&format!("/api/rooms/{room}{suffix}")).await;
            assert_eq!((answer.status, &answer.body), (404, &unknown.body), "{room}{suffix}");
        }
        assert_eq!(program.say(room, "hello").await.body, unknown.body, "{room}");
    }
    assert_problem(&program.say("quiet", "hello").await, 403, "may not speak");
    alice.run("MODE #quiet +v bob").await;
    assert_eq!(program.say("quiet", "hello").await.status, 201);
    alice.run("MODE #quiet -v bob").await;
    alice.run("MODE #quiet -m").await;
    alice.run("MODE #quiet +b bob!*@*").await;
    assert_problem(&program.say("quiet", "hello").await, 403, "may not speak");
    server.chatctl(&["suspend", "bob"]).success();
    assert_problem(&program.say("quiet", "hello").await, 401, "invalid");
    server.chatctl(&["resume", "bob"]).success();
    server.chatctl(&["ban", "add", "account:bob"]).success();
    assert_problem(&program.get("/api/me").await, 403, "banned");
}

#[tokio::test]
async fn a_page_leads_to_the_next() {
    let server = Server::with(&[WEB, "--flood-per-second=0"]);
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    alice.run("JOIN #room").await;
    for number in 0..10 {
        alice.ask(&format!("PRIVMSG #room :{number}"), "PRIVMSG").await;
    }
    let program = Program::new(&server, "alice");
    let walk = async |first: &str| {
        let (mut path, mut all) = (first.to_owned(), Vec::new());
        loop {
            let page = program.json(&path).await;
            all.extend(texts(&page).into_iter().map(str::to_owned));
            match page["next"].as_str() {
                Some(next) => path = next.to_owned(),
                None => return all.concat(),
            }
        }
    };
    assert_eq!(walk("/api/rooms/room/messages?limit=3").await, "9876543210");
    let page = program.json("/api/rooms/room/messages?limit=4").await;
    let (newer, older) =
        (page["messages"][1]["id"].as_str().unwrap(), page["messages"][3]["id"].as_str().unwrap());
    assert_eq!(walk(&format!("/api/rooms/room/messages?limit=3&before={older}")).await, "543210");
    assert_eq!(walk(&format!("/api/rooms/room/messages?limit=1&after={older}")).await, "789");
    assert_eq!(walk("/api/rooms/room/messages?after=2020-01-01T00:00:00Z&limit=4").await, "0123456789");
    assert_eq!(walk("/api/rooms/room/messages?before=2020-01-01T00:00:00Z").await, "");
    let eight = format!("/api/rooms/room/messages?limit=5&before={newer}&after=2020-01-01T00:00:00Z");
    assert_eq!(walk(&eight).await, "76543210");
    let between = format!("/api/rooms/room/messages?limit=1&before={newer}&after={older}");
    assert_eq!(walk(&between).await, "7");
    let nothing = format!("/api/rooms/room/messages?limit=1&before={older}&after={newer}");
    assert_eq!(walk(&nothing).await, "");
}

#[tokio::test]
async fn rooms_are_shown_with_who_is_in_them() {
    let server = Server::with(&[WEB]);
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #room").await;
    alice.run("TOPIC #room :what we do").await;
    server.newcomer("bob", &[]).await.run("JOIN #room").await;
    let program = Program::new(&server, "alice");
    let me = program.json("/api/me").await;
    assert_eq!((&me["account"], &me["role"]), (&json!("alice"), &json!("member")));
    let rooms = program.json("/api/rooms").await;
    let names: Vec<_> = rooms.as_array().unwrap().iter().map(|room| room["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["#lobby", "#room"]);
    let room = program.json("/api/rooms/room").await;
    assert_eq!(
        (&room["topic"], &room["members"], &room["role"]),
        (&json!("what we do"), &json!(2), &json!("operator"))
    );
    let people: Vec<_> =
        room["people"].as_array().unwrap().iter().map(|one| one["nick"].as_str().unwrap()).collect();
    assert_eq!(people, ["alice", "bob"]);
    assert_eq!(room["people"][0]["online"], true);
}

#[tokio::test]
async fn everything_one_said_is_exported_and_nothing_else() {
    let server = Server::with(&[WEB, "--flood-per-second=0"]);
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    let mut bob = server.newcomer("bob", &["echo-message"]).await;
    for client in [&mut alice, &mut bob] {
        client.run("JOIN #room").await;
    }
    for number in 0..20 {
        alice.ask(&format!("PRIVMSG #room :mine {number}"), "PRIVMSG").await;
        bob.ask(&format!("PRIVMSG #room :theirs {number}"), "PRIVMSG").await;
    }
    alice.ask("PRIVMSG bob :direct", "PRIVMSG").await;
    alice.run("PART #room").await;
    let answer = Program::new(&server, "alice").get("/api/me/messages").await;
    assert_eq!((answer.status, answer.field("content-type")), (200, "application/x-ndjson"));
    assert!(answer.field("content-disposition").starts_with("attachment; filename="), "{answer:?}");
    let lines: Vec<Value> = answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 21);
    assert!(lines[..20].iter().all(|line| line["text"].as_str().unwrap().starts_with("mine ")), "{lines:?}");
    assert_eq!((&lines[20]["room"], &lines[20]["text"]), (&json!("@bob"), &json!("direct")));
}

#[tokio::test]
async fn an_account_that_never_had_a_session_enters_speaks_and_leaves() {
    let mut server = Server::with(&[WEB]);
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #closed").await;
    alice.run("MODE #closed +i").await;
    server.chatctl(&["adduser", "robot", "--no-password"]).success();
    let robot = Program::new(&server, "robot");
    let membership = "/api/rooms/lobby/membership";
    assert_problem(&robot.say("lobby", "hello").await, 403, "may not speak");
    assert_eq!(robot.send("PUT", membership, "", b"").await.status, 204);
    assert_eq!(robot.send("PUT", membership, "", b"").await.status, 204);
    assert_eq!(alice.until("JOIN").await.nick(), "robot");
    assert_problem(&robot.send("PUT", "/api/rooms/closed/membership", "", b"").await, 403, "invitation");
    assert_problem(&robot.send("PUT", "/api/rooms/@alice/membership", "", b"").await, 404, "room");
    let token = robot.token.clone();
    server.restart();
    let robot = Program { server: &server, token };
    assert_eq!(robot.say("lobby", "hello").await.status, 201);
    assert_eq!(robot.send("DELETE", membership, "", b"").await.status, 204);
    assert_problem(&robot.send("DELETE", membership, "", b"").await, 403, "not in that room");
    server.chatctl(&["always-on", "robot", "off"]).success();
    assert_problem(&robot.send("PUT", membership, "", b"").await, 409, "always-on");
}

#[tokio::test]
async fn the_document_names_what_there_is() {
    let server = Server::with(&[WEB]);
    let answer = web::request(&mut web::tls(&server).await, "GET", "/api/openapi.json", "").await;
    assert_eq!((answer.status, answer.field("content-type")), (200, "application/json"));
    let document = read(&answer);
    let documented: BTreeSet<&str> =
        document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let sources = [include_str!("../../src/web/api/mod.rs"), include_str!("../../src/web/hooks.rs")];
    let routes = sources.iter().flat_map(|source| source.split(".route(\"").skip(1));
    let routes: BTreeSet<&str> =
        routes.filter_map(|rest| rest.split('"').next()).filter(|route| !route.contains('*')).collect();
    assert_eq!(documented, routes);
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let place = path.replace("{room}", "lobby").replace("{secret}", "AAAA");
            let answer = exchange(&server, &method.to_uppercase(), &place, "", b"").await;
            let told = operation["responses"].get(answer.status.to_string());
            assert!(told.is_some() && ![404, 405].contains(&answer.status), "{method} {path}: {answer:?}");
        }
        let answer = exchange(&server, "PATCH", &path.replace("{room}", "lobby"), "", b"").await;
        assert_eq!(answer.status, 405, "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn who_asks_too_fast_is_told_when_to_come_again() {
    let server = Server::with(&[WEB, "--flood-burst=5", "--flood-per-second=1"]);
    server.newcomer("alice", &[]).await;
    let program = Program::new(&server, "alice");
    let mut answer = program.get("/api/me").await;
    for _ in 0..20 {
        answer = program.get("/api/me").await;
        if answer.status != 200 {
            break;
        }
    }
    assert_problem(&answer, 429, "slow down");
    assert!(answer.field("retry-after").parse::<u64>().unwrap() >= 1, "{answer:?}");
}

#[tokio::test]
async fn bad_input_is_told_what_is_wrong() {
    let server = Server::with(&[WEB, "--flood-per-second=0"]);
    server.newcomer("alice", &[]).await;
    let program = Program::new(&server, "alice");
    let messages = "/api/rooms/lobby/messages";
    let long = json!({ "text": "x".repeat(5000) }).to_string();
    let lines = "x\n".repeat(40);
    let huge = "x".repeat(70_000);
    let rows: &[(&str, &str, &str, &[u8], u16)] = &[
        ("POST", messages, JSON, b"{", 400),
        ("POST", messages, JSON, b"{}", 400),
        ("POST", messages, JSON, b"{\"text\": 7}", 400),
        ("POST", messages, JSON, b"{\"text\": \"\"}", 400),
        ("POST", messages, JSON, b"{\"text\": \"a\\u0000b\"}", 400),
        ("POST", messages, JSON, b"{\"text\": \"a\\rb\"}", 400),
        ("POST", messages, JSON, b"{\"text\": \"a\", \"reply_to\": \"b\"}", 400),
        ("POST", messages, JSON, b"\xff", 400),
        ("POST", messages, TEXT, b"\xff", 400),
        ("POST", messages, TEXT, b"\n\n", 400),
        ("POST", messages, JSON, long.as_bytes(), 413),
        ("POST", messages, TEXT, lines.as_bytes(), 413),
        ("POST", messages, TEXT, huge.as_bytes(), 413),
        ("POST", messages, "", b"hello", 415),
        ("POST", messages, "Content-Type: text/html\r\n", b"hello", 415),
        ("POST", "/api/rooms/%ff/messages", TEXT, b"hello", 400),
        ("POST", "/api/rooms/@/messages", TEXT, b"hello", 404),
        ("POST", "/api/rooms/@a%20b/messages", TEXT, b"hello", 404),
        ("POST", "/api/rooms/a,b/messages", TEXT, b"hello", 404),
        ("GET", "/api/rooms/lobby/messages?limit=0", "", b"", 400),
        ("GET", "/api/rooms/lobby/messages?limit=x", "", b"", 400),
        ("GET", "/api/rooms/lobby/messages?before=yesterday", "", b"", 400),
        ("GET", "/api/rooms/lobby/messages?after=AAAAAAAAAAAAAAAAAAAAAA", "", b"", 404),
        ("DELETE", messages, "", b"", 405),
        ("POST", "/api/me", TEXT, b"hello", 405),
        ("GET", "/api/nothing", "", b"", 404),
    ];
    for (method, path, fields, body, status) in rows {
        let answer = program.send(method, path, fields, body).await;
        assert_eq!(answer.status, *status, "{method} {path} {:?}: {answer:?}", String::from_utf8_lossy(body));
        assert_problem(&answer, *status, "");
        assert!(*status != 405 || !answer.field("allow").is_empty(), "{answer:?}");
    }
}

#[tokio::test]
async fn who_is_not_signed_in_is_told_how() {
    let server = Server::with(&[WEB]);
    server.adduser("alice");
    for (authorization, status) in [
        ("", 401),
        ("Authorization: Bearer cst_00000000000000000000000000000000\r\n", 401),
        ("Authorization: Basic YWxpY2U6d3Jvbmc=\r\n", 401),
        (&format!("Authorization: Basic {}\r\n", base64_of(&format!("alice:{PASSWORD}"))), 200),
    ] {
        let answer = web::request(&mut web::tls(&server).await, "GET", "/api/me", authorization).await;
        assert_eq!(answer.status, status, "{authorization:?}: {answer:?}");
        assert_eq!(answer.field("www-authenticate").is_empty(), status == 200);
    }
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
