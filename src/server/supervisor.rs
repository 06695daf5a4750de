//! The service manager, such as systemd, told how the server fares. Source: sd_notify(3).
//!
//! Never waits for it, and never fails because of it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::journal::Journal;

/// Where the manager listens, if there is one.
#[derive(Debug)]
pub(super) struct Supervisor {
    socket: Option<UnixDatagram>,
    /// How often it wants to hear that the server lives.
    beat: Option<Duration>,
}

impl Supervisor {
    /// The one that started this process, by what it left in the environment.
    pub(super) fn from_environment(env: impl Fn(&str) -> Option<OsString>) -> Self {
        let socket = env("NOTIFY_SOCKET").and_then(|name| {
            let socket = connect(&name);
            socket.inspect_err(|error| tracing::warn!(%error, "can't reach NOTIFY_SOCKET")).ok()
        });
        let number = |name: &str| env(name)?.to_str()?.parse::<u64>().ok();
        // Without a number it means everybody.
        let is_meant = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
        let limit = number("WATCHDOG_USEC").filter(|us| is_meant && *us > 1);
        Self { socket, beat: limit.map(|us| Duration::from_micros(us / 2)) }
    }

    /// Everybody is received at these addresses.
    pub(super) fn ready(&self, addresses: &[String]) {
        self.tell(&format!("READY=1\nSTATUS=listening on {}", addresses.join(", ")));
    }

    /// Settings are being read again; [`Supervisor::ready`] ends it.
    pub(super) fn reloading(&self) {
        self.tell("RELOADING=1");
    }

    /// The end has begun.
    pub(super) fn stopping(&self) {
        self.tell("STOPPING=1\nSTATUS=stopping");
    }

    /// Gives a sign of life as long as the journal's writer answers; a writer that hangs, or a store that
    /// it hangs on, gives none, and the manager starts the server again.
    pub(super) async fn watch(self: Arc<Self>, journal: Journal) {
        self.beat_while(|| {
            let journal = journal.clone();
            async move { journal.answers().await }
        })
        .await;
    }

    async fn beat_while<F: Future<Output = bool>>(&self, answers: impl Fn() -> F) {
        let (Some(beat), Some(_)) = (self.beat, &self.socket) else { return };
        let mut beats = interval(beat);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beats.tick().await;
            if !answers().await {
                return;
            }
            self.tell("WATCHDOG=1");
        }
    }

    fn tell(&self, state: &str) {
        let Some(socket) = &self.socket else { return };
        if let Err(error) = socket.send(state.as_bytes()) {
            tracing::warn!(%error, state, "the service manager does not hear");
        }
    }
}

fn connect(name: &OsStr) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.connect_addr(&address(name)?)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// A path, or with @ in front a name that stands for no file.
fn address(name: &OsStr) -> io::Result<SocketAddr> {
    match name.as_bytes() {
        #[cfg(target_os = "linux")]
        [b'@', name @ ..] => {
            use std::os::linux::net::SocketAddrExt as _;
            SocketAddr::from_abstract_name(name)
        }
        [b'/', ..] => SocketAddr::from_pathname(name),
        _ => Err(io::Error::new(io::ErrorKind::Unsupported, "it is neither a path nor @ and a name")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    fn supervisor(variables: &[(&str, &str)]) -> Supervisor {
        Supervisor::from_environment(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_watchdog_of_another_process_is_not_ours() {
        let own = std::process::id().to_string();
        for (variables, beat_us) in [
            (&[][..], None),
            (&[("WATCHDOG_USEC", "30000000")], Some(15_000_000)),
            (&[("WATCHDOG_USEC", "30000000"), ("WATCHDOG_PID", &own)], Some(15_000_000)),
            (&[("WATCHDOG_USEC", "30000000"), ("WATCHDOG_PID", "1")], None),
            (&[("WATCHDOG_USEC", "0")], None),
            (&[("WATCHDOG_USEC", "soon")], None),
        ] {
            assert_eq!(supervisor(variables).beat, beat_us.map(Duration::from_micros), "{variables:?}");
        }
    }

    #[test]
    fn without_a_manager_nothing_is_said_and_nothing_fails() {
        for variables in [&[][..], &[("NOTIFY_SOCKET", "/nowhere/at.all")], &[("NOTIFY_SOCKET", "vsock:2:1")]]
        {
            let supervisor = supervisor(variables);
            assert!(supervisor.socket.is_none());
            supervisor.ready(&[]);
        }
    }

    #[tokio::test]
    async fn a_writer_that_hangs_gives_no_sign_of_life() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        manager.set_nonblocking(true).unwrap();
        let supervisor = supervisor(&[("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "2000")]);
        let (asked, hanging) = (AtomicUsize::new(0), Notify::new());
        let answers = || async {
            if asked.fetch_add(1, Ordering::Relaxed) < 2 {
                return true;
            }
            hanging.notify_one();
            std::future::pending().await
        };
        tokio::select! {
            () = supervisor.beat_while(answers) => panic!("it ended"),
            () = hanging.notified() => {}
        }
        let mut bytes = [0; 64];
        for _ in 0..2 {
            let len = manager.recv(&mut bytes).unwrap();
            assert_eq!(&bytes[..len], b"WATCHDOG=1");
        }
        assert_eq!(manager.recv(&mut bytes).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}
