//! An answer as it comes in.

use std::collections::VecDeque;

use domain::{
    attempt::FinishReason,
    failure::{CallFailure, ErrorClass},
};
use futures_util::{StreamExt, stream};
use ports::provider::{Chunk, Chunks};
use secrecy::SecretString;

use super::{
    super::{
        deadline::Watch,
        hint,
        sse::{Body, SseError, SseReader},
    },
    late, refusal,
    wire::Said,
};
use crate::redact::redact;

/// Said in place of an event's JSON when nothing follows.
const DONE: &str = "[DONE]";

/// An answer as it comes in.
///
/// The end of the connection proves nothing: an answer is whole when the provider said so. Once it
/// has, nothing that goes wrong afterwards makes it less.
pub(super) struct Answer {
    events: SseReader,
    watch: Watch,
    /// For what must not be repeated in a message.
    key: SecretString,
    /// Pieces of the last event that were not handed out yet.
    ready: VecDeque<Chunk>,
    has_text: bool,
    is_whole: bool,
    is_over: bool,
}

impl Answer {
    /// The answer that `body` brings.
    pub(super) fn new(body: Body, watch: Watch, key: SecretString) -> Self {
        let events = SseReader::new(body);
        let ready = VecDeque::new();
        Self { events, watch, key, ready, has_text: false, is_whole: false, is_over: false }
    }

    /// The pieces as they come.
    pub(super) fn into_chunks(self) -> Chunks {
        let next = |mut answer: Self| async move {
            let piece = answer.next().await?;
            Some((piece, answer))
        };
        stream::unfold(self, next).boxed()
    }

    async fn next(&mut self) -> Option<Result<Chunk, CallFailure>> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Some(Ok(chunk));
            }
            if self.is_over {
                return None;
            }
            let failure = tokio::select! {
                biased;
                event = self.events.next() => match event {
                    Some(Ok(data)) => self.take(&data),
                    Some(Err(error)) => Err(self.broken(&error)),
                    None => Err(truncated()),
                },
                passed = self.watch.passed() => Err(late(passed)),
            };
            if let Err(failure) = failure {
                self.is_over = true;
                if !self.is_whole {
                    return Some(Err(failure));
                }
            }
        }
    }

    fn take(&mut self, data: &str) -> Result<(), CallFailure> {
        let data = data.trim();
        if data.is_empty() {
            return Ok(());
        }
        if data == DONE {
            self.finish(FinishReason::Stop);
            self.is_over = true;
            return Ok(());
        }
        let said = Said::parse(data).map_err(|error| {
            // The error may quote the event.
            let why = redact(&error.to_string(), &self.key);
            let message = format!("an event that is no JSON of this dialect: {why}");
            CallFailure::new(ErrorClass::Malformed, message)
        })?;
        if let Some(error) = &said.error {
            let hint = hint::retry_after_in(&error.message);
            return Err(refusal::failure(None, error, hint, &self.key));
        }
        self.accept(said);
        Ok(())
    }

    fn accept(&mut self, said: Said) {
        let is_progress = said.thinks || said.text.is_some();
        if is_progress && !self.is_whole {
            self.watch.progress();
        }
        if let Some(text) = said.text.filter(|_| !self.is_whole) {
            self.has_text = true;
            self.ready.push_back(Chunk::Text(text));
        }
        if let Some(reason) = said.finish {
            self.finish(finish_reason(reason));
        }
        self.ready.extend(said.usage.map(Chunk::Usage));
    }

    fn finish(&mut self, reason: FinishReason) {
        if !self.is_whole {
            self.is_whole = true;
            self.watch.finish();
            self.ready.push_back(Chunk::Finish(reason));
        }
    }

    fn broken(&self, error: &SseError) -> CallFailure {
        let class = match error {
            SseError::TooLarge | SseError::NotText => ErrorClass::Malformed,
            SseError::Broken if self.has_text => ErrorClass::Truncated,
            SseError::Broken => ErrorClass::Network,
        };
        CallFailure::new(class, error.to_string())
    }
}

fn truncated() -> CallFailure {
    CallFailure::new(ErrorClass::Truncated, "the stream ended without an end signal")
}

fn finish_reason(word: String) -> FinishReason {
    match word.as_str() {
        "stop" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "content_filter" => FinishReason::Blocked,
        _ => FinishReason::Other(word),
    }
}
