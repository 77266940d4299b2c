//! Attempts: the tries at a generation, and how each of them ended.

use serde::{Deserialize, Serialize};

use crate::{failure::Failure, generation::Command, time::Timestamp};

/// How the model ended an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// It had said all.
    Stop,
    /// It reached the allowed length.
    Length,
    /// The provider's filter stopped it.
    Blocked,
    /// Something else, in the provider's own word.
    #[serde(untagged)]
    Other(String),
}

impl FinishReason {
    /// The name used in JSON and in the store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Blocked => "blocked",
            Self::Other(word) => word,
        }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// The answer is whole.
    Succeeded {
        /// How the model ended it.
        finish: FinishReason,
    },
    /// No answer, and no further try.
    Failed(Failure),
    /// Its user stopped it.
    Canceled,
    /// No answer yet; the next attempt is due later.
    RetryIn {
        /// When.
        at: Timestamp,
        /// Why, as a stable code.
        reason: String,
        /// Whether it used a rung; waiting for a key does not.
        uses_rung: bool,
    },
}

impl Outcome {
    /// What this outcome of `attempt` tells the generation to do.
    #[must_use]
    pub fn command(&self, attempt: u32) -> Command {
        match self {
            Self::Succeeded { .. } => Command::Succeed { attempt },
            Self::Failed(_) => Command::Fail { attempt },
            Self::Canceled => Command::Stop { attempt },
            Self::RetryIn { at, uses_rung: true, .. } => Command::Retry { attempt, at: *at },
            Self::RetryIn { at, uses_rung: false, .. } => Command::Wait { attempt, at: *at },
        }
    }

    /// The name used in logs and in the store.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Succeeded { .. } => "succeeded",
            Self::Failed(_) => "failed",
            Self::Canceled => "canceled",
            Self::RetryIn { uses_rung: true, .. } => "retry",
            Self::RetryIn { uses_rung: false, .. } => "wait",
        }
    }

    /// Whether nothing follows it.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        !matches!(self, Self::RetryIn { .. })
    }
}
