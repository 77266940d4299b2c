//! How long the answers of models can be.

use std::collections::BTreeMap;

use crate::model::{ModelRef, ProviderName};

/// The most tokens that models put out in one answer, hidden reasoning included, where it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Maxima(BTreeMap<ProviderName, BTreeMap<String, u32>>);

impl Maxima {
    /// That of `model`, if it is known.
    #[must_use]
    pub fn of(&self, model: &ModelRef) -> Option<u32> {
        self.0.get(&model.provider)?.get(&model.model).copied()
    }

    /// The models of which it is known.
    pub fn models(&self) -> impl Iterator<Item = (&ProviderName, &str)> {
        let of = |(provider, models)| {
            let models: &BTreeMap<String, u32> = models;
            models.keys().map(move |model| (provider, model.as_str()))
        };
        self.0.iter().flat_map(of)
    }

    /// Those of the models of `provider`, by their names.
    #[must_use]
    pub fn of_provider(&self, provider: &ProviderName) -> BTreeMap<String, u32> {
        self.0.get(provider).cloned().unwrap_or_default()
    }
}

impl FromIterator<(ModelRef, u32)> for Maxima {
    fn from_iter<T: IntoIterator<Item = (ModelRef, u32)>>(maxima: T) -> Self {
        let mut all = Self::default();
        for (ModelRef { provider, model }, most) in maxima {
            all.0.entry(provider).or_default().insert(model, most);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(provider: &str, model: &str) -> ModelRef {
        ModelRef { provider: ProviderName::parse(provider).unwrap(), model: model.to_owned() }
    }

    #[test]
    fn a_maximum_is_that_of_one_model() {
        let known = [(model("openai", "a/b"), 10), (model("openai", "c"), 20)];
        let maxima: Maxima = known.into_iter().collect();
        for (asked, most) in [
            (model("openai", "a/b"), Some(10)),
            (model("openai", "c"), Some(20)),
            (model("openai", "b"), None),
            (model("gemini", "c"), None),
        ] {
            assert_eq!(maxima.of(&asked), most, "{asked:?}");
            let of_provider = maxima.of_provider(&asked.provider);
            assert_eq!(of_provider.get(&asked.model).copied(), most, "{asked:?}");
        }
    }
}
