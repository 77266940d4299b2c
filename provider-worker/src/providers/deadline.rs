//! The deadlines of one call, watched by one timer.

use std::{pin::Pin, time::Duration};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::config::Deadlines;

/// Which deadline passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    /// Nothing came.
    FirstToken,
    /// Nothing more came.
    Progress,
    /// It took too long in all.
    Total,
    /// The answer is whole as far as was said, and what may follow it did not come.
    AfterFinish,
}

impl Passed {
    /// For operators.
    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::FirstToken => "no text came in time",
            Self::Progress => "no more text came in time",
            Self::Total => "the answer took too long in all",
            Self::AfterFinish => "nothing followed the answer",
        }
    }
}

/// Watches over one call.
///
/// Progress only moves a point in time; the timer is set anew when it fires too early, so that text
/// costs no timer work however fast it comes.
#[derive(Debug)]
pub(super) struct Watch {
    timer: Pin<Box<Sleep>>,
    deadlines: Deadlines,
    waiting_for: Passed,
    due: Instant,
    total_due: Instant,
}

impl Watch {
    /// Begins to wait for the first token.
    pub(super) fn start(deadlines: Deadlines) -> Self {
        let now = Instant::now();
        let total_due = after(now, deadlines.total);
        let due = after(now, deadlines.first_token);
        let timer = Box::pin(sleep_until(due.min(total_due)));
        Self { timer, deadlines, waiting_for: Passed::FirstToken, due, total_due }
    }

    /// A thought came. Some tell that they think, and then nothing of it: the wait for the first text is not cut short.
    pub(super) fn thought(&mut self) {
        let (waiting_for, due) = (self.waiting_for, self.due);
        self.progress();
        if waiting_for == Passed::FirstToken {
            (self.waiting_for, self.due) = (waiting_for, self.due.max(due));
        }
    }

    /// Text came.
    pub(super) fn progress(&mut self) {
        self.wait_for(Passed::Progress, self.deadlines.progress);
    }

    /// The answer is whole if nothing follows for as long as `usual` takes, or for what is left of such a wait.
    pub(super) fn may_finish(&mut self, usual: Passed) {
        let wait = match usual {
            Passed::FirstToken => self.deadlines.first_token,
            Passed::Progress => self.deadlines.progress,
            Passed::Total => self.deadlines.total,
            Passed::AfterFinish => self.deadlines.after_finish,
        };
        self.wait_for(Passed::AfterFinish, wait);
    }

    fn wait_for(&mut self, what: Passed, wait: Duration) {
        self.waiting_for = what;
        self.due = after(Instant::now(), wait);
    }

    /// Returns when a deadline passes. May be dropped and called again.
    pub(super) async fn passed(&mut self) -> Passed {
        loop {
            let due = self.due.min(self.total_due);
            if self.timer.is_elapsed() || self.timer.deadline() > due {
                self.timer.as_mut().reset(due);
            }
            self.timer.as_mut().await;
            let now = Instant::now();
            if now >= self.due {
                return self.waiting_for;
            }
            if now >= self.total_due {
                return Passed::Total;
            }
        }
    }
}

/// `wait` after `now`, however long it is.
fn after(now: Instant, wait: Duration) -> Instant {
    const FAR: Duration = Duration::from_hours(10 * 365 * 24);
    now + wait.min(FAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> Watch {
        let seconds = Duration::from_secs;
        Watch::start(Deadlines {
            connect: seconds(1),
            first_token: seconds(5),
            thinking: seconds(7),
            progress: seconds(3),
            total: seconds(10),
            after_finish: seconds(2),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn each_deadline_passes_at_its_time() {
        let begun = Instant::now();
        let mut watch = watch();
        assert_eq!(watch.passed().await, Passed::FirstToken);
        assert_eq!(begun.elapsed().as_secs(), 5);
        watch.progress();
        assert_eq!(watch.passed().await, Passed::Progress);
        assert_eq!(begun.elapsed().as_secs(), 8);
        watch.progress();
        assert_eq!(watch.passed().await, Passed::Total);
        assert_eq!(begun.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_shorter_wait_is_not_overslept() {
        let begun = Instant::now();
        let mut watch = watch();
        watch.may_finish(Passed::AfterFinish);
        assert_eq!(watch.passed().await, Passed::AfterFinish);
        assert_eq!(begun.elapsed().as_secs(), 2);
        watch.may_finish(Passed::Progress);
        assert_eq!(watch.passed().await, Passed::AfterFinish);
        assert_eq!(begun.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_thought_gives_more_time_and_never_less() {
        let (mut watch, begun) = (watch(), Instant::now());
        watch.thought();
        assert_eq!(watch.passed().await, Passed::FirstToken);
        assert_eq!(begun.elapsed().as_secs(), 5);
        watch.thought();
        assert_eq!(watch.passed().await, Passed::FirstToken);
        assert_eq!(begun.elapsed().as_secs(), 8);
        watch.progress();
        watch.thought();
        assert_eq!(watch.passed().await, Passed::Total);
        assert_eq!(begun.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn who_thinks_has_more_time_for_the_first_text() {
        let deadlines = watch().deadlines;
        for (model, expected) in [("gpt-5", 7), ("gpt-4o", 5)] {
            let (begun, mut watch) = (Instant::now(), Watch::start(deadlines.of_model(model)));
            assert_eq!(watch.passed().await, Passed::FirstToken);
            assert_eq!(begun.elapsed().as_secs(), expected, "{model}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn progress_moves_the_deadline_although_the_timer_stays() {
        let mut watch = watch();
        let begun = Instant::now();
        for _ in 0..3 {
            tokio::time::advance(Duration::from_secs(2)).await;
            watch.progress();
            assert!(futures_util::FutureExt::now_or_never(watch.passed()).is_none());
        }
        assert_eq!(watch.passed().await, Passed::Progress);
        assert_eq!(begun.elapsed().as_secs(), 9);
    }
}
