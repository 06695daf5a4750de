//! The page `docs/protocol.md`: what the server speaks, from its tables and from what a server with
//! default settings says, beside what its peers speak (`docs/peers.csv`).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use chat_secure::commands;
use chat_secure::protocol::{Cap, numeric};
use chat_secure::room::Mode;
use chat_secure::room::modes::MODES;

use crate::support::{PASSWORD, Server, trust};

/// What the letters of users mean; the server's list of them is in 004.
const USER_MODES: &[(char, &str)] = &[
    ('B', "is a bot"),
    ('R', "takes direct messages from people with an account only, and from those it has accepted"),
    ('T', "takes no CTCP but ACTION"),
    ('i', "invisible: found by those in a common room, or by the exact nick"),
    ('o', "is an operator of the server"),
    ('w', "hears what operators say to everybody"),
];

/// What the letters of rooms mean.
const ROOM_MODES: &[(char, &str)] = &[
    ('C', "no CTCP but ACTION"),
    ('I', "who matches may join past +i"),
    ('M', "who has no account and no voice may not speak"),
    ('R', "only who is signed in may join"),
    ('a', "protected"),
    ('b', "who matches may neither join nor speak"),
    ('e', "who matches is exempt from +b"),
    ('h', "half an operator"),
    ('i', "only who was invited may join"),
    ('k', "a word one must know to join"),
    ('l', "how many members there may be"),
    ('m', "only who has a voice may speak"),
    ('n', "only members may speak"),
    ('o', "operator: changes modes, removes members"),
    ('q', "founder"),
    ('s', "secret: shown to members only"),
    ('t', "only operators set the topic"),
    ('v', "voice: speaks in a moderated room"),
];

const HEAD: &str = "\
# Protocol

Made from the tables in `src/commands/table.rs`, `src/protocol/` and `src/room/modes.rs`, from what a server with
default settings says, and from [peers.csv](peers.csv); `UPDATE_DOCS=1 cargo test protocol` writes it anew.

