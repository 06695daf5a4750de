//! A connection that can be cut: what comes to one port goes to another, or nowhere.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A relay in front of a server, until the test ends.
pub(crate) struct Cable {
    pub(crate) port: u16,
    ends: Arc<Mutex<Ends>>,
}

#[derive(Default)]
struct Ends {
    is_cut: bool,
    open: Vec<TcpStream>,
}

impl Cable {
    /// Leads to this port of the same machine.
    pub(crate) fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("localhost", 0)).unwrap();
        let own = listener.local_addr().unwrap().port();
        let ends: Arc<Mutex<Ends>> = Arc::default();
        let relayed = Arc::clone(&ends);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                // Who comes while it is cut is let go at once.
                drop(relayed.lock().unwrap().relay(near, port));
            }
        });
        Self { port: own, ends }
    }

    /// Ends all connections, and admits none.
    pub(crate) fn cut(&self) {
        let mut ends = self.ends.lock().unwrap();
        ends.is_cut = true;
        for end in ends.open.drain(..) {
            // It may have ended by itself.
            drop(end.shutdown(Shutdown::Both));
        }
    }

    pub(crate) fn mend(&self) {
        self.ends.lock().unwrap().is_cut = false;
    }
}

impl Ends {
    fn relay(&mut self, near: TcpStream, port: u16) -> io::Result<()> {
        if self.is_cut {
            return Ok(());
        }
        let far = TcpStream::connect(("localhost", port))?;
        self.open.extend([near.try_clone()?, far.try_clone()?]);
        for (mut from, mut to) in [(near.try_clone()?, far.try_clone()?), (far, near)] {
            thread::spawn(move || {
                drop(io::copy(&mut from, &mut to));
                drop(to.shutdown(Shutdown::Write));
            });
        }
        Ok(())
    }
}
