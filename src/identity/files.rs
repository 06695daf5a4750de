//! Reading a certificate and its key from PEM files, and telling what is wrong with them.
//!
//! The only place that uses rustls-pemfile. Never writes.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustls::InconsistentKeys;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls_pemfile::Item;
use x509_parser::parse_x509_certificate;
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::permissions::writable_by_others;

/// Which of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The certificate with its chain.
    Certificate,
    /// Its private key.
    Key,
}

/// What is wrong with a certificate or its key, and how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file can't be read.
    #[error("can't read the {what} {}: {cause}; check the path and who may read it", path.display())]
    Unreadable {
        /// Which.
        what: What,
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The file can't be written.
    #[error(
        "can't write the {what} {}: {cause}; its folder must be writable for the user that runs the server, or give --cert and --key",
        path.display()
    )]
    Unwritable {
        /// Which.
        what: What,
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Others can read the key.
    #[error(
        "others can read the private key {} (mode {mode:03o}); run: chmod 600 {}",
        path.display(), path.display()
    )]
    KeyExposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Others can change it, or put another in its place.
    #[error("others can write {} (mode {mode:03o}); run: chmod go-w {}", path.display(), path.display())]
    Writable {
        /// The file or folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Nothing is in it.
    #[error(
        "the {what} {} is empty; put the PEM file there again, or remove a self-made pair and start again",
        path.display()
    )]
    Empty {
        /// Which.
        what: What,
        /// The file.
        path: PathBuf,
    },
    /// It is no PEM file, or holds something else.
    #[error("{} holds {found} where the {what} belongs; {remedy}", path.display())]
    WrongKind {
        /// Which.
        what: What,
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: &'static str,
        /// How to mend it.
        remedy: &'static str,
    },
    /// The key is of a kind that TLS here can't use, or damaged.
    #[error("the private key {} can't be used ({cause}); use ECDSA P-256 or P-384, Ed25519, or RSA", path.display())]
    UnusableKey {
        /// The file.
        path: PathBuf,
        /// In rustls's words.
        cause: rustls::Error,
    },
    /// The certificate is damaged.
    #[error("the certificate {} can't be read: {cause}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// The key is another certificate's.
    #[error(
        "the private key {} does not belong to the certificate {}; they must be of one pair",
        key.display(), certificate.display()
    )]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The key is that of a later certificate in the file.
    #[error("in {} the server's own certificate must come first, before those that signed it", .0.display())]
    WrongOrder(PathBuf),
    /// The certificate's time is over.
    #[error(
        "the certificate {} expired at {at}; get a new one (a self-made one: chatctl cert renew)",
        path.display()
    )]
    Expired {
        /// The file.
        path: PathBuf,
        /// When.
        at: Timestamp,
    },
    /// The certificate's time has not come.
    #[error("the certificate {} is not valid before {at}; is this machine's clock right?", path.display())]
    NotYetValid {
        /// The file.
        path: PathBuf,
        /// When.
        at: Timestamp,
    },
    /// A certificate can't be made.
    #[error("can't make a certificate: {0}; is the server's name a host name or an address?")]
    Making(#[from] rcgen::Error),
    /// TLS can't be set up.
    #[error("can't set up TLS: {cause}")]
    Tls {
        /// In rustls's words.
        cause: rustls::Error,
    },
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "certificate",
            Self::Key => "private key",
        })
    }
}

/// Reads a pair and checks that it can be shown to anybody at this time.
pub(super) fn load(
    certificate: &Path,
    key: &Path,
    provider: &CryptoProvider,
    now: Timestamp,
) -> Result<CertifiedKey, Error> {
    let chain = read_chain(certificate)?;
    let private = read_key(key)?;
    let signer = provider
        .key_provider
        .load_private_key(private)
        .map_err(|cause| Error::UnusableKey { path: key.into(), cause })?;
    let pair = CertifiedKey::new(chain, signer);
    check_pair(&pair, certificate, key)?;
    check_validity(&pair, certificate, now)?;
    Ok(pair)
}

/// Whether nobody else can put a pair of their own into this folder; one that is not there yet is fine.
pub(super) fn check_folder(folder: &Path) -> Result<(), Error> {
    fs::metadata(folder).map_or(Ok(()), |found| check_own(folder, &found))
}

fn check_own(path: &Path, found: &fs::Metadata) -> Result<(), Error> {
    match writable_by_others(found) {
        Some(mode) => Err(Error::Writable { path: path.into(), mode }),
        None => Ok(()),
    }
}

