//! What goes over the wire.

use domain::{attempt::FinishReason, chat::Speaker, usage::Usage};
use ports::provider::Call;
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    super::{
        dialect::{Finish, Said},
        hint, turns,
    },
    refusal::refusal,
};

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    stream: bool,
    stream_options: StreamOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// The body of a request.
pub(super) fn request(call: &Call<'_>) -> Result<Vec<u8>, serde_json::Error> {
    let system = call.system.filter(turns::says_something);
    let system = system.map(|content| Message { role: Speaker::System.as_str(), content });
    let said = turns::spoken(call.turns);
    let turns = said.iter().map(|said| Message { role: said.role.as_str(), content: &said.text });
    let (max_tokens, max_completion_tokens) = match call.sampling.max_tokens {
        limit if counts_reasoning(call.model) => (None, limit),
        limit => (limit, None),
    };
    serde_json::to_vec(&Request {
        model: call.model,
        messages: system.into_iter().chain(turns).collect(),
        stream: true,
        stream_options: StreamOptions { include_usage: true },
        temperature: call.sampling.temperature,
        max_tokens,
        max_completion_tokens,
    })
}

/// Whether a model refuses `max_tokens`, since its hidden reasoning counts too.
fn counts_reasoning(model: &str) -> bool {
    let is_o_series =
        model.strip_prefix('o').is_some_and(|m| m.starts_with(|c: char| c.is_ascii_digit()));
    is_o_series || model.starts_with("gpt-5")
}

/// One event of an answer. What is not named here is skipped unread.
#[derive(Debug, Default, Deserialize)]
struct Frame {
    #[serde(default, deserialize_with = "null_as_default")]
    choices: Vec<Choice>,
    usage: Option<WireUsage>,
    error: Option<WireError>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Delta {
    content: Option<String>,
    /// Said in place of an answer.
    refusal: Option<String>,
    reasoning_content: Option<String>,
    reasoning: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct WireUsage {
    #[serde(default, deserialize_with = "null_as_default")]
    prompt_tokens: u64,
    #[serde(default, deserialize_with = "null_as_default")]
    completion_tokens: u64,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct CompletionDetails {
    reasoning_tokens: Option<u64>,
}

impl From<WireUsage> for Usage {
    fn from(wire: WireUsage) -> Self {
        let cached = wire.prompt_tokens_details.and_then(|details| details.cached_tokens);
        let thoughts = wire.completion_tokens_details.and_then(|details| details.reasoning_tokens);
        Self {
            cached_input_tokens: cached.unwrap_or_default(),
            reasoning_tokens: thoughts.unwrap_or_default(),
            ..Self::by_provider(wire.prompt_tokens, wire.completion_tokens)
        }
    }
}

/// Reads the data of an event.
pub(super) fn said(data: &str) -> Result<Said, serde_json::Error> {
    let frame: Frame = serde_json::from_str(data)?;
    let error = frame.error.map(WireRefusal::from).map(|error| {
        let hint = hint::retry_after_in(&error.message);
        refusal(None, error, hint)
    });
    let usage = frame.usage.map(Usage::from);
    let mut said = Said { usage, error, ..Said::default() };
    // Only one answer is ever asked for.
    let Some(choice) = frame.choices.into_iter().find(|choice| choice.index == 0) else {
        return Ok(said);
    };
    said.finish = filled(choice.finish_reason).map(|word| Finish::Whole(finish_reason(word)));
    if let Some(delta) = choice.delta {
        said.text = filled(delta.content).or(filled(delta.refusal));
        said.thinks = filled(delta.reasoning_content).or(filled(delta.reasoning)).is_some();
    }
    Ok(said)
}

fn finish_reason(word: String) -> FinishReason {
    match word.as_str() {
        "stop" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "content_filter" => FinishReason::Blocked,
        _ => FinishReason::Other(word),
    }
}

/// A provider's words about what went wrong.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct WireRefusal {
    /// For people.
    pub(super) message: String,
    /// `error.type`, empty if absent.
    pub(super) kind: String,
    /// `error.code`, empty if absent.
    pub(super) code: String,
}

/// Reads the body of a refusal; empty if it is in no known form.
pub(super) fn read_refusal(body: &[u8]) -> WireRefusal {
    #[derive(Deserialize)]
    struct Envelope {
        error: WireError,
    }
    // Some put it into a list. That is tried first, since a list also reads as an object's fields.
    let list = serde_json::from_slice::<Vec<Envelope>>(body);
    let envelope = match list {
        Ok(mut list) => list.pop(),
        Err(_) => serde_json::from_slice(body).ok(),
    };
    envelope.map(|envelope| envelope.error.into()).unwrap_or_default()
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum WireError {
    Object {
        message: Option<String>,
        #[serde(rename = "type")]
        kind: Option<String>,
        code: Option<Code>,
    },
    Text(String),
    /// In no known form.
    Other(serde::de::IgnoredAny),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Code {
    Text(String),
    Number(i64),
}

impl From<WireError> for WireRefusal {
    fn from(error: WireError) -> Self {
        match error {
            WireError::Object { message, kind, code } => Self {
                message: message.unwrap_or_default(),
                kind: kind.unwrap_or_default(),
                code: match code {
                    Some(Code::Text(text)) => text,
                    Some(Code::Number(number)) => number.to_string(),
                    None => String::new(),
                },
            },
            WireError::Text(message) => Self { message, ..Self::default() },
            WireError::Other(_) => Self::default(),
        }
    }
}

/// `text`, unless there is nothing in it; some send empty fields in place of absent ones.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
