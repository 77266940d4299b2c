//! What callers may do how often and how much at once, and whose turn it is.

use std::time::Duration;

use async_trait::async_trait;
use domain::id::{GenerationId, UserId};
use futures_util::future::try_join_all;
use ports::live::{InFlight, Limits, LiveError, Process, Quota, Seating, Verdicts};
use uuid::Uuid;

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
        let mut run = self.scripts.keep_seats.on(&[self.names.streams(user)]);
        run.arg(process.name).arg(streams).arg(millis(process.kept).max(1));
        self.connection.run(&run).await
    }
}

#[async_trait]
impl Limits for RedisLive {
    async fn check_all(&self, who: &str, buckets: &[(&str, Quota)]) -> Result<Verdicts, LiveError> {
        let mut left: Vec<u32> = buckets.iter().map(|(_, quota)| quota.times.get()).collect();
        let counting = |(place, (_, quota)): (usize, &(&str, Quota))| {
            let each = quota.per / quota.times.get();
            // Others refill in no time.
            (each >= Duration::from_micros(1)).then_some((place, each))
        };
        let counting: Vec<_> = buckets.iter().enumerate().filter_map(counting).collect();
        if counting.is_empty() {
            return Ok(Verdicts::Allowed { left });
        }
        let name = |place: usize| self.names.bucket(who, buckets[place].0, buckets[place].1);
        let names: Vec<String> = counting.iter().map(|(place, _)| name(*place)).collect();
        let mut run = self.scripts.check.on(&names);
        for (place, each) in &counting {
            run.arg(buckets[*place].1.times.get()).arg(micros(*each));
        }
        let (wait, answers): (u64, Vec<u32>) = self.connection.run(&run).await?;
        let places = counting.iter().map(|(place, _)| *place);
        if wait > 0 {
            let by = answers.first().and_then(|by| places.clone().nth(*by as usize - 1));
            let by = by.ok_or_else(|| Error::unknown("bucket", format!("{answers:?}")))?;
            return Ok(Verdicts::RetryAfter { wait: Duration::from_micros(wait), by });
        }
        places.zip(answers).for_each(|(place, answer)| left[place] = answer);
        Ok(Verdicts::Allowed { left })
    }

    async fn use_up(&self, what: &str, by: Uuid, kept: Duration) -> Result<bool, LiveError> {
        let mut run = self.scripts.acquire.on(&[self.names.used(what)]);
        run.arg(by.to_string()).arg(millis(kept).max(1));
        let other: Option<String> = self.connection.run(&run).await?;
        Ok(other.is_none())
    }

    async fn acquire_inflight(
        &self,
        user: UserId,
        generation: GenerationId,
        expiry: Duration,
    ) -> Result<InFlight, LiveError> {
        let mut run = self.scripts.acquire.on(&[self.names.place(user)]);
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
        let mut run = self.scripts.release.on(&[self.names.place(user)]);
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
        let mut run = self.scripts.take_seat.on(&[self.names.streams(user)]);
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
