//! See `chat_secure::fuzzing::line`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chat_secure::fuzzing::line(bytes));
