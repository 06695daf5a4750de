//! Who is told of a message, and how a terminal is made to ring.
//!
//! Decides and makes bytes; writes none of them anywhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::client::text;

/// When to ring, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// When one's nick is said.
    pub mentions: bool,
    /// When somebody writes to oneself alone.
    pub direct: bool,
    /// When one of these is said; each is a word or several.
    pub keywords: Vec<String>,
    /// Conversations that never ring.
    pub mute: Vec<String>,
    /// The terminal's bell.
    pub bell: bool,
    /// A notification of the desktop, by way of the terminal.
    pub desktop: Desktop,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            mentions: true,
            direct: true,
            keywords: Vec::new(),
            mute: Vec::new(),
            bell: true,
            desktop: Desktop::Off,
        }
    }
}

/// How a terminal is asked for a notification of the desktop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Desktop {
    /// Not at all.
    #[default]
    Off,
    /// `OSC 9`: iTerm2, WezTerm, Ghostty, kitty, foot.
    Osc9,
    /// `OSC 777;notify`, with a title: urxvt, WezTerm, Ghostty, kitty, foot.
    Osc777,
    /// Not by the terminal but by the desktop's own service, where this program runs; in programs that are
    /// built with the feature `desktop`.
    System,
}

impl Desktop {
    /// All, with their names.
    pub const ALL: [(&str, Self); 4] =
        [("off", Self::Off), ("osc9", Self::Osc9), ("osc777", Self::Osc777), ("system", Self::System)];
}

/// What the desktop's own service shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Who says it, and where.
    pub title: String,
    /// What.
    pub body: String,
}

/// A message that came.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// The room, or the other side of a direct conversation.
    pub conversation: &'a str,
    /// Its text, as the network has it.
    pub text: &'a str,
    /// Whether it answers a message of one's own.
    pub answers_me: bool,
    /// Whether it is one's own.
    pub own: bool,
    /// Whether somebody looks at it: the conversation is shown and the terminal has the focus.
    pub seen: bool,
}

/// Why a message is for oneself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is to oneself alone.
    Direct,
    /// It says one's nick, or answers one.
    Mention,
    /// It says a keyword.
    Keyword,
}

/// Whether a message is for oneself, seen or not, and why: such messages are marked and counted.
#[must_use]
pub fn reason(rules: &Rules, me: &str, said: &Said<'_>) -> Option<Reason> {
    if said.own {
        return None;
    }
    let text = text::plain(&said.text.replace('\n', " "));
    if !said.conversation.starts_with(['#', '&']) {
        return rules.direct.then_some(Reason::Direct);
    }
    if rules.mentions && (said.answers_me || names(&text, me)) {
        return Some(Reason::Mention);
    }
    rules.keywords.iter().any(|keyword| names(&text, keyword)).then_some(Reason::Keyword)
}

/// Whether to ring for a message, and why: it is for oneself, nobody looks at it, and its conversation
/// is not muted.
#[must_use]
pub fn alert(rules: &Rules, me: &str, said: &Said<'_>) -> Option<Reason> {
    let is_muted = rules.mute.iter().any(|muted| muted.eq_ignore_ascii_case(said.conversation));
    if said.seen || is_muted { None } else { reason(rules, me, said) }
}

/// Whether a text says something as words of its own, whatever the case of its letters.
#[must_use]
pub fn names(text: &str, words: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let (text, words) = (text.to_lowercase(), words.to_lowercase());
    if words.trim().is_empty() {
        return false;
    }
    // Where the words themselves end in a sign, as c++ does, anything may stand beside it.
    let (opens, closes) = (words.starts_with(is_part), words.ends_with(is_part));
    text.match_indices(&words).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !(opens && before.is_some_and(is_part) || closes && after.is_some_and(is_part))
    })
}

/// Longer titles and texts are cut, counted in graphemes.
const TITLE_LEN_MAX: usize = 64;
const BODY_LEN_MAX: usize = 200;

/// The bytes that make the terminal ring, as far as the rules want it: the bell, and a notification.
/// In tmux they are handed through (`allow-passthrough`).
///
/// Sources: iTerm2, proprietary escape codes (OSC 9); urxvt's notify extension (OSC 777); tmux(1).
#[must_use]
pub fn sequence(rules: &Rules, title: &str, body: &str, tmux: bool) -> String {
    // A semicolon separates the parts of the sequence.
    let title = cut(title, TITLE_LEN_MAX).replace(';', ",");
    let body = cut(body, BODY_LEN_MAX);
    let notification = match rules.desktop {
        Desktop::Off | Desktop::System => String::new(),
        // A digit and a semicolon in front would be another command (ConEmu's OSC 9;4).
        Desktop::Osc9 if title.is_empty() => format!("\u{1b}]9;{}\u{7}", body.replace(';', ",")),
        Desktop::Osc9 => format!("\u{1b}]9;{title}: {}\u{7}", body.replace(';', ",")),
        Desktop::Osc777 => format!("\u{1b}]777;notify;{title};{body}\u{7}"),
    };
    format!("{}{}", if rules.bell { "\u{7}" } else { "" }, through(notification, tmux))
}

/// What the desktop's own service is to show, if the rules want that.
#[must_use]
pub fn notification(rules: &Rules, title: &str, body: &str) -> Option<Notification> {
    (rules.desktop == Desktop::System)
        .then(|| Notification { title: cut(title, TITLE_LEN_MAX), body: cut(body, BODY_LEN_MAX) })
}

/// The bytes that give a text to the clipboard of the terminal, over ssh as well. Source: xterm, OSC 52.
#[must_use]
pub fn clipboard(text: &str, tmux: bool) -> String {
    through(format!("\u{1b}]52;c;{}\u{7}", STANDARD.encode(text)), tmux)
}

