//! The colours that messages can have, their numbers and their names.

use ratatui::style::Color;

/// A colour in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// From 0 to 98.
    Number(u8),
    /// Any.
    Rgb(u8, u8, u8),
}

impl Ink {
    /// `red`, `52` or `#ff8800`.
    pub(super) fn parse(word: &str) -> Option<Self> {
        if let Some(number) = NAMES.iter().position(|name| *name == word) {
            return u8::try_from(number).ok().map(Self::Number);
        }
        if let Some(digits) = word.strip_prefix('#') {
            let is_hex = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            return is_hex.then(|| Self::hex(digits)).flatten();
        }
        let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        let number = word.parse::<u8>().ok().filter(|number| is_number && *number < DEFAULT)?;
        Some(Self::Number(number))
    }

    /// Six hexadecimal digits.
    pub(super) fn hex(digits: &str) -> Option<Self> {
        let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self::Rgb(r, g, b))
    }

    /// What [`Ink::parse`] reads.
    pub(super) fn name(self) -> String {
        match self {
            Self::Number(number) => match NAMES.get(usize::from(number)) {
                Some(name) => (*name).to_owned(),
                None => number.to_string(),
            },
            Self::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        }
    }

    /// Red, green, blue.
    pub(super) fn rgb(self) -> (u8, u8, u8) {
        match self {
            Self::Number(number) => {
                let [_, r, g, b] = PALETTE.get(usize::from(number)).copied().unwrap_or(0).to_be_bytes();
                (r, g, b)
            }
            Self::Rgb(r, g, b) => (r, g, b),
        }
    }

    /// The same for a terminal.
    pub(super) fn color(self) -> Color {
        let (r, g, b) = self.rgb();
        Color::Rgb(r, g, b)
    }
}

/// The number that means the colour without any formatting.
pub(super) const DEFAULT: u8 = 99;

const NAMES: [&str; 16] = [
    "white",
    "black",
    "blue",
    "green",
    "red",
    "brown",
    "magenta",
    "orange",
    "yellow",
    "light-green",
    "cyan",
    "light-cyan",
    "light-blue",
    "pink",
    "gray",
    "light-gray",
];

/// Source: modern.ircdocs.horse/formatting, sections "Colors" and "Colors 16-98".
#[rustfmt::skip]
const PALETTE: [u32; 99] = [
    0xffffff, 0x000000, 0x00007f, 0x009300, 0xff0000, 0x7f0000, 0x9c009c, 0xfc7f00,
    0xffff00, 0x00fc00, 0x009393, 0x00ffff, 0x0000fc, 0xff00ff, 0x7f7f7f, 0xd2d2d2,
    0x470000, 0x472100, 0x474700, 0x324700, 0x004700, 0x00472c, 0x004747, 0x002747, 0x000047, 0x2e0047, 0x470047, 0x47002a,
    0x740000, 0x743a00, 0x747400, 0x517400, 0x007400, 0x007449, 0x007474, 0x004074, 0x000074, 0x4b0074, 0x740074, 0x740045,
    0xb50000, 0xb56300, 0xb5b500, 0x7db500, 0x00b500, 0x00b571, 0x00b5b5, 0x0063b5, 0x0000b5, 0x7500b5, 0xb500b5, 0xb5006b,
    0xff0000, 0xff8c00, 0xffff00, 0xb2ff00, 0x00ff00, 0x00ffa0, 0x00ffff, 0x008cff, 0x0000ff, 0xa500ff, 0xff00ff, 0xff0098,
    0xff5959, 0xffb459, 0xffff71, 0xcfff60, 0x6fff6f, 0x65ffc9, 0x6dffff, 0x59b4ff, 0x5959ff, 0xc459ff, 0xff66ff, 0xff59bc,
    0xff9c9c, 0xffd39c, 0xffff9c, 0xe2ff9c, 0x9cff9c, 0x9cffdb, 0x9cffff, 0x9cd3ff, 0x9c9cff, 0xdc9cff, 0xff9cff, 0xff94d3,
    0x000000, 0x131313, 0x282828, 0x363636, 0x4d4d4d, 0x656565, 0x818181, 0x9f9f9f, 0xbcbcbc, 0xe2e2e2, 0xffffff,
];
