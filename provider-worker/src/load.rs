//! How many answers stream at once, and how long text waits for company because of it.
//!
//! Each write costs about the same however much it carries: a turn of the runtime here, a script where
//! the log is, one turn more at the edge, a write at every viewer. With few answers under way nothing
//! waits, and with many the wait keeps the cost of a token from growing; it stays below what a reader
//! notices.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::config::Crowd;

/// No text waits longer.
const LONGEST: Duration = Duration::from_millis(100);

/// How many answers stream. Clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Load(Arc<AtomicUsize>);

impl Load {
    /// Counts one more, as long as the answer lives.
    pub(crate) fn enter(&self) -> Streaming {
        self.0.fetch_add(1, Ordering::Relaxed);
        Streaming(self.clone())
    }
}

/// One answer that streams.
#[derive(Debug)]
pub(crate) struct Streaming(Load);

impl Streaming {
    /// How long text may wait to be written together with what follows; `least` when little is
    /// going on.
    pub(crate) fn pause(&self, least: Duration, crowd: Crowd) -> Duration {
        pause(least, crowd, self.0.0.load(Ordering::Relaxed))
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn pause(least: Duration, crowd: Crowd, answers: usize) -> Duration {
    let burden = u32::try_from(answers.saturating_sub(crowd.unburdened)).unwrap_or(u32::MAX);
    crowd.per_answer.saturating_mul(burden).saturating_add(least).min(LONGEST.max(least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_waits_longer_the_more_answers_there_are() {
        let ms = Duration::from_millis;
        let (near, far) = (Crowd::NEAR, Crowd::FAR);
        for (crowd, answers, expected) in [
            (near, 0, 5),
            (near, 1, 5),
            (near, 100, 5),
            (near, 200, 15),
            (near, 1000, 95),
            (near, 100_000, 100),
            (far, 60, 5),
            (far, 70, 15),
            (far, 100, 45),
            (far, 500, 100),
        ] {
            assert_eq!(pause(ms(5), crowd, answers), ms(expected), "{answers} answers");
        }
        assert_eq!(pause(ms(200), near, 1), ms(200), "never less than wished");
    }

    #[test]
    fn an_answer_counts_as_long_as_it_lives() {
        let (load, crowd) = (Load::default(), Crowd::NEAR);
        let answers: Vec<Streaming> = (0..300).map(|_| load.enter()).collect();
        assert_eq!(answers[0].pause(Duration::ZERO, crowd), Duration::from_millis(20));
        drop(answers);
        assert_eq!(load.enter().pause(Duration::ZERO, crowd), Duration::ZERO);
    }
}
