//! The known-hosts file: which key each server showed when its user said yes.
//!
//! One `host:port spki-sha256:HEX` a line, or `sha256:HEX` for one certificate of it, `#` begins a comment. Written whole and moved into place,
//! readable by its owner only; a file that can't be understood is an error, never skipped over.

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::connection::Server;
use super::fingerprint::Fingerprint;

/// The file, which need not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHosts {
    path: PathBuf,
}

/// What the file holds about one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// What it showed.
    pub fingerprint: Fingerprint,
    /// Where that is written: the file.
    pub path: PathBuf,
    /// Where that is written: the line, counted from 1.
    pub line: usize,
}

/// The file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KnownHostsError {
    /// Reading or writing failed.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// A line is not `host:port spki-sha256:HEX`.
    #[error("{}, line {line}: expected `host:port spki-sha256:HEX`; mend or remove the line", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: usize,
    },
    /// Neither XDG_CONFIG_HOME nor HOME is set.
    #[error("no place for the known-hosts file: set HOME or XDG_CONFIG_HOME")]
    Homeless,
}

impl KnownHosts {
    /// The file at this path.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// `$XDG_CONFIG_HOME/chat-secure/known_hosts`, or below `~/.config`.
    ///
    /// # Errors
    /// [`KnownHostsError::Homeless`] if the environment names neither.
    pub fn of_user() -> Result<Self, KnownHostsError> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let config = variable("XDG_CONFIG_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".config")))
            .ok_or(KnownHostsError::Homeless)?;
        Ok(Self::at(config.join("chat-secure").join("known_hosts")))
    }

    /// Where the file is or will be.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is written about this server.
    ///
    /// # Errors
    /// [`KnownHostsError`] if the file exists and can't be read or understood.
    pub fn find(&self, server: &Server) -> Result<Option<Pin>, KnownHostsError> {
        self.find_in(&self.read()?, server)
    }

    fn find_in(&self, text: &str, server: &Server) -> Result<Option<Pin>, KnownHostsError> {
        for (index, line) in text.lines().enumerate() {
            let line_number = index + 1;
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let malformed = || KnownHostsError::Line { path: self.path.clone(), line: line_number };
            let (name, fingerprint) = line.split_once(char::is_whitespace).ok_or_else(malformed)?;
            let fingerprint = fingerprint.trim().parse().map_err(|_| malformed())?;
            if name.eq_ignore_ascii_case(&server.to_string()) {
                return Ok(Some(Pin { fingerprint, path: self.path.clone(), line: line_number }));
            }
        }
        Ok(None)
    }

    /// Remembers what this server showed; call only after [`KnownHosts::find`] knew nothing.
    ///
    /// # Errors
    /// [`KnownHostsError::File`] if the file can't be written; it is then as it was.
    pub fn add(&self, server: &Server, fingerprint: Fingerprint) -> Result<(), KnownHostsError> {
        let text = Self::with(self.read()?, server, fingerprint);
        self.write(&text).map_err(|cause| self.failed(cause))
    }

