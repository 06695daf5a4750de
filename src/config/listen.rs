//! Addresses to listen on.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;

use super::value::{Context, Kind, Scalar};

/// What stands before an address where connections begin with a PROXY header.
const PROXIED: &str = "proxy://";

/// A host, by name or number, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Without the brackets of IPv6.
    pub host: String,
    /// 0 means any free port.
    pub port: u16,
}

/// An address to listen on, and who connects there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening<A> {
    /// The address.
    pub address: A,
    /// Whether a proxy connects there, who says in a PROXY header for whom: `proxy://` in front.
    pub proxied: bool,
}

/// Where nothing is encrypted: never on a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlainAddress {
    /// An address of this machine's loopback.
    Tcp(Address),
    /// A unix socket.
    Unix(PathBuf),
}

impl Address {
    /// The numbers behind the name: `localhost` is 127.0.0.1 and ::1, whatever the resolver says.
    /// Blocks while it asks the resolver.
    ///
    /// # Errors
    /// The resolver's.
    pub fn socket_addrs(&self) -> io::Result<Vec<SocketAddr>> {
        if self.host.eq_ignore_ascii_case("localhost") {
            let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
            return Ok(loopback.map(|ip| SocketAddr::new(ip, self.port)).to_vec());
        }
        Ok((self.host.as_str(), self.port).to_socket_addrs()?.collect())
    }

    fn parse(text: &str) -> Result<Self, String> {
        let example = "must be HOST:PORT, such as localhost:6697, 0.0.0.0:6697 or [::]:6697";
        let wrong = || format!("{text:?} {example}");
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().map_err(|_| wrong())?;
        let host = match host.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']').filter(|ip| ip.parse::<Ipv6Addr>().is_ok()),
            None => Some(host).filter(|host| !host.is_empty() && !host.contains([':', '/', ' '])),
        };
        Ok(Self { host: host.ok_or_else(wrong)?.into(), port })
    }

    fn is_loopback(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for PlainAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl<A: fmt::Display> fmt::Display for Listening<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.proxied { PROXIED } else { "" };
        write!(f, "{scheme}{}", self.address)
    }
}

impl<A: Scalar> Scalar for Listening<A> {
    const KIND: Kind = A::KIND;

    fn scalar(text: &str, context: &Context<'_>) -> Result<Self, String> {
        let (proxied, address) = text.strip_prefix(PROXIED).map_or((false, text), |rest| (true, rest));
        Ok(Self { address: A::scalar(address, context)?, proxied })
    }
}

impl Scalar for Address {
    const KIND: Kind = Kind::Text;

    fn scalar(text: &str, _: &Context<'_>) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl Scalar for PlainAddress {
    const KIND: Kind = Kind::Text;

    fn scalar(text: &str, context: &Context<'_>) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            return Ok(Self::Unix(PathBuf::scalar(path, context)?));
        }
        let address = Address::parse(text)?;
        if !address.is_loopback() {
            return Err(format!(
                "{text:?} is not on this machine's loopback, and without TLS everybody on the way could read \
                 passwords and messages; use localhost, 127.0.0.1, [::1] or unix:PATH here, and listen for TLS"
            ));
        }
        Ok(Self::Tcp(address))
    }
}
