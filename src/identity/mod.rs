//! Temp.
#![allow(
    missing_docs,
    clippy::all,
    clippy::missing_errors_doc,
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "x"
)]
use std::path::Path;
use std::sync::Arc;
pub struct Identity {
    cfg: rustls::ServerConfig,
    fp: String,
}
impl Identity {
    pub fn load(_: &Path, _: &Path) -> anyhow::Result<Self> {
        anyhow::bail!("x")
    }
    pub fn make_or_load(_: &Path, _: &[String]) -> anyhow::Result<Self> {
        let c = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        let der = c.cert.der().clone();
        use sha2::Digest;
        let fp = sha2::Sha256::digest(&der).iter().map(|b| format!("{b:02x}")).collect();
        let cfg = rustls::ServerConfig::builder_with_provider(Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![der],
            rustls::pki_types::PrivateKeyDer::try_from(c.signing_key.serialize_der()).unwrap(),
        )
        .unwrap();
        Ok(Self { cfg, fp })
    }
    pub fn fingerprint(&self) -> String {
        self.fp.clone()
    }
    pub fn reload(&self) -> anyhow::Result<()> {
        Ok(())
    }
    pub fn server_config(&self) -> anyhow::Result<rustls::ServerConfig> {
        Ok(self.cfg.clone())
    }
}
