//! Limits while Redis is away.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::id::{GenerationId, UserId};
use ports::live::{InFlight, Limits, LiveError, Process, Quota, Seating, Verdicts};
use uuid::Uuid;

/// The limits that all processes share, and those of this process alone while the shared ones cannot be
/// asked: nobody gets in uncounted.
pub struct WithFallback {
    /// Shared by all processes.
    pub shared: Arc<dyn Limits>,
    /// Of this process.
    pub local: Arc<dyn Limits>,
}

#[async_trait]
impl Limits for WithFallback {
    async fn check_all(&self, who: &str, buckets: &[(&str, Quota)]) -> Result<Verdicts, LiveError> {
        match self.shared.check_all(who, buckets).await {
            Ok(verdicts) => Ok(verdicts),
            Err(error) => {
                tracing::debug!(%error, "counting by myself");
                self.local.check_all(who, buckets).await
            }
        }
    }

    // Each process by itself would take it for good once.
    async fn use_up(&self, what: &str, by: Uuid, kept: Duration) -> Result<bool, LiveError> {
        self.shared.use_up(what, by, kept).await
    }

    // The store decides whose place it is; this is only the first look.
    async fn acquire_inflight(
        &self,
        user: UserId,
        generation: GenerationId,
        expiry: Duration,
    ) -> Result<InFlight, LiveError> {
        self.shared.acquire_inflight(user, generation, expiry).await
    }

    async fn release_inflight(
        &self,
        user: UserId,
        generation: GenerationId,
    ) -> Result<(), LiveError> {
        self.shared.release_inflight(user, generation).await
    }

    // Whoever serves streams counts its own before it asks here.
    async fn take_seat(
        &self,
        process: Process<'_>,
        user: UserId,
        streams: u32,
        most: u32,
    ) -> Result<Seating, LiveError> {
        self.shared.take_seat(process, user, streams, most).await
    }

    async fn keep_seats(
        &self,
        process: Process<'_>,
        streams: &[(UserId, u32)],
    ) -> Result<(), LiveError> {
        self.shared.keep_seats(process, streams).await
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use embedded::{MemoryLimits, SteadyClock};
    use ports::{clock::SystemClock, live::Verdict};

    use super::*;

    struct Away;

    #[async_trait]
    impl Limits for Away {
        async fn check_all(&self, _: &str, _: &[(&str, Quota)]) -> Result<Verdicts, LiveError> {
            Err(LiveError("away".into()))
        }

        async fn use_up(&self, _: &str, _: Uuid, _: Duration) -> Result<bool, LiveError> {
            Err(LiveError("away".into()))
        }

        async fn acquire_inflight(
            &self,
            _: UserId,
            _: GenerationId,
            _: Duration,
        ) -> Result<InFlight, LiveError> {
            Err(LiveError("away".into()))
        }

        async fn release_inflight(&self, _: UserId, _: GenerationId) -> Result<(), LiveError> {
            Err(LiveError("away".into()))
        }

        async fn take_seat(
            &self,
            _: Process<'_>,
            _: UserId,
            _: u32,
            _: u32,
        ) -> Result<Seating, LiveError> {
            Err(LiveError("away".into()))
        }

        async fn keep_seats(&self, _: Process<'_>, _: &[(UserId, u32)]) -> Result<(), LiveError> {
            Err(LiveError("away".into()))
        }
    }

    /// Security case 96.
    #[tokio::test]
    async fn nobody_gets_in_uncounted() {
        let clock = Arc::new(SteadyClock::starting_with(&SystemClock));
        let limits =
            WithFallback { shared: Arc::new(Away), local: Arc::new(MemoryLimits::new(clock)) };
        let quota = Quota { times: NonZeroU32::new(2).unwrap(), per: Duration::from_mins(1) };
        for left in [1, 0] {
            assert_eq!(limits.check("a", quota).await.unwrap(), Verdict::Allowed { left });
        }
        assert!(matches!(limits.check("a", quota).await.unwrap(), Verdict::RetryAfter(_)));
        let (by, kept) = (Uuid::nil(), Duration::from_mins(1));
        assert!(limits.use_up("a", by, kept).await.is_err(), "good once in every process");
    }
}
