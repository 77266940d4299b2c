//! The usage and audit books.

use async_trait::async_trait;
use chrono::NaiveDate;
use domain::{
    id::UserId,
    ledger::{AuditEvent, UsageEvent},
    model::ProviderName,
    price::NanoUsd,
};

use super::{Cursor, Page, StoreError};

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posting {
    /// It is in the book.
    Posted,
    /// It was in the book before; nothing changed.
    Duplicate,
}

/// A user's tokens of one day (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyUsage {
    /// The day.
    pub day: NaiveDate,
    /// Tokens of prompts.
    pub input_tokens: u64,
    /// Tokens of answers.
    pub output_tokens: u64,
    /// Attempts that spent tokens.
    pub attempts: u64,
    /// What those cost whose price is known, in billionths of a US dollar.
    pub cost: NanoUsd,
}

/// What was spent on one model on one day (UTC).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelUsage {
    /// The day.
    pub day: NaiveDate,
    /// At which provider.
    pub provider: ProviderName,
    /// On which model.
    pub model: String,
    /// Tokens of prompts.
    pub input_tokens: u64,
    /// Of those, how many the provider had in its cache.
    pub cached_input_tokens: u64,
    /// Tokens of answers.
    pub output_tokens: u64,
    /// Of those, how many are hidden reasoning.
    pub reasoning_tokens: u64,
    /// Attempts that spent tokens.
    pub attempts: u64,
    /// How many of them have no known price.
    pub unpriced: u64,
    /// What the others cost, in billionths of a US dollar.
    pub cost: NanoUsd,
}

/// The usage and audit books.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Books usage, and adds it to the day (UTC) on which it was spent, in one transaction. The sum
    /// over a user's entries of a day is always the day's figure.
    async fn post_usage(&self, events: &[UsageEvent]) -> Result<Vec<Posting>, StoreError>;

    /// Books what somebody did.
    async fn post_audit(&self, events: &[AuditEvent]) -> Result<Vec<Posting>, StoreError>;

    /// A user's usage, day by day, newest first, from `from` on.
    async fn daily_usage(
        &self,
        user: UserId,
        from: NaiveDate,
    ) -> Result<Vec<DailyUsage>, StoreError>;

    /// What was done, newest first.
    async fn audit(&self, from: Option<Cursor>, limit: u32)
    -> Result<Page<AuditEvent>, StoreError>;

    /// What all users together spent from `from` on, by day and model, newest first.
    async fn model_usage(&self, from: NaiveDate) -> Result<Vec<ModelUsage>, StoreError>;
}
