//! What the server tells of itself in ISUPPORT, as far as it matters here.
//!
//! Source: modern.ircdocs.horse, RPL_ISUPPORT parameters; IRCv3 message-tags for CLIENTTAGDENY, account-extban;
//! soju, doc/ext/filehost.md.

/// The tokens of one connection.
#[derive(Clone, Debug)]
pub(super) struct Tokens {
    pub(super) network: Option<String>,
    /// Messages of one answer to CHATHISTORY.
    pub(super) history_page_len: Option<usize>,
    /// Whether history can be asked for by message ids.
    pub(super) history_by_id: bool,
    /// People that may be watched; `None`: nobody.
    pub(super) watched_max: Option<usize>,
    pub(super) whox: bool,
    /// Whether bans of accounts are written `a:NAME`.
    pub(super) account_bans: bool,
    /// Where files are taken.
    pub(super) file_host: Option<String>,
    /// Modes of members and their signs, the highest first.
    roles: Vec<(char, char)>,
    /// Modes of rooms: lists, always with a parameter, with one when set, without.
    room_modes: [String; 4],
    /// Client tags that are not passed on.
    denied_tags: Vec<String>,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            network: None,
            history_page_len: None,
            history_by_id: true,
            watched_max: None,
            whox: false,
            account_bans: false,
            file_host: None,
            roles: vec![('o', '@'), ('v', '+')],
            room_modes: ["b".into(), "k".into(), "l".into(), "imnpst".into()],
            denied_tags: Vec::new(),
        }
    }
}

impl Tokens {
    /// Takes one token; an unknown one changes nothing.
    pub(super) fn take(&mut self, token: &str) {
        let (name, value) = token.split_once('=').unwrap_or((token, ""));
        match name.to_ascii_uppercase().as_str() {
            "NETWORK" => self.network = Some(unescape(value)),
            "CHATHISTORY" => self.history_page_len = value.parse().ok(),
            "MSGREFTYPES" => self.history_by_id = value.split(',').any(|kind| kind == "msgid"),
            "MONITOR" => self.watched_max = Some(value.parse().unwrap_or(usize::MAX)),
            "WHOX" => self.whox = true,
            "EXTBAN" => self.account_bans = value.strip_prefix(',').is_some_and(|kinds| kinds.contains('a')),
            "SOJU.IM/FILEHOST" | "DRAFT/FILEHOST" => self.file_host = file_host(&unescape(value)),
            "CLIENTTAGDENY" => self.denied_tags = value.split(',').map(str::to_owned).collect(),
            "PREFIX" => {
                if let Some((modes, signs)) = value.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
                    self.roles = modes.chars().zip(signs.chars()).collect();
                }
            }
            "CHANMODES" => {
                let mut kinds = value.split(',').map(str::to_owned);
                self.room_modes = std::array::from_fn(|_| kinds.next().unwrap_or_default());
            }
            _ => {}
        }
    }

    /// Whether a client tag, named without its `+`, reaches others.
    pub(super) fn carries(&self, tag: &str) -> bool {
        let denied = |name: &str| self.denied_tags.iter().any(|denied| denied == name);
        let exempt = self.denied_tags.iter().any(|denied| denied.strip_prefix('-') == Some(tag));
        !(denied(tag) || denied("*") && !exempt)
    }

    /// The sign of a member's mode.
    pub(super) fn sign(&self, mode: char) -> Option<char> {
        self.roles.iter().find(|(letter, _)| *letter == mode).map(|(_, sign)| *sign)
    }

    /// These signs, the highest first.
    pub(super) fn ordered(&self, prefix: &str) -> String {
        self.roles.iter().map(|(_, sign)| *sign).filter(|sign| prefix.contains(*sign)).collect()
    }

    /// The name without the signs of roles in front, and these.
    pub(super) fn cut<'a>(&self, name: &'a str) -> (&'a str, &'a str) {
        let nick = name.trim_start_matches(|c| self.roles.iter().any(|(_, sign)| *sign == c));
        name.split_at(name.len() - nick.len())
    }

    /// Whether a change of this mode has a parameter.
    pub(super) fn has_param(&self, mode: char, on: bool) -> bool {
        let [lists, always, when_set, _] = &self.room_modes;
        let kind = |modes: &String| modes.contains(mode);
        self.sign(mode).is_some() || kind(lists) || kind(always) || on && kind(when_set)
    }
}

/// The first address that is safe to give a password to.
fn file_host(value: &str) -> Option<String> {
    value.split([' ', ',']).find(|address| address.starts_with("https://")).map(str::to_owned)
}

/// Source: modern.ircdocs.horse, RPL_ISUPPORT, `\xHH`.
fn unescape(value: &str) -> String {
    let mut parts = value.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&part.as_bytes()[2..]);
            }
            None => bytes.extend_from_slice(format!("\\x{part}").as_bytes()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(list: &[&str]) -> Tokens {
        let mut tokens = Tokens::default();
        list.iter().for_each(|token| tokens.take(token));
        tokens
    }

    #[test]
    fn tokens_are_understood() {
        let tokens = of(&[
            "NETWORK=My\\x20net",
            "CHATHISTORY=50",
            "MSGREFTYPES=timestamp",
            "MONITOR=7",
            "PREFIX=(qov)~@+",
            "CHANMODES=beI,k,l,imnst",
            "soju.im/filehost=https://files/up?a\\x3Db",
        ]);
        assert_eq!(tokens.network.as_deref(), Some("My net"));
        assert_eq!((tokens.history_page_len, tokens.history_by_id), (Some(50), false));
        assert_eq!((tokens.watched_max, of(&["MONITOR"]).watched_max), (Some(7), Some(usize::MAX)));
        assert_eq!(tokens.file_host.as_deref(), Some("https://files/up?a=b"));
        assert_eq!((tokens.cut("~@bob"), tokens.ordered("+~")), (("~@", "bob"), "~+".into()));
        let with_params = ['b', 'k', 'l', 'o', 'm'].map(|mode| tokens.has_param(mode, false));
        assert_eq!(with_params, [true, true, false, true, false]);
        assert!(tokens.has_param('l', true));
    }

    #[test]
    fn a_password_goes_to_no_address_without_tls() {
        assert_eq!(of(&["draft/FILEHOST=http://files/"]).file_host, None);
        let both = of(&["draft/FILEHOST=http://files/\\x20https://safe/"]);
        assert_eq!(both.file_host.as_deref(), Some("https://safe/"));
    }

    #[test]
    fn denied_tags_are_known() {
        let table = [
            ("", true, true),
            ("*", false, false),
            ("*,-typing", true, false),
            ("typing", false, true),
            ("*,-draft/react,-typing", true, true),
        ];
        for (value, typing, reacting) in table {
            let tokens = of(&[&format!("CLIENTTAGDENY={value}")]);
            assert_eq!(
                (tokens.carries("typing"), tokens.carries("draft/react")),
                (typing, reacting),
                "{value}"
            );
        }
    }
}
