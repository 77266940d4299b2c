//! A job that goes back to the queue since its worker ends.

use std::{collections::BTreeMap, time::Duration};

use ::ports::queue::{Delivery, Envelope, Topic};
use futures_util::FutureExt;
use tokio::time::timeout;

use super::End;
use crate::lane::Lane;

/// The header that says how often a job was handed back, so that its message is one that was handed over before.
const HEADER: &str = "x-handed-back";

/// How long a worker that ends tries to publish; its job is in the queue either way.
const PATIENCE: Duration = Duration::from_secs(1);

/// The headers of `envelope` that go with what is published for its job: all but how often that very message came back.
pub(crate) fn inherited_headers(envelope: &Envelope) -> BTreeMap<String, String> {
    let mut headers = envelope.headers.clone();
    headers.remove(HEADER);
    headers
}

/// Whether the job of `delivery` may have been with a worker before.
pub(super) fn is_known(delivery: &Delivery) -> bool {
    delivery.redelivered || delivery.envelope.headers.contains_key(HEADER)
}

/// How `delivery` ends, which ended with `end`, when its worker hands its jobs back.
///
/// A queue counts a job that is handed back like one that has killed its worker, and makes it a dead letter in the
/// end; an update of all workers in turn may move a long answer more often than that. So it is released once, which
/// leaves it its place in the queue, and published anew from then on: the same message, for which nothing is counted
/// yet. If it cannot be said whether that was published there are two copies, as after any such publish.
pub(super) async fn or_publish_anew(lane: &Lane, delivery: &Delivery, end: End) -> End {
    let is_handed_back = end == End::Release && lane.hand_back.is_cancelled();
    if !is_handed_back || !is_known(delivery) || delivery.lost().now_or_never().is_some() {
        return end;
    }
    let (topic, envelope) = (Topic::Requests(lane.name.clone()), handed_back(&delivery.envelope));
    let published = lane.ports.queue.publish(&topic, envelope, None);
    match timeout(PATIENCE, published).await {
        Ok(Ok(())) => End::Ack,
        Ok(Err(error)) => {
            tracing::warn!(%error, "a job that is handed back counts as one that was lost");
            end
        }
        Err(_) => end,
    }
}

/// The same message, handed back once more.
fn handed_back(envelope: &Envelope) -> Envelope {
    let before = envelope.headers.get(HEADER).and_then(|count| count.parse::<u64>().ok());
    let count = before.unwrap_or_default().saturating_add(1).to_string();
    let mut envelope = envelope.clone();
    envelope.headers.insert(HEADER.to_owned(), count);
    envelope
}
