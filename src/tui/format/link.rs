//! Links in a text.

use std::ops::Range;

const SCHEMES: [&str; 4] = ["http", "https", "irc", "ircs"];

/// Where the links of a text are, in bytes: `http`, `https`, `irc` and `ircs`, without the punctuation
/// of the sentence around them. The text is one without formatting.
#[must_use]
pub fn links(plain: &str) -> Vec<Range<usize>> {
    let mut links: Vec<Range<usize>> = Vec::new();
    for (colon, _) in plain.match_indices("://") {
        let floor = links.last().map_or(0, |link| link.end);
        let Some(start) = scheme_start(&plain[..colon]).filter(|start| *start >= floor) else { continue };
        let rest = &plain[colon + 3..];
        // Asked first, so that no stretch is gone through twice.
        if rest.starts_with(|c: char| c.is_alphanumeric() || c == '[') {
            let length = trimmed(&rest[..rest.find(ends).unwrap_or(rest.len())]);
            links.push(start..colon + 3 + length);
        }
    }
    links
}

/// Where the scheme at the end of a text begins, if it is one of ours and a word of its own.
fn scheme_start(before: &str) -> Option<usize> {
    let letters = before.bytes().rev().take(6).take_while(u8::is_ascii_alphabetic).count();
    let start = before.len() - letters;
    let is_known = SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(&before[start..]));
    let is_word = !before[..start].ends_with(char::is_alphanumeric);
    (is_known && is_word).then_some(start)
}

/// Whether no link goes on here.
fn ends(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`' | '“' | '”' | '«' | '»' | '」')
}

/// How much of a link is left without the end of a sentence, and without a closing bracket that
/// was opened before the link.
fn trimmed(link: &str) -> usize {
    const PAIRS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];
    let count = |c: char| link.matches(c).count();
    let mut surplus = PAIRS.map(|(open, close)| count(close).saturating_sub(count(open)));
    let mut rest = link;
    while let Some(last) = rest.chars().next_back() {
        if let Some(pair) = PAIRS.iter().position(|(_, close)| *close == last) {
            if surplus[pair] == 0 {
                break;
            }
            surplus[pair] -= 1;
        } else if !matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '…' | '。' | '、' | '*' | '~')
        {
            break;
        }
        rest = &rest[..rest.len() - last.len_utf8()];
    }
    rest.len()
}
