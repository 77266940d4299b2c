//! Messages, as Anthropic speaks them.

mod refusal;
mod wire;

use ::http::{HeaderMap, HeaderName, HeaderValue};
use domain::{attempt::FinishReason, time::Timestamp, usage::Usage};
use ports::provider::Call;
use reqwest::Url;

use self::wire::Event;
use super::{
    dialect::{Dialect, Finish, Reading, Said},
    refusal::Refusal,
};

/// The Messages API.
pub(super) struct Anthropic;

impl Dialect for Anthropic {
    fn endpoint(&self, base: &Url, _model: &str) -> Url {
        let mut url = base.clone();
        url.set_path(&format!("{}/messages", base.path().trim_end_matches('/')));
        url
    }

    fn key_header(&self) -> (HeaderName, &'static str) {
        (HeaderName::from_static("x-api-key"), "")
    }

    fn version(&self) -> Option<(HeaderName, HeaderValue)> {
        let name = HeaderName::from_static("anthropic-version");
        Some((name, HeaderValue::from_static("2023-06-01")))
    }

    fn request(&self, call: &Call<'_>) -> Result<Vec<u8>, serde_json::Error> {
        wire::request(call)
    }

    fn reading(&self) -> Box<dyn Reading> {
        Box::new(Events::default())
    }

    fn refusal(&self, status: u16, headers: &HeaderMap, body: &[u8], at: Timestamp) -> Refusal {
        refusal::refusal(Some(status), wire::error(body), headers, at)
    }
}

/// What earlier events said.
#[derive(Default)]
struct Events {
    input: u64,
    cached: u64,
    output: u64,
    /// Why the message stops; that it has stopped is said later.
    reason: Option<FinishReason>,
}

impl Reading for Events {
    fn read(&mut self, data: &str) -> Result<Said, serde_json::Error> {
        let mut said = Said::default();
        match wire::event(data)? {
            // The figure of the answer is a placeholder here.
            Event::MessageStart { usage } => {
                self.input = usage.and_then(|usage| usage.input()).unwrap_or_default();
                self.cached = usage.and_then(|usage| usage.cached()).unwrap_or_default();
                said.usage = Some(self.usage());
            }
            Event::Text(text) => said.text = Some(text).filter(|text| !text.is_empty()),
            Event::Thought => said.thinks = true,
            Event::MessageDelta { reason, usage } => {
                self.reason = reason.map(wire::finish_reason).or(self.reason.take());
                if let Some(usage) = usage {
                    self.input = usage.input().unwrap_or_default().max(self.input);
                    self.cached = usage.cached().unwrap_or_default().max(self.cached);
                    self.output = usage.output.unwrap_or(self.output);
                    said.usage = Some(self.usage());
                }
            }
            Event::MessageStop => {
                let reason = self.reason.take().unwrap_or(FinishReason::Stop);
                said.finish = Some(Finish::Whole(reason));
                said.is_last = true;
            }
            Event::Error(error) => said.error = Some(refusal::inside(error)),
            Event::Other => {}
        }
        Ok(said)
    }
}

impl Events {
    fn usage(&self) -> Usage {
        let cached_input_tokens = self.cached;
        Usage { cached_input_tokens, ..Usage::by_provider(self.input, self.output) }
    }
}

#[cfg(test)]
mod tests;
