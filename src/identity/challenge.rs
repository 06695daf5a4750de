//! Answers to an authority that asks whether a name is this server's, in the handshake itself.
//!
//! Shown only to who asks for nothing else, and only while an order is under way.
//! Source: RFC 8737 (TLS-ALPN-01).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::files::Error;

/// A certificate for each name that is being proved, in lower case.
#[derive(Debug, Default)]
pub(super) struct Challenges(Mutex<HashMap<String, Arc<CertifiedKey>>>);

impl Challenges {
    /// From now on who asks for this name is shown the digest of the key authorization.
    pub(super) fn answer(
        &self,
        name: &str,
        digest: &[u8; 32],
        provider: &CryptoProvider,
    ) -> Result<(), Error> {
        let name = name.to_ascii_lowercase();
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::new(vec![name.clone()])?;
        params.distinguished_name = DistinguishedName::new();
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
        let certificate = params.self_signed(&pair)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(pair.serialize_der()));
        let signer = provider.key_provider.load_private_key(key).map_err(|cause| Error::Tls { cause })?;
        let shown = CertifiedKey::new(vec![certificate.der().clone()], signer);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, Arc::new(shown));
        Ok(())
    }

    /// Nobody is shown any of them any longer.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl ResolvesServerCert for Challenges {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name()?.to_ascii_lowercase();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned()
    }
}
