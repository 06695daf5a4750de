//! Listening sockets that whoever started the server has opened already: socket activation.
//!
//! A socket is found by its address, which the unit and the settings both name, so no order of them and no
//! name has to be kept in step. Opens nothing by itself. Source: `sd_listen_fds`(3).

use std::net::SocketAddr;
use std::os::unix::net::UnixListener;
use std::path::Path;

use anyhow::Context as _;
use listenfd::ListenFd;

/// Those that nobody has taken yet.
#[derive(Debug, Default)]
pub(super) struct Inherited {
    tcp: Vec<(SocketAddr, std::net::TcpListener)>,
    unix: Vec<UnixListener>,
}

impl Inherited {
    /// What the environment says (`LISTEN_FDS`); nothing if it was meant for another process.
    ///
    /// # Errors
    /// One of them is no listening socket of a kind that is used here.
    pub(super) fn from_environment() -> anyhow::Result<Self> {
        let mut passed = ListenFd::from_env();
        let mut inherited = Self::default();
        for index in 0..passed.len() {
            if let Ok(Some(listener)) = passed.take_tcp_listener(index) {
                listener.set_nonblocking(true)?;
                inherited.tcp.push((listener.local_addr()?, listener));
                continue;
            }
            let listener = passed.take_unix_listener(index);
            let listener = listener.ok().flatten().with_context(|| {
                format!("socket {index} of those that were passed is no listener: use ListenStream=")
            })?;
            listener.set_nonblocking(true)?;
            inherited.unix.push(listener);
        }
        Ok(inherited)
    }

    /// The one that listens at exactly this address.
    pub(super) fn take_tcp(&mut self, address: SocketAddr) -> Option<std::net::TcpListener> {
        let index = self.tcp.iter().position(|(at, _)| *at == address)?;
        Some(self.tcp.swap_remove(index).1)
    }

    /// The one that listens at this path.
    pub(super) fn take_unix(&mut self, path: &Path) -> Option<UnixListener> {
        let is_at = |listener: &UnixListener| {
            listener.local_addr().is_ok_and(|address| address.as_pathname() == Some(path))
        };
        let index = self.unix.iter().position(is_at)?;
        Some(self.unix.swap_remove(index))
    }

    /// Whether all were taken: on one that is left, people would wait for ever.
    ///
    /// # Errors
    /// Names the ones that are left.
    pub(super) fn check_empty(&self) -> anyhow::Result<()> {
        let tcp = self.tcp.iter().map(|(address, _)| address.to_string());
        let unix = self.unix.iter().map(|listener| match listener.local_addr() {
            Ok(address) => address.as_pathname().map_or("unnamed".into(), |path| path.display().to_string()),
            Err(error) => error.to_string(),
        });
        let left: Vec<String> = tcp.chain(unix).collect();
        anyhow::ensure!(
            left.is_empty(),
            "the service manager listens on {} for this server, but no setting does; name it in listen or its \
             kin, or take it out of the .socket unit",
            left.join(" and ")
        );
        Ok(())
    }
}
