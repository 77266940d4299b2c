//! Provider keys, as everybody but the worker that sends them sees them, and which one to lend.

mod budget;
mod choice;
mod storm;
mod uses;
mod verdict;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::{
    budget::{Budget, Measure, Period},
    choice::{Candidate, Choice, NoKeyReason, STRIDE, choose},
    storm::{STORM_WITHIN, is_storm},
    uses::{SharedLimit, Uses},
    verdict::{RestCause, Verdict},
};

/// A key's name: the provider and a digest of the secret, so that it can be shown and logged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    /// The key called `name`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
