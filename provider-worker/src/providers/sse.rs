//! Server-sent events from a provider, read in linear time and bounded memory.

use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, ready, stream::BoxStream};
use sse_stream::SseByteStream;

/// The longest line, and the longest event, that is read; the largest seen are far below.
pub(super) const MAX_EVENT_BYTES: usize = 1 << 20;

/// What the connection gives.
pub(super) type Body = BoxStream<'static, Result<Bytes, reqwest::Error>>;

/// Why no more events can be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum SseError {
    /// An event grew beyond [`MAX_EVENT_BYTES`].
    #[error("a line or event of more than {MAX_EVENT_BYTES} bytes")]
    TooLarge,
    /// Not text.
    #[error("bytes that are not UTF-8")]
    NotText,
    /// The connection broke.
    #[error("the connection broke")]
    Broken,
}

/// Reads the data of events, one after the other.
pub(super) struct SseReader(SseByteStream<Guard>);

impl SseReader {
    /// Reads from `body`.
    pub(super) fn new(body: Body) -> Self {
        Self(SseByteStream::new(Guard { body, event: EventSize::default() }))
    }

    /// The data of the next event, empty for one without; none at the end of the stream. An event
    /// without its closing empty line does not count. May be dropped and called again.
    pub(super) async fn next(&mut self) -> Option<Result<String, SseError>> {
        let event = self.0.next().await?;
        Some(event.map(|event| event.data.unwrap_or_default()).map_err(|error| match error {
            sse_stream::Error::Body(cause) if cause.is::<GuardError>() => {
                match cause.downcast_ref() {
                    Some(GuardError::TooLarge) => SseError::TooLarge,
                    _ => SseError::Broken,
                }
            }
            sse_stream::Error::Utf8Parse(_) => SseError::NotText,
            _ => SseError::Broken,
        }))
    }
}

/// Lets bytes through as long as no event is too large, since the parser has no bound of its own.
struct Guard {
    body: Body,
    event: EventSize,
}

#[derive(Debug)]
enum GuardError {
    TooLarge,
    Broken,
}

impl fmt::Display for GuardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Error for GuardError {}

impl Stream for Guard {
    type Item = Result<Bytes, GuardError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(match ready!(self.body.poll_next_unpin(cx)) {
            Some(Ok(bytes)) if self.event.grow(&bytes) > MAX_EVENT_BYTES => {
                Some(Err(GuardError::TooLarge))
            }
            Some(Ok(bytes)) => Some(Ok(bytes)),
            Some(Err(_)) => Some(Err(GuardError::Broken)),
            None => None,
        })
    }
}

/// How many bytes the event under way has, line ends not counted.
#[derive(Debug, Default)]
struct EventSize {
    /// In whole lines.
    lines: usize,
    /// In the line under way.
    line: usize,
    /// The last byte was a CR: an LF that follows belongs to it.
    after_cr: bool,
}

impl EventSize {
    /// Takes more bytes in. Answers with the largest size on the way.
    fn grow(&mut self, bytes: &[u8]) -> usize {
        let mut largest = 0;
        let mut start = 0;
        for end in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let length = end - start;
            let completes_crlf = bytes[end] == b'\n' && self.after_cr && length == 0;
            start = end + 1;
            if completes_crlf {
                self.after_cr = false;
                continue;
            }
            self.after_cr = bytes[end] == b'\r';
            self.line += length;
            self.lines = if self.line == 0 { 0 } else { self.lines + self.line };
            self.line = 0;
            largest = largest.max(self.lines);
        }
        self.line += bytes.len() - start;
        self.after_cr &= start == bytes.len();
        largest.max(self.lines + self.line)
    }
}

#[cfg(test)]
mod tests;
