//! The entries of a generation's stream, and their JSON, which is the wire of the SSE edge.

use std::borrow::Borrow;

use serde::{Deserialize, Serialize};

use crate::{
    generation::{Generation, Status},
    id::MessageId,
    time::Timestamp,
    usage::UsageSource,
};

/// One entry of a generation's stream, without its number.
///
/// A viewer who knows only `delta`, `usage`, `error` and `done` follows an answer rightly as long as
/// nothing is retried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Event {
    /// An attempt began.
    Status {
        /// Always `streaming` at present.
        status: Status,
        /// Which attempt.
        attempt: u32,
        /// Which model answers.
        model: String,
    },
    /// More text.
    Delta {
        /// The text to append.
        delta: String,
    },
    /// What came before is void, or a wait begins, or both.
    Retry {
        /// The attempt to come.
        attempt: u32,
        /// Text of events numbered from here on is void.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        discard_from_seq: Option<u64>,
        /// Why, as a stable code.
        reason: String,
        /// When the attempt is due; at once when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Timestamp>,
    },
    /// What the attempt cost.
    Usage {
        /// Tokens of the prompt.
        input_tokens: u64,
        /// Tokens of the answer.
        output_tokens: u64,
        /// Who counted.
        source: UsageSource,
    },
    /// Why it failed. `done` follows.
    Error {
        /// A stable code.
        code: String,
        /// For people.
        message: String,
    },
    /// The end; nothing follows.
    Done {
        /// A terminal status.
        status: Status,
        /// The stored answer, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<MessageId>,
    },
}

impl Event {
    /// The JSON of the event, as it is logged, archived and sent.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings, numbers and times always have a JSON form")
    }

    /// Reads an event's JSON back.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

/// One entry of a generation's stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeqEvent {
    /// Its number.
    pub seq: u64,
    /// What it says.
    #[serde(flatten)]
    pub event: Event,
}

/// A number beyond those of all events that anybody can have been told of until `at`: the microseconds
/// since 1970, as nothing adds a million events a second to one stream.
///
/// What follows on a log that is gone begins there, so that no number is ever seen with two contents.
#[must_use]
pub fn beyond_all(at: Timestamp) -> u64 {
    // A clock before 1970 tells nothing.
    u64::try_from(at.timestamp_micros()).unwrap_or(0)
}

/// The last words on `generation`: `error` for a failure, then `done`; none while it is not over.
///
/// They follow from the row alone, so that a viewer can be told the end even when every log is gone.
/// The first of them is numbered [`Generation::last_seq`]` + 1`.
#[must_use]
pub fn terminal_events(generation: &Generation) -> Vec<SeqEvent> {
    let status = generation.state.status;
    if !status.is_terminal() {
        return Vec::new();
    }
    let error = (status == Status::Failed).then(|| Event::Error {
        code: generation.error_code.clone().unwrap_or_else(|| "unknown".to_owned()),
        message: generation.error_message.clone().unwrap_or_default(),
    });
    let done = Event::Done { status, message_id: generation.assistant_message_id };
    let numbers = generation.last_seq + 1..;
    error
        .into_iter()
        .chain([done])
        .zip(numbers)
        .map(|(event, seq)| SeqEvent { seq, event })
        .collect()
}

/// The attempt that a worker has begun, and neither given up nor put off since, as far as the events of a log tell.
pub fn under_way<E: Borrow<Event>>(events: impl IntoIterator<Item = E>) -> Option<u32> {
    events.into_iter().fold(None, |begun, event| match event.borrow() {
        Event::Status { attempt, .. } => Some(*attempt),
        // A wait in the worker's hands voids nothing, and the attempt after it is the same.
        Event::Retry { attempt, discard_from_seq: None, .. } => {
            begun.filter(|begun| attempt <= begun)
        }
        Event::Retry { .. } => None,
        _ => begun,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_under_way_until_it_is_given_up_or_put_off() {
        let status =
            |attempt| Event::Status { status: Status::Streaming, attempt, model: "m".into() };
        let text = || Event::Delta { delta: "t".into() };
        let retry = |attempt, discard_from_seq| Event::Retry {
            attempt,
            discard_from_seq,
            reason: "r".into(),
            retry_at: None,
        };
        let cases = [
            (vec![], None),
            (vec![retry(1, None)], None),
            (vec![status(1), text()], Some(1)),
            (vec![status(1), retry(1, None)], Some(1)),
            (vec![status(1), retry(1, None), text()], Some(1)),
            (vec![status(1), text(), retry(2, Some(2))], None),
            (vec![status(1), retry(2, None)], None),
            (vec![status(1), text(), retry(1, Some(2))], None),
            (vec![status(1), retry(2, None), status(2), text()], Some(2)),
        ];
        for (events, expected) in cases {
            assert_eq!(under_way(&events), expected, "{events:?}");
        }
    }

    #[test]
    fn the_wire_is_what_clients_were_told() {
        let retry_at = "2026-11-21T08:00:00Z".parse().unwrap();
        let cases = [
            (
                Event::Status { status: Status::Streaming, attempt: 1, model: "m".into() },
                r#"{"type":"status","status":"streaming","attempt":1,"model":"m"}"#,
            ),
            (Event::Delta { delta: "Hel\n".into() }, r#"{"type":"delta","delta":"Hel\n"}"#),
            (
                Event::Retry {
                    attempt: 2,
                    discard_from_seq: Some(4),
                    reason: "overloaded".into(),
                    retry_at: Some(retry_at),
                },
                r#"{"type":"retry","attempt":2,"discardFromSeq":4,"reason":"overloaded","retryAt":"2026-11-21T08:00:00Z"}"#,
            ),
            (
                Event::Usage { input_tokens: 11, output_tokens: 6, source: UsageSource::Provider },
                r#"{"type":"usage","inputTokens":11,"outputTokens":6,"source":"provider"}"#,
            ),
            (
                Event::Error { code: "overloaded".into(), message: "busy".into() },
                r#"{"type":"error","code":"overloaded","message":"busy"}"#,
            ),
            (
                Event::Done { status: Status::Canceled, message_id: None },
                r#"{"type":"done","status":"canceled"}"#,
            ),
        ];
        for (event, json) in cases {
            assert_eq!(event.to_json(), json);
            assert_eq!(Event::from_json(json.as_bytes()).unwrap(), event);
        }
    }

    #[test]
    fn line_breaks_in_text_cannot_forge_an_event() {
        let json = Event::Delta { delta: "a\n\ndata: x\r\nid: 9".into() }.to_json();
        assert!(!json.contains(['\n', '\r']));
    }
}
