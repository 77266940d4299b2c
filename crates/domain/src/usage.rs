//! Tokens spent.

use serde::{Deserialize, Serialize};

/// Who counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UsageSource {
    /// The provider said so.
    Provider,
    /// Counted by us, because the provider's figure never came.
    Estimated,
}

impl UsageSource {
    /// The name used in JSON and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Estimated => "estimated",
        }
    }
}

/// What one attempt cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Of those, how many the provider had in its cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached_input_tokens: u64,
    /// Tokens of the answer, hidden reasoning included.
    pub output_tokens: u64,
    /// Of those, how many are hidden reasoning.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reasoning_tokens: u64,
    /// Who counted.
    pub source: UsageSource,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
const fn is_zero(tokens: &u64) -> bool {
    *tokens == 0
}

impl Usage {
    /// As a provider says it, with nothing cached and no hidden reasoning.
    #[must_use]
    pub const fn by_provider(input_tokens: u64, output_tokens: u64) -> Self {
        let source = UsageSource::Provider;
        let (cached_input_tokens, reasoning_tokens) = (0, 0);
        Self { input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, source }
    }

    /// As we count it where the provider does not.
    #[must_use]
    pub const fn estimated(input_tokens: u64, output_tokens: u64) -> Self {
        Self { source: UsageSource::Estimated, ..Self::by_provider(input_tokens, output_tokens) }
    }
}

/// About how many tokens `text` has: one in four bytes, at least one for any text.
///
/// Used only where a provider gave no figure and to bound a prompt; bytes, not characters, because
/// scripts with long encodings also take more tokens.
#[must_use]
pub fn estimate_tokens(text: &str) -> u64 {
    estimate_tokens_in_bytes(text.len())
}

/// The same for a text of which only the length in bytes is known.
#[must_use]
pub const fn estimate_tokens_in_bytes(bytes: usize) -> u64 {
    bytes.div_ceil(4) as u64
}

/// So many bytes, and no more, are estimated as at most `tokens`.
#[must_use]
pub const fn most_bytes(tokens: u64) -> u64 {
    tokens.saturating_mul(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_bytes_make_so_many_tokens() {
        let bytes = usize::try_from(most_bytes(7)).unwrap();
        assert_eq!([bytes, bytes + 1].map(estimate_tokens_in_bytes), [7, 8]);
        assert_eq!(most_bytes(u64::MAX), u64::MAX);
    }

    #[test]
    fn an_estimate_is_zero_only_for_nothing() {
        assert_eq!(estimate_tokens(""), 0);
        assert_eq!(estimate_tokens("a"), 1);
        assert_eq!(estimate_tokens("abcde"), 2);
    }
}
