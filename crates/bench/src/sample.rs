//! Figures in quantity.

use std::time::Duration;

/// Measured durations.
#[derive(Debug, Clone, Default)]
pub struct Sample(Vec<Duration>);

impl Sample {
    /// Takes one more in.
    pub fn push(&mut self, value: Duration) {
        self.0.push(value);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The median and the 99th percentile.
    pub fn summary(mut self) -> Summary {
        self.0.sort_unstable();
        let at = |permille: usize| {
            let last = self.0.len().saturating_sub(1);
            self.0.get((self.0.len() * permille / 1000).min(last)).copied().unwrap_or_default()
        };
        Summary { p50: at(500), p99: at(990), max: at(1000) }
    }
}

/// What is said of a sample.
#[derive(Debug, Clone, Copy)]
pub struct Summary {
    /// The median.
    pub p50: Duration,
    /// The 99th percentile.
    pub p99: Duration,
    /// The largest.
    pub max: Duration,
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
        let Self { p50, p99, max } = *self;
        write!(f, "p50 {:.2} ms  p99 {:.2} ms  max {:.2} ms", ms(p50), ms(p99), ms(max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_of_the_sorted_sample() {
        let mut sample = Sample::default();
        (0..1000).rev().for_each(|ms| sample.push(Duration::from_millis(ms)));
        let summary = sample.summary();
        assert_eq!(summary.p50, Duration::from_millis(500));
        assert_eq!(summary.p99, Duration::from_millis(990));
        assert_eq!(summary.max, Duration::from_millis(999));
        assert_eq!(Sample::default().summary().p50, Duration::ZERO);
    }
}
