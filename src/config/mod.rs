//! The settings: one table, three ways to give each of them.
//!
//! A row of the table in `settings.rs` is a flag `--data-dir`, an environment variable `CHAT_SECURE_DATA_DIR`
//! and a key `data_dir` of the configuration file, in that order of precedence; then comes its
//! default. Values are checked here, once; nothing is created or opened but the file itself.

mod acme;
mod as_toml;
mod choice;
mod listen;
mod origin;
mod settings;
mod source;
mod value;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::auth::PasswordRules;
use crate::auth::password::Cost;
use crate::backup::Sources;
use crate::identity;
use crate::limits::Limits;
use crate::store::retention::Rule;
use crate::store::uploads::Quota;
use crate::uploads::{Audience, Rules};

pub use acme::{Contact, Directory, Domain};
pub use as_toml::example_file;
pub use choice::{LogFormat, Registration, RegistrationEmail, UploadAudience};
pub use listen::{Address, Listening, PlainAddress};
pub use origin::{Origin, WebUrl};
pub use settings::{Config, RELOADED};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use source::fuzz::config as fuzz_config;
pub use source::{Error, command, settings_page};
pub use value::{Database, DefaultUserModes, GuestPrefix, NetworkName, PasswordHash, ServerName};

use settings::ROWS;
use source::{CHECK, Flags};

/// Which certificate the server shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// The operator's.
    Given {
        /// The certificate and its chain (PEM).
        cert: PathBuf,
        /// Its private key (PEM).
        key: PathBuf,
    },
    /// One that the server makes in this folder.
    SelfMade {
        /// The folder.
        dir: PathBuf,
        /// Where one is that an authority has signed for the same key, if it is asked to.
        signed: Option<PathBuf>,
    },
}

impl Config {
    /// The server's: from its arguments (the first is the program's name), what `env` says and
    /// the file that one of them names.
    ///
    /// # Errors
    /// One line that names the setting, where it was given and what is allowed; or what clap has
    /// to say, the help that was asked for included.
    pub fn load(
        args: impl IntoIterator<Item = OsString>,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Error> {
        let matches = command().try_get_matches_from(args)?;
        Self::resolve(Flags::from_matches(&matches), &env)
    }

    /// The same, and with `--check-config` all settings with where each was given, as TOML, in which there
    /// is no secret.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load_or_check(
        args: impl IntoIterator<Item = OsString>,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Result<(Self, Option<String>), Error> {
        let matches = command().try_get_matches_from(args)?;
        let sources = source::Sources::read(Flags::from_matches(&matches), &env)?;
        let config = Self::from_sources(&sources)?;
        config.check()?;
        let report = matches.get_flag(CHECK).then(|| config.provenance.in_force.clone());
        Ok((config, report))
    }

    /// The same server's, for a tool that is only told which one it is.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load_for_tool(
        data_dir: Option<&Path>,
        config: Option<&Path>,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Error> {
        Self::resolve(Flags::for_tool(data_dir, config), &env)
    }

    fn resolve(flags: Flags, env: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let config = Self::from_sources(&source::Sources::read(flags, env)?)?;
        config.check()?;
        Ok(config)
    }

    /// What no row can say alone.
    fn check(&self) -> Result<(), Error> {
        if self.cert.is_some() != self.key.is_some() {
            let (given, missing) = if self.cert.is_some() { ("cert", "key") } else { ("key", "cert") };
            return Err(Error::together(format!(
                "{given} is set but {missing} is not: set both, or neither and the server makes its own"
            )));
        }
        if !self.acme_domain.is_empty() && self.cert.is_some() {
            return Err(Error::together(
                "acme_domain and cert are both set: set one of them, the certificate is got or given".into(),
            ));
        }
        if !self.acme_domain.is_empty() && !self.acme_agree_terms {
            return Err(Error::together(format!(
                "acme_domain is set but acme_agree_terms is not: read the terms of service of {} and set it to true",
                self.acme_directory
            )));
        }
        if self.argon2_memory_kib < 8 * self.argon2_lanes {
            return Err(Error::together(format!(
                "argon2_memory_kib is {} but must be at least 8 times argon2_lanes, which is {}",
                self.argon2_memory_kib, self.argon2_lanes
            )));
        }
        if !self.registration_before_connect && !self.guests && self.registration != Registration::Closed {
            return Err(Error::together(
                "registration_before_connect and guests are both false: nobody could register; set one of \
                 them to true, or registration to closed"
                    .into(),
            ));
        }
        if self.listen.is_empty()
            && self.listen_plain.is_empty()
            && self.listen_web.is_empty()
            && self.listen_web_plain.is_empty()
        {
            return Err(Error::together(
                "listen, listen_plain, listen_web and listen_web_plain are all empty: nobody could connect"
                    .into(),
            ));
        }
        Ok(())
    }

    /// Which certificate the server shows.
    #[must_use]
    pub fn certificate(&self) -> Certificate {
        match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => Certificate::Given { cert: cert.clone(), key: key.clone() },
            (None, _) | (_, None) => Certificate::SelfMade {
                dir: self.certs_dir.clone(),
                signed: (!self.acme_domain.is_empty())
                    .then(|| self.acme_dir().join(identity::CERTIFICATE_FILE)),
            },
        }
    }

