//! What people are told when an answer fails.

use domain::failure::ErrorClass;

/// Why a generation fails that a failure of `class` ended, of which the provider said `message`. Names no
/// key, no address, and nothing of the message, except about the request itself.
pub(super) fn explain(class: ErrorClass, message: &str) -> String {
    let words = match class {
        ErrorClass::BadRequest => {
            return format!("The provider refused the request: {message}");
        }
        ErrorClass::InvalidKey => "The provider accepts none of the configured keys.",
        ErrorClass::NoPermission => "None of the configured keys may use this model.",
        ErrorClass::NoModel => "The provider does not have this model.",
        ErrorClass::MoneyOut => "The provider accounts have no credit left.",
        ErrorClass::RateMinute | ErrorClass::RateDay => {
            "The provider allows no more requests for now."
        }
        ErrorClass::Overloaded => "The provider is overloaded or has a fault of its own.",
        ErrorClass::Truncated => "The provider broke off its answer.",
        ErrorClass::Malformed => "The provider's answer could not be read.",
        ErrorClass::Network => "The provider could not be reached.",
        ErrorClass::Timeout => "The provider did not answer in time.",
        ErrorClass::Unknown => "The provider refused for an unknown reason.",
    };
    words.to_owned()
}

/// The stable code of a generation for which no key can be lent at all.
pub(super) const NO_USABLE_KEY: &str = "no_usable_key";

/// The same in words.
pub(super) const NO_USABLE_KEY_WORDS: &str = "No usable key is configured for the provider.";

/// Added when all retries are used.
pub(super) const EXHAUSTED: &str = "All retries are used.";

/// The reason of a retry that voids what a dead worker wrote, and the code of an answer that ends all workers.
pub(super) const WORKER_LOST: &str = domain::failure::Failure::WORKER_LOST;

/// The same in words.
pub(super) const WORKER_LOST_WORDS: &str =
    "The workers that tried this answer were lost; ask again.";
