//! Who the server is: the rules by which its certificate is believed.
//!
//! In this order: the fingerprint given, the authority given, the pin of an earlier visit, the
//! system's roots. There is no rule that believes everybody, and no switch to make one. A server
//! that nobody vouches for is [`Refusal::Unknown`]: a front end may show it, ask, and pin it.

#[cfg(test)]
mod tests;
mod verifier;

use std::fmt;
use std::path::PathBuf;

use super::connection::Server;
use super::fingerprint::Fingerprint;
use super::known_hosts::{KnownHosts, KnownHostsError, Pin};

pub use verifier::Verifier;

/// What the user said about whom to trust.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Only a certificate with this fingerprint.
    pub fingerprint: Option<Fingerprint>,
    /// Only certificates that these authorities (a PEM file) vouch for.
    pub ca: Option<PathBuf>,
    /// Pins of earlier visits.
    pub known_hosts: KnownHosts,
}

/// Why a server was believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Its certificate has the fingerprint given.
    Fingerprint,
    /// The authority given vouches for it.
    Authority,
    /// It has the same key, or showed the same certificate, as before.
    Pin,
    /// An authority that this system trusts vouches for it.
    System,
}

/// What a server showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    /// Who was called.
    pub server: Server,
    /// The names in the certificate.
    pub names: Vec<String>,
    /// Of the certificate.
    pub fingerprint: Fingerprint,
    /// Of the key in it; `None` if that can't be read.
    pub key: Option<Fingerprint>,
    /// Such as `X25519MLKEM768`; empty if the handshake was broken off.
    pub key_exchange: String,
}

impl Presented {
    /// What is remembered of it: the key, which outlasts its certificates.
    #[must_use]
    pub fn pin(&self) -> Fingerprint {
        self.key.unwrap_or(self.fingerprint)
    }

    /// What is to be compared with this fingerprint.
    fn beside(&self, other: &Fingerprint) -> Fingerprint {
        if other.is_of_key() { self.pin() } else { self.fingerprint }
    }
}

/// Why a server was not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody vouches for it, and it was never visited before.
    #[error("{}", describe_unknown(.0))]
    Unknown(Presented),
    /// It shows another certificate than before.
    #[error("{}", describe_changed(.presented, .pin))]
    Changed {
        /// What it shows now.
        presented: Presented,
        /// What it showed before.
        pin: Pin,
    },
    /// Not the fingerprint that was given.
    #[error(
        "the certificate of {} is not the one expected\n  expected: {expected}\n  shown:    {}\nCompare with `chatctl cert show` on the server.",
        presented.server, presented.beside(expected)
    )]
    OtherFingerprint {
        /// What was given.
        expected: Fingerprint,
        /// What it shows.
        presented: Presented,
    },
    /// The authority given does not vouch for it, or not for this name.
    #[error("{} does not vouch for {}: {cause}\n  shown: {}", ca.display(), presented.server, presented.fingerprint)]
    Authority {
        /// The file of the authority.
        ca: PathBuf,
        /// What it shows.
        presented: Presented,
        /// The rule it breaks.
        cause: String,
    },
    /// A known authority vouches for the certificate, but it is expired, revoked or for another name.
    #[error("the certificate of {} is not valid: {cause}\n  names in it: {}", presented.server, presented.names.join(", "))]
    Invalid {
        /// What it shows.
        presented: Presented,
        /// The rule it breaks.
        cause: String,
    },
}

/// The rules could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file of the authority holds no certificates.
    #[error("cannot use {} as an authority: {cause}", path.display())]
    Ca {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// The known-hosts file is unusable.
    #[error(transparent)]
    KnownHosts(#[from] KnownHostsError),
}

fn describe_unknown(presented: &Presented) -> impl fmt::Display {
    let Presented { server, names, fingerprint, key_exchange, .. } = presented;
    let key = presented.pin();
    format!(
        "nobody this system trusts vouches for {server}, and it was not visited before\n  names in its certificate: {}\n  SHA-256 fingerprint:      {fingerprint}\n  of its public key:        {key}\n  key exchange:             {key_exchange}",
        names.join(", ")
    )
}

fn describe_changed(presented: &Presented, pin: &Pin) -> impl fmt::Display {
    let Presented { server, .. } = presented;
    let Pin { fingerprint: old, path, line } = pin;
    let new = presented.beside(old);
    let path = path.display();
    format!(
        "!!! THE CERTIFICATE OF {server} HAS CHANGED !!!\n\
         Somebody may be listening in. Nothing was sent.\n  \
           before: {old}\n  \
           now:    {new}\n  \
           pinned in {path}, line {line}\n\
         If the server's administrator says that the change was intended, run `chatctl cert show`\n\
         there, compare the fingerprint with the one above, then remove that line:\n  \
           sed -i {line}d '{path}'\n\
         and connect again."
    )
}
