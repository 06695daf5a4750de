//! Who the server is: its certificate and key, and what it asks of those who connect by TLS.
//!
//! A new certificate takes the old one's place only if it is good, and drops nobody. Never holds a
//! key that others can read, and never decides who a client is: it tells their certificate.

mod challenge;
mod client;
mod description;
mod files;
mod made;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::server::WantsServerCert;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ConfigBuilder, ServerConfig, WantsVerifier};
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;

use crate::auth::secret;
use crate::clock::{Clock, Timestamp};

use challenge::Challenges;

pub use description::{Description, describe};
pub use files::{Error, What};
pub use made::Key;

/// The certificate's file in the folder of self-made ones.
pub const CERTIFICATE_FILE: &str = "cert.pem";
/// The key's file there.
pub const KEY_FILE: &str = "key.pem";

/// IRC in ALPN. Source: IANA, TLS ALPN protocol IDs, as the next two.
pub const IRC: &[u8] = b"irc";
/// HTTP/1.1 in ALPN.
pub const HTTP_1: &[u8] = b"http/1.1";
/// The challenge of an authority in ALPN (RFC 8737).
pub const ACME: &[u8] = b"acme-tls/1";
/// HTTP/2 in ALPN.
pub const HTTP_2: &[u8] = b"h2";

/// Tickets for quick returns that a client gets after a TLS 1.3 handshake: each costs a record and a
/// write of its own, and people who chat connect seldom and stay long.
const TICKETS: usize = 0;

/// How long before its end a certificate that is still in use is warned of, in milliseconds.
pub const ENDS_SOON_MS: i64 = 14 * 24 * 60 * 60 * 1000;

/// How long before its end a self-made certificate is renewed, in milliseconds: late, for the sake of programs that
/// know the server by its certificate and not by its key.
const RENEWED_BEFORE_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// The server's certificate and key, and where they come from.
#[derive(Debug)]
pub struct Identity {
    files: Files,
    /// Where the server makes both itself.
    made: Option<Made>,
    clock: Clock,
    provider: Arc<CryptoProvider>,
    current: Arc<Current>,
    challenges: Arc<Challenges>,
    /// Told when a certificate is asked for by hand.
    asked: Notify,
    /// Why the last attempt at getting a certificate failed, if it did.
    failure: Mutex<Option<String>>,
    /// Held while files are written: two at once could leave a key with the certificate of another.
    writing: Mutex<()>,
}

/// Where certificate and key are.
#[derive(Clone, Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    /// What an authority has signed for the same key; it comes first while it is good.
    signed: Option<PathBuf>,
}

/// What the server makes itself.
#[derive(Debug)]
struct Made {
    folder: PathBuf,
    names: Vec<String>,
}

