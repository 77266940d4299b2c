//! The pool of workers of one provider, as operators tune it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{key::KeyId, model::ProviderName};

/// What operators want of a pool. Nothing said is the worker's own configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolWish {
    /// No more jobs are taken; answers under way go on.
    pub paused: bool,
    /// How many answers each worker streams at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u16>,
    /// How many requests each of its keys may make in any minute, whatever is configured for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u32>,
}

/// What an operator says of a pool; what is not said stays as it is wished.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PoolChange {
    /// Whether no more jobs are taken.
    pub paused: Option<bool>,
    /// How many answers each worker streams at once; 0 for what it is configured for.
    pub concurrency: Option<u16>,
    /// How many requests each key may make in any minute; 0 for what is configured.
    pub requests_per_minute: Option<u32>,
}

impl PoolChange {
    /// `wish`, changed.
    #[must_use]
    pub fn of(&self, wish: PoolWish) -> PoolWish {
        PoolWish {
            paused: self.paused.unwrap_or(wish.paused),
            concurrency: changed(wish.concurrency, self.concurrency),
            requests_per_minute: changed(wish.requests_per_minute, self.requests_per_minute),
        }
    }
}

/// `before`, or what is asked for in its place, of which 0 means nothing.
fn changed<T: Default + PartialEq>(before: Option<T>, asked: Option<T>) -> Option<T> {
    asked.map_or(before, |count| (count != T::default()).then_some(count))
}

/// What operators want of one worker, in all its pools. Nothing said is what is wanted of the pool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkerWish {
    /// No more jobs are taken; answers under way go on.
    pub drained: bool,
    /// How many answers it streams at once, in each pool.
    pub concurrency: Option<u16>,
}

/// How one worker does in one pool, as it says itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkerStatus {
    /// Its name: service, host, process and start.
    pub worker: String,
    /// For which provider.
    pub pool: ProviderName,
    /// How many answers it streams at once, at most.
    pub slots: u16,
    /// How many jobs it works on.
    pub busy: u32,
    /// Whether it takes no more jobs.
    pub paused: bool,
    /// Which version it is.
    pub version: String,
    /// How many calls it has under way with each key; keys without any are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calls: BTreeMap<KeyId, u32>,
}
