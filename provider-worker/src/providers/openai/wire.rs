//! What goes over the wire.

use domain::{
    chat::Speaker,
    usage::{Usage, UsageSource},
};
use ports::provider::Call;
use serde::{Deserialize, Deserializer, Serialize};

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
    let system = call.system.map(|content| Message { role: Speaker::System.as_str(), content });
    let turns = call.turns.iter();
    let turns = turns.map(|turn| Message { role: turn.role.as_str(), content: &turn.content });
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
pub(super) struct Frame {
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
}

/// What an event says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// More text, if any.
    pub(super) text: Option<String>,
    /// The model thinks aloud, which is not shown but shows that it goes on.
    pub(super) thinks: bool,
    /// How the answer ended.
    pub(super) finish: Option<String>,
    /// What it costs.
    pub(super) usage: Option<Usage>,
    /// Something went wrong.
    pub(super) error: Option<Refusal>,
}

impl Said {
    /// Reads the data of an event.
    pub(super) fn parse(data: &str) -> Result<Self, serde_json::Error> {
        let frame: Frame = serde_json::from_str(data)?;
        let mut said = Self { error: frame.error.map(Refusal::from), ..Self::default() };
        said.usage = frame.usage.map(|usage| Usage {
            input_tokens: usage.prompt_tokens,
            output_tokens: usage.completion_tokens,
            source: UsageSource::Provider,
        });
        // Only one answer is ever asked for.
        let Some(choice) = frame.choices.into_iter().find(|choice| choice.index == 0) else {
            return Ok(said);
        };
        said.finish = filled(choice.finish_reason);
        if let Some(delta) = choice.delta {
            said.text = filled(delta.content).or(filled(delta.refusal));
            said.thinks = filled(delta.reasoning_content).or(filled(delta.reasoning)).is_some();
        }
        Ok(said)
    }
}

/// A provider's words about what went wrong.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// For people.
    pub(super) message: String,
    /// `error.type`, empty if absent.
    pub(super) kind: String,
    /// `error.code`, empty if absent.
    pub(super) code: String,
}

/// Reads the body of a refusal; empty if it is in no known form.
pub(super) fn refusal(body: &[u8]) -> Refusal {
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

impl From<WireError> for Refusal {
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
