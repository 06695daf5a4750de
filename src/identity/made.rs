//! Self-made certificates: the server is itself the authority, and clients pin what they saw.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SerialNumber, date_time_ymd,
};
use zeroize::Zeroizing;

use crate::clock::Timestamp;

use super::files::{Error, What};
use super::{CERTIFICATE_FILE, KEY_FILE};

/// Long, because programs that know a server by its certificate, not by its key, ask their user about a new one.
const YEARS: i32 = 10;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Bytes of a serial number (RFC 5280: at most 20). Certificates of one issuer must not share one.
const SERIAL_BYTES: usize = 16;

/// Which key a new certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The one that is there; a new one if there is none.
    Keep,
    /// A new one: everybody who pinned the old one is warned.
    New,
}

/// Makes a pair in this folder.
pub(super) fn make(folder: &Path, names: &[String], now: Timestamp, key: Key) -> Result<(), Error> {
    let (certificate_path, key_path) = (folder.join(CERTIFICATE_FILE), folder.join(KEY_FILE));
    let unwritable = |what, path: &Path, cause| Error::Unwritable { what, path: path.into(), cause };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|cause| unwritable(What::Key, &key_path, cause))?;
    let pair = if key == Key::Keep && key_path.exists() {
        let text = fs::read_to_string(&key_path).map(Zeroizing::new);
        let text = text.map_err(|cause| Error::Unreadable { what: What::Key, path: key_path, cause })?;
        KeyPair::from_pem(&text)?
    } else {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let text = Zeroizing::new(pair.serialize_pem());
        replace(&key_path, &text, 0o600).map_err(|cause| unwritable(What::Key, &key_path, cause))?;
        pair
    };
    let certificate = params(names, now)?.self_signed(&pair)?;
    replace(&certificate_path, &certificate.pem(), 0o644)
        .map_err(|cause| unwritable(What::Certificate, &certificate_path, cause))
}

/// A request (PKCS #10, DER) to sign the key of this file for these names.
pub(super) fn request(key_path: &Path, names: &[String]) -> Result<Vec<u8>, Error> {
    let text = fs::read_to_string(key_path).map(Zeroizing::new);
    let text = text.map_err(|cause| Error::Unreadable { what: What::Key, path: key_path.into(), cause })?;
    let mut params = CertificateParams::new(names.to_vec())?;
    params.distinguished_name = DistinguishedName::new();
    Ok(params.serialize_request(&KeyPair::from_pem(&text)?)?.der().to_vec())
}

/// Puts a certificate in its place if it is found good there; its folder is made, and the owner's.
pub(super) fn keep(
    path: &Path,
    chain: &str,
    is_good: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    let unwritable = |cause| Error::Unwritable { what: What::Certificate, path: path.into(), cause };
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
    let beside = path.with_extension("offered");
    replace(&beside, chain, 0o600).map_err(unwritable)?;
    is_good(&beside)?;
    fs::rename(&beside, path).map_err(unwritable)
}

fn params(names: &[String], now: Timestamp) -> Result<CertificateParams, Error> {
    let mut all: Vec<String> = names.to_vec();
    for name in ["localhost", "127.0.0.1", "::1"] {
        if !all.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            all.push(name.into());
        }
    }
    let mut serial = [0; SERIAL_BYTES];
    getrandom::fill(&mut serial).map_err(|_| rcgen::Error::RingUnspecified)?;
    // Neither negative nor with a zero in front.
    serial[0] = serial[0] & 0x7f | 0x40;
    let common_name = all[0].clone();
    let mut params = CertificateParams::new(all)?;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Yesterday, for clocks that are behind.
    let (year, month, day) = date(Timestamp(now.0 - DAY_MS));
    params.not_before = date_time_ymd(year, month, day);
    let (year, month, day) = date(now);
    // Of February's last day only every fourth year knows.
    params.not_after = date_time_ymd(year + YEARS, month, day.min(28));
    Ok(params)
}

fn date(at: Timestamp) -> (i32, u8, u8) {
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    let date = moment.to_zoned(jiff::tz::TimeZone::UTC).date();
    // Months and days are positive.
    (i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
}

/// Writes beside, then renames: whoever reads sees the old file or the whole new one.
pub(super) fn replace(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let beside = path.with_extension("pem.new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}
