//! Waits for a key in the worker's hands.

use std::time::Duration;

use domain::{
    event::Event,
    id::WishId,
    key::NoKeyReason,
    time::{Timestamp, to_micros},
};
use tokio::time::{Instant, sleep, timeout};

use super::{lending::NoKey, session::Session, trouble::Trouble};
use crate::{flush::Stop, lines::Place};

/// Waits shorter than this are not worth telling.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// How long a key is waited for before another model is asked.
const WAIT_BEFORE_FALLBACK: Duration = Duration::from_secs(2);

/// The shortest pause before asking again, so that a pool that says "now" is not asked in a spin.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);

/// The longest pause of the first in a line: others rely on what it was told, and operators may bring a key back.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// By how much pauses differ, at most: many who were told the same do not ask at once.
const LARGEST_SPREAD: Duration = Duration::from_millis(200);

/// What is told of a wait that ended in a line whose first was told nothing yet.
const UNKNOWN_WAIT: (Duration, NoKeyReason) = (Duration::from_millis(200), NoKeyReason::Busy);

impl Session<'_> {
    /// Whether a job may wait for so long here: not for long if there is another model to ask.
    pub(super) fn may_wait_here(&self, wait: Duration) -> bool {
        self.search.waited + wait <= self.longest_wait()
    }

    fn longest_wait(&self) -> Duration {
        let usual = self.task.lane.limits.key_wait;
        if self.has_fallback() { usual.min(WAIT_BEFORE_FALLBACK) } else { usual }
    }

    /// Waits for so long, and tells viewers of it.
    pub(super) async fn wait_here(
        &mut self,
        wait: Duration,
        why: &'static str,
    ) -> Result<(), Stop> {
        self.tell_wait(wait, why);
        self.search.waited += wait;
        self.desk.during(sleep(wait)).await
    }

    /// Waits until nobody stands before `place`. Answers what to do without a key if that would take, or has taken,
    /// longer than the job may wait.
    pub(super) async fn come_first(
        &mut self,
        place: &mut Place<'_>,
    ) -> Result<Option<NoKey>, Stop> {
        if place.is_first() {
            return Ok(None);
        }
        if let Some((wait, why)) = place.told() {
            if !self.may_wait_here(wait) {
                return Ok(Some(NoKey::Later(wait, why)));
            }
            self.tell_wait(wait, why.code());
        }
        let (began, left) =
            (Instant::now(), self.longest_wait().saturating_sub(self.search.waited));
        let came = self.desk.during(timeout(left, place.come_first())).await?;
        self.search.waited += began.elapsed();
        Ok(came.is_err().then(|| {
            let (wait, why) = place.told().unwrap_or(UNKNOWN_WAIT);
            NoKey::Later(wait, why)
        }))
    }

    /// Waits as the pool has told for `wish`, as the first of a line or outside of any.
    pub(super) async fn pause(
        &mut self,
        place: Option<&Place<'_>>,
        (wait, why): (Duration, NoKeyReason),
        wish: WishId,
    ) -> Result<(), Stop> {
        self.tell_wait(wait, why.code());
        let began = Instant::now();
        match place {
            Some(place) => {
                let wait = spread(wait.min(LONGEST_PAUSE), wish);
                self.desk.during(place.pause(wait)).await?;
            }
            None => self.desk.during(sleep(spread(wait, wish))).await?,
        }
        self.search.waited += began.elapsed();
        Ok(())
    }

    /// Tells viewers of a wait, unless it is short or told already.
    fn tell_wait(&mut self, wait: Duration, why: &'static str) {
        let until = Instant::now() + wait;
        let is_known = self.search.told_until.is_some_and(|told| until <= told + WORTH_TELLING);
        if wait <= WORTH_TELLING || is_known {
            return;
        }
        self.search.told_until = Some(until);
        let retry_at = Some(after(self.task.lane.now(), wait));
        // Keys that rest because this job was refused: viewers are told of the refusal.
        let refused = self.trouble.as_ref().map(Trouble::code);
        let (attempt, reason) = (self.attempt(), refused.unwrap_or(why).to_owned());
        let event = Event::Retry { attempt, discard_from_seq: None, reason, retry_at };
        self.desk.journal.add(event);
    }
}

/// A wait that is a little longer than `wait`, by how much depends on the wish: no two are alike. Never shorter, since
/// the pool tells exactly when there is a key again.
fn spread(wait: Duration, wish: WishId) -> Duration {
    let wait = wait.max(SHORTEST_PAUSE);
    let spread = (wait / 8).min(LARGEST_SPREAD);
    // The last digits are random.
    let [.., random] = wish.as_uuid().into_bytes();
    wait + spread * u32::from(random) / u32::from(u8::MAX)
}

/// `wait` after `now`, as every store can keep it.
pub(super) fn after(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = chrono::Duration::from_std(wait).unwrap_or(chrono::Duration::MAX);
    to_micros(now.checked_add_signed(wait).unwrap_or(Timestamp::MAX_UTC))
}

#[cfg(test)]
mod tests {
    use testkit::clock::epoch;

    use super::*;

    #[test]
    fn pauses_differ_and_are_never_shorter_than_told() {
        let ms = Duration::from_millis;
        for (told, shortest, longest) in [
            (ms(0), SHORTEST_PAUSE, ms(12)),
            (ms(200), ms(200), ms(225)),
            (ms(30_000), ms(30_000), ms(30_200)),
        ] {
            let pauses: Vec<Duration> =
                (0..100).map(|_| spread(told, WishId::generate(epoch()))).collect();
            assert!(pauses.iter().all(|pause| (shortest..=longest).contains(pause)), "{pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{pauses:?}");
        }
    }
}
