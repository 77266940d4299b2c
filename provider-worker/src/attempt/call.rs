//! One call to the provider.

use ::ports::{
    live::Loan,
    provider::{Call, Chunk, Chunks, Sent},
};
use domain::{
    attempt::FinishReason,
    breaker::CallEnd,
    failure::{CallFailure, ErrorClass, Failure},
    job::Sampling,
};
use futures_util::{FutureExt, StreamExt};
use tokio::time::timeout_at;
use tracing::Instrument;

use super::{received::Received, session::Session};
use crate::{breakers::Calling, flush::Stop};

/// How many pieces are taken at once before they are written: enough that a burst becomes one write,
/// and few enough that other answers get their turn.
const MAX_TOGETHER: usize = 128;

/// What became of a call.
pub(super) enum Called {
    /// The answer is whole.
    Finished(FinishReason),
    /// It is not.
    Failed(CallFailure),
    /// It grew beyond what is allowed.
    TooLarge,
    /// Something else ended it.
    Stopped(Stop),
}

impl Called {
    /// Whether nobody waited for what the provider says of the request, if anything.
    fn is_unheard(&self) -> bool {
        match self {
            Self::Stopped(_) => true,
            Self::Failed(failure) => {
                failure.class == ErrorClass::Timeout && failure.status.is_none()
            }
            Self::Finished(_) | Self::TooLarge => false,
        }
    }

    /// How it ended, for figures.
    fn outcome(&self) -> &'static str {
        match self {
            Self::Finished(_) => "ok",
            Self::Failed(failure) => failure.class.code(),
            Self::TooLarge | Self::Stopped(Stop::Full) => Failure::TOO_LARGE,
            Self::Stopped(Stop::Canceled) => "canceled",
            Self::Stopped(_) => "broken_off",
        }
    }
}

impl Session<'_> {
    /// Calls the provider and writes its answer down as it comes. Returning drops the connection,
    /// unless the answer was read to its end.
    pub(super) async fn call(&mut self, loan: &Loan, mut calling: Calling<'_>) -> Called {
        let (lane, job) = (self.task.lane, self.task.job);
        let first_seq = self.desk.journal.next_seq();
        // Read once: what is asked for and what is booked must not differ when settings change.
        let length = self.length();
        self.received = Received { first_seq, length, ..Received::default() };
        let keyring = lane.keyring();
        let Some((key, proxy)) = keyring.find(&loan.key) else {
            let message = "the lent key is not configured here";
            return Called::Failed(CallFailure::new(ErrorClass::Unknown, message));
        };
        let sent = Sent::default();
        let call = Call {
            model: self.task.model,
            system: job.system.as_deref(),
            turns: &job.turns,
            sampling: Sampling { max_tokens: length.asked(), ..job.sampling },
            max_output: length.model,
            key,
            proxy,
            sent: &sent,
        };
        let mut measured = instruments::Call::begin();
        let span = tracing::span!(
            instruments::trace::LEVEL,
            "call", "gen_ai.provider.name" = %lane.name, "gen_ai.request.model" = self.task.model,
            key = %loan.key, outcome = tracing::field::Empty
        );
        let due = self.due;
        let asking = async {
            match self.desk.during(lane.provider.stream(call)).await {
                Ok(Ok(chunks)) => self.receive(chunks, (&mut measured, &mut calling)).await,
                Ok(Err(failure)) => Called::Failed(failure),
                Err(stop) => Called::Stopped(stop),
            }
        };
        let called = timeout_at(due, asking.instrument(span.clone())).await;
        let called = called.unwrap_or_else(|_| Called::Failed(out_of_time()));
        self.received.is_unheard = sent.may_have_arrived() && called.is_unheard();
        calling.goes(called.strength(), lane.now());
        span.record("outcome", called.outcome());
        measured.end(lane.name.as_str(), instruments::Key(loan.key.as_str()), called.outcome());
        called
    }

    async fn receive(
        &mut self,
        mut chunks: Chunks,
        (measured, calling): (&mut instruments::Call, &mut Calling<'_>),
    ) -> Called {
        self.received.is_accepted = true;
        loop {
            let mut next = match self.desk.during(chunks.next()).await {
                Ok(next) => next,
                Err(stop) => return Called::Stopped(stop),
            };
            failpoint::pass("worker.chunk").await;
            for _ in 0..MAX_TOGETHER {
                match next {
                    Some(Ok(chunk)) => {
                        if matches!(chunk, Chunk::Text(_)) {
                            if !self.received.has_text() {
                                calling.goes(CallEnd::Well, self.task.lane.now());
                                self.answers();
                            }
                            measured.text(self.task.lane.name.as_str());
                        }
                        self.take(chunk);
                    }
                    Some(Err(failure)) => return Called::Failed(failure),
                    None => return self.ended(),
                }
                if self.received.bytes > self.task.lane.limits.max_answer_bytes {
                    return Called::TooLarge;
                }
                match chunks.next().now_or_never() {
                    Some(more) => next = more,
                    None => break,
                }
            }
        }
    }

    fn take(&mut self, chunk: Chunk) {
        match chunk {
            Chunk::Text(text) => {
                self.received.bytes += text.len();
                self.desk.journal.say(&text);
            }
            Chunk::Usage(usage) => self.received.usage = Some(usage),
            Chunk::Finish(reason) => self.received.finish = Some(reason),
        }
    }

    fn ended(&mut self) -> Called {
        match self.received.finish.take() {
            Some(finish) => {
                self.received.is_whole = true;
                Called::Finished(finish)
            }
            None => Called::Failed(CallFailure::new(
                ErrorClass::Truncated,
                "the answer ended without an end signal",
            )),
        }
    }
}

fn out_of_time() -> CallFailure {
    CallFailure::new(ErrorClass::Timeout, "the calls for the job took too long in all")
}
