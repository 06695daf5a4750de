//! The settings as TOML: an example with all of them, and those in force.
//!
//! Shows no secret.

use std::fmt::Write as _;

use super::source::{Error, Row, Sources, allowed};
use super::value::{Context, Kind};
use super::{RELOADED, ROWS};

/// Columns of a comment.
const COLUMNS: usize = 110;

/// The file `docs/config.example.toml`: each setting with its meaning and its default, commented out.
#[must_use]
pub fn example_file() -> String {
    let mut file = String::from(
        "# Settings of chat-secure-server, each with its default; what stands here changes nothing until its # is\n\
         # taken away. Start with --config FILE; --check-config says what is wrong. A flag or an environment variable\n\
         # goes before this file. Relative paths begin in this file's folder.\n\
         #\n\
         # Made from the table in src/config/mod.rs; UPDATE_DOCS=1 cargo test settings writes it anew.\n",
    );
    let mut group = "";
    for row in ROWS.iter() {
        if row.group != group {
            group = row.group;
            line(&mut file, &format!("\n## {group}"));
        }
        file.push('\n');
        comment(&mut file, &meaning(row));
        let texts: Vec<String> = row.default.split(',').map(str::to_owned).collect();
        line(&mut file, &format!("#{} = {}", row.name, value(row, &texts)));
    }
    file
}

fn meaning(row: &Row) -> String {
    let mut text = format!("{}{}", row.meaning, allowed(row));
    if row.kind == Kind::Text && row.value.contains('|') {
        text.push_str(&format!(" One of: {}.", row.value.replace('|', ", ")));
    }
    if let Some(shown) = row.shown {
        text.push_str(&format!(" Default: {shown}."));
    }
    if RELOADED.contains(&row.name) {
        text.push_str(" SIGHUP is enough for a change.");
    }
    text
}

/// Every setting with its value and where that was given.
pub(super) fn in_force(sources: &Sources<'_>) -> Result<String, Error> {
    let mut report = String::from("# ok: these settings are in force at a start\n");
    let mut group = "";
    for row in ROWS.iter() {
        if row.group != group {
            group = row.group;
            line(&mut report, &format!("\n## {group}"));
        }
        let (place, texts, folder) = sources.find(row)?;
        let place = if place == format!("default of {}", row.name) { "default" } else { &place };
        let told = match (row.effective)(&texts, &Context { folder, range: row.range }) {
            None => format!("# {} is set and not shown ({place})", row.name),
            Some(texts) if texts.iter().all(String::is_empty) && row.shown.is_some() => {
                format!("# {}: {} ({place})", row.name, row.shown.unwrap_or_default())
            }
            Some(texts) => format!("{} = {} # {place}", row.name, value(row, &texts)),
        };
        line(&mut report, &told);
    }
    Ok(report)
}

/// The names as they stand in a sentence.
pub(super) fn names(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.join(", "),
    }
}

fn value(row: &Row, texts: &[String]) -> String {
    let quoted = |text: &String| toml::Value::String(text.clone()).to_string();
    let last = || texts.last().cloned().unwrap_or_default();
    match row.kind {
        Kind::Text => quoted(&last()),
        // TOML has no empty number; the smallest stands for the form.
        Kind::Number if last().is_empty() => row.range.0.to_string(),
        Kind::Number | Kind::Switch => last(),
        Kind::List => {
            let items: Vec<_> = texts.iter().filter(|text| !text.is_empty()).map(quoted).collect();
            format!("[{}]", items.join(", "))
        }
    }
}

fn comment(file: &mut String, text: &str) {
    let mut words = text.split_whitespace().peekable();
    while words.peek().is_some() {
        let mut row = String::from("#");
        while let Some(word) = words.next_if(|word| row.len() < 2 || row.len() + 1 + word.len() <= COLUMNS) {
            row.push(' ');
            row.push_str(word);
        }
        line(file, &row);
    }
}

fn line(file: &mut String, text: &str) {
    // Writing to a string can't fail.
    writeln!(file, "{text}").unwrap_or_default();
}
