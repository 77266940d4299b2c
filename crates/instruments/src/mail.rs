//! Letters.

use metrics::counter;

use crate::catalogue::LETTERS;

/// The mail server took a letter, or did not.
pub fn letter_sent(is_taken: bool) {
    let result = if is_taken { "taken" } else { "failed" };
    counter!(LETTERS.name, "result" => result).increment(1);
}
