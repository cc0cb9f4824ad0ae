#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tpm_quote_fuzz::ima_judging(data));
