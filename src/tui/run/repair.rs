//! Terminals differ in how many columns some signs take: flags, families, hearts with a colour.
//!
//! What is drawn of such a row is told whole whenever the row changes, so that nothing stays behind of
//! what was wider than was reckoned with. Other rows cost nothing.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use ratatui::buffer::{Buffer, CellDiffOption};

/// The rows of the last picture.
#[derive(Debug, Default)]
pub(super) struct Rows(Vec<Row>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Row {
    /// Its width is a matter of opinion.
    is_doubtful: bool,
    hash: u64,
}

impl Rows {
    /// Has those rows told whole that are doubtful, or were, and have changed.
    pub(super) fn repair(&mut self, picture: &mut Buffer) {
        let width = usize::from(picture.area.width).max(1);
        self.0.resize(picture.content.len().div_ceil(width), Row::default());
        for (cells, before) in picture.content.chunks_mut(width).zip(&mut self.0) {
            // A sign of several characters is one that terminals disagree about.
            let is_doubtful = cells.iter().any(|cell| cell.symbol().chars().nth(1).is_some());
            if !is_doubtful && !before.is_doubtful {
                continue;
            }
            let mut hasher = DefaultHasher::new();
            cells.iter().for_each(|cell| cell.hash(&mut hasher));
            let now = Row { is_doubtful, hash: hasher.finish() };
            if now != std::mem::replace(before, now) {
                for cell in cells {
                    cell.set_diff_option(CellDiffOption::AlwaysUpdate);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many cells of each row are told after a picture that was shown twice.
    fn told(before: &[&str], after: &[&str]) -> Vec<usize> {
        let mut rows = Rows::default();
        let mut pictures = [before, before, after].map(|lines| Buffer::with_lines(lines.iter().copied()));
        pictures.iter_mut().for_each(|picture| rows.repair(picture));
        let [_, before, after] = pictures;
        let diff = before.diff(&after);
        let row = |y| diff.iter().filter(|(_, row, _)| usize::from(*row) == y).count();
        (0..usize::from(after.area.height)).map(row).collect()
    }

    #[test]
    fn a_row_with_a_flag_is_told_whole_when_it_changes_and_only_then() {
        assert_eq!(told(&["a 🇩🇪 b", "plain"], &["a 🇩🇪 b", "plane"]), [0, 2]);
        assert_eq!(told(&["a 🇩🇪 b   ", ""], &["c 🇩🇪 b   ", ""]), [8, 0]);
        assert_eq!(told(&["a 🇩🇪 b   ", ""], &["", "a 🇩🇪 b   "]), [9, 8]);
        assert_eq!(told(&["a 日 b"], &["c 日 b"]), [1]);
    }
}
