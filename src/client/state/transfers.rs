//! Files for the server and from links: whether they are taken, where, and as whom one comes.
//!
//! Source: soju, doc/ext/filehost.md.

use std::path::PathBuf;

use crate::client::event::{self, Event, Progress};
use crate::client::filehost::{self, Credentials};
use crate::client::profile::Identity;

use super::State;

/// Files that may wait for their turn.
const WAITING_MAX: usize = 16;

/// A file to be sent or fetched, for the driver.
#[derive(Clone, Debug)]
pub enum Transfer {
    /// To the server.
    Upload(Upload),
    /// From a link.
    Download(Download),
}

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
    pub credentials: Option<Credentials>,
}

/// A file to be fetched, for the driver.
#[derive(Clone, Debug)]
pub struct Download {
    /// The caller's number for it.
    pub id: u64,
    /// Where it is to be had.
    pub link: String,
    /// The new file, or the folder for it.
    pub path: PathBuf,
    /// The account and its password, if the link leads to where the server has its files.
    pub credentials: Option<Credentials>,
}

impl State {
    /// The next file to be sent or fetched.
    pub fn take_transfer(&mut self) -> Option<Transfer> {
        self.transfers.pop_front()
    }

    pub(super) fn upload(&mut self, id: u64, path: PathBuf) {
        match self.link.tokens.file_host.clone() {
            Some(address) => {
                let credentials = self.credentials();
                self.transfer(id, Transfer::Upload(Upload { id, path, address, credentials }));
            }
            None if self.link.online => self.not_transferred(id, "this server takes no files"),
            None => self.not_transferred(id, "there is no connection at the moment"),
        }
    }

    pub(super) fn download(&mut self, id: u64, link: String, path: PathBuf) {
        let host = self.link.tokens.file_host.as_ref();
        let is_known = host.is_some_and(|host| filehost::is_same_place(host, &link));
        let credentials = if is_known { self.credentials() } else { None };
        self.transfer(id, Transfer::Download(Download { id, link, path, credentials }));
    }

    fn transfer(&mut self, id: u64, transfer: Transfer) {
        if self.transfers.len() < WAITING_MAX {
            self.transfers.push_back(transfer);
        } else {
            self.not_transferred(id, "too many files are waiting");
        }
    }

    fn not_transferred(&mut self, id: u64, reason: &str) {
        let progress = Progress::Failed { reason: reason.into() };
        self.events.push_back(Event::Transfer(event::Transfer { id, progress }));
    }

    /// The account alone: a bouncer has files for all its networks.
    fn credentials(&self) -> Option<Credentials> {
        match &self.profile.identity {
            Identity::SignIn { name, password, .. } => Some((name.nick().to_string(), password.clone())),
            Identity::SignUp { .. } | Identity::Guest { .. } => None,
        }
    }
}
