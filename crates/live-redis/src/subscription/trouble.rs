//! That there is no subscription, and for how long: logged when it begins, once a minute while it lasts, and when it
//! is over.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;

/// How often the log says that it lasts.
const SAY_EVERY: Duration = Duration::from_mins(1);

/// Whether there is a subscription.
#[derive(Debug, Default)]
pub(super) struct Trouble(Option<Begun>);

#[derive(Debug, Clone, Copy)]
struct Begun {
    at: Instant,
    said: Instant,
}

impl Trouble {
    /// There is none now.
    pub(super) fn failed(&mut self, error: &Error) {
        if let Some(lasts) = self.is_to_say(Instant::now()) {
            tracing::warn!(%error, ?lasts, "there is no subscription to Redis; it is made again");
        }
    }

    /// There is one.
    pub(super) fn over(&mut self) {
        if let Some(begun) = self.0.take() {
            tracing::info!(lasted = ?begun.at.elapsed(), "there is a subscription to Redis again");
        }
    }

    /// For how long there has been none, if that is to be said now.
    fn is_to_say(&mut self, now: Instant) -> Option<Duration> {
        match &mut self.0 {
            None => {
                self.0 = Some(Begun { at: now, said: now });
                Some(Duration::ZERO)
            }
            Some(begun) if now - begun.said >= SAY_EVERY => {
                begun.said = now;
                Some(now - begun.at)
            }
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_told_at_once_and_once_a_minute() {
        let (mut trouble, begun) = (Trouble::default(), Instant::now());
        let told = |trouble: &mut Trouble, second| {
            let lasts = trouble.is_to_say(begun + Duration::from_secs(second));
            lasts.map(|lasts| lasts.as_secs())
        };
        for (second, expected) in
            [(0, Some(0)), (1, None), (59, None), (61, Some(61)), (62, None), (121, Some(121))]
        {
            assert_eq!(told(&mut trouble, second), expected, "{second}");
        }
        trouble.over();
        assert_eq!(told(&mut trouble, 122), Some(0), "another one");
    }
}
