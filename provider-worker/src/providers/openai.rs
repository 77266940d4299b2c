//! Chat completions, as `OpenAI` and many others speak them.

mod content;
mod refusal;
mod wire;

use ::http::{HeaderMap, HeaderName, header};
use domain::{failure::ErrorClass, time::Timestamp};
use ports::provider::Call;
use reqwest::Url;

use super::{
    dialect::{Dialect, Finish, Reading, Said},
    hint,
    refusal::Refusal,
};

/// Said in place of an event's JSON when nothing follows.
const DONE: &str = "[DONE]";

/// Chat completions.
pub(super) struct OpenAi {
    /// Whether the provider is asked to tell what an answer has cost. Some refuse that, and tell it anyway.
    pub(super) usage_option: bool,
}

impl OpenAi {
    /// As nearly all speak them.
    #[cfg(any(test, fuzzing))]
    pub(super) const USUAL: Self = Self { usage_option: true };
}

impl Dialect for OpenAi {
    fn endpoint(&self, base: &Url, _model: &str) -> Url {
        let mut url = base.clone();
        url.set_path(&format!("{}/chat/completions", base.path().trim_end_matches('/')));
        url
    }

    fn key_header(&self) -> (HeaderName, &'static str) {
        (header::AUTHORIZATION, "Bearer ")
    }

    fn request(&self, call: &Call<'_>) -> Result<Vec<u8>, serde_json::Error> {
        wire::request(call, self.usage_option)
    }

    fn reading(&self) -> Box<dyn Reading> {
        Box::new(Events::default())
    }

    fn refusal(&self, status: u16, headers: &HeaderMap, body: &[u8], at: Timestamp) -> Refusal {
        let said = wire::read_refusal(body);
        let hint = hint::retry_after(headers, &said.message, at);
        let hint = hint.or_else(|| hint::retry_after(&said.headers, "", at));
        refusal::refusal(Some(status), said, hint)
    }
}

/// What earlier events said.
#[derive(Default)]
struct Events {
    /// There was an answer, or at least the beginning of one.
    has_choice: bool,
}

impl Reading for Events {
    fn read(&mut self, data: &str) -> Result<Said, serde_json::Error> {
        if data == DONE {
            return Ok(self.done());
        }
        let (said, has_choice) = wire::said(data)?;
        self.has_choice |= has_choice;
        Ok(said)
    }
}

impl Events {
    /// Some end every stream with that word, also one in which nothing was said.
    fn done(&self) -> Said {
        if self.has_choice {
            return Said { finish: Some(Finish::AsSaid), is_last: true, ..Said::default() };
        }
        let message = "the stream ended without an answer".to_owned();
        let (class, name) = (ErrorClass::Truncated, String::new());
        let error = Some(Refusal { class, name, message, retry_after: None });
        Said { error, ..Said::default() }
    }
}

#[cfg(test)]
mod tests;
