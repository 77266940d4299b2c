//! What goes over the wire.

use domain::{attempt::FinishReason, chat::Speaker};
use ports::provider::Call;
use serde::{Deserialize, Serialize};

use super::super::{models, turns};

/// The dialect wants a limit; every model takes this one, if no other is known.
const MAX_TOKENS: u32 = 4096;

/// The most daring this dialect knows.
const MAX_TEMPERATURE: f64 = 1.0;

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<String>,
    messages: Vec<Message<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

/// The body of a request. Rules have a place of their own, wherever in the chat they stand.
pub(super) fn request(call: &Call<'_>) -> Result<Vec<u8>, serde_json::Error> {
    let rules = turns::rules(call.system, call.turns);
    let said = turns::spoken(call.turns.iter().filter(|turn| turn.role != Speaker::System));
    let messages = said.iter().map(|said| Message {
        role: if said.role == Speaker::User { "user" } else { "assistant" },
        content: &said.text,
    });
    serde_json::to_vec(&Request {
        model: call.model,
        max_tokens: call.sampling.max_tokens.or(call.max_output).unwrap_or(MAX_TOKENS),
        system: (!rules.is_empty()).then(|| rules.join("\n\n")),
        messages: messages.collect(),
        stream: true,
        temperature: call
            .sampling
            .temperature
            .filter(|_| models::takes_temperature(call.model))
            .map(|wish| wish.min(MAX_TEMPERATURE)),
    })
}

/// One event.
#[derive(Debug)]
pub(super) enum Event {
    /// The message begins.
    MessageStart {
        /// What the prompt costs.
        usage: Option<WireUsage>,
    },
    /// More text.
    Text(String),
    /// The model thinks, or prepares something that is no text.
    Thought,
    /// The message is about to stop.
    MessageDelta {
        /// Why.
        reason: Option<String>,
        /// What it costs in all.
        usage: Option<WireUsage>,
    },
    /// The message is whole.
    MessageStop,
    /// Something went wrong.
    Error(WireError),
    /// Nothing of interest.
    Other,
}

#[derive(Debug, Deserialize)]
struct Frame {
    #[serde(rename = "type")]
    kind: String,
    message: Option<Start>,
    content_block: Option<Block>,
    delta: Option<Delta>,
    usage: Option<WireUsage>,
    error: Option<WireError>,
}

#[derive(Debug, Deserialize)]
struct Start {
    usage: Option<WireUsage>,
}

#[derive(Debug, Deserialize)]
struct Block {
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Delta {
    #[serde(rename = "type")]
    kind: Option<String>,
    text: Option<String>,
    stop_reason: Option<String>,
}

/// Tokens; what was read from a cache, or written into one, is counted apart.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct WireUsage {
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    /// Of the answer, so far.
    #[serde(rename = "output_tokens")]
    pub(super) output: Option<u64>,
}

impl WireUsage {
    /// Those of them that were read from the cache.
    pub(super) fn cached(&self) -> Option<u64> {
        self.cache_read_input_tokens
    }

    /// Tokens of the whole prompt.
    pub(super) fn input(&self) -> Option<u64> {
        let cached = [self.cache_creation_input_tokens, self.cache_read_input_tokens];
        let cached = cached.into_iter().flatten().fold(0, u64::saturating_add);
        self.input_tokens.map(|tokens| tokens.saturating_add(cached))
    }
}

/// Reads the data of an event.
pub(super) fn event(data: &str) -> Result<Event, serde_json::Error> {
    let frame: Frame = serde_json::from_str(data)?;
    Ok(match frame.kind.as_str() {
        "message_start" => {
            Event::MessageStart { usage: frame.message.and_then(|message| message.usage) }
        }
        "content_block_start" => match frame.content_block.and_then(|block| block.text) {
            Some(text) => Event::Text(text),
            None => Event::Thought,
        },
        "content_block_delta" => match frame.delta {
            Some(Delta { kind: Some(kind), text: Some(text), .. }) if kind == "text_delta" => {
                Event::Text(text)
            }
            _ => Event::Thought,
        },
        "message_delta" => Event::MessageDelta {
            reason: frame.delta.and_then(|delta| delta.stop_reason),
            usage: frame.usage,
        },
        "message_stop" => Event::MessageStop,
        "error" => Event::Error(frame.error.unwrap_or_default()),
        _ => Event::Other,
    })
}

/// What a reason to stop means.
pub(super) fn finish_reason(word: String) -> FinishReason {
    match word.as_str() {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "refusal" => FinishReason::Blocked,
        _ => FinishReason::Other(word),
    }
}

/// A provider's words about what went wrong.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireError {
    /// A name, such as `overloaded_error`.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// For people.
    pub(super) message: String,
    /// More of it, if anything.
    pub(super) details: Option<Details>,
}

/// What more there is to say.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Details {
    /// A name, such as `enforced_spend_limit_reached`.
    pub(super) error_code: Option<String>,
}

/// Reads the body of a refusal; empty if it is in no known form.
pub(super) fn error(body: &[u8]) -> WireError {
    #[derive(Deserialize)]
    struct Envelope {
        error: WireError,
    }
    let envelope = serde_json::from_slice(body).ok();
    envelope.map(|envelope: Envelope| envelope.error).unwrap_or_default()
}
