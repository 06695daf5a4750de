//! How things look: a role in, a style out.
//!
//! Themes are TOML files, those that are built in as well. Whatever a theme asks for, only colours
//! that the terminal shows come out. Opens no file and knows no screen.

mod color;
mod ground;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use ratatui::style::{Color, Modifier, Style};

pub use ground::{Depth, Ground};

use super::document::{Document, Entry, Fault};
use color::Rgb;

macro_rules! roles {
    ($($(#[doc = $meaning:literal])* $role:ident = $key:literal,)*) => {
        /// What a piece of the screen is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Role { $($(#[doc = $meaning])* $role,)* }

        /// What the roles are called in a theme, and what they mean.
        const ROLES: &[(Role, &str, &str)] =
            &[$((Role::$role, $key, concat!($($meaning,)*)),)*];
    };
}

roles! {
    /// Messages, and the whole screen's ground.
    Text = "text",
    /// What matters less.
    Dim = "dim",
    /// The time of a message.
    Time = "time",
    /// One's own nick.
    Own = "own",
    /// A message that names oneself.
    Mention = "mention",
    /// A room with unread messages.
    Unread = "unread",
    /// How often one was named in a room.
    Count = "count",
    /// A room without unread messages.
    Room = "room",
    /// The room that is shown.
    RoomCurrent = "room-current",
    /// The line before a new day.
    DayLine = "day-line",
    /// The line before what is new.
    NewLine = "new-line",
    /// Somebody came, went, or changed something.
    Happening = "happening",
    /// A word of the client or the server.
    Note = "note",
    /// Something went wrong.
    Error = "error",
    /// A link in a message.
    Link = "link",
    /// Code in a message.
    Code = "code",
    /// What is chosen.
    Selection = "selection",
    /// A word that was searched for.
    Hit = "hit",
    /// The status line.
    Status = "status",
    /// The room's topic.
    Topic = "topic",
    /// Lines between the parts of the screen.
    Border = "border",
    /// What is being typed.
    Input = "input",
    /// Somebody who is there.
    Online = "online",
    /// Somebody who is away.
    Away = "away",
    /// Somebody who is not there.
    Offline = "offline",
    /// Who is typing.
    Typing = "typing",
    /// One's own message until it is stored.
    Pending = "pending",
    /// One's own message that was refused.
    Refused = "refused",
    /// Reactions to a message.
    Reaction = "reaction",
    /// The message that one answers.
    Reply = "reply",
    /// A key's name in the help.
    Key = "key",
    /// A heading.
    Title = "title",
}

/// How everything looks on one terminal. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    look: Arc<Look>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Look {
    ground: Ground,
    depth: Depth,
    /// In the order of [`Role`].
    styles: [Style; ROLES.len()],
    nicks: Vec<Color>,
}

impl Theme {
    /// The one that is built in for this ground.
    #[must_use]
    pub fn of(ground: Ground, depth: Depth) -> Self {
        Self { look: Arc::new(Look::of(ground, depth)) }
    }

    /// An own theme: a TOML file that says what is different from the one its `base` names.
    ///
    /// # Errors
    /// The first thing in the file that can't be understood.
    pub fn parse(text: &str, path: &Path, depth: Depth) -> Result<Self, Fault> {
        let entries = Document::parse(text, path)?.entries();
        let base = entries.iter().find(|entry| entry.name == "base");
        let ground = base.map(|entry| entry.read(ground_named)).transpose()?.unwrap_or_default();
        let mut look = Look::of(ground, depth);
        look.apply(&entries)?;
        Ok(Self { look: Arc::new(look) })
    }

    /// How a role looks.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.look.styles[role as usize]
    }

    /// How a nick looks: always the same, whatever its case.
    #[must_use]
    pub fn nick(&self, nick: &str) -> Style {
        let nicks = &self.look.nicks;
        match nicks.get(hash(nick) as usize % nicks.len().max(1)) {
            Some(color) => Style::new().fg(*color),
            None => Style::new().add_modifier(Modifier::BOLD),
        }
    }

    /// A colour as the terminal shows it; none if it shows no colours.
    #[must_use]
    pub fn color(&self, color: Color) -> Option<Color> {
        self.look.shown(color)
    }

    /// A colour of the network as it can be read on the theme's ground, and as the terminal shows it.
    #[must_use]
    pub fn readable(&self, (r, g, b): (u8, u8, u8)) -> Option<Color> {
        let Rgb(r, g, b) = Rgb(r, g, b).readable_on(self.look.ground.nominal());
        self.look.shown(Color::Rgb(r, g, b))
    }

    /// What the theme is made for.
    #[must_use]
    pub fn ground(&self) -> Ground {
        self.look.ground
    }
}

/// The roles as a table of the manual: key, meaning.
#[must_use]
pub fn roles_page() -> String {
    let mut page = String::from("| key | meaning |\n|---|---|\n");
    for (_, key, meaning) in ROLES {
        page.push_str(&format!("| `{key}` | {} |\n", meaning.trim()));
    }
    page
}

