//! Reading tokens off a stream, cheaply: every one is tagged `c<call>.<position> `.

use std::time::Instant;

use bytes::{Buf, BytesMut};
use memchr::memmem;
use reqwest::Response;

/// Tokens as they came.
#[derive(Debug, Default)]
pub struct Seen {
    /// When each token came, by position. A hole or a repetition ends the run.
    pub tokens: Vec<Instant>,
    /// The number of the provider's call they came from.
    pub call: u64,
}

/// Reads `response` to its end, or until `count` tokens have come.
///
/// `before` is what stands before the text in an event's JSON, `"delta":"` or `"content":"`.
pub async fn read(mut response: Response, before: &str, count: usize) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    let mut buffer = BytesMut::new();
    while seen.tokens.len() < count {
        let Some(bytes) = response.chunk().await? else { break };
        let now = Instant::now();
        buffer.extend_from_slice(&bytes);
        while let Some(end) = memmem::find(&buffer, b"\n\n") {
            take(&buffer[..end], before.as_bytes(), now, &mut seen)?;
            buffer.advance(end + 2);
        }
    }
    Ok(seen)
}

fn take(block: &[u8], before: &[u8], now: Instant, seen: &mut Seen) -> anyhow::Result<()> {
    let Some(start) = memmem::find(block, before) else { return Ok(()) };
    let text = &block[start + before.len()..];
    let text = &text[..memchr::memchr(b'"', text).unwrap_or(text.len())];
    for token in std::str::from_utf8(text)?.split_terminator(' ') {
        let (call, position) = token.trim_start_matches('c').split_once('.').unwrap_or_default();
        let (call, position): (u64, usize) = (call.parse()?, position.parse()?);
        anyhow::ensure!(position == seen.tokens.len(), "token {position} lost or repeated");
        anyhow::ensure!(seen.call == 0 || seen.call == call, "two calls in one answer");
        seen.call = call;
        seen.tokens.push(now);
    }
    Ok(())
}
