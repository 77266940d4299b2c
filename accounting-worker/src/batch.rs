//! The loop of one book: take what is ready, book it in one transaction, acknowledge.

use std::error::Error;

use futures_util::{FutureExt, StreamExt, future::join_all};
use ports::{
    queue::{Deliveries, Delivery},
    store::{Posting, StoreError},
};
use tokio_util::sync::CancellationToken;

use crate::{Config, Ports, book::Book, patience::Patience};

/// Keeps `book` until `stop`.
pub(crate) async fn keep<B: Book>(
    book: &B,
    config: &Config,
    ports: &Ports,
    stop: &CancellationToken,
) {
    let mut patience = Patience::up_to(config.longest_pause);
    loop {
        match ports.queue.consume(&book.topic(), config.batch).await {
            Ok(deliveries) => {
                patience = Patience::up_to(config.longest_pause);
                work(book, config, ports, deliveries, stop).await;
            }
            Err(error) => {
                tracing::warn!(topic = %book.topic(), error = chain(&error), "entries cannot be received");
            }
        }
        if stop.is_cancelled() || !patience.wait(stop).await {
            return;
        }
    }
}

async fn work<B: Book>(
    book: &B,
    config: &Config,
    ports: &Ports,
    mut deliveries: Deliveries,
    stop: &CancellationToken,
) {
    loop {
        let first = match stop.run_until_cancelled(deliveries.next()).await {
            Some(first) => first,
            // What services wrote just before they stopped is here already.
            None => deliveries.next().now_or_never().flatten(),
        };
        let Some(first) = first else { return };
        let mut taken = vec![first];
        while taken.len() < usize::from(config.batch)
            && let Some(Some(next)) = deliveries.next().now_or_never()
        {
            taken.push(next);
        }
        let (entries, failed): (Vec<_>, Vec<_>) = taken.into_iter().partition(Result::is_ok);
        settle(book, config, ports, entries.into_iter().flatten().collect(), stop).await;
        if let Some(Err(error)) = failed.into_iter().next() {
            tracing::warn!(topic = %book.topic(), error = chain(&error), "entries are received no more");
            return;
        }
    }
}

async fn settle<B: Book>(
    book: &B,
    config: &Config,
    ports: &Ports,
    taken: Vec<Delivery>,
    stop: &CancellationToken,
) {
    let mut entries = Vec::with_capacity(taken.len());
    let mut deliveries = Vec::with_capacity(taken.len());
    for delivery in taken {
        match serde_json::from_slice::<B::Entry>(&delivery.envelope.body) {
            Ok(entry) => {
                entries.push(entry);
                deliveries.push(delivery);
            }
            Err(error) => put_aside(delivery, &format!("not an entry: {error}")).await,
        }
    }
    if entries.is_empty() {
        return;
    }
    match post(book, config, ports, &entries, stop).await {
        Posted::Booked => end_all(deliveries, Ending::Ack).await,
        Posted::Later => end_all(deliveries, Ending::Release).await,
        Posted::Refused(why) if deliveries.len() == 1 => {
            for delivery in deliveries {
                put_aside(delivery, &why).await;
            }
        }
        // One entry spoils the others: each is booked by itself.
        Posted::Refused(_) => {
            for delivery in deliveries {
                Box::pin(settle(book, config, ports, vec![delivery], stop)).await;
            }
        }
    }
}

/// What became of a batch.
enum Posted {
    Booked,
    /// The store did not answer until the stop.
    Later,
    /// The store cannot keep it.
    Refused(String),
}

async fn post<B: Book>(
    book: &B,
    config: &Config,
    ports: &Ports,
    entries: &[B::Entry],
    stop: &CancellationToken,
) -> Posted {
    let mut patience = Patience::up_to(config.longest_pause);
    loop {
        match book.post(ports.ledger.as_ref(), entries).await {
            Ok(postings) => {
                let known =
                    postings.iter().filter(|posting| **posting == Posting::Duplicate).count();
                tracing::debug!(topic = %book.topic(), entries = entries.len(), known, "booked");
                return Posted::Booked;
            }
            Err(error @ StoreError::Inconsistent(_)) => return Posted::Refused(chain(&error)),
            Err(error) => {
                tracing::warn!(topic = %book.topic(), error = chain(&error), "entries are not booked yet");
                if !patience.wait(stop).await {
                    return Posted::Later;
                }
            }
        }
    }
}

enum Ending {
    Ack,
    Release,
}

async fn end_all(deliveries: Vec<Delivery>, ending: Ending) {
    let ended = join_all(deliveries.into_iter().map(async |delivery| match ending {
        Ending::Ack => delivery.ack().await,
        Ending::Release => delivery.release().await,
    }));
    for error in ended.await.into_iter().filter_map(Result::err) {
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
