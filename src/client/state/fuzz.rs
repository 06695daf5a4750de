//! What holds of a client, whatever its server says.

use zeroize::Zeroizing;

use super::history::REQUESTS_MAX;
use super::*;
use crate::client::action::{Action, Kind, Place};
use crate::names::{Nick, RoomName};

/// Lines that a script makes in all.
const LINES_MAX: usize = 6_000;
/// So often at most one line of the script is said, in powers of four.
const POWER_MAX: u32 = 6;
const NOW: Timestamp = Timestamp(1_763_640_000_000);

/// In front of a line: a digit that says how often, in powers of four, and then the line.
const AGAIN: u8 = 0x02;
/// Within such a line: which time it is.
const NUMBER: u8 = 0x03;
/// Within such a line: another one begins, said in turn with it.
const NEXT: u8 = 0x06;
/// So many in turn.
const NEXT_MAX: usize = 4;
/// In place of a line: the connection breaks, and there is another.
const BREAK: u8 = 0x04;
/// In front of a conversation: something is said and asked there.
const ACT: u8 = 0x05;

/// The first byte says who the client is; each line that follows is the server's, or one of the marks above. What the
/// client says is a line each time, and what it keeps is bounded, however often a server says something.
pub(crate) fn server_lines(bytes: &[u8]) {
    let Some((kind, script)) = bytes.split_first() else { return };
    let mut state = client(*kind);
    state.connected();
    let mut left = LINES_MAX;
    for line in script.split(|byte| *byte == b'\n') {
        match line {
            [BREAK, ..] => {
                state.disconnected();
                state.connected();
            }
            [ACT, target @ ..] => act(&mut state, &String::from_utf8_lossy(target)),
            [AGAIN, digit, line @ ..] => {
                let power = u32::from(digit.saturating_sub(b'0')).min(POWER_MAX);
                let times = 4_usize.pow(power).min(left);
                left -= times;
                for number in 0..times {
                    for line in line.splitn(NEXT_MAX, |byte| *byte == NEXT) {
                        receive(&mut state, &numbered(line, number));
                    }
                }
            }
            line => receive(&mut state, line),
        }
        taken(&mut state);
    }
    state.tick(NOW.after_ms(60_000));
    taken(&mut state);
    state.assert_bounded();
}

fn client(kind: u8) -> State {
    let (nick, password) = (Nick::parse("alice").ok(), Zeroizing::new("secret".to_owned()));
    let Some(name) = nick else { panic!("alice is a nick") };
    let identity = match kind % 3 {
        0 => Identity::SignIn { name: name.into(), password, code: None },
        1 => Identity::Guest { name },
        _ => Identity::SignUp { name, password, invitation: "code".into() },
    };
    let rooms = RoomName::parse("#lobby").into_iter().collect();
    let (watches, reads) = (kind & 4 != 0, kind & 8 != 0);
    let history_len = if kind & 16 != 0 { 50 } else { 0 };
    State::new(Profile { identity, rooms, history_len, reads, watches, nonce: "abc".into() })
}

fn numbered(line: &[u8], number: usize) -> Vec<u8> {
    let number = number.to_string();
    line.split(|byte| *byte == NUMBER).collect::<Vec<_>>().join(number.as_bytes())
}

fn receive(state: &mut State, line: &[u8]) {
    state.receive(line, NOW);
    taken(state);
}

fn act(state: &mut State, target: &str) {
    let (target, text) = (target.to_owned(), "one\ntwo".to_owned());
    let conversation = target.clone();
    if state.has_room() {
        state.act(Action::Say { target, text, kind: Kind::Message, reply_to: None }, NOW);
        state.act(Action::Page { conversation, place: Place::Latest }, NOW);
    }
}

/// What the driver takes after each line.
fn taken(state: &mut State) {
    while let Some(line) = state.take_line() {
        let mut bytes = Vec::new();
        line.write_to(&mut bytes);
        let Some(text) = bytes.strip_suffix(b"\r\n") else { panic!("{line} does not end") };
        assert!(Message::parse(text).is_ok(), "{line:?} is no message");
    }
    while let Some(event) = state.take_event() {
        drop(event);
    }
}

impl State {
    /// What is kept is within its limits.
    fn assert_bounded(&self) {
        let link = &self.link;
        for (what, len, len_max) in [
            ("conversations", self.conversations.len(), CONVERSATIONS_MAX),
            ("presences", self.presences.len(), COLLECTED_MAX),
            ("watched", self.watched.len(), COLLECTED_MAX),
            ("requests", link.requests.len(), REQUESTS_MAX),
            ("markers asked", link.markers_asked.len(), CONVERSATIONS_MAX),
            ("names", link.names.len(), COLLECTED_MAX),
            ("people", link.who.len(), COLLECTED_MAX),
            ("rooms", link.list.len(), COLLECTED_MAX),
            ("facts", link.whois.len(), COLLECTED_MAX),
            // Actions beyond the window are not given; each makes up to two.
            ("messages under way", self.outbox.pending.len(), 2 * WINDOW_LEN),
            ("capabilities", link.registration.as_ref().map_or(0, Registration::offered_len), Cap::ALL.len()),
        ] {
            assert!(len <= len_max, "{what}: {len}");
        }
    }
}
