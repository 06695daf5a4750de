//! `/search`: words, and what narrows them.

use crate::client::action::{Action, Search};

use super::{Context, Input, moment, usage};

/// Reads what stands behind `/search`. A filter is known by its name and colon, wherever it stands.
pub(super) fn search(rest: &str, context: Context<'_>) -> Input {
    let mut search = Search::default();
    let mut words = Vec::new();
    for word in rest.split_whitespace() {
        let (name, value) = word.split_once(':').unwrap_or(("", word));
        let read = match name {
            "from" => {
                search.from = Some(value.trim_start_matches('@').to_owned());
                !value.trim_start_matches('@').is_empty()
            }
            "in" => {
                search.conversation = Some(value.trim_start_matches('@').to_owned());
                value.len() > 1 && value.starts_with(['#', '@'])
            }
            "after" => {
                search.after = moment(value, context.now);
                search.after.is_some()
            }
            "before" => {
                search.before = moment(value, context.now);
                search.before.is_some()
            }
            _ => {
                words.push(word);
                true
            }
        };
        if !read {
            return Input::Wrong(wrong(word, name));
        }
    }
    search.words = Some(words.join(" ")).filter(|words| !words.is_empty());
    if search == Search::default() { usage("search") } else { Input::Do(Action::Search(search)) }
}

fn wrong(word: &str, name: &str) -> String {
    let right = match name {
        "from" => "from:bob",
        "in" => "in:#room or in:@bob",
        _ => {
            return format!(
                "{word} names no time; such as {name}:14:00, {name}:2h, {name}:yesterday, {name}:2026-11-19"
            );
        }
    };
    format!("{word} is not understood; such as {right}")
}
