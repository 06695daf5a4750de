//! A look at what the settings name, before a start. Makes nothing and opens no door.

use anyhow::Context as _;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::config::{Certificate, Config};
use crate::identity::Identity;

use super::motd;

/// Reads the files and resolves the names that the settings give. Blocks while it does.
///
/// # Errors
/// What would keep a server from starting, in words that say how to mend it.
pub fn check(config: &Config) -> anyhow::Result<()> {
    motd(config)?;
    if let Certificate::Given { cert, key } = config.certificate() {
        Identity::load(&cert, &key)?;
    }
    if let Some(ca) = &config.acme_ca {
        CertificateDer::from_pem_file(ca)
            .map_err(|error| anyhow::anyhow!("acme_ca: no certificate (PEM) in {}: {error}", ca.display()))?;
    }
    for listening in config.listen.iter().chain(&config.listen_web) {
        let address = &listening.address;
        address.socket_addrs().with_context(|| format!("can't listen on {address}"))?;
    }
    Ok(())
}
