//! What this process knows of the pools, should Redis forget it.

use std::{collections::HashMap, sync::Mutex};

use domain::{key::KeyId, model::ProviderName};
use ports::live::KeySpec;

use crate::lock::lock;

/// What this process knows of all pools.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<HashMap<ProviderName, Pool>>);

#[derive(Debug, Default)]
struct Pool {
    /// The keys this process registered.
    keys: Vec<KeySpec>,
    known: Known,
}

/// What tells a pool from one that has forgotten something; all zero and empty if nothing is known.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// When it was made.
    pub(super) created: u64,
    /// The key of the last loan, and its turn.
    pub(super) last_key: String,
    pub(super) last_turn: u64,
}

impl Memory {
    pub(super) fn known(&self, provider: &ProviderName) -> Known {
        lock(&self.0).get(provider).map(|pool| pool.known.clone()).unwrap_or_default()
    }

    /// The keys this process registered, if it has.
    pub(super) fn keys(&self, provider: &ProviderName) -> Option<Vec<KeySpec>> {
        lock(&self.0).get(provider).map(|pool| pool.keys.clone())
    }

    /// `keys` were registered in the pool made at `created`.
    pub(super) fn remember(&self, provider: &ProviderName, keys: &[KeySpec], created: u64) {
        let mut pools = lock(&self.0);
        let pool = pools.entry(provider.clone()).or_default();
        pool.keys = keys.to_vec();
        pool.known.created = created;
    }

    /// The pool made at `created` lent `key`.
    pub(super) fn lent(&self, provider: &ProviderName, created: u64, key: &KeyId, turn: u64) {
        if let Some(pool) = lock(&self.0).get_mut(provider)
            // Answers to simultaneous wishes come in any order.
            && turn > pool.known.last_turn
        {
            pool.known = Known { created, last_key: key.as_str().to_owned(), last_turn: turn };
        }
    }
}
