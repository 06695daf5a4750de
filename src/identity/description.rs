//! What a certificate says of itself. Judges nothing, so that an expired one can be shown as well.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;
use x509_parser::prelude::X509Certificate;

use crate::auth::secret;
use crate::clock::Timestamp;

use super::files::{self, Error};
use super::fingerprint;

/// A certificate as it is shown to an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// SHA-256 of its DER form, 64 lower-case hex digits.
    pub fingerprint: String,
    /// SHA-256 of its public key (`SubjectPublicKeyInfo`), 64 lower-case hex digits.
    pub key_fingerprint: String,
    /// The host names and addresses it is for.
    pub names: Vec<String>,
    /// Who signed it.
    pub issuer: String,
    /// Whether nobody but its owner vouches for it.
    pub is_self_signed: bool,
    /// When its time begins.
    pub not_before: Timestamp,
    /// When its time ends.
    pub not_after: Timestamp,
}

/// Describes the first certificate of a PEM file.
///
/// # Errors
/// [`Error`], if there is none that can be read.
pub fn describe(path: &Path) -> Result<Description, Error> {
    let chain = files::read_chain(path)?;
    of(&chain, path)
}

pub(super) fn of(chain: &[CertificateDer<'static>], path: &Path) -> Result<Description, Error> {
    let damaged = |cause: String| Error::Damaged { path: path.into(), cause };
    let der = chain.first().ok_or_else(|| damaged("there is none".into()))?;
    let (_, parsed) = parse_x509_certificate(der).map_err(|error| damaged(error.to_string()))?;
    let at = |seconds: i64| Timestamp(seconds.saturating_mul(1000).clamp(0, Timestamp::MAX.0));
    Ok(Description {
        fingerprint: fingerprint(der),
        key_fingerprint: secret::hex(&Sha256::digest(parsed.public_key().raw)),
        names: names(&parsed),
        issuer: parsed.issuer().to_string(),
        is_self_signed: parsed.issuer() == parsed.subject(),
        not_before: at(parsed.validity().not_before.timestamp()),
        not_after: at(parsed.validity().not_after.timestamp()),
    })
}

fn names(parsed: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = parsed.subject_alternative_name() else { return Vec::new() };
    names.value.general_names.iter().filter_map(name).collect()
}

#[allow(clippy::wildcard_enum_match_arm, reason = "a foreign enum; the others name no host")]
fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(|bytes| IpAddr::V4(Ipv4Addr::from(bytes)));
            let v6 = <[u8; 16]>::try_from(*bytes).map(|bytes| IpAddr::V6(Ipv6Addr::from(bytes)));
            v4.or(v6).ok().map(|address| address.to_string())
        }
        _ => None,
    }
}
