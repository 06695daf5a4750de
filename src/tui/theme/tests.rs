//! That everybody can read what is shown, and tell it apart.

use super::color::{CONTRAST_MIN, distance, oklab};
use super::*;
use proptest::prelude::*;

/// Black, and the grounds of wide-spread dark themes.
const DARK_GROUNDS: [Rgb; 7] = [
    Rgb(0, 0, 0),
    Rgb(0x1e, 0x1e, 0x1e),
    Rgb(0x28, 0x28, 0x28),
    Rgb(0x00, 0x2b, 0x36),
    Rgb(0x30, 0x0a, 0x24),
    Rgb(0x2e, 0x34, 0x40),
    Rgb(0x28, 0x2a, 0x36),
];
/// White, and the grounds of wide-spread light themes.
const LIGHT_GROUNDS: [Rgb; 4] =
    [Rgb(0xff, 0xff, 0xff), Rgb(0xfd, 0xf6, 0xe3), Rgb(0xee, 0xee, 0xee), Rgb(0xfb, 0xf1, 0xc7)];

/// What eyes without red or green cones see. Source: Machado, Oliveira and Fernandes 2009, severity 1.
const PROTANOPIA: [[f64; 3]; 3] =
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]];
const DEUTERANOPIA: [[f64; 3]; 3] =
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]];

fn seen(color: Rgb, eye: Option<[[f64; 3]; 3]>) -> [f64; 3] {
    let light = color.linear();
    let row = |row: [f64; 3]| row.iter().zip(light).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0);
    oklab(eye.map_or(light, |eye| eye.map(row)))
}

fn rgb(color: Color) -> Option<Rgb> {
    if let Color::Rgb(r, g, b) = color {
        return Some(Rgb(r, g, b));
    }
    let is_it = |index: &u8| color == Color::Indexed(*index) || color == color::ansi(*index);
    (0..=255).find(is_it).map(Rgb::of_index)
}

fn parse(text: &str) -> Result<Theme, String> {
    Theme::parse(text, Path::new("my.toml"), Depth::True).map_err(|fault| fault.to_string())
}

#[test]
fn nicks_can_be_read_on_every_usual_ground() {
    for (nicks, grounds) in [(DARK_NICKS, &DARK_GROUNDS[..]), (LIGHT_NICKS, &LIGHT_GROUNDS[..])] {
        for nick in nicks {
            for ground in grounds {
                let contrast = Rgb::of_index(nick).contrast(*ground);
                assert!(contrast >= CONTRAST_MIN, "{nick} on {ground:?}: {contrast}");
            }
        }
    }
    for (nicks, ground) in
        [(&DARK_ANSI_NICKS[..], DARK_GROUNDS[0]), (&LIGHT_ANSI_NICKS[..], LIGHT_GROUNDS[0])]
    {
        for nick in nicks {
            assert!(rgb(*nick).unwrap().contrast(ground) >= CONTRAST_MIN, "{nick:?}");
        }
    }
}

#[test]
fn nicks_can_be_told_apart_by_every_eye() {
    for nicks in [DARK_NICKS, LIGHT_NICKS] {
        for (index, a) in nicks.iter().enumerate() {
            for b in &nicks[..index] {
                for (eye, apart_min) in [(None, 0.11), (Some(PROTANOPIA), 0.07), (Some(DEUTERANOPIA), 0.07)] {
                    let apart = distance(seen(Rgb::of_index(*a), eye), seen(Rgb::of_index(*b), eye));
                    assert!(apart >= apart_min, "{a} and {b} for {eye:?}: {apart}");
                }
            }
        }
    }
}

#[test]
fn a_nick_has_one_color_and_many_nicks_have_all() {
    let theme = Theme::of(Ground::Dark, Depth::Indexed);
    assert_eq!(theme.nick("Alice"), theme.nick("aLICE"));
    let mut counts = std::collections::HashMap::new();
    for n in 0..1000 {
        *counts.entry(theme.nick(&format!("user{n}")).fg).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), DARK_NICKS.len());
    assert!(counts.values().all(|count| (60..=150).contains(count)), "{counts:?}");
}

#[test]
fn what_is_built_in_has_no_fault_names_every_role_and_can_be_read() {
    for (text, grounds, ground) in [
        (include_str!("dark.toml"), &DARK_GROUNDS[..2], Ground::Dark),
        (include_str!("light.toml"), &LIGHT_GROUNDS[..3], Ground::Light),
        (include_str!("mono.toml"), &[], Ground::Dark),
    ] {
        let theme = parse(text).unwrap();
        for (role, key, _) in ROLES {
            assert!(text.contains(&format!("\n{key} = ")), "{key}");
            let style = theme.style(*role);
            let Some(front) = style.fg.and_then(rgb) else { continue };
            // Lines between parts are no text (WCAG 1.4.11).
            let contrast_min = if *role == Role::Border { 3.0 } else { CONTRAST_MIN };
            let back = style.bg.and_then(rgb);
            for ground in back.as_slice().iter().chain(if back.is_none() { grounds } else { &[] }) {
                assert!(front.contrast(*ground) >= contrast_min, "{key} on {ground:?}");
            }
        }
        if !grounds.is_empty() {
            assert_eq!(theme, Theme::of(ground, Depth::True));
        }
    }
}

#[test]
fn without_colors_there_are_none() {
    let mono = Theme::of(Ground::Light, Depth::Mono);
    let own = "mention = \"#ff0000\"\nnicks = [\"red\"]";
    let own = Theme::parse(own, Path::new("my.toml"), Depth::Mono).unwrap();
    for theme in [mono, own] {
        for (role, ..) in ROLES {
            assert_eq!((theme.style(*role).fg, theme.style(*role).bg), (None, None), "{role:?}");
        }
        assert_eq!(theme.nick("bob"), Style::new().add_modifier(Modifier::BOLD));
        assert_eq!((theme.color(Color::Red), theme.readable((1, 2, 3))), (None, None));
    }
}

