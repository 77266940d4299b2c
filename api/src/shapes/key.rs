//! Provider keys, as operators see them.

use domain::{
    key::{Measure, Period},
    model::ProviderName,
    time::Timestamp,
};
use ports::live::{KeyStatus, ModelRest, Probe, Spent};
use serde::Serialize;
use utoipa::ToSchema;

/// A provider key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyShape {
    /// Whose.
    provider: String,
    /// Its name; the secret is with the workers alone.
    key: String,
    /// `active`, `cooling`, `exhausted`, `revoked`, `disabled`, or `draining`: disabled with calls still
    /// under way. It shows a rest for one model too; `models` says which.
    state: &'static str,
    /// Until when it is so, if a time is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    until: Option<Timestamp>,
    /// How often it comes, compared with others.
    weight: u16,
    /// Keys of one group are limited and rest together.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// Requests made with it in the last 60 seconds.
    used_in_window: u32,
    /// How many it may make.
    #[serde(skip_serializing_if = "Option::is_none")]
    requests_per_minute: Option<u32>,
    /// Calls under way.
    under_way: u32,
    /// How many there may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<u32>,
    /// What else it may use, and how much of that is used.
    budgets: Vec<BudgetShape>,
    /// The models for which alone it rests, or which it may not be used for.
    models: Vec<ModelRestShape>,
    /// What the last look at it has found.
    #[serde(skip_serializing_if = "Option::is_none")]
    probe: Option<ProbeShape>,
}

/// A budget, and how much of it is used.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BudgetShape {
    /// Keys with a budget of one name share it.
    name: String,
    /// For which model; absent, for all together.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// `requests` or `tokens`.
    measure: &'static str,
    /// `minute` or `day`: any 60 seconds, or any 24 hours.
    period: &'static str,
    /// How much may be used in it.
    limit: u64,
    /// How much is used.
    used: u64,
}

/// A model for which a key rests.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelRestShape {
    /// Which.
    model: String,
    /// Until when; absent if the key may not be used for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    until: Option<Timestamp>,
}

/// What a look at a key has found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProbeShape {
    /// `well`, or what is wrong.
    found: String,
    /// When.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    at: Timestamp,
}

impl KeyShape {
    /// The key of `provider` that `status` tells of.
    pub(crate) fn new(provider: &ProviderName, status: &KeyStatus) -> Self {
        let models = status.models.iter().cloned();
        Self {
            provider: provider.to_string(),
            key: status.key.to_string(),
            state: status.state.name(),
            until: status.state.until(),
            weight: status.weight,
            group: status.group.clone(),
            used_in_window: status.used_in_window,
            requests_per_minute: status.requests_per_minute,
            under_way: status.under_way,
            concurrency: status.concurrency,
            budgets: status.budgets.iter().map(BudgetShape::new).collect(),
            models: models
                .map(|ModelRest { model, until }| ModelRestShape { model, until })
                .collect(),
            probe: status.probe.clone().map(|Probe { found, at }| ProbeShape { found, at }),
        }
    }
}

impl BudgetShape {
    fn new(Spent { budget, used }: &Spent) -> Self {
        Self {
            name: budget.name.clone(),
            model: budget.model.clone(),
            measure: match budget.measure {
                Measure::Requests => "requests",
                Measure::Tokens => "tokens",
            },
            period: match budget.period {
                Period::Minute => "minute",
                Period::Day => "day",
            },
            limit: budget.limit,
            used: *used,
        }
    }
}
