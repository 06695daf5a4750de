//! Asks the terminal for its ground, and takes the answer out of what is typed.
//!
//! Waits for nothing: the answer may come whenever it likes or never, and none of it is taken for keys.
//! What only looked like an answer is typed a moment later.

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use tokio::time::{Duration, Instant};

use crate::tui::theme::Ground;

/// An answer comes at once when it comes; what takes longer is typed by hand.
const PAUSE_MAX: Duration = Duration::from_millis(50);
/// Terminals say at most `11;rgba:ffff/ffff/ffff/ffff`.
const ANSWER_LEN_MAX: usize = 32;

/// What became of an input.
#[derive(Debug, PartialEq)]
pub(super) enum Taken {
    /// These are for the program.
    Pass(Vec<Input>),
    /// It may be a part of the answer.
    Held,
    /// It was the last part.
    Answer(Option<Ground>),
}

/// The answer so far.
#[derive(Debug, Default)]
pub(super) struct Question {
    held: Vec<Input>,
    answer: String,
    last: Option<Instant>,
    answered: bool,
}

impl Question {
    /// One that nobody asked.
    pub(super) fn unasked() -> Self {
        Self { answered: true, ..Self::default() }
    }

    /// When what is held is to be given up.
    pub(super) fn until(&self) -> Option<Instant> {
        self.last.filter(|_| !self.held.is_empty()).map(|last| last + PAUSE_MAX)
    }

    /// It was no answer.
    pub(super) fn give_up(&mut self) -> Vec<Input> {
        self.answer.clear();
        std::mem::take(&mut self.held)
    }

    /// Takes what came from the terminal: as keys, since an answer is read as such.
    pub(super) fn take(&mut self, input: Input) -> Taken {
        let sign = match &input {
            Input::Key(key) if !self.answered => sign(key),
            Input::Key(_)
            | Input::Mouse(_)
            | Input::Paste(_)
            | Input::Resize(..)
            | Input::FocusGained
            | Input::FocusLost => None,
        };
        self.last = Some(Instant::now());
        self.held.push(input);
        self.answer.push_str(sign.unwrap_or("\n"));
        let answer = self.answer.as_str();
        if let Some(answer) = answer.strip_suffix('\u{7}').or_else(|| answer.strip_suffix("\u{1b}\\")) {
            let ground = Ground::of_answer(answer);
            self.answered = true;
            return if ground.is_some() || is_begun(answer) {
                self.give_up();
                Taken::Answer(ground)
            } else {
                Taken::Pass(self.give_up())
            };
        }
        if is_begun(answer) { Taken::Held } else { Taken::Pass(self.give_up()) }
    }
}

/// The part of an answer that was read as this key.
fn sign(key: &KeyEvent) -> Option<&'static str> {
    const SIGNS: [&str; 29] = [
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f", "A", "B", "C", "D",
        "E", "F", "r", "g", ":", ";", "/", "]", "\\",
    ];
    let plain = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
    let KeyCode::Char(c) = key.code else {
        return (key.code == KeyCode::Esc && plain).then_some("\u{1b}");
    };
    match (c, key.modifiers) {
        (']', KeyModifiers::ALT) => Some("\u{1b}]"),
        ('\\', KeyModifiers::ALT) => Some("\u{1b}\\"),
        ('g', KeyModifiers::CONTROL) => Some("\u{7}"),
        _ if plain => SIGNS.into_iter().find(|sign| sign.starts_with(c)),
        _ => None,
    }
}

/// Whether an answer may begin like this.
fn is_begun(text: &str) -> bool {
    let begins = |whole: &str| match text.strip_prefix(whole) {
        Some(rest) => rest.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '/' | '\u{1b}')),
        None => whole.starts_with(text),
    };
    text.len() <= ANSWER_LEN_MAX && (begins("\u{1b}]11;rgb:") || begins("\u{1b}]11;rgba:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
        Input::Key(KeyEvent::new(code, modifiers))
    }

    /// As crossterm reads it.
    fn typed(text: &str) -> Vec<Input> {
        text.chars().map(|c| key(KeyCode::Char(c), KeyModifiers::NONE)).collect()
    }

    fn answer(colour: &str, end: Input) -> Vec<Input> {
        let begin = key(KeyCode::Char(']'), KeyModifiers::ALT);
        [vec![begin], typed(&format!("11;{colour}")), vec![end]].concat()
    }

    #[test]
    fn an_answer_is_no_input() {
        let ends =
            [key(KeyCode::Char('g'), KeyModifiers::CONTROL), key(KeyCode::Char('\\'), KeyModifiers::ALT)];
        for (colour, ground) in [("rgb:ffff/ffff/ffff", Ground::Light), ("rgb:0000/0a0a/1F1F", Ground::Dark)]
        {
            for end in ends.clone() {
                let mut question = Question::default();
                let mut inputs = answer(colour, end);
                let last = inputs.pop().unwrap();
                assert!(inputs.into_iter().all(|input| question.take(input) == Taken::Held));
                assert_eq!(question.take(last), Taken::Answer(Some(ground)));
                // What comes now is typed.
                assert_eq!(question.take(typed("]")[0].clone()), Taken::Pass(typed("]")));
            }
        }
    }

    #[test]
    fn an_answer_in_pieces_is_one() {
        let mut question = Question::default();
        let escape = || key(KeyCode::Esc, KeyModifiers::NONE);
        let inputs = [vec![escape()], typed("]11;rgb:00/00/00"), vec![escape()]].concat();
        assert!(inputs.into_iter().all(|input| question.take(input) == Taken::Held));
        assert_eq!(question.take(typed("\\")[0].clone()), Taken::Answer(Some(Ground::Dark)));
    }

    #[test]
    fn what_only_begins_like_an_answer_is_typed() {
        let mut question = Question::default();
        let escape = || key(KeyCode::Esc, KeyModifiers::NONE);
        assert_eq!(question.take(typed("1")[0].clone()), Taken::Pass(typed("1")));
        assert_eq!(question.take(escape()), Taken::Held);
        assert_eq!(question.take(typed("x")[0].clone()), Taken::Pass([vec![escape()], typed("x")].concat()));
        assert_eq!(question.take(escape()), Taken::Held);
        assert!(question.until().is_some());
        assert_eq!(question.give_up(), [escape()]);
        assert_eq!(question.until(), None);
        assert_eq!(question.take(Input::Resize(1, 1)), Taken::Pass(vec![Input::Resize(1, 1)]));
    }
}
