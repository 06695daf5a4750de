//! The watch: looks every few seconds whether something is going wrong that will hurt, and says so once in the log,
//! daily while it lasts, and once when it is over. The list of what it sees is in `chatctl status`, `chatctl top` and
//! the metrics. Changes nothing, and stops nothing.

mod judge;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::admin::{Insight, view};
use crate::observe;
use crate::session::Service;

use super::arrival::Door;
use super::host::FileLimit;
use super::metrics::{self, DataPaths};
use super::renewal::Renewal;
use judge::{Disk, Judge, Kind, Reading, Remark};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(10);
/// After so many looks it tells of lines that were left out of the log.
const LOOKS_PER_MINUTE: u64 = 6;

/// What it sees at this moment.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    list: Mutex<Vec<view::Warning>>,
    active: Family<[(&'static str, &'static str); 1], Gauge>,
}

/// What is told of a running server, to Prometheus and to chatctl.
#[derive(Debug)]
pub(super) struct Insights {
    registry: Registry,
    warnings: Warnings,
}

impl Warnings {
    /// Has them shown by this registry, all kinds from the beginning.
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Whether the server warns of this now: 1, or 0";
        registry.register("chat_warnings_active", help, self.active.clone());
        self.replace(Vec::new());
    }

    fn replace(&self, list: Vec<view::Warning>) {
        for kind in Kind::ALL {
            let is_active = list.iter().any(|warning| warning.kind == kind.word());
            self.active.get_or_create(&[("kind", kind.word())]).set(i64::from(is_active));
        }
        *self.list.lock().unwrap_or_else(PoisonError::into_inner) = list;
    }
}

impl Insights {
    pub(super) fn new(door: &Door, paths: DataPaths, renewal: &Renewal) -> Self {
        let warnings = Warnings::default();
        Self { registry: metrics::registry(door, paths, renewal, &warnings), warnings }
    }

    /// Looks until the task is ended. `folder`: where the data is.
    pub(super) async fn watch(self: Arc<Self>, service: Arc<Service>, files: FileLimit, folder: PathBuf) {
        let begun_at = Instant::now();
        let mut judge = Judge::default();
        let mut looks = interval(EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for look in 0_u64.. {
            looks.tick().await;
            let reading = Reading {
                elapsed: begun_at.elapsed(),
                now: service.clock.now(),
                newest: service.journal.directory().read().last_at,
                disk: disk(&folder),
                files,
                commits: service.journal.metrics().counts(),
            };
            judge.judge(&reading).iter().for_each(say);
            self.warnings.replace(judge.warnings());
            if look % LOOKS_PER_MINUTE == 0 {
                for (event, lines) in observe::take_left_out() {
                    tracing::warn!(
                        log.event = event,
                        log.lines = lines,
                        "lines came too fast and were left out"
                    );
                }
            }
        }
    }
}

impl Insight for Insights {
    fn metrics(&self) -> String {
        metrics::page(&self.registry)
    }

    fn warnings(&self) -> Vec<view::Warning> {
        self.warnings.list.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Of the file system of this folder, as far as it tells.
pub(super) fn disk(folder: &Path) -> Option<Disk> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
    Some(Disk { free: bytes(disk.f_bavail), size: bytes(disk.f_blocks) })
}

fn say(remark: &Remark) {
    match remark {
        Remark::Begun(kind, text) => tracing::warn!(warning.kind = kind.word(), "{text}"),
        Remark::Lasts(kind, text) => tracing::warn!(warning.kind = kind.word(), "still: {text}"),
        Remark::Over(kind) => tracing::info!(warning.kind = kind.word(), "{}", kind.over()),
        Remark::ClockSetBack { by } => {
            let text =
                "the clock was set back; new entries bear the time of the last one until it has caught up";
            tracing::warn!(clock.back_s = by.as_secs(), "{text}");
        }
    }
}
