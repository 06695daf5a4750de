//! Tables for people: a header line, and columns as wide as they are shown.

use unicode_width::UnicodeWidthStr as _;

/// Between two columns.
const GAP: &str = "  ";

/// Rows of cells under a header. What is put in is made harmless.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(header: &[&str]) -> Self {
        Self { rows: vec![header.iter().map(ToString::to_string).collect()] }
    }

    pub(super) fn row(&mut self, cells: &[&str]) {
        self.rows.push(cells.iter().map(|cell| harmless(cell)).collect());
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width_of = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width_of).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                // Not `{:width$}`, which counts characters and not what they take.
                line.push_str(&" ".repeat(width - cell.width()));
                line.push_str(GAP);
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A text of somebody else that can be written to a terminal: what would control it, or turn the
/// direction of writing, is replaced by a sign that shows that something was there.
pub(super) fn harmless(text: &str) -> String {
    let is_harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}' | '\u{2029}')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_harmful(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_whatever_is_in_them() {
        let mut table = Table::new(&["ROOM", "TOPIC"]);
        table.row(&["#日本", "x"]);
        table.row(&["#e\u{301}", "y"]);
        table.row(&["#long-name", ""]);
        assert_eq!(table.to_string(), "ROOM        TOPIC\n#日本       x\n#e\u{301}          y\n#long-name\n");
    }

    #[test]
    fn nothing_that_moves_a_terminal_gets_through() {
        assert_eq!(harmless("a\u{1b}[31mb\u{7}\n\u{202e}c\u{9b}é"), "a�[31mb���c�é");
        assert_eq!(harmless("grüße 👩‍👩‍👧"), "grüße 👩‍👩‍👧");
    }
}
