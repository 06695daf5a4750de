//! The files on their way, each in a task of its own that ends with the session.

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::client::connection::Server;
use crate::client::event::{self, Event, Progress};
use crate::client::state::Transfer;
use crate::client::trust::Policy;
use crate::client::{download, upload};

/// Files at one time; the others wait.
const RUNNING_MAX: usize = 2;
/// What the tasks may have to tell; progress beyond is left out.
const TIDINGS_LEN_MAX: usize = 16;

/// All files on their way.
#[derive(Debug)]
pub(super) struct Transfers {
    tasks: JoinSet<event::Transfer>,
    tidings: mpsc::Receiver<event::Transfer>,
    sender: mpsc::Sender<event::Transfer>,
}

impl Default for Transfers {
    fn default() -> Self {
        let (sender, tidings) = mpsc::channel(TIDINGS_LEN_MAX);
        Self { tasks: JoinSet::new(), tidings, sender }
    }
}

impl Transfers {
    /// Whether another one may begin.
    pub(super) fn has_room(&self) -> bool {
        self.tasks.len() < RUNNING_MAX
    }

    /// Begins to send or fetch a file; `home` and `policy` are the server's and how it is trusted.
    pub(super) fn start(&mut self, transfer: Transfer, home: Server, policy: Policy) {
        let tidings = self.sender.clone();
        let id = match &transfer {
            Transfer::Upload(upload) => upload.id,
            Transfer::Download(download) => download.id,
        };
        let moved = move |bytes, of| {
            let progress = Progress::Moved { bytes, of };
            // The next one says more.
            drop(tidings.try_send(event::Transfer { id, progress }));
        };
        self.tasks.spawn(async move {
            let ended = match &transfer {
                Transfer::Upload(upload) => match upload::send(upload, &home, &policy, moved).await {
                    Ok(url) => Ok(Progress::Stored { url }),
                    Err(error) => Err(error.to_string()),
                },
                Transfer::Download(download) => {
                    match download::fetch(download, &home, &policy, moved).await {
                        Ok(path) => Ok(Progress::Saved { path }),
                        Err(error) => Err(error.to_string()),
                    }
                }
            };
            event::Transfer { id, progress: ended.unwrap_or_else(|reason| Progress::Failed { reason }) }
        });
    }

    /// What happens next; never, while there is none on its way. Safe to give up half-way.
    pub(super) async fn next(&mut self) -> Event {
        loop {
            tokio::select! {
                biased;
                Some(told) = self.tidings.recv() => return Event::Transfer(told),
                Some(ended) = self.tasks.join_next() => {
                    // What it told before is old news now; that of others comes again.
                    while self.tidings.try_recv().is_ok() {}
                    if let Ok(told) = ended {
                        return Event::Transfer(told);
                    }
                }
            }
        }
    }
}
