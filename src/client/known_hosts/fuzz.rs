//! What holds of the known-hosts file, whatever stands in it.

use rustls::pki_types::ServerName;

use super::{KnownHosts, KnownHostsError, Pin, Server};
use crate::client::Fingerprint;

/// A file that is understood knows after an addition what it knew before, and what was added; one that is not is
/// refused with the line.
pub(crate) fn known_hosts(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let hosts = KnownHosts::at("/known_hosts");
    let added = Fingerprint::of(bytes);
    let servers = servers(text);
    for server in &servers {
        match hosts.find_in(text, server) {
            Ok(Some(pin)) => is_written(text, server, &pin),
            Ok(None) => {
                let more = KnownHosts::with(text.to_owned(), server, added);
                let fingerprint = |pin: Option<Pin>| pin.map(|pin| pin.fingerprint);
                assert_eq!(hosts.find_in(&more, server).ok().map(fingerprint), Some(Some(added)), "{server}");
                for other in &servers {
                    let before = hosts.find_in(text, other).ok().flatten();
                    assert!(
                        before.is_none() || hosts.find_in(&more, other).ok().flatten() == before,
                        "{other}"
                    );
                }
            }
            Err(KnownHostsError::Line { line, .. }) => {
                let line = text.lines().nth(line - 1).map(str::trim);
                assert!(line.is_some_and(|line| !line.is_empty() && !line.starts_with('#')));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn is_written(text: &str, server: &Server, pin: &Pin) {
    let line = text.lines().nth(pin.line - 1).unwrap_or_default().trim().to_ascii_lowercase();
    assert!(line.starts_with(&server.to_string().to_ascii_lowercase()), "{line:?} for {server}");
    let told = pin.fingerprint.to_string();
    let digits = told.rsplit(':').next().unwrap_or_default();
    assert!(line.replace(':', "").ends_with(digits), "{line:?} for {digits}");
}

/// Some that are named, and one that is perhaps not.
fn servers(text: &str) -> Vec<Server> {
    let named = text.lines().filter_map(|line| line.split_whitespace().next()?.rsplit_once(':'));
    let named = named.filter_map(|(host, port)| {
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        ServerName::try_from(host.to_owned()).ok()?;
        Some(Server { host: host.to_owned(), port: port.parse().ok()? })
    });
    named.take(4).chain([Server { host: "chat.example".into(), port: 6697 }]).collect()
}
