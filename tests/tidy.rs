//! The house's rules that no compiler checks; each test names one, each failure says where and why.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

/// The layer of each top-level module of `src`: it may use its siblings and what is below.
const LAYERS: &[(&str, u8)] = &[
    ("ids", 0),
    ("names", 0),
    ("limits", 0),
    ("clock", 0),
    ("range", 0),
    ("suggest", 0),
    ("disposition", 0),
    ("permissions", 0),
    ("hush", 0),
    ("protocol", 1),
    ("room", 2),
    ("store", 3),
    ("auth", 3),
    ("identity", 3),
    ("journal", 4),
    ("uploads", 4),
    ("session", 5),
    ("commands", 5),
    ("web", 6),
    ("admin", 6),
    ("backup", 6),
    ("config", 7),
    ("observe", 7),
    ("server", 8),
    ("chatctl", 8),
];

/// Modules beside the layers: what they may use, all of layer 0 and themselves apart.
const BESIDE: &[(&str, &[&str])] = &[
    ("client", &["protocol"]),
    ("tui", &["client", "protocol"]),
    ("line", &["client", "protocol"]),
    (
        "fuzzing",
        &["client", "commands", "config", "protocol", "server", "session", "store", "tui", "uploads", "web"],
    ),
];

/// What a layer below may be and is still not used: rooms know no IRC, the store neither.
const NEVER: &[(&str, &str)] = &[("room", "protocol"), ("store", "protocol")];

/// Files that are longer than the rest may be. The list may only shrink.
const LONG_FILES: &[(&str, usize)] = &[];
const FILE_LINES_MAX: usize = 400;

/// Words that name a drawer, not a thing.
const DRAWERS: &[&str] = &["utils", "util", "helpers", "helper", "common", "types", "manager", "misc"];

/// Where the rows of the command table are.
const COMMAND_TABLE: &str = "src/commands/table.rs";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files under the folder that end so, with their paths as the rules name them.
fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push((relative(&path), read(&path)));
            }
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}

fn rust_files() -> Vec<(String, String)> {
    ["src", "tests", "benches", "examples", "fuzz/fuzz_targets"]
        .iter()
        .flat_map(|folder| files(folder, "rs"))
        .collect()
}

