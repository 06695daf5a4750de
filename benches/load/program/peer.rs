//! A server that is measured: its name in the table, its address, and its process.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::str::FromStr;

use anyhow::{Context as _, Error, Result, bail};

use super::process::Process;

/// A server as the table names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    /// For CPU and memory, where the process is known.
    pub(crate) process: Option<Process>,
    /// Whether IRC is spoken there over WebSocket.
    pub(crate) web: bool,
}

impl FromStr for Peer {
    type Err = Error;

    /// `NAME=HOST:PORT[,pid=N][,web]`
    fn from_str(text: &str) -> Result<Self> {
        let (name, rest) = text.split_once('=').context("a server is NAME=HOST:PORT[,pid=N][,web]")?;
        let mut parts = rest.split(',');
        let address = parts.next().unwrap_or_default();
        let address = address.to_socket_addrs().with_context(|| format!("{address} is no HOST:PORT"))?.next();
        let address = address.context("no address")?;
        let mut peer = Self { name: name.to_owned(), address, process: None, web: false };
        for part in parts {
            match part.split_once('=') {
                Some(("pid", pid)) => peer.process = Some(Process(pid.parse().context("pid is a number")?)),
                None if part == "web" => peer.web = true,
                _ => bail!("{part:?} is not known here; pid=N and web are"),
            }
        }
        Ok(peer)
    }
}
