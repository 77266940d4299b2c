//! A provider's "no", read from its own words.

use std::time::Duration;

use domain::failure::{CallFailure, ErrorClass};
use secrecy::SecretString;

use crate::redact::redact;

/// A limit that is new again only after this is not one of the minute.
const DAY_LIMIT_FROM: Duration = Duration::from_hours(1);

/// What a provider refused, or broke off, a call for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The class it falls into.
    pub(super) class: ErrorClass,
    /// The provider's name for it; empty if it gave none.
    pub(super) name: String,
    /// The provider's words; empty if it gave none.
    pub(super) message: String,
    /// How long it asks to wait.
    pub(super) retry_after: Option<Duration>,
}

impl Refusal {
    /// The failure it is, without `key` and whatever else nobody should read; `status` is absent for
    /// an error inside a stream.
    pub(super) fn into_failure(self, status: Option<u16>, key: &SecretString) -> CallFailure {
        let class = match self.class {
            ErrorClass::RateMinute
                if self.retry_after.is_some_and(|wait| wait > DAY_LIMIT_FROM) =>
            {
                ErrorClass::RateDay
            }
            class => class,
        };
        let words = [self.name.as_str(), self.message.as_str()];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let message = if words.is_empty() {
            "no readable reason was given".to_owned()
        } else {
            redact(&words.join(": "), key)
        };
        CallFailure { class, message, retry_after: self.retry_after, status }
    }
}

/// What providers say of a key that is dead with a status that is also that of other causes.
const DEAD_KEYS: [&str; 7] = [
    "API key not valid",
    "API Key not found",
    "API key expired",
    "Your API key was reported as leaked",
    "Your project has been denied access",
    "Incorrect API key provided",
    "This organization has been disabled",
];

/// Whether `message` says that the key is dead. It begins so: further on it may repeat what was asked for.
pub(super) fn is_of_dead_key(message: &str) -> bool {
    DEAD_KEYS.iter().any(|words| message.starts_with(words))
}

/// The class that an HTTP status alone stands for.
///
/// 403 alone stands for nothing: it is said of keys, of prompts, of countries and of networks, and a key that was not
/// at fault would be taken from everybody for a month. What it is about has to be named.
pub(super) fn by_status(status: u16) -> Option<ErrorClass> {
    Some(match status {
        401 => ErrorClass::InvalidKey,
        402 => ErrorClass::MoneyOut,
        403 => ErrorClass::Unknown,
        404 => ErrorClass::NoModel,
        400 | 413 | 422 => ErrorClass::BadRequest,
        408 => ErrorClass::Timeout,
        429 => ErrorClass::RateMinute,
        500..=599 => ErrorClass::Overloaded,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(class: ErrorClass, message: &str, retry_after: Option<Duration>) -> CallFailure {
        let (name, message) = ("n".to_owned(), message.to_owned());
        let refusal = Refusal { class, name, message, retry_after };
        refusal.into_failure(Some(429), &SecretString::from("sk-canary-1"))
    }

    #[test]
    fn a_long_wait_is_no_limit_of_the_minute() {
        for (wait, expected) in [
            (None, ErrorClass::RateMinute),
            (Some(3600), ErrorClass::RateMinute),
            (Some(3601), ErrorClass::RateDay),
        ] {
            let wait = wait.map(Duration::from_secs);
            let failure = failure(ErrorClass::RateMinute, "m", wait);
            assert_eq!((failure.class, failure.retry_after), (expected, wait));
        }
    }

    #[test]
    fn the_message_is_fit_to_be_read() {
        let class = ErrorClass::InvalidKey;
        let shown = failure(class, "Incorrect API key: sk-canary-1 of sk-proj-9", None).message;
        assert_eq!(shown, "n: Incorrect API key: [key] of [key]");
        assert_eq!(failure(class, "", None).message, "n");
        let nothing =
            Refusal { class, name: String::new(), message: String::new(), retry_after: None };
        let nothing = nothing.into_failure(None, &SecretString::from("k"));
        assert_eq!(nothing.message, "no readable reason was given");
    }
}
