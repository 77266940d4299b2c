//! The job: the queue message that asks a worker to work on a generation.

use serde::{Deserialize, Serialize};

use crate::{
    chat::Speaker,
    id::{ChatId, GenerationId, UserId},
    model::{ModelRef, ProviderName},
    time::Timestamp,
};

/// The version written into every job; a reader parks what it does not know.
pub const JOB_VERSION: u32 = 1;

/// How to sample; absent values are the provider's own defaults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sampling {
    /// 0 is the most predictable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// The longest answer, in tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
}

impl Sampling {
    /// The same; what is absent is as in `usual`.
    #[must_use]
    pub fn or(self, usual: Self) -> Self {
        Self {
            temperature: self.temperature.or(usual.temperature),
            max_tokens: self.max_tokens.or(usual.max_tokens),
        }
    }
}

/// One message of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Who speaks.
    pub role: Speaker,
    /// What is said.
    pub content: String,
}

/// Everything a worker needs to know of a generation; it has no database to ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// [`JOB_VERSION`] of the writer.
    pub v: u32,
    /// What to work on.
    pub generation_id: GenerationId,
    /// Who asked.
    pub user_id: UserId,
    /// Where.
    pub chat_id: ChatId,
    /// The attempt this job asks for, from 1. The log decides: after a crash it hands out a later one.
    pub attempt: u32,
    /// Rungs of the ladder used before.
    pub retries: u32,
    /// The last seq a worker wrote before this job; 0 when none did. A log that should hold it and
    /// does not was lost.
    pub last_seq: u64,
    /// Who is asked.
    pub provider: ProviderName,
    /// Which model.
    pub model: String,
    /// Who is asked, one after the other, if that one cannot answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<ModelRef>,
    /// The rules put before the chat, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The chat so far, oldest first; the last one is the question.
    pub turns: Vec<Turn>,
    /// How to sample.
    pub sampling: Sampling,
    /// When the generation was accepted.
    pub created_at: Timestamp,
}

impl Job {
    /// The job that follows this one.
    #[must_use]
    pub fn next(&self, attempt: u32, retries: u32, last_seq: u64) -> Self {
        Self { attempt, retries, last_seq, ..self.clone() }
    }
}
