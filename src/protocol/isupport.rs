//! ISUPPORT: what the server tells about itself in numeric 005.
//!
//! Source: modern.ircdocs.horse, RPL_ISUPPORT parameters.

use crate::limits::{self, Limits};

/// Tokens on one line of 005, so that it has at most 15 parameters.
const TOKENS_PER_LINE: usize = 13;

/// What depends on the configuration.
#[derive(Clone, Debug)]
pub struct Network<'a> {
    /// The network's name, shown by clients.
    pub name: &'a str,
    /// Whether nobody is admitted without an account.
    pub account_required: bool,
    /// The limits in force.
    pub limits: &'a Limits,
    /// Where files are taken.
    pub file_host: Option<&'a str>,
}

/// The tokens, in lines of at most 13.
#[must_use]
pub fn lines(network: &Network<'_>) -> Vec<Vec<String>> {
    tokens(network).chunks(TOKENS_PER_LINE).map(<[String]>::to_vec).collect()
}

fn tokens(network: &Network<'_>) -> Vec<String> {
    let mut tokens = vec![
        format!("NETWORK={}", escape(network.name)),
        "CASEMAPPING=ascii".into(),
        "CHANTYPES=#".into(),
        "CHANMODES=beI,k,l,CMRimnst".into(),
        "PREFIX=(qov)~@+".into(),
        "STATUSMSG=@+".into(),
        format!("CHANNELLEN={}", limits::ROOM_NAME_BYTES_MAX),
        format!("NICKLEN={}", limits::NICK_BYTES_MAX),
        format!("USERLEN={}", limits::USER_BYTES_MAX),
        format!("NAMELEN={}", limits::REAL_NAME_BYTES_MAX),
        format!("TOPICLEN={}", limits::TOPIC_BYTES_MAX),
        format!("KICKLEN={}", limits::REASON_BYTES_MAX),
        format!("AWAYLEN={}", limits::AWAY_BYTES_MAX),
        format!("KEYLEN={}", limits::KEY_BYTES_MAX),
        format!("MAXLIST=beI:{}", limits::LIST_ENTRIES_MAX),
        format!("MODES={}", limits::MODE_CHANGES_MAX),
        format!("CHANLIMIT=#:{}", network.limits.rooms_per_user_max),
        format!("CHATHISTORY={}", network.limits.history_page_len_max),
        format!("MONITOR={}", limits::WATCHED_MAX),
        "MSGREFTYPES=msgid,timestamp".into(),
        format!(
            "TARGMAX=JOIN:,KICK:{0},NAMES:{1},NOTICE:{0},PART:,PRIVMSG:{0},TAGMSG:{0},WHOIS:1",
            limits::TARGETS_MAX,
            limits::NAMES_TARGETS_MAX
        ),
        "EXCEPTS".into(),
        "INVEX".into(),
        "EXTBAN=,am".into(),
        "ACCOUNTEXTBAN=a".into(),
        "ELIST=CMNTU".into(),
        "UTF8ONLY".into(),
        "WHOX".into(),
        "BOT=B".into(),
    ];
    // Source: soju, doc/ext/filehost.md; `draft/` as Ergo has it.
    if let Some(file_host) = network.file_host.map(escape) {
        tokens.extend(["draft/FILEHOST=", "soju.im/FILEHOST="].map(|name| format!("{name}{file_host}")));
    }
    if network.account_required {
        tokens.push("draft/ACCOUNTREQUIRED".into());
    }
    tokens
}

fn escape(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b' ' | b'=' | b'\\' => format!("\\x{byte:02X}"),
            0x21..=0x7e => char::from(byte).to_string(),
            _ => format!("\\x{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_room_for_its_tokens() {
        let limits = Limits::default();
        let file_host = format!("https://{}/upload=", "h".repeat(limits::WEB_URL_BYTES_MAX));
        let network = Network {
            name: "My = net",
            account_required: true,
            limits: &limits,
            file_host: Some(&file_host),
        };
        let lines = lines(&network);
        for line in &lines {
            assert!(line.len() <= TOKENS_PER_LINE);
            assert!(line.join(" ").len() < 400);
            assert!(line.iter().all(|token| token.is_ascii() && token.matches('=').count() <= 1));
        }
        assert!(lines[2].iter().any(|token| token.starts_with("draft/FILEHOST=https://h")), "{lines:?}");
        assert!(lines[0].contains(&"NETWORK=My\\x20\\x3D\\x20net".to_owned()));
    }
}
