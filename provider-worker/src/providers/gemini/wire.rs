//! What goes over the wire.

use domain::{attempt::FinishReason, chat::Speaker};
use ports::provider::Call;
use serde::{Deserialize, Serialize};

use super::super::{
    dialect::{Finish, Said},
    models, turns,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    contents: Vec<Content<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_instruction: Option<Content<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation_config: Option<GenerationConfig>,
}

#[derive(Serialize)]
struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    parts: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct Part<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GenerationConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u32>,
}

/// The body of a request. Rules have a place of their own, wherever in the chat they stand; for models that take none
/// they are said before all else.
pub(super) fn request(call: &Call<'_>) -> Result<Vec<u8>, serde_json::Error> {
    let mut rules = turns::rules(call.system, call.turns);
    let mut said = turns::spoken(call.turns.iter().filter(|turn| turn.role != Speaker::System));
    if !models::takes_rules(call.model) {
        turns::say_first(&mut said, &std::mem::take(&mut rules));
    }
    let rules: Vec<_> = rules.into_iter().map(|text| Part { text }).collect();
    let contents = said.iter().map(|said| Content {
        role: Some(if said.role == Speaker::User { "user" } else { "model" }),
        parts: vec![Part { text: &said.text }],
    });
    let sampling = call.sampling;
    let is_said = sampling.temperature.is_some() || sampling.max_tokens.is_some();
    serde_json::to_vec(&Request {
        contents: contents.collect(),
        system_instruction: (!rules.is_empty()).then_some(Content { role: None, parts: rules }),
        generation_config: is_said.then_some(GenerationConfig {
            temperature: sampling.temperature,
            max_output_tokens: sampling.max_tokens,
        }),
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Frame {
    candidates: Option<Vec<Candidate>>,
    prompt_feedback: Option<PromptFeedback>,
    usage_metadata: Option<UsageMetadata>,
    error: Option<WireError>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    #[serde(default)]
    index: u32,
    content: Option<Parts>,
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Parts {
    parts: Option<Vec<AnswerPart>>,
}

#[derive(Debug, Deserialize)]
struct AnswerPart {
    text: Option<String>,
    /// Reasoning, which is not shown.
    #[serde(default)]
    thought: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PromptFeedback {
    block_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct UsageMetadata {
    #[serde(rename = "promptTokenCount")]
    prompt: Option<u64>,
    #[serde(rename = "candidatesTokenCount")]
    candidates: Option<u64>,
    #[serde(rename = "thoughtsTokenCount")]
    thoughts: Option<u64>,
    #[serde(rename = "cachedContentTokenCount")]
    cached: Option<u64>,
}

/// Figures as one event gives them.
#[derive(Debug)]
pub(super) struct Figures {
    /// Of the prompt.
    pub(super) input: Option<u64>,
    /// Of the answer.
    pub(super) output: Option<u64>,
    /// Of hidden reasoning, which is paid for too.
    pub(super) thoughts: Option<u64>,
    /// Of the prompt, what was in the cache.
    pub(super) cached: Option<u64>,
}

/// Reads the data of an event.
pub(super) fn said(data: &str) -> Result<(Said, Option<Figures>), serde_json::Error> {
    // Errors come in a list at times.
    let frame = if data.starts_with('[') {
        let [frame]: [Frame; 1] = serde_json::from_str(data)?;
        frame
    } else {
        serde_json::from_str(data)?
    };
    let mut said = Said { error: frame.error.map(super::refusal::inside), ..Said::default() };
    if frame.prompt_feedback.is_some_and(|feedback| feedback.block_reason.is_some()) {
        said.finish = Some(Finish::Whole(FinishReason::Blocked));
    }
    let candidates = frame.candidates.unwrap_or_default();
    if let Some(candidate) = candidates.into_iter().find(|candidate| candidate.index == 0) {
        candidate.say(&mut said);
    }
    let figures = frame.usage_metadata.map(|usage| Figures {
        input: usage.prompt,
        output: usage.candidates,
        thoughts: usage.thoughts,
        cached: usage.cached,
    });
    Ok((said, figures))
}

impl Candidate {
    fn say(self, said: &mut Said) {
        let mut text = String::new();
        for part in self.content.and_then(|content| content.parts).unwrap_or_default() {
            said.thinks |= part.thought;
            text.push_str(part.text.as_deref().filter(|_| !part.thought).unwrap_or_default());
        }
        said.text = Some(text).filter(|text| !text.is_empty());
        // Old models say it with every piece, so only the end of the stream tells which was the last.
        if let Some(word) = self.finish_reason {
            said.finish = Some(Finish::SoFar(finish_reason(&word)));
        }
    }
}

fn finish_reason(word: &str) -> FinishReason {
    match word {
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "LANGUAGE" => {
            FinishReason::Blocked
        }
        _ => FinishReason::Other(word.to_lowercase()),
    }
}

/// A provider's words about what went wrong.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireError {
    /// An HTTP status.
    pub(super) code: Option<u16>,
    /// For people.
    pub(super) message: Option<String>,
    /// A name, such as `RESOURCE_EXHAUSTED`.
    pub(super) status: Option<String>,
    /// More of it, each piece in a form of its own.
    pub(super) details: Vec<Detail>,
}

/// A piece of what more there is to say.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Detail {
    /// Of an `ErrorInfo`: a name, such as `API_KEY_INVALID`.
    pub(super) reason: Option<String>,
    /// Of a `QuotaFailure`: which limits.
    pub(super) violations: Vec<Violation>,
    /// Of a `RetryInfo`: how long to wait, such as `26.66s`.
    pub(super) retry_delay: Option<String>,
}

/// A limit that was reached.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Violation {
    /// Its name, such as `GenerateRequestsPerDayPerProjectPerModel-FreeTier`.
    pub(super) quota_id: String,
}

/// Reads the body of a refusal; empty if it is in no known form.
pub(super) fn error(body: &[u8]) -> WireError {
    #[derive(Deserialize)]
    struct Envelope {
        error: WireError,
    }
    let list = serde_json::from_slice::<[Envelope; 1]>(body);
    let envelope = match list {
        Ok([envelope]) => Some(envelope),
        Err(_) => serde_json::from_slice(body).ok(),
    };
    envelope.map(|envelope| envelope.error).unwrap_or_default()
}
