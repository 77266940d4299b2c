//! Which calls are under way, by their keys, for operators who take a key out and wait for its last call.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::key::KeyId;

/// How many calls are under way with each key. Clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls(Arc<Mutex<BTreeMap<KeyId, u32>>>);

/// A call that is under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct Call {
    calls: Calls,
    key: KeyId,
}

impl Calls {
    /// Counts one more with `key`, as long as the answer lives.
    pub(crate) fn begin(&self, key: &KeyId) -> Call {
        *self.lock().entry(key.clone()).or_default() += 1;
        Call { calls: self.clone(), key: key.clone() }
    }

    /// How many there are, without keys that have none.
    pub(crate) fn counts(&self) -> BTreeMap<KeyId, u32> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<KeyId, u32>> {
        // Nothing panics while holding it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut calls = self.calls.lock();
        if let Some(count) = calls.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                calls.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_counts_for_its_key_until_it_ends() {
        let calls = Calls::default();
        let [a, b] = ["a", "b"].map(KeyId::new);
        let (first, second, other) = (calls.begin(&a), calls.begin(&a), calls.begin(&b));
        assert_eq!(calls.counts(), BTreeMap::from([(a.clone(), 2), (b, 1)]));
        drop((first, other));
        assert_eq!(calls.counts(), BTreeMap::from([(a, 1)]));
        drop(second);
        assert_eq!(calls.counts(), BTreeMap::new());
    }
}
