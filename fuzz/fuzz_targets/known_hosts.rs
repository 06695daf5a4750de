//! See `chat_secure::fuzzing::known_hosts`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chat_secure::fuzzing::known_hosts(bytes));
