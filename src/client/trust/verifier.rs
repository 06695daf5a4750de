//! One handshake's judge: applies the rule that [`Policy`] chooses to what a server shows.
//!
//! Fails closed: no verdict is a refusal.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use x509_parser::prelude::FromDer as _;

use crate::client::connection::Server;
use crate::client::fingerprint::Fingerprint;
use crate::client::known_hosts::Pin;

use super::{How, Policy, PolicyError, Presented, Refusal};

/// Judges one handshake. Make a new one for each.
#[derive(Debug)]
pub struct Verifier {
    server: Server,
    rule: Rule,
    provider: Arc<CryptoProvider>,
    verdict: Mutex<Option<Result<How, Box<Refusal>>>>,
}

#[derive(Debug)]
enum Rule {
    Fingerprint(Fingerprint),
    Authority {
        path: PathBuf,
        certificates: Vec<CertificateDer<'static>>,
        verifier: Arc<WebPkiServerVerifier>,
    },
    Pin(Pin),
    /// `None`: this system has no roots.
    System(Option<rustls_platform_verifier::Verifier>),
}

impl Verifier {
    /// Chooses the rule for this server.
    ///
    /// # Errors
    /// [`PolicyError`] if a file that the rule needs can't be used.
    pub fn new(server: &Server, policy: &Policy, provider: Arc<CryptoProvider>) -> Result<Self, PolicyError> {
        let rule = if let Some(fingerprint) = policy.fingerprint {
            Rule::Fingerprint(fingerprint)
        } else if let Some(path) = &policy.ca {
            authority(path.clone(), &provider)?
        } else if let Some(pin) = policy.known_hosts.find(server)? {
            Rule::Pin(pin)
        } else {
            Rule::System(rustls_platform_verifier::Verifier::new(Arc::clone(&provider)).ok())
        };
        Ok(Self { server: server.clone(), rule, provider, verdict: Mutex::new(None) })
    }

    /// What was found, after the handshake. No finding counts as a refusal.
    ///
    /// # Errors
    /// [`Refusal`], an unknown server's with the key exchange filled in.
    pub fn verdict(&self, key_exchange: &str) -> Result<How, Box<Refusal>> {
        let verdict = self.verdict.lock().unwrap_or_else(PoisonError::into_inner).take();
        match verdict {
            Some(Ok(how)) => Ok(how),
            Some(Err(mut refusal)) => {
                if let Refusal::Unknown(presented) = refusal.as_mut() {
                    presented.key_exchange = key_exchange.into();
                }
                Err(refusal)
            }
            None => Err(Box::new(Refusal::Invalid {
                presented: self.presented(&CertificateDer::from(Vec::new())),
                cause: "no certificate was shown".into(),
            })),
        }
    }

    /// The refusal that broke the handshake off, if that is what did.
    #[must_use]
    pub fn refusal(&self) -> Option<Box<Refusal>> {
        let verdict = self.verdict.lock().unwrap_or_else(PoisonError::into_inner).take();
        verdict.and_then(Result::err)
    }

    fn judge(&self, chain: &Chain<'_>) -> Result<How, Box<Refusal>> {
        let presented = self.presented(chain.leaf);
        let refusal = match &self.rule {
            Rule::Fingerprint(expected) if expected.matches(chain.leaf) => return Ok(How::Fingerprint),
            Rule::Fingerprint(expected) => Refusal::OtherFingerprint { expected: *expected, presented },
            Rule::Pin(pin) if pin.fingerprint.matches(chain.leaf) => return Ok(How::Pin),
            Rule::Pin(pin) => Refusal::Changed { presented, pin: pin.clone() },
            Rule::Authority { path, certificates, verifier } => {
                let verified = if certificates.contains(&chain.leaf.clone().into_owned()) {
                    // The file holds the server's own certificate; only the name is left to check.
                    ParsedCertificate::try_from(chain.leaf)
                        .and_then(|leaf| rustls::client::verify_server_name(&leaf, chain.name))
                } else {
                    chain.verify(verifier.as_ref())
                };
                match verified {
                    Ok(()) => return Ok(How::Authority),
                    Err(error) => {
                        Refusal::Authority { ca: path.clone(), presented, cause: plain_cause(&error) }
                    }
                }
            }
            Rule::System(roots) => {
                let unknown = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
                match roots.as_ref().map_or(Err(unknown.clone()), |roots| chain.verify(roots)) {
                    Ok(()) => return Ok(How::System),
                    Err(error) if error == unknown || is_self_signed(chain.leaf) => {
                        Refusal::Unknown(presented)
                    }
                    Err(error) => Refusal::Invalid { presented, cause: plain_cause(&error) },
                }
            }
        };
        Err(Box::new(refusal))
    }

