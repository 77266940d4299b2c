//! Entries of the usage and audit books.

use serde::{Deserialize, Serialize};

use crate::{
    id::{EventId, GenerationId, UserId},
    model::ProviderName,
    price::NanoUsd,
    report::Ended,
    time::Timestamp,
    usage::Usage,
};

/// Tokens one attempt spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageEvent {
    /// The same for a repeated report, so that it is booked once.
    pub event_id: EventId,
    /// Who spent them.
    pub user_id: UserId,
    /// On what.
    pub generation_id: GenerationId,
    /// In which attempt.
    pub attempt: u32,
    /// At which provider.
    pub provider: ProviderName,
    /// On which model.
    pub model: String,
    /// How many.
    #[serde(flatten)]
    pub usage: Usage,
    /// What they cost, in billionths of a US dollar, if the price is known; the bookkeeper fills it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<NanoUsd>,
    /// When; decides the day it is booked on.
    pub at: Timestamp,
}

impl UsageEvent {
    /// The entry for `ended`, if it spent anything.
    #[must_use]
    pub fn of(ended: &Ended) -> Option<Self> {
        let usage = ended.usage?;
        Some(Self {
            event_id: EventId::of_attempt(ended.generation_id, ended.attempt, "usage"),
            user_id: ended.user_id,
            generation_id: ended.generation_id,
            attempt: ended.attempt,
            provider: ended.provider.clone(),
            model: ended.model.clone(),
            usage,
            cost: None,
            at: ended.ended_at,
        })
    }
}

/// One thing somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    /// The same for a repeated report, so that it is booked once.
    pub event_id: EventId,
    /// Who; absent for the system itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// What, as `noun.verb`, for example `generation.canceled`.
    pub action: String,
    /// To what, as an id.
    pub subject: String,
    /// When.
    pub at: Timestamp,
}