/// Pages of the repository's top and of `docs`.
fn pages() -> Vec<(String, String)> {
    let top = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let top = top.filter(|path| path.extension().is_some_and(|e| e == "md"));
    let mut pages: Vec<_> = top.map(|path| (relative(&path), read(&path))).collect();
    pages.extend(files("docs", "md"));
    pages.extend(files("certs", "md"));
    pages
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The line without its comment; good enough for code that is formatted.
fn code(line: &str) -> &str {
    let line = line.trim_start();
    if line.starts_with("//") { "" } else { line.split(" // ").next().unwrap_or(line) }
}

/// The top-level module that a file of `src` belongs to; none for `lib.rs` and the binaries.
fn module_of(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("src/")?;
    let name = rest.split('/').next()?.trim_end_matches(".rs");
    (name != "lib" && name != "bin").then_some(name)
}

/// The top-level modules that follow `crate::`, those in braces included.
fn used_modules(text: &str) -> BTreeSet<String> {
    let text: String = text.lines().map(code).collect::<Vec<_>>().join(" ");
    let mut used = BTreeSet::new();
    for (start, _) in text.match_indices("crate::") {
        let before = text[..start].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &text[start + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => {
                used.insert(first_word(rest));
            }
            Some(group) => {
                let mut depth = 0_i32;
                let mut fresh = true;
                for (at, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' => fresh = depth == 0,
                        c if fresh && depth == 0 && c.is_alphabetic() => {
                            used.insert(first_word(&group[at..]));
                            fresh = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    used
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn layer(module: &str) -> Option<u8> {
    LAYERS.iter().find(|(name, _)| *name == module).map(|(_, layer)| *layer)
}

fn may_use(module: &str, other: &str) -> bool {
    if module == other || layer(other) == Some(0) && layer(module) != Some(0) {
        return true;
    }
    if NEVER.contains(&(module, other)) {
        return false;
    }
    if let Some((_, allowed)) = BESIDE.iter().find(|(name, _)| *name == module) {
        return allowed.contains(&other);
    }
    matches!((layer(module), layer(other)), (Some(mine), Some(its)) if its <= mine)
}

#[test]
fn a_module_uses_its_own_layer_and_those_below() {
    let known = |name: &str| layer(name).is_some() || BESIDE.iter().any(|(beside, _)| *beside == name);
    let mut faults = Vec::new();
    for (path, text) in files("src", "rs") {
        let Some(module) = module_of(&path) else { continue };
        if !known(module) {
            faults.push(format!("{path}: give the module {module:?} a layer in tests/tidy.rs"));
            continue;
        }
        for other in used_modules(&text).iter().filter(|other| known(other) && !may_use(module, other)) {
            faults.push(format!("{path}: {module} must not use {other}, which is above or beside it"));
        }
    }
    assert_none(&faults);
}

#[test]
fn the_layer_rule_sees_what_it_should() {
    let text = "use crate::{names::Nick, room::{self, State},\n store};\nfn f() { crate::auth::x(); }\n// crate::web";
    assert_eq!(used_modules(text).into_iter().collect::<Vec<_>>(), ["auth", "names", "room", "store"]);
    assert!(may_use("journal", "protocol") && may_use("session", "commands") && may_use("client", "names"));
    assert!(!may_use("room", "store") && !may_use("client", "room") && !may_use("ids", "protocol"));
    assert!(!may_use("server", "client") && !may_use("protocol", "client"));
}

#[test]
fn no_file_is_too_long() {
    let mut faults = Vec::new();
    for (path, text) in rust_files() {
        let lines = text.lines().count();
        let allowed = LONG_FILES.iter().find(|(name, _)| *name == path).map(|(_, lines)| *lines);
        match allowed {
            None if lines > FILE_LINES_MAX => {
                faults.push(format!("{path} has {lines} lines, at most {FILE_LINES_MAX} are good to read"));
            }
            Some(exception) if lines > exception => {
                faults.push(format!("{path} has {lines} lines and grew past its exception of {exception}"));
            }
            Some(_) if lines <= FILE_LINES_MAX => {
                faults.push(format!("{path} needs its exception no longer: take it off the list"));
            }
            None | Some(_) => {}
        }
    }
    assert_none(&faults);
}

#[test]
fn each_file_says_what_it_is() {
    let faults: Vec<_> = rust_files()
        .into_iter()
        .filter(|(_, text)| !text.lines().next().is_some_and(|line| line.starts_with("//! ")))
        .map(|(path, _)| format!("{path} does not open with a line of //!"))
        .collect();
    assert_none(&faults);
}

#[test]
fn no_module_is_a_drawer() {
    let is_drawer =
        |path: &String| path.split('/').any(|part| DRAWERS.contains(&part.trim_end_matches(".rs")));
    let faults: Vec<_> = rust_files()
        .into_iter()
        .map(|(path, _)| path)
        .filter(is_drawer)
        .map(|path| format!("{path}: name it after what it holds"))
        .collect();
    assert_none(&faults);
}

#[test]
fn words_that_must_not_be_there_are_not_there() {
    let notes = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    let getter = concat!("fn ge", "t_");
    let sleep = concat!("slee", "p(");
    let mut faults = Vec::new();
    for (path, text) in rust_files() {
        for (number, line) in (1..).zip(text.lines()) {
            if line.contains(getter) {
                faults.push(format!("{path}:{number}: a getter bears the name of what it gives"));
            }
            if path.starts_with("tests/") && code(line).contains(sleep) {
                faults.push(format!("{path}:{number}: a test waits for something, never for some time"));
            }
        }
    }
    for (path, text) in rust_files().into_iter().chain(pages()) {
        for (number, line) in (1..).zip(text.lines()) {
            if notes.iter().any(|note| line.contains(note)) {
                faults.push(format!("{path}:{number}: what is left to do belongs into an issue"));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn the_map_is_true() {
    let map = read(&root().join("ARCHITECTURE.md"));
    let mut faults = Vec::new();
    for named in map.split('`').skip(1).step_by(2).filter(|named| is_path(named)) {
        if !root().join(named).exists() {
            faults.push(format!("ARCHITECTURE.md names {named}, which is not there"));
        }
    }
    let modules: BTreeSet<_> =
        files("src", "rs").iter().filter_map(|(path, _)| module_of(path).map(str::to_owned)).collect();
    for module in modules {
        let spelled = [format!("`src/{module}.rs`"), format!("`src/{module}/`")];
        if !spelled.iter().any(|name| map.contains(name)) {
            faults.push(format!("ARCHITECTURE.md does not name {}", spelled.join(" or ")));
        }
    }
    assert_none(&faults);
}

fn is_path(text: &str) -> bool {
    let folders = [
        "src/",
        "tests/",
        "docs/",
        "migrations/",
        "certs/",
        "benches/",
        "web/",
        ".ci/",
        "examples/",
        "fuzz/",
        "packaging/",
    ];
    !text.contains([' ', '*', '…', '<']) && folders.iter().any(|folder| text.starts_with(folder))
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut faults = Vec::new();
    for (path, text) in pages() {
        let folder = root().join(&path).parent().map(Path::to_owned).unwrap_or_default();
        for (start, _) in text.match_indices("](") {
            let target = text[start + 2..].split(')').next().unwrap_or_default();
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") && !folder.join(file).exists() {
                faults.push(format!("{path}: {target} leads nowhere"));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn released_migrations_are_unchanged() {
    let list = read(&root().join("migrations/checksums"));
    let mut faults = Vec::new();
    for line in list.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (sum, name) = line.split_once("  ").unwrap_or_else(|| panic!("migrations/checksums: {line}"));
        let path = root().join("migrations").join(name);
        let Ok(bytes) = fs::read(&path) else {
            faults.push(format!("migrations/{name} was released and is gone"));
            continue;
        };
        let found: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if found != sum {
            faults.push(format!("migrations/{name} was released and has changed: add a new one instead"));
        }
    }
    assert_none(&faults);
}

#[test]
fn each_command_has_a_test_that_names_it() {
    let Ok(table) = fs::read_to_string(root().join(COMMAND_TABLE)) else { return };
    let tests: String = files("tests/it", "rs").into_iter().map(|(_, text)| text).collect();
    let words: BTreeSet<&str> = tests.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let commands = command_names(&table);
    assert!(commands.len() > 10, "{COMMAND_TABLE} was not understood: {commands:?}");
    let faults: Vec<_> = commands
        .iter()
        .filter(|name| !words.contains(name.as_str()))
        .map(|name| format!("no test under tests/it names {name}"))
        .collect();
    assert_none(&faults);
}

/// The names in the rows, which begin with `row!("NAME"` or `row!(pipelined "NAME"`.
fn command_names(table: &str) -> BTreeSet<String> {
    let name = |line: &str| {
        let row = line.trim_start().strip_prefix("row!(")?;
        Some(row.trim_start_matches("pipelined ").strip_prefix('"')?.split('"').next()?.to_owned())
    };
    table.lines().filter_map(name).collect()
}

#[test]
fn nothing_secret_or_made_is_committed() {
    let listed = Command::new("git").arg("-C").arg(root()).arg("ls-files").output();
    let Some(listed) = listed.ok().filter(|output| output.status.success()) else { return };
    let listed = String::from_utf8(listed.stdout).unwrap();
    let forbidden = |path: &&str| {
        let made = path.starts_with("data/") || path.starts_with("target/");
        let certs = path.starts_with("certs/") && *path != "certs/README.md";
        let kind = PathBuf::from(path).extension().and_then(|e| e.to_str().map(str::to_owned));
        let secret = matches!(kind.as_deref(), Some("key" | "db")) || path.ends_with("key.pem");
        made || certs || secret && !path.starts_with("tests/data/")
    };
    let faults: Vec<_> =
        listed.lines().filter(forbidden).map(|path| format!("{path} is committed")).collect();
    assert_none(&faults);
}
