//! Where in the stream of a chat a page goes on.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use chrono::DateTime;
use domain::time::Timestamp;
use serde::Deserialize;

use super::last_event_id::position;
use crate::{edge::Seen, error::ApiError};

/// What a page has seen, if it was here before: the `id:` of the chat's stream, from the header that browsers send when
/// they reconnect, or from the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChatPosition(pub(crate) Option<Seen>);

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

fn parse(text: &str) -> Result<Seen, ApiError> {
    if let Some(micros) = text.strip_prefix('@') {
        return time(micros).map(Seen::NothingSince).ok_or(ApiError::BadPlace);
    }
    let (generation, seq) = text.split_once(':').ok_or(ApiError::BadPlace)?;
    let generation = generation.parse().map_err(|_| ApiError::BadPlace)?;
    let seq = position(seq.as_bytes()).map_err(|_| ApiError::BadPlace)?;
    Ok(Seen::Event(generation, seq))
}

fn time(micros: &str) -> Option<Timestamp> {
    let micros = position(micros.as_bytes()).ok()?;
    DateTime::from_timestamp_micros(micros.try_into().ok()?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::id::GenerationId;
    use testkit::clock::epoch;

    use super::*;

    #[test]
    fn a_position_names_a_generation_and_an_event() {
        let id = GenerationId::generate(epoch());
        assert_eq!(parse(&format!("{id}:12")).unwrap(), Seen::Event(id, 12));
        for text in
            ["", "12", ":12", "x:12", &id.to_string(), &format!("{id}:"), &format!("{id}:-1")]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_position_without_an_event_is_a_time() {
        let came = epoch() + Duration::from_micros(123_456);
        assert_eq!(
            parse(&format!("@{}", came.timestamp_micros())).unwrap(),
            Seen::NothingSince(came)
        );
        for text in ["@", "@-1", "@x", "@1.5", "@9999999999999999999", "@@1", "@ 1", "@1:2"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_was_seen_survives_its_text() {
        let came = epoch() + Duration::from_micros(1);
        for seen in [Seen::Event(GenerationId::generate(came), 7), Seen::NothingSince(came)] {
            assert_eq!(parse(&seen.to_string()).unwrap(), seen);
        }
    }
}
