//! The attacks, by what they abuse.

mod bombs;
mod garbage;
mod handshakes;
mod http;
mod idle;
mod lines;
mod logins;
mod questions;
mod readers;
mod rooms;
mod slow;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use super::target::Target;

/// An attack.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    /// Flags of the server that it takes.
    pub(crate) flags: &'static [&'static str],
    /// The same that make a short attack meet its limit.
    pub(crate) quick: &'static [&'static str],
    /// What a short attack must be told, each in one of the answers.
    pub(crate) told: &'static [&'static str],
    pub(super) run: Run,
}

impl Attack {
    /// Whether it was told all that a short attack must be.
    pub(crate) fn is_told(&self, told: &BTreeMap<String, u64>) -> bool {
        self.told.iter().all(|words| told.keys().any(|answer| answer.contains(words)))
    }
}

type Run = fn(Arc<Target>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

macro_rules! attack {
    ($name:literal, $run:path, $flags:expr, $quick:expr, $told:expr) => {
        Attack {
            name: $name,
            flags: &$flags,
            quick: &$quick,
            told: &$told,
            run: |target| Box::pin($run(target)),
        }
    };
}

/// All of them.
#[rustfmt::skip]
pub(crate) const ATTACKS: &[Attack] = &[
    attack!("slow-handshake", slow::handshake, [], ["--handshake-timeout-s=1"], ["closed"]),
    attack!("slow-registration", slow::registration, [], ["--registration-timeout-s=1"], ["Registration timed out"]),
    attack!("slow-http-head", slow::head, [], ["--handshake-timeout-s=1"], ["unexpected end of file"]),
    attack!("slow-websocket", slow::websocket, [], ["--registration-timeout-s=1"], ["Registration timed out"]),
    attack!("half-open", idle::half_open, [], ["--handshake-timeout-s=1", "--unregistered-per-address-max=20"], ["closed", "enied"]),
    attack!("vanished", idle::vanished, ["--ping-interval-s=2", "--ping-timeout-s=2"], [], ["Ping timeout"]),
    attack!("handshakes", handshakes::shake_and_hang_up, [], ["--connects-burst=10"], ["enied"]),
    attack!("hang-ups", handshakes::hang_up, [], [], ["hung up"]),
    attack!("garbage-before-tls", garbage::before_tls, [], [], ["closed"]),
    attack!("garbage-after-tls", garbage::after_tls, [], [], ["451", "HTTP 400"]),
    attack!("endless-lines", lines::endless, [], [], ["Line too long"]),
    attack!("tags", lines::tags, [], [], ["sent"]),
    attack!("batches", lines::batches, [], ["--batch-timeout-s=1"], ["FAIL BATCH"]),
    attack!("thousand-rooms", rooms::thousand, [], ["--rooms-per-user-max=5"], ["405"]),
    attack!("deaf-readers", readers::deaf, ["--flood-burst=3000"], [], ["spoken"]),
    attack!("wrong-passwords", logins::sasl, [], [], ["904"]),
    attack!("wrong-passwords-api", logins::basic, [], [], ["HTTP 401", "HTTP 429"]),
    attack!("huge-heads", http::huge_heads, [], [], ["HTTP 431"]),
    attack!("http2-streams", http::streams, [], [], ["closed"]),
    attack!("http2-resets", http::resets, [], [], ["closed"]),
    attack!("http2-broken-logins", http::broken_logins, [], [], ["closed"]),
    attack!("endless-uploads", http::endless_uploads, [], [], ["HTTP 429"]),
    attack!("picture-bombs", bombs::pictures, [], [], ["HTTP 201"]),
    attack!("history", questions::history, [], [], ["sent"]),
    attack!("searches", questions::searches, [], [], ["sent"]),
];