    fn presented(&self, leaf: &CertificateDer<'_>) -> Presented {
        Presented {
            server: self.server.clone(),
            names: names_in(leaf),
            fingerprint: Fingerprint::of(leaf),
            key: Fingerprint::of_key(leaf),
            key_exchange: String::new(),
        }
    }
}

/// What the server showed, and for which name.
struct Chain<'a> {
    leaf: &'a CertificateDer<'a>,
    intermediates: &'a [CertificateDer<'a>],
    name: &'a ServerName<'a>,
    ocsp: &'a [u8],
    now: UnixTime,
}

impl Chain<'_> {
    fn verify(&self, by: &dyn ServerCertVerifier) -> Result<(), rustls::Error> {
        by.verify_server_cert(self.leaf, self.intermediates, self.name, self.ocsp, self.now).map(|_| ())
    }
}

impl ServerCertVerifier for Verifier {
    /// An unknown server may finish the handshake, so that it proves to hold the key and its key
    /// exchange can be shown; [`Verifier::verdict`] then keeps the stream from everybody.
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = self.judge(&Chain { leaf, intermediates, name, ocsp, now });
        let go_on = verdict.as_ref().err().is_none_or(|refusal| matches!(**refusal, Refusal::Unknown(_)));
        *self.verdict.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
        if go_on {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, leaf, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, leaf, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn authority(path: PathBuf, provider: &Arc<CryptoProvider>) -> Result<Rule, PolicyError> {
    let unusable = |cause: String| PolicyError::Ca { path: path.clone(), cause };
    let certificates: Vec<_> = CertificateDer::pem_file_iter(&path)
        .and_then(Iterator::collect)
        .map_err(|error| unusable(error.to_string()))?;
    if certificates.is_empty() {
        return Err(unusable("it holds no PEM certificate".into()));
    }
    let mut roots = rustls::RootCertStore::empty();
    for certificate in &certificates {
        roots.add(certificate.clone()).map_err(|error| unusable(error.to_string()))?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| unusable(error.to_string()))?;
    Ok(Rule::Authority { path, certificates, verifier })
}

fn is_self_signed(leaf: &[u8]) -> bool {
    x509_parser::certificate::X509Certificate::from_der(leaf)
        .is_ok_and(|(_, certificate)| certificate.issuer() == certificate.subject())
}

fn names_in(leaf: &[u8]) -> Vec<String> {
    use x509_parser::extensions::GeneralName;
    let Ok((_, certificate)) = x509_parser::certificate::X509Certificate::from_der(leaf) else {
        return Vec::new();
    };
    let Ok(Some(names)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let shown = names.value.general_names.iter().filter_map(|name| {
        if let GeneralName::DNSName(name) = name {
            Some((*name).to_owned())
        } else if let GeneralName::IPAddress(bytes) = name {
            address(bytes)
        } else {
            None
        }
    });
    shown.collect()
}

fn address(bytes: &[u8]) -> Option<String> {
    let four = <[u8; 4]>::try_from(bytes).map(|four| std::net::IpAddr::from(four).to_string());
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(|six| std::net::IpAddr::from(six).to_string())).ok()
}

fn plain_cause(error: &rustls::Error) -> String {
    if *error == rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) {
        return "signed by somebody else".into();
    }
    error.to_string().replace("invalid peer certificate: ", "")
}
