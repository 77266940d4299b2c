//! The usage and audit books.

use async_trait::async_trait;
use chrono::NaiveDate;
use domain::{
    id::UserId,
    ledger::{AuditEvent, UsageEvent},
};

use super::StoreError;

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
}
