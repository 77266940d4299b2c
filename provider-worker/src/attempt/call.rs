//! One call to the provider.

use ::ports::{
    live::{Loan, Returned},
    provider::{Call, Chunk, Chunks},
};
use domain::{
    attempt::FinishReason,
    breaker::CallEnd,
    failure::{CallFailure, ErrorClass},
    job::Job,
    key::Verdict,
    usage::{Usage, UsageSource, estimate_tokens, estimate_tokens_in_bytes},
};
use futures_util::{FutureExt, StreamExt};
use tokio::time::timeout_at;
use tracing::Instrument;

use super::session::Session;
use crate::{breakers::Calling, flush::Stop};

/// How many pieces are taken at once before they are written: enough that a burst becomes one write,
/// and few enough that other answers get their turn.
const MAX_TOGETHER: usize = 128;

/// As many tokens an answer is taken to have whose length nobody bounds.
const USUAL_ANSWER: u64 = 1000;

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

/// What came of a call so far.
#[derive(Debug, Default)]
pub(super) struct Received {
    /// The provider began to answer.
    is_accepted: bool,
    /// The number of the first event that can hold text of it.
    pub(super) first_seq: u64,
    bytes: usize,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
}

impl Received {
    /// Whether viewers may have seen text of it.
    pub(super) const fn has_text(&self) -> bool {
        self.bytes > 0
    }

    /// How the lent key is given back, of which nothing else is to be said than `verdict`.
    pub(super) fn returned(&self, job: &Job, verdict: Verdict) -> Returned {
        let tokens = |cost: Usage| cost.input_tokens.saturating_add(cost.output_tokens);
        Returned { verdict, tokens: Some(self.cost(job).map_or(0, tokens)) }
    }

    /// What it cost: the provider's figures, or an estimate where they are missing or cannot be.
    fn cost(&self, job: &Job) -> Option<Usage> {
        let output_tokens = estimate_tokens_in_bytes(self.bytes);
        match self.usage.filter(|usage| is_possible(job, *usage)) {
            Some(usage) if usage.output_tokens > 0 || !self.has_text() => Some(usage),
            Some(usage) => Some(Usage { output_tokens, source: UsageSource::Estimated, ..usage }),
            None => self.is_accepted.then(|| Usage::estimated(prompt_tokens(job), output_tokens)),
        }
    }
}

impl Called {
    /// How it ended, for figures.
    fn outcome(&self) -> &'static str {
        match self {
            Self::Finished(_) => "ok",
            Self::Failed(failure) => failure.class.code(),
            Self::TooLarge => domain::failure::Failure::TOO_LARGE,
            Self::Stopped(Stop::Canceled) => "canceled",
            Self::Stopped(_) => "broken_off",
        }
    }
}

impl Session<'_> {
    /// Calls the provider and writes its answer down as it comes. Returning drops the connection.
    pub(super) async fn call(&mut self, loan: &Loan, mut calling: Calling<'_>) -> Called {
        let (lane, job) = (self.task.lane, self.task.job);
        let first_seq = self.desk.journal.next_seq();
        self.received = Received { first_seq, ..Received::default() };
        let keyring = lane.keyring();
        let Some((key, proxy)) = keyring.find(&loan.key) else {
            let message = "the lent key is not configured here";
            return Called::Failed(CallFailure::new(ErrorClass::Unknown, message));
        };
        let call = Call {
            model: self.task.model,
            system: job.system.as_deref(),
            turns: &job.turns,
            sampling: job.sampling,
            key,
            proxy,
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
            Some(finish) => Called::Finished(finish),
            None => Called::Failed(CallFailure::new(
                ErrorClass::Truncated,
                "the answer ended without an end signal",
            )),
        }
    }

    /// Adds what the last call cost to what was spent before.
    pub(super) fn account(&mut self) {
        let Some(cost) = self.received.cost(self.task.job) else { return };
        let provider = self.task.lane.name.as_str();
        instruments::tokens_used(provider, cost.input_tokens, cost.output_tokens);
        self.spent = Some(self.spent.map_or(cost, |spent| sum(spent, cost)));
    }
}

fn out_of_time() -> CallFailure {
    CallFailure::new(ErrorClass::Timeout, "the calls for the job took too long in all")
}

/// More tokens than any model reads or writes at once.
const IMPOSSIBLE: u64 = 20_000_000;

/// Whether an answer to `job` can have cost so much: what a provider says beyond that is not booked.
fn is_possible(job: &Job, usage: Usage) -> bool {
    let longest = job.sampling.max_tokens.map_or(IMPOSSIBLE, u64::from);
    // Some providers do not count hidden reasoning as part of the length.
    let shown = usage.output_tokens.saturating_sub(usage.reasoning_tokens);
    shown <= longest && usage.output_tokens <= IMPOSSIBLE && usage.input_tokens <= IMPOSSIBLE
}

fn sum(one: Usage, other: Usage) -> Usage {
    let is_exact = one.source == UsageSource::Provider && other.source == UsageSource::Provider;
    Usage {
        input_tokens: one.input_tokens.saturating_add(other.input_tokens),
        cached_input_tokens: one.cached_input_tokens.saturating_add(other.cached_input_tokens),
        output_tokens: one.output_tokens.saturating_add(other.output_tokens),
        reasoning_tokens: one.reasoning_tokens.saturating_add(other.reasoning_tokens),
        source: if is_exact { UsageSource::Provider } else { UsageSource::Estimated },
    }
}

/// How many tokens a call will use, as far as one can tell.
pub(super) fn expected_tokens(job: &Job) -> u64 {
    let answer = job.sampling.max_tokens.map_or(USUAL_ANSWER, u64::from);
    prompt_tokens(job).saturating_add(answer)
}

fn prompt_tokens(job: &Job) -> u64 {
    let turns = job.turns.iter().map(|turn| estimate_tokens(&turn.content));
    turns.chain(job.system.as_deref().map(estimate_tokens)).sum()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use testkit::sample;

    use super::*;

    #[test]
    fn more_than_a_model_can_say_is_not_booked() {
        let at = DateTime::UNIX_EPOCH;
        let user = sample::user(at).id;
        let message = sample::message(sample::chat(user, at).id, "Hi?", at);
        let mut job = sample::job(&sample::generation(user, &message, at), "Hi?");
        let received = |input, output, reasoning| {
            let usage = Usage { reasoning_tokens: reasoning, ..Usage::by_provider(input, output) };
            Received { is_accepted: true, bytes: 40, usage: Some(usage), ..Received::default() }
        };
        for (max_tokens, (input, output, reasoning), source) in [
            (None, (3, 500_000, 0), UsageSource::Provider),
            (None, (3, u64::MAX, 0), UsageSource::Estimated),
            (None, (u64::MAX, 3, 0), UsageSource::Estimated),
            (Some(10), (3, 10, 0), UsageSource::Provider),
            (Some(10), (3, 11, 0), UsageSource::Estimated),
            (Some(10), (3, 11, 1), UsageSource::Provider),
        ] {
            job.sampling.max_tokens = max_tokens;
            let cost = received(input, output, reasoning).cost(&job).unwrap();
            assert_eq!(cost.source, source, "{max_tokens:?} {output}");
            assert!(cost.output_tokens <= 500_000 && cost.input_tokens <= 500_000);
        }
    }
}