The wire is IRC as [modern.ircdocs.horse](https://modern.ircdocs.horse/) describes it, with the extensions of
[IRCv3](https://ircv3.net/irc/) below. The columns at the right say what other servers have; soju is a bouncer, and what
it passes on depends on the network behind it.
";

/// What a server with default settings says of itself.
struct Said {
    capabilities: BTreeMap<String, String>,
    tokens: Vec<String>,
    user_modes: String,
}

#[tokio::test]
async fn the_page_of_the_protocol_equals_its_sources() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/protocol.md");
    let page = page(&said().await, &Peers::read().unwrap_or_else(|fault| panic!("{fault}")));
    let page = page.unwrap_or_else(|faults| panic!("\n{}\n", faults.join("\n")));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = || {
        let unequal = written.lines().zip(page.lines()).find(|(old, new)| old != new);
        unequal.map_or("the lengths differ".to_owned(), |(old, new)| format!("- {old}\n+ {new}"))
    };
    assert!(written == page, "docs/protocol.md is old: run UPDATE_DOCS=1 cargo test protocol\n{}", differs());
}

async fn said() -> Said {
    let server = Server::with(&["--listen-web=localhost:0", "--web-url=https://localhost:8443"]);
    server.adduser("alice");
    // With a certificate, because the mechanism that needs one is offered to nobody else.
    let mut client = server.connect_as(&trust::identity()).await;
    client.send("CAP LS 302").await;
    let mut capabilities = BTreeMap::new();
    loop {
        let line = client.until("CAP").await;
        for word in line.last().split(' ') {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            capabilities.insert(name.to_owned(), value.to_owned());
        }
        if line.param(2) != "*" {
            break;
        }
    }
    let greeting = client.login("alice", PASSWORD, &[]).await;
    let isupport = greeting.iter().filter(|line| line.command == "005");
    let tokens = isupport.flat_map(|line| line.params[1..line.params.len() - 1].to_vec()).collect();
    let myinfo = greeting.iter().find(|line| line.command == "004").unwrap();
    Said { capabilities, tokens, user_modes: myinfo.param(3).to_owned() }
}

/// The page, or what is missing to write it.
fn page(said: &Said, peers: &Peers) -> Result<String, Vec<String>> {
    let mut faults = peers.stale();
    let mut page = String::from(HEAD);
    capabilities(&mut page, said, peers, &mut faults);
    commands(&mut page, peers, &mut faults);
    numerics(&mut page);
    let rows = said.tokens.iter().map(|token| {
        let (name, value) = token.split_once('=').unwrap_or((token, ""));
        vec![code(name), code(value)]
    });
    table(&mut page, "ISUPPORT tokens, with default settings", &["token", "value"], rows);
    let rows = MODES.iter().map(|(letter, mode)| {
        let kind = match mode {
            Mode::List(_) => "list of masks",
            Mode::Role(_) => "role of a member",
            Mode::Key => "a word; none to take it away",
            Mode::Limit => "a number; none to take it away",
            Mode::Flag(_) => "none",
        };
        vec![code(&letter.to_string()), kind.to_owned(), meaning(ROOM_MODES, *letter, &mut faults)]
    });
    let rows: Vec<_> = rows.collect();
    table(&mut page, "Modes of rooms", &["mode", "parameter", "meaning"], rows.into_iter());
    let mut letters: Vec<char> = said.user_modes.chars().collect();
    letters.sort_unstable();
    let rows: Vec<_> =
        letters.iter().map(|l| vec![code(&l.to_string()), meaning(USER_MODES, *l, &mut faults)]).collect();
    table(&mut page, "Modes of users", &["mode", "meaning"], rows.into_iter());
    if faults.is_empty() { Ok(page) } else { Err(faults) }
}

fn capabilities(page: &mut String, said: &Said, peers: &Peers, faults: &mut Vec<String>) {
    let rows: Vec<_> = Cap::ALL
        .iter()
        .map(|cap| {
            let value = said.capabilities.get(cap.name()).map_or("", String::as_str);
            let name = format!("[{}]({})", code(cap.name()), cap.specification());
            [vec![name, code(value)], peers.cells("capability", cap.name(), faults)].concat()
        })
        .collect();
    table(page, "Capabilities", &["capability", "value", "Ergo", "soju", "InspIRCd"], rows.into_iter());
}

fn commands(page: &mut String, peers: &Peers, faults: &mut Vec<String>) {
    let rows: Vec<_> = commands::TABLE
        .iter()
        .map(|row| {
            let usage = code(format!("{} {}", row.name, row.syntax).trim_end());
            let when = format!("{:?}", row.when).to_lowercase();
            let cells = vec![format!("[{usage}]({})", row.address()), when, row.cost.to_string()];
            [cells, peers.cells("command", row.name, faults)].concat()
        })
        .collect();
    page.push_str("\n## Commands\n\n");
    page.push_str(
        "The cost counts against the flood limit: see `flood_burst` in [settings.md](settings.md).\n\
         Each further target of JOIN, PART, PRIVMSG, NOTICE and TAGMSG costs 1 more.\n",
    );
    rows_of(page, &["command", "when", "cost", "Ergo", "soju", "InspIRCd"], rows.into_iter());
}

fn numerics(page: &mut String) {
    let mut all = numeric::ALL.to_vec();
    all.sort_by_key(|(_, numeric)| numeric.code);
    let rows = all
        .into_iter()
        .map(|(name, numeric)| vec![numeric.digits(), code(name), numeric.text.to_owned()])
        .collect::<Vec<_>>();
    table(page, "Numerics", &["number", "name", "usual text"], rows.into_iter());
}

fn table(page: &mut String, title: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    write!(page, "\n## {title}\n").unwrap();
    rows_of(page, head, rows);
}

fn rows_of(page: &mut String, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    write!(page, "\n| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len())).unwrap();
    for row in rows {
        writeln!(page, "| {} |", row.join(" | ")).unwrap();
    }
}

/// As code in a cell, where a bar would end it; nothing for nothing.
fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{}`", text.replace('|', "\\|")) }
}

fn meaning(all: &[(char, &str)], letter: char, faults: &mut Vec<String>) -> String {
    let found = all.iter().find(|(other, _)| *other == letter);
    if found.is_none() {
        faults.push(format!("say in tests/it/protocol_page.rs what the mode {letter} means"));
    }
    found.map_or(String::new(), |(_, meaning)| (*meaning).to_owned())
}

/// What other servers have.
struct Peers(Vec<Peer>);

struct Peer {
    /// Whether our tables must have it.
    must_be_ours: bool,
    kind: String,
    name: String,
    cells: Vec<String>,
}

impl Peers {
    fn read() -> Result<Self, String> {
        Self::parse(include_str!("../../docs/peers.csv"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#'));
        let mut peers: Vec<Peer> = Vec::new();
        for (number, line) in lines.skip(1) {
            let fault = |problem: &str| Err(format!("docs/peers.csv, line {number}: {problem}: {line}"));
            let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            let [kind, name, rest @ ..] = cells.as_slice() else { return fault("no name") };
            if rest.len() != 3 {
                return fault("not one cell for each of three servers");
            }
            if !rest.iter().all(|cell| cell == "yes" || cell == "no" || cell.starts_with("part: ")) {
                return fault("a cell is yes, no, or `part: why`");
            }
            let (kind, must_be_ours) = kind.strip_suffix('?').map_or((kind.as_str(), true), |k| (k, false));
            if peers.iter().any(|peer| peer.kind == kind && peer.name == *name) {
                return fault("there twice");
            }
            let (kind, name, cells) = (kind.to_owned(), name.clone(), rest.to_vec());
            peers.push(Peer { must_be_ours, kind, name, cells });
        }
        Ok(Self(peers))
    }

    fn cells(&self, kind: &str, name: &str, faults: &mut Vec<String>) -> Vec<String> {
        let found = self.0.iter().find(|peer| peer.kind == kind && peer.name == name);
        if found.is_none() {
            faults.push(format!(
                "add to docs/peers.csv what the peers have: {kind},{name},<Ergo>,<soju>,<InspIRCd>"
            ));
        }
        found.map_or(Vec::new(), |peer| {
            peer.cells.iter().map(|cell| cell.replace("part: ", "in part: ")).collect()
        })
    }

    /// Lines that belong to nothing of ours.
    fn stale(&self) -> Vec<String> {
        let ours = |peer: &Peer| match peer.kind.as_str() {
            "capability" => Cap::parse(&peer.name).is_some(),
            "command" => commands::find(&peer.name).is_some(),
            other => panic!("docs/peers.csv: there is no kind {other:?}"),
        };
        let stale = self.0.iter().filter(|peer| peer.must_be_ours && !ours(peer));
        stale.map(|peer| format!("docs/peers.csv: we have no {} {}", peer.kind, peer.name)).collect()
    }
}

#[test]
fn the_page_of_the_protocol_is_not_written_with_data_missing_or_left_over() {
    let said = Said { capabilities: BTreeMap::new(), tokens: Vec::new(), user_modes: "Z".into() };
    let peers = Peers::parse("kind,name\ncommand,FLY,yes,no,no\ncommand?,SWIM,no,part: in water,no").unwrap();
    let faults = page(&said, &peers).unwrap_err();
    let has = |fault: &str| faults.iter().any(|line| line.contains(fault));
    assert!(has("we have no command FLY") && !has("SWIM") && has("what the mode Z means"), "{faults:?}");
    assert!(has("what the peers have: command,JOIN,") && has("what the peers have: capability,batch,"));
    for wrong in ["command,A,yes,no", "command,A,yes,no,perhaps", "command,A,no,no,no\ncommand?,A,no,no,no"] {
        assert!(Peers::parse(&format!("kind,name\n{wrong}")).is_err(), "{wrong}");
    }
}
