//! Web sites whose pages may connect.

use std::fmt;
use std::net::Ipv6Addr;

use crate::limits::WEB_URL_BYTES_MAX;

use super::value::{Context, Kind, Scalar};

/// A web site, as browsers name it in `Origin`. Source: RFC 6454, section 7.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Whichever.
    Any,
    /// This one, in lower case and without a port that goes without saying.
    Site {
        /// `https` or `http`.
        scheme: String,
        /// Host, and port unless it is the scheme's own.
        authority: String,
    },
}

impl Origin {
    /// Reads what a browser says; `None` for what names no web site, such as `null`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let (scheme, authority) = text.split_once("://")?;
        if !matches!(scheme, "http" | "https") {
            return None;
        }
        let authority = without_default_port(scheme, authority);
        is_authority(authority).then(|| Self::Site { scheme: scheme.into(), authority: authority.into() })
    }

    /// Whether it is the site that a request with this `Host` was sent to; with TLS its own pages came
    /// by TLS too, behind a proxy either may be true.
    #[must_use]
    pub fn is_of_host(&self, host: &str, secure: bool) -> bool {
        match self {
            Self::Any => false,
            Self::Site { scheme, authority } => {
                let host = host.to_ascii_lowercase();
                (scheme == "https" || !secure) && *authority == without_default_port(scheme, &host)
            }
        }
    }
}

fn without_default_port<'a>(scheme: &str, authority: &'a str) -> &'a str {
    let port = if scheme == "https" { ":443" } else { ":80" };
    authority.strip_suffix(port).unwrap_or(authority)
}

fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        Some(_) | None => (text, None),
    };
    let is_port = |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let is_name = |host: &str| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
    };
    let is_ipv6 = |host: &str| {
        let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        inner.is_some_and(|ip| ip.parse::<Ipv6Addr>().is_ok())
    };
    port.is_none_or(is_port) && (is_name(host) || is_ipv6(host))
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Site { scheme, authority } => write!(f, "{scheme}://{authority}"),
        }
    }
}

/// Where the web is reached: `https://`, a host, and a port if it is not 443.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebUrl(String);

impl WebUrl {
    /// The text, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Scalar for WebUrl {
    const KIND: Kind = Kind::Text;

    fn scalar(text: &str, _: &Context<'_>) -> Result<Self, String> {
        match Origin::parse(text.strip_suffix('/').unwrap_or(text)) {
            Some(Origin::Site { scheme, authority })
                if scheme == "https" && authority.len() < WEB_URL_BYTES_MAX - "https://".len() =>
            {
                Ok(Self(format!("https://{authority}")))
            }
            Some(_) | None => Err(format!("{text:?} must be https://HOST or https://HOST:PORT")),
        }
    }
}

impl Scalar for Origin {
    const KIND: Kind = Kind::Text;

    fn scalar(text: &str, _: &Context<'_>) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Any);
        }
        Self::parse(text).ok_or_else(|| {
            format!("{text:?} is no origin: it must be a web site without a path, such as https://chat.example.org, or *")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_sites_are_origins() {
        for (text, shown) in [
            ("https://Chat.Example.org", "https://chat.example.org"),
            ("https://chat.example.org:443", "https://chat.example.org"),
            ("http://localhost:80", "http://localhost"),
            ("https://localhost:8443", "https://localhost:8443"),
            ("https://[::1]:8443", "https://[::1]:8443"),
            ("https://[::1]", "https://[::1]"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().to_string(), shown);
        }
        for text in [
            "null",
            "",
            "*",
            "chat.example.org",
            "https://",
            "https://a/",
            "https://a:b",
            "https://a:99999",
            "https://a b",
            "https://[::1",
            "https://u@a",
            "file://a",
        ] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn ones_own_site_is_that_of_the_host() {
        for (origin, host, by_tls, by_proxy) in [
            ("https://localhost:8443", "localhost:8443", true, true),
            ("https://chat.example", "Chat.example:443", true, true),
            ("https://chat.example", "chat.example", true, true),
            ("http://chat.example", "chat.example", false, true),
            ("http://chat.example", "chat.example:443", false, false),
            ("https://localhost:8444", "localhost:8443", false, false),
            ("https://chat.example.evil", "chat.example", false, false),
        ] {
            let parsed = Origin::parse(origin).unwrap();
            assert_eq!(parsed.is_of_host(host, true), by_tls, "{origin} {host}");
            assert_eq!(parsed.is_of_host(host, false), by_proxy, "{origin} {host}");
        }
    }
}