/// The certificates of a PEM file, in their order.
pub(super) fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let what = What::Certificate;
    let text = read(what, path)?;
    let items = items(what, path, &text)?;
    let has_key = items.iter().any(is_key);
    let chain: Vec<_> = items.into_iter().filter_map(certificate).collect();
    if !chain.is_empty() {
        return Ok(chain);
    }
    let (found, remedy) = if has_key || is_encrypted(&text) {
        ("a private key", "are --cert and --key exchanged?")
    } else {
        ("no certificate", "it should contain -----BEGIN CERTIFICATE-----")
    };
    Err(Error::WrongKind { what, path: path.into(), found, remedy })
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, Error> {
    let what = What::Key;
    let text = read(what, path)?;
    let mode = fs::metadata(path).map_err(|cause| Error::Unreadable { what, path: path.into(), cause });
    let mode = mode?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::KeyExposed { path: path.into(), mode });
    }
    let items = items(what, path, &text)?;
    let has_certificate = items.iter().any(|item| matches!(item, Item::X509Certificate(_)));
    if let Some(key) = items.into_iter().find_map(private_key).filter(|_| !is_encrypted(&text)) {
        return Ok(key);
    }
    let (found, remedy) = if is_encrypted(&text) {
        ("an encrypted key", "decrypt it first: openssl pkey -in FILE -out key.pem")
    } else if has_certificate {
        ("a certificate", "are --cert and --key exchanged?")
    } else {
        ("no private key", "it should contain -----BEGIN PRIVATE KEY-----")
    };
    Err(Error::WrongKind { what, path: path.into(), found, remedy })
}

fn read(what: What, path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let unreadable = |cause| Error::Unreadable { what, path: path.into(), cause };
    let bytes = Zeroizing::new(fs::read(path).map_err(unreadable)?);
    if what == What::Certificate {
        check_own(path, &fs::metadata(path).map_err(unreadable)?)?;
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Error::Empty { what, path: path.into() });
    }
    Ok(bytes)
}

fn items(what: What, path: &Path, text: &[u8]) -> Result<Vec<Item>, Error> {
    let items: io::Result<Vec<Item>> = rustls_pemfile::read_all(&mut io::Cursor::new(text)).collect();
    // The legacy form of encryption has headers that are no base64.
    if items.is_err() && is_encrypted(text) {
        return Ok(Vec::new());
    }
    let remedy = "it is no PEM file, or was cut off";
    items.map_err(|_| Error::WrongKind { what, path: path.into(), found: "something unreadable", remedy })
}

fn certificate(item: Item) -> Option<CertificateDer<'static>> {
    if let Item::X509Certificate(der) = item { Some(der) } else { None }
}

fn is_key(item: &Item) -> bool {
    matches!(item, Item::Pkcs8Key(_) | Item::Sec1Key(_) | Item::Pkcs1Key(_))
}

#[allow(clippy::wildcard_enum_match_arm, reason = "a foreign enum that grows")]
fn private_key(item: Item) -> Option<PrivateKeyDer<'static>> {
    match item {
        Item::Pkcs8Key(key) => Some(key.into()),
        Item::Sec1Key(key) => Some(key.into()),
        Item::Pkcs1Key(key) => Some(key.into()),
        _ => None,
    }
}

fn is_encrypted(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"ENCRYPTED").is_some()
}

fn check_pair(pair: &CertifiedKey, certificate: &Path, key: &Path) -> Result<(), Error> {
    match pair.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(()),
        Err(rustls::Error::InconsistentKeys(_)) => {
            let of_another = pair.cert.iter().skip(1).any(|other| {
                let signer = std::sync::Arc::clone(&pair.key);
                CertifiedKey::new(vec![other.clone()], signer).keys_match().is_ok()
            });
            if of_another {
                return Err(Error::WrongOrder(certificate.into()));
            }
            Err(Error::Mismatch { certificate: certificate.into(), key: key.into() })
        }
        Err(error) => Err(Error::Damaged { path: certificate.into(), cause: error.to_string() }),
    }
}

fn check_validity(pair: &CertifiedKey, path: &Path, now: Timestamp) -> Result<(), Error> {
    for der in &pair.cert {
        let (_, parsed) = parse_x509_certificate(der)
            .map_err(|error| Error::Damaged { path: path.into(), cause: error.to_string() })?;
        let at = |seconds: i64| Timestamp(seconds.saturating_mul(1000));
        let not_before = at(parsed.validity().not_before.timestamp());
        let not_after = at(parsed.validity().not_after.timestamp());
        if now > not_after {
            return Err(Error::Expired { path: path.into(), at: not_after });
        }
        if now < not_before {
            return Err(Error::NotYetValid { path: path.into(), at: not_before });
        }
    }
    Ok(())
}
