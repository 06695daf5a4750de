//! Metrics: what the layers count and how they are at this moment, as Prometheus reads it.
//!
//! Names rooms, accounts and addresses nowhere. docs/operations.md says what each means.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Weak};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::identity::Identity;
use crate::ids::UserId;
use crate::observe;
use crate::session::Service;

use super::arrival::Door;
use super::process;
use super::renewal::Renewal;
use super::warnings::{self, Warnings};

/// Connections by the kind of their listener.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    open: Family<[(&'static str, &'static str); 1], Gauge>,
    refused: Family<[(&'static str, &'static str); 1], Counter>,
}

/// A session that is counted until this is dropped.
#[derive(Debug)]
pub(super) struct Counted(Gauge);

/// Where the data is, for how much room it takes.
#[derive(Clone, Debug)]
pub(super) struct DataPaths {
    pub(super) database: PathBuf,
    pub(super) search: PathBuf,
}

/// How everything is when it is asked for. Keeps nothing alive.
#[derive(Debug)]
struct Gauges {
    service: Weak<Service>,
    identity: Arc<Identity>,
    paths: DataPaths,
}

/// What is known of the log.
#[derive(Debug)]
struct Logged;

/// What the operating system says of this process, under the names that Prometheus' own clients use.
#[derive(Debug)]
struct OwnProcess;

/// Why a connection does not become a session.
const CAUSES: [&str; 8] = [
    "full",
    "address_full",
    "unregistered",
    "address_unregistered",
    "too_fast",
    "banned",
    "tls_handshake",
    "proxy_header",
];

impl Default for Connections {
    /// All from zero, so that the first one is seen as one more.
    fn default() -> Self {
        let (open, refused) = (Family::default(), Family::<_, Counter>::default());
        CAUSES.iter().for_each(|cause| drop(refused.get_or_create(&[("cause", *cause)])));
        Self { open, refused }
    }
}

impl Connections {
    /// A session began that came by this door.
    pub(super) fn begin(&self, door: &'static str) -> Counted {
        let gauge = self.open.get_or_create_owned(&[("door", door)]);
        gauge.inc();
        Counted(gauge)
    }

    /// A connection did not become a session.
    pub(super) fn refuse(&self, cause: &'static str) {
        self.refused.get_or_create(&[("cause", cause)]).inc();
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// All there is to show.
pub(super) fn registry(door: &Door, paths: DataPaths, renewal: &Renewal, warnings: &Warnings) -> Registry {
    let Door { service, connections, answers, .. } = door;
    let mut registry = Registry::default();
    answers.register(&mut registry);
    service.journal.metrics().register(&mut registry);
    service.authenticator.metrics().register(&mut registry);
    service.metrics.register(&mut registry);
    let help = "Sessions by the door they came by: tls, plain or web";
    registry.register("chat_sessions_open", help, connections.open.clone());
    let help = "Connections that did not become a session, by the cause";
    registry.register("chat_connections_refused", help, connections.refused.clone());
    warnings.register(&mut registry);
    let help = "Certificates that were renewed or got, by the outcome";
    registry.register("chat_certificate_renewals", help, renewal.renewals.family());
    let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("chat_server", "The program that runs", version);
    registry.register_collector(Box::new(Logged));
    registry.register_collector(Box::new(OwnProcess));
    registry.register_collector(Box::new(Gauges {
        service: Arc::downgrade(service),
        identity: Arc::clone(&renewal.identity),
        paths,
    }));
    registry
}

/// In the text form of OpenMetrics.
pub(super) fn page(registry: &Registry) -> String {
    let mut page = String::new();
    // A String takes all that is written.
    text::encode(&mut page, registry).unwrap_or_default();
    page
}

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut show = |name: &str, help: &str, value: u64| {
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
        };
        if let Some(service) = self.service.upgrade() {
            let (accounts, guests, rooms) = present(&service);
            show("chat_accounts_online", "Accounts with at least one session.", accounts)?;
            show("chat_guests_online", "People without an account.", guests)?;
            show("chat_rooms_open", "Rooms, direct conversations not among them.", rooms)?;
            let queued = service.journal.queued() as u64;
            show("chat_intents_queued", "Intents that wait for the writer.", queued)?;
            let queued = service.authenticator.passwords_queued() as u64;
            show("chat_passwords_queued", "Passwords that wait to be hashed or compared.", queued)?;
            let started_at = u64::try_from(service.started_at.0 / 1000).unwrap_or_default();
            let max = service.limits.sessions_max as u64;
            show("chat_sessions_max", "Connections that there may be at one time.", max)?;
            show("chat_server_start_seconds", "When the server started, in seconds since 1970.", started_at)?;
        }
        if let Ok(certificate) = self.identity.describe() {
            let seconds = u64::try_from(certificate.not_after.seconds()).unwrap_or_default();
            let help = "When the certificate in force ends, in seconds since 1970.";
            show("chat_certificate_expires_seconds", help, seconds)?;
        }
        let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |file| file.len());
        show("chat_database_bytes", "Size of the database.", size(&self.paths.database))?;
        let log = PathBuf::from(format!("{}-wal", self.paths.database.display()));
        show("chat_database_log_bytes", "Size of the database's write-ahead log.", size(&log))?;
        show("chat_search_index_bytes", "Size of the search index.", size(&self.paths.search))?;
        if let Some(disk) = self.paths.database.parent().and_then(warnings::disk) {
            show("chat_disk_free_bytes", "Room left on the disk of the database.", disk.free)?;
            show("chat_disk_bytes", "Size of that disk.", disk.size)?;
        }
        Ok(())
    }
}

impl Collector for Logged {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let lines = observe::lines();
        let help = "Lines in the log by their level: error, warn.";
        let mut family = encoder.encode_descriptor("chat_log_lines", help, None, MetricType::Counter)?;
        for (level, count) in [("error", lines.errors), ("warn", lines.warnings)] {
            ConstCounter::new(count).encode(family.encode_family(&[("level", level)])?)?;
        }
        let help = "Lines that came too fast to be logged.";
        let left_out =
            encoder.encode_descriptor("chat_log_lines_left_out", help, None, MetricType::Counter)?;
        ConstCounter::new(lines.left_out).encode(left_out)
    }
}

impl Collector for OwnProcess {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(process) = process::look() else { return Ok(()) };
        let help = "Processor time so far, in seconds.";
        let cpu = encoder.encode_descriptor("process_cpu_seconds", help, None, MetricType::Counter)?;
        ConstCounter::new(process.cpu_seconds).encode(cpu)?;
        let mut show = |name: &str, help: &str, value: u64| {
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
        };
        show("process_resident_memory_bytes", "Memory that the process holds.", process.resident_bytes)?;
        show("process_open_fds", "Files and connections that it has open.", process.files_open)?;
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        show("process_max_fds", "How many of them there may be.", limit.current.unwrap_or(u64::MAX))
    }
}

/// Accounts and guests that are there, and rooms.
fn present(service: &Service) -> (u64, u64, u64) {
    let world = service.journal.directory().read();
    let (mut accounts, mut guests) = (0, 0);
    for user in world.users.values().filter(|user| user.is_online()) {
        match user.id {
            UserId::Account(_) => accounts += 1,
            UserId::Guest(_) => guests += 1,
        }
    }
    (accounts, guests, world.names.len() as u64)
}
