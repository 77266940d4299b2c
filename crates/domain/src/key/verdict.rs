//! What a call told about the key it used.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a call told about the key it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It began to answer, or ended whole.
    Healthy,
    /// Nothing: it failed for a cause that is not the key's, was broken off, or was never made.
    Silent,
    /// Do not lend it for this long, as far as the cause reaches. A longer rest extends a running one, a
    /// shorter one does not shorten it.
    Rest(RestCause, Duration),
    /// Do not lend it for this model for long, or until somebody enables it.
    NotPermitted,
    /// Do not lend it again until somebody enables it, or a probe finds it well.
    Revoked,
}

/// Why a key rests, which says how far the rest reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestCause {
    /// Too many requests or tokens in a minute: the keys of its group rest, for this model.
    Throttled,
    /// Too many in a day: the keys of its group rest, for this model.
    DayUsed,
    /// No money: the keys of its group rest, for every model.
    MoneyOut,
}

impl RestCause {
    /// The name used between processes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::DayUsed => "day_used",
            Self::MoneyOut => "money_out",
        }
    }

    /// Whether it holds for the model of the call alone.
    #[must_use]
    pub const fn is_of_model(self) -> bool {
        matches!(self, Self::Throttled | Self::DayUsed)
    }
}
