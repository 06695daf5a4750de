//! What Tab makes of a half-typed word: nicks, rooms, commands with their arguments, emoji.
//!
//! Pure: what there is to choose from is brought by whoever asks, in the order to offer it.

use super::emoji;

/// What may be completed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sources<'a> {
    /// Nicks, those who spoke last first, without oneself.
    pub nicks: &'a [&'a str],
    /// Rooms.
    pub rooms: &'a [&'a str],
    /// Commands: name, arguments, what they do. A command may have several rows.
    pub commands: &'a [(&'a str, &'a str, &'a str)],
}

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What stands in the place of the word.
    pub text: String,
    /// What to show in a list: `:tada: 🎉`, `/join ROOM [KEY]`.
    pub shown: String,
}

/// A word being completed, from the first Tab until another key is pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    candidates: Vec<Candidate>,
    chosen: usize,
    /// What is in front of the word and behind it.
    before: String,
    after: String,
    text: String,
}

/// More are not offered.
const CANDIDATES_MAX: usize = 256;
/// More emoji are not offered.
const EMOJI_MAX: usize = 32;

impl Completion {
    /// Completes the word that ends at the cursor, counted in bytes; the first candidate is chosen.
    /// None if there is nothing to choose.
    #[must_use]
    pub fn start(text: &str, cursor: usize, sources: &Sources<'_>) -> Option<Self> {
        let (before, after) = text.split_at_checked(cursor)?;
        let start = before
            .rfind(char::is_whitespace)
            .map_or(0, |space| space + before[space..].chars().next().map_or(0, char::len_utf8));
        let word = Word { text, start, word: &before[start..], after };
        let (start, mut candidates) = word.candidates(sources);
        candidates.truncate(CANDIDATES_MAX);
        let (before, after) = (text[..start].to_owned(), after.to_owned());
        let mut completion = Self { candidates, chosen: 0, before, after, text: String::new() };
        completion.choose(0);
        (!completion.candidates.is_empty()).then_some(completion)
    }

    /// Goes to the next candidate, or back; from the last to the first.
    pub fn step(&mut self, forward: bool) {
        let count = self.candidates.len();
        self.choose((self.chosen + if forward { 1 } else { count.saturating_sub(1) }) % count.max(1));
    }

    fn choose(&mut self, index: usize) {
        self.chosen = index;
        let chosen = self.candidates.get(index).map_or("", |candidate| &candidate.text);
        self.text = format!("{}{chosen}{}", self.before, self.after);
    }

    /// The whole text with what is chosen in its place.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the cursor is now, in bytes: behind what is chosen.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.text.len() - self.after.len()
    }

    /// All that can be chosen, at least one.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// Which one is.
    #[must_use]
    pub fn chosen(&self) -> usize {
        self.chosen
    }
}

/// The word and where it stands.
#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    start: usize,
    word: &'a str,
    after: &'a str,
}

