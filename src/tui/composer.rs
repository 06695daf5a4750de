//! The input box of one conversation: what is typed, what was typed before, what it is about.
//!
//! Sends nothing itself.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_textarea::{CursorMove, TextArea, WrapMode};

use super::wrap::wrap;

/// Inputs that are remembered for each conversation.
const PAST_LEN_MAX: usize = 200;
/// Rows that the box takes at most.
const ROWS_MAX: u16 = 6;

/// What the text will be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum About {
    /// A message.
    #[default]
    New,
    /// The new text of a message.
    Edit {
        /// Which.
        msgid: String,
    },
    /// An answer to a message.
    Reply {
        /// Which.
        msgid: String,
        /// Who said it.
        nick: String,
    },
    /// A reaction to a message.
    React {
        /// Which.
        msgid: String,
        /// Who said it.
        nick: String,
    },
}

/// The input box.
#[derive(Clone, Debug)]
pub struct Composer {
    /// What is typed.
    pub area: TextArea<'static>,
    /// What the text will be.
    pub about: About,
    past: Vec<String>,
    /// Which of `past` is shown, and what was typed before that.
    back: Option<(usize, String)>,
}

impl Default for Composer {
    fn default() -> Self {
        Self { area: area(Vec::new()), about: About::New, past: Vec::new(), back: None }
    }
}

fn area(lines: Vec<String>) -> TextArea<'static> {
    let mut area = TextArea::new(lines);
    area.set_wrap_mode(WrapMode::WordOrGlyph);
    area.set_cursor_line_style(ratatui::style::Style::default());
    // The terminal's own cursor stands there.
    area.set_cursor_style(ratatui::style::Style::default());
    area.move_cursor(CursorMove::Bottom);
    area.move_cursor(CursorMove::End);
    area
}

/// Takes a key as shells and other IRC clients do.
pub fn edit(area: &mut TextArea<'_>, key: KeyEvent) -> bool {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if !control {
        area.input(key)
    } else if key.code == KeyCode::Char('u') {
        area.delete_line_by_head()
    } else if matches!(key.code, KeyCode::Char('7' | '_' | '/')) {
        // Terminals tell Ctrl-_ and Ctrl-/ like this.
        area.undo()
    } else if key.code == KeyCode::Backspace {
        area.delete_word()
    } else if key.code == KeyCode::Delete {
        area.delete_next_word()
    } else {
        area.input(key)
    }
}

impl Composer {
    /// What is typed.
    #[must_use]
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Whether nothing is typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    /// Puts a text in the place of what is typed; the cursor stands behind it.
    pub fn set(&mut self, text: &str) {
        self.area = area(text.split('\n').map(str::to_owned).collect());
    }

    /// What is being typed, as far as it is a message: nothing of an edit or a reaction.
    #[must_use]
    pub fn draft(&self) -> String {
        match (&self.about, &self.back) {
            (About::Edit { .. } | About::React { .. }, _) => String::new(),
            (About::New | About::Reply { .. }, Some((_, draft))) => draft.clone(),
            (About::New | About::Reply { .. }, None) => self.text(),
        }
    }

    /// What was typed before, the latest last.
    pub fn past(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.past.iter().map(String::as_str)
    }

    /// Begins with what there was another time.
    pub fn recall(&mut self, draft: &str, past: &[String]) {
        self.set(draft);
        self.past = past.to_vec();
    }

    /// Takes what is typed, remembers it, and begins anew.
    pub fn take(&mut self) -> (String, About) {
        let text = self.text();
        self.remember(&text);
        self.clear();
        (text, std::mem::take(&mut self.about))
    }

    /// Forgets what is typed, and what it is about.
    pub fn cancel(&mut self) {
        let text = self.text();
        if self.about == About::New {
            self.remember(&text);
        }
        self.clear();
        self.about = About::New;
    }

