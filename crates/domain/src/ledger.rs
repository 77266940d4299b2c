//! Entries of the usage and audit books.

use serde::{Deserialize, Serialize};

use crate::{
    id::{EventId, GenerationId, UserId},
    model::ProviderName,
    price::NanoUsd,
    report::{Ended, Spent},
    time::Timestamp,
    usage::Usage,
};

/// What the end of an attempt tells has one entry in the usage book.
const USAGE: &str = "usage";

/// Tokens one attempt spent on one model.
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
            event_id: EventId::of_attempt(ended.generation_id, ended.attempt, USAGE),
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

    /// The entry for what was spent in an attempt and is not reported with its end. If it may be reported all the
    /// same, the entry is the same.
    #[must_use]
    pub fn of_spent(spent: &Spent) -> Self {
        let (generation_id, attempt) = (spent.generation_id, spent.attempt);
        let kind = match (spent.opening, spent.part) {
            (None, _) => USAGE.to_owned(),
            (Some(own), None) => format!("{USAGE}/{own}"),
            (Some(own), Some(part)) => format!("{USAGE}/{own}/{part}"),
        };
        Self {
            event_id: EventId::of_attempt(generation_id, attempt, &kind),
            user_id: spent.user_id,
            generation_id,
            attempt,
            provider: spent.provider.clone(),
            model: spent.model.clone(),
            usage: spent.usage,
            cost: None,
            at: spent.at,
        }
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
    /// What else there is to say of it, for example `concurrency 3 → 5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl AuditEvent {
    /// A sign-in was refreshed by its user.
    #[must_use]
    pub fn refreshed(event_id: EventId, user: UserId, at: Timestamp) -> Self {
        Self::of_sign_in(event_id, Some(user), "user.refreshed", user, at)
    }

    /// A refresh token was used again that had been replaced: perhaps by somebody else, who had a copy.
    #[must_use]
    pub fn refresh_reused(event_id: EventId, user: UserId, at: Timestamp) -> Self {
        Self::of_sign_in(event_id, None, "user.refresh_reused", user, at)
    }

    /// A sign-in was ended by its user.
    #[must_use]
    pub fn signed_out(event_id: EventId, user: UserId, at: Timestamp) -> Self {
        Self::of_sign_in(event_id, Some(user), "user.signed_out", user, at)
    }

    fn of_sign_in(
        event_id: EventId,
        actor: Option<UserId>,
        action: &str,
        user: UserId,
        at: Timestamp,
    ) -> Self {
        let (action, subject) = (action.to_owned(), user.to_string());
        Self { event_id, actor, action, subject, detail: None, at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::REPORT_VERSION;

    #[test]
    fn each_opening_of_a_log_and_each_model_has_an_entry_of_its_own() {
        let spent = |attempt, opening, part| {
            UsageEvent::of_spent(&Spent {
                v: REPORT_VERSION,
                generation_id: GenerationId::from_uuid(uuid::Uuid::nil()),
                user_id: UserId::from_uuid(uuid::Uuid::nil()),
                attempt,
                opening,
                part,
                provider: ProviderName::parse("p").unwrap(),
                model: "m".to_owned(),
                usage: Usage::estimated(1, 1),
                at: Timestamp::UNIX_EPOCH,
            })
            .event_id
        };
        let ids = [
            spent(1, None, None),
            spent(1, Some(7), None),
            spent(1, Some(7), Some(0)),
            spent(1, Some(7), Some(1)),
            spent(1, Some(8), None),
            spent(1, Some(8), Some(0)),
            spent(2, Some(7), None),
        ];
        let apart: std::collections::BTreeSet<_> = ids.iter().map(|id| id.as_uuid()).collect();
        assert_eq!(apart.len(), ids.len());
        let usual = EventId::of_attempt(GenerationId::from_uuid(uuid::Uuid::nil()), 1, "usage");
        assert_eq!(ids[0], usual, "the same as what the end of the attempt cost");
    }
}