impl Look {
    fn of(ground: Ground, depth: Depth) -> Self {
        let (file, text) = match (depth, ground) {
            (Depth::Mono, _) => ("mono.toml", include_str!("mono.toml")),
            (_, Ground::Dark) => ("dark.toml", include_str!("dark.toml")),
            (_, Ground::Light) => ("light.toml", include_str!("light.toml")),
        };
        let nicks = match (depth, ground) {
            (Depth::Mono, _) => Vec::new(),
            (Depth::Ansi, Ground::Dark) => DARK_ANSI_NICKS.to_vec(),
            (Depth::Ansi, Ground::Light) => LIGHT_ANSI_NICKS.to_vec(),
            (Depth::Indexed | Depth::True, Ground::Dark) => DARK_NICKS.map(Color::Indexed).to_vec(),
            (Depth::Indexed | Depth::True, Ground::Light) => LIGHT_NICKS.map(Color::Indexed).to_vec(),
        };
        let mut look = Self { ground, depth, styles: [Style::new(); ROLES.len()], nicks };
        // A test holds that there is no fault in what is built in; a plain screen is no reason to end.
        drop(Document::parse(text, Path::new(file)).and_then(|table| look.apply(&table.entries())));
        look
    }

    fn apply(&mut self, entries: &[Entry<'_>]) -> Result<(), Fault> {
        let keys = || ROLES.iter().map(|(_, key, _)| *key).chain(["base", "nicks"]);
        for entry in entries {
            match ROLES.iter().position(|(_, key, _)| *key == entry.name) {
                Some(role) => self.styles[role] = self.shown_style(entry.read(style)?),
                None if entry.name == "base" => {}
                None if entry.name == "nicks" => self.set_nicks(entry)?,
                None => return Err(entry.unknown(keys())),
            }
        }
        Ok(())
    }

    fn set_nicks(&mut self, entry: &Entry<'_>) -> Result<(), Fault> {
        let colors = entry.read_all(|word| color::parse(word).ok_or_else(|| no_color(word)))?;
        if colors.is_empty() {
            return Err(entry.fault("must have at least one colour"));
        }
        self.nicks = colors.into_iter().filter_map(|color| self.shown(color)).collect();
        Ok(())
    }

    fn shown_style(&self, style: Style) -> Style {
        let shown = |color: Option<Color>| color.and_then(|color| self.shown(color));
        Style { fg: shown(style.fg), bg: shown(style.bg), ..style }
    }

    fn shown(&self, color: Color) -> Option<Color> {
        match (self.depth, color) {
            (Depth::Mono, _) => None,
            (Depth::Ansi, Color::Rgb(r, g, b)) => Some(Rgb(r, g, b).nearest_ansi()),
            (Depth::Ansi, Color::Indexed(index)) => Some(Rgb::of_index(index).nearest_ansi()),
            (Depth::Indexed, Color::Rgb(r, g, b)) => Some(Color::Indexed(Rgb(r, g, b).nearest_index())),
            (Depth::Ansi | Depth::Indexed | Depth::True, color) => Some(color),
        }
    }
}

/// Ten that are readable (4.5 : 1) on black and on the dark grounds in use, and that can be told apart
/// by everybody, with and without red or green: searched for among the 216 of the colour cube.
const DARK_NICKS: [u8; 10] = [39, 70, 108, 151, 155, 159, 182, 206, 215, 229];
/// The same on white and what is near it.
const LIGHT_NICKS: [u8; 10] = [17, 21, 22, 26, 52, 54, 89, 96, 124, 127];
const DARK_ANSI_NICKS: [Color; 7] = [
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightMagenta,
    Color::LightCyan,
    Color::Green,
    Color::Cyan,
];
const LIGHT_ANSI_NICKS: [Color; 4] = [Color::Red, Color::Blue, Color::Magenta, Color::DarkGray];

/// Spread even over nicks that differ in one letter. Source: FNV-1a, with the finish of MurmurHash3.
fn hash(nick: &str) -> u32 {
    let hash = nick.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    });
    let hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash ^ (hash >> 13)
}

fn ground_named(name: &str) -> Result<Ground, String> {
    match name {
        "dark" => Ok(Ground::Dark),
        "light" => Ok(Ground::Light),
        _ => Err(format!("{name:?} is neither dark nor light")),
    }
}

/// A style in words: `bold #ffcc00 on black`.
fn style(text: &str) -> Result<Style, String> {
    const MODIFIERS: [(&str, Modifier); 6] = [
        ("bold", Modifier::BOLD),
        ("dim", Modifier::DIM),
        ("italic", Modifier::ITALIC),
        ("underline", Modifier::UNDERLINED),
        ("reverse", Modifier::REVERSED),
        ("strike", Modifier::CROSSED_OUT),
    ];
    let mut style = Style::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        if let Some((_, modifier)) = MODIFIERS.iter().find(|(name, _)| *name == word) {
            style = style.add_modifier(*modifier);
        } else if word == "on" {
            let word = words.next().ok_or("a colour must follow on")?;
            style = style.bg(color::parse(word).ok_or_else(|| no_color(word))?);
        } else {
            style = style.fg(color::parse(word).ok_or_else(|| no_color(word))?);
        }
    }
    Ok(style)
}

fn no_color(word: &str) -> String {
    let names = color::NAMES.map(|(name, _)| name);
    match crate::suggest::nearest(word, names) {
        Some(name) => format!("{word:?} is no colour, did you mean {name}?"),
        None => format!(
            "{word:?} is no colour. Colours are #rrggbb, 0 to 255, default, {}; bold, dim, italic, underline, \
             reverse and strike may stand beside them, and a second colour behind the word on",
            names.join(", ")
        ),
    }
}