    /// A key that is none of the table.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        edit(&mut self.area, key)
    }

    /// Begins another line.
    pub fn new_line(&mut self) {
        self.area.insert_newline();
    }

    /// Adds a text where the cursor stands; its line ends stay.
    pub fn insert(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let harmless = |c: &char| *c == '\n' || *c == '\t' || !c.is_control();
        self.area.insert_str(text.chars().filter(harmless).collect::<String>());
    }

    /// What was typed before. `false` if there is nothing.
    pub fn older(&mut self) -> bool {
        let index = match &self.back {
            Some((index, _)) => index.checked_sub(1),
            None => self.past.len().checked_sub(1),
        };
        let Some(index) = index else { return false };
        let draft = self.back.take().map_or_else(|| self.text(), |(_, draft)| draft);
        self.set(&self.past[index].clone());
        self.back = Some((index, draft));
        true
    }

    /// What was typed after that; at the end what was being typed.
    pub fn newer(&mut self) -> bool {
        let Some((index, draft)) = self.back.take() else { return false };
        match self.past.get(index + 1).cloned() {
            Some(text) => {
                self.set(&text);
                self.back = Some((index + 1, draft));
            }
            None => self.set(&draft),
        }
        true
    }

    /// Whether earlier input is shown.
    #[must_use]
    pub fn is_back(&self) -> bool {
        self.back.is_some()
    }

    /// Whether the cursor is in the first line, and in the last.
    #[must_use]
    pub fn at_edge(&self) -> (bool, bool) {
        let row = self.area.cursor().0;
        (row == 0, row + 1 >= self.area.lines().len())
    }

    /// How many rows the box takes at this width.
    #[must_use]
    pub fn rows(&self, width: u16) -> u16 {
        // One column is left for the cursor behind a full row.
        let width = usize::from(width.saturating_sub(1)).max(1);
        let rows = |line: &String| wrap(&[line.as_str().into()], width).len();
        let rows: usize = self.area.lines().iter().take(usize::from(ROWS_MAX)).map(rows).sum();
        u16::try_from(rows).unwrap_or(ROWS_MAX).clamp(1, ROWS_MAX)
    }

    /// How many bytes of the text stand before the cursor.
    #[must_use]
    pub fn cursor(&self) -> usize {
        let cursor = self.area.cursor();
        let before: usize = self.area.lines().iter().take(cursor.0).map(|line| line.len() + 1).sum();
        let line = self.area.lines().get(cursor.0).map_or("", String::as_str);
        before + line.char_indices().nth(cursor.1).map_or(line.len(), |(index, _)| index)
    }

    /// Puts a text in the place of what is typed; the cursor stands behind so many bytes of it.
    pub fn set_with_cursor(&mut self, text: &str, bytes: usize) {
        self.set(text);
        let before = text.get(..bytes).unwrap_or(text);
        let row = before.matches('\n').count();
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count());
        let small = |value: usize| u16::try_from(value).unwrap_or(u16::MAX);
        self.area.move_cursor(CursorMove::Jump(small(row), small(column)));
    }

    fn clear(&mut self) {
        self.area = area(Vec::new());
        self.back = None;
    }

    fn remember(&mut self, text: &str) {
        if text.trim().is_empty() || self.past.last().is_some_and(|last| last == text) {
            return;
        }
        if self.past.len() >= PAST_LEN_MAX {
            self.past.remove(0);
        }
        self.past.push(text.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back_and_the_draft_as_well() {
        let mut composer = Composer::default();
        for text in ["one", "two"] {
            composer.set(text);
            composer.take();
        }
        composer.set("draft");
        let mut seen = Vec::new();
        while composer.older() {
            seen.push(composer.text());
        }
        while composer.newer() {
            seen.push(composer.text());
        }
        assert_eq!(seen, ["two", "one", "two", "draft"]);
    }

    #[test]
    fn keys_edit_as_in_a_shell() {
        let mut composer = Composer::default();
        composer.set("one two three");
        let mut press = |code, modifiers| {
            composer.key(KeyEvent::new(code, modifiers));
            composer.text()
        };
        assert_eq!(press(KeyCode::Char('w'), KeyModifiers::CONTROL), "one two ");
        assert_eq!(press(KeyCode::Backspace, KeyModifiers::CONTROL), "one ");
        assert_eq!(press(KeyCode::Char('u'), KeyModifiers::CONTROL), "");
        assert_eq!(press(KeyCode::Char('7'), KeyModifiers::CONTROL), "one ");
    }

    #[test]
    fn the_cursor_is_counted_in_bytes_over_lines() {
        let mut composer = Composer::default();
        composer.set_with_cursor("grüße\n日本 x", "grüße\n日".len());
        assert_eq!(composer.cursor(), "grüße\n日".len());
        composer.insert("!");
        assert_eq!(composer.text(), "grüße\n日!本 x");
    }

    #[test]
    fn a_paste_keeps_its_lines_and_loses_what_moves_a_terminal() {
        let mut composer = Composer::default();
        composer.insert("a\r\nb\u{1b}[31m\rc");
        assert_eq!(composer.text(), "a\nb[31m\nc");
    }
}
