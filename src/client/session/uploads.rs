//! The files on their way, each in a task of its own that ends with the session.

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::client::connection::Server;
use crate::client::event::{self, Event, Progress};
use crate::client::state::Upload;
use crate::client::trust::Policy;
use crate::client::upload;

/// Files sent at one time; the others wait.
const RUNNING_MAX: usize = 2;
/// What the tasks may have to tell; progress beyond is left out.
const TIDINGS_LEN_MAX: usize = 16;

/// All files on their way.
#[derive(Debug)]
pub(super) struct Uploads {
    tasks: JoinSet<event::Upload>,
    tidings: mpsc::Receiver<event::Upload>,
    sender: mpsc::Sender<event::Upload>,
}

impl Default for Uploads {
    fn default() -> Self {
        let (sender, tidings) = mpsc::channel(TIDINGS_LEN_MAX);
        Self { tasks: JoinSet::new(), tidings, sender }
    }
}

impl Uploads {
    /// Whether another one may begin.
    pub(super) fn has_room(&self) -> bool {
        self.tasks.len() < RUNNING_MAX
    }

    /// Begins to send a file that this server shall take.
    pub(super) fn start(&mut self, upload: Upload, home: Server, policy: Policy) {
        let tidings = self.sender.clone();
        self.tasks.spawn(async move {
            let id = upload.id;
            let sent = move |bytes, of| {
                let progress = Progress::Sent { bytes, of };
                // The next one says more.
                drop(tidings.try_send(event::Upload { id, progress }));
            };
            let progress = match upload::send(&upload, &home, &policy, sent).await {
                Ok(url) => Progress::Stored { url },
                Err(error) => Progress::Failed { reason: error.to_string() },
            };
            event::Upload { id, progress }
        });
    }

    /// What happens next; never, while there is none on its way. Safe to give up half-way.
    pub(super) async fn next(&mut self) -> Event {
        loop {
            tokio::select! {
                biased;
                Some(upload) = self.tidings.recv() => return Event::Upload(upload),
                Some(ended) = self.tasks.join_next() => {
                    // What it told before is old news now; that of others comes again.
                    while self.tidings.try_recv().is_ok() {}
                    if let Ok(upload) = ended {
                        return Event::Upload(upload);
                    }
                }
            }
        }
    }
}
