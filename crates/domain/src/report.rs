//! What workers tell the control plane.

use serde::{Deserialize, Serialize};

use crate::{
    attempt::Outcome,
    event::SeqEvent,
    id::{GenerationId, UserId},
    key::KeyId,
    model::ProviderName,
    time::Timestamp,
    transcript::Transcript,
    usage::Usage,
};

/// The version written into every report; a reader parks what it does not know.
pub const REPORT_VERSION: u32 = 1;

/// One message on `generation.responses`. A reader parks kinds that it does not know as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Report {
    /// An attempt began.
    Started(Started),
    /// An attempt ended.
    Ended(Box<Ended>),
    /// An attempt spent tokens, of which nothing else will be heard.
    Spent(Spent),
}

/// An attempt began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// [`REPORT_VERSION`] of the writer.
    pub v: u32,
    /// Of which generation.
    pub generation_id: GenerationId,
    /// Which attempt.
    pub attempt: u32,
    /// When.
    pub at: Timestamp,
}

/// An attempt spent tokens that the report of its end does not tell of: there is none, since the job was handed
/// on, or others had taken it; or they are those of a model, and the attempt goes on with another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spent {
    /// [`REPORT_VERSION`] of the writer.
    pub v: u32,
    /// On which generation.
    pub generation_id: GenerationId,
    /// Who asked.
    pub user_id: UserId,
    /// In which attempt.
    pub attempt: u32,
    /// Tells the attempt from another one of the same number: when the log was lost, the next one has it
    /// again. Absent if the end of this one may be found in the log, and its tokens reported with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<u64>,
    /// Tells what one model spent from what another one did in the same opening. Absent from what is told at the
    /// end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u32>,
    /// At which provider.
    pub provider: ProviderName,
    /// On which model.
    pub model: String,
    /// How many.
    pub usage: Usage,
    /// When.
    pub at: Timestamp,
}

/// An attempt ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    /// [`REPORT_VERSION`] of the writer.
    pub v: u32,
    /// Of which generation.
    pub generation_id: GenerationId,
    /// Who asked.
    pub user_id: UserId,
    /// Which attempt.
    pub attempt: u32,
    /// How.
    pub outcome: Outcome,
    /// Who was asked.
    pub provider: ProviderName,
    /// Which model.
    pub model: String,
    /// The key of the attempt's last call, if one was lent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyId>,
    /// What it cost; absent when the provider was not reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What other models cost that were asked before in the same attempt. Each is told by a report of its own as well, from
    /// which it is booked; here it counts for the generation. Absent from reports of versions before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_before: Option<Usage>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// The seq of the last event written.
    pub last_seq: u64,
    /// The events written and not reported before, in order: those of this attempt, and of earlier
    /// ones whose worker died.
    pub events: Vec<SeqEvent>,
}

impl Ended {
    /// The text of the answer as a viewer has it at the end of this attempt.
    #[must_use]
    pub fn text(&self) -> String {
        self.events.iter().collect::<Transcript>().into_text()
    }

    /// What the attempt cost in all, of whichever model: tokens of the prompt, and of the answer.
    #[must_use]
    pub fn tokens(&self) -> (u64, u64) {
        let parts = [self.usage_before, self.usage].into_iter().flatten();
        parts.fold((0, 0), |(input, output), usage| {
            (input.saturating_add(usage.input_tokens), output.saturating_add(usage.output_tokens))
        })
    }
}
