//! Gemini, as Google's generative language API speaks it.

mod refusal;
mod wire;

use ::http::{HeaderMap, HeaderName};
use domain::{time::Timestamp, usage::Usage};
use ports::provider::Call;
use reqwest::Url;

use super::{
    dialect::{Dialect, Reading, Said},
    refusal::Refusal,
};

/// `streamGenerateContent`.
pub(super) struct Gemini;

impl Dialect for Gemini {
    fn endpoint(&self, base: &Url, model: &str) -> Url {
        let mut url = base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            let model = model.strip_prefix("models/").unwrap_or(model);
            path.pop_if_empty().push("models").push(&format!("{model}:streamGenerateContent"));
        }
        // Without it the answer is one JSON list that ends with the answer.
        url.set_query(Some("alt=sse"));
        url
    }

    fn key_header(&self) -> (HeaderName, &'static str) {
        (HeaderName::from_static("x-goog-api-key"), "")
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

/// The figures so far: each event counts from the beginning, and some leave a figure out.
#[derive(Default)]
struct Events {
    input: u64,
    output: u64,
    thoughts: u64,
    cached: u64,
}

impl Reading for Events {
    fn read(&mut self, data: &str) -> Result<Said, serde_json::Error> {
        let (mut said, figures) = wire::said(data)?;
        if let Some(figures) = figures {
            self.input = figures.input.unwrap_or(self.input);
            self.output = figures.output.unwrap_or(self.output);
            self.thoughts = figures.thoughts.unwrap_or(self.thoughts);
            self.cached = figures.cached.unwrap_or(self.cached);
            said.usage = Some(Usage {
                cached_input_tokens: self.cached,
                reasoning_tokens: self.thoughts,
                ..Usage::by_provider(self.input, self.output.saturating_add(self.thoughts))
            });
        }
        Ok(said)
    }
}

#[cfg(test)]
mod tests;
