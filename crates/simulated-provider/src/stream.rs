//! The body of one answer: tokens at their times, and the faults its behavior asks for.

use std::{collections::VecDeque, io, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::time::{Instant, sleep_until};

use crate::{
    behavior::{Behavior, Finish, MOST_TOKENS},
    dialect::{Asked, Frames},
    record::{Call, End},
    server::Shared,
    text::Tokens,
};

/// Between two comments of an answer that sends nothing else.
const KEEPALIVE_GAP: Duration = Duration::from_millis(50);

/// How much of a long line is sent at once, so that it takes no memory.
const PIECE: usize = 64 << 10;

/// What comes next.
enum Step {
    /// These bytes, then go on.
    Send(Bytes),
    /// Nothing any more, with the connection open.
    Hang,
    /// The connection breaks.
    Break,
    /// The body ends.
    End,
}

/// One answer under way.
pub struct AnswerStream {
    shared: Arc<Shared>,
    call: Arc<Call>,
    behavior: Behavior,
    tokens: Tokens,
    frames: Box<dyn Frames>,
    prompt_tokens: usize,
    limit: usize,
    wants_usage: bool,
    streaming: bool,
    position: usize,
    due: Instant,
    bytes_sent: usize,
    /// Bytes to be sent before the next step.
    ready: VecDeque<Bytes>,
    /// What is left of bytes that were too many at once.
    rest: Option<Bytes>,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening,
    Tokens,
    Closing,
    Over,
}

impl AnswerStream {
    pub fn new(
        shared: Arc<Shared>,
        call: Arc<Call>,
        behavior: Behavior,
        tokens: Tokens,
        asked: &Asked,
        frames: Box<dyn Frames>,
    ) -> Self {
        let limit = asked.max_tokens.filter(|_| !behavior.endless).unwrap_or(usize::MAX);
        Self {
            due: Instant::now() + behavior.ttft,
            wants_usage: asked.wants_usage && !behavior.nousage,
            prompt_tokens: asked.prompt_tokens,
            streaming: asked.streaming,
            limit,
            shared,
            call,
            behavior,
            tokens,
            frames,
            position: 0,
            bytes_sent: 0,
            ready: VecDeque::new(),
            rest: None,
            phase: Phase::Opening,
        }
    }

    /// The body's bytes as they come.
    pub fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send {
        stream::unfold(self, |mut answer| async move {
            let step = answer.next_step().await;
            match step {
                Step::Send(bytes) => Some((Ok(bytes), answer)),
                Step::Hang => {
                    answer.shared.stop.cancelled().await;
                    answer.end(End::Broken);
                    Some((Err(io::ErrorKind::ConnectionReset.into()), answer))
                }
                Step::Break => {
                    // Lets the server flush what was sent before, which it would drop with the body.
                    tokio::task::yield_now().await;
                    answer.end(End::Broken);
                    Some((Err(io::ErrorKind::ConnectionReset.into()), answer))
                }
                Step::End => {
                    answer.end(End::Completed);
                    None
                }
            }
        })
    }

    fn end(&mut self, end: End) {
        self.phase = Phase::Over;
        self.shared.record.end(&self.call, end);
    }

    /// The next step, cut and sliced.
    async fn next_step(&mut self) -> Step {
        if self.behavior.cut.is_some_and(|cut| self.bytes_sent >= cut) {
            return Step::Break;
        }
        let mut bytes = match self.rest.take() {
            Some(rest) => rest,
            None => match self.next_whole_step().await {
                Step::Send(bytes) if self.behavior.crlf => with_crlf(&bytes),
                Step::Send(bytes) => bytes,
                other => return other,
            },
        };
        let room = self.behavior.cut.map_or(usize::MAX, |cut| cut - self.bytes_sent);
        let most = room.min(self.behavior.slice.unwrap_or(usize::MAX));
        if bytes.len() > most {
            self.rest = Some(bytes.split_off(most));
        }
        self.bytes_sent += bytes.len();
        if self.phase == Phase::Over
            && self.ready.is_empty()
            && self.rest.is_none()
            && !self.behavior.hold
            && self.behavior.trail.is_zero()
        {
            // Nothing follows: a caller that leaves now has had everything.
            self.shared.record.end(&self.call, End::Completed);
        }
        Step::Send(bytes)
    }

    /// The next step, whole.
    async fn next_whole_step(&mut self) -> Step {
        if let Some(bytes) = self.ready.pop_front() {
            return Step::Send(bytes);
        }
        match self.phase {
            Phase::Opening if !self.streaming => self.whole_answer().await,
            Phase::Opening => self.open().await,
            Phase::Tokens => self.token().await,
            Phase::Closing => self.close(),
            Phase::Over if self.behavior.hold => Step::Hang,
            Phase::Over => self.trail().await,
        }
    }

    async fn open(&mut self) -> Step {
        self.phase = Phase::Tokens;
        if let Some(giant) = self.behavior.giant {
            self.ready.extend(line(giant));
        }
        match self.frames.begin(self.prompt_tokens).or_else(|| self.ready.pop_front()) {
            Some(first) => Step::Send(first),
            None => self.token().await,
        }
    }

    async fn token(&mut self) -> Step {
        let position = Some(self.position);
        if position == self.behavior.stall {
            return Step::Hang;
        }
        if self.behavior.keepalive.is_some_and(|from| self.position >= from) {
            return self.keepalive().await;
        }
        let token = self.tokens.get(self.position).filter(|_| self.position < self.limit);
        let Some(token) = token else {
            self.phase = Phase::Closing;
            return self.close();
        };
        if !self.pace().await {
            return Step::Break;
        }
        if let Some(fault) = self.fault() {
            return Step::Send(fault);
        }
        self.position += 1;
        self.shared.record.sent(&self.call);
        Step::Send(self.frames.token(&token))
    }

    /// What is sent before the token at this position, once.
    fn fault(&mut self) -> Option<Bytes> {
        let position = Some(self.position);
        if self.behavior.malformed == position {
            self.behavior.malformed = None;
            return Some(self.frames.malformed());
        }
        if self.behavior.badutf8 == position {
            self.behavior.badutf8 = None;
            return Some(self.frames.bad_utf8());
        }
        if self.behavior.error == position {
            self.phase = Phase::Over;
            return Some(self.frames.error());
        }
        None
    }

    async fn keepalive(&mut self) -> Step {
        self.due = Instant::now() + KEEPALIVE_GAP;
        if self.pace().await { Step::Send(self.frames.keepalive()) } else { Step::Break }
    }

    /// Waits for the next token's time; false when the provider stops first. Times are counted from
    /// the first one, so that gaps do not grow by what sending takes.
    async fn pace(&mut self) -> bool {
        let due = self.due;
        self.due += self.behavior.gap;
        if due <= Instant::now() {
            return !self.shared.stop.is_cancelled();
        }
        tokio::select! {
            () = sleep_until(due) => true,
            () = self.shared.stop.cancelled() => false,
        }
    }

    /// The end of the body, when its time has come.
    async fn trail(&mut self) -> Step {
        self.due = Instant::now() + self.behavior.trail;
        if self.pace().await { Step::End } else { Step::Break }
    }

    fn finish(&self) -> Finish {
        let cut_short = self.position >= self.limit && self.tokens.get(self.position).is_some();
        if cut_short { Finish::Length } else { self.behavior.finish }
    }

    fn close(&mut self) -> Step {
        self.phase = Phase::Over;
        if self.behavior.noend {
            return Step::End;
        }
        let usage = self.wants_usage.then_some((self.prompt_tokens, self.position));
        self.ready.extend(self.frames.end(self.finish(), usage));
        if !self.behavior.nodone {
            self.ready.extend(self.frames.done());
        }
        // There is the finish reason at least.
        self.ready.pop_front().map_or(Step::End, Step::Send)
    }

    /// The answer to a call that does not stream.
    async fn whole_answer(&mut self) -> Step {
        // One without an end would never be said.
        self.limit = self.limit.min(MOST_TOKENS);
        while self.position < self.limit && self.tokens.get(self.position).is_some() {
            if !self.pace().await {
                return Step::Break;
            }
            self.position += 1;
            self.shared.record.sent(&self.call);
        }
        self.phase = Phase::Over;
        let usage = (self.prompt_tokens, self.position);
        Step::Send(self.frames.whole(&self.tokens.text(self.position), self.finish(), usage))
    }
}

/// A line of `bytes` bytes in pieces, which all share their memory.
fn line(bytes: usize) -> impl Iterator<Item = Bytes> {
    let piece = Bytes::from(vec![b'x'; bytes.min(PIECE)]);
    let rest = piece.slice(..bytes % PIECE);
    let whole = std::iter::repeat_n(piece, bytes / PIECE);
    let (head, end) = (Bytes::from_static(b"data: "), Bytes::from_static(b"\n\n"));
    [head].into_iter().chain(whole).chain([rest, end]).filter(|piece| !piece.is_empty())
}

fn with_crlf(bytes: &[u8]) -> Bytes {
    let lines = bytes.split(|byte| *byte == b'\n');
    lines.collect::<Vec<_>>().join(&b"\r\n"[..]).into()
}

impl Drop for AnswerStream {
    /// A body that is dropped before its end was given up by the caller; after its end, this is
    /// without effect.
    fn drop(&mut self) {
        self.shared.record.end(&self.call, End::ClientGone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_sent_in_pieces() {
        for bytes in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let pieces: Vec<_> = line(bytes).collect();
            assert!(pieces.iter().all(|piece| (1..=PIECE).contains(&piece.len())), "{bytes}");
            let expected = format!("data: {}\n\n", "x".repeat(bytes));
            assert_eq!(pieces.concat(), expected.as_bytes(), "{bytes}");
        }
    }
}
