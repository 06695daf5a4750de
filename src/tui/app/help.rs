//! The keys and the commands, as they are shown on a screen of some width.

use ratatui::text::Span;

use super::super::input::{Command, TABLE};
use super::super::wrap::{columns, wrap};
use super::{App, dialogs, slash};

/// Columns that a description takes at most.
const WORDS_COLUMNS: usize = 66;
/// Narrower, and a description stands below its key.
const BESIDE_FROM: usize = 70;
/// The frame and the space within it.
const FRAME_COLUMNS: usize = 4;
const SET_IN: &str = "    ";

impl App {
    /// Where the help is after this command.
    pub(super) fn scrolled(&self, top: u16, command: Command) -> u16 {
        let page = self.size.1.saturating_sub(6).max(1);
        let height = self.size.1.saturating_sub(2);
        let last = u16::try_from(self.help_rows().len()).unwrap_or(u16::MAX).saturating_sub(height);
        let next = dialogs::moved(usize::from(top), command, usize::from(page), usize::from(last));
        next.try_into().unwrap_or(last)
    }

    /// Columns of the help.
    #[must_use]
    pub fn help_width(&self) -> usize {
        let room = usize::from(self.size.0).saturating_sub(FRAME_COLUMNS);
        room.min(self.left_columns() + WORDS_COLUMNS)
    }

    /// All keys and what they do, then all commands: rows of the screen, what is on the left and on the right.
    #[must_use]
    pub fn help_rows(&self) -> Vec<(String, String)> {
        let (width, left_columns) = (self.help_width(), self.left_columns());
        let beside = width >= BESIDE_FROM;
        let room =
            if beside { width.saturating_sub(left_columns) } else { width.saturating_sub(SET_IN.len()) };
        let mut rows = Vec::new();
        for (left, right) in self.help() {
            let mut words = wrap(&[Span::raw(right)], room.max(1)).into_iter().map(|row| text(&row));
            if beside {
                let pad = " ".repeat(left_columns.saturating_sub(columns(&left)));
                rows.push((format!("{left}{pad}"), words.next().unwrap_or_default()));
            } else {
                rows.push((left, String::new()));
            }
            let indent = if beside { " ".repeat(left_columns) } else { SET_IN.to_owned() };
            rows.extend(words.filter(|row| !row.is_empty()).map(|row| (indent.clone(), row)));
        }
        rows
    }

    fn left_columns(&self) -> usize {
        self.help().iter().map(|(left, _)| columns(left)).max().unwrap_or(0) + 2
    }

    fn help(&self) -> Vec<(String, &'static str)> {
        let keys = TABLE.iter().map(|row| (self.keys.of(row.command), row.help));
        let commands = slash::all().map(|(name, arguments, what)| {
            let command = format!("/{name} {arguments}");
            (command.trim_end().to_owned(), *what)
        });
        keys.chain([(String::new(), "")]).chain(commands).collect()
    }
}

fn text(row: &[Span<'_>]) -> String {
    row.iter().map(|span| span.content.as_ref()).collect()
}
