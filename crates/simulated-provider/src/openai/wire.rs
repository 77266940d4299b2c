//! Bodies of the OpenAI dialect.

use bytes::{BufMut, Bytes, BytesMut};
use serde::Deserialize;

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
    /// The last user message; empty when there is none.
    pub fn question(&self) -> &str {
        let last = self.messages.iter().rev().find(|message| message.role == "user");
        last.map_or("", |message| message.content.as_str())
    }

    /// What makes two calls calls with one prompt.
    pub fn prompt_key(&self) -> (&str, &[Message]) {
        (&self.model, &self.messages)
    }

    /// The prompt's length: words, which is near enough.
    pub fn prompt_tokens(&self) -> usize {
        self.messages.iter().map(|message| message.content.split_whitespace().count()).sum()
    }
}

/// The `usage` object for so many tokens.
pub fn usage_of(prompt: usize, completion: usize) -> String {
    let total = prompt + completion;
    format!(
        r#"{{"prompt_tokens":{prompt},"completion_tokens":{completion},"total_tokens":{total},"prompt_tokens_details":{{"cached_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":0}}}}"#
    )
}

/// Builds the chunks of one answer; what is the same in all of them is written once.
#[derive(Debug)]
pub struct Frames {
    head: String,
    end_of_line: &'static str,
}

impl Frames {
    /// The frames of the answer to `request`.
    pub fn new(request: &Request, crlf: bool) -> Self {
        let model = serde_json::Value::from(request.model.as_str());
        let head = format!(
            r#"data: {{"id":"chatcmpl-sim","object":"chat.completion.chunk","created":1,"model":{model},"choices":["#
        );
        Self { head, end_of_line: if crlf { "\r\n\r\n" } else { "\n\n" } }
    }

    /// The first chunk: who speaks.
    pub fn role(&self) -> Bytes {
        self.choice(r#"{"role":"assistant","content":""}"#, "null")
    }

    /// A chunk with text.
    pub fn content(&self, text: &str) -> Bytes {
        let mut delta = br#"{"content":"#.to_vec();
        serde_json::to_writer(&mut delta, text).expect("a string always has a JSON form");
        delta.push(b'}');
        self.choice_bytes(&delta, "null")
    }

    /// The chunk that says why the answer ends.
    pub fn finish(&self, finish: Finish) -> Bytes {
        self.choice("{}", &format!("\"{}\"", finish.as_str()))
    }

    /// The last chunk: the tokens spent.
    pub fn usage(&self, prompt: usize, completion: usize) -> Bytes {
        let usage = usage_of(prompt, completion);
        format!("{}],\"usage\":{usage}}}{}", self.head, self.end_of_line).into()
    }

    /// The end of the stream.
    pub fn done(&self) -> Bytes {
        self.line("data: [DONE]")
    }

    /// An error inside the stream.
    pub fn error(&self) -> Bytes {
        self.line(
            r#"data: {"error":{"message":"The server had an error while processing your request","type":"server_error","param":null,"code":null}}"#,
        )
    }

    /// What is no JSON.
    pub fn malformed(&self) -> Bytes {
        self.line(r#"data: {"id":"chatcmpl-sim","choices":[{"delta":{"content":"#)
    }

    /// A chunk whose text is no UTF-8.
    pub fn bad_utf8(&self) -> Bytes {
        self.choice_bytes(b"{\"content\":\"\xff\xfe\"}", "null")
    }

    /// A comment, which is no content.
    pub fn keepalive(&self) -> Bytes {
        self.line(": keep-alive")
    }

    fn line(&self, line: &str) -> Bytes {
        format!("{line}{}", self.end_of_line).into()
    }

    fn choice(&self, delta: &str, finish_reason: &str) -> Bytes {
        self.choice_bytes(delta.as_bytes(), finish_reason)
    }

    fn choice_bytes(&self, delta: &[u8], finish_reason: &str) -> Bytes {
        let mut chunk = BytesMut::with_capacity(self.head.len() + delta.len() + 80);
        chunk.put(self.head.as_bytes());
        chunk.put(&br#"{"index":0,"delta":"#[..]);
        chunk.put(delta);
        chunk.put(&br#","finish_reason":"#[..]);
        chunk.put(finish_reason.as_bytes());
        chunk.put(&br#","logprobs":null}],"usage":null}"#[..]);
        chunk.put(self.end_of_line.as_bytes());
        chunk.freeze()
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
        let frames = Frames::new(&request, false);
        let head = r#"data: {"id":"chatcmpl-sim","object":"chat.completion.chunk","created":1,"model":"m\"","choices":["#;
        for (chunk, tail) in [
            (
                frames.role(),
                r#"{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null,"logprobs":null}],"usage":null}"#,
            ),
            (
                frames.content("a\n\""),
                r#"{"index":0,"delta":{"content":"a\n\""},"finish_reason":null,"logprobs":null}],"usage":null}"#,
            ),
            (
                frames.finish(Finish::Stop),
                r#"{"index":0,"delta":{},"finish_reason":"stop","logprobs":null}],"usage":null}"#,
            ),
            (
                frames.usage(10, 2),
                r#"],"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}"#,
            ),
        ] {
            assert_eq!(chunk, format!("{head}{tail}\n\n").as_bytes());
            serde_json::from_slice::<serde_json::Value>(&chunk["data: ".len()..]).unwrap();
        }
        assert_eq!(frames.done(), "data: [DONE]\n\n");
        assert_eq!(Frames::new(&request, true).done(), "data: [DONE]\r\n\r\n");
    }
}
