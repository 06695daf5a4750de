//! A key with what is held down beside it, as people write it: `ctrl-k`, `alt-left`, `f1`.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key and its modifiers, in the one form that all terminals' ways of telling it become.
///
/// The case of a letter does not count, nor whether Shift is held with a character: terminals tell
/// both or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    /// The key.
    pub code: KeyCode,
    /// Control, Alt, Shift.
    pub modifiers: KeyModifiers,
}

/// The text is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no key; keys are written like ctrl-k, alt-left, shift-tab, f5, pageup or space")]
pub struct NotAChord(String);

const NAMES: [(&str, KeyCode); 15] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("space", KeyCode::Char(' ')),
];

const MODIFIERS: [(&str, KeyModifiers); 3] =
    [("ctrl", KeyModifiers::CONTROL), ("alt", KeyModifiers::ALT), ("shift", KeyModifiers::SHIFT)];

impl Chord {
    /// What was pressed.
    #[must_use]
    pub fn of(event: &KeyEvent) -> Self {
        Self::in_one_form(event.code, event.modifiers)
    }

    fn in_one_form(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let modifiers = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        if let KeyCode::Char(c) = code {
            let code = KeyCode::Char(c.to_ascii_lowercase());
            return Self { code, modifiers: modifiers - KeyModifiers::SHIFT };
        }
        if code == KeyCode::BackTab {
            return Self { code: KeyCode::Tab, modifiers: modifiers | KeyModifiers::SHIFT };
        }
        Self { code, modifiers }
    }
}

impl FromStr for Chord {
    type Err = NotAChord;

    /// Takes `+` for `-` as well.
    fn from_str(text: &str) -> Result<Self, NotAChord> {
        let wrong = || NotAChord(text.to_owned());
        let lower = text.trim().to_lowercase();
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = lower.as_str();
        let is_parted = |(word, after): &(&str, &str)| !word.is_empty() && !after.is_empty();
        while let Some((word, after)) = rest.split_once(['-', '+']).filter(is_parted) {
            modifiers |= MODIFIERS.iter().find(|(name, _)| *name == word).ok_or_else(wrong)?.1;
            rest = after;
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) => KeyCode::Char(c),
            _ => match NAMES.iter().find(|(name, _)| *name == rest) {
                Some((_, code)) => *code,
                None => KeyCode::F(function(rest).ok_or_else(wrong)?),
            },
        };
        Ok(Self::in_one_form(code, modifiers))
    }
}

/// `f1` to `f24`.
fn function(text: &str) -> Option<u8> {
    (1..=24).find(|number| text == format!("f{number}"))
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, modifier) in MODIFIERS {
            if self.modifiers.contains(modifier) {
                write!(f, "{name}-")?;
            }
        }
        match NAMES.iter().find(|(_, code)| *code == self.code) {
            Some((name, _)) => f.write_str(name),
            None => f.write_str(&self.code.to_string().to_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chord(text: &str) -> Chord {
        text.parse().unwrap()
    }

    #[test]
    fn keys_are_read_and_written_alike() {
        for (text, shown) in [
            ("ctrl-k", "ctrl-k"),
            ("CTRL+K", "ctrl-k"),
            ("shift-ctrl-k", "ctrl-k"),
            ("alt-left", "alt-left"),
            ("f1", "f1"),
            ("shift-F12", "shift-f12"),
            ("A", "a"),
            ("+", "+"),
            ("ctrl++", "ctrl-+"),
            ("ctrl--", "ctrl--"),
            ("alt-space", "alt-space"),
            ("shift-tab", "shift-tab"),
            ("ö", "ö"),
            ("/", "/"),
        ] {
            assert_eq!(chord(text).to_string(), shown);
            assert_eq!(chord(shown), chord(text), "{text}");
        }
        for wrong in ["", "ctrl", "ctrl-", "strg-k", "f0", "f25", "f+1", "kk", " ", "\t"] {
            assert!(wrong.parse::<Chord>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_pressed_is_what_was_written() {
        for (code, modifiers, text) in [
            (KeyCode::Char('k'), KeyModifiers::CONTROL, "ctrl-k"),
            (KeyCode::Char('K'), KeyModifiers::CONTROL | KeyModifiers::SHIFT, "ctrl-k"),
            (KeyCode::BackTab, KeyModifiers::SHIFT, "shift-tab"),
            (KeyCode::BackTab, KeyModifiers::NONE, "shift-tab"),
            (KeyCode::Tab, KeyModifiers::SHIFT, "shift-tab"),
            (KeyCode::Left, KeyModifiers::ALT, "alt-left"),
            (KeyCode::F(1), KeyModifiers::NONE, "f1"),
            (KeyCode::Char('?'), KeyModifiers::SHIFT, "?"),
        ] {
            assert_eq!(Chord::of(&KeyEvent::new(code, modifiers)), chord(text));
        }
    }
}
