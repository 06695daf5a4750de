//! The first visit: an unknown server is shown, and its user asked once.
//!
//! Sends nothing to the server, and pins only what was shown and agreed to.

use std::io::Write as _;

use crate::client::connection::{self, ConnectError};
use crate::client::trust::{Policy, Presented, Refusal};
use crate::client::{Server, text};

use super::Error;

/// Looks who answers. Returns once the server is trusted, by whatever rule.
pub(super) async fn check(server: &Server, policy: &Policy) -> Result<(), Error> {
    let Err(error) = connection::connect(server, policy).await else {
        return Ok(());
    };
    let ConnectError::Untrusted(refusal) = error else {
        return Err(Error::Failure(error.to_string()));
    };
    let Refusal::Unknown(presented) = *refusal else {
        return Err(Error::Failure(refusal.to_string()));
    };
    if !ask(&presented) {
        return Err(Error::Failure("the server is not trusted; nothing was sent to it".into()));
    }
    policy
        .known_hosts
        .add(server, presented.pin())
        .map_err(|error| Error::Failure(format!("cannot remember the server: {error}")))?;
    println!("Remembered in {}.", policy.known_hosts.path().display());
    Ok(())
}

fn ask(presented: &Presented) -> bool {
    let Presented { server, names, fingerprint, key_exchange, .. } = presented;
    let names = text::plain(&names.join(", "));
    println!("The server {server} is not known yet, and nobody this system trusts vouches for it.");
    println!("  names in its certificate: {names}");
    println!("  SHA-256 fingerprint:      {fingerprint}");
    println!("  of its public key:        {}", presented.pin());
    println!("  key exchange:             {key_exchange}");
    println!("Compare one of the fingerprints with what its administrator told you (chatctl cert show).");
    print!("Trust this server from now on? [y/N] ");
    let mut answer = String::new();
    std::io::stdout().flush().is_ok()
        && std::io::stdin().read_line(&mut answer).is_ok()
        && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}
