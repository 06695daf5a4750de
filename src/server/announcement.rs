//! What the server says on its standard output when it is ready: what a person needs next.

use std::fmt;
use std::io::{self, Write as _};

use crate::config::{Address, Config, Listening, PlainAddress};
use crate::identity::Description;

/// The words of the start.
#[derive(Debug)]
pub(super) struct Announcement {
    pub(super) tls: Vec<Listening<Address>>,
    pub(super) plain: Vec<Listening<PlainAddress>>,
    pub(super) web: Vec<Listening<Address>>,
    pub(super) web_plain: Vec<Listening<PlainAddress>>,
    pub(super) metrics: Vec<PlainAddress>,
    pub(super) invitation: Option<String>,
    fingerprint: String,
    key_fingerprint: String,
    data_dir: String,
}

impl Announcement {
    pub(super) fn new(config: &Config, shown: Description) -> Self {
        Self {
            tls: Vec::new(),
            plain: Vec::new(),
            web: Vec::new(),
            web_plain: Vec::new(),
            metrics: Vec::new(),
            invitation: None,
            fingerprint: shown.fingerprint,
            key_fingerprint: shown.key_fingerprint,
            data_dir: config.data_dir.display().to_string(),
        }
    }

    /// Where the server listens.
    pub(super) fn addresses(&self) -> Vec<String> {
        let irc = self.tls.iter().map(ToString::to_string).chain(self.plain.iter().map(ToString::to_string));
        let plain = self.web_plain.iter().map(|address| format!("web {address}"));
        irc.chain(self.web.iter().map(web_address)).chain(plain).collect()
    }

    /// Says it, and in the log that the server has started. Nobody need be listening.
    pub(super) fn print(&self) {
        let (version, addresses) = (env!("CARGO_PKG_VERSION"), self.addresses().join(", "));
        tracing::info!(server.version = version, server.addresses = addresses, "started");
        let mut out = io::stdout().lock();
        if let Err(error) = write!(out, "{self}").and_then(|()| out.flush()) {
            tracing::debug!(%error, "nobody reads the standard output");
        }
    }
}

impl fmt::Display for Announcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "chat-secure-server {} is ready", env!("CARGO_PKG_VERSION"))?;
        for address in &self.tls {
            writeln!(f, "  irc (tls)     {address}")?;
        }
        for address in &self.plain {
            writeln!(f, "  irc (plain)   {address}")?;
        }
        for address in &self.web {
            writeln!(f, "  web (tls)     {}", web_address(address))?;
        }
        for address in &self.web_plain {
            writeln!(f, "  web (plain)   {address}")?;
        }
        for address in &self.metrics {
            writeln!(f, "  metrics       {address}")?;
        }
        writeln!(f, "  data          {}", self.data_dir)?;
        if let Some(code) = &self.invitation {
            writeln!(f, "  invitation    {code}")?;
            // A client of ours sends no PROXY header.
            if let Some(Listening { address, .. }) = self.tls.iter().find(|listening| !listening.proxied) {
                let (host, port) = (&address.host, address.port);
                writeln!(
                    f,
                    "  first visit   chat-secure-client --host {host} --port {port} --invite {code}"
                )?;
                writeln!(
                    f,
                    "                (from a clone: cargo run --release --bin chat-secure-client -- …)"
                )?;
            }
        }
        writeln!(f, "  public key    spki-sha256:{}", self.key_fingerprint)?;
        writeln!(f, "  fingerprint   sha256:{}", self.fingerprint)
    }
}

/// As a browser is told it; behind a proxy that is the proxy's business.
fn web_address(listening: &Listening<Address>) -> String {
    if listening.proxied { listening.to_string() } else { format!("https://{}/", listening.address) }
}
