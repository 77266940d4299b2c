//! Rows of `generations`.

use domain::{
    generation::{Generation, State, Status},
    id::{ChatId, GenerationId, MessageId, UserId},
    job::Sampling,
    model::ProviderName,
};
use ports::store::AttemptRow;

use super::{Columns, FromColumns};
use crate::error::Error;

impl FromColumns for State {
    const TABLE: &'static str = "generations";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            status: columns.known("status", Status::from_name)?,
            attempt: columns.count("attempt")?,
            retries: columns.count("retries")?,
            retry_at: columns.maybe_time("retry_at")?,
            cancel_requested: columns.get("cancel_requested")?,
        })
    }
}

impl FromColumns for Sampling {
    const TABLE: &'static str = "generations";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        let max_tokens: Option<i64> = columns.get("max_tokens")?;
        Ok(Self {
            temperature: columns.get("temperature")?,
            max_tokens: max_tokens.map(|_| columns.count("max_tokens")).transpose()?,
        })
    }
}

impl FromColumns for Generation {
    const TABLE: &'static str = "generations";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: columns.id("id", GenerationId::from_uuid)?,
            user_id: columns.id("user_id", UserId::from_uuid)?,
            chat_id: columns.id("chat_id", ChatId::from_uuid)?,
            user_message_id: columns.id("user_message_id", MessageId::from_uuid)?,
            assistant_message_id: columns.maybe_id("assistant_message_id", MessageId::from_uuid)?,
            state: State::read(columns)?,
            provider: columns.known("provider", |text| ProviderName::parse(text).ok())?,
            model: columns.text("model")?,
            fallbacks: columns.json("fallbacks")?,
            chain: columns.maybe_text("chain")?,
            system_prompt: columns.maybe_text("system_prompt")?,
            sampling: Sampling::read(columns)?,
            request_id: columns.maybe_text("request_id")?,
            error_code: columns.maybe_text("error_code")?,
            error_message: columns.maybe_text("error_message")?,
            finish_reason: columns.maybe_text("finish_reason")?,
            input_tokens: columns.count("input_tokens")?,
            output_tokens: columns.count("output_tokens")?,
            last_seq: columns.count("last_seq")?,
            held: columns.get("held")?,
            rescues: columns.count("rescues")?,
            lost: columns.count("lost")?,
            created_at: columns.time("created_at")?,
            started_at: columns.maybe_time("started_at")?,
            finished_at: columns.maybe_time("finished_at")?,
            updated_at: columns.time("updated_at")?,
        })
    }
}

impl FromColumns for AttemptRow {
    const TABLE: &'static str = "generation_attempts";
    const KEY: &'static str = "generation_id";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            attempt: columns.count("attempt")?,
            provider: columns.known("provider", |text| ProviderName::parse(text).ok())?,
            model: columns.text("model")?,
            outcome: columns.maybe_text("outcome")?,
            error_code: columns.maybe_text("error_code")?,
            input_tokens: columns.count("input_tokens")?,
            output_tokens: columns.count("output_tokens")?,
            started_at: columns.time("started_at")?,
            ended_at: columns.maybe_time("ended_at")?,
        })
    }
}
