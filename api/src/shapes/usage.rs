//! What was spent.

use chrono::NaiveDate;
use ports::store::{DailyUsage, ModelUsage};
use serde::Serialize;
use utoipa::ToSchema;

/// What a user spent on one day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DailyUsageShape {
    /// The day (UTC).
    day: NaiveDate,
    /// Tokens of prompts.
    input_tokens: u64,
    /// Tokens of answers.
    output_tokens: u64,
    /// Attempts that spent tokens.
    attempts: u64,
    /// What those cost whose price is known, in billionths of a US dollar.
    cost_nano_usd: u64,
}

impl From<&DailyUsage> for DailyUsageShape {
    fn from(usage: &DailyUsage) -> Self {
        let DailyUsage { day, input_tokens, output_tokens, attempts, cost } = *usage;
        Self { day, input_tokens, output_tokens, attempts, cost_nano_usd: cost }
    }
}

/// What all users together spent on one model on one day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelUsageShape {
    /// The day (UTC).
    day: NaiveDate,
    /// At which provider.
    provider: String,
    /// On which model.
    model: String,
    /// Tokens of prompts.
    input_tokens: u64,
    /// Of those, how many the provider had in its cache.
    cached_input_tokens: u64,
    /// Tokens of answers.
    output_tokens: u64,
    /// Of those, how many are hidden reasoning.
    reasoning_tokens: u64,
    /// Attempts that spent tokens.
    attempts: u64,
    /// How many of them have no known price.
    unpriced: u64,
    /// What the others cost, in billionths of a US dollar.
    cost_nano_usd: u64,
}

impl From<&ModelUsage> for ModelUsageShape {
    fn from(usage: &ModelUsage) -> Self {
        Self {
            day: usage.day,
            provider: usage.provider.to_string(),
            model: usage.model.clone(),
            input_tokens: usage.input_tokens,
            cached_input_tokens: usage.cached_input_tokens,
            output_tokens: usage.output_tokens,
            reasoning_tokens: usage.reasoning_tokens,
            attempts: usage.attempts,
            unpriced: usage.unpriced,
            cost_nano_usd: usage.cost,
        }
    }
}
