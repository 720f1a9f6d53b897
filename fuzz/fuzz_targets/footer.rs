#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| _ = hallpass_fuzz::footer(data));
