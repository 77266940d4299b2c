//! Which provider answers, and with which model.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// A configured provider's name: lower-case letters, digits and dashes, for example `openai`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProviderName(String);

/// The text cannot name a provider, since it must also fit into a queue's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 32 lower-case letters, digits or dashes, beginning with a letter")]
pub struct InvalidProviderName;

impl ProviderName {
    /// Reads a name.
    pub fn parse(name: &str) -> Result<Self, InvalidProviderName> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
        if begins && name.len() <= 32 && name.chars().all(fits) {
            return Ok(Self(name.to_owned()));
        }
        Err(InvalidProviderName)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProviderName {
    type Error = InvalidProviderName;

    fn try_from(name: String) -> Result<Self, InvalidProviderName> {
        Self::parse(&name)
    }
}

impl From<ProviderName> for String {
    fn from(name: ProviderName) -> Self {
        name.0
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A provider and one of its models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRef {
    /// Who is asked.
    pub provider: ProviderName,
    /// The provider's own name of the model.
    pub model: String,
}

/// The models a caller may ask for.
#[derive(Debug, Clone)]
pub struct Catalog {
    default: ModelRef,
    providers: Vec<ProviderName>,
    /// Names for several models, of which the next is asked when one cannot answer.
    chains: BTreeMap<String, Vec<ModelRef>>,
}

/// The wished model cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownModel {
    /// The name does not say which provider.
    #[error(
        "no provider is known for this model; write provider/model, provider being one of: {known}"
    )]
    NoProvider {
        /// The configured providers.
        known: String,
    },
    /// The provider has no keys here.
    #[error("provider {provider} is not configured; configured: {known}")]
    NotConfigured {
        /// The provider the name asks for.
        provider: String,
        /// The configured providers.
        known: String,
    },
}

impl Catalog {
    /// A catalog of `providers`, answering with `default` when no model is named.
    #[must_use]
    pub fn new(default: ModelRef, providers: Vec<ProviderName>) -> Self {
        Self { default, providers, chains: BTreeMap::new() }
    }

    /// The same with names of its own for chains of models, none of them empty.
    #[must_use]
    pub fn with_chains(self, chains: BTreeMap<String, Vec<ModelRef>>) -> Self {
        Self { chains, ..self }
    }

    /// The names of chains, with the models of each in the order in which they are asked.
    pub fn chains(&self) -> impl Iterator<Item = (&str, &[ModelRef])> {
        self.chains.iter().map(|(name, models)| (name.as_str(), models.as_slice()))
    }

    /// Whether several models are called `name`.
    #[must_use]
    pub fn has_chain(&self, name: &str) -> bool {
        self.chains.contains_key(name)
    }

    /// Who is asked for `wish` after the first one, if that one cannot answer.
    #[must_use]
    pub fn fallbacks(&self, wish: Option<&str>) -> &[ModelRef] {
        let chain = wish.and_then(|wish| self.chains.get(wish.trim()));
        chain.and_then(|models| models.get(1..)).unwrap_or_default()
    }

    /// The model used when none is named.
    #[must_use]
    pub fn default_model(&self) -> &ModelRef {
        &self.default
    }

    /// The configured providers.
    #[must_use]
    pub fn providers(&self) -> &[ProviderName] {
        &self.providers
    }

    /// Who answers for `wish`: the first of a chain, `provider/model`, or a name whose beginning says the provider
    /// (`gpt-*`, `o*`: openai; `gemini-*`; `claude-*`: anthropic; `sim-*`: simulated), or the default.
    pub fn resolve(&self, wish: Option<&str>) -> Result<ModelRef, UnknownModel> {
        let Some(wish) = wish.map(str::trim).filter(|wish| !wish.is_empty()) else {
            return Ok(self.default.clone());
        };
        if let Some(first) = self.chains.get(wish).and_then(|models| models.first()) {
            return Ok(first.clone());
        }
        if wish == self.default.model {
            return Ok(self.default.clone());
        }
        if let Some((provider, model)) = wish.split_once('/')
            && let Some(provider) = self.configured(provider).filter(|_| !model.is_empty())
        {
            return Ok(ModelRef { provider, model: model.to_owned() });
        }
        let provider = provider_by_name(wish)
            .ok_or_else(|| UnknownModel::NoProvider { known: self.known() })?;
        let known =
            || UnknownModel::NotConfigured { provider: provider.into(), known: self.known() };
        let provider = self.configured(provider).ok_or_else(known)?;
        Ok(ModelRef { provider, model: wish.to_owned() })
    }

