//! What tokens cost.

use std::collections::BTreeMap;

use crate::{model::ProviderName, usage::Usage};

/// Billionths of a US dollar.
pub type NanoUsd = u64;

/// What a million tokens of a model cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Of a prompt.
    pub input: NanoUsd,
    /// Of the part of a prompt that the provider had in its cache; absent, like the rest.
    pub cached_input: Option<NanoUsd>,
    /// Of an answer, hidden reasoning included.
    pub output: NanoUsd,
}

impl Price {
    /// What `usage` costs, rounded up: whoever adds up never finds less than is billed.
    #[must_use]
    pub fn of(&self, usage: &Usage) -> NanoUsd {
        let cached = usage.cached_input_tokens.min(usage.input_tokens);
        let parts = [
            (usage.input_tokens - cached, self.input),
            (cached, self.cached_input.unwrap_or(self.input)),
            (usage.output_tokens, self.output),
        ];
        let sum: u128 =
            parts.map(|(tokens, price)| u128::from(tokens) * u128::from(price)).iter().sum();
        u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }
}

/// The prices of models, by their names with the provider's before: `openai/gpt-4o-mini`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prices(BTreeMap<String, Price>);

impl Prices {
    /// These prices.
    #[must_use]
    pub fn new(prices: BTreeMap<String, Price>) -> Self {
        Self(prices)
    }

    /// The models whose prices are known, as they are called here.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What `usage` of a model costs, if its price is known.
    #[must_use]
    pub fn cost(&self, provider: &ProviderName, model: &str, usage: &Usage) -> Option<NanoUsd> {
        self.0.get(&format!("{provider}/{model}")).map(|price| price.of(usage))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0.15, 0.075 and 0.60 dollars.
    const PRICE: Price =
        Price { input: 150_000_000, cached_input: Some(75_000_000), output: 600_000_000 };

    #[test]
    fn the_table_of_costs() {
        let usage = |input, cached, output| Usage {
            cached_input_tokens: cached,
            ..Usage::by_provider(input, output)
        };
        for (usage, cost) in [
            (usage(0, 0, 0), 0),
            (usage(1_000_000, 0, 0), 150_000_000),
            (usage(1_000_000, 1_000_000, 0), 75_000_000),
            (usage(10, 4, 5), 6 * 150 + 4 * 75 + 5 * 600),
            // More cached than asked is as much as asked.
            (usage(1, 5, 0), 75),
        ] {
            assert_eq!(PRICE.of(&usage), cost, "{usage:?}");
        }
        let tiny = Price { input: 1, cached_input: None, output: 1 };
        assert_eq!(tiny.of(&usage(1, 1, 0)), 1, "rounded up");
        let dear = Price { input: u64::MAX, ..PRICE };
        assert_eq!(dear.of(&usage(u64::MAX, 0, 0)), u64::MAX);
    }

    #[test]
    fn a_model_without_a_price_has_no_cost() {
        let prices = Prices::new(BTreeMap::from([("openai/a/b".to_owned(), PRICE)]));
        let openai = ProviderName::parse("openai").unwrap();
        let usage = Usage::by_provider(1, 0);
        assert_eq!(prices.cost(&openai, "a/b", &usage), Some(150));
        assert_eq!(prices.cost(&openai, "b", &usage), None);
    }
}
