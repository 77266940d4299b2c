//! What callers may do how often and how much at once, and whose turn it is.

use std::time::Duration;

use async_trait::async_trait;
use domain::id::{GenerationId, UserId};
use futures_util::future::try_join_all;
use ports::live::{InFlight, Limits, LiveError, Process, Quota, Seating, Verdict};

use crate::{
    connect::RedisLive,
    error::Error,
    wait::{micros, millis},
};

impl RedisLive {
    async fn keep_seat(
        &self,
        process: Process<'_>,
        user: UserId,
        streams: u32,
    ) -> Result<(), Error> {
        let mut run = self.scripts.keep_seats.key(self.names.streams(user));
        run.arg(process.name).arg(streams).arg(millis(process.kept).max(1));
        self.connection.run(&run).await
    }
}

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

    async fn take_seat(
        &self,
        process: Process<'_>,
        user: UserId,
        streams: u32,
        most: u32,
    ) -> Result<Seating, LiveError> {
        let mut run = self.scripts.take_seat.key(self.names.streams(user));
        run.arg(process.name).arg(streams).arg(millis(process.kept).max(1)).arg(most);
        let is_counted: bool = self.connection.run(&run).await?;
        Ok(if is_counted { Seating::Free } else { Seating::Full })
    }

    async fn keep_seats(
        &self,
        process: Process<'_>,
        streams: &[(UserId, u32)],
    ) -> Result<(), LiveError> {
        // All go out together, each by itself: in a cluster the keys of several users lie on several nodes.
        let each = streams.iter().map(|(user, streams)| self.keep_seat(process, *user, *streams));
        try_join_all(each).await?;
        Ok(())
    }
}
