//! Invariants 17 and 19: nothing ended but at a test's will, nothing complained without a cause, no secret
//! was told.

use super::{Evidence, must};
use crate::stack::KEYS;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    for ending in evidence.endings {
        must(found, 17, ending.is_wanted(), || format!("{ending:?}"));
    }
    for (name, output) in evidence.outputs {
        for line in output.lines() {
            must(found, 17, !line.contains("panicked"), || format!("{name}: {line}"));
            let is_error = line.contains(" ERROR ");
            let is_expected = evidence.case.expected_errors.iter().any(|text| line.contains(text));
            must(found, 17, !is_error || is_expected, || format!("{name}: {line}"));
        }
        for secret in KEYS.split(',') {
            must(found, 19, !output.contains(secret), || format!("{name} told the key {secret}"));
        }
    }
}