#[test]
fn an_own_theme_says_what_is_different() {
    let theme = parse(
        "base = \"light\"\nmention = \"bold #ffcc00 on black\"\nlink = \"italic 33\"\nnicks = [\"red\", \"#0000ff\"]",
    )
    .unwrap();
    let bold = Style::new().add_modifier(Modifier::BOLD);
    assert_eq!(theme.style(Role::Mention), bold.fg(Color::Rgb(255, 204, 0)).bg(Color::Black));
    assert_eq!(theme.style(Role::Link).fg, Some(Color::Indexed(33)));
    assert_eq!(theme.style(Role::Error), Theme::of(Ground::Light, Depth::True).style(Role::Error));
    assert_eq!(theme.ground(), Ground::Light);
}

#[test]
fn what_is_wrong_in_a_theme_is_named_with_its_line() {
    for (text, wanted) in [
        ("base = \"dusk\"", "my.toml, line 1: base: \"dusk\" is neither dark nor light"),
        ("\nmentoin = \"red\"", "my.toml, line 2: mentoin: there is no such key, did you mean mention?"),
        ("link = \"bold redd\"", "my.toml, line 1: link: \"redd\" is no colour, did you mean red?"),
        (
            "link = \"#12345\"",
            "my.toml, line 1: link: \"#12345\" is no colour. Colours are #rrggbb, 0 to 255",
        ),
        ("link = \"#+1+2+3\"", "\"#+1+2+3\" is no colour"),
        ("link = \"red on\"", "my.toml, line 1: link: a colour must follow on"),
        ("link = 3", "my.toml, line 1: link: must be a text in quotes"),
        ("nicks = []", "my.toml, line 1: nicks: must have at least one colour"),
        ("nicks = [\"red\",\n \"rot\"]", "my.toml, line 1: nicks: \"rot\": \"rot\" is no colour"),
        ("# x\n\nlink = \n", "my.toml, line 3: "),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(wanted), "{text}: {error}");
    }
}

#[test]
fn the_ground_is_what_the_terminal_says() {
    for (answer, ground) in [
        ("\u{1b}]11;rgb:1e1e/1e1e/1e1e\u{7}", Some(Ground::Dark)),
        ("\u{1b}]11;rgb:ffff/ffff/ffff\u{1b}\\", Some(Ground::Light)),
        ("11;rgb:fd/f6/e3", Some(Ground::Light)),
        ("rgb:0/0/0", Some(Ground::Dark)),
        ("rgba:ffff/ffff/ffff/ffff", Some(Ground::Light)),
        ("#002b36", Some(Ground::Dark)),
        ("rgb:ffff/ffff", None),
        ("rgb:fffff/0/0", None),
        ("", None),
    ] {
        assert_eq!(Ground::of_answer(answer), ground, "{answer}");
    }
    for (value, ground) in [
        ("15;0", Some(Ground::Dark)),
        ("0;default;15", Some(Ground::Light)),
        ("0;7", Some(Ground::Light)),
        ("0;99", None),
        ("x", None),
    ] {
        let var = |name: &str| (name == "COLORFGBG").then(|| value.to_owned());
        assert_eq!(Ground::of_environment(var), ground, "{value}");
    }
}

#[test]
fn the_depth_is_what_the_environment_says() {
    for (no_color, colorterm, term, depth) in [
        ("1", "truecolor", "xterm-256color", Depth::Mono),
        ("", "truecolor", "xterm-256color", Depth::True),
        ("", "", "tmux-256color", Depth::Indexed),
        ("", "", "xterm", Depth::Ansi),
        ("", "", "linux", Depth::Ansi),
        ("", "", "alacritty", Depth::True),
        ("", "24bit", "screen", Depth::True),
        ("", "truecolor", "dumb", Depth::Mono),
        ("", "", "", Depth::Ansi),
    ] {
        let var = |name: &str| {
            let value = match name {
                "NO_COLOR" => no_color,
                "COLORTERM" => colorterm,
                _ => term,
            };
            Some(value.to_owned())
        };
        assert_eq!(Depth::of_environment(var), depth, "{no_color} {colorterm} {term}");
    }
}

#[test]
fn a_color_becomes_the_nearest_that_is_shown() {
    let ansi = Theme::of(Ground::Dark, Depth::Ansi);
    assert_eq!(ansi.color(Color::Rgb(250, 90, 80)), Some(Color::LightRed));
    assert_eq!(ansi.color(Color::Indexed(16)), Some(Color::Black));
    let indexed = Theme::of(Ground::Dark, Depth::Indexed);
    assert_eq!(indexed.color(Color::Rgb(0x5f, 0xaf, 0xd7)), Some(Color::Indexed(74)));
    assert_eq!(indexed.color(Color::Cyan), Some(Color::Cyan));
}

proptest! {
    #[test]
    fn a_color_of_the_network_can_be_read(r in any::<u8>(), g in any::<u8>(), b in any::<u8>()) {
        for ground in [Ground::Dark, Ground::Light] {
            let Some(color) = Theme::of(ground, Depth::True).readable((r, g, b)) else { unreachable!() };
            prop_assert!(rgb(color).unwrap().contrast(ground.nominal()) >= CONTRAST_MIN);
        }
    }

    #[test]
    fn any_text_is_a_theme_or_a_fault(text in any::<String>(), word in "[a-z#0-9 ]{0,20}") {
        drop(parse(&text));
        drop(parse(&format!("link = \"{word}\"")));
        prop_assert!(Ground::of_answer(&text).is_none() || !text.is_empty());
    }
}
