//! What came of a call, and what it cost.

use ::ports::live::Returned;
use domain::{
    attempt::FinishReason,
    job::Job,
    key::Verdict,
    usage::{Usage, UsageSource, estimate_tokens, estimate_tokens_in_bytes},
};

use super::length::Length;

/// What came of a call so far.
#[derive(Debug, Default)]
pub(super) struct Received {
    /// The provider began to answer.
    pub(super) is_accepted: bool,
    /// The request went out, and nobody waited until the provider began to answer or refused: it may work on it.
    pub(super) is_unheard: bool,
    /// The number of the first event that can hold text of it.
    pub(super) first_seq: u64,
    /// How long the answer may be.
    pub(super) length: Length,
    /// How long its text is.
    pub(super) bytes: usize,
    /// What it costs, as the provider says.
    pub(super) usage: Option<Usage>,
    pub(super) finish: Option<FinishReason>,
    /// Whether it ended whole.
    pub(super) is_whole: bool,
}

impl Received {
    /// Whether viewers may have seen text of it.
    pub(super) const fn has_text(&self) -> bool {
        self.bytes > 0
    }

    /// How many tokens the provider says it put out, if the model cannot by what is known of it.
    pub(super) fn more_than_the_model_can(&self) -> Option<u64> {
        let told = self.usage?.output_tokens;
        (self.length.within(told) < told).then_some(told)
    }

    /// How the lent key is given back, of whose call nothing else is to be said than `verdict`.
    pub(super) fn returned(&self, job: &Job, verdict: Verdict) -> Returned {
        let tokens = |cost: Usage| cost.input_tokens.saturating_add(cost.output_tokens);
        let goes_well = verdict == Verdict::Silent && (self.has_text() || self.is_whole);
        let verdict = if goes_well { Verdict::Healthy } else { verdict };
        Returned { verdict, tokens: Some(self.cost(job).map_or(0, tokens)) }
    }

    /// What it cost: the provider's figures, or an estimate where they are missing or cannot be.
    /// Never more output than the model can have put out.
    pub(super) fn cost(&self, job: &Job) -> Option<Usage> {
        let output_tokens = self.length.within(estimate_tokens_in_bytes(self.bytes));
        match self.usage.filter(|usage| self.length.allows(*usage)) {
            Some(usage) if usage.output_tokens > 0 || !self.has_text() => {
                Some(self.length.capped(usage))
            }
            Some(usage) if usage.input_tokens > 0 => {
                Some(Usage { output_tokens, source: UsageSource::Estimated, ..usage })
            }
            // Text that has cost nothing at all is no figure either.
            Some(_) => Some(Usage::estimated(prompt_tokens(job), output_tokens)),
            None if self.is_accepted || self.is_unheard => {
                Some(Usage::estimated(prompt_tokens(job), output_tokens))
            }
            None => None,
        }
    }
}

/// How many tokens the prompt of `job` has, as far as one can tell.
pub(super) fn prompt_tokens(job: &Job) -> u64 {
    let turns = job.turns.iter().map(|turn| estimate_tokens(&turn.content));
    turns.chain(job.system.as_deref().map(estimate_tokens)).sum()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use testkit::sample;

    use super::*;

    fn job() -> Job {
        let at = DateTime::UNIX_EPOCH;
        let user = sample::user(at).id;
        let message = sample::message(sample::chat(user, at).id, "Hi?", at);
        sample::job(&sample::generation(user, &message, at), "Hi?")
    }

    #[test]
    fn a_call_speaks_for_its_key_only_if_it_began_to_answer_or_ended_whole() {
        for (bytes, is_whole, expected) in
            [(0, false, Verdict::Silent), (1, false, Verdict::Healthy), (0, true, Verdict::Healthy)]
        {
            let received = Received { bytes, is_whole, ..Received::default() };
            assert_eq!(received.returned(&job(), Verdict::Silent).verdict, expected);
            let revoked = received.returned(&job(), Verdict::Revoked);
            assert_eq!(revoked.verdict, Verdict::Revoked);
        }
    }

    #[test]
    fn more_than_a_model_can_say_is_not_booked() {
        let mut job = job();
        let told = |input, output, reasoning| {
            Some(Usage { reasoning_tokens: reasoning, ..Usage::by_provider(input, output) })
        };
        let (provider, estimated) = (UsageSource::Provider, UsageSource::Estimated);
        // The text has forty bytes, which is taken for ten tokens.
        for (asked, model, usage, (output, source)) in [
            (None, None, told(3, 500_000, 0), (500_000, provider)),
            (None, None, told(3, u64::MAX, 0), (10, estimated)),
            (None, None, told(u64::MAX, 3, 0), (10, estimated)),
            (None, None, told(3, 0, 0), (10, estimated)),
            (None, None, None, (10, estimated)),
            (Some(10), None, told(3, 10, 0), (10, provider)),
            (Some(10), None, told(3, 11, 0), (10, estimated)),
            (Some(10), None, told(3, 11, 1), (11, provider)),
            // What came is booked, even if less was asked for.
            (Some(8), None, told(3, 11, 0), (10, estimated)),
            (None, Some(12), told(3, 12, 0), (12, provider)),
            (None, Some(12), told(3, 13, 0), (12, estimated)),
            (None, Some(12), told(3, 13, 13), (12, estimated)),
            (Some(2), Some(12), told(3, 13, 9), (10, estimated)),
            (Some(2), Some(12), told(3, 12, 10), (12, provider)),
            (None, Some(8), told(3, 9, 0), (8, estimated)),
            (None, Some(8), told(3, 0, 0), (8, estimated)),
            (None, Some(8), None, (8, estimated)),
            (Some(100), Some(8), None, (8, estimated)),
        ] {
            job.sampling.max_tokens = asked;
            let length = Length::of(&job, model);
            let received =
                Received { is_accepted: true, bytes: 40, usage, length, ..Received::default() };
            let cost = received.cost(&job).unwrap();
            assert_eq!((cost.output_tokens, cost.source), (output, source), "{received:?}");
            assert!(cost.input_tokens <= 3, "{received:?}");
            assert!(cost.reasoning_tokens <= output, "{received:?}");
        }
    }

    #[test]
    fn what_is_not_told_is_estimated() {
        let job = job();
        let (provider, estimated) = (UsageSource::Provider, UsageSource::Estimated);
        let nothing = Some(Usage::by_provider(0, 0));
        for (is_accepted, is_unheard, bytes, usage, expected) in [
            (false, false, 0, None, None),
            (true, false, 0, None, Some((1, 0, estimated))),
            (false, true, 0, None, Some((1, 0, estimated))),
            (true, true, 40, None, Some((1, 10, estimated))),
            (true, false, 40, nothing, Some((1, 10, estimated))),
            (true, false, 40, Some(Usage::by_provider(3, 0)), Some((3, 10, estimated))),
            (true, false, 0, nothing, Some((0, 0, provider))),
        ] {
            let received =
                Received { is_accepted, is_unheard, bytes, usage, ..Received::default() };
            let cost = received.cost(&job);
            let cost = cost.map(|cost| (cost.input_tokens, cost.output_tokens, cost.source));
            assert_eq!(cost, expected, "{received:?}");
        }
    }
}
