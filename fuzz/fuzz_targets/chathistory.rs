//! See `chat_secure::fuzzing::chathistory`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chat_secure::fuzzing::chathistory(bytes));
