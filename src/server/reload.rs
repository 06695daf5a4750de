//! Settings and certificate, read again while the server runs: what changed, what is in force at once,
//! and what waits for a start. Logs names of settings, never their values.

use std::sync::Arc;

use crate::config::{self, Config, RELOADED};
use crate::session::{Email, Policy, Registration};

use super::Running;
use super::renewal::Renewal;

/// The settings of the start, and those that were read last.
#[derive(Debug)]
pub(super) struct InForce {
    started: Config,
    last: Config,
}

/// Names of settings.
#[derive(Debug, PartialEq, Eq)]
struct Changes {
    /// Others than when they were read before.
    changed: Vec<&'static str>,
    /// Others than at the start, which is what counts for them.
    waiting: Vec<&'static str>,
}

impl InForce {
    pub(super) fn new(started: Config) -> Self {
        Self { last: started.clone(), started }
    }

    /// Reads the certificate and the configuration again. What can't be read is kept as it was; what
    /// takes a restart waits for one.
    pub(super) fn read_again(
        &mut self,
        renewal: &Renewal,
        running: &Running,
        reload: &impl Fn() -> Result<Config, config::Error>,
    ) {
        let identity = &renewal.identity;
        match identity.reload() {
            Ok(()) => tracing::info!(fingerprint = identity.fingerprint(), "certificate loaded again"),
            Err(error) => tracing::error!(%error, "the new certificate is not used, the old one is kept"),
        }
        renewal.look();
        match reload() {
            Ok(config) => {
                running.adopt(Arc::new(policy_of(&config)));
                let Changes { changed, waiting } = self.replace(config);
                tracing::info!(changed = changed.join(" "), "the configuration is read again");
                if !waiting.is_empty() {
                    tracing::warn!(settings = waiting.join(" "), "changed settings wait for a restart");
                }
            }
            Err(error) => tracing::error!(%error, "the configuration is not read again, the old one is kept"),
        }
    }

    fn replace(&mut self, new: Config) -> Changes {
        let changed = self.last.differing(&new);
        let mut waiting = self.started.differing(&new);
        waiting.retain(|name| !RELOADED.contains(name));
        self.last = new;
        Changes { changed, waiting }
    }
}

/// What may change while the server runs: the settings of [`RELOADED`].
pub(super) fn policy_of(config: &Config) -> Policy {
    Policy {
        registration: match config.registration {
            config::Registration::Invite => Registration::Invite,
            config::Registration::Open => Registration::Open,
            config::Registration::Closed => Registration::Closed,
        },
        registration_before_connect: config.registration_before_connect,
        registration_email: match config.registration_email {
            config::RegistrationEmail::None => Email::None,
            config::RegistrationEmail::Optional => Email::Optional,
            config::RegistrationEmail::Required => Email::Required,
        },
        server_password_hash: config.server_password_hash.as_ref().map(|hash| hash.as_str().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(flags: &[&str]) -> Config {
        let args = ["chat-secure-server"].iter().chain(flags).map(Into::into);
        Config::load(args, |_| None).unwrap()
    }

    #[test]
    fn what_waits_for_a_restart_is_named_until_it_is_as_at_the_start() {
        let mut in_force = InForce::new(config(&["--guests"]));
        let changes = |changed: &[&'static str], waiting: &[&'static str]| Changes {
            changed: changed.to_vec(),
            waiting: waiting.to_vec(),
        };
        let replaced = in_force.replace(config(&["--guests"]));
        assert_eq!(replaced, changes(&[], &[]));
        let replaced = in_force.replace(config(&["--registration=open"]));
        assert_eq!(replaced, changes(&["registration", "guests"], &["guests"]));
        let replaced = in_force.replace(config(&["--registration=open"]));
        assert_eq!(replaced, changes(&[], &["guests"]));
        let replaced = in_force.replace(config(&["--guests"]));
        assert_eq!(replaced, changes(&["registration", "guests"], &[]));
    }

    #[test]
    fn the_settings_that_sighup_is_enough_for_are_the_policy() {
        let hash = "--server-password-hash=$argon2id$v=19$m=8,t=1,p=1$aXJjdGVzdC1maXhlZC1zYQ$AQEBEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBA";
        let flags = [
            "--registration=open",
            "--registration-before-connect=false",
            "--registration-email=required",
            hash,
        ];
        assert_eq!(flags.len(), RELOADED.len());
        let guests = config(&["--guests"]);
        for (flag, name) in flags.iter().zip(RELOADED) {
            let other = config(&["--guests", flag]);
            assert_eq!(guests.differing(&other), [*name]);
            assert_ne!(policy_of(&guests), policy_of(&other), "{name}");
        }
    }
}
