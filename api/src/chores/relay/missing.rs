//! Queues that are not there. What is to go to one is left alone for a while, the longer the longer it is missing: whoever
//! makes it may be starting just now, or be away for days, and others are not to wait behind it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::id::OutboxId;
use ports::queue::Topic;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

use super::{BATCH, COLLECT};
use crate::{app::App, error::chain};

/// The longest rest. A queue is found again at the latest so long after it was made.
const LONGEST: Duration = Duration::from_secs(30);
/// How often is told that a queue is missing.
const TOLD_EVERY: Duration = Duration::from_mins(1);
/// A queue that nobody missed for so long was there in between, for all that is known.
const FORGOTTEN: Duration = Duration::from_mins(2);

/// A row that has to wait, and for how long.
pub(super) type Missed = (OutboxId, Duration);

/// The queues that are missed, with what is known of each.
#[derive(Default)]
pub(super) struct MissingQueues(Mutex<HashMap<Topic, Absence>>);

#[derive(Clone, Copy)]
struct Absence {
    since: Instant,
    last: Instant,
    told: Instant,
}

/// What follows from a queue that was missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    /// How long its rows are left alone.
    pub(super) rest: Duration,
    /// Whether to tell of it.
    pub(super) is_news: bool,
}

impl MissingQueues {
    /// The queue of `topic` was missed at `at`.
    pub(super) fn miss(&self, topic: &Topic, at: Instant) -> Verdict {
        let mut absences = self.absences();
        let known = absences.get(topic).filter(|known| at.duration_since(known.last) < FORGOTTEN);
        let is_news = known.is_none_or(|known| at.duration_since(known.told) >= TOLD_EVERY);
        let since = known.map_or(at, |known| known.since);
        let told = known.filter(|_| !is_news).map_or(at, |known| known.told);
        absences.insert(topic.clone(), Absence { since, last: at, told });
        Verdict { rest: rest(at.duration_since(since)), is_news }
    }

    /// The queue of `topic` is there.
    pub(super) fn find(&self, topic: &Topic) {
        self.absences().remove(topic);
    }

    fn absences(&self) -> MutexGuard<'_, HashMap<Topic, Absence>> {
        // Nothing panics while holding it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long rows of a queue rest that is missing for so long: in steps, so that many rows rest equally long.
fn rest(missing_for: Duration) -> Duration {
    let seconds = missing_for.as_secs().max(1);
    Duration::from_secs(1 << seconds.ilog2()).min(LONGEST)
}

/// Has the rows that were missed rest, many at a time, until no more can come.
pub(super) async fn put_off(app: &App, mut missed: mpsc::UnboundedReceiver<Missed>) {
    let mut rows = Vec::new();
    while missed.recv_many(&mut rows, BATCH as usize).await > 0 {
        sleep(COLLECT).await;
        while rows.len() < BATCH as usize
            && let Ok(row) = missed.try_recv()
        {
            rows.push(row);
        }
        let mut together = BTreeMap::<Duration, Vec<OutboxId>>::new();
        for (id, rest) in rows.drain(..) {
            together.entry(rest).or_default().push(id);
        }
        for (rest, ids) in together {
            if let Err(error) = app.ports.outbox.put_off(&ids, app.now() + rest).await {
                // They are tried again when their claim has lapsed.
                tracing::debug!(error = chain(&error), "rows of a missing queue are not put off");
            }
            app.handover.done(&ids);
        }
    }
}

#[cfg(test)]
mod tests {
    use testkit::sample;

    use super::*;

    #[test]
    fn rows_rest_the_longer_the_longer_their_queue_is_missing() {
        for (missing_for, expected) in
            [(0, 1), (1, 1), (2, 2), (3, 2), (4, 4), (15, 8), (31, 16), (32, 30), (86_400, 30)]
        {
            let expected = Duration::from_secs(expected);
            assert_eq!(rest(Duration::from_secs(missing_for)), expected, "{missing_for}");
        }
    }

    #[test]
    fn each_missing_queue_is_told_of_once_a_minute() {
        let (queues, began) = (MissingQueues::default(), Instant::now());
        let (usage, jobs) = (Topic::UsageEvents, Topic::Requests(sample::provider()));
        let miss = |topic, seconds| {
            let verdict = queues.miss(topic, began + Duration::from_secs(seconds));
            (verdict.rest.as_secs(), verdict.is_news)
        };
        assert_eq!(miss(&usage, 0), (1, true));
        assert_eq!(miss(&usage, 0), (1, false));
        assert_eq!(miss(&jobs, 10), (1, true), "another queue");
        assert_eq!(miss(&usage, 59), (30, false));
        assert_eq!(miss(&usage, 60), (30, true));
        assert_eq!(miss(&usage, 119), (30, false));
        queues.find(&usage);
        assert_eq!(miss(&usage, 120), (1, true), "it was there");
        assert_eq!(miss(&jobs, 129), (30, true));
        assert_eq!(miss(&jobs, 249), (1, true), "perhaps it was there");
    }
}