    /// Folder of what an authority has given: the account and the certificate.
    #[must_use]
    pub fn acme_dir(&self) -> PathBuf {
        self.data_dir.join("acme")
    }

    /// Where accounts and history are.
    #[must_use]
    pub fn database(&self) -> Database {
        self.database.clone().unwrap_or_else(|| Database::Sqlite(self.data_dir.join("chat-secure.db")))
    }

    /// What the server is made of, and where that is, as a backup wants to know it.
    ///
    /// # Errors
    /// The system's, which does not know the working directory.
    pub fn backup_sources(&self) -> std::io::Result<Sources> {
        let absolute = |path: &Path| std::path::absolute(path);
        let (certificate, key, self_made) = match self.certificate() {
            Certificate::Given { cert, key } => (cert, key, false),
            Certificate::SelfMade { dir, .. } => {
                (dir.join(identity::CERTIFICATE_FILE), dir.join(identity::KEY_FILE), true)
            }
        };
        let Database::Sqlite(database) = self.database();
        Ok(Sources {
            server_name: self.server_name.to_string(),
            data_dir: absolute(&self.data_dir)?,
            database: absolute(&database)?,
            certificate: absolute(&certificate)?,
            key: absolute(&key)?,
            self_made,
            config: self.provenance.file.as_deref().map(absolute).transpose()?,
            settings: self.provenance.in_force.clone(),
        })
    }

    /// Which files are taken, how many, and for whom.
    #[must_use]
    pub fn upload_rules(&self) -> Rules {
        let bytes = |mib: u64| mib.saturating_mul(1024 * 1024);
        Rules {
            file_bytes_max: bytes(self.upload_mib_max),
            quota: Quota {
                account_bytes_max: bytes(self.uploads_per_account_mib_max),
                bytes_max: bytes(self.uploads_mib_max),
            },
            audience: match self.uploads_public {
                UploadAudience::Members => Audience::Members,
                UploadAudience::Link => Audience::Link,
            },
        }
    }

    /// What new passwords are measured by.
    #[must_use]
    pub fn password_rules(&self) -> PasswordRules {
        PasswordRules {
            bytes_min: self.password_bytes_min,
            names: vec![self.server_name.to_string(), self.network_name.to_string()],
            weak_ones: self.weak_passwords,
        }
    }

    /// How much of the history of a room is kept that has no rule of its own.
    #[must_use]
    pub fn retention(&self) -> Rule {
        Rule { days_max: self.history_days_max, entries_max: self.history_entries_max }
    }

    /// What one argon2id hash costs.
    #[must_use]
    pub fn argon2_cost(&self) -> Cost {
        Cost { memory_kib: self.argon2_memory_kib, passes: self.argon2_passes, lanes: self.argon2_lanes }
    }

    /// Hashes that are calculated at one time.
    #[must_use]
    pub fn hash_threads(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        self.hash_threads.unwrap_or((cores / 2).max(1))
    }

    /// The bounds that an operator may set.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            sessions_max: self.sessions_max,
            sessions_per_address_max: self.sessions_per_address_max,
            unregistered_max: self.unregistered_max,
            unregistered_per_address_max: self.unregistered_per_address_max,
            connects_burst: self.connects_burst,
            connects_per_second: self.connects_per_second,
            limit_loopback: self.limit_loopback,
            rooms_max: self.rooms_max,
            rooms_per_user_max: self.rooms_per_user_max,
            history_page_len_max: self.history_page_len_max,
            search_page_len_max: self.search_page_len_max,
            replay_len: self.replay_len,
            handshake_timeout_s: self.handshake_timeout_s,
            registration_timeout_s: self.registration_timeout_s,
            ping_interval_s: self.ping_interval_s,
            ping_timeout_s: self.ping_timeout_s,
            batch_timeout_s: self.batch_timeout_s,
            flood_burst: self.flood_burst,
            flood_per_second: self.flood_per_second,
            flood_bytes_burst: self.flood_bytes_burst,
            flood_bytes_per_second: self.flood_bytes_per_second,
        }
    }
}
