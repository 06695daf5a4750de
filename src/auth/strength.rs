//! Whether a new password is one that nobody else would try: the one place that says so.
//!
//! Small on purpose: length, the worst words and what people do to them, and the names that everybody knows. Who
//! guesses is slowed down; this is against those few guesses. Pure, and keeps nothing of what it looks at.

use std::collections::HashSet;
use std::sync::LazyLock;

use zeroize::Zeroizing;

use crate::limits;

use super::Error;

/// Characters around a word or a name that make no other password of it: years, `123`, `!`.
const AROUND_MAX: usize = 4;
/// The longest part that is a pattern when there is nothing but its repetition.
const REPEATED_MAX: usize = 4;
/// The shortest part of a row that counts as one.
const RUN_MIN: usize = 3;
/// Shorter names are part of too much.
const NAME_MIN: usize = 3;

/// Characters as they lie beside each other, in the alphabet and on keyboards; read both ways.
const ROWS: [&str; 14] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop[]",
    "qwertzuiopü+",
    "azertyuiop^$",
    "asdfghjkl;'",
    "qsdfghjklmù*",
    "zxcvbnm,./",
    "yxcvbnm,.-",
    "!@#$%^&*()_+",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
];

static WORST: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("worst-passwords.txt").lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
});

/// What is wrong with a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// It has too few bytes.
    #[error("the password is too short; it needs at least {min} characters")]
    Short {
        /// Bytes it needs.
        min: usize,
    },
    /// It is, but for a few digits or signs, a word of the list.
    #[error(
        "this password is one of the first that anybody tries; take several words that have nothing to do with each other"
    )]
    Common,
    /// It is one part again and again, or characters in a row.
    #[error(
        "this password is nothing but a pattern; take several words that have nothing to do with each other"
    )]
    Pattern,
    /// It is a name that everybody sees.
    #[error(
        "this password is nothing but a name of yours or of the server; take several words that have nothing to do with each other"
    )]
    Name,
}

/// What new passwords are measured by.
#[derive(Clone, Debug, Default)]
pub struct PasswordRules {
    /// Bytes that one needs.
    pub bytes_min: usize,
    /// The server's names.
    pub names: Vec<String>,
    /// Whether length is all that counts; for servers that tests are made with.
    pub weak_ones: bool,
}

impl PasswordRules {
    /// Looks at a new password; `owner`: the name of whose it is to be.
    ///
    /// # Errors
    /// [`Error::PasswordTooLong`], [`Error::WeakPassword`].
    pub fn check(&self, password: &str, owner: Option<&str>) -> Result<(), Error> {
        if password.len() > limits::PASSWORD_BYTES_MAX {
            return Err(Error::PasswordTooLong);
        }
        if password.len() < self.bytes_min {
            return Err(Error::WeakPassword(Weakness::Short { min: self.bytes_min }));
        }
        if self.weak_ones {
            return Ok(());
        }
        let folded = Zeroizing::new(password.trim().to_lowercase());
        let names = self.names.iter().map(String::as_str).chain(owner);
        let weakness = if is_pattern(&folded) {
            Weakness::Pattern
        } else if is_common(&folded) {
            Weakness::Common
        } else if is_name(&folded, names) {
            Weakness::Name
        } else {
            return Ok(());
        };
        Err(Error::WeakPassword(weakness))
    }
}

/// Whether it is a word of the list as it is, or so when its digits are letters again (`p@ssw0rd`) and a little is
/// taken off its ends.
fn is_common(folded: &str) -> bool {
    let compact: Zeroizing<String> = Zeroizing::new(folded.split_whitespace().collect());
    let as_letters: Zeroizing<String> = Zeroizing::new(compact.chars().map(letter).collect());
    let bare = Zeroizing::new(without_ends(&compact).to_owned());
    let bare_letters: Zeroizing<String> = Zeroizing::new(bare.chars().map(letter).collect());
    [folded, &compact, &as_letters, &bare, &bare_letters].iter().any(|form| WORST.contains(*form))
}

