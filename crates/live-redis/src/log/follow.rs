//! Following a log: a position, and a place at its tail.
//!
//! What is told on the channel is taken as it comes if it joins what the follower has; whenever
//! something may be missing (at the beginning, after a hole, when the subscription was made again, after
//! a silence) the log is read. Nothing is queued for a follower.

use std::pin::pin;

use domain::id::GenerationId;
use futures_util::{StreamExt, stream};
use ports::live::{LiveError, LogBatches, LogEntry};
use tokio::time::{Duration, Instant, timeout, timeout_at};

use crate::{
    connect::RedisLive,
    subscription::{Found, Place},
};

/// How many entries a follower that has fallen behind gets at once.
const BATCH: u32 = 256;

/// How long a follower waits for its subscription before it reads; if it takes longer, it reads again.
const SUBSCRIBING: Duration = Duration::from_millis(100);

struct Follower {
    live: RedisLive,
    generation: GenerationId,
    place: Place,
    after: u64,
    /// How often the channel had been subscribed to when the log was last read to its end.
    read_at: Option<u64>,
    /// What the tail knew when the log was found to have no more.
    settled: Option<u64>,
    /// Whether the log is read only since it was quiet.
    looks: bool,
    /// When the log was found to end before `after`, if it was.
    is_ahead: Option<Instant>,
    has_failed: bool,
    is_over: bool,
}

/// The entries after `after`, until the log has ended.
pub(super) fn batches(live: RedisLive, generation: GenerationId, after: u64) -> LogBatches {
    let place = live.subscriptions.join(live.names.channel(generation));
    let follower = Follower {
        live,
        generation,
        place,
        after,
        read_at: None,
        settled: None,
        looks: false,
        is_ahead: None,
        has_failed: false,
        is_over: false,
    };
    stream::unfold(follower, |mut follower| async move {
        let batch = follower.next().await?;
        Some((batch, follower))
    })
    .fuse()
    .boxed()
}

impl Follower {
    async fn next(&mut self) -> Option<Result<Vec<LogEntry>, LiveError>> {
        if self.read_at.is_none() && self.place.is_connected() {
            self.until_subscribed().await;
        }
        if std::mem::take(&mut self.has_failed) {
            // Asking at once would only fail again.
            let _ = timeout(self.live.options.poll, self.place.tail.changed()).await;
        }
        while !self.is_over {
            match self.look() {
                Found::Entries(batch) => return Some(Ok(self.advance(batch))),
                Found::End => return None,
                Found::Nothing if !self.has_to_read() => self.wait().await,
                Found::Nothing | Found::Behind(_) => match self.read().await {
                    Ok(batch) if batch.is_empty() => {}
                    Ok(batch) => return Some(Ok(self.advance(batch))),
                    Err(error) => {
                        self.has_failed = true;
                        return Some(Err(error));
                    }
                },
            }
        }
        None
    }

    fn advance(&mut self, batch: Vec<LogEntry>) -> Vec<LogEntry> {
        self.after = batch.last().map_or(self.after, |entry| entry.seq);
        batch
    }

    async fn until_subscribed(&self) {
        let mut changed = pin!(self.place.tail.changed());
        changed.as_mut().enable();
        if self.place.tail.subscribed() == 0 {
            let _ = timeout(SUBSCRIBING, changed).await;
        }
    }

    fn look(&self) -> Found {
        let mut after = self.after;
        if failpoint::is_planted("pubsub_as_data") {
            after = after.max(self.place.tail.first() - 1);
        }
        match self.place.tail.look(after, BATCH as usize) {
            // A log that is gone has not what the tail remembers.
            Found::Behind(known) if self.settled == Some(known) => Found::Nothing,
            found => found,
        }
    }

    /// Whether something may have been missed.
    fn has_to_read(&mut self) -> bool {
        if failpoint::is_planted("pubsub_as_data") {
            return self.read_at.is_none();
        }
        if self.read_at != Some(self.place.tail.subscribed()) {
            return true;
        }
        let poll = self.live.options.poll;
        if let Some(read) = self.is_ahead {
            // A look for all would find nothing for the others.
            return read + poll <= Instant::now();
        }
        self.looks = self.place.tail.claim_look(poll);
        self.looks
    }

    /// When to look whether there is more.
    fn look_at(&self) -> Instant {
        let poll = self.live.options.poll;
        self.is_ahead.map_or_else(|| self.place.tail.quiet_at(poll), |read| read + poll)
    }

    async fn wait(&self) {
        let tail = &self.place.tail;
        let mut changed = pin!(tail.changed());
        // Registered first, looked second: what comes in between is not missed.
        changed.as_mut().enable();
        let is_quiet = matches!(self.look(), Found::Nothing);
        let is_planted = failpoint::is_planted("pubsub_as_data");
        if is_quiet && (is_planted || self.read_at == Some(tail.subscribed())) {
            let _ = timeout_at(self.look_at(), changed).await;
        }
    }

    async fn read(&mut self) -> Result<Vec<LogEntry>, LiveError> {
        let looks = std::mem::take(&mut self.looks);
        let tail = &self.place.tail;
        let subscribed = tail.subscribed();
        let known = tail.look(self.after, 0);
        failpoint::pass("follow.before_read").await;
        let page = self.live.page(self.generation, self.after, BATCH).await?;
        failpoint::pass("follow.after_read").await;
        let is_read = page.entries.len() < BATCH as usize;
        self.read_at = is_read.then_some(subscribed);
        self.is_over = is_read && page.is_over;
        self.is_ahead = (self.after > page.last_seq).then(Instant::now);
        if let (Found::Behind(known), true) = (known, page.entries.is_empty()) {
            self.settled = Some(known);
        }
        if tail.take_in(&page.entries) && looks {
            self.place.missed();
        }
        Ok(page.entries)
    }
}
