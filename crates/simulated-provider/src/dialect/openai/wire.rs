//! Bodies of the OpenAI dialect.

use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;

use super::{
    super::{Asked, Frames, No, event, quoted},
    refusal::refusal,
};
use crate::behavior::Finish;

/// What callers send; further fields are ignored, as the original does.
#[derive(Debug, Clone, Deserialize)]
pub struct Request {
    /// Which model.
    pub model: String,
    /// The chat so far.
    pub messages: Vec<Message>,
    /// Whether to stream.
    #[serde(default)]
    pub stream: bool,
    /// What to add to the stream.
    #[serde(default)]
    pub stream_options: Option<StreamOptions>,
    /// The allowed length.
    #[serde(default, alias = "max_completion_tokens")]
    pub max_tokens: Option<usize>,
}

/// One message.
#[derive(Debug, Clone, Deserialize, Hash)]
pub struct Message {
    /// Who speaks.
    pub role: String,
    /// What is said.
    pub content: String,
}

/// What to add to the stream.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct StreamOptions {
    /// A last chunk with the tokens spent.
    #[serde(default)]
    pub include_usage: bool,
}

impl Request {
    /// What is asked, with `key`.
    pub fn asked(&self, key: String) -> Asked {
        let messages: Vec<_> =
            self.messages.iter().map(|message| (&*message.role, &*message.content)).collect();
        let wants_usage = self.stream_options.is_some_and(|options| options.include_usage);
        Asked {
            streaming: self.stream,
            wants_usage: !self.stream || wants_usage,
            max_tokens: self.max_tokens,
            ..Asked::new(key, self.model.clone(), "user", &messages)
        }
    }
}

/// The `usage` object for so many tokens.
fn usage_of((prompt, completion): (usize, usize)) -> String {
    let total = prompt + completion;
    format!(
        r#"{{"prompt_tokens":{prompt},"completion_tokens":{completion},"total_tokens":{total},"prompt_tokens_details":{{"cached_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":0}}}}"#
    )
}

/// Builds the chunks of one answer; what is the same in all of them is written once.
#[derive(Debug)]
pub struct OpenAiFrames {
    head: String,
}

impl OpenAiFrames {
    /// The frames of an answer by `model`.
    pub fn new(model: &str) -> Self {
        let model = serde_json::Value::from(model);
        let head = format!(
            r#"{{"id":"chatcmpl-sim","object":"chat.completion.chunk","created":1,"model":{model},"choices":["#
        );
        Self { head }
    }

    fn choice(&self, delta: &[u8], finish_reason: &str) -> Bytes {
        let head = [self.head.as_bytes(), br#"{"index":0,"delta":"#].concat();
        let rest = format!(r#","finish_reason":{finish_reason},"logprobs":null}}],"usage":null}}"#);
        event(&head, delta, rest.as_bytes())
    }
}

impl Frames for OpenAiFrames {
    fn begin(&self, _prompt_tokens: usize) -> Option<Bytes> {
        Some(self.choice(br#"{"role":"assistant","content":""}"#, "null"))
    }

    fn token(&self, text: &str) -> Bytes {
        self.choice(&[br#"{"content":"#, &*quoted(text), b"}"].concat(), "null")
    }

    fn end(&self, finish: Finish, usage: Option<(usize, usize)>) -> Vec<Bytes> {
        let finish = self.choice(b"{}", &format!("\"{}\"", finish.as_str()));
        let usage = usage.map(|usage| {
            let rest = format!("],\"usage\":{}}}", usage_of(usage));
            event(self.head.as_bytes(), b"", rest.as_bytes())
        });
        [finish].into_iter().chain(usage).collect()
    }

    fn done(&self) -> Option<Bytes> {
        Some(event(b"[DONE]", b"", b""))
    }

    fn whole(&self, text: &str, finish: Finish, usage: (usize, usize)) -> Bytes {
        let (text, finish) = (serde_json::Value::from(text), finish.as_str());
        let usage = usage_of(usage);
        format!(
            r#"{{"id":"chatcmpl-sim","object":"chat.completion","created":1,"model":"sim","choices":[{{"index":0,"message":{{"role":"assistant","content":{text}}},"finish_reason":"{finish}"}}],"usage":{usage}}}"#
        )
        .into()
    }

    fn error(&self) -> Bytes {
        event(
            br#"{"error":{"message":"The server had an error while processing your request","type":"server_error","param":null,"code":null}}"#,
            b"",
            b"",
        )
    }

    fn malformed(&self) -> Bytes {
        event(br#"{"id":"chatcmpl-sim","choices":[{"delta":{"content":"#, b"", b"")
    }

    fn bad_utf8(&self) -> Bytes {
        self.choice(b"{\"content\":\"\xff\xfe\"}", "null")
    }

    fn keepalive(&self) -> Bytes {
        Bytes::from_static(b": keep-alive\n\n")
    }

    fn refusal(&self, no: No<'_>) -> Response {
        refusal(no)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_those_of_the_original() {
        let request: Request =
            serde_json::from_str(r#"{"model":"m\"","messages":[],"max_completion_tokens":3}"#)
                .unwrap();
        assert_eq!(request.max_tokens, Some(3));
        let frames = OpenAiFrames::new(&request.model);
        let head = r#"data: {"id":"chatcmpl-sim","object":"chat.completion.chunk","created":1,"model":"m\"","choices":["#;
        for (chunk, tail) in [
            (
                frames.begin(0).unwrap(),
                r#"{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null,"logprobs":null}],"usage":null}"#,
            ),
            (
                frames.token("a\n\""),
                r#"{"index":0,"delta":{"content":"a\n\""},"finish_reason":null,"logprobs":null}],"usage":null}"#,
            ),
            (
                frames.end(Finish::Stop, None).remove(0),
                r#"{"index":0,"delta":{},"finish_reason":"stop","logprobs":null}],"usage":null}"#,
            ),
            (
                frames.end(Finish::Stop, Some((10, 2))).remove(1),
                r#"],"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}"#,
            ),
        ] {
            assert_eq!(chunk, format!("{head}{tail}\n\n").as_bytes());
            serde_json::from_slice::<serde_json::Value>(&chunk["data: ".len()..]).unwrap();
        }
        assert_eq!(frames.done().unwrap(), "data: [DONE]\n\n");
    }
}
