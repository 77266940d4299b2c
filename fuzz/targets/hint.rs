//! A refusal, and how long it asks to wait.
#![no_main]

use libfuzzer_sys::fuzz_target;
use provider_worker::fuzzing::refusal;

fuzz_target!(|data: &[u8]| refusal(data));
