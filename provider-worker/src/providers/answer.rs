//! An answer as it comes in.

mod rest;

use std::collections::VecDeque;

use domain::{
    attempt::FinishReason,
    failure::{CallFailure, ErrorClass},
    unreadable::Unreadable,
};
use futures_util::{StreamExt, stream};
use ports::provider::{Chunk, Chunks};
use secrecy::SecretString;

use super::{
    deadline::{Passed, Watch},
    dialect::{Finish, Reading, Said},
    sse::{Body, SseError, SseReader},
};

/// An answer as it comes in.
///
/// The end of the connection proves nothing: an answer is whole when the provider said so. Where that word is the
/// last, nothing that goes wrong afterwards makes it less. Where a reason for the end is all there is, the answer is
/// whole if nothing more comes; some say one with every piece, and then it is worth nothing before the connection has
/// ended as it should.
pub(super) struct Answer {
    events: SseReader,
    reading: Box<dyn Reading>,
    watch: Watch,
    /// For what must not be repeated in a message.
    key: SecretString,
    /// Pieces of the last event that were not handed out yet, and what went wrong after them.
    ready: VecDeque<Result<Chunk, CallFailure>>,
    came: Came,
    /// How it ended if nothing more comes.
    so_far: Option<FinishReason>,
    /// A reason came together with text or a thought, or before one: it does not tell which piece is the last.
    is_early: bool,
    is_whole: bool,
    over: Option<Over>,
}

/// What came of the model so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Came {
    Nothing,
    Thoughts,
    Text,
}

/// Why nothing more is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    /// The provider has said that nothing follows.
    Said,
    /// Something went wrong.
    BrokenOff,
}

impl Answer {
    /// The answer that `body` brings, as `reading` understands it.
    pub(super) fn new(
        body: Body,
        reading: Box<dyn Reading>,
        watch: Watch,
        key: SecretString,
    ) -> Self {
        Self {
            events: SseReader::new(body),
            reading,
            watch,
            key,
            ready: VecDeque::new(),
            came: Came::Nothing,
            so_far: None,
            is_early: false,
            is_whole: false,
            over: None,
        }
    }

    /// The pieces as they come. Dropped before their end, they close the connection, so that the provider
    /// stops.
    pub(super) fn into_chunks(self) -> Chunks {
        let next = |mut answer: Self| async move {
            let piece = answer.next().await;
            if piece.is_none() && answer.over == Some(Over::Said) {
                rest::read(answer.events);
                return None;
            }
            Some((piece?, answer))
        };
        stream::unfold(self, next).boxed()
    }

    async fn next(&mut self) -> Option<Result<Chunk, CallFailure>> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(piece);
            }
            if self.over.is_some() {
                return None;
            }
            tokio::select! {
                biased;
                event = self.events.next() => match event {
                    Some(Ok(data)) => {
                        if let Err(failure) = self.take(&data) {
                            self.close(failure, !self.is_early);
                        }
                    }
                    Some(Err(error)) => self.close(self.broken(&error), !self.is_early),
                    None => self.close(truncated(), true),
                },
                passed = self.watch.passed() => {
                    self.close(late(passed), !self.is_early || passed == Passed::AfterFinish);
                }
            }
        }
    }

    /// Nothing more is read, because of `failure`; that is none if the end which was said so far `holds`.
    fn close(&mut self, failure: CallFailure, holds: bool) {
        self.over = Some(Over::BrokenOff);
        if let Some(reason) = self.so_far.take().filter(|_| holds) {
            self.finish(reason);
        }
        if !self.is_whole {
            self.ready.push_back(Err(failure));
        }
    }

    fn take(&mut self, data: &str) -> Result<(), CallFailure> {
        let data = data.trim();
        if data.is_empty() {
            return Ok(());
        }
        let mut said = self.reading.read(data).map_err(|error| {
            let message = format!("an event that cannot be read: {}", Unreadable::from(error));
            CallFailure::new(ErrorClass::Malformed, message)
        })?;
        let error = said.error.take();
        if error.is_some() {
            // Whatever else was said of an end.
            (said.finish, self.so_far) = (None, None);
        }
        self.accept(said);
        error.map_or(Ok(()), |error| Err(error.into_failure(None, &self.key)))
    }

    fn accept(&mut self, said: Said) {
        let is_progress = (said.thinks || said.text.is_some()) && !self.is_whole;
        if is_progress {
            let is_said = matches!(said.finish, Some(Finish::SoFar(_)));
            self.is_early |= is_said || self.so_far.take().is_some();
            if said.text.is_some() {
                self.came = Came::Text;
                self.watch.progress();
            } else {
                self.came = self.came.max(Came::Thoughts);
                self.watch.thought();
            }
        }
        if let Some(text) = said.text.filter(|_| !self.is_whole) {
            self.ready.push_back(Ok(Chunk::Text(text)));
        }
        match said.finish {
            Some(Finish::Whole(reason)) => self.finish(reason),
            Some(Finish::SoFar(reason)) => self.may_finish(reason),
            Some(Finish::AsSaid) => {
                let reason = self.so_far.take().unwrap_or(FinishReason::Stop);
                self.finish(reason);
            }
            None => {}
        }
        self.ready.extend(said.usage.map(|usage| Ok(Chunk::Usage(usage))));
        self.over = said.is_last.then_some(Over::Said);
    }

    /// It has ended for `reason`, if nothing more comes. Who says that of a piece which is not the last is given as
    /// long for the next one as anybody.
    fn may_finish(&mut self, reason: FinishReason) {
        // Said again, it gives no more time.
        if self.is_whole || self.so_far.replace(reason).is_some() {
            return;
        }
        self.watch.may_finish(match (self.came, self.is_early) {
            (Came::Nothing, _) => Passed::FirstToken,
            (_, true) => Passed::Progress,
            (_, false) => Passed::AfterFinish,
        });
    }

    fn finish(&mut self, reason: FinishReason) {
        if !self.is_whole {
            self.is_whole = true;
            self.so_far = None;
            self.watch.may_finish(Passed::AfterFinish);
            self.ready.push_back(Ok(Chunk::Finish(reason)));
        }
    }

    fn broken(&self, error: &SseError) -> CallFailure {
        let class = match error {
            SseError::TooLarge | SseError::NotText => ErrorClass::Malformed,
            SseError::Broken if self.came == Came::Text => ErrorClass::Truncated,
            SseError::Broken => ErrorClass::Network,
        };
        CallFailure::new(class, error.to_string())
    }
}

fn truncated() -> CallFailure {
    CallFailure::new(ErrorClass::Truncated, "the stream ended without an end signal")
}

/// A deadline that passed, as a failure.
pub(super) fn late(passed: Passed) -> CallFailure {
    CallFailure::new(ErrorClass::Timeout, passed.message())
}

#[cfg(any(test, fuzzing))]
pub(super) mod recording;

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{super::openai::OpenAi, *};
    use crate::{config::Deadlines, providers::dialect::Dialect};

    #[tokio::test]
    async fn what_cannot_be_read_is_not_repeated() {
        let event = "data: {\"choices\": \"canary\"}\n\n";
        let body = stream::iter([Ok(Bytes::from(event))]).boxed();
        let watch = Watch::start(Deadlines::default());
        let answer = Answer::new(body, OpenAi::USUAL.reading(), watch, SecretString::from("k"));
        let failure = answer.into_chunks().next().await.unwrap().unwrap_err();
        assert_eq!(failure.class, ErrorClass::Malformed);
        assert!(!failure.message.contains("canary"), "{failure:?}");
    }
}
