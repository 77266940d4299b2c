//! Writing a generation's row.

use domain::{
    generation::{Generation, Status},
    time::Timestamp,
};
use ports::store::RequestFingerprint;

use crate::{batch::Batch, outbox::json};

const INSERT: &str = "INSERT INTO generations (id, user_id, chat_id, user_message_id, \
     provider, model, temperature, max_tokens, request_id, body_hash, rescues, created_at, \
     system_prompt, fallbacks, chain, assistant_message_id, status, attempt, retries, retry_at, cancel_requested, \
     error_code, error_message, finish_reason, input_tokens, output_tokens, last_seq, \
     started_at, finished_at, updated_at, idle_since, held) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const UPDATE: &str = "UPDATE generations SET assistant_message_id = ?, status = ?, attempt = ?, \
     retries = ?, retry_at = ?, cancel_requested = ?, error_code = ?, error_message = ?, \
     finish_reason = ?, input_tokens = ?, output_tokens = ?, last_seq = ?, started_at = ?, \
     finished_at = ?, updated_at = ?, idle_since = ?, held = ? WHERE id = ?";

impl Batch {
    /// Adds a new generation.
    pub(crate) fn push_generation(
        &mut self,
        generation: &Generation,
        fingerprint: Option<&RequestFingerprint>,
    ) {
        let request_id = fingerprint.map(|known| known.request_id.clone());
        self.push(INSERT)
            .text(&generation.id)
            .text(&generation.user_id)
            .text(&generation.chat_id)
            .text(&generation.user_message_id)
            .text(&generation.provider)
            .bind(generation.model.clone())
            .bind(generation.sampling.temperature)
            .bind(generation.sampling.max_tokens.map(i64::from))
            .bind(request_id.or_else(|| generation.request_id.clone()))
            .bind(fingerprint.map(|known| known.body_hash.to_vec()))
            .bind(i64::from(generation.rescues))
            .time(generation.created_at)
            .bind(generation.system_prompt.clone())
            .bind(json(&generation.fallbacks))
            .bind(generation.chain.clone())
            .bind_changing(generation);
    }

    /// Writes all of a generation that can change.
    pub(crate) fn push_generation_changed(&mut self, generation: &Generation) {
        self.push(UPDATE).bind_changing(generation).text(&generation.id);
    }

    fn bind_changing(&mut self, generation: &Generation) -> &mut Self {
        let state = &generation.state;
        self.maybe_text(generation.assistant_message_id)
            .text(state.status.as_str())
            .bind(i64::from(state.attempt))
            .bind(i64::from(state.retries))
            .maybe_time(state.retry_at)
            .bind(state.cancel_requested)
            .bind(generation.error_code.clone())
            .bind(generation.error_message.clone())
            .bind(generation.finish_reason.clone())
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
