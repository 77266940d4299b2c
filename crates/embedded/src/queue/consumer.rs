//! A subscription: takes a message when it is polled and has room for one.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::{StreamExt, stream};
use ports::queue::{Deliveries, Delivery};
use tokio::{sync::Notify, time::sleep_until};

use super::{
    delivery::MemoryAcknowledge,
    topic::{Message, Taken, TopicQueue},
};

/// A subscription. Its stream holds no messages: each one polled out is handed on at once.
pub(super) struct Consumer {
    pub(super) topic: Arc<TopicQueue>,
    prefetch: usize,
    out: AtomicUsize,
    freed: Notify,
}

/// The deliveries of a new subscription, at most `prefetch` of them out at once (at least one, since
/// a subscription to nothing would wait for ever).
pub(super) fn deliveries(topic: Arc<TopicQueue>, prefetch: u16) -> Deliveries {
    let prefetch = usize::from(prefetch.max(1));
    let (out, freed) = (AtomicUsize::new(0), Notify::new());
    let consumer = Arc::new(Consumer { topic, prefetch, out, freed });
    stream::unfold(consumer, |consumer| async move {
        let message = consumer.next().await;
        Some((Ok(consumer.hand_over(message)), consumer))
    })
    .boxed()
}

impl Consumer {
    async fn next(&self) -> Message {
        loop {
            self.room().await;
            // Registered first, looked second: what is published in between is not missed.
            let mut changed = pin!(self.topic.changed());
            changed.as_mut().enable();
            match self.topic.take() {
                Taken::Message(message) => return message,
                Taken::Nothing => changed.await,
                Taken::NothingUntil(due) => {
                    tokio::select! {
                        () = changed => {}
                        () = sleep_until(due) => {}
                    }
                }
            }
        }
    }

    /// Waits until one more delivery may be out.
    async fn room(&self) {
        loop {
            let mut freed = pin!(self.freed.notified());
            freed.as_mut().enable();
            if self.out.load(Ordering::Acquire) < self.prefetch {
                return;
            }
            freed.await;
        }
    }

    fn hand_over(self: &Arc<Self>, message: Message) -> Delivery {
        self.out.fetch_add(1, Ordering::AcqRel);
        let envelope = message.envelope.as_ref().clone();
        let returns = message.returns;
        let acknowledge = MemoryAcknowledge::new(Arc::clone(self), message);
        Delivery::new(envelope, returns > 0, Box::new(acknowledge)).after(returns)
    }

    /// A delivery has ended.
    pub(super) fn ended(&self) {
        self.out.fetch_sub(1, Ordering::AcqRel);
        self.freed.notify_waiters();
    }
}
