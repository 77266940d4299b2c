//! By what a repeated request is known.

use domain::{id::ChatId, job::Sampling};
use ports::store::RequestFingerprint;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Ask, Follows, Question};

/// What two requests with one request id must have in common.
#[derive(Serialize)]
struct Asked<'a> {
    chat: ChatId,
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    beside: Option<String>,
    model: Option<&'a str>,
    system_prompt: Option<&'a str>,
    sampling: Sampling,
}

/// By what a repetition of `ask` is known, if it has a request id.
pub(super) fn fingerprint(ask: &Ask, chat: ChatId) -> Option<RequestFingerprint> {
    let request_id = ask.request_id.clone()?;
    let (content, beside) = match &ask.question {
        Question::New { content, follows: Follows::Newest } => (content.as_str(), None),
        Question::New { content, follows: Follows::Nothing } => {
            (content.as_str(), Some("-".into()))
        }
        Question::New { content, follows: Follows::Message(id) } => {
            (content.as_str(), Some(id.to_string()))
        }
        Question::Again(id) => ("", Some(id.to_string())),
    };
    let asked = Asked {
        chat,
        content,
        beside,
        model: ask.model.as_deref(),
        system_prompt: ask.system_prompt.as_deref(),
        sampling: ask.sampling,
    };
    let json = serde_json::to_vec(&asked).expect("texts and finite numbers have a JSON form");
    Some(RequestFingerprint { request_id, body_hash: Sha256::digest(json).into() })
}
