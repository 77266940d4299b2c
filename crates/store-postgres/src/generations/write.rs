//! Writing a generation's row.

use domain::{
    generation::{Generation, Status},
    id::MessageId,
    time::Timestamp,
};
use ports::store::RequestFingerprint;

use super::Version;
use crate::batch::{Batch, json};

const INSERT: &str = "INSERT INTO generations (id, user_id, chat_id, user_message_id, \
     provider, model, temperature, max_tokens, request_id, body_hash, rescues, created_at, \
     system_prompt, fallbacks, chain, assistant_message_id, status, attempt, retries, retry_at, cancel_requested, \
     error_code, error_message, finish_reason, input_tokens, output_tokens, last_seq, \
     started_at, finished_at, updated_at, idle_since, held) \
     SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? \
     FROM decided";

/// The chat first, as whoever deletes it does.
const CHAT: &str = "SELECT id FROM chats WHERE id = ? FOR KEY SHARE";

const UPDATE: &str = "UPDATE generations SET assistant_message_id = ?, status = ?, attempt = ?, \
     retries = ?, retry_at = ?, cancel_requested = ?, error_code = ?, error_message = ?, \
     finish_reason = ?, input_tokens = ?, output_tokens = ?, last_seq = ?, started_at = ?, \
     finished_at = ?, updated_at = ?, idle_since = ?, held = ? \
     WHERE id = ? AND xmin::text = ? AND chat_id = (SELECT id FROM chat) RETURNING true AS done";

impl Batch {
    /// Adds a new generation.
    pub(crate) fn push_generation(
        &mut self,
        generation: &Generation,
        fingerprint: Option<&RequestFingerprint>,
    ) {
        let request_id = fingerprint.map(|known| known.request_id.clone());
        self.push(INSERT)
            .id(generation.id.as_uuid())
            .id(generation.user_id.as_uuid())
            .id(generation.chat_id.as_uuid())
            .id(generation.user_message_id.as_uuid())
            .text(generation.provider.as_str())
            .text(&generation.model)
            .bind(generation.sampling.temperature)
            .bind(generation.sampling.max_tokens.map(i64::from))
            .maybe_text(request_id.or_else(|| generation.request_id.clone()))
            .bind(fingerprint.map(|known| known.body_hash.to_vec()))
            .bind(i64::from(generation.rescues))
            .time(generation.created_at)
            .maybe_text(generation.system_prompt.as_deref())
            .bind(json(&generation.fallbacks))
            .maybe_text(generation.chain.as_deref())
            .bind_changing(generation);
    }

    /// Writes all of a generation that can change, if it is still in the version that was read. So is
    /// what the batch is given after it.
    pub(crate) fn changing(read: &Version, generation: &Generation) -> Self {
        let mut batch = Self::beginning_with("chat", CHAT);
        batch.id(generation.chat_id.as_uuid());
        batch.push_named("decided", UPDATE).bind_changing(generation);
        batch.id(generation.id.as_uuid()).bind(read.0.clone());
        batch
    }

    fn bind_changing(&mut self, generation: &Generation) -> &mut Self {
        let state = &generation.state;
        self.maybe_id(generation.assistant_message_id.map(MessageId::as_uuid))
            .text(state.status.as_str())
            .bind(i64::from(state.attempt))
            .bind(i64::from(state.retries))
            .maybe_time(state.retry_at)
            .bind(state.cancel_requested)
            .maybe_text(generation.error_code.as_deref())
            .maybe_text(generation.error_message.as_deref())
            .maybe_text(generation.finish_reason.as_deref())
            .count(generation.input_tokens)
            .count(generation.output_tokens)
            .count(generation.last_seq)
            .maybe_time(generation.started_at)
            .maybe_time(generation.finished_at)
            .time(generation.updated_at)
            .time(idle_since(generation))
            .bind(generation.held && state.status == Status::Queued)
    }
}

/// Since when somebody should be working on `generation`: since its acceptance or its retry's time
/// while it is queued, since its last sign of life while it streams.
fn idle_since(generation: &Generation) -> Timestamp {
    let state = &generation.state;
    match state.status {
        Status::Queued => {
            state.retry_at.unwrap_or(generation.created_at).max(generation.created_at)
        }
        _ => generation.updated_at,
    }
}
