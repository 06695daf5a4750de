//! An authority's look at a name (TLS-ALPN-01), as RFC 8737 has it.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::version::TLS13;
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use x509_parser::extensions::GeneralName;

const ALPN: &[u8] = b"acme-tls/1";
/// The extension that holds the digest.
const EXTENSION: &str = "1.3.6.1.5.5.7.1.31";

/// Looks whether who answers for this name shows the digest.
///
/// # Errors
/// What it shows instead.
pub(crate) async fn look(port: u16, name: &str, digest: &[u8]) -> Result<(), String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let any = Anybody(provider.signature_verification_algorithms);
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(any))
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    let words = |error: std::io::Error| error.to_string();
    let stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(words)?;
    let asked = ServerName::try_from(name.to_owned()).unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(asked, stream).await.map_err(words)?;
    let (_, tls) = stream.get_ref();
    if tls.alpn_protocol() != Some(ALPN) {
        return Err("acme-tls/1 was not chosen".into());
    }
    let der = tls.peer_certificates().unwrap()[0].clone();
    let (_, shown) = x509_parser::parse_x509_certificate(&der).unwrap();
    let names = shown.subject_alternative_name().unwrap().map(|names| names.value.general_names.clone());
    if names != Some(vec![GeneralName::DNSName(name)]) {
        return Err(format!("other names: {names:?}"));
    }
    let found = shown.extensions().iter().find(|extension| extension.oid.to_id_string() == EXTENSION);
    let is_right = found.is_some_and(|found| found.critical && found.value == [&[4, 32], digest].concat());
    if is_right { Ok(()) } else { Err("another digest, or none".into()) }
}

/// Believes everybody: what is shown is looked at afterwards.
#[derive(Debug)]
struct Anybody(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.3 is spoken".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // Not by the certificate: its critical extension is one that webpki does not know.
        let (_, shown) = x509_parser::parse_x509_certificate(cert).unwrap();
        let key = SubjectPublicKeyInfoDer::from(shown.public_key().raw);
        verify_tls13_signature_with_raw_key(message, &key, dss, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
