//! What the service publishes for the books.

use std::sync::Arc;

use domain::ledger::{AuditEvent, UsageEvent};
use embedded::MemoryQueue;
use futures_util::{FutureExt, StreamExt, future::join};
use ports::queue::{Delivery, Queue, Topic};
use serde::de::DeserializeOwned;

/// Takes what is published for the books.
pub struct Books {
    queue: Arc<MemoryQueue>,
    /// Tokens spent, as published.
    pub usage: Vec<UsageEvent>,
    /// What was done, as published.
    pub audit: Vec<AuditEvent>,
}

impl Books {
    pub(super) fn of(queue: &Arc<MemoryQueue>) -> Self {
        Self { queue: Arc::clone(queue), usage: Vec::new(), audit: Vec::new() }
    }

    /// Takes out whatever was published by now.
    pub async fn collect(&mut self) {
        self.usage.extend(take(&self.queue, Topic::UsageEvents).await);
        self.audit.extend(take(&self.queue, Topic::AuditEvents).await);
    }

    /// Takes out whatever is published from now on.
    pub async fn keep(&mut self) {
        let Self { queue, usage, audit } = self;
        join(
            take_all(queue, Topic::UsageEvents, usage),
            take_all(queue, Topic::AuditEvents, audit),
        )
        .await;
    }

    /// Waits until so many entries of each book were published, and no more.
    pub async fn have(&mut self, usage: usize, audit: usize) {
        while self.usage.len() < usage || self.audit.len() < audit {
            self.collect().await;
            tokio::task::yield_now().await;
        }
        assert_eq!((self.usage.len(), self.audit.len()), (usage, audit));
    }
}

async fn take<T: DeserializeOwned>(queue: &MemoryQueue, topic: Topic) -> Vec<T> {
    let mut entries = Vec::new();
    let mut deliveries = queue.consume(&topic, 100).await.unwrap();
    while let Some(Some(delivery)) = deliveries.next().now_or_never() {
        entries.push(entry(delivery.unwrap()).await);
    }
    entries
}

async fn take_all<T: DeserializeOwned>(queue: &MemoryQueue, topic: Topic, entries: &mut Vec<T>) {
    let mut deliveries = queue.consume(&topic, 100).await.unwrap();
    while let Some(delivery) = deliveries.next().await {
        entries.push(entry(delivery.unwrap()).await);
    }
}

async fn entry<T: DeserializeOwned>(delivery: Delivery) -> T {
    let entry = serde_json::from_slice(&delivery.envelope.body).unwrap();
    delivery.ack().await.unwrap();
    entry
}
