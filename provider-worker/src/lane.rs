//! What all attempts at one provider share.

use std::{
    collections::BTreeMap,
    ops::Deref,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use ::ports::provider::Provider;
use domain::{ladder::RetryLadder, model::ProviderName, time::Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    breakers::Breakers,
    calls::Calls,
    cancels::Routes,
    config::{Deadlines, Limits},
    keyring::Keyring,
    lines::Lines,
    load::Load,
    plan::Plans,
    ports::Ports,
    registering::Registering,
};

/// What all attempts at one provider share.
pub(crate) struct Lane {
    pub(crate) worker: String,
    pub(crate) ports: Ports,
    pub(crate) name: ProviderName,
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) breakers: Breakers,
    pub(crate) keyring: RwLock<Arc<Keyring>>,
    /// Told when the keys have changed, so that the pool learns of it.
    pub(crate) has_new_keys: Notify,
    /// Whether the pool has these keys, as far as what it lends shows.
    pub(crate) registering: Registering,
    /// The most tokens that models put out, by their names, where it is known.
    pub(crate) max_output: RwLock<BTreeMap<String, u32>>,
    /// The longest that a call may take.
    pub(crate) lease: Duration,
    /// How long calls may wait.
    pub(crate) deadlines: Deadlines,
    pub(crate) key_cooldown: Duration,
    pub(crate) concurrency: u16,
    pub(crate) plans: Plans,
    pub(crate) ladder: RetryLadder,
    pub(crate) limits: Limits,
    pub(crate) routes: Routes,
    pub(crate) load: Load,
    pub(crate) calls: Calls,
    /// Jobs that wait for a key.
    pub(crate) lines: Lines,
    /// Canceled when the grace time is over: whoever still works hands its job back.
    pub(crate) hand_back: CancellationToken,
}

/// One lane, and those beside it in the same worker.
#[derive(Clone)]
pub(crate) struct LaneRef {
    lanes: Arc<[Lane]>,
    index: usize,
}

impl LaneRef {
    /// All of `lanes`.
    pub(crate) fn all(lanes: &Arc<[Lane]>) -> impl Iterator<Item = Self> {
        (0..lanes.len()).map(|index| Self { lanes: Arc::clone(lanes), index })
    }

    /// All lanes of the worker, this one included.
    pub(crate) fn beside(&self) -> &[Lane] {
        &self.lanes
    }
}

impl Deref for LaneRef {
    type Target = Lane;

    fn deref(&self) -> &Lane {
        &self.lanes[self.index]
    }
}

impl Lane {
    /// The keys, as they were read last.
    pub(crate) fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.keyring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on there are these keys.
    pub(crate) fn set_keyring(&self, keyring: Keyring) {
        // Nothing panics while holding it.
        *self.keyring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keyring);
    }

    /// The most tokens that `model` puts out, as it was read last, if it is known.
    pub(crate) fn max_output(&self, model: &str) -> Option<u32> {
        let known = self.max_output.read().unwrap_or_else(PoisonError::into_inner);
        known.get(model).copied()
    }

    /// From now on models put out so much.
    pub(crate) fn set_max_output(&self, known: BTreeMap<String, u32>) {
        // Nothing panics while holding it.
        *self.max_output.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// The longest that a call for `model` may take to begin to answer.
    pub(crate) fn first_token(&self, model: &str) -> Duration {
        let deadlines = self.deadlines.of_model(model);
        deadlines.connect + deadlines.first_token
    }

    /// The time of day.
    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// What `work` answers, unless the worker has to end while it waits.
    pub(crate) async fn unless_handed_back<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            answer = work => Some(answer),
            () = self.hand_back.cancelled() => None,
        }
    }
}
