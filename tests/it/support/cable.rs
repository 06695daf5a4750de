//! A connection that can be cut or pulled: what comes to one port goes to another, or nowhere.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// A relay in front of a server, until the test ends.
pub(crate) struct Cable {
    pub(crate) port: u16,
    ends: Arc<(Mutex<Ends>, Condvar)>,
}

#[derive(Default)]
struct Ends {
    is_cut: bool,
    is_pulled: bool,
    open: Vec<TcpStream>,
}

impl Cable {
    /// Leads to this port of the same machine.
    pub(crate) fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("localhost", 0)).unwrap();
        let own = listener.local_addr().unwrap().port();
        let ends: Arc<(Mutex<Ends>, Condvar)> = Arc::default();
        let relayed = Arc::clone(&ends);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                // Who comes while it is cut is let go at once.
                drop(relay(&relayed, near, port));
            }
        });
        Self { port: own, ends }
    }

    /// Ends all connections, and admits none.
    pub(crate) fn cut(&self) {
        let mut ends = self.ends.0.lock().unwrap();
        ends.is_cut = true;
        for end in ends.open.drain(..) {
            // It may have ended by itself.
            drop(end.shutdown(Shutdown::Both));
        }
    }

    /// Nothing gets through any more, and nobody is told.
    pub(crate) fn pull(&self) {
        self.ends.0.lock().unwrap().is_pulled = true;
    }

    pub(crate) fn mend(&self) {
        let mut ends = self.ends.0.lock().unwrap();
        (ends.is_cut, ends.is_pulled) = (false, false);
        drop(ends);
        self.ends.1.notify_all();
    }
}

fn relay(ends: &Arc<(Mutex<Ends>, Condvar)>, near: TcpStream, port: u16) -> io::Result<()> {
    let mut locked = ends.0.lock().unwrap();
    if locked.is_cut {
        return Ok(());
    }
    let far = TcpStream::connect(("localhost", port))?;
    locked.open.extend([near.try_clone()?, far.try_clone()?]);
    drop(locked);
    for (from, to) in [(near.try_clone()?, far.try_clone()?), (far, near)] {
        let ends = Arc::clone(ends);
        thread::spawn(move || {
            drop(pass_on(&ends, &from, &to));
            drop(to.shutdown(Shutdown::Write));
        });
    }
    Ok(())
}

/// Until one side ends; it may be told late.
fn pass_on(ends: &(Mutex<Ends>, Condvar), mut from: &TcpStream, mut to: &TcpStream) -> io::Result<()> {
    let mut bytes = [0; 16 * 1024];
    loop {
        let read = from.read(&mut bytes)?;
        drop(ends.1.wait_while(ends.0.lock().unwrap(), |ends| ends.is_pulled).unwrap());
        if read == 0 {
            return Ok(());
        }
        to.write_all(&bytes[..read])?;
    }
}
