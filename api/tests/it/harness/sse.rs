//! A viewer's end of a stream.

use reqwest::Response;
use serde_json::Value;

/// A stream as a viewer reads it.
pub struct Stream {
    /// The answer it came with.
    pub response: Response,
    buffer: Vec<u8>,
}

/// One frame of a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    /// An event with its number.
    Event(u64, Value),
    /// An event of a chat with its place, or one that has none.
    Placed(String, Value),
    /// How long to wait before reconnecting, in milliseconds.
    Retry(u64),
    /// The same, and with which place to come back if no event comes.
    Greeting(u64, String),
    /// A comment.
    Comment(String),
}

impl Stream {
    pub(super) fn new(response: Response) -> Self {
        Self { response, buffer: Vec::new() }
    }

    /// The status of the answer.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The next frame; none at the end.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|bytes| bytes == b"\n\n") {
                let frame: Vec<u8> = self.buffer.drain(..end + 2).collect();
                return Some(parse(std::str::from_utf8(&frame[..end]).unwrap()));
            }
            let Some(bytes) = self.response.chunk().await.unwrap() else {
                assert!(self.buffer.is_empty(), "a stream ends with a whole frame");
                return None;
            };
            self.buffer.extend_from_slice(&bytes);
        }
    }

    /// The place of a stream that has just begun, of which no event has come.
    pub async fn greeted(&mut self) -> String {
        match self.next().await {
            Some(Frame::Greeting(2000, place)) => place,
            other => panic!("no place to come back with: {other:?}"),
        }
    }

    /// The next event; none at the end. Other frames are passed over.
    pub async fn event(&mut self) -> Option<(u64, Value)> {
        loop {
            if let Frame::Event(seq, data) = self.next().await? {
                return Some((seq, data));
            }
        }
    }

    /// The next event of a stream that is not one generation's, with its place; none at the end.
    pub async fn placed(&mut self) -> Option<(String, Value)> {
        loop {
            if let Frame::Placed(place, data) = self.next().await? {
                return Some((place, data));
            }
        }
    }

    /// The next `count` of them, without their places.
    pub async fn told(&mut self, count: usize) -> Vec<Value> {
        let mut told = Vec::new();
        while told.len() < count {
            told.push(self.placed().await.expect("the stream goes on").1);
        }
        told
    }

    /// All events until the end.
    pub async fn events(mut self) -> Vec<(u64, Value)> {
        assert_eq!(self.status(), 200);
        let mut events = Vec::new();
        while let Some(event) = self.event().await {
            events.push(event);
        }
        events
    }
}

fn parse(frame: &str) -> Frame {
    if let Some(comment) = frame.strip_prefix(':') {
        return Frame::Comment(comment.trim().to_owned());
    }
    if let Some(greeting) = frame.strip_prefix("retry: ") {
        return match greeting.split_once("\nid: ") {
            Some((millis, place)) => Frame::Greeting(millis.parse().unwrap(), place.to_owned()),
            None => Frame::Retry(greeting.parse().unwrap()),
        };
    }
    let (id, data) = frame.split_once('\n').unwrap_or(("id: ", frame));
    let id = id.strip_prefix("id: ").expect("the id comes first");
    let data = data.strip_prefix("data: ").expect("then the data");
    assert!(!data.contains('\n'), "the data is one line");
    let data = serde_json::from_str(data).unwrap();
    match id.parse() {
        Ok(seq) => Frame::Event(seq, data),
        Err(_) => Frame::Placed(id.to_owned(), data),
    }
}
