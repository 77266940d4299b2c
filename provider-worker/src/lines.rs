//! Jobs that wait for a key stand in line: the first asks for all of them. So the pool is asked as often as there are
//! workers that wait, not jobs, and who came first is served first.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::key::NoKeyReason;
use tokio::{
    sync::{Notify, OwnedMutexGuard},
    time::{Instant, timeout},
};

/// What jobs in one line wait for: a key for the same model, for calls of about the same size. A large call may have
/// to wait for a budget that has room for small ones, which it must not hold up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind {
    model: String,
    /// The power of four.
    size: u32,
}

impl Kind {
    /// A key of `model` for a call that uses so many tokens.
    pub(crate) fn of(model: &str, tokens: u64) -> Self {
        Self { model: model.to_owned(), size: tokens.checked_ilog(4).unwrap_or(0) }
    }
}

#[derive(Debug, Default)]
struct Line {
    /// Held by the first. It goes to the others in the order in which they came.
    first: Arc<tokio::sync::Mutex<()>>,
    /// What the first was told: when to ask again, and why not now.
    told: Mutex<Option<(Instant, NoKeyReason)>>,
    /// Rings when this worker has given a key back.
    given_back: Notify,
}

/// The lines of one provider. Those in which nobody stands are not there: users name models as they like.
#[derive(Debug, Default)]
pub(crate) struct Lines(Mutex<BTreeMap<Kind, (usize, Arc<Line>)>>);

/// A place in a line, until it is dropped.
pub(crate) struct Place<'a> {
    lines: &'a Lines,
    kind: Kind,
    line: Arc<Line>,
    first: Option<OwnedMutexGuard<()>>,
}

impl Lines {
    /// A place at the end of the line, if there is one: who comes later must not be served before.
    pub(crate) fn join_others(&self, kind: &Kind) -> Option<Place<'_>> {
        let is_any = self.lock().contains_key(kind);
        is_any.then(|| self.join(kind.clone()))
    }

    /// A place at the end of the line.
    pub(crate) fn join(&self, kind: Kind) -> Place<'_> {
        let mut lines = self.lock();
        let (count, line) = lines.entry(kind.clone()).or_default();
        *count += 1;
        Place { lines: self, kind, line: Arc::clone(line), first: None }
    }

    /// A key was given back: whoever is first asks at once.
    pub(crate) fn key_given_back(&self) {
        for (_, line) in self.lock().values() {
            line.given_back.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Kind, (usize, Arc<Line>)>> {
        // Nothing panics while holding it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Whether nobody stands before it.
    pub(crate) fn is_first(&mut self) -> bool {
        if self.first.is_none() {
            self.first = Arc::clone(&self.line.first).try_lock_owned().ok();
        }
        self.first.is_some()
    }

    /// Waits until nobody stands before it.
    pub(crate) async fn come_first(&mut self) {
        if self.first.is_none() {
            self.first = Some(Arc::clone(&self.line.first).lock_owned().await);
        }
    }

    /// What the first was told last, if that has not passed: for how long there is no key, and why.
    pub(crate) fn told(&self) -> Option<(Duration, NoKeyReason)> {
        let told = *self.line.told.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, why) = told?;
        let wait = until.saturating_duration_since(Instant::now());
        (!wait.is_zero()).then_some((wait, why))
    }

    /// The first was told this.
    pub(crate) fn note(&self, wait: Duration, why: NoKeyReason) {
        let told = Instant::now().checked_add(wait).map(|until| (until, why));
        *self.line.told.lock().unwrap_or_else(PoisonError::into_inner) = told;
    }

    /// The first got a key: what it was told before is not so any more.
    pub(crate) fn served(&self) {
        *self.line.told.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Waits for so long, or until this worker gives a key back.
    pub(crate) async fn pause(&self, wait: Duration) {
        // Either way it is time to ask again.
        let _ = timeout(wait, self.line.given_back.notified()).await;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut lines = self.lines.lock();
        if let Some((count, _)) = lines.get_mut(&self.kind) {
            *count -= 1;
            if *count == 0 {
                lines.remove(&self.kind);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn kind() -> Kind {
        Kind::of("m", 1000)
    }

    #[test]
    fn calls_of_about_one_size_stand_in_one_line() {
        for (tokens, same) in [(1024, true), (4095, true), (4096, false), (1023, false), (0, false)]
        {
            assert_eq!(Kind::of("m", 1024) == Kind::of("m", tokens), same, "{tokens}");
        }
        assert_ne!(Kind::of("m", 1024), Kind::of("n", 1024));
    }

    #[test]
    fn whoever_came_first_is_first_and_who_goes_makes_room() {
        let lines = Lines::default();
        assert!(lines.join_others(&kind()).is_none(), "nobody waits");
        let mut first = lines.join(kind());
        assert!(first.is_first() && first.is_first());
        let mut others: Vec<Place<'_>> =
            (0..3).map(|_| lines.join_others(&kind()).unwrap()).collect();
        let [second, third, fourth] = others.as_mut_slice() else { unreachable!() };
        let (mut second_comes, mut third_comes) =
            (Box::pin(second.come_first()), Box::pin(third.come_first()));
        assert_eq!((&mut second_comes).now_or_never(), None);
        assert_eq!((&mut third_comes).now_or_never(), None);
        drop(first);
        assert!(!fourth.is_first(), "others were here before");
        assert_eq!((&mut third_comes).now_or_never(), None);
        // The second goes without ever having been first.
        drop(second_comes);
        assert_eq!(third_comes.now_or_never(), Some(()));
        drop(others);
        assert!(lines.join_others(&kind()).is_none(), "nobody waits any more");
        assert!(lines.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_given_back_ends_a_pause() {
        let lines = Lines::default();
        let place = lines.join(kind());
        let long = Duration::from_mins(1);
        let begun = Instant::now();
        // Also one that was given back while the first was asking.
        lines.key_given_back();
        place.pause(long).await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
        tokio::join!(place.pause(long), async { lines.key_given_back() });
        assert_eq!(begun.elapsed(), Duration::ZERO);
        place.pause(long).await;
        assert_eq!(begun.elapsed(), long);
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_first_was_told_holds_for_all_until_its_time_has_come() {
        let lines = Lines::default();
        let (first, second) = (lines.join(kind()), lines.join(kind()));
        assert_eq!(second.told(), None);
        let wait = Duration::from_secs(3);
        first.note(wait, NoKeyReason::Busy);
        assert_eq!(second.told(), Some((wait, NoKeyReason::Busy)));
        tokio::time::advance(wait).await;
        assert_eq!(second.told(), None);
        first.note(wait, NoKeyReason::Busy);
        first.served();
        assert_eq!(second.told(), None);
    }
}