    fn configured(&self, name: &str) -> Option<ProviderName> {
        self.providers.iter().find(|provider| provider.as_str() == name).cloned()
    }

    fn known(&self) -> String {
        let names: Vec<&str> = self.providers.iter().map(ProviderName::as_str).collect();
        names.join(", ")
    }
}

/// The provider whose models are called like `model`.
fn provider_by_name(model: &str) -> Option<&'static str> {
    let prefixes = [
        ("gpt-", "openai"),
        ("chatgpt-", "openai"),
        ("gemini-", "gemini"),
        ("claude-", "anthropic"),
        ("sim-", "simulated"),
    ];
    let by_prefix = prefixes.into_iter().find(|(prefix, _)| model.starts_with(prefix));
    let is_o_series = || {
        let rest = model.strip_prefix('o')?;
        rest.starts_with(|c: char| c.is_ascii_digit()).then_some("openai")
    };
    by_prefix.map(|(_, provider)| provider).or_else(is_o_series)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ProviderName {
        ProviderName::parse(text).unwrap()
    }

    fn catalog() -> Catalog {
        let default = ModelRef { provider: name("openai"), model: "llama-3".into() };
        Catalog::new(default, vec![name("openai"), name("simulated")])
    }

    #[test]
    fn a_model_finds_its_provider() {
        for (wish, provider, model) in [
            (None, "openai", "llama-3"),
            (Some(" "), "openai", "llama-3"),
            (Some("llama-3"), "openai", "llama-3"),
            (Some("gpt-4o"), "openai", "gpt-4o"),
            (Some("o3-mini"), "openai", "o3-mini"),
            (Some("sim-demo"), "simulated", "sim-demo"),
            (Some("openai/mistral/large"), "openai", "mistral/large"),
        ] {
            let found = catalog().resolve(wish).unwrap();
            assert_eq!((found.provider.as_str(), found.model.as_str()), (provider, model));
        }
    }

    #[test]
    fn a_chain_is_asked_from_its_beginning() {
        let of = |provider, model: &str| ModelRef { provider: name(provider), model: model.into() };
        let chain = vec![of("simulated", "a"), of("openai", "b"), of("simulated", "c")];
        let chains = BTreeMap::from([("fast".to_owned(), chain.clone())]);
        let catalog = catalog().with_chains(chains);
        assert_eq!(catalog.resolve(Some("fast")).unwrap(), chain[0]);
        assert_eq!(catalog.fallbacks(Some(" fast ")), &chain[1..]);
        assert!(catalog.has_chain("fast"));
        for other in [None, Some("gpt-4o"), Some("simulated/a")] {
            assert!(catalog.fallbacks(other).is_empty(), "{other:?}");
            assert!(!other.is_some_and(|other| catalog.has_chain(other)), "{other:?}");
        }
    }

    #[test]
    fn what_cannot_be_served_is_refused_with_what_can() {
        for (wish, hint) in [
            ("claude-4", "provider anthropic is not configured; configured: openai, simulated"),
            ("opus", "one of: openai, simulated"),
            ("elsewhere/model", "one of: openai, simulated"),
            ("openai/", "one of: openai, simulated"),
        ] {
            let refusal = catalog().resolve(Some(wish)).unwrap_err().to_string();
            assert!(refusal.contains(hint), "{wish}: {refusal}");
        }
    }

    #[test]
    fn provider_names_fit_into_a_queue_name() {
        for text in ["", "Open", "9x", "a b", "a/b", "a.b", &"a".repeat(33)] {
            assert_eq!(ProviderName::parse(text), Err(InvalidProviderName), "{text:?}");
        }
    }
}
