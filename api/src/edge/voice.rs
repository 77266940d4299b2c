//! In which words a viewer is told of events.

use std::fmt::Write;

use bytes::BytesMut;
use domain::{event::Event, id::GenerationId};
use serde::Serialize;

/// In which words a viewer is told of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Those of the log, numbered by it: one generation's stream.
    Generation,
    /// The same, saying of which generation: a chat's stream.
    Chat(GenerationId),
    /// Pieces of text: a session's stream.
    Session(GenerationId),
}

/// What a session's stream tells.
#[derive(Serialize)]
struct Piece<'a> {
    chunk: &'a str,
    chunk_id: u64,
    is_final: bool,
    generation_id: GenerationId,
    /// Text of pieces numbered from here on is void.
    #[serde(skip_serializing_if = "Option::is_none")]
    discard_from: Option<u64>,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

impl Voice {
    /// The generation it names.
    const fn generation(self) -> Option<GenerationId> {
        match self {
            Self::Generation => None,
            Self::Chat(id) | Self::Session(id) => Some(id),
        }
    }

    /// Writes the frame of the event numbered `seq`, if there is something to tell of it.
    pub(super) fn write(self, bytes: &mut BytesMut, seq: u64, json: &[u8]) {
        let session = match self {
            Self::Session(id) => match piece(id, seq, json) {
                Some(piece) => Some(piece),
                None => return,
            },
            _ => None,
        };
        match self.generation() {
            None => write!(bytes, "id: {seq}\ndata: "),
            Some(id) => write!(bytes, "id: {id}:{seq}\ndata: "),
        }
        .expect("memory takes everything");
        match (self, session) {
            (_, Some(piece)) => bytes.extend_from_slice(piece.as_bytes()),
            (Self::Chat(id), None) if json.first() == Some(&b'{') => {
                write!(bytes, "{{\"generationId\":\"{id}\",").expect("memory takes everything");
                bytes.extend_from_slice(&json[1..]);
            }
            _ => bytes.extend_from_slice(json),
        }
        bytes.extend_from_slice(b"\n\n");
    }
}

fn piece(generation_id: GenerationId, chunk_id: u64, json: &[u8]) -> Option<String> {
    let event = Event::from_json(json).ok()?;
    let none = Piece {
        chunk: "",
        chunk_id,
        is_final: false,
        generation_id,
        discard_from: None,
        error: None,
        status: None,
    };
    let piece = match &event {
        Event::Delta { delta } => Piece { chunk: delta, ..none },
        Event::Retry { discard_from_seq: from @ Some(_), .. } => {
            Piece { discard_from: *from, ..none }
        }
        Event::Error { message, .. } => Piece { error: Some(message), ..none },
        Event::Done { status, .. } => {
            Piece { is_final: true, status: Some(status.as_str()), ..none }
        }
        Event::Status { .. } | Event::Retry { .. } | Event::Usage { .. } => return None,
    };
    Some(serde_json::to_string(&piece).expect("texts and numbers have a JSON form"))
}

#[cfg(test)]
mod tests {
    use domain::generation::Status;
    use testkit::clock::epoch;

    use super::*;

    fn said(voice: Voice, event: &Event) -> String {
        let mut bytes = BytesMut::new();
        voice.write(&mut bytes, 7, event.to_json().as_bytes());
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn a_chat_s_stream_says_of_which_generation() {
        let id = GenerationId::generate(epoch());
        let delta = Event::Delta { delta: "\n\nid: 1".to_owned() };
        let expected = format!(
            "id: {id}:7\ndata: {{\"generationId\":\"{id}\",\"type\":\"delta\",\"delta\":\"\\n\\nid: 1\"}}\n\n"
        );
        assert_eq!(said(Voice::Chat(id), &delta), expected);
    }

    #[test]
    fn a_session_s_stream_tells_pieces_of_text() {
        let id = GenerationId::generate(epoch());
        let piece = |rest: &str| format!("id: {id}:7\ndata: {{{rest}}}\n\n");
        let told = |event: &Event| said(Voice::Session(id), event);
        let g = format!("\"generation_id\":\"{id}\"");
        assert_eq!(
            told(&Event::Delta { delta: "Hi".to_owned() }),
            piece(&format!("\"chunk\":\"Hi\",\"chunk_id\":7,\"is_final\":false,{g}"))
        );
        let done = Event::Done { status: Status::Succeeded, message_id: None };
        assert_eq!(
            told(&done),
            piece(&format!(
                "\"chunk\":\"\",\"chunk_id\":7,\"is_final\":true,{g},\"status\":\"succeeded\""
            ))
        );
        let retry = |discard_from_seq| Event::Retry {
            attempt: 2,
            discard_from_seq,
            reason: "r".to_owned(),
            retry_at: None,
        };
        assert!(told(&retry(Some(3))).contains("\"discard_from\":3"));
        assert_eq!(told(&retry(None)), "");
    }
}
