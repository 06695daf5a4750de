//! See `chat_secure::fuzzing::file_kind`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chat_secure::fuzzing::file_kind(bytes));
