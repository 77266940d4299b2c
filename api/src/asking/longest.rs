//! How long an answer somebody may ask for.

use domain::{maxima::Maxima, model::ModelRef};

use super::options::MAX_TOKENS;
use crate::error::ApiError;

/// The most tokens one may ask for where `first` is asked first.
pub(crate) fn longest(maxima: &Maxima, first: &ModelRef) -> u32 {
    maxima.of(first).map_or(MAX_TOKENS, |most| most.min(MAX_TOKENS))
}

/// Refuses a wish for more tokens than `first`, which is asked first, puts out. One of its chain
/// may put out less: the worker asks that one for less.
pub(super) fn check_longest(
    maxima: &Maxima,
    first: &ModelRef,
    wish: Option<u32>,
) -> Result<(), ApiError> {
    let most = longest(maxima, first);
    match wish {
        Some(wish) if wish > most => {
            let ModelRef { provider, model } = first;
            let allowed = format!("must be a whole number from 1 to {most} for {provider}/{model}");
            Err(ApiError::invalid("/maxTokens", allowed))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use domain::model::ProviderName;

    use super::*;

    #[test]
    fn nobody_asks_for_more_than_a_model_can() {
        let provider = ProviderName::parse("openai").unwrap();
        let model = |model: &str| ModelRef { provider: provider.clone(), model: model.to_owned() };
        let maxima: Maxima =
            [(model("small"), 10), (model("large"), 300_000)].into_iter().collect();
        for (first, wish, is_allowed) in [
            ("small", None, true),
            ("small", Some(10), true),
            ("small", Some(11), false),
            ("unknown", Some(200_000), true),
            ("unknown", Some(200_001), false),
            ("large", Some(200_001), false),
        ] {
            let checked = check_longest(&maxima, &model(first), wish);
            assert_eq!(checked.is_ok(), is_allowed, "{first} {wish:?}");
        }
    }
}
