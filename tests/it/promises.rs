//! The promises of docs/security-model.md: each names the tests that hold it, and there are such tests.

use std::collections::BTreeSet;
use std::path::Path;

/// The names of all functions in Rust files below this folder.
fn functions(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            functions(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let after = text.split("fn ").skip(1).filter_map(|rest| rest.split('(').next());
            names.extend(after.map(str::to_owned));
        }
    }
}

#[test]
fn each_promise_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = BTreeSet::new();
    ["src", "tests/it", "tests/sim"].iter().for_each(|folder| functions(&root.join(folder), &mut names));
    let page = std::fs::read_to_string(root.join("docs/security-model.md")).unwrap();
    let (_, table) = page.split_once("| promise | test |").expect("the table of promises");
    let rows: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 20, "{rows:?}");
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        let mut named = tests.split('`').skip(1).step_by(2).peekable();
        assert!(named.peek().is_some(), "no test: {row}");
        for name in named {
            let is_there = names.contains(name) || (name.contains('/') && root.join(name).exists());
            assert!(is_there, "there is no {name}, which is to hold: {row}");
        }
    }
}