impl Word<'_> {
    /// Where that which is replaced begins, and by what.
    fn candidates(self, sources: &Sources<'_>) -> (usize, Vec<Candidate>) {
        if let Some(colon) = self.emoji_colon() {
            let found = emoji::find(&self.word[colon + 1..], EMOJI_MAX);
            let candidate = |found: emoji::Found| Candidate {
                text: found.emoji.to_owned(),
                shown: format!(":{}: {}", found.name, found.emoji),
            };
            return (self.start + colon, found.into_iter().map(candidate).collect());
        }
        let candidates = match self.word.strip_prefix('@') {
            _ if self.text.starts_with('/') && !self.text.starts_with("//") => self.of_command(sources),
            Some(nick) => self.nicks(nick, "@", " ", sources),
            None if self.word.starts_with('#') => self.rooms(sources),
            None if self.start == 0 => self.nicks(self.word, "", ": ", sources),
            None if self.word.is_empty() => Vec::new(),
            None => self.nicks(self.word, "", " ", sources),
        };
        (self.start, candidates)
    }

    /// Where the beginning of an emoji's name begins in the word: at a colon that is in no word.
    fn emoji_colon(self) -> Option<usize> {
        let colon = self.word.rfind(':')?;
        let name = &self.word[colon + 1..];
        let is_name = !name.is_empty() && name.bytes().all(emoji::is_name_byte);
        (is_name && !self.word[..colon].ends_with(char::is_alphanumeric)).then_some(colon)
    }

    /// A command's name, or one of its arguments: what its row says that stands there.
    fn of_command(self, sources: &Sources<'_>) -> Vec<Candidate> {
        if self.start == 0 {
            let part = self.word.strip_prefix('/');
            return part.map(|part| self.commands("/", part, sources)).unwrap_or_default();
        }
        let mut words = self.text[1..self.start].split_whitespace();
        let name = words.next().unwrap_or_default();
        let place = words.count();
        let rows = sources.commands.iter().filter(|row| row.0.eq_ignore_ascii_case(name));
        let arguments =
            rows.filter_map(|row| row.1.split_whitespace().nth(place).or(row.1.split_whitespace().last()));
        let wanted: Vec<&str> = arguments.collect();
        let wants = |word: &str| wanted.iter().any(|argument| argument.contains(word));
        if self.word.starts_with('#') {
            return self.rooms(sources);
        }
        let (sign, nick) = self.word.strip_prefix('@').map_or(("", self.word), |nick| ("@", nick));
        let mut candidates = Vec::new();
        if wants("COMMAND") {
            candidates.extend(self.commands("", self.word, sources));
        }
        if sign.is_empty() && (wants("ROOM") || wants("TARGET")) {
            candidates.extend(self.rooms(sources));
        }
        let is_text = wants("TEXT") || wants("WORDS") || wanted.is_empty();
        if wants("USER") || wants("TARGET") || is_text && !self.word.is_empty() {
            // In front of others, where one of both may stand: there are more nicks than rooms.
            let sign = if wants("@USER") { "@" } else { sign };
            candidates.extend(self.nicks(nick, sign, " ", sources));
        }
        candidates
    }

    fn commands(self, sign: &str, part: &str, sources: &Sources<'_>) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = Vec::new();
        for (name, arguments, _) in sources.commands {
            let text = self.ended(&format!("{sign}{name}"), " ");
            let is_new = candidates.iter().all(|candidate| candidate.text != text);
            if is_new && begins(name, part) {
                let shown = format!("{sign}{name} {arguments}").trim_end().to_owned();
                candidates.push(Candidate { text, shown });
            }
        }
        candidates
    }

    fn rooms(self, sources: &Sources<'_>) -> Vec<Candidate> {
        let fits = |room: &&&str| begins(room, self.word) || begins(room.trim_start_matches('#'), self.word);
        let rooms = sources.rooms.iter().filter(fits);
        rooms.map(|room| self.candidate("", room, " ")).collect()
    }

    fn nicks(self, part: &str, sign: &str, end: &str, sources: &Sources<'_>) -> Vec<Candidate> {
        let fits = |nick: &&&str| {
            begins(nick, part)
                || !part.is_empty() && begins(nick.trim_start_matches(|c: char| !c.is_alphanumeric()), part)
        };
        sources.nicks.iter().filter(fits).map(|nick| self.candidate(sign, nick, end)).collect()
    }

    fn candidate(self, sign: &str, name: &str, end: &str) -> Candidate {
        Candidate { text: self.ended(&format!("{sign}{name}"), end), shown: name.to_owned() }
    }

    /// With what follows the word, unless its space is there already.
    fn ended(self, text: &str, end: &str) -> String {
        let end = if self.after.starts_with(' ') { end.trim_end() } else { end };
        format!("{text}{end}")
    }
}

