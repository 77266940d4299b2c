//! What a dialect has to know. Everything else about a call is the same for all of them.

use ::http::{HeaderMap, HeaderName, HeaderValue};
use domain::{attempt::FinishReason, time::Timestamp, usage::Usage};
use ports::provider::Call;
use reqwest::Url;

use super::refusal::Refusal;

/// How a family of providers is spoken to.
pub(super) trait Dialect: Send + Sync {
    /// Where a call for `model` goes; `base` ends with the version.
    fn endpoint(&self, base: &Url, model: &str) -> Url;

    /// The header that shows the key, and what stands before the key in it.
    fn key_header(&self) -> (HeaderName, &'static str);

    /// A header that every call has, beside the usual ones.
    fn version(&self) -> Option<(HeaderName, HeaderValue)> {
        None
    }

    /// The body of a call.
    fn request(&self, call: &Call<'_>) -> Result<Vec<u8>, serde_json::Error>;

    /// Begins to read an answer.
    fn reading(&self) -> Box<dyn Reading>;

    /// What a call was refused for.
    fn refusal(&self, status: u16, headers: &HeaderMap, body: &[u8], at: Timestamp) -> Refusal;
}

/// One answer, read event by event.
pub(super) trait Reading: Send {
    /// What the data of the next event says.
    fn read(&mut self, data: &str) -> Result<Said, serde_json::Error>;
}

/// What an event says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// More text, if any.
    pub(super) text: Option<String>,
    /// The model thinks aloud, which is not shown but shows that it goes on.
    pub(super) thinks: bool,
    /// How the answer ended.
    pub(super) finish: Option<Finish>,
    /// What it costs.
    pub(super) usage: Option<Usage>,
    /// Something went wrong.
    pub(super) error: Option<Refusal>,
    /// Nothing follows.
    pub(super) is_last: bool,
}

/// A positive end signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finish {
    /// No more text follows.
    Whole(FinishReason),
    /// If nothing more comes, the answer was whole.
    SoFar(FinishReason),
    /// No more text follows, for the reason that was said so far.
    AsSaid,
}
