//! Wishes for keys, and loans.

use std::time::Duration;

use domain::{id::WishId, key::KeyId, model::ProviderName};
use ports::live::{LendRequest, Loan};

use crate::clock::epoch;

/// A wish for any key of `provider` for `model`.
#[must_use]
pub fn wish(provider: &ProviderName, model: &str) -> LendRequest {
    LendRequest {
        wish: WishId::generate(epoch()),
        provider: provider.clone(),
        model: model.to_owned(),
        tokens: 0,
        lease: Duration::from_mins(10),
        first_token: Duration::from_mins(1),
        exclude: Vec::new(),
    }
}

/// Another wish for the same.
#[must_use]
pub fn another(wish: &LendRequest) -> LendRequest {
    LendRequest { wish: WishId::generate(epoch()), ..wish.clone() }
}

/// A loan of long ago.
#[must_use]
pub fn past_loan(provider: &ProviderName, key: KeyId, model: &str) -> Loan {
    let (provider, model) = (provider.clone(), model.to_owned());
    Loan { provider, key, model, ticket: 1, wants_return: false, is_trial: false }
}