impl Identity {
    /// Reads a certificate with its chain, and its key.
    ///
    /// # Errors
    /// [`Error`] says what is wrong with which file, and how to mend it.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, Error> {
        let files = Files { certificate: certificate.into(), key: key.into(), signed: None };
        Self::load_at(files, None, Clock::System)
    }

    /// Reads `cert.pem` and `key.pem` of this folder; what is missing is made, for `localhost` and
    /// for these names and addresses. A certificate of the server's own that is about to end, or has
    /// ended, is renewed for the same key. A certificate for that key which an authority has signed, in
    /// the file `signed`, is shown instead while it is good.
    ///
    /// # Errors
    /// [`Error`].
    pub fn make_or_load(folder: &Path, names: &[String], signed: Option<PathBuf>) -> Result<Self, Error> {
        Self::make_or_load_at(folder, names, signed, Clock::System)
    }

    fn make_or_load_at(
        folder: &Path,
        names: &[String],
        signed: Option<PathBuf>,
        clock: Clock,
    ) -> Result<Self, Error> {
        let (certificate, key) = (folder.join(CERTIFICATE_FILE), folder.join(KEY_FILE));
        files::check_folder(folder)?;
        let now = clock.now();
        if !certificate.exists() || describe(&certificate).is_ok_and(|found| has_ended(&found, now)) {
            made::make(folder, names, now, Key::Keep)?;
        }
        let made = Made { folder: folder.into(), names: names.to_vec() };
        let identity = Self::load_at(Files { certificate, key, signed }, Some(made), clock)?;
        if let Err(error) = identity.renew_if_due() {
            tracing::error!(%error, "the certificate is about to end and can't be renewed");
        }
        Ok(identity)
    }

    fn load_at(files: Files, made: Option<Made>, clock: Clock) -> Result<Self, Error> {
        let provider = Arc::new(provider());
        let shown = files.load(&provider, clock.now())?;
        Ok(Self {
            files,
            made,
            clock,
            provider,
            current: Arc::new(Current(ArcSwap::from_pointee(shown))),
            challenges: Arc::default(),
            asked: Notify::new(),
            failure: Mutex::default(),
            writing: Mutex::default(),
        })
    }

    /// Makes a new certificate where the server makes it itself, and shows it from now on; connections that
    /// are there stay. `false` where it does not.
    ///
    /// # Errors
    /// [`Error`].
    pub fn renew(&self, key: Key) -> Result<bool, Error> {
        let Some(Made { folder, names }) = &self.made else { return Ok(false) };
        {
            let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
            made::make(folder, names, self.clock.now(), key)?;
        }
        self.reload()?;
        self.asked.notify_one();
        Ok(true)
    }

    /// Renews a certificate of the server's own that is about to end, for the same key; says whether it did.
    ///
    /// # Errors
    /// [`Error`]; then everything stays as it is.
    pub fn renew_if_due(&self) -> Result<bool, Error> {
        let found = self.describe()?;
        let is_due = self.clock.now() >= found.not_after.after_ms(-RENEWED_BEFORE_MS);
        // What somebody else has signed and put there is theirs to renew.
        Ok(is_due && found.is_self_signed && self.renew(Key::Keep)?)
    }

    /// Reads the files again. New handshakes see what is in them; connections that are there stay.
    ///
    /// # Errors
    /// [`Error`]; then everything stays as it is.
    pub fn reload(&self) -> Result<(), Error> {
        let shown = self.files.load(&self.provider, self.clock.now())?;
        self.current.0.store(Arc::new(shown));
        Ok(())
    }

    /// A request (PKCS #10, DER) to sign the key for these names.
    ///
    /// # Errors
    /// [`Error`].
    pub fn request(&self, names: &[String]) -> Result<Vec<u8>, Error> {
        made::request(&self.files.key, names)
    }

    /// Shows this chain (PEM) from now on, which an authority has signed for the key, and keeps it.
    ///
    /// # Errors
    /// [`Error`], if it is not good; then everything stays as it is.
    pub fn adopt(&self, chain: &str) -> Result<(), Error> {
        let Some(signed) = &self.files.signed else { return Ok(()) };
        {
            let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
            made::keep(signed, chain, |beside| {
                files::load(beside, &self.files.key, &self.provider, self.clock.now()).map(drop)
            })?;
        }
        self.reload()
    }

    /// Has an authority that asks for this name by TLS-ALPN-01 see the digest of the key authorization.
    ///
    /// # Errors
    /// [`Error`].
    pub fn answer_challenge(&self, name: &str, digest: &[u8; 32]) -> Result<(), Error> {
        self.challenges.answer(name, digest, &self.provider)
    }

    /// Takes all answers to challenges back.
    pub fn forget_challenges(&self) {
        self.challenges.clear();
    }

    /// Waits until a new certificate is asked for by hand.
    pub async fn asked(&self) {
        self.asked.notified().await;
    }

    /// Notes how the last attempt at getting a certificate went: `None` is well.
    pub fn note_failure(&self, failure: Option<String>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    /// Why the last attempt at getting a certificate failed; `None` if it did not.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The file of the certificate in force.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.current.0.load().file.clone()
    }

    /// What other programs pin: SHA-256 of the certificate's DER form, 64 lower-case hex digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.current.0.load().pair.cert.first().map(fingerprint).unwrap_or_default()
    }

    /// What the certificate in force says of itself.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn describe(&self) -> Result<Description, Error> {
        let shown = self.current.0.load();
        description::of(&shown.pair.cert, &shown.file)
    }

    /// For any number of listeners; all of them follow a [`Self::reload`].
    ///
    /// TLS 1.3 and 1.2, X25519MLKEM768 preferred; a client certificate is asked for, not required;
    /// ALPN `irc` is answered, and none is needed.
    ///
    /// # Errors
    /// [`Error::Tls`], if rustls can't do that.
    pub fn server_config(&self) -> Result<ServerConfig, Error> {
        let clients = client::AnyCertificate::new(&self.provider);
        Ok(self.finish(self.versions()?.with_client_cert_verifier(Arc::new(clients)), &[IRC]))
    }

    /// The same for browsers: ALPN `h2` and `http/1.1`, and no certificate is asked for, which would make them
    /// ask their user.
    ///
    /// # Errors
    /// As [`Self::server_config`].
    pub fn web_config(&self) -> Result<ServerConfig, Error> {
        Ok(self.finish(self.versions()?.with_no_client_auth(), &[HTTP_2, HTTP_1]))
    }

    /// For an authority's challenge: ALPN `acme-tls/1`, and the certificates of [`Self::answer_challenge`]. `None` where
    /// no authority is asked.
    ///
    /// # Errors
    /// As [`Self::server_config`].
    pub fn challenge_config(&self) -> Result<Option<ServerConfig>, Error> {
        if self.files.signed.is_none() {
            return Ok(None);
        }
        let builder = self.versions()?.with_no_client_auth();
        let mut config =
            builder.with_cert_resolver(Arc::clone(&self.challenges) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![ACME.to_vec()];
        config.send_tls13_tickets = TICKETS;
        Ok(Some(config))
    }

    fn versions(&self) -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, Error> {
        ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|cause| Error::Tls { cause })
    }

    fn finish(&self, builder: ConfigBuilder<ServerConfig, WantsServerCert>, alpn: &[&[u8]]) -> ServerConfig {
        let mut config = builder.with_cert_resolver(Arc::clone(&self.current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        config.send_tls13_tickets = TICKETS;
        config
    }
}

/// Makes a new certificate in the folder of self-made ones, for a server that does not run.
///
/// # Errors
/// [`Error`].
pub fn renew(folder: &Path, names: &[String], key: Key) -> Result<(), Error> {
    made::make(folder, names, Clock::System.now(), key)?;
    Identity::load(&folder.join(CERTIFICATE_FILE), &folder.join(KEY_FILE)).map(drop)
}

/// Writes a file that only its owner can read; whoever reads sees the old one or the whole new one.
///
/// # Errors
/// It can't be written.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    made::replace(path, text, 0o600)
}