    fn with(mut text: String, server: &Server, fingerprint: Fingerprint) -> String {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&format!("{server} {fingerprint}\n"));
        text
    }

    /// Has the pin of a certificate become one of the key in it, which outlasts a renewal. Call only with what
    /// the server has just proved to hold.
    ///
    /// # Errors
    /// [`KnownHostsError`]; the file is then as it was.
    pub fn pin_key(&self, server: &Server, certificate: &[u8]) -> Result<(), KnownHostsError> {
        let Some(pin) = self.find(server)?.filter(|pin| !pin.fingerprint.is_of_key()) else { return Ok(()) };
        let Some(key) = Fingerprint::of_key(certificate).filter(|_| pin.fingerprint.matches(certificate))
        else {
            return Ok(());
        };
        let text = self.read()?;
        let lines = text.lines().enumerate().map(|(index, line)| {
            if index + 1 == pin.line { format!("{server} {key}\n") } else { format!("{line}\n") }
        });
        self.write(&lines.collect::<String>()).map_err(|cause| self.failed(cause))
    }

    fn read(&self) -> Result<String, KnownHostsError> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            Err(cause) => Err(self.failed(cause)),
        }
    }

    /// A crash half-way leaves the old file: the new one is complete before it takes the name.
    fn write(&self, text: &str) -> io::Result<()> {
        if let Some(directory) = self.path.parent() {
            fs::create_dir_all(directory)?;
        }
        let draft = self.path.with_extension(format!("{}.draft", std::process::id()));
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, &self.path)
    }

    fn failed(&self, cause: io::Error) -> KnownHostsError {
        KnownHostsError::File { path: self.path.clone(), cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn server(text: &str) -> Server {
        let (host, port) = text.rsplit_once(':').unwrap();
        Server { host: host.into(), port: port.parse().unwrap() }
    }

    fn file(text: &str) -> (tempfile::TempDir, KnownHosts) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("known_hosts");
        fs::write(&path, text).unwrap();
        (directory, KnownHosts::at(path))
    }

    #[test]
    fn a_server_is_found_by_host_and_port() {
        let (one, two) = (Fingerprint::of(b"1"), Fingerprint::of(b"2"));
        let (_directory, hosts) =
            file(&format!("# my servers\n\nchat.example:6697 {one}\n  chat.example:7000   {two}  \n"));
        let pin = hosts.find(&server("Chat.Example:6697")).unwrap().unwrap();
        assert_eq!((pin.fingerprint, pin.line), (one, 3));
        let pin = hosts.find(&server("chat.example:7000")).unwrap().unwrap();
        assert_eq!((pin.fingerprint, pin.line), (two, 4));
        assert_eq!(hosts.find(&server("other.example:6697")).unwrap(), None);
    }

    #[test]
    fn a_line_that_makes_no_sense_is_an_error_that_names_it() {
        for text in ["chat.example:6697", "chat.example:6697 sha256:abc", "x\n"] {
            let (_directory, hosts) = file(&format!("# fine\n{text}"));
            let error = hosts.find(&server("chat.example:6697")).unwrap_err().to_string();
            assert!(error.contains("line 2"), "{error}");
        }
    }

    #[test]
    fn the_pin_of_a_certificate_becomes_one_of_its_key_and_all_else_stays() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["a".to_owned()]).unwrap();
        let certificate = certificate.self_signed(&key).unwrap();
        let (old, other) = (Fingerprint::of(certificate.der()), Fingerprint::of(b"other"));
        let before = format!("# mine\na:1 {other}\nb:2 {old}\nc:3 {other}");
        let (_directory, hosts) = file(&before);
        hosts.pin_key(&server("a:1"), certificate.der()).unwrap();
        hosts.pin_key(&server("d:4"), certificate.der()).unwrap();
        assert_eq!(fs::read_to_string(hosts.path()).unwrap(), before, "another certificate, no pin at all");
        hosts.pin_key(&server("b:2"), certificate.der()).unwrap();
        let of_key = Fingerprint::of_key(certificate.der()).unwrap();
        let after = format!("# mine\na:1 {other}\nb:2 {of_key}\nc:3 {other}\n");
        assert_eq!(fs::read_to_string(hosts.path()).unwrap(), after);
        hosts.pin_key(&server("b:2"), certificate.der()).unwrap();
        assert_eq!(fs::read_to_string(hosts.path()).unwrap(), after);
    }

    #[test]
    fn what_is_added_is_found_and_is_the_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let hosts = KnownHosts::at(directory.path().join("new").join("known_hosts"));
        assert_eq!(hosts.find(&server("a:1")).unwrap(), None);
        hosts.add(&server("a:1"), Fingerprint::of(b"1")).unwrap();
        hosts.add(&server("::1:2"), Fingerprint::of(b"2")).unwrap();
        assert_eq!(hosts.find(&server("a:1")).unwrap().unwrap().line, 1);
        assert_eq!(hosts.find(&server("::1:2")).unwrap().unwrap().fingerprint, Fingerprint::of(b"2"));
        let mode = fs::metadata(hosts.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(hosts.path().parent().unwrap()).unwrap().count(), 1);
    }
}
