//! Calls to providers, and the keys they are made with.

use std::time::Instant;

use metrics::{counter, gauge, histogram};

use crate::catalogue::{BREAKERS, CALL_DURATION, FIRST_TOKEN, KEY_REQUESTS, TOKEN_USAGE};

/// A call under way.
#[derive(Debug)]
pub struct Call {
    began: Instant,
    has_text: bool,
}

/// The key a call is made with, by its name.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a>(pub &'a str);

impl Call {
    /// A call begins.
    #[must_use]
    pub fn begin() -> Self {
        Self { began: Instant::now(), has_text: false }
    }

    /// Text came from `provider`; the first counts.
    pub fn text(&mut self, provider: &str) {
        if !std::mem::replace(&mut self.has_text, true) {
            let provider = provider.to_owned();
            histogram!(FIRST_TOKEN.name, "gen_ai_provider_name" => provider)
                .record(self.began.elapsed());
        }
    }

    /// It ended; `outcome` is `ok`, `canceled`, or the stable code of a failure.
    pub fn end(self, provider: &str, Key(key): Key<'_>, outcome: &'static str) {
        let labels =
            [("gen_ai_provider_name", provider.to_owned()), ("error_type", outcome.to_owned())];
        histogram!(CALL_DURATION.name, &labels).record(self.began.elapsed());
        let labels = [
            ("provider", provider.to_owned()),
            ("key", key.to_owned()),
            ("outcome", outcome.to_owned()),
        ];
        counter!(KEY_REQUESTS.name, &labels).increment(1);
    }
}

/// How many models of `provider` are left alone since they are overloaded.
pub fn breakers_open(provider: &str, count: usize) {
    // Far below the numbers that a float cannot tell apart.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    gauge!(BREAKERS.name, "provider" => provider.to_owned()).set(count as f64);
}

/// What a call cost.
pub fn tokens_used(provider: &str, input: u64, output: u64) {
    for (kind, count) in [("input", input), ("output", output)] {
        let labels =
            [("gen_ai_provider_name", provider.to_owned()), ("gen_ai_token_type", kind.to_owned())];
        // Counts of tokens are far below the numbers that a float cannot tell apart.
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        histogram!(TOKEN_USAGE.name, &labels).record(count as f64);
    }
}
