//! See `chat_secure::fuzzing::server_lines`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chat_secure::fuzzing::server_lines(bytes));
