//! What the server says on its standard output when it is ready: what a person needs next.

use std::fmt;
use std::io::{self, Write as _};

use crate::config::Config;

/// The words of the start.
#[derive(Debug)]
pub(super) struct Announcement {
    pub(super) tls: Vec<String>,
    pub(super) plain: Vec<String>,
    pub(super) invitation: Option<String>,
    fingerprint: String,
    data_dir: String,
}

impl Announcement {
    pub(super) fn new(config: &Config, fingerprint: String) -> Self {
        Self {
            tls: Vec::new(),
            plain: Vec::new(),
            invitation: None,
            fingerprint,
            data_dir: config.data_dir.display().to_string(),
        }
    }

    /// Where the server listens.
    pub(super) fn addresses(&self) -> Vec<String> {
        self.tls.iter().chain(&self.plain).cloned().collect()
    }

    /// Says it. Nobody need be listening.
    pub(super) fn print(&self) {
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
        writeln!(f, "  data          {}", self.data_dir)?;
        if let Some(code) = &self.invitation {
            let (host, port) =
                self.tls.first().and_then(|address| address.rsplit_once(':')).unwrap_or_default();
            writeln!(f, "  invitation    {code}")?;
            writeln!(f, "  first visit   chat-secure-client --host {host} --port {port} --invite {code}")?;
            writeln!(f, "                (from a clone: cargo run --release --bin chat-secure-client -- …)")?;
        }
        writeln!(f, "  fingerprint   sha256:{}", self.fingerprint)
    }
}