/// The letter that people write this character for.
fn letter(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Without up to [`AROUND_MAX`] characters that are no letters, at the end, else at the beginning.
fn without_ends(text: &str) -> &str {
    let end = text.trim_end_matches(|c: char| !c.is_alphabetic());
    let both = end.trim_start_matches(|c: char| !c.is_alphabetic());
    let taken = |rest: &str| text.chars().count() - rest.chars().count();
    [both, end].into_iter().find(|rest| taken(rest) <= AROUND_MAX).unwrap_or(text)
}

fn is_pattern(folded: &str) -> bool {
    let chars: Zeroizing<Vec<char>> = Zeroizing::new(folded.chars().collect());
    let repeats = (1..=REPEATED_MAX.min(chars.len() / 2))
        .any(|len| chars.iter().zip(chars.iter().skip(len)).all(|(one, later)| one == later));
    repeats || is_of_rows(&chars)
}

/// Whether it can be read off from rows, each time [`RUN_MIN`] characters or more.
fn is_of_rows(chars: &[char]) -> bool {
    let mut rest = chars;
    while !rest.is_empty() {
        let longest = ROWS.iter().map(|row| run(rest, row.chars()).max(run(rest, row.chars().rev()))).max();
        match longest {
            Some(len) if len >= RUN_MIN => rest = &rest[len..],
            Some(_) | None => return false,
        }
    }
    !chars.is_empty()
}

/// How many characters from the beginning stand like this in the row.
fn run(chars: &[char], row: impl Iterator<Item = char>) -> usize {
    let from_first = row.skip_while(|c| Some(c) != chars.first());
    from_first.zip(chars).take_while(|(one, other)| one == *other).count()
}

/// Whether nothing much is left of it without the names, forwards or backwards.
fn is_name<'a>(folded: &str, names: impl Iterator<Item = &'a str>) -> bool {
    let mut rest = Zeroizing::new(folded.to_owned());
    let mut names: Vec<String> = names.map(str::to_lowercase).filter(|name| name.len() >= NAME_MIN).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    for name in &names {
        let backwards: String = name.chars().rev().collect();
        *rest = rest.replace(name.as_str(), "").replace(&backwards, "");
    }
    let is_found = rest.len() < folded.len();
    is_found && rest.chars().count() <= AROUND_MAX && !rest.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(password: &str) -> Result<(), Weakness> {
        let names = vec!["chat.example.org".into(), "Example Chess Club".into()];
        let rules = PasswordRules { bytes_min: 8, names, weak_ones: false };
        match rules.check(password, Some("Alice_B")) {
            Ok(()) => Ok(()),
            Err(Error::WeakPassword(weakness)) => Err(weakness),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn what_everybody_would_try_is_refused() {
        for (weakness, passwords) in [
            (Weakness::Short { min: 8 }, &["", "horse", "pässw"][..]),
            (
                Weakness::Common,
                &[
                    "password",
                    "PassWord",
                    "p@ssw0rd",
                    "P@55w0rd!",
                    "password2024",
                    "pass word",
                    "123password",
                    "letmein!",
                    "iloveyou",
                    "Sunshine1",
                    "princess99",
                    "trustno1",
                    "correct horse battery staple",
                    "changeme",
                    "Welcome123",
                    "football",
                    "!!dragon",
                    "passwort",
                    "Tr0ub4dor&3",
                    "hunter2!",
                    " superman ",
                ],
            ),
            (
                Weakness::Pattern,
                &[
                    "aaaaaaaa",
                    "abababab",
                    "abcabcabc",
                    "abcdabcda",
                    "12345678",
                    "87654321",
                    "abcdefgh",
                    "qwertyuiop",
                    "poiuytrewq",
                    "qwerty123",
                    "asdf1234",
                    "1q2w3e4r",
                    "1qaz2wsx",
                    "QWERTZUI",
                    "abc123abc123",
                    "1234567890",
                    "zxcvbnm,",
                    "qazwsxedc",
                    "!@#$%^&*",
                ],
            ),
            (
                Weakness::Name,
                &[
                    "alice_balice_b",
                    "Alice_B1",
                    "Alice_B2026",
                    "b_ecila!",
                    "chat.example.org",
                    "alice_b@chat.example.org",
                    "Example Chess Club",
                ],
            ),
        ] {
            for password in passwords {
                assert_eq!(verdict(password), Err(weakness), "{password}");
            }
        }
    }

    #[test]
    fn what_takes_some_guessing_is_taken() {
        for password in [
            "correct horse battery",
            "another password",
            "dragon fly paper",
            "xk29vbq1",
            "alice_b likes tea",
            "8 green bottles",
            "dragon82947163",
            "qwerty is no lock",
            "abcdefgh-then-something",
            "ein Löwe im Regen",
            "19hJ2kd7",
            "passwordless sign-in",
        ] {
            assert_eq!(verdict(password), Ok(()), "{password}");
        }
    }

    #[test]
    fn each_refusal_says_what_to_do() {
        for weakness in [Weakness::Common, Weakness::Pattern, Weakness::Name] {
            assert!(weakness.to_string().contains("take several words"), "{weakness}");
        }
        assert!(Weakness::Short { min: 8 }.to_string().contains("at least 8"));
    }

    #[test]
    fn a_server_for_tests_takes_what_is_long_enough() {
        let rules = PasswordRules { bytes_min: 3, names: Vec::new(), weak_ones: true };
        assert_eq!(rules.check("aaa", None), Ok(()));
        assert!(rules.check("aa", None).is_err());
    }

    #[test]
    fn the_list_is_what_it_says() {
        assert!(WORST.len() > 500, "{}", WORST.len());
        let mut lines: Vec<&str> = WORST.iter().copied().collect();
        lines.retain(|line| *line != line.to_lowercase() || line.contains(char::is_whitespace));
        assert!(lines.is_empty(), "one word in lower case on each line: {lines:?}");
        let listed =
            include_str!("worst-passwords.txt").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(WORST.len(), listed, "each once");
        let computed: Vec<&str> = WORST.iter().copied().filter(|word| is_pattern(word)).collect();
        assert!(computed.is_empty(), "these need not be listed: {computed:?}");
    }
}
