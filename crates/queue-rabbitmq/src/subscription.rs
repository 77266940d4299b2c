//! Deliveries of one topic as they come.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::{StreamExt, stream};
use lapin::{
    Channel, Consumer,
    options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions},
    types::FieldTable,
};
use ports::queue::{Deliveries, Delivery, QueueError};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    declare::declare,
    delivery::{Held, Source},
    error::Trouble,
    place::Place,
};

/// How long ending a subscription may take before its channel is left to close.
const CANCEL_TIME: Duration = Duration::from_secs(5);

/// How often it is looked whether a channel is still open.
const LOOK: Duration = Duration::from_millis(100);

type Sender = mpsc::UnboundedSender<Result<Delivery, QueueError>>;

/// Subscribes to the topic of `source`.
pub(crate) async fn subscribe(source: Source, prefetch: u16) -> Result<Deliveries, Trouble> {
    let options = &source.publisher.options;
    let place = Place::of(&source.topic, options);
    let channel = &source.channel;
    declare(channel, &place).await?;
    channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
    let tag = format!("{} {}", options.service, place.queue);
    let tag = tag[..tag.floor_char_boundary(255)].into();
    let consumer = channel
        .basic_consume(
            place.queue.into(),
            tag,
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await?;
    let (channel, lost) = (source.channel.clone(), Arc::downgrade(&source.lost));
    #[expect(clippy::disallowed_methods, reason = "ends by itself with the last delivery")]
    tokio::spawn(watch(channel, lost));
    // The broker bounds what is in it: no more than `prefetch`.
    let (sender, receiver) = mpsc::unbounded_channel();
    #[expect(clippy::disallowed_methods, reason = "ends by itself when the stream is dropped")]
    tokio::spawn(pump(source, consumer, sender));
    Ok(stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)))
        .boxed())
}

/// Hands over what comes until either side ends; then gives back what nobody took.
async fn pump(source: Source, mut consumer: Consumer, sender: Sender) {
    loop {
        let next = tokio::select! {
            () = sender.closed() => return give_back(&source, consumer).await,
            next = consumer.next() => next,
        };
        let ended = match next {
            Some(Ok(delivery)) => {
                hand_over(Held::new(&source, delivery), &sender).await;
                continue;
            }
            Some(Err(error)) => Trouble::from(error),
            None => Trouble::Cancelled(source.topic.to_string()),
        };
        source.lost.cancel();
        // A receiver that is gone does not want to know.
        let _ = sender.send(Err(ended.into()));
        return;
    }
}

/// Cancels `lost` when `channel` is closed, as long as there is somebody to be told: deliveries outlive
/// their subscription, and nothing else says what becomes of them.
async fn watch(channel: Channel, lost: Weak<CancellationToken>) {
    while let Some(lost) = lost.upgrade() {
        if !channel.status().connected() {
            return lost.cancel();
        }
        drop(lost);
        sleep(LOOK).await;
    }
}

async fn hand_over(held: Held, sender: &Sender) {
    if let Some(delay) = held.early() {
        return tell(held.postpone(delay).await, "a message came early and could not be put off");
    }
    match held.envelope() {
        // A receiver that is gone gives the delivery back by dropping it.
        Ok(envelope) => drop(sender.send(Ok(held.deliver(envelope)))),
        Err(unreadable) => {
            tracing::error!(error = %unreadable, "parked among the dead letters");
            let parked = held.bury(&unreadable.to_string()).await;
            tell(parked, "an unreadable message could not be parked");
        }
    }
}

/// The message is back in its queue, so it comes again.
fn tell(done: Result<(), Trouble>, what: &str) {
    if let Err(error) = done {
        tracing::warn!(%error, "{what}");
    }
}

/// After the broker has ended the subscription, nothing more comes: what came until then goes back.
async fn give_back(source: &Source, mut consumer: Consumer) {
    let tag = consumer.tag();
    let cancelling = source.channel.basic_cancel(tag, BasicCancelOptions::default());
    if !matches!(timeout(CANCEL_TIME, cancelling).await, Ok(Ok(()))) {
        // The channel is broken, and with it the subscription.
        return;
    }
    while let Some(Ok(delivery)) = consumer.next().await {
        drop(Held::new(source, delivery));
    }
}
