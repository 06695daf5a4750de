//! docs/client.md: its tables are those of the program.

use std::fs;
use std::path::Path;

use crate::tui::app::slash;
use crate::tui::input::TABLE;

#[test]
fn the_page_lists_all_keys_and_commands() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/client.md");
    let before = fs::read_to_string(&path).unwrap();
    let cell = |text: &str| text.replace('|', "\\|");
    let commands = slash::all().map(|(name, arguments, what)| {
        let command = format!("/{name} {arguments}");
        format!("| `{}` | {} |\n", cell(command.trim_end()), cell(what))
    });
    let keys = TABLE.iter().map(|row| {
        let keys: Vec<_> = row.keys.iter().map(|key| format!("`{key}`")).collect();
        format!("| {} | {} | {} |\n", row.name, keys.join(" "), cell(row.help))
    });
    let page = filled(&before, "commands", &table("| command | what it does |\n|---|---|\n", commands));
    let page = filled(&page, "keys", &table("| name | keys | what it does |\n|---|---|---|\n", keys));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return fs::write(&path, page).unwrap();
    }
    assert_eq!(before, page, "run: UPDATE_DOCS=1 cargo test tui::tests::page");
}

fn table(head: &str, rows: impl Iterator<Item = String>) -> String {
    format!("\n{head}{}\n", rows.collect::<String>())
}

/// The page with another text between these marks.
fn filled(page: &str, mark: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
    let (before, rest) = page.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{begin}{text}{end}{after}")
}
