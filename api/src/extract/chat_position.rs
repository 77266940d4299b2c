//! Where in the stream of a chat a page goes on.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use domain::id::GenerationId;
use serde::Deserialize;

use super::last_event_id::position;
use crate::error::ApiError;

/// The generation and the number of the last event that a page has seen, if it has seen any: the `id:` of
/// the chat's stream, from the header that browsers send when they reconnect, or from the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChatPosition(pub(crate) Option<(GenerationId, u64)>);

#[derive(Deserialize)]
struct Params {
    #[serde(rename = "lastEventId", alias = "last_event_id")]
    last_event_id: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for ChatPosition {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        if let Some(header) = parts.headers.get("last-event-id") {
            let text = header.to_str().map_err(|_| ApiError::BadPlace)?;
            return parse(text).map(Some).map(Self);
        }
        let query = Query::<Params>::from_request_parts(parts, state).await;
        let Query(params) = query.map_err(|_| ApiError::BadPlace)?;
        params.last_event_id.map(|text| parse(&text)).transpose().map(Self)
    }
}

fn parse(text: &str) -> Result<(GenerationId, u64), ApiError> {
    let (generation, seq) = text.split_once(':').ok_or(ApiError::BadPlace)?;
    let generation = generation.parse().map_err(|_| ApiError::BadPlace)?;
    let seq = position(seq.as_bytes()).map_err(|_| ApiError::BadPlace)?;
    Ok((generation, seq))
}

#[cfg(test)]
mod tests {
    use testkit::clock::epoch;

    use super::*;

    #[test]
    fn a_position_names_a_generation_and_an_event() {
        let id = GenerationId::generate(epoch());
        assert_eq!(parse(&format!("{id}:12")).unwrap(), (id, 12));
        for text in
            ["", "12", ":12", "x:12", &id.to_string(), &format!("{id}:"), &format!("{id}:-1")]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
