//! Which models can be asked now, as the surveyor saw it last.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::{
    model::{ModelRef, ProviderName},
    time::Timestamp,
};
use ports::live::{KeyStatus, Usable};

/// What is known of the providers. Of what is not known, the best is told: whoever asks learns it then.
#[derive(Debug, Default)]
pub(crate) struct Availability(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    keys: BTreeMap<ProviderName, Vec<KeyStatus>>,
    paused: BTreeSet<ProviderName>,
}

impl Availability {
    /// The keys of `provider`, as far as is known.
    pub(crate) fn set_keys(&self, provider: &ProviderName, keys: Option<Vec<KeyStatus>>) {
        let mut known = self.known();
        match keys {
            Some(keys) => known.keys.insert(provider.clone(), keys),
            None => known.keys.remove(provider),
        };
    }

    /// The pools that take no more jobs.
    pub(crate) fn set_paused(&self, paused: BTreeSet<ProviderName>) {
        self.known().paused = paused;
    }

    /// Whether one of `models` can be asked at `at`.
    pub(crate) fn of(&self, models: &[ModelRef], at: Timestamp) -> Usable {
        let known = self.known();
        models.iter().map(|model| known.of(model, at)).min().unwrap_or(Usable::Never)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing panics while holding it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn of(&self, model: &ModelRef, at: Timestamp) -> Usable {
        if self.paused.contains(&model.provider) {
            return Usable::Never;
        }
        let Some(keys) = self.keys.get(&model.provider) else { return Usable::Now };
        let usable = keys.iter().map(|key| key.usable_for(&model.model, at));
        usable.min().unwrap_or(Usable::Never)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ports::live::KeyState;
    use testkit::{clock::epoch, sample};

    use super::*;

    fn key(state: KeyState) -> KeyStatus {
        sample::key_status("k", state)
    }

    fn after(seconds: u64) -> Timestamp {
        epoch() + Duration::from_secs(seconds)
    }

    fn model(provider: &str) -> ModelRef {
        ModelRef { provider: ProviderName::parse(provider).unwrap(), model: "m".to_owned() }
    }

    #[test]
    fn the_best_key_of_the_best_model_counts() {
        let availability = Availability::default();
        let (a, b) = (model("a"), model("b"));
        let of = |models: &[&ModelRef]| {
            let models: Vec<_> = models.iter().copied().cloned().collect();
            availability.of(&models, after(0))
        };
        assert_eq!(of(&[&a]), Usable::Now, "nothing is known");
        let rests = |seconds| key(KeyState::CoolingUntil(after(seconds)));
        availability
            .set_keys(&a.provider, Some(vec![rests(60), rests(30), key(KeyState::Revoked)]));
        assert_eq!(of(&[&a]), Usable::From(after(30)));
        availability.set_keys(&b.provider, Some(Vec::new()));
        assert_eq!(of(&[&b]), Usable::Never, "no worker has a key");
        assert_eq!(of(&[&b, &a]), Usable::From(after(30)));
        availability.set_keys(&b.provider, Some(vec![key(KeyState::Active), rests(60)]));
        assert_eq!(of(&[&a, &b]), Usable::Now);
        availability.set_paused([b.provider.clone()].into());
        assert_eq!(of(&[&b]), Usable::Never);
        availability.set_keys(&a.provider, None);
        assert_eq!(of(&[&a]), Usable::Now, "nothing is known any more");
    }
}
