//! Where a server has its files: whom to trust there, and as whom to come.
//!
//! Goes nowhere without TLS. Source: soju, doc/ext/filehost.md.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Uri;
use hyper::header::HeaderValue;
use zeroize::Zeroizing;

use super::connection::Server;
use super::trust::{Policy, PolicyError};

/// An account and its password.
pub type Credentials = (String, Zeroizing<String>);

/// Where an address leads; nowhere, if it does not begin with `https://`.
pub(super) fn place(uri: &Uri) -> Option<Server> {
    let host = uri.host().filter(|_| uri.scheme_str() == Some("https"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Some(Server { host, port: uri.port_u16().unwrap_or(443) })
}

/// Whether both lead to the same place.
#[must_use]
pub fn is_same_place(one: &str, other: &str) -> bool {
    let place = |address: &str| address.parse::<Uri>().ok().as_ref().and_then(place);
    let lower = |server: Server| (server.host.to_ascii_lowercase(), server.port);
    place(one).map(lower).is_some_and(|one| place(other).map(lower) == Some(one))
}

/// Where the host is the server's own, its certificate is trusted as on the connection.
///
/// # Errors
/// The known hosts can't be read.
pub(super) fn policy_for(place: &Server, home: &Server, policy: &Policy) -> Result<Policy, PolicyError> {
    let known_hosts = policy.known_hosts.clone();
    if !place.host.eq_ignore_ascii_case(&home.host) {
        return Ok(Policy { fingerprint: None, ca: None, known_hosts });
    }
    let mut fingerprint = policy.fingerprint;
    if fingerprint.is_none() && policy.ca.is_none() && known_hosts.find(place)?.is_none() {
        fingerprint = known_hosts.find(home)?.map(|pin| pin.fingerprint);
    }
    Ok(Policy { fingerprint, ca: policy.ca.clone(), known_hosts })
}

/// The value of `Authorization`, which is shown nowhere. Source: RFC 7617.
///
/// # Errors
/// Never, for base64 is a value.
pub(super) fn authorization((name, password): &Credentials) -> Result<HeaderValue, hyper::http::Error> {
    let secret = Zeroizing::new(STANDARD.encode(format!("{name}:{}", password.as_str())));
    let mut value = HeaderValue::try_from(format!("Basic {}", secret.as_str()))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_host_and_a_port_over_tls() {
        for (one, other, is) in [
            ("https://h/a", "https://H:443/b", true),
            ("https://[::1]:8443/a", "https://[::1]:8443/", true),
            ("https://h/a", "https://h:8443/a", false),
            ("https://h/a", "https://h.evil/a", false),
            ("https://h@evil/a", "https://h/a", false),
            ("http://h/a", "http://h/a", false),
            ("h", "h", false),
        ] {
            assert_eq!(is_same_place(one, other), is, "{one} {other}");
        }
    }
}
