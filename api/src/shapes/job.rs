//! Generations under way, as operators see them.

use domain::{
    generation::Generation,
    id::{ChatId, GenerationId, UserId},
    phase::Phase,
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A generation that has not ended.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobShape {
    /// Which one.
    #[schema(value_type = Uuid)]
    generation_id: GenerationId,
    /// `held` behind others of its user, `waiting` for the time of its next try, `queued` for a worker, or
    /// `streaming`.
    state: &'static str,
    /// How many seconds ago it was accepted.
    age_seconds: u64,
    /// Who is asked.
    provider: String,
    /// Which of the provider's models.
    model: String,
    /// Whose it is.
    #[schema(value_type = Uuid)]
    user_id: UserId,
    /// Where the answer goes.
    #[schema(value_type = Uuid)]
    chat_id: ChatId,
    /// The attempt under way, or the last one; 0 before the first.
    attempt: u32,
    /// How many waits of the retry ladder it has used.
    retries: u32,
    /// Whether its user asked to stop.
    cancel_requested: bool,
    /// When the next try is due, while one is parked.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    retry_at: Option<Timestamp>,
    /// When it was accepted.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
}

impl JobShape {
    /// How `generation` is at `at`; none if it has ended.
    pub(crate) fn new(generation: &Generation, at: Timestamp) -> Option<Self> {
        let state = &generation.state;
        Some(Self {
            generation_id: generation.id,
            state: Phase::of(generation, at)?.as_str(),
            age_seconds: u64::try_from((at - generation.created_at).num_seconds()).unwrap_or(0),
            provider: generation.provider.to_string(),
            model: generation.model.clone(),
            user_id: generation.user_id,
            chat_id: generation.chat_id,
            attempt: state.attempt,
            retries: state.retries,
            cancel_requested: state.cancel_requested,
            retry_at: state.retry_at,
            created_at: generation.created_at,
        })
    }
}
