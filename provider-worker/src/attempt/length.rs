//! How long an answer may be.

use domain::{
    job::Job,
    usage::{Usage, UsageSource},
};

/// As many tokens an answer is taken to have whose length nobody bounds.
const USUAL: u64 = 1000;

/// More tokens than any model reads or writes at once.
const IMPOSSIBLE: u64 = 20_000_000;

/// How many tokens an answer may have, as far as somebody says so.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Length {
    /// What is asked for; some providers do not count hidden reasoning as part of it.
    asked: Option<u32>,
    /// The most that the model puts out, hidden reasoning included.
    pub(super) model: Option<u32>,
}

impl Length {
    /// That of an answer to `job` by a model that puts out at most `model`.
    pub(super) fn of(job: &Job, model: Option<u32>) -> Self {
        Self { asked: job.sampling.max_tokens, model }
    }

    /// What is asked of the provider, which refuses more than the model can; nothing if nobody
    /// asks.
    pub(super) fn asked(self) -> Option<u32> {
        self.asked.map(|asked| self.model.map_or(asked, |model| asked.min(model)))
    }

    /// How many tokens an answer will have, as far as one can tell.
    pub(super) fn expected(self) -> u64 {
        self.within(self.asked.map_or(USUAL, u64::from))
    }

    /// Of so many tokens, those that the model can have put out.
    pub(super) fn within(self, tokens: u64) -> u64 {
        self.model.map_or(tokens, |model| tokens.min(u64::from(model)))
    }

    /// `usage` as it is booked: no more output than the model can have put out.
    pub(super) fn capped(self, usage: Usage) -> Usage {
        let output_tokens = self.within(usage.output_tokens);
        if output_tokens == usage.output_tokens {
            return usage;
        }
        let reasoning_tokens = usage.reasoning_tokens.min(output_tokens);
        Usage { output_tokens, reasoning_tokens, source: UsageSource::Estimated, ..usage }
    }

    /// Whether an answer can have cost so much: nothing of what a provider says beyond that is believed.
    pub(super) fn allows(self, usage: Usage) -> bool {
        let shown = usage.output_tokens.saturating_sub(usage.reasoning_tokens);
        shown <= self.asked.map_or(IMPOSSIBLE, u64::from)
            && usage.output_tokens <= IMPOSSIBLE
            && usage.input_tokens <= IMPOSSIBLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_not_asked_for_more_than_it_can() {
        for (asked, model, (sent, expected)) in [
            (None, None, (None, USUAL)),
            (None, Some(10), (None, 10)),
            (None, Some(20_000), (None, USUAL)),
            (Some(7), None, (Some(7), 7)),
            (Some(7), Some(10), (Some(7), 7)),
            (Some(10), Some(10), (Some(10), 10)),
            (Some(11), Some(10), (Some(10), 10)),
        ] {
            let length = Length { asked, model };
            assert_eq!((length.asked(), length.expected()), (sent, expected), "{length:?}");
        }
    }
}
