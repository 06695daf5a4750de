//! What a terminal shows: on which ground, and how many colours.
//!
//! Reads what the environment and the terminal say; asks neither itself.

use super::color::Rgb;

/// The background that texts are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// Black, or nearly so.
    #[default]
    Dark,
    /// White, or nearly so.
    Light,
}

impl Ground {
    /// Asks a terminal for its background (OSC 11). Source: xterm, ctlseqs, "Operating System Commands".
    pub const QUESTION: &str = "\u{1b}]11;?\u{1b}\\";

    /// What `COLORFGBG` says: `15;0`, the background last. Source: rxvt.
    #[must_use]
    pub fn of_environment(var: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let value = var("COLORFGBG")?;
        match value.rsplit_once(';')?.1.parse::<u8>().ok()? {
            7 | 9..=15 => Some(Self::Light),
            0..=6 | 8 => Some(Self::Dark),
            16.. => None,
        }
    }

    /// What a terminal answers to [`Ground::QUESTION`]: `rgb:RRRR/GGGG/BBBB`, one to four digits each,
    /// or `#RRGGBB`; the sequence around it may be there or not.
    #[must_use]
    pub fn of_answer(answer: &str) -> Option<Self> {
        let value = answer.rsplit_once("11;").map_or(answer, |(_, value)| value);
        let value = value.trim_end_matches(['\u{7}', '\u{1b}', '\\']);
        let rgb = match value.strip_prefix("rgba:").or_else(|| value.strip_prefix("rgb:")) {
            Some(parts) => {
                let mut parts = parts.split('/').map(scaled);
                Rgb(parts.next()??, parts.next()??, parts.next()??)
            }
            None => Rgb::parse(value)?,
        };
        Some(if rgb.luminance() > 0.18 { Self::Light } else { Self::Dark })
    }

    /// The ground that readability is judged on, where the terminal's own is not known.
    pub(super) const fn nominal(self) -> Rgb {
        match self {
            Self::Dark => Rgb(0x1e, 0x1e, 0x1e),
            Self::Light => Rgb(0xff, 0xff, 0xff),
        }
    }
}

/// One to four hexadecimal digits, of which all `f` is the most.
fn scaled(digits: &str) -> Option<u8> {
    let most = match digits.len() {
        1 => 0xf,
        2 => 0xff,
        3 => 0xfff,
        4 => 0xffff,
        _ => return None,
    };
    u8::try_from(u32::from_str_radix(digits, 16).ok()? * 255 / most).ok()
}

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: bold, underlined and reversed have to do.
    Mono,
    /// The sixteen whose shades the terminal's owner chose.
    #[default]
    Ansi,
    /// 256.
    Indexed,
    /// All.
    True,
}

impl Depth {
    /// What the environment says: `NO_COLOR` first (source: no-color.org), then `COLORTERM`, then `TERM`.
    #[must_use]
    pub fn of_environment(var: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| var(name).filter(|value| !value.is_empty());
        if set("NO_COLOR").is_some() {
            return Self::Mono;
        }
        let term = set("TERM").unwrap_or_default();
        if term == "dumb" || term.starts_with("vt1") || term.starts_with("vt2") {
            return Self::Mono;
        }
        let colorterm = set("COLORTERM").unwrap_or_default();
        if matches!(colorterm.as_str(), "truecolor" | "24bit") || term.ends_with("-direct") {
            return Self::True;
        }
        if term.contains("256color") {
            return Self::Indexed;
        }
        match term.as_str() {
            "xterm-kitty" | "alacritty" | "foot" | "wezterm" | "xterm-ghostty" | "contour" => Self::True,
            _ => Self::Ansi,
        }
    }
}
