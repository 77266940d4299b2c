//! The loop of one book: take what is ready, book it in one transaction, acknowledge.

use std::{error::Error, time::Duration};

use domain::unreadable::Unreadable;
use futures_util::{FutureExt, StreamExt, future::join_all};
use ports::{
    queue::{Deliveries, Delivery, QueueError},
    store::{Posting, StoreError},
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{Config, Ports, book::Book, patience::Patience};

/// Keeps one book.
pub(crate) struct Clerk<'a, B> {
    /// Which one.
    pub(crate) book: B,
    /// How.
    pub(crate) config: &'a Config,
    /// What it may touch.
    pub(crate) ports: &'a Ports,
    /// When to stop.
    pub(crate) stop: &'a CancellationToken,
}

/// The time after the stop. The queue has always more at hand where there is a backlog.
#[derive(Default)]
struct Ending {
    noticed: Option<Instant>,
}

impl Ending {
    /// Whether it has lasted for `longest` since this was asked first.
    fn is_over(&mut self, longest: Duration) -> bool {
        self.noticed.get_or_insert_with(Instant::now).elapsed() >= longest
    }
}

/// What became of a batch.
enum Posted {
    /// It is in the book.
    Booked,
    /// The store did not answer until the stop.
    Later,
    /// The store cannot keep it.
    Refused(String),
}

