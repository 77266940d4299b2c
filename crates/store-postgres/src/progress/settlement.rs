//! Committing the end of an attempt.

use domain::{
    attempt::Outcome,
    chat::{Message, Speaker},
    event::SeqEvent,
    generation::{Generation, State, Transition},
    id::MessageId,
    report::Ended,
    time::{Timestamp, after},
    transcript::Transcript,
};
use ports::store::{Settle, Settlement};
use sqlx::PgConnection;

use crate::{
    archive,
    batch::{Batch, stored},
    error::Error,
    generations::{Found, find_to_change},
    store::PostgresStore,
};

// The start may have been noted before, or its report may have been lost. Who names no key speaks of no call: that one
// may have ended before, and be known, and whoever speaks does not know when it began.
const END_ATTEMPT: &str = "INSERT INTO generation_attempts (generation_id, attempt, provider, \
     model, key_id, outcome, error_code, input_tokens, output_tokens, started_at, ended_at) \
     SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM decided \
     ON CONFLICT (generation_id, attempt) DO UPDATE SET provider = excluded.provider, \
     model = excluded.model, key_id = excluded.key_id, outcome = excluded.outcome, \
     error_code = excluded.error_code, input_tokens = excluded.input_tokens, \
     output_tokens = excluded.output_tokens, ended_at = excluded.ended_at, \
     started_at = CASE WHEN excluded.key_id IS NULL THEN generation_attempts.started_at \
     ELSE least(generation_attempts.started_at, excluded.started_at) END \
     WHERE generation_attempts.outcome IS NULL OR excluded.key_id IS NOT NULL";

impl PostgresStore {
    pub(super) async fn settle_attempt(
        &self,
        settle: &Settle<'_>,
        at: Timestamp,
    ) -> Result<Settlement, Error> {
        let ended = settle.ended;
        let mut connection = self.pool().acquire().await?;
        loop {
            let Some(found) = find_to_change(&mut connection, ended.generation_id).await? else {
                return Ok(Settlement::Unknown);
            };
            let command = ended.outcome.command(ended.attempt);
            let Transition::Changed(state) = found.generation.state.apply(command) else {
                return Ok(Settlement::Unchanged(Box::new(found.generation)));
            };
            let text = whole_text(&mut connection, &found, &ended.events).await?;
            let answer = is_kept(&ended.outcome, &text)
                .then(|| answer(settle.message_id, &found.generation, text, at));
            let generation = settled(found.generation, state, ended, answer.as_ref(), at);
            let mut batch = Batch::changing(&found.version, &generation);
            batch.push_ended(settle, answer.as_ref());
            if batch.execute(&mut *connection).await? {
                return Ok(Settlement::Changed(Box::new(generation)));
            }
        }
    }
}

/// What viewers have on the screen after `events`, which may come from events archived with an earlier report.
pub(crate) async fn whole_text(
    reader: &mut PgConnection,
    found: &Found,
    events: &[SeqEvent],
) -> Result<String, Error> {
    if !found.has_archive {
        return Ok(events.iter().collect::<Transcript>().into_text());
    }
    let archived = archive::read(reader, found.generation.id).await?;
    Ok(archive::text(archived, events))
}

impl Batch {
    /// Writes all that an attempt's end brings beside the change of its generation.
    fn push_ended(&mut self, settle: &Settle<'_>, answer: Option<&Message>) {
        let ended = settle.ended;
        self.push_attempt_ended(ended);
        self.push_events(ended.generation_id, ended.attempt, &ended.events);
        if let Some(answer) = answer {
            self.push_answer(answer);
        }
        self.push_outbox(&settle.outbox);
    }

    /// Notes how an attempt ended.
    fn push_attempt_ended(&mut self, ended: &Ended) {
        if !is_try(&ended.outcome) {
            return;
        }
        let usage = ended.usage.as_ref();
        self.push(END_ATTEMPT)
            .id(ended.generation_id.as_uuid())
            .bind(i64::from(ended.attempt))
            .text(ended.provider.as_str())
            .text(&ended.model)
            .maybe_text(ended.key.as_ref().map(ToString::to_string))
            .text(ended.outcome.name())
            .maybe_text(error_code(&ended.outcome))
            .bind(usage.map_or(0, |usage| stored(usage.input_tokens)))
            .bind(usage.map_or(0, |usage| stored(usage.output_tokens)))
            .time(ended.started_at)
            .time(ended.ended_at);
    }
}

/// Whether it was an attempt at all; a wait for a key is none.
fn is_try(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::RetryIn { uses_rung: false, .. })
}

fn error_code(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Failed(failure) => Some(&failure.code),
        Outcome::RetryIn { reason, .. } => Some(reason),
        Outcome::Succeeded { .. } | Outcome::Canceled => None,
    }
}

/// Whether there is a message to keep.
fn is_kept(outcome: &Outcome, text: &str) -> bool {
    match outcome {
        Outcome::Succeeded { .. } => true,
        Outcome::Canceled => !text.is_empty(),
        Outcome::Failed(_) | Outcome::RetryIn { .. } => false,
    }
}

/// The message called `id` that keeps what is said in answer.
pub(crate) fn answer(
    id: MessageId,
    generation: &Generation,
    text: String,
    at: Timestamp,
) -> Message {
    Message {
        id,
        chat_id: generation.chat_id,
        role: Speaker::Assistant,
        content: text,
        parent_id: Some(generation.user_message_id),
        generation_id: Some(generation.id),
        // Always after its question, which is never later than the last change of the row.
        created_at: after(generation.updated_at, at),
    }
}

/// `generation` after the end of an attempt has brought it to `state`.
fn settled(
    generation: Generation,
    state: State,
    ended: &Ended,
    answer: Option<&Message>,
    at: Timestamp,
) -> Generation {
    let (input_tokens, output_tokens) = ended.tokens();
    let is_try = is_try(&ended.outcome);
    let mut settled = Generation {
        state,
        assistant_message_id: answer.map(|message| message.id),
        input_tokens: generation.input_tokens.saturating_add(input_tokens),
        output_tokens: generation.output_tokens.saturating_add(output_tokens),
        last_seq: generation.last_seq.max(ended.last_seq),
        // The report of the start may have been lost, or a stop may have noted it later than it was.
        started_at: generation
            .started_at
            .into_iter()
            .chain(is_try.then_some(ended.started_at))
            .min(),
        finished_at: state.status.is_terminal().then_some(at),
        updated_at: at.max(generation.updated_at),
        ..generation
    };
    match &ended.outcome {
        Outcome::Succeeded { finish } => settled.finish_reason = Some(finish.as_str().to_owned()),
        Outcome::Failed(failure) => {
            settled.error_code = Some(failure.code.clone());
            settled.error_message = Some(failure.message.clone());
        }
        Outcome::Canceled | Outcome::RetryIn { .. } => {}
    }
    settled
}
