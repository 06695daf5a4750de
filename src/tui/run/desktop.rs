//! The desktop's own notifications, in programs that are built with the feature `desktop`.
//!
//! Nobody waits for the desktop; what it refuses is told once, for it will refuse the next as well.

use std::future::pending;

use tokio::sync::mpsc;

use crate::tui::notify::Notification;

/// The way to the desktop, and what came back.
pub(super) struct Desktop {
    trouble: mpsc::Sender<String>,
    /// None once something was told.
    troubles: Option<mpsc::Receiver<String>>,
}

impl Desktop {
    pub(super) fn new() -> Self {
        let (trouble, troubles) = mpsc::channel(1);
        Self { trouble, troubles: Some(troubles) }
    }

    /// Has it shown, as soon as the desktop likes.
    #[cfg(feature = "desktop")]
    pub(super) fn show(&self, notification: &Notification) {
        let mut shown = notify_rust::Notification::new();
        // The body may hold markup, the summary not. Source: Desktop Notifications Specification, Markup.
        let body = notification.body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        shown.appname("chat-secure").summary(&notification.title).body(&body);
        let trouble = self.trouble.clone();
        tokio::spawn(async move {
            if let Err(error) = shown.show_async().await {
                // One that waits to be told is enough.
                trouble.try_send(format!("the desktop shows no notification: {error}")).unwrap_or_default();
            }
        });
    }

    /// The settings admit none in this program.
    #[cfg(not(feature = "desktop"))]
    pub(super) fn show(&self, _: &Notification) {
        self.trouble.try_send("this program shows no notifications".to_owned()).unwrap_or_default();
    }

    /// Waits for what the desktop refused; told once.
    pub(super) async fn refused(&mut self) -> String {
        let Some(troubles) = &mut self.troubles else { return pending().await };
        let told = troubles.recv().await.unwrap_or_default();
        self.troubles = None;
        told
    }
}