impl<B: Book> Clerk<'_, B> {
    /// Keeps the book until the stop.
    pub(crate) async fn keep(self) {
        let mut patience = self.patience();
        loop {
            // One batch is collected while another is booked.
            let ahead = self.config.batch.saturating_mul(2);
            match self.ports.queue.consume(&self.book.topic(), ahead).await {
                Ok(deliveries) => {
                    patience = self.patience();
                    self.work(deliveries).await;
                }
                Err(error) => self.warn(&error, "entries cannot be received"),
            }
            if self.stop.is_cancelled() || !patience.wait(self.stop).await {
                return;
            }
        }
    }

    fn patience(&self) -> Patience {
        Patience::up_to(self.config.longest_pause)
    }

    fn warn(&self, error: &dyn Error, what: &str) {
        tracing::warn!(topic = %self.book.topic(), error = chain(error), "{what}");
    }

    async fn work(&self, mut deliveries: Deliveries) {
        let mut ending = Ending::default();
        while let Some(first) = self.first(&mut deliveries).await {
            let taken = self.collect(first, &mut deliveries).await;
            let (entries, failed): (Vec<_>, Vec<_>) = taken.into_iter().partition(Result::is_ok);
            let goes_on = self.settle(entries.into_iter().flatten().collect()).await;
            if let Some(Err(error)) = failed.into_iter().next() {
                return self.warn(&error, "entries are received no more");
            }
            if !goes_on || (self.stop.is_cancelled() && ending.is_over(self.config.ending)) {
                return;
            }
        }
    }

    /// What comes with `first` until there is enough, or for a while: nobody waits for a booking, while each
    /// commit makes answers wait for the store.
    async fn collect(
        &self,
        first: Result<Delivery, QueueError>,
        deliveries: &mut Deliveries,
    ) -> Vec<Result<Delivery, QueueError>> {
        let mut taken = vec![first];
        let while_over = sleep(self.config.collect);
        tokio::pin!(while_over);
        while taken.len() < usize::from(self.config.batch) {
            tokio::select! {
                biased;
                next = deliveries.next() => match next {
                    Some(next) => taken.push(next),
                    None => break,
                },
                () = &mut while_over => break,
                () = self.stop.cancelled() => break,
            }
        }
        taken
    }

    async fn first(&self, deliveries: &mut Deliveries) -> Option<Result<Delivery, QueueError>> {
        match self.stop.run_until_cancelled(deliveries.next()).await {
            Some(first) => first,
            // What services wrote just before they stopped is here already.
            None => deliveries.next().now_or_never().flatten(),
        }
    }

    /// Books what was taken. False if the store did not answer until the stop.
    async fn settle(&self, taken: Vec<Delivery>) -> bool {
        let mut entries = Vec::with_capacity(taken.len());
        let mut deliveries = Vec::with_capacity(taken.len());
        for delivery in taken {
            match serde_json::from_slice::<B::Entry>(&delivery.envelope.body) {
                Ok(entry) => {
                    entries.push(entry);
                    deliveries.push(delivery);
                }
                Err(error) => {
                    let why = format!("not an entry: {}", Unreadable::from(error));
                    put_aside(delivery, &why).await;
                }
            }
        }
        match self.post(&entries).await {
            Posted::Booked => {
                failpoint::pass("accounting.after_commit").await;
                finish(deliveries, Finish::Ack).await;
            }
            Posted::Later => {
                finish(deliveries, Finish::Release).await;
                return false;
            }
            Posted::Refused(_) => return self.settle_one_by_one(entries, deliveries).await,
        }
        true
    }

    /// One entry that cannot be kept spoils the others: each is booked by itself.
    async fn settle_one_by_one(&self, entries: Vec<B::Entry>, deliveries: Vec<Delivery>) -> bool {
        for (entry, delivery) in entries.into_iter().zip(deliveries) {
            match self.post(&[entry]).await {
                Posted::Booked => finish(vec![delivery], Finish::Ack).await,
                Posted::Refused(why) => put_aside(delivery, &why).await,
                // Those not looked at are dropped, and so given back.
                Posted::Later => return false,
            }
        }
        true
    }

    async fn post(&self, entries: &[B::Entry]) -> Posted {
        if entries.is_empty() {
            return Posted::Booked;
        }
        let mut patience = self.patience();
        loop {
            failpoint::pass("accounting.before_commit").await;
            match self.book.post(self.ports.ledger.as_ref(), entries).await {
                Ok(postings) => {
                    let known = postings.iter().filter(|p| **p == Posting::Duplicate).count();
                    tracing::debug!(topic = %self.book.topic(), entries = entries.len(), known, "booked");
                    self.measure(entries, known);
                    return Posted::Booked;
                }
                Err(error @ StoreError::Inconsistent(_)) => return Posted::Refused(chain(&error)),
                Err(error) => {
                    self.warn(&error, "entries are not booked yet");
                    if self.stop.is_cancelled() {
                        return Posted::Later;
                    }
                    // A stop cuts the wait short, and then there is one last try.
                    patience.wait(self.stop).await;
                }
            }
        }
    }
}

impl<B: Book> Clerk<'_, B> {
    fn measure(&self, entries: &[B::Entry], known: usize) {
        let name = self.book.name();
        let new = entries.len() - known;
        instruments::accounting_booked(name, new as u64, known as u64);
        let oldest = entries.iter().map(B::at).min();
        let age = oldest.and_then(|at| (self.ports.clock.now() - at).to_std().ok());
        instruments::accounting_lag(name, age.unwrap_or_default());
    }
}

#[derive(Clone, Copy)]
enum Finish {
    Ack,
    Release,
}

async fn finish(deliveries: Vec<Delivery>, finish: Finish) {
    let finished = join_all(deliveries.into_iter().map(async |delivery| match finish {
        Finish::Ack => delivery.ack().await,
        Finish::Release => delivery.release().await,
    }));
    for error in finished.await.into_iter().filter_map(Result::err) {
        tracing::warn!(error = chain(&error), "an entry will come again");
    }
}

async fn put_aside(delivery: Delivery, why: &str) {
    let message_id = delivery.envelope.message_id;
    tracing::error!(%message_id, why, "an entry was put aside");
    if let Err(error) = delivery.dead_letter(why).await {
        tracing::warn!(%message_id, error = chain(&error), "an entry will come again");
    }
}

/// An error with everything that caused it, for the log.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
