//! What the network sends and people type, and what becomes of it.

use super::*;
use crate::tui::theme::{Depth, Ground};
use proptest::prelude::*;
use ratatui::style::Color;

fn shown(wire: &str) -> Vec<Span<'static>> {
    spans(wire, Style::new(), &Theme::of(Ground::Dark, Depth::True))
}

/// The spans in short: a letter for each modifier, then the text.
fn short(wire: &str) -> Vec<String> {
    let letters = [
        (Modifier::BOLD, 'b'),
        (Modifier::ITALIC, 'i'),
        (Modifier::UNDERLINED, 'u'),
        (Modifier::CROSSED_OUT, 's'),
        (Modifier::REVERSED, 'r'),
    ];
    let span = |span: Span<'_>| {
        let on = letters.iter().filter(|(modifier, _)| span.style.add_modifier.contains(*modifier));
        format!("{}:{}", on.map(|(_, letter)| *letter).collect::<String>(), span.content)
    };
    shown(wire).into_iter().map(span).collect()
}

#[test]
fn codes_become_styles() {
    for (wire, wanted) in [
        ("plain", vec![":plain"]),
        ("\u{2}b\u{2} \u{1d}i\u{1d} \u{1f}u", vec!["b:b", ": ", "i:i", ": ", "u:u"]),
        ("\u{1e}s\u{f}\u{16}r", vec!["s:s", "r:r"]),
        ("\u{2}\u{1d}both\u{f}none", vec!["bi:both", ":none"]),
        ("\u{2}a\nb", vec!["b:a", ":\n", ":b"]),
        ("", vec![]),
        ("\u{2}\u{2}", vec![]),
    ] {
        assert_eq!(short(wire), wanted, "{wire:?}");
    }
}

#[test]
fn colors_are_read_as_every_client_reads_them() {
    let red = Some(Color::Rgb(255, 0, 0));
    for (wire, text, bg) in [
        ("\u{3}4,4text", "text", red),
        ("\u{3}04,0412", "12", red),
        ("\u{3}04,04\u{3}", "", None),
        ("\u{4}ff0000,ff0000abc", "abc", red),
        ("\u{3},4", ",4", None),
        ("\u{3}5,", ",", None),
        ("\u{4}fff", "fff", None),
        ("\u{3}99,99x", "x", None),
    ] {
        let spans = shown(wire);
        let all: String = spans.iter().map(|span| span.content.as_ref()).collect();
        assert_eq!((all.as_str(), spans.last().and_then(|span| span.style.bg)), (text, bg), "{wire:?}");
    }
    let hidden = &shown("\u{3}1,1secret")[0];
    assert_eq!(hidden.style.fg, hidden.style.bg, "hidden text stays hidden");
    assert_ne!(shown("\u{3}1dark")[0].style.fg, Some(Color::Rgb(0, 0, 0)), "black can be read on black");
}

#[test]
fn code_and_links_have_their_roles() {
    let theme = Theme::of(Ground::Dark, Depth::True);
    assert_eq!(shown("\u{11}x\u{11}")[0].style, theme.style(Role::Code));
    assert_eq!(
        short("see \u{2}https://a.example/\u{2}x, or http://b.example."),
        [":see ", "bu:https://a.example/", "u:x", ":, or ", "u:http://b.example", ":."]
    );
}

