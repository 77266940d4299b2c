//! Chat completions, as `OpenAI` and many others speak them.

mod content;
mod refusal;
mod wire;

use ::http::{HeaderMap, HeaderName, header};
use domain::time::Timestamp;
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
pub(super) struct OpenAi;

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
        wire::request(call)
    }

    fn reading(&self) -> Box<dyn Reading> {
        Box::new(Events)
    }

    fn refusal(&self, status: u16, headers: &HeaderMap, body: &[u8], at: Timestamp) -> Refusal {
        let said = wire::read_refusal(body);
        let hint = hint::retry_after(headers, &said.message, at);
        let hint = hint.or_else(|| hint::retry_after(&said.headers, "", at));
        refusal::refusal(Some(status), said, hint)
    }
}

/// Every event stands for itself.
struct Events;

impl Reading for Events {
    fn read(&mut self, data: &str) -> Result<Said, serde_json::Error> {
        if data == DONE {
            let finish = Some(Finish::AsSaid);
            return Ok(Said { finish, is_last: true, ..Said::default() });
        }
        wire::said(data)
    }
}

#[cfg(test)]
mod tests;
