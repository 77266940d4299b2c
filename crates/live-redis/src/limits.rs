//! What callers may do how often, and whose turn it is.

use std::time::Duration;

use async_trait::async_trait;
use domain::id::{GenerationId, UserId};
use ports::live::{InFlight, Limits, LiveError, Quota, Verdict};

use crate::{
    connect::RedisLive,
    error::Error,
    wait::{micros, millis},
};

#[async_trait]
impl Limits for RedisLive {
    async fn check(&self, bucket: &str, quota: Quota) -> Result<Verdict, LiveError> {
        let each = quota.per / quota.times.get();
        if each < Duration::from_micros(1) {
            // It refills in no time.
            return Ok(Verdict::Allowed { left: quota.times.get() });
        }
        let mut run = self.scripts.check.key(self.names.bucket(bucket, quota));
        run.arg(quota.times.get()).arg(micros(each));
        let (wait, left): (u64, u32) = self.connection.run(&run).await?;
        Ok(match wait {
            0 => Verdict::Allowed { left },
            wait => Verdict::RetryAfter(Duration::from_micros(wait)),
        })
    }

    async fn acquire_inflight(
        &self,
        user: UserId,
        generation: GenerationId,
        expiry: Duration,
    ) -> Result<InFlight, LiveError> {
        let mut run = self.scripts.acquire.key(self.names.place(user));
        run.arg(generation.to_string()).arg(millis(expiry).max(1));
        let Some(holder) = self.connection.run::<Option<String>>(&run).await? else {
            return Ok(InFlight::Acquired);
        };
        let holder = holder.parse().map_err(|_| Error::unknown("holder of a place", holder))?;
        Ok(InFlight::HeldBy(holder))
    }

    async fn release_inflight(
        &self,
        user: UserId,
        generation: GenerationId,
    ) -> Result<(), LiveError> {
        let mut run = self.scripts.release.key(self.names.place(user));
        run.arg(generation.to_string());
        Ok(self.connection.run(&run).await?)
    }
}
