//! Letters.

use metrics::counter;

use crate::catalogue::LETTERS;

const TAKEN: &str = "taken";
const FAILED: &str = "failed";

/// Letters will be sent. Whoever looks for an increase has to see the figure before the first one.
pub fn letters_begin() {
    for result in [TAKEN, FAILED] {
        counter!(LETTERS.name, "result" => result).increment(0);
    }
}

/// The mail server took a letter, or did not.
pub fn letter_sent(is_taken: bool) {
    let result = if is_taken { TAKEN } else { FAILED };
    counter!(LETTERS.name, "result" => result).increment(1);
}
