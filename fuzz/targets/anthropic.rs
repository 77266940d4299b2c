//! A body in the dialect of Anthropic, in one piece and in single bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use provider_worker::{Dialect, fuzzing::answer};

fuzz_target!(|body: &[u8]| answer(Dialect::Anthropic, body));
