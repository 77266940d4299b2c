//! Providers that are overloaded, model by model, as this worker has met them.
//!
//! Each worker learns for itself: it needs a handful of calls for that, and no word from anybody else.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{
    breaker::{Breaker, CallEnd},
    model::ProviderName,
    time::Timestamp,
};

/// The breakers of one provider. A model of which there is nothing to remember has none.
#[derive(Debug)]
pub(crate) struct Breakers {
    provider: ProviderName,
    models: Mutex<HashMap<String, Breaker>>,
}

/// A call under way.
#[derive(Debug)]
pub(crate) struct Calling<'a> {
    breakers: &'a Breakers,
    model: &'a str,
    is_trial: bool,
    begun: Timestamp,
}

impl Breakers {
    /// All is well with `provider`.
    pub(crate) fn new(provider: ProviderName) -> Self {
        Self { provider, models: Mutex::default() }
    }

    /// A call of `model` begins, unless nobody may call for so long.
    pub(crate) fn begin<'a>(
        &'a self,
        model: &'a str,
        now: Timestamp,
    ) -> Result<Calling<'a>, Duration> {
        let mut models = self.lock();
        match models.get(model).and_then(|breaker| breaker.hold(now)) {
            Some(hold) => Err(hold),
            None => Ok(self.begin_with(&mut models, model, now)),
        }
    }

    /// A call of `model` begins, even if it should not.
    pub(crate) fn begin_anyway<'a>(&'a self, model: &'a str, now: Timestamp) -> Calling<'a> {
        self.begin_with(&mut self.lock(), model, now)
    }

    fn begin_with<'a>(
        &'a self,
        models: &mut HashMap<String, Breaker>,
        model: &'a str,
        now: Timestamp,
    ) -> Calling<'a> {
        let is_trial = models.get_mut(model).is_some_and(|breaker| {
            let (begun, is_trial) = breaker.begin();
            *breaker = begun;
            is_trial
        });
        Calling { breakers: self, model, is_trial, begun: now }
    }

    fn went(&self, model: &str, was_trial: bool, end: CallEnd, now: Timestamp) {
        let mut models = self.lock();
        let known = models.get(model).copied();
        if known.is_none() && end != CallEnd::Overloaded {
            return;
        }
        let before = known.unwrap_or(Breaker::new(now));
        let after = before.ended(was_trial, end, now);
        models.insert(model.to_owned(), after);
        self.tell(model, (before, after));
        self.tidy_up(&mut models, now);
    }

    /// Forgets what does not matter any more. Said now and then, since a model that nobody calls says nothing.
    pub(crate) fn tidy(&self, now: Timestamp) {
        self.tidy_up(&mut self.lock(), now);
    }

    fn tidy_up(&self, models: &mut HashMap<String, Breaker>, now: Timestamp) {
        models.retain(|_, breaker| !breaker.is_idle(now));
        let open = models.values().filter(|breaker| !matches!(breaker, Breaker::Closed { .. }));
        instruments::breakers_open(self.provider.as_str(), open.count());
    }

    fn tell(&self, model: &str, change: (Breaker, Breaker)) {
        let provider = &self.provider;
        match change {
            (Breaker::Closed { .. }, Breaker::Open { until, .. }) => {
                tracing::warn!(%provider, model, %until, "is overloaded; leaving it alone");
            }
            (Breaker::Trying { .. }, Breaker::Closed { .. }) => {
                tracing::info!(%provider, model, "answers again");
            }
            _ => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Breaker>> {
        // Nothing panics while holding it.
        self.models.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Calling<'_> {
    /// So it goes, or went. What comes later is that of a usual call.
    pub(crate) fn goes(&mut self, how: CallEnd, now: Timestamp) {
        let was_trial = std::mem::take(&mut self.is_trial);
        self.breakers.went(self.model, was_trial, how, now);
    }
}

impl Drop for Calling<'_> {
    /// A trial that nobody finished leaves its place to the next one.
    fn drop(&mut self) {
        if self.is_trial {
            self.breakers.went(self.model, true, CallEnd::Neither, self.begun);
        }
    }
}