fn has_ended(found: &Description, now: Timestamp) -> bool {
    found.is_self_signed && now > found.not_after
}

/// SHA-256 of a certificate, 64 lower-case hex digits: how the server and its clients are known.
#[must_use]
pub fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    secret::hex(&Sha256::digest(certificate))
}

/// Given explicitly everywhere, so that no second one can slip into the build.
fn provider() -> CryptoProvider {
    use aws_lc_rs::kx_group::{SECP256R1, SECP384R1, X25519, X25519MLKEM768};
    CryptoProvider {
        kx_groups: vec![X25519MLKEM768, X25519, SECP256R1, SECP384R1],
        ..aws_lc_rs::default_provider()
    }
}

/// What is shown, and where it was read.
#[derive(Debug)]
struct Shown {
    pair: Arc<CertifiedKey>,
    file: PathBuf,
}

impl Files {
    fn load(&self, provider: &CryptoProvider, now: Timestamp) -> Result<Shown, Error> {
        let load = |file: &PathBuf| {
            let pair = files::load(file, &self.key, provider, now)?;
            Ok(Shown { pair: Arc::new(pair), file: file.clone() })
        };
        match self.signed.as_ref().filter(|file| file.exists()).map(load) {
            Some(Ok(shown)) => return Ok(shown),
            Some(Err(error)) => tracing::warn!(%error, "the signed certificate is not used"),
            None => {}
        }
        load(&self.certificate)
    }
}

#[derive(Debug)]
struct Current(ArcSwap<Shown>);

impl ResolvesServerCert for Current {
    /// There is one, whatever name is asked for: people connect by address, too.
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.load().pair))
    }
}
