//! Keys on loan.

use std::time::Duration;

use domain::{
    id::WishId,
    key::{KeyId, NoKeyReason, Verdict},
    model::ProviderName,
};

/// A worker wants a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LendRequest {
    /// Tells it from other wishes. Who does not learn what became of one tells the same again.
    pub wish: WishId,
    /// Of which provider.
    pub provider: ProviderName,
    /// For which model.
    pub model: String,
    /// How many tokens the call will use, as far as one can tell.
    pub tokens: u64,
    /// How long the call may take at most.
    pub lease: Duration,
    /// How long it may take to begin to answer.
    pub first_token: Duration,
    /// Keys not wanted: those that just failed for this job.
    pub exclude: Vec<KeyId>,
}

/// A lent key: the right to make one request with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loan {
    /// Of which provider.
    pub provider: ProviderName,
    /// Which key.
    pub key: KeyId,
    /// For which model.
    pub model: String,
    /// Tells it from other loans of the key; later ones are greater.
    pub ticket: u64,
    /// Whether it has to be given back, even if there is nothing to be said against its key.
    pub wants_return: bool,
    /// Whether others wait until its call begins to answer.
    pub is_trial: bool,
}

/// How a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returned {
    /// What it told about the key.
    pub verdict: Verdict,
    /// How many tokens it used; absent, as many as was estimated.
    pub tokens: Option<u64>,
}

impl From<Verdict> for Returned {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, tokens: None }
    }
}

/// What became of the wish for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lending {
    /// Use this one, once.
    Lent(Loan),
    /// None for this long.
    NoneFor(Duration, NoKeyReason),
    /// None, and waiting will not help.
    NoneUsable,
    /// None, since there are keys that are well and none of them may be used for the model.
    NotPermitted,
}
