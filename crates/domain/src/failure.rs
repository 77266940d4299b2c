//! Why a call to a provider, or a whole generation, did not go well.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// The classes a provider's failure falls into, whatever its dialect.
///
/// Each class decides who is to blame (the key, the provider, the request, nobody) and so what is
/// tried next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// The key is not, or no longer, valid.
    InvalidKey,
    /// The key may not use this model.
    NoPermission,
    /// There is no such model at the provider, or none at the moment; that is no key's fault.
    NoModel,
    /// The account behind the key is out of money or quota.
    MoneyOut,
    /// Too many requests or tokens in a minute.
    RateMinute,
    /// Too many in a day.
    RateDay,
    /// The provider has too much to do, or a fault of its own.
    Overloaded,
    /// The answer stopped without an end signal.
    Truncated,
    /// The provider sent what its dialect does not allow.
    Malformed,
    /// The request itself is at fault.
    BadRequest,
    /// Could not connect, or the connection broke before the answer began.
    Network,
    /// A deadline passed: connect, first token, progress or total.
    Timeout,
    /// Nothing known fits.
    Unknown,
}

impl ErrorClass {
    /// The stable code shown to viewers and kept in the store.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidKey => "invalid_key",
            Self::NoPermission => "no_permission",
            Self::NoModel => "model_not_found",
            Self::MoneyOut => "money_out",
            Self::RateMinute => "rate_limited",
            Self::RateDay => "rate_limited_for_the_day",
            Self::Overloaded => "overloaded",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed_answer",
            Self::BadRequest => "bad_request",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// One failed call to a provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{class}: {message}")]
pub struct CallFailure {
    /// What kind.
    pub class: ErrorClass,
    /// For operators; holds no key and no prompt.
    pub message: String,
    /// How long the provider asks to wait.
    pub retry_after: Option<Duration>,
    /// The HTTP status, when an answer came at all.
    pub status: Option<u16>,
}

impl CallFailure {
    /// A failure of `class` without a hint.
    #[must_use]
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), retry_after: None, status: None }
    }
}

/// Why a whole generation failed, as its user is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// A stable code: [`ErrorClass::code`], or one of the constants here.
    pub code: String,
    /// For people.
    pub message: String,
}

impl Failure {
    /// The code of a generation whose workers died on it again and again.
    pub const WORKER_LOST: &'static str = "worker_lost";
    /// The code of a generation whose job could not be read.
    pub const POISON_JOB: &'static str = "poison_job";
    /// The code of a generation whose answer grew beyond what is allowed.
    pub const TOO_LARGE: &'static str = "answer_too_large";
}
