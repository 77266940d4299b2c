//! Which models can be asked now, as the surveyor saw it last.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::{
    model::{ModelRef, ProviderName},
    pool::WorkerStatus,
    time::Timestamp,
};
use ports::live::{KeyStatus, Usable};

/// What is known of the providers. Of what is not known, the best is told: whoever asks learns it then.
#[derive(Debug, Default)]
pub(crate) struct Availability(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    keys: BTreeMap<ProviderName, Vec<KeyStatus>>,
    workers: Option<Vec<WorkerStatus>>,
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

    /// The workers of all providers, as far as is known.
    pub(crate) fn set_workers(&self, workers: Option<Vec<WorkerStatus>>) {
        self.known().workers = workers;
    }

    /// Whether a question to `models` is answered at `at`: by a worker of the first one's provider, who asks them one
    /// after the other, whatever is said of the pools of the others.
    pub(crate) fn of(&self, models: &[ModelRef], at: Timestamp) -> Usable {
        let known = self.known();
        if !models.first().is_some_and(|first| known.is_taken(&first.provider)) {
            return Usable::Never;
        }
        models.iter().map(|model| known.of(model, at)).min().unwrap_or(Usable::Never)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing panics while holding it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Whether somebody takes the jobs of `provider`. Workers of a paused pool say that they take none.
    fn is_taken(&self, provider: &ProviderName) -> bool {
        let takes = |worker: &WorkerStatus| worker.pool == *provider && !worker.paused;
        self.workers.as_ref().is_none_or(|workers| workers.iter().any(takes))
    }

    fn of(&self, model: &ModelRef, at: Timestamp) -> Usable {
        let Some(keys) = self.keys.get(&model.provider) else { return Usable::Now };
        let usable = keys.iter().map(|key| key.usable_for(&model.model, at));
        usable.min().unwrap_or(Usable::Never)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::key::KeyId;
    use ports::live::KeyState;
    use testkit::clock::epoch;

    use super::*;

    fn key(state: KeyState) -> KeyStatus {
        KeyStatus::plain(KeyId::new("k"), state)
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
        availability.set_keys(&a.provider, None);
        assert_eq!(of(&[&a]), Usable::Now, "nothing is known any more");
    }

    #[test]
    fn workers_of_the_first_provider_take_the_question() {
        let availability = Availability::default();
        let (a, b) = (model("a"), model("b"));
        let worker = |model: &ModelRef, paused| WorkerStatus {
            worker: "w".to_owned(),
            pool: model.provider.clone(),
            slots: 8,
            busy: 8,
            paused,
            version: String::new(),
            calls: BTreeMap::new(),
        };
        let of = |models: &[&ModelRef]| {
            let models: Vec<_> = models.iter().copied().cloned().collect();
            availability.of(&models, after(0))
        };
        for (workers, alone, before_b, behind_b) in [
            (None, Usable::Now, Usable::Now, Usable::Now),
            (Some(vec![]), Usable::Never, Usable::Never, Usable::Never),
            (Some(vec![worker(&a, false)]), Usable::Now, Usable::Now, Usable::Never),
            (
                Some(vec![worker(&a, true), worker(&b, false)]),
                Usable::Never,
                Usable::Never,
                Usable::Now,
            ),
            (
                Some(vec![worker(&a, true), worker(&a, false)]),
                Usable::Now,
                Usable::Now,
                Usable::Never,
            ),
        ] {
            availability.set_workers(workers.clone());
            assert_eq!(of(&[&a]), alone, "{workers:?}");
            assert_eq!(of(&[&a, &b]), before_b, "{workers:?}");
            assert_eq!(of(&[&b, &a]), behind_b, "{workers:?}");
        }
        assert_eq!(of(&[]), Usable::Never);
    }
}
