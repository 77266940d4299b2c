//! What differs between the two books.

use async_trait::async_trait;
use domain::{
    ledger::{AuditEvent, UsageEvent},
    price::Prices,
    time::Timestamp,
};
use ports::{
    queue::Topic,
    store::{Ledger, Posting, StoreError},
};
use serde::de::DeserializeOwned;

/// One of the books.
#[async_trait]
pub(crate) trait Book: Sync {
    /// What stands in it.
    type Entry: DeserializeOwned + Send + Sync;

    /// Where its entries come from.
    fn topic(&self) -> Topic;

    /// What figures call it.
    fn name(&self) -> &'static str;

    /// When what `entry` tells of happened.
    fn at(entry: &Self::Entry) -> Timestamp;

    /// Books entries in one transaction.
    async fn post(
        &self,
        ledger: &dyn Ledger,
        entries: &[Self::Entry],
    ) -> Result<Vec<Posting>, StoreError>;
}

/// Tokens spent.
pub(crate) struct UsageBook {
    /// What they cost.
    pub(crate) prices: Prices,
}

/// Things done.
pub(crate) struct AuditBook;

#[async_trait]
impl Book for UsageBook {
    type Entry = UsageEvent;

    fn topic(&self) -> Topic {
        Topic::UsageEvents
    }

    fn name(&self) -> &'static str {
        "usage"
    }

    fn at(entry: &UsageEvent) -> Timestamp {
        entry.at
    }

    async fn post(
        &self,
        ledger: &dyn Ledger,
        entries: &[UsageEvent],
    ) -> Result<Vec<Posting>, StoreError> {
        let priced = entries.iter().map(|entry| UsageEvent {
            cost: self.prices.cost(&entry.provider, &entry.model, &entry.usage),
            ..entry.clone()
        });
        ledger.post_usage(&priced.collect::<Vec<_>>()).await
    }
}

#[async_trait]
impl Book for AuditBook {
    type Entry = AuditEvent;

    fn topic(&self) -> Topic {
        Topic::AuditEvents
    }

    fn name(&self) -> &'static str {
        "audit"
    }

    fn at(entry: &AuditEvent) -> Timestamp {
        entry.at
    }

    async fn post(
        &self,
        ledger: &dyn Ledger,
        entries: &[AuditEvent],
    ) -> Result<Vec<Posting>, StoreError> {
        ledger.post_audit(entries).await
    }
}
