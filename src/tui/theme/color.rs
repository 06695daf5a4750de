//! Colours as numbers: how bright, how far apart, which of a terminal's is nearest.
//!
//! Knows no roles.

use ratatui::style::Color;

/// A colour of sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rgb(pub(super) u8, pub(super) u8, pub(super) u8);

impl Rgb {
    /// `#rrggbb`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self(r, g, b))
    }

    /// One of a terminal's 256; the first 16 as VGA had them. Source: xterm, 256colres.pl.
    pub(super) fn of_index(index: u8) -> Self {
        const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
        let step = |n: u8| STEPS[usize::from(n % 6)];
        match index {
            0..=15 => ANSI[usize::from(index)],
            16..=231 => Self(step((index - 16) / 36), step((index - 16) / 6), step(index - 16)),
            232..=255 => {
                let gray = 8 + 10 * (index - 232);
                Self(gray, gray, gray)
            }
        }
    }

    /// From 0 (black) to 1 (white). Source: WCAG 2.2, relative luminance.
    pub(super) fn luminance(self) -> f64 {
        let [r, g, b] = self.linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// From 1 (the same) to 21 (black on white). Source: WCAG 2.2, contrast ratio.
    pub(super) fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance() + 0.05, other.luminance() + 0.05);
        a.max(b) / a.min(b)
    }

    /// This colour, or one nearer to white or black that can be read on the ground (4.5 : 1, as WCAG
    /// 2.2 wants it).
    pub(super) fn readable_on(self, ground: Self) -> Self {
        let target = if ground.luminance() > 0.18 { 0.0 } else { 255.0 };
        let mixed = |part: f64| {
            let mix = |channel: u8| (f64::from(channel) * (1.0 - part) + target * part).round() as u8;
            Self(mix(self.0), mix(self.1), mix(self.2))
        };
        let steps = (0..=10).map(|step| mixed(f64::from(step) / 10.0));
        steps.into_iter().find(|color| color.contrast(ground) >= CONTRAST_MIN).unwrap_or(mixed(1.0))
    }

    /// The nearest of the 240 that look the same on every terminal.
    pub(super) fn nearest_index(self) -> u8 {
        self.nearest(16..=255)
    }

    /// The nearest of the sixteen.
    pub(super) fn nearest_ansi(self) -> Color {
        ansi(self.nearest(0..=15))
    }

    fn nearest(self, indices: impl Iterator<Item = u8>) -> u8 {
        let lab = oklab(self.linear());
        let far = |index: &u8| distance(lab, oklab(Self::of_index(*index).linear()));
        indices.min_by(|a, b| far(a).total_cmp(&far(b))).unwrap_or_default()
    }

    /// The channels as light: from 0 to 1.
    pub(super) fn linear(self) -> [f64; 3] {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        [linear(self.0), linear(self.1), linear(self.2)]
    }
}

/// What can be read well. Source: WCAG 2.2, success criterion 1.4.3.
pub(super) const CONTRAST_MIN: f64 = 4.5;

/// How far colours are apart for the eye; 0.02 can just be told apart.
pub(super) fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// Light as the eye measures it. Source: Björn Ottosson, Oklab.
pub(super) fn oklab([r, g, b]: [f64; 3]) -> [f64; 3] {
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
    ]
}

const ANSI: [Rgb; 16] = [
    Rgb(0, 0, 0),
    Rgb(170, 0, 0),
    Rgb(0, 170, 0),
    Rgb(170, 85, 0),
    Rgb(0, 0, 170),
    Rgb(170, 0, 170),
    Rgb(0, 170, 170),
    Rgb(170, 170, 170),
    Rgb(85, 85, 85),
    Rgb(255, 85, 85),
    Rgb(85, 255, 85),
    Rgb(255, 255, 85),
    Rgb(85, 85, 255),
    Rgb(255, 85, 255),
    Rgb(85, 255, 255),
    Rgb(255, 255, 255),
];

/// The sixteen colours' names in a theme, in the order of their numbers.
pub(super) const NAMES: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("dark-gray", Color::DarkGray),
    ("light-red", Color::LightRed),
    ("light-green", Color::LightGreen),
    ("light-yellow", Color::LightYellow),
    ("light-blue", Color::LightBlue),
    ("light-magenta", Color::LightMagenta),
    ("light-cyan", Color::LightCyan),
    ("white", Color::White),
];

/// The colour with this number, by its name.
pub(super) fn ansi(index: u8) -> Color {
    NAMES.get(usize::from(index)).map_or(Color::Indexed(index), |(_, color)| *color)
}

/// What a theme calls a colour: `#rrggbb`, a number from 0 to 255, a name, or `default`.
pub(super) fn parse(word: &str) -> Option<Color> {
    if let Some(Rgb(r, g, b)) = Rgb::parse(word) {
        return Some(Color::Rgb(r, g, b));
    }
    if let Ok(index) = word.parse::<u8>() {
        return Some(ansi(index));
    }
    let named = NAMES.iter().find(|(name, _)| *name == word).map(|(_, color)| *color);
    named.or((word == "default").then_some(Color::Reset))
}
