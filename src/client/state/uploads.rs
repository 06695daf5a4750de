//! Files for the server: whether it takes any, where, and as whom one comes.
//!
//! Source: soju, doc/ext/filehost.md.

use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::client::event::{self, Event, Progress};
use crate::client::profile::Identity;

use super::State;

/// Files that may wait to be sent.
const UPLOADS_MAX: usize = 16;

/// A file to be sent, for the driver.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The caller's number for it.
    pub id: u64,
    /// The file.
    pub path: PathBuf,
    /// Where the server takes it: an address with `https://`.
    pub address: String,
    /// The account and its password, if there is one.
    pub credentials: Option<(String, Zeroizing<String>)>,
}

impl State {
    /// The next file to be sent.
    pub fn take_upload(&mut self) -> Option<Upload> {
        self.uploads.pop_front()
    }

    pub(super) fn upload(&mut self, id: u64, path: PathBuf) {
        let refused = match (&self.link.tokens.file_host, self.uploads.len()) {
            (Some(_), UPLOADS_MAX..) => "too many files are waiting",
            (Some(address), _) => {
                let credentials = match &self.profile.identity {
                    // The account alone: a bouncer takes files for all its networks.
                    Identity::SignIn { name, password } => Some((name.nick().to_string(), password.clone())),
                    Identity::SignUp { .. } | Identity::Guest { .. } => None,
                };
                let address = address.clone();
                return self.uploads.push_back(Upload { id, path, address, credentials });
            }
            (None, _) if self.link.online => "this server takes no files",
            (None, _) => "there is no connection at the moment",
        };
        let progress = Progress::Failed { reason: refused.into() };
        self.events.push_back(Event::Upload(event::Upload { id, progress }));
    }
}
