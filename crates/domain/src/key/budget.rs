//! How much a key, or keys together, may use.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How much may be used in any period of its length.
///
/// Keys whose budgets have the same name share what is counted under it: so an account's limit is held
/// by all of its keys together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// What is counted is counted under this name.
    pub name: String,
    /// For which model; absent, for all of them together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What is counted.
    pub measure: Measure,
    /// In how long.
    pub period: Period,
    /// How much of it; at least 1.
    pub limit: u64,
}

/// What a budget counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Requests.
    Requests,
    /// Tokens: those estimated for calls under way, those used by calls that ended.
    Tokens,
}

/// The period of a budget. It slides: a day is any 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// 60 seconds.
    Minute,
    /// 24 hours.
    Day,
}

impl Period {
    /// How long it is.
    #[must_use]
    pub const fn length(self) -> Duration {
        match self {
            Self::Minute => Duration::from_mins(1),
            Self::Day => Duration::from_hours(24),
        }
    }
}

impl Budget {
    /// Whether a request for `model` counts.
    #[must_use]
    pub fn counts(&self, model: &str) -> bool {
        self.model.as_deref().is_none_or(|own| own == model)
    }

    /// How much a request for so many `tokens` takes of it. One beyond all of it takes all of it: it may
    /// run alone.
    #[must_use]
    pub fn taken_by(&self, tokens: u64) -> u64 {
        match self.measure {
            Measure::Requests => 1,
            Measure::Tokens => tokens.min(self.limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_what_counts_and_how_much() {
        let budget = |measure, model: Option<&str>| Budget {
            name: "a".to_owned(),
            model: model.map(str::to_owned),
            measure,
            period: Period::Minute,
            limit: 100,
        };
        assert!(budget(Measure::Requests, None).counts("any"));
        assert!(budget(Measure::Requests, Some("m")).counts("m"));
        assert!(!budget(Measure::Requests, Some("m")).counts("other"));
        for (tokens, requests_take, tokens_take) in
            [(0, 1, 0), (7, 1, 7), (100, 1, 100), (900, 1, 100)]
        {
            assert_eq!(budget(Measure::Requests, None).taken_by(tokens), requests_take);
            assert_eq!(budget(Measure::Tokens, None).taken_by(tokens), tokens_take);
        }
    }
}