/// What tmux is to hand to its terminal.
fn through(bytes: String, tmux: bool) -> String {
    if !tmux || bytes.is_empty() {
        return bytes;
    }
    format!("\u{1b}Ptmux;{}\u{1b}\\", bytes.replace('\u{1b}', "\u{1b}\u{1b}"))
}

fn cut(text: &str, len_max: usize) -> String {
    let plain = text::plain(&text.replace('\n', " "));
    let mut graphemes = plain.graphemes(true);
    let mut cut: String = graphemes.by_ref().take(len_max).collect();
    // A grapheme can be of any length.
    cut.truncate(cut.floor_char_boundary(len_max * 16));
    if graphemes.next().is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rules() -> Rules {
        let keywords = vec!["deploy".into(), "c++".into(), "code freeze".into()];
        Rules { keywords, mute: vec!["#random".into(), "Bot".into()], ..Rules::default() }
    }

    #[test]
    fn a_message_is_for_oneself_for_a_reason() {
        for (conversation, text, wanted) in [
            ("#lobby", "alice: hi", Some(Reason::Mention)),
            ("#lobby", "hi \u{2}Alice\u{2}!", Some(Reason::Mention)),
            ("#lobby", "one\nalice", Some(Reason::Mention)),
            ("#lobby", "malice alice-b alice_", None),
            ("#lobby", "Deploy now", Some(Reason::Keyword)),
            ("#lobby", "redeploy", None),
            ("#lobby", "a code freeze begins", Some(Reason::Keyword)),
            ("#lobby", "in c++.", Some(Reason::Keyword)),
            ("#lobby", "hello", None),
            ("bob", "hello", Some(Reason::Direct)),
        ] {
            let said = Said { conversation, text, answers_me: false, own: false, seen: false };
            assert_eq!(reason(&rules(), "alice", &said), wanted, "{text}");
            assert_eq!(alert(&rules(), "alice", &said), wanted, "{text}");
            assert_eq!(reason(&rules(), "alice", &Said { own: true, ..said }), None);
            assert_eq!(alert(&rules(), "alice", &Said { seen: true, ..said }), None);
        }
    }

    #[test]
    fn muted_conversations_are_marked_and_do_not_ring() {
        for conversation in ["#Random", "bot"] {
            let said = Said { conversation, text: "alice!", answers_me: false, own: false, seen: false };
            assert!(reason(&rules(), "alice", &said).is_some());
            assert_eq!(alert(&rules(), "alice", &said), None);
        }
    }

    #[test]
    fn an_answer_to_oneself_names_oneself() {
        let said = Said { conversation: "#lobby", text: "no", answers_me: true, own: false, seen: false };
        assert_eq!(alert(&rules(), "alice", &said), Some(Reason::Mention));
    }

    #[test]
    fn the_clipboard_is_given_text_that_ends_no_sequence() {
        assert_eq!(clipboard("hi\u{7}", false), "\u{1b}]52;c;aGkH\u{7}");
        assert_eq!(clipboard("hi", true), "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;aGk=\u{7}\u{1b}\\");
    }

    #[test]
    fn rules_can_be_switched_off() {
        let off = Rules { mentions: false, direct: false, ..Rules::default() };
        for conversation in ["#lobby", "bob"] {
            let said = Said { conversation, text: "alice", answers_me: true, own: false, seen: false };
            assert_eq!(reason(&off, "alice", &said), None);
        }
    }

    #[test]
    fn a_terminal_is_told_in_its_own_way() {
        let with = |desktop, bell| Rules { desktop, bell, ..Rules::default() };
        for (rules, tmux, wanted) in [
            (with(Desktop::Off, true), false, "\u{7}"),
            (with(Desktop::Off, false), true, ""),
            (with(Desktop::Osc9, false), false, "\u{1b}]9;bob, #x: hi, you\u{7}"),
            (with(Desktop::Osc777, true), false, "\u{7}\u{1b}]777;notify;bob, #x;hi; you\u{7}"),
            (with(Desktop::System, true), false, "\u{7}"),
            (with(Desktop::Osc9, false), true, "\u{1b}Ptmux;\u{1b}\u{1b}]9;bob, #x: hi, you\u{7}\u{1b}\\"),
        ] {
            assert_eq!(sequence(&rules, "bob; #x", "hi; you", tmux), wanted);
            let shown = notification(&rules, "bob", &"a".repeat(300)).map(|shown| shown.body.len());
            assert_eq!(shown, (rules.desktop == Desktop::System).then_some(BODY_LEN_MAX + "…".len()));
        }
    }

    proptest! {
        #[test]
        fn no_text_ends_the_sequence_it_is_in(title in any::<String>(), body in any::<String>()) {
            let rules = Rules { desktop: Desktop::Osc777, bell: false, ..Rules::default() };
            let bytes = sequence(&rules, &title, &body, false);
            let inner = bytes.strip_prefix("\u{1b}]777;notify;").and_then(|rest| rest.strip_suffix('\u{7}'));
            prop_assert!(inner.is_some_and(|inner| !inner.chars().any(char::is_control)), "{:?}", bytes);
            prop_assert!(title.trim().is_empty() || names(&title, &title));
        }

        #[test]
        fn what_is_told_has_a_bound(body in ".{0,2000}") {
            let rules = Rules { desktop: Desktop::Osc9, ..Rules::default() };
            prop_assert!(sequence(&rules, "", &body, true).len() < 16 * (BODY_LEN_MAX + TITLE_LEN_MAX) + 32);
        }
    }
}