#[test]
fn links_are_found_without_the_sentence_around_them() {
    for (text, wanted) in [
        ("https://a.example", vec!["https://a.example"]),
        ("go to http://a.example/x?y=1#z, now!", vec!["http://a.example/x?y=1#z"]),
        ("(https://a.example/wiki/X_(y))", vec!["https://a.example/wiki/X_(y)"]),
        ("<HTTPS://A.example>", vec!["HTTPS://A.example"]),
        ("irc://irc.example/room ircs://[::1]:6697", vec!["irc://irc.example/room", "ircs://[::1]:6697"]),
        ("\"https://a.example\".", vec!["https://a.example"]),
        ("https://größe.example/ö。", vec!["https://größe.example/ö"]),
        ("a https://x.example,https://y.example", vec!["https://x.example,https://y.example"]),
        ("xhttp://a.example javascript://a file:///etc https:// http://.", vec![]),
        ("://", vec![]),
    ] {
        let found: Vec<_> = links(text).into_iter().map(|link| &text[link]).collect();
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn marks_become_codes() {
    for (typed, wire) in [
        ("**bold** *it* ~~no~~ `code`", "\u{2}bold\u{f} \u{1d}it\u{f} \u{1e}no\u{f} \u{11}code"),
        ("***both***", "\u{2}\u{1d}both"),
        ("**a *b***", "\u{2}a \u{1d}b"),
        ("*a **b***", "\u{1d}a \u{2}b"),
        ("*a **b* c**", "\u{1d}a **b\u{f} c**"),
        ("2*3*4 and 2 * 3 * 4", "2*3*4 and 2 * 3 * 4"),
        ("snake_case_name __init__", "snake_case_name __init__"),
        ("* a list", "* a list"),
        ("**open", "**open"),
        ("a ** b **", "a ** b **"),
        ("**** ~~~~ ~x~", "**** ~~~~ ~x~"),
        (r"\*text\* \`x\` \**x*", "*text* `x` *\u{1d}x"),
        (r"C:\dir \\server ¯\_(ツ)_/¯ \o/", r"C:\dir \\server ¯\_(ツ)_/¯ \o/"),
        (r"`\*` `` a`b ``", "\u{11}\\*\u{f} \u{11}a`b"),
        ("`**not bold**`", "\u{11}**not bold**"),
        ("{red}stop{/} {red,white}x{/} {#ff8800}y", "\u{3}04stop\u{f} \u{3}04,00x\u{f} \u{4}ff8800y"),
        (r"{x} {} \{red} {underline}u{/} {52}2", "{x} {} {red} \u{1f}u\u{f} \u{3}522"),
        ("(**bold**), *it*.", "(\u{2}bold\u{f}), \u{1d}it\u{f}."),
        ("a\u{2}b\u{1b}", "ab"),
        ("**one\ntwo**", "**one\ntwo**"),
    ] {
        assert_eq!(encode(typed), wire, "{typed}");
    }
}

#[test]
fn digits_and_commas_behind_a_color_stay_text() {
    for typed in
        ["{red}12", "{red},1", "{red}x{default}", "a{red}b{/}1", "{#ff0000},00ff00", "{bold}{red}a{/}{bold}1"]
    {
        let wire = encode(typed);
        let plain: String = shown(&wire).iter().map(|span| span.content.as_ref()).collect();
        assert_eq!(plain, text::plain(&wire), "{typed}");
        assert!(typed.ends_with(&plain[plain.len() - 1..]) || typed.ends_with('}'), "{typed}: {plain}");
    }
}

#[test]
fn a_block_between_fences_is_code_line_by_line() {
    assert_eq!(
        encode("see\n```rust\nfn **f**() {\n\n\t}\n```\nend"),
        "see\n\u{11}fn **f**() {\n\n\u{11}\t}\nend"
    );
    assert_eq!(encode("```\nopen"), "```\nopen");
    assert_eq!(encode("```\n```"), "");
    assert_eq!(decode("see\n\u{11}a\n\n\u{11} b\nend"), "see\n```\na\n\n b\n```\nend");
}

#[test]
fn a_message_of_very_many_lines_is_made_ready_at_once() {
    // At a cost that grows with the square this would take minutes.
    let lines = "\n".repeat(100_000);
    assert_eq!(decode(&lines), lines);
}

#[test]
fn a_sent_message_can_be_edited_as_it_was_typed() {
    for typed in [
        "**bold** *it* ~~no~~ `code`",
        "plain 2*3*4 {x} :)",
        "**a *b***",
        "``a`b``",
        "one\n\ntwo",
        "{red}stop{/} go",
        "```\nfn f() {\n}\n```",
        "C:\\dir https://a.example/x_y*z",
    ] {
        assert_eq!(decode(&encode(typed)), typed);
    }
    assert_eq!(decode("foo\u{2}bar"), "foo{bold}bar");
    assert_eq!(decode("*x*"), r"\*x\*");
    assert_eq!(decode("{red}"), r"\{red}");
}

fn wire() -> impl Strategy<Value = String> {
    "[\u{2}\u{3}\u{4}\u{f}\u{11}\u{16}\u{1d}\u{1e}\u{1f}a0f,*`~{}\\\\ \né日]{0,40}"
}

fn typed() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-z0 .,é日]{1,4}",
        Just("*".to_owned()),
        Just("**".into()),
        Just("***".into()),
        Just("~~".into()),
        Just("`".into()),
        Just("``".into()),
        Just("\\".into()),
        Just("\n".into()),
        Just("\n```\n".into()),
        Just("{red}".into()),
        Just("{/}".into()),
        Just("{default,#ff0000}".into()),
        Just("{bold}".into()),
        Just(" ".into()),
    ];
    proptest::collection::vec(part, 0..16).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn nothing_that_moves_a_terminal_reaches_a_span(wire in any::<String>(), coded in wire()) {
        for text in [wire, coded] {
            for span in shown(&text) {
                prop_assert!(span.content == "\n" || span.content == text::plain(&span.content), "{:?}", span);
            }
        }
    }

    #[test]
    fn what_was_sent_is_sent_again_when_it_is_edited(typed in typed(), wire in wire(), any in any::<String>()) {
        for sent in [encode(&typed), encode(&any), encode(&decode(&wire))] {
            prop_assert_eq!(encode(&decode(&sent)), sent);
        }
    }

    #[test]
    fn an_edited_message_looks_as_it_did(wire in wire()) {
        let again = encode(&decode(&wire));
        prop_assert_eq!(merged(&again), merged(&wire), "{:?} {:?}", decode(&wire), again);
    }

    #[test]
    fn links_are_in_order_and_within_the_text(text in any::<String>(), near in "[(a.:/\\])hHtps irc]{0,60}") {
        for text in [text, near] {
            let mut before = 0;
            for link in links(&text) {
                prop_assert!(before <= link.start && text[link.clone()].contains("://"));
                before = link.end;
            }
        }
    }
}

/// The spans, equal neighbours together.
fn merged(wire: &str) -> Vec<(String, Style)> {
    let mut all: Vec<(String, Style)> = Vec::new();
    for span in shown(wire) {
        match all.last_mut() {
            Some((text, style)) if *style == span.style => text.push_str(&span.content),
            _ => all.push((span.content.into_owned(), span.style)),
        }
    }
    all
}