/// Whether a name begins so, whatever the case.
fn begins(name: &str, part: &str) -> bool {
    name.get(..part.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(part))
        || name.to_lowercase().starts_with(&part.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SOURCES: Sources<'_> = Sources {
        nicks: &["bob", "Alice", "bobby", "[albert]"],
        rooms: &["#lobby", "#ops", "#Öffnung"],
        commands: &[
            ("history", "[#ROOM|@USER] [N]", "earlier messages"),
            ("history", "since TIME", "the same"),
            ("join", "ROOM [KEY]", "enters a room"),
            ("msg", "TARGET TEXT", "says something"),
            ("me", "TEXT", "says what you do"),
            ("invite", "USER [ROOM]", "invites somebody"),
            ("nick", "NAME", "changes your nick"),
            ("help", "[COMMAND]", "this list"),
            ("quit", "[TEXT]", "leaves"),
        ],
    };

    /// All texts that Tab goes through; `|` is the cursor.
    fn tab(text: &str) -> Vec<String> {
        let cursor = text.find('|').unwrap();
        let Some(mut completion) = Completion::start(&text.replacen('|', "", 1), cursor, &SOURCES) else {
            return Vec::new();
        };
        let mut texts = Vec::new();
        for _ in 0..completion.candidates().len() {
            let mut text = completion.text().to_owned();
            text.insert(completion.cursor(), '|');
            texts.push(text);
            completion.step(true);
        }
        texts
    }

    #[test]
    fn words_are_completed_by_where_they_stand() {
        for (text, wanted) in [
            ("bo|", vec!["bob: |", "bobby: |"]),
            ("BO|", vec!["bob: |", "bobby: |"]),
            ("hi al|", vec!["hi Alice |", "hi [albert] |"]),
            ("hi @bo|", vec!["hi @bob |", "hi @bobby |"]),
            ("@al|", vec!["@Alice |", "@[albert] |"]),
            ("bo| and so on", vec!["bob:| and so on", "bobby:| and so on"]),
            ("see #o|, please", vec!["see #ops |, please"]),
            ("#ö|", vec!["#Öffnung |"]),
            ("|", vec!["bob: |", "Alice: |", "bobby: |", "[albert]: |"]),
            ("hi |", vec![]),
            ("zz|", vec![]),
            ("one\nbo|", vec!["one\nbob |", "one\nbobby |"]),
        ] {
            assert_eq!(tab(text), wanted, "{text}");
        }
    }

    #[test]
    fn commands_and_their_arguments_are_completed() {
        for (text, wanted) in [
            ("/j|", vec!["/join |"]),
            ("/m|", vec!["/msg |", "/me |"]),
            ("/join l|", vec!["/join #lobby |"]),
            ("/join #o|", vec!["/join #ops |"]),
            ("/msg bo|", vec!["/msg bob |", "/msg bobby |"]),
            ("/msg bob al|", vec!["/msg bob Alice |", "/msg bob [albert] |"]),
            ("/me bo|", vec!["/me bob |", "/me bobby |"]),
            ("/me |", vec![]),
            ("/invite bo|", vec!["/invite bob |", "/invite bobby |"]),
            ("/invite bob o|", vec!["/invite bob #ops |"]),
            ("/history bob|", vec!["/history @bob |", "/history @bobby |"]),
            ("/help hi|", vec!["/help history |"]),
            ("/nick bo|", vec![]),
            ("/unknown bo|", vec!["/unknown bob |", "/unknown bobby |"]),
            ("//j|", vec![]),
        ] {
            assert_eq!(tab(text), wanted, "{text}");
        }
        let completion = Completion::start("/jo", 3, &SOURCES).unwrap();
        assert_eq!(completion.candidates()[0].shown, "/join ROOM [KEY]");
    }

    #[test]
    fn emoji_are_completed() {
        assert_eq!(tab("done (:tada|)")[0], "done (🎉|)");
        assert_eq!(tab("/me :tada|")[0], "/me 🎉|");
        assert!(tab("10:3|").is_empty());
        assert_eq!(Completion::start(":tad", 4, &SOURCES).unwrap().candidates()[0].shown, ":tada: 🎉");
    }

    #[test]
    fn tab_goes_round_and_back() {
        let mut completion = Completion::start("bo", 2, &SOURCES).unwrap();
        completion.step(false);
        assert_eq!((completion.text(), completion.chosen()), ("bobby: ", 1));
        completion.step(true);
        assert_eq!((completion.text(), completion.cursor()), ("bob: ", 5));
    }

    proptest! {
        #[test]
        fn any_text_is_taken_and_kept_around_the_word(
            text in any::<String>(),
            near in "[/@#:a-z \nbö]{0,20}",
            cursor in 0_usize..40,
            forward in any::<bool>(),
        ) {
            for text in [text, near] {
                let Some(mut completion) = Completion::start(&text, cursor, &SOURCES) else { continue };
                completion.step(forward);
                prop_assert!(completion.text().ends_with(&text[cursor..]));
                prop_assert!(completion.text().is_char_boundary(completion.cursor()));
                prop_assert!(completion.chosen() < completion.candidates().len());
            }
        }
    }
}
