//! What must hold whatever bytes come: a function for each place that reads what strangers, files or an old database say.
//!
//! Each panics if its property does not hold, and does nothing else. It stands in a file `fuzz.rs` below the code that
//! it is about, where it sees what is private; here all of them have a name. cargo-fuzz runs them (`fuzz/`), and so does
//! a test on any toolchain, from the same corpus. No program has them in it. See docs/fuzzing.md.

#[cfg(test)]
mod tests;

use crate::{client, commands, config, protocol, server, session, store, tui, uploads, web};

macro_rules! targets {
    ($($(#[doc = $meaning:literal])* $name:ident = $($check:path),+;)*) => {
        $($(#[doc = $meaning])* pub fn $name(bytes: &[u8]) { $($check(bytes);)+ })*

        /// The names.
        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($name),)*];

        /// A short run of each.
        #[cfg(test)]
        mod short_run { $(#[test] fn $name() { super::tests::short_run(stringify!($name), super::$name); })* }
    };
}

targets! {
    /// A request for history.
    chathistory = commands::fuzz_chathistory;
    /// The server's configuration file.
    config = config::fuzz_config;
    /// An event as the database holds it.
    event = store::sqlite::fuzz_event;
    /// What a file is, by how it begins.
    file_kind = uploads::fuzz_file_kind;
    /// A message's formatting, its links, and how it is edited.
    formatting = tui::format::fuzz::formatting;
    /// Range, Cookie, Authorization and Content-Disposition.
    http = web::fuzz::http;
    /// The client's file of known hosts.
    known_hosts = client::known_hosts::fuzz::known_hosts;
    /// Bytes cut into lines, a line, its tags.
    line = protocol::fuzz::line;
    /// The PROXY header in both of its forms.
    proxy = server::fuzz_proxy;
    /// The chunks of a SASL answer, and what PLAIN says.
    sasl = protocol::fuzz::sasl;
    /// A search's attributes.
    search = commands::fuzz_search;
    /// What a server says to our client.
    server_lines = client::state::fuzz::server_lines;
    /// What comes and goes over a WebSocket.
    websocket = session::websocket::fuzz::websocket;
    /// A text cut into words, and what the index is asked.
    words = store::search::words::fuzz::words, store::sqlite::fuzz_expressed;
}
