//! See `chat_secure::fuzzing::words`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chat_secure::fuzzing::words(bytes));
